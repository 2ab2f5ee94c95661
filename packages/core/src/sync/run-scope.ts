import type { IntegrationDefinition } from "../define/integration.ts";
import type { Json } from "../define/json.ts";
import type { AnyStream, PullMode, PullScope } from "../define/stream.ts";
import type { Engine } from "../engine/engine.ts";
import type { Connection } from "../ports/connection-store.ts";
import type { Run, RunChange, RunEvent } from "../ports/run-store.ts";
import type { Slice } from "../work/slice.ts";

/** One slice of one run, as its phases see it. */
export interface RunScope {
  readonly engine: Engine;
  readonly slice: Slice;
  readonly integration: IntegrationDefinition;
  readonly stream: AnyStream;
  readonly connection: Connection;
  readonly refs: unknown;
  run: Run;
  finished: boolean;
  /** The vendor's clock, never ahead of it. */
  vendorNow(): Date;
  pullScope(mode: PullMode, since: Date | undefined): PullScope<unknown>;
  change(change: RunChange): Promise<void>;
  log(
    level: RunEvent["level"],
    message: string,
    fields?: { readonly [name: string]: Json | undefined },
  ): Promise<void>;
}
