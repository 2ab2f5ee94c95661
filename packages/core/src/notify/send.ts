import type { Engine } from "../engine/engine.ts";
import type { NotificationDelivery, Subscription } from "../ports/notification-store.ts";
import type { Again, Slice } from "../work/slice.ts";
import { attempt } from "./attempt.ts";
import { knownSink } from "./sinks.ts";

/** Messages of one target that are taken up together. */
const perTarget = 20;

/** Targets that are sent to beside each other, for one org. */
const width = 4;

/** After so many failures a message lets those behind it pass while it waits. */
const patience = 5;

/** No sink asks for more between two messages. */
const longestIntervalMs = 60_000;

/**
 * Sends what is due: to each target one after another in the order of the outbox, to several targets beside each other.
 * Goes on until `until`; then says when there is more to do.
 */
export async function sendWaiting(
  engine: Engine,
  slice: Slice,
  subscriptions: readonly Subscription[],
  until: number,
): Promise<Again> {
  const { storage, clock } = engine;
  const now = clock.now();
  const waiting = await storage.notifications.waiting(slice.lease, {
    perTarget,
    patience,
    now: new Date(now),
  });
  if (waiting.length === 0) return undefined;
  const attempts = await storage.notifications.lastAttempts(slice.lease, new Date(now - longestIntervalMs));
  const lanes = lanesOf(waiting);
  for (const { at, sink, target } of attempts) {
    const lane = lanes.get(place(sink, target));
    if (lane) lane.lastAt = at.getTime();
  }
  const byId = new Map(subscriptions.map((one) => [one.id, one]));
  const queue = [...lanes.values()];
  const agains: number[] = [];
  let failure: { readonly error: unknown } | undefined;
  const sender = async () => {
    for (let lane = queue.shift(); lane && !failure; lane = queue.shift()) {
      try {
        const again = await work(engine, slice, lane, byId, until);
        if (again !== undefined) agains.push(again);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, queue.length) }, sender));
  if (failure) throw failure.error;
  return agains.length > 0 ? new Date(Math.min(...agains)) : undefined;
}

/** The messages of one target. */
interface Lane {
  readonly sink: string;
  readonly messages: NotificationDelivery[];
  /** When the last attempt was begun. Epoch ms. */
  lastAt: number;
}

const place = (sink: string, target: string) => JSON.stringify([sink, target]);

function lanesOf(waiting: readonly NotificationDelivery[]): ReadonlyMap<string, Lane> {
  const lanes = new Map<string, Lane>();
  for (const one of waiting) {
    const key = place(one.sink, one.target);
    const lane = lanes.get(key) ?? { sink: one.sink, messages: [], lastAt: 0 };
    lane.messages.push(one);
    lanes.set(key, lane);
  }
  return lanes;
}

/** When the lane wants to go on; undefined when it is through. */
async function work(
  engine: Engine,
  slice: Slice,
  lane: Lane,
  subscriptions: ReadonlyMap<string, Subscription>,
  until: number,
): Promise<number | undefined> {
  const { clock } = engine;
  const intervalMs = Math.min(knownSink(engine, lane.sink)?.sink.targetIntervalMs ?? 0, longestIntervalMs);
  for (const delivery of lane.messages) {
    // Whoever waits keeps its place: those behind it wait too.
    const due = delivery.nextAttemptAt?.getTime() ?? 0;
    if (due > clock.now()) return due;
    if (slice.ending() || clock.now() >= until) return clock.now();
    const free = lane.lastAt + intervalMs;
    if (free > clock.now()) {
      if (free > until) return free;
      await clock.sleep(free - clock.now(), slice.signal);
    }
    slice.signal.throwIfAborted();
    const outcome = await attempt(engine, slice, delivery, subscriptions.get(delivery.subscriptionId));
    if (outcome.attemptedAt !== undefined) lane.lastAt = outcome.attemptedAt;
    if (outcome.again !== undefined) return outcome.again;
  }
  return lane.messages.length < perTarget ? undefined : clock.now();
}
