import type { Json } from "../define/json.ts";
import type { Engine } from "../engine/engine.ts";
import type { DigestSchedule, Subscription } from "../ports/notification-store.ts";
import type { Slice } from "../work/slice.ts";
import { type NotificationEvents, parseEvent } from "./event-schemas.ts";
import { slotsAround } from "./slots.ts";

const spanMs = { daily: 24 * 60 * 60_000, weekly: 7 * 24 * 60 * 60_000 } as const;

/**
 * Makes the digests whose time has come, each once: the slot is taken in the step that stores the digest. After a
 * downtime only the newest slot counts, and what it tells of begins where the last digest ended. Returns when the next is
 * due.
 */
export async function makeDigests(
  engine: Engine,
  slice: Slice,
  subscriptions: readonly Subscription[],
): Promise<number | undefined> {
  let soonest: number | undefined;
  for (const subscription of subscriptions) {
    const { createdAt, digestedAt, enabled, schedule, type } = subscription;
    if (type !== "digest" || !schedule || !enabled) continue;
    const { last, next } = slotsAround(schedule, engine.clock.now());
    if (last > (digestedAt ?? createdAt).getTime()) await make(engine, slice, subscription, schedule, last);
    soonest = Math.min(soonest ?? next, next);
  }
  return soonest;
}

async function make(
  engine: Engine,
  { lease }: Slice,
  subscription: Subscription,
  schedule: DigestSchedule,
  last: number,
): Promise<void> {
  const { clock, storage } = engine;
  const { connectionId: _, createdAt, digestedAt, id, orgId } = subscription;
  const slot = new Date(last);
  const from = digestedAt ?? new Date(Math.max(createdAt.getTime(), last - spanMs[schedule.frequency]));
  const event = await contents(engine, orgId, schedule, from, slot);
  const notification = {
    type: "digest",
    key: `${id}:${slot.toISOString()}`,
    connectionId: undefined,
    subscriptionId: id,
    event: parseEvent("digest", event) as Json,
  } as const;
  await storage.notifications.digest(
    lease,
    { subscriptionId: id, slot, notification },
    new Date(clock.now()),
  );
}

async function contents(
  engine: Engine,
  orgId: string,
  { frequency, timeZone }: DigestSchedule,
  from: Date,
  to: Date,
): Promise<NotificationEvents["digest"]> {
  const { storage } = engine;
  const [facts, gaps, connections] = await Promise.all([
    storage.notifications.digestFacts(orgId, { from, to }),
    storage.notifications.gaps(orgId, from, 10),
    storage.connections.list(orgId),
  ]);
  const accounts = new Map(connections.map(({ account, id }) => [id, account.name]));
  const nameOf = (integration: string, connectionId: string) =>
    [engine.integrations.get(integration)?.name ?? integration, accounts.get(connectionId)]
      .filter(Boolean)
      .join(", ")
      .slice(0, 300);
  return {
    frequency,
    from: from.toISOString(),
    to: to.toISOString(),
    timeZone,
    // The digests before it are no news.
    notifications: facts.notifications.filter(({ type }) => type !== "digest"),
    failedSyncs: facts.failedSyncs
      .slice(0, 50)
      .map(({ code, connectionId, failures, integration, stream }) => ({
        connection: nameOf(integration, connectionId),
        stream: stream.slice(0, 100),
        failures,
        code: code.slice(0, 100),
      })),
    knowledgeGaps: gaps
      .filter(({ times }) => times > 1)
      .map(({ query, times }) => ({ question: query, times })),
    newEndUsers: facts.newEndUsers,
    newCompanies: facts.newCompanies,
    actions: facts.actions,
  };
}
