import type { Engine } from "../engine/engine.ts";
import { integrationOf } from "../engine/engine.ts";
import { AuthenticationError, AuthorizationError, ValidationError } from "../errors.ts";
import { mayIngest } from "../gate/modes.ts";
import { uuidv7 } from "../ids.ts";
import type { Connection } from "../ports/connection-store.ts";
import type { NewRun, Run, RunMode, RunTrigger } from "../ports/run-store.ts";

export interface StartRequest {
  readonly trigger: RunTrigger;
  readonly mode: RunMode;
  /** Default: all that the connection's settings choose. */
  readonly streams?: readonly string[] | undefined;
  readonly days?: number | undefined;
  readonly at?: Date | undefined;
}

/** Starts a run for each stream, in the streams' order; one that is being synced already is left to its run. */
export async function startSync(
  engine: Engine,
  connection: Connection,
  request: StartRequest,
): Promise<readonly Run[]> {
  const integration = integrationOf(engine, connection.integration);
  if (connection.state === "auth_error") {
    throw new AuthenticationError("The connection lost access: reconnect it first.", {
      connectionId: connection.id,
    });
  }
  if (!mayIngest(integration, connection)) {
    const gate = connection.state === "disconnected" ? "connection" : "ingest";
    throw new AuthorizationError(
      gate === "connection"
        ? "The connection is disconnected: connect it first."
        : "Ingest is off: turn it on first.",
      { gate },
    );
  }
  const chosen = chosenStreams(engine, connection);
  for (const id of request.streams ?? []) {
    if (!integration.streams.some((stream) => stream.id === id)) {
      throw new ValidationError(`The integration "${integration.id}" has no stream "${id}".`, {
        path: "streams",
        reason: `one of ${integration.streams.map((stream) => stream.id).join(", ")}`,
      });
    }
  }
  const { mode } = request;
  const manual = mode === "email_catch_up" || mode === "backfill_transcripts";
  const streams = integration.streams.filter(
    (stream) =>
      (request.streams ? request.streams.includes(stream.id) : chosen.has(stream.id)) &&
      (!manual || stream.manual?.includes(mode)),
  );
  if (streams.length === 0) {
    throw new ValidationError(`Nothing to sync: no chosen stream of "${integration.id}" takes "${mode}".`, {
      path: "mode",
      reason: "no stream",
    });
  }
  const now = engine.clock.now();
  const syncId = uuidv7(now);
  const runs = streams.map(
    (stream): NewRun => ({
      id: uuidv7(now),
      orgId: connection.orgId,
      connectionId: connection.id,
      integration: integration.id,
      stream: stream.id,
      syncId,
      trigger: request.trigger,
      mode,
      position: integration.streams.indexOf(stream),
      options: request.days === undefined ? {} : { days: request.days },
      generation: connection.generation,
      ...(request.at ? { at: request.at } : {}),
    }),
  );
  return await engine.storage.runs.start(runs);
}

/** Whether there is anything to sync now: some vendors have actions alone, and ingest may be off. */
export function maySync(engine: Engine, connection: Connection): boolean {
  const integration = integrationOf(engine, connection.integration);
  return mayIngest(integration, connection) && chosenStreams(engine, connection).size > 0;
}

/** The streams that the connection's settings choose; all, where they say nothing. */
export function chosenStreams(engine: Engine, connection: Connection): ReadonlySet<string> {
  const all = integrationOf(engine, connection.integration).streams.map((stream) => stream.id);
  const setting = connection.settings.streams;
  if (!Array.isArray(setting)) return new Set(all);
  return new Set(all.filter((id) => setting.includes(id)));
}
