import type { MirrorTable, StorageSetup } from "@halo/core";
import { connectTo, type Target, type TargetOptions } from "./connect/target.ts";
import { applyPlan, inspect, scriptFor } from "./migrate/apply.ts";
import type { Wanted } from "./migrate/plan.ts";
import { type NameOptions, namesOf } from "./roles.ts";

/** What `open` would do to a database, and doing it: for a deployment's own step. */
export interface Migrations {
  /** Names of what is missing. */
  plan(): Promise<readonly string[]>;
  /** Does it in one transaction; returns what was done. Several processes may call it at once. */
  apply(): Promise<readonly string[]>;
  /** The same as a script for psql, to be run as a role that may; empty when nothing is missing. */
  sql(): Promise<string>;
  close(): Promise<void>;
}

export interface MigrationsOptions extends TargetOptions, NameOptions {
  /** The tables of the streams; without them only Halo's own are looked at. */
  readonly mirrors?: readonly MirrorTable[];
  /** The embedder's, for its table of vectors. */
  readonly space?: StorageSetup["space"];
}

export function migrations(target: Target, options: MigrationsOptions = {}): Migrations {
  const names = namesOf(options);
  const connector = connectTo(target, options);
  const wanted: Wanted = { mirrors: options.mirrors ?? [], space: options.space };
  return {
    plan: async () => (await inspect(connector, names, wanted)).plan.steps.map(({ name }) => name),
    apply: () => applyPlan(connector, names, wanted),
    sql: async () => scriptFor(await inspect(connector, names, wanted), names),
    close: () => connector.close(),
  };
}
