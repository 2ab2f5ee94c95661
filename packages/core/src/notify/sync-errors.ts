import type { Json } from "../define/json.ts";
import type { Engine } from "../engine/engine.ts";
import { isHaloError } from "../errors.ts";
import type { Connection } from "../ports/connection-store.ts";
import type { NewNotification, NotificationDelivery } from "../ports/notification-store.ts";
import type { Run } from "../ports/run-store.ts";
import { type NotificationEvents, parseEvent } from "./event-schemas.ts";

/** A run that only waits for the vendor is told of after so many failures in a row: about two and a half minutes. */
export const failuresTold = 5;

const dayMs = 24 * 60 * 60_000;

/**
 * A stream's failure, told once until the stream succeeds again: the key names the watermark, which moves with every
 * success and nothing else. To be called before the run's end is stored, so that a crash in between tells it again, with
 * the same key. Later failures stand in the digest.
 */
export async function tellSyncFailure(
  engine: Engine,
  connection: Connection,
  run: Run,
  error: { readonly code: string; readonly message: string },
): Promise<void> {
  if (!movesWatermark(run)) return;
  await safely(engine, async () => {
    const key = `failed:${await episode(engine, run)}`;
    await raise(engine, run.orgId, key, connection.id, {
      ...incoming(engine, connection, run),
      state: "failed",
      code: error.code,
      message: error.message.slice(0, 1_000),
    });
  });
}

/** The end of a failure that was told. To be called before the run's end is stored. */
export async function tellSyncSuccess(engine: Engine, connection: Connection, run: Run): Promise<void> {
  if (!movesWatermark(run)) return;
  await safely(engine, async () => {
    const ended = await episode(engine, run);
    if (!(await engine.storage.notifications.wasRaised(run.orgId, "sync_error", `failed:${ended}`))) return;
    await raise(engine, run.orgId, `recovered:${ended}`, connection.id, {
      ...incoming(engine, connection, run),
      state: "recovered",
    });
  });
}

/**
 * A message that was given up on: an event for the host, and, at most once a day for each subscription, a notification
 * for whoever is told of outgoing errors. One that told of an error itself tells of no further one, or a sink that is gone
 * would report itself into itself without end.
 */
export async function tellDead(
  engine: Engine,
  delivery: NotificationDelivery,
  reason: string,
): Promise<void> {
  const { id, orgId, sink, subscriptionId, type } = delivery;
  engine.logger.error("A notification was given up on: retry it when its cause is mended", {
    delivery: id,
    type,
    sink,
    reason,
  });
  engine.events.emit("notification.failed", { orgId, deliveryId: id, type, sink, reason, dead: true });
  if (type === "sync_error") return;
  const now = engine.clock.now();
  const key = `dead:${subscriptionId}:${Math.floor(now / dayMs)}`;
  await safely(engine, () =>
    raise(engine, orgId, key, delivery.connectionId, {
      direction: "outgoing",
      state: "failed",
      source: engine.integrations.get(sink)?.name ?? sink,
      ...(delivery.connectionId ? { connectionId: delivery.connectionId } : {}),
      what: type,
      code: reason,
      message: "A message was not delivered, and will not be tried again by itself.",
      at: new Date(now).toISOString(),
    }),
  );
}

/** An action that was to reach a vendor and failed; told once for each call. */
export async function tellActionFailure(
  engine: Engine,
  failed: {
    readonly orgId: string;
    readonly callId: string;
    readonly action: string;
    readonly integration: string;
    readonly connectionId: string | undefined;
    readonly code: string;
  },
): Promise<void> {
  const { action, callId, code, connectionId, integration, orgId } = failed;
  await safely(engine, () =>
    raise(engine, orgId, `action:${callId}`, connectionId, {
      direction: "outgoing",
      state: "failed",
      source: engine.integrations.get(integration)?.name ?? integration,
      ...(connectionId ? { connectionId } : {}),
      what: action,
      code,
      at: new Date(engine.clock.now()).toISOString(),
    }),
  );
}

type SyncError = NotificationEvents["sync_error"];

function incoming(engine: Engine, connection: Connection, run: Run): Omit<SyncError, "state"> {
  const account = connection.account.name;
  return {
    direction: "incoming",
    source: engine.integrations.get(connection.integration)?.name ?? connection.integration,
    connectionId: connection.id,
    ...(account ? { account: account.slice(0, 300) } : {}),
    what: run.stream,
    at: new Date(engine.clock.now()).toISOString(),
  };
}

async function episode(engine: Engine, { connectionId, orgId, stream }: Run): Promise<string> {
  const watermark = await engine.storage.runs.watermark(orgId, connectionId, stream);
  return `${connectionId}:${stream}:${watermark?.toISOString() ?? "never"}`;
}

/** Other runs are asked for by a person, who sees how they end. */
const movesWatermark = ({ mode }: Run) => mode !== "email_catch_up" && mode !== "backfill_transcripts";

async function raise(
  engine: Engine,
  orgId: string,
  key: string,
  connectionId: string | undefined,
  event: SyncError,
): Promise<void> {
  const notification: NewNotification = {
    type: "sync_error",
    key,
    connectionId,
    event: parseEvent("sync_error", event) as Json,
  };
  await engine.storage.notifications.raise(orgId, [notification], new Date(engine.clock.now()));
}

/** Telling of an error must not become one; what the store refuses for a moment is told when the work is repeated. */
async function safely(engine: Engine, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (isHaloError(error, "storage_failed") && error.retryable) throw error;
    engine.logger.error("A failure could not be told", {
      error: isHaloError(error) ? error.code : error instanceof Error ? error.name : "unknown",
    });
  }
}
