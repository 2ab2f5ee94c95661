import type { NotificationMessage, SinkRequest } from "../define/notification.ts";
import type { Engine } from "../engine/engine.ts";
import { boundHttp } from "../engine/sessions.ts";
import { isHaloError } from "../errors.ts";
import type { Connection } from "../ports/connection-store.ts";
import type { DeliveryOutcome, NotificationDelivery, Subscription } from "../ports/notification-store.ts";
import type { Slice } from "../work/slice.ts";
import { type Failure, failureOf } from "./failure.ts";
import { notificationGates } from "./gates.ts";
import { type KnownSink, knownSink } from "./sinks.ts";
import { tellDead } from "./sync-errors.ts";
import { toMessage } from "./templates.ts";
import { replacesEarlier } from "./type-facts.ts";
import { withDeadline } from "./with-deadline.ts";

/** After so long nobody wants to hear of it any more. */
const maxAgeMs = 3 * 24 * 60 * 60_000;

/** One message that ends its process so often is given up on. */
const maxCrashes = 10;

const sendMs = 20_000;

/** Behind webhooks, before schedules and backfills, when calls wait for the vendor's limit. */
const priority = 500;

export interface Attempted {
  /** When the sink was called, epoch ms; undefined if it was not. */
  readonly attemptedAt?: number | undefined;
  /** When the message is tried again, epoch ms; undefined when it is settled. */
  readonly again?: number | undefined;
}

/** One try of one message: gates, then `sending` is committed, then the sink is called, then the outcome. */
export async function attempt(
  engine: Engine,
  slice: Slice,
  delivery: NotificationDelivery,
  subscription: Subscription | undefined,
): Promise<Attempted> {
  const { clock, storage } = engine;
  const { id } = delivery;
  /** When the sink was called. Epoch ms. */
  let calledAt: number | undefined;
  const settle = (outcome: Omit<DeliveryOutcome, "id" | "attemptedAt">) => {
    const attemptedAt = calledAt === undefined ? {} : { attemptedAt: new Date(calledAt) };
    return storage.notifications.settle(
      slice.lease,
      { id, ...attemptedAt, ...outcome },
      new Date(clock.now()),
    );
  };
  const die = async (reason: string) => {
    await settle({ status: "dead", attempts: delivery.attempts, reason });
    await tellDead(engine, delivery, reason);
    return {};
  };
  /** Not the message's fault: it waits, and the attempt does not count. */
  const wait = async (reason: string, again: number) => {
    const { attempts, status } = delivery;
    await settle({ status, attempts, reason, nextAttemptAt: new Date(again) });
    return { again };
  };

  const sink = knownSink(engine, delivery.sink);
  const answer = await notificationGates(engine, delivery, sink, subscription);
  if (answer.gate === "closed" || !sink) {
    const reason = answer.gate === "closed" ? answer.reason : "no_sink";
    await settle({ status: "suppressed", attempts: delivery.attempts, reason });
    return {};
  }
  if (clock.now() - delivery.createdAt.getTime() > maxAgeMs) return await die(delivery.reason ?? "expired");
  if (answer.gate === "wait") return await wait(answer.reason, answer.until);

  const mayHaveArrived = delivery.status === "sending";
  // Begun, and neither sent nor failed: whoever was at it is gone.
  if (mayHaveArrived && delivery.nextAttemptAt === undefined && delivery.attempts >= maxCrashes)
    return await die("crashed");
  let message: NotificationMessage;
  try {
    message = toMessage(delivery.type, delivery.event, delivery.held);
  } catch {
    return await die("event_unreadable");
  }
  const earlier = replacesEarlier(delivery.type)
    ? await storage.notifications.lastRef(delivery.orgId, delivery.subscriptionId, delivery.subject)
    : undefined;
  const calls = openCalls(engine, slice, delivery, sink, answer.connection, { message, earlier });

  if (mayHaveArrived && calls.find) {
    try {
      const found = await calls.find();
      if (found) {
        await settle({ status: "sent", attempts: delivery.attempts, ref: refOf(found.ref) });
        tellSent(engine, delivery);
        return {};
      }
    } catch (error) {
      slice.signal.throwIfAborted();
      const failure = failureOf(error, clock.now(), delivery.attempts + 1);
      if (failure.kind === "wait") return await wait(failure.reason, failure.again);
      // Sent again it might arrive twice, and nothing tells: a person decides.
      if (failure.kind === "end") return await die("outcome_unknown");
      return await later(failure, delivery.attempts + 1);
    }
  }

  await storage.notifications.begin(slice.lease, id, new Date(clock.now()));
  const attempts = delivery.attempts + 1;
  // The store took its time: what keeps two messages apart is when each was sent.
  const attemptedAt = clock.now();
  calledAt = attemptedAt;
  try {
    const { ref } = await calls.send(mayHaveArrived);
    await settle({ status: "sent", attempts, ref: refOf(ref) });
    tellSent(engine, delivery);
    return { attemptedAt };
  } catch (error) {
    // It stays `sending`: whoever has the lease now looks whether it arrived.
    slice.signal.throwIfAborted();
    if (isHaloError(error, "lease_lost") || isHaloError(error, "storage_failed")) throw error;
    const failure = failureOf(error, clock.now(), attempts);
    if (failure.kind === "wait") return { attemptedAt, ...(await wait(failure.reason, failure.again)) };
    if (failure.kind === "end") return { attemptedAt, ...(await die(failure.reason)) };
    return { attemptedAt, ...(await later(failure, attempts)) };
  }

  async function later({ again, reason }: Failure & { readonly kind: "later" }, attempts: number) {
    await settle({ status: "sending", attempts, reason, nextAttemptAt: new Date(again) });
    const { orgId, sink, type } = delivery;
    engine.events.emit("notification.failed", { orgId, deliveryId: id, type, sink, reason, dead: false });
    return { again };
  }
}

interface Calls {
  readonly send: (repeated: boolean) => Promise<{ readonly ref?: string | undefined }>;
  readonly find: (() => Promise<{ readonly ref: string } | undefined>) | undefined;
}

function openCalls(
  engine: Engine,
  slice: Slice,
  delivery: NotificationDelivery,
  known: KnownSink,
  connection: Connection | undefined,
  what: { readonly message: NotificationMessage; readonly earlier: string | undefined },
): Calls {
  const { createdAt, event, id, key, target, type } = delivery;
  const { earlier, message } = what;
  const request = (repeated: boolean, signal: AbortSignal): SinkRequest => ({
    target,
    message,
    ...(earlier !== undefined && { earlier }),
    event: { type, key, data: event, at: createdAt },
    deliveryKey: id,
    repeated,
    signal,
  });
  const within = <T>(call: (signal: AbortSignal) => Promise<T>) =>
    withDeadline(engine.clock, slice.signal, sendMs, call);
  if (known.of === "host") {
    const { sink } = known;
    return {
      send: (repeated) => within((signal) => sink.send(request(repeated, signal))),
      find: sink.find && (() => within(async (signal) => sink.find?.(request(true, signal)))),
    };
  }
  const { sink } = known;
  if (!connection) throw new Error("an integration's sink has a connection");
  const session = engine.sessions.open(connection);
  const asked = (repeated: boolean, signal: AbortSignal) => ({
    ...request(repeated, signal),
    http: boundHttp(session.http, { priority, signal }),
  });
  return {
    send: (repeated) => within((signal) => sink.send(asked(repeated, signal))),
    find: sink.find && (() => within(async (signal) => sink.find?.(asked(true, signal)))),
  };
}

/** A sink of the host's may answer anything. */
const refOf = (ref: unknown) => (typeof ref === "string" && ref !== "" ? ref.slice(0, 500) : undefined);

function tellSent(engine: Engine, { id, key, orgId, sink, type }: NotificationDelivery): void {
  engine.events.emit("notification.sent", { orgId, deliveryId: id, type, key, sink });
}
