import { eraseConnection, isToErase } from "../connect/erase.ts";
import type { AnyStream, KeyToRead, Tombstone } from "../define/stream.ts";
import type { Change } from "../define/webhook.ts";
import type { Engine } from "../engine/engine.ts";
import { integrationOf } from "../engine/engine.ts";
import { boundHttp, type Session } from "../engine/sessions.ts";
import { isHaloError } from "../errors.ts";
import { mayIngest } from "../gate/modes.ts";
import { eventNotification, recordNotifier } from "../notify/record-notifier.ts";
import type { Connection } from "../ports/connection-store.ts";
import type { Delivery } from "../ports/delivery-store.ts";
import type { PageNotification } from "../ports/page-store.ts";
import { heldBy } from "../sync/held.ts";
import { commitTarget, prepare } from "../sync/prepare.ts";
import { chosenStreams } from "../sync/start.ts";
import type { Again, Slice } from "../work/slice.ts";
import { openPayload } from "./kept-payload.ts";

/** Events taken up together: their records are read in few calls. */
const batchSize = 200;

/** Tries before an event becomes a dead letter; with the waits below that is about six hours. */
const maxAttempts = 10;
const firstWaitMs = 2_000;
const maxWaitMs = 60 * 60_000;

/** Before any schedule and any backfill, when calls wait for the vendor's limit. */
const priority = 1_000;

/** Works one connection's inbox: reads what the events point at, and stores it like a pulled page. */
export async function processInbox(engine: Engine, slice: Slice): Promise<Again> {
  const { storage, clock } = engine;
  const { lease } = slice;
  // A piece of work that crashed its process is taken up event by event, so that one to blame comes to stand alone; then
  // by twos, fours, …, or the backlog would take until the lease changes hands.
  let limit = lease.attempts > 2 ? 1 : batchSize;
  for (;;) {
    if (slice.ending()) return new Date(clock.now());
    slice.signal.throwIfAborted();
    const connection = await storage.connections.get(lease.orgId, lease.subject);
    if (connection && connection.state !== "connected" && isToErase(connection)) {
      const again = await eraseConnection(engine, slice, connection);
      if (again) return again;
      continue;
    }
    const deliveries = await storage.deliveries.pending(lease, lease.subject, limit, new Date(clock.now()));
    if (deliveries.length === 0) return await storage.deliveries.nextDue(lease, lease.subject);
    const suspect = limit === 1;
    limit = Math.min(batchSize, limit * 2);
    if (!connection || !mayIngest(integrationOf(engine, connection.integration), connection)) {
      await settle(engine, slice, deliveries, "skipped", connection ? "ingest is off" : "no connection");
      continue;
    }
    const blockedUntil = connection.blockedUntil;
    if (blockedUntil && blockedUntil.getTime() > clock.now()) return blockedUntil;
    // If this is the one that ends processes, its attempt must count although nobody will be there to count it.
    if (suspect && (await retryLater(engine, slice, deliveries, "crashed")) === 0) continue;
    const again = await processBatch(engine, slice, connection, deliveries);
    if (again) return again;
  }
}

async function processBatch(
  engine: Engine,
  slice: Slice,
  connection: Connection,
  deliveries: readonly Delivery[],
): Promise<Again> {
  try {
    await apply(engine, slice, connection, deliveries);
  } catch (error) {
    if (slice.signal.aborted) throw slice.signal.reason;
    if (isHaloError(error, "lease_lost") || isHaloError(error, "storage_failed")) throw error;
    if (isHaloError(error, "rate_limited")) {
      return new Date((error as unknown as { retryAt: number }).retryAt);
    }
    if (isHaloError(error, "reconnect_required") || isHaloError(error, "credentials_unreadable")) {
      // Not the events' fault: they wait until somebody reconnects.
      return new Date(engine.clock.now() + 5 * 60_000);
    }
    if (deliveries.length > 1) {
      // One of them may be to blame; taken one by one, only that one waits.
      for (const delivery of deliveries) {
        if (slice.ending()) return new Date(engine.clock.now());
        const again = await processBatch(engine, slice, connection, [delivery]);
        if (again) return again;
      }
      return undefined;
    }
    const reason = isHaloError(error)
      ? error.code
      : `internal: ${error instanceof Error ? error.name : "failed"}`;
    await retryLater(engine, slice, deliveries, reason);
  }
  return undefined;
}

async function apply(
  engine: Engine,
  slice: Slice,
  connection: Connection,
  deliveries: readonly Delivery[],
): Promise<void> {
  const integration = integrationOf(engine, connection.integration);
  const webhooks = integration.webhooks;
  const touched = new Map<string, Touched>();
  const told: PageNotification[] = [];
  let mayBeOver = false;
  for (const delivery of deliveries) {
    if (!webhooks) break;
    const event = webhooks.parse(openPayload(engine.ring, integration, delivery, delivery.payload));
    const type = webhooks.type(event);
    for (const definition of webhooks.definitions) {
      if (!definition.events.includes(type)) continue;
      mayBeOver ||= definition.endsAccess?.(event, connection.account) === true;
      const changes = definition.changes(event);
      for (const change of changes) note(touched, change, delivery);
      const [first] = changes;
      const notification = eventNotification(
        engine,
        integration,
        connection,
        definition.notification?.(event, connection.settings),
        { key: delivery.eventKey, record: first && "key" in first ? first : undefined },
      );
      if (notification) told.push(notification);
    }
  }
  if (mayBeOver) await verifyAccess(engine, slice, connection);
  const chosen = chosenStreams(engine, connection);
  const work = [...touched].flatMap(([id, changes]) => {
    const stream = integration.streams.find((one) => one.id === id);
    return stream && chosen.has(id) ? [{ stream, changes }] : [];
  });
  const ids = deliveries.map((delivery) => delivery.id);
  if (work.length === 0) {
    if (told.length > 0) await raise(engine, connection, told);
    await settle(engine, slice, deliveries, "done", undefined);
    return;
  }
  const session = engine.sessions.open(connection);
  const { refs } = await session.references(slice.signal);
  for (const [index, { stream, changes }] of work.entries()) {
    // The last stream's commit settles the events; a crash before it repeats reads, and changes nothing twice.
    const settled = index === work.length - 1 ? ids : undefined;
    await applyToStream(
      engine,
      slice,
      connection,
      session,
      stream,
      changes,
      refs,
      settled,
      settled ? told : [],
    );
  }
  for (const delivery of deliveries) tell(engine, delivery);
}

/** What events of streams that nobody chose tell: there is no page to store it with. */
async function raise(
  engine: Engine,
  { id, orgId }: Connection,
  told: readonly PageNotification[],
): Promise<void> {
  const raised = told.map(({ event, key, type }) => ({ type, key, event, connectionId: id }));
  await engine.storage.notifications.raise(orgId, raised, new Date(engine.clock.now()));
}

/**
 * Somebody says that our access has ended. The event is only a hint: it may be of before a reconnect. The vendor says
 * whether it is true, and a credential that it refuses puts the connection to `auth_error`. Throws `reconnect_required`.
 */
async function verifyAccess(engine: Engine, slice: Slice, connection: Connection): Promise<void> {
  const { auth } = integrationOf(engine, connection.integration);
  const http = boundHttp(engine.sessions.open(connection).http, { priority, signal: slice.signal });
  try {
    await auth.identify({ http, signal: slice.signal });
  } catch (error) {
    if (isHaloError(error, "reconnect_required")) {
      const { id: connectionId, integration, orgId } = connection;
      engine.events.emit("connection.removed_at_vendor", { orgId, connectionId, integration });
    }
    throw error;
  }
}

interface Touched {
  readonly keys: Map<string, KeyToRead>;
  readonly records: unknown[];
  readonly tombstones: Map<string, Tombstone>;
}

function note(touched: Map<string, Touched>, change: Change, delivery: Delivery): void {
  const entry: Touched = touched.get(change.stream) ?? {
    keys: new Map(),
    records: [],
    tombstones: new Map(),
  };
  touched.set(change.stream, entry);
  if ("key" in change) {
    entry.keys.set(change.key, { key: change.key, hint: change.hint });
  } else if ("record" in change) {
    entry.records.push(change.record);
  } else {
    const known = entry.tombstones.get(change.tombstone.key);
    const deletedAt = change.tombstone.deletedAt ?? delivery.occurredAt;
    // A deletion and a request to be forgotten come in any order, and the second must not be lost.
    const purge = change.tombstone.purge === true || known?.purge === true;
    entry.tombstones.set(change.tombstone.key, { ...change.tombstone, deletedAt, purge });
  }
}

async function applyToStream(
  engine: Engine,
  slice: Slice,
  connection: Connection,
  session: Session,
  stream: AnyStream,
  changes: Touched,
  refs: unknown,
  settled: readonly string[] | undefined,
  told: readonly PageNotification[],
): Promise<void> {
  const { clock, storage } = engine;
  const integration = integrationOf(engine, connection.integration);
  const http = boundHttp(session.http, { priority, signal: slice.signal });
  const vendorNow = () => http.vendorNow() ?? new Date(clock.now());
  const observedAt = vendorNow();
  const channels = stream.read ? await storage.agents.channels(connection.orgId, connection.id) : [];
  const records = [...changes.records];
  const tombstones = new Map(changes.tombstones);
  // Read even what was deleted: if it was restored since, the reading brings it back, whatever the order of events.
  const keys = [...changes.keys.values()];
  const size = stream.readBatch ?? 100;
  for (let at = 0; stream.read && at < keys.length; at += size) {
    const result = await stream.read({
      http,
      mode: { kind: "incremental" },
      since: undefined,
      now: vendorNow(),
      refs,
      settings: connection.settings,
      scopes: connection.scopes ? new Set(connection.scopes) : undefined,
      channels,
      held: heldBy(storage, integration, stream, connection),
      signal: slice.signal,
      logger: engine.logger,
      keys: keys.slice(at, at + size),
    });
    records.push(...result.records);
    for (const tombstone of result.tombstones ?? []) tombstones.set(tombstone.key, tombstone);
    for (const key of result.missing) if (!tombstones.has(key)) tombstones.set(key, { key });
  }
  const prepared = prepare(records, [...tombstones.values()], {
    integration,
    stream,
    connectionId: connection.id,
    refs,
    domains: engine.domains,
    settings: connection.settings,
    observedAt,
    now: clock.now(),
    priority: 1,
    reindex: false,
    notify: recordNotifier(engine, integration, stream, connection, "incremental"),
  });
  await storage.pages.commit({
    ...commitTarget(integration, stream),
    ...prepared,
    lease: slice.lease,
    orgId: connection.orgId,
    connectionId: connection.id,
    at: new Date(clock.now()),
    notifications: [...prepared.notifications, ...told],
    ...(settled ? { deliveries: settled } : {}),
  });
}

async function settle(
  engine: Engine,
  slice: Slice,
  deliveries: readonly Delivery[],
  status: "done" | "skipped",
  reason: string | undefined,
): Promise<void> {
  await engine.storage.deliveries.settle(
    slice.lease,
    deliveries.map((delivery) => ({ id: delivery.id, status, ...(reason ? { reason } : {}) })),
    new Date(engine.clock.now()),
  );
  if (status === "done") for (const delivery of deliveries) tell(engine, delivery);
}

function tell(engine: Engine, delivery: Delivery): void {
  engine.events.emit("delivery.processed", {
    orgId: delivery.orgId,
    connectionId: delivery.connectionId,
    deliveryId: delivery.id,
    type: delivery.type,
  });
}

/** Counts an attempt: due again later, or given up on. Returns how many may still be tried. */
async function retryLater(
  engine: Engine,
  slice: Slice,
  deliveries: readonly Delivery[],
  reason: string,
): Promise<number> {
  const { clock, storage } = engine;
  const outcomes = deliveries.map((delivery) => {
    const attempts = delivery.attempts + 1;
    if (attempts >= maxAttempts) return { id: delivery.id, status: "dead" as const, reason };
    const wait = Math.min(maxWaitMs, firstWaitMs * 3 ** (attempts - 1));
    return {
      id: delivery.id,
      status: "pending" as const,
      reason,
      nextAttemptAt: new Date(clock.now() + wait),
    };
  });
  await storage.deliveries.settle(slice.lease, outcomes, new Date(clock.now()));
  for (const [index, outcome] of outcomes.entries()) {
    const delivery = deliveries[index];
    if (outcome.status !== "dead" || !delivery) continue;
    engine.logger.error("An event was given up on: replay it when its cause is mended", {
      delivery: delivery.id,
      type: delivery.type,
      reason,
    });
    engine.events.emit("delivery.died", {
      orgId: delivery.orgId,
      connectionId: delivery.connectionId,
      deliveryId: delivery.id,
      type: delivery.type,
      reason,
    });
  }
  return outcomes.filter(({ status }) => status === "pending").length;
}
