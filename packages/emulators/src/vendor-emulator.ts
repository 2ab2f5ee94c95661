import type { RequestHandler } from "msw";
import type { Clock } from "./clock.ts";
import type { Faults } from "./faults.ts";
import type { Latency } from "./latency.ts";
import type { Ledger } from "./ledger.ts";
import type { Handled } from "./wire.ts";

/** What every vendor's emulator is. */
export interface VendorEmulator {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly faults: Faults;
  readonly latency: Latency;
  /** Answers a request to any host, by its path alone. */
  fetch(request: Request): Promise<Response>;
  /** As `fetch`, with what the socket should do to the answer. For servers. */
  handle(request: Request): Promise<Handled>;
  /** For msw's `getResponse` and `setupServer`: the vendor's hosts. */
  readonly handlers: readonly RequestHandler[];
  /** Answers under `/_emulator/`; `serve` opens it on request only. Undefined for a path it does not know. */
  control(request: Request): Promise<Response | undefined>;
  /** Stops webhooks and their retries. */
  close(): void;
}

/** What every vendor's emulator can be told at its making. */
export interface VendorEmulatorOptions {
  /** The machine's clock unless told. */
  readonly clock?: Clock;
  /** No delay unless told. */
  readonly latency?: Partial<Latency>;
  /** How webhooks leave; the global fetch unless told, looked up when it is needed. */
  readonly fetch?: typeof globalThis.fetch;
}

/** The newest date of a seeded record unless told, epoch ms; now where that is earlier. */
export const SEEDED_UNTIL = Date.UTC(2026, 8, 1);

/** Log-normal with the spread of measured services; no delay unless a median is given. */
export const latencyOf = (given: Partial<Latency> | undefined): Latency => ({
  medianMs: 0,
  sigma: 0.35,
  ...given,
});
