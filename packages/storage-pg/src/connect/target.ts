import { ConfigurationError } from "@halo/core";
import { connectToPglite, type EmbeddedConnector } from "./pglite.ts";
import { connectToPool, connectToServer, type PoolSlice } from "./pool.ts";
import type { Connector } from "./session.ts";

/** A folder, `"memory://"`, `"postgres://…"`, or a pool. */
export type Target = string | PoolSlice;

export interface TargetOptions {
  /** Connections at once to a server; embedded there is one. Default 10. */
  readonly poolSize?: number;
  /** How long to wait for a free connection. Default 10,000. */
  readonly acquireMs?: number;
  /** No statement takes longer. Default 60,000. */
  readonly statementMs?: number;
  /** Default true; false behind a pooler that does not keep prepared statements. */
  readonly prepare?: boolean;
}

export function connectTo(target: Target, options: TargetOptions): Connector | EmbeddedConnector {
  const pool = {
    ...(options.poolSize === undefined ? {} : { size: options.poolSize }),
    ...(options.acquireMs === undefined ? {} : { acquireMs: options.acquireMs }),
    ...(options.statementMs === undefined ? {} : { statementMs: options.statementMs }),
    ...(options.prepare === undefined ? {} : { prepare: options.prepare }),
  };
  if (typeof target !== "string") return connectToPool(target, pool);
  if (target === "memory://") return connectToPglite(undefined);
  if (/^postgres(?:ql)?:\/\//.test(target)) {
    if (!URL.canParse(target)) {
      throw refused(
        "The postgres:// URL cannot be read: check it for characters that need percent-encoding.",
      );
    }
    return connectToServer(target, pool);
  }
  if (target === "" || /^[a-z][a-z0-9+.-]+:\/\//i.test(target)) {
    throw refused('Storage is a folder ("./data"), "memory://", "postgres://…" or a pool.');
  }
  return connectToPglite(target);
}

function refused(message: string): ConfigurationError {
  return new ConfigurationError(message, { option: "storage" });
}
