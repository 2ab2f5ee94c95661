import { orgOf, type State } from "../memory/state.ts";
import type { Lease } from "../ports/lease-store.ts";
import type { NotificationStore } from "../ports/notification-store.ts";
import type { Storage } from "../ports/storage.ts";
import type { Breakage } from "./broken-storage.ts";
import { newId } from "./ids.ts";

/** The lease as it would have to be now. */
const forged = (state: State, lease: Lease): Lease => {
  for (const { fence, holder, kind, orgId, subject } of state.leases.values())
    if (kind === lease.kind && orgId === lease.orgId && subject === lease.subject)
      return { ...lease, fence, holder: holder ?? lease.holder };
  return lease;
};

const breaks = (
  name: string,
  promise: string,
  change: (good: NotificationStore, state: State, storage: Storage) => Partial<NotificationStore>,
): Breakage => ({
  name,
  room: "notifications",
  breaks: promise,
  rooms: (good, state) => ({ notifications: change(good.notifications, state, good) }),
});

/** One method that forgets the fence. */
const unfenced = (method: "route" | "begin" | "settle" | "group" | "digest" | "unrouted" | "waiting") =>
  breaks(`${method} is not fenced`, "F19 a notifier", (good, state) => ({
    [method]: async (lease: Lease, ...rest: unknown[]) =>
      (good[method] as (...all: unknown[]) => Promise<unknown>)(forged(state, lease), ...rest),
  }));

export const notificationBreakages: readonly Breakage[] = [
  breaks(
    "what was given up on counts as the last message",
    "the last message that was sent",
    (good, state) => ({
      lastRef: async (orgId, subscriptionId, subject) =>
        [...orgOf(state, orgId).notifications.deliveries.values()]
          .filter((one) => one.subscriptionId === subscriptionId && one.subject === subject)
          .at(-1)?.ref ?? (await good.lastRef(orgId, subscriptionId, subject)),
    }),
  ),
  breaks("the last message of any subscription counts", "the last message that was sent", (_, state) => ({
    lastRef: async (orgId, _subscriptionId, subject) =>
      [...orgOf(state, orgId).notifications.deliveries.values()]
        .filter((one) => one.subject === subject && one.status === "sent")
        .at(-1)?.ref,
  })),
  breaks("subscribing wakes nobody", "a subscription comes back", (_, state) => ({
    subscribe: async (one) => {
      orgOf(state, one.orgId).notifications.subscriptions.set(one.id, one);
    },
  })),
  breaks("a change of a subscription empties what it leaves out", "a change of a subscription", (good) => ({
    changeSubscription: (orgId, id, change) =>
      good.changeSubscription(orgId, id, { connectionId: undefined, ...change }),
  })),
  breaks("a key that was routed may be raised again", "the same type and key", (good, state) => ({
    raise: async (orgId, all, at) => {
      const { outbox } = orgOf(state, orgId).notifications;
      for (const [key, { routedAt }] of outbox) if (routedAt) outbox.delete(key);
      return good.raise(orgId, all, at);
    },
  })),
  breaks("a key is one whatever its type", "the same type and key", (good, state) => ({
    raise: async (orgId, all, at) => {
      const answers: boolean[] = [];
      for (const one of all) {
        const known = [...orgOf(state, orgId).notifications.outbox.values()].some(
          ({ key }) => key === one.key,
        );
        answers.push(...(known ? [false] : await good.raise(orgId, [one], at)));
      }
      return answers;
    },
  })),
  breaks("every caller hears that it is new", "of fifty callers", (good) => ({
    raise: async (orgId, all, at) => {
      await good.raise(orgId, all, at);
      return all.map(() => true);
    },
  })),
  breaks("the newest is routed first", "what waits to be routed", (good) => ({
    unrouted: async (lease, limit) => [...(await good.unrouted(lease, 1_000))].reverse().slice(0, limit),
  })),
  breaks(
    "a notification is routed as often as somebody asks",
    "a notification is routed once",
    (good, state) => ({
      route: async (lease, routed, at) => {
        for (const one of orgOf(state, lease.orgId).notifications.outbox.values()) one.routedAt = undefined;
        return good.route(lease, routed, at);
      },
    }),
  ),
  breaks("what is routed is sent as it was raised", "what more is known", (good) => ({
    route: (lease, routed, at) =>
      good.route(
        lease,
        routed.map(({ event: _, ...one }) => one),
        at,
      ),
  })),
  {
    name: "a page tells of records that were there before",
    room: "notifications",
    breaks: "a page tells of the records",
    rooms: (good) => ({
      pages: {
        commit: (page) =>
          good.pages.commit({
            ...page,
            notifications: (page.notifications ?? []).map(({ recordKey: _, ...one }) => one),
          }),
      },
    }),
  },
  {
    name: "a page tells before it is stored",
    room: "notifications",
    breaks: "F03 a page that fails tells",
    rooms: (good) => ({
      pages: {
        commit: async (page) => {
          const told = (page.notifications ?? []).map(({ event, key, type }) => ({
            type,
            key,
            event,
            connectionId: page.connectionId,
          }));
          await good.notifications.raise(page.orgId, told, page.at);
          return good.pages.commit(page);
        },
      },
    }),
  },
  breaks("a digest's slot is not taken", "F88 a digest's slot", (good, state) => ({
    digest: async (lease, request, at) => {
      const { subscriptions } = orgOf(state, lease.orgId).notifications;
      const known = subscriptions.get(request.subscriptionId);
      if (known) subscriptions.set(known.id, { ...known, digestedAt: undefined });
      return good.digest(lease, request, at);
    },
  })),
  breaks("a slot is taken without its digest", "F88 a digest's slot", (good, state) => ({
    digest: async (lease, request, at) => {
      const done = await good.digest(lease, request, at);
      orgOf(state, lease.orgId).notifications.outbox.clear();
      return done;
    },
  })),
  breaks("a digest's span begins a moment too early", "a digest's facts", (good) => ({
    digestFacts: (orgId, { from, to }) => good.digestFacts(orgId, { from: new Date(from.getTime() - 1), to }),
  })),
  breaks("what waits is purged", "what is purged", (good, state) => ({
    purge: async (before) => {
      for (const { notifications } of state.orgs.values()) notifications.deliveries.clear();
      return good.purge(before);
    },
  })),
  breaks("a purged key may be raised again", "what is purged", (good, state) => ({
    purge: async (before) => {
      for (const { notifications } of state.orgs.values()) notifications.outbox.clear();
      return good.purge(before);
    },
  })),
  breaks("a delivery is found by anybody", "T30 one org sees", (good, state) => ({
    delivery: async (orgId, id) => {
      for (const other of [orgId, ...state.orgs.keys()]) {
        const found = await good.delivery(other, id);
        if (found) return found;
      }
      return undefined;
    },
  })),
  breaks("a subscription is changed by anybody", "T30 one org sees", (good, state) => ({
    changeSubscription: async (orgId, id, change) => {
      const owner = [...state.orgs.values()].find((one) => one.notifications.subscriptions.has(id));
      return good.changeSubscription(owner?.id ?? orgId, id, change);
    },
  })),
  unfenced("unrouted"),
  unfenced("route"),
  unfenced("waiting"),
  unfenced("begin"),
  unfenced("settle"),
  unfenced("digest"),
  unfenced("group"),
  breaks("one target takes the places of all", "what waits to be sent", (good) => ({
    waiting: async (lease, request) =>
      (await good.waiting(lease, { ...request, perTarget: 1_000 })).slice(0, request.perTarget),
  })),
  breaks("nobody lets others pass", "a message that failed often", (good) => ({
    waiting: (lease, request) => good.waiting(lease, { ...request, patience: 1_000 }),
  })),
  breaks("an attempt is not on record before it is settled", "F15 an attempt", () => ({
    begin: async () => {},
  })),
  breaks("what is settled can be settled again", "F15 an attempt", (good, state) => ({
    settle: async (lease, outcome, at) => {
      const known = orgOf(state, lease.orgId).notifications.deliveries.get(outcome.id);
      if (known) known.status = "pending";
      return good.settle(lease, outcome, at);
    },
  })),
  breaks("the first attempt counts as the last", "the last attempt", (_, state) => ({
    lastAttempts: async (lease) =>
      [...orgOf(state, lease.orgId).notifications.deliveries.values()].flatMap(
        ({ attemptedAt, sink, target }) => (attemptedAt ? [{ sink, target, at: attemptedAt }] : []),
      ),
  })),
  breaks("what was given up on cools down", "a cool-down knows", (good, state) => ({
    coolDowns: async (lease, pairs) => {
      const { deliveries } = orgOf(state, lease.orgId).notifications;
      for (const one of deliveries.values()) if (one.status === "dead") one.status = "sent";
      return good.coolDowns(lease, pairs);
    },
  })),
  breaks("every message that was kept back counts as held", "a cool-down knows", (good, state) => ({
    coolDowns: async (lease, pairs) => {
      for (const one of orgOf(state, lease.orgId).notifications.deliveries.values())
        if (one.status === "suppressed") one.reason = "cool_down";
      return good.coolDowns(lease, pairs);
    },
  })),
  breaks(
    "a retry forgets that an attempt may have arrived",
    "what is dead or was kept back",
    (good, state) => ({
      retry: async (orgId, ids, at) => {
        const count = await good.retry(orgId, ids, at);
        for (const one of orgOf(state, orgId).notifications.deliveries.values())
          if (one.status === "sending") one.status = "pending";
        return count;
      },
    }),
  ),
  breaks("what was sent can be sent again", "what is dead or was kept back", (good, state) => ({
    retry: async (orgId, ids, at) => {
      for (const one of orgOf(state, orgId).notifications.deliveries.values())
        if (one.status === "sent") one.status = "dead";
      return good.retry(orgId, ids, at);
    },
  })),
  breaks("every connection's deliveries are counted", "deliveries are listed", (good) => ({
    counts: (orgId, sink) => good.counts(orgId, sink),
  })),
  breaks("a question loses its agent", "a question that found nothing", (good) => ({
    unanswered: (orgId, question) => good.unanswered(orgId, { ...question, agentId: undefined }),
  })),
  breaks("a gap counts every question that it ever had", "a gap is its questions", (good) => ({
    gaps: (orgId, _, limit) => good.gaps(orgId, new Date(0), limit),
  })),
  breaks("a gap is raised without its notification", "a gap is its questions", (good) => ({
    group: (lease, grouped, raised, at) =>
      good.group(
        lease,
        grouped,
        raised.map(({ gapId, notification }) => ({ gapId, notification: { ...notification, key: newId() } })),
        at,
      ),
  })),
];
