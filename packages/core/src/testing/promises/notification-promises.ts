import assert from "node:assert/strict";
import { newNotification, newPart, newSubscription, notificationWorld } from "../notification-world.ts";
import type { StoragePromise } from "../storage-promise.ts";
import { at, claimed, day, isDue, minute, record, refuses, tombstone, world } from "../storage-world.ts";
import { gapPromises } from "./knowledge-gap-promises.ts";
import { notificationDeliveryPromises } from "./notification-delivery-promises.ts";

const notifyWork = (orgId: string) => ({ kind: "notify" as const, orgId, subject: orgId });

export const notificationPromises: readonly StoragePromise[] = [
  {
    title:
      "a subscription comes back as it was, its org's work is woken, and an unset field comes back unset",
    async run(test) {
      const { orgId, storage } = await world(test);
      const bare = newSubscription(orgId, { createdAt: at(1) });
      const full = newSubscription(orgId, {
        type: "digest",
        connectionId: "connection-1",
        filter: { all: [{ field: "priority", operator: "in", value: ["high", "ü"] }] },
        coolDownMs: 30 * day,
        schedule: { frequency: "weekly", at: "09:30", timeZone: "Europe/Berlin", weekday: 0 },
        digestedAt: at(2),
        enabled: false,
        createdAt: at(0),
      });
      for (const one of [bare, full]) await storage.notifications.subscribe(one);
      assert.deepEqual(await storage.notifications.subscription(orgId, full.id), full);
      assert.deepEqual(await storage.notifications.subscriptions(orgId), [full, bare]);
      assert.equal(await isDue(storage, notifyWork(orgId)), true);
    },
  },
  {
    title: "a change of a subscription sets the fields that it has, and leaves the others",
    async run(test) {
      const { orgId, storage } = await world(test);
      const known = newSubscription(orgId, { filter: { any: [] }, connectionId: "connection-1" });
      await storage.notifications.subscribe(known);
      const change = { target: "elsewhere", filter: undefined, enabled: false, updatedAt: at(5) };
      const changed = await storage.notifications.changeSubscription(orgId, known.id, change);
      assert.deepEqual(changed, { ...known, ...change });
      assert.deepEqual(await storage.notifications.subscription(orgId, known.id), { ...known, ...change });
      assert.equal(await isDue(storage, notifyWork(orgId)), true);
      await refuses(storage.notifications.changeSubscription(orgId, "nobody's", change), "not_found");
      assert.equal(await storage.notifications.unsubscribe(orgId, known.id), true);
      assert.equal(await storage.notifications.unsubscribe(orgId, known.id), false);
      assert.deepEqual(await storage.notifications.subscriptions(orgId), []);
    },
  },
  {
    title: "the same type and key is raised once, for ever, and the same key of another type is another",
    async run(test) {
      const { orgId, storage } = await world(test);
      const one = newNotification();
      const other = { ...one, type: "escalation" as const };
      const raise = (...all: Parameters<typeof storage.notifications.raise>[1]) =>
        storage.notifications.raise(orgId, all, at(1));
      assert.deepEqual(await raise(one, { ...one, event: { changed: true } }, other), [true, false, true]);
      assert.equal(await isDue(storage, notifyWork(orgId)), true);
      assert.deepEqual(await raise({ ...one, event: {} }), [false]);
      assert.equal(await isDue(storage, notifyWork(orgId)), false, "nothing new wakes nobody");
      const lease = await claimedNotify(storage, orgId);
      const stored = await storage.notifications.unrouted(lease, 10);
      assert.deepEqual(
        stored.map(({ event, type }) => [type, event]),
        [
          ["escalation", one.event],
          ["new_ticket", one.event],
        ],
      );
      const routed = stored.map(({ key, type }) => ({ key, type, deliveries: [] }));
      await storage.notifications.route(lease, routed, at(2));
      assert.deepEqual(await storage.notifications.unrouted(lease, 10), []);
      assert.deepEqual(await raise(one), [false]);
      assert.equal(await storage.notifications.wasRaised(orgId, one.type, one.key), true);
      assert.equal(await storage.notifications.wasRaised(orgId, "digest", one.key), false);
    },
  },
  {
    title: "of fifty callers that raise one notification at the same time exactly one hears that it is new",
    async run(test) {
      const { orgId, storage } = await world(test);
      const one = newNotification();
      const answers = await Promise.all(
        Array.from({ length: 50 }, () => storage.notifications.raise(orgId, [one], at(1))),
      );
      assert.equal(answers.flat().filter((isNew) => isNew).length, 1);
    },
  },
  {
    title: "what waits to be routed comes oldest first, whole, and no more than asked for",
    async run(test) {
      const { notify, orgId, store } = await notificationWorld(test);
      const [first, second] = [
        newNotification(),
        newNotification({ connectionId: "c", subscriptionId: "s" }),
      ];
      await store.raise(orgId, [second], at(2));
      await store.raise(orgId, [first], at(1));
      const [oldest] = await store.unrouted(notify, 1);
      assert.deepEqual(
        { ...oldest, subscriptionId: oldest?.subscriptionId },
        { ...first, subscriptionId: undefined, orgId, createdAt: at(1) },
      );
      assert.deepEqual((await store.unrouted(notify, 10))[1], { ...second, orgId, createdAt: at(2) });
    },
  },
  {
    title: "a notification is routed once: what it became is there, and a second routing changes nothing",
    async run(test) {
      const { notify, orgId, store } = await notificationWorld(test);
      const one = newNotification({ connectionId: "source-1" });
      await store.raise(orgId, [one], at(1));
      const parts = [
        newPart({ held: 3 }),
        newPart({ status: "suppressed", reason: "cool_down", target: "other" }),
      ];
      const { key, type } = one;
      await store.route(notify, [{ type, key, deliveries: parts }], at(2));
      const base = { orgId, type, key, event: one.event, sourceConnectionId: "source-1", createdAt: at(2) };
      const fresh = { attempts: 0, attemptedAt: undefined, nextAttemptAt: undefined, ref: undefined };
      assert.deepEqual(await store.delivery(orgId, parts[0]?.id ?? ""), {
        ...parts[0],
        ...base,
        ...fresh,
        reason: undefined,
        settledAt: undefined,
      });
      assert.deepEqual(await store.delivery(orgId, parts[1]?.id ?? ""), {
        ...parts[1],
        ...base,
        ...fresh,
        settledAt: at(2),
      });
      await store.route(notify, [{ type, key, deliveries: [newPart()] }], at(3));
      assert.equal((await store.deliveries(orgId, {})).length, 2);
    },
  },
  {
    title: "what more is known of a notification as it is routed is what is sent, of that one alone",
    async run(test) {
      const { notify, orgId, store } = await notificationWorld(test);
      const [one, other] = [newNotification(), newNotification()];
      await store.raise(orgId, [one, other], at(1));
      const event = { ...(one.event as object), company: "Acme" };
      const parts = [newPart(), newPart()] as const;
      await store.route(
        notify,
        [
          { type: one.type, key: one.key, event, deliveries: [parts[0]] },
          { type: other.type, key: other.key, deliveries: [parts[1]] },
        ],
        at(2),
      );
      assert.deepEqual((await store.delivery(orgId, parts[0].id))?.event, event);
      assert.deepEqual((await store.delivery(orgId, parts[1].id))?.event, other.event);
    },
  },
  {
    title: "a page tells of the records that it stores for the first time, and of no others",
    async run(test) {
      const self = await world(test);
      const { storage, orgId } = self;
      const tell = (...keys: string[]) =>
        keys.map((key) => ({
          type: "new_ticket" as const,
          key: `told-${key}`,
          recordKey: key,
          event: { key },
        }));
      const told = async () => {
        const lease = await claimedNotify(storage, orgId);
        const keys = (await storage.notifications.unrouted(lease, 100)).map(({ key }) => key);
        await storage.leases.release(lease, undefined);
        return keys.sort();
      };
      await self.commit({
        records: [record("old", 1), record("gone", 1)],
        tombstones: [tombstone("dead", 5)],
      });
      assert.equal(await isDue(storage, notifyWork(orgId)), false);
      await self.commit({
        records: [record("old", 2), record("new", 2), record("dead", 2), record("came and went", 2)],
        tombstones: [tombstone("gone", 2), tombstone("came and went", 3)],
        notifications: [
          ...tell("old", "new", "dead", "gone", "never was", "came and went"),
          { type: "contract_event", key: "in any case", event: {} },
        ],
      });
      assert.equal(await isDue(storage, notifyWork(orgId)), true);
      assert.deepEqual(await told(), ["in any case", "told-new"]);
      await self.commit({
        records: [record("new", 3), record("gone", 9)],
        notifications: tell("new", "gone"),
      });
      assert.deepEqual(await told(), ["in any case", "told-new"]);
    },
  },
  {
    title: "F03 a page that fails tells of nothing",
    async run(test) {
      const self = await world(test);
      const lease = await self.lease("inbox", self.connectionId, 80);
      await test.wait(160);
      await claimed(self.storage, lease);
      const page = self.page(lease, {
        records: [record("a", 1)],
        notifications: [{ type: "new_ticket", key: "k", recordKey: "a", event: {} }],
      });
      await refuses(self.storage.pages.commit(page), "lease_lost");
      assert.equal(await self.storage.notifications.wasRaised(self.orgId, "new_ticket", "k"), false);
    },
  },
  {
    title: "F88 a digest's slot is taken once, together with what it tells",
    async run(test) {
      const { notify, orgId, store } = await notificationWorld(test);
      const { id } = newSubscription(orgId);
      await store.subscribe(newSubscription(orgId, { id, type: "digest" }));
      const make = (minutes: number) =>
        store.digest(
          notify,
          {
            subscriptionId: id,
            slot: at(minutes),
            notification: newNotification({ type: "digest", key: `slot-${minutes}`, subscriptionId: id }),
          },
          at(minutes + 1),
        );
      const takes = await Promise.all([make(10), make(10), make(10)]);
      assert.equal(takes.filter((took) => took).length, 1);
      assert.equal(await make(9), false, "an earlier slot was passed");
      assert.equal(await store.wasRaised(orgId, "digest", "slot-9"), false);
      assert.deepEqual((await store.subscription(orgId, id))?.digestedAt, at(10));
      assert.equal(await make(20), true);
      const keys = (await store.unrouted(notify, 10)).map(({ key, subscriptionId }) => [key, subscriptionId]);
      assert.deepEqual(keys, [
        ["slot-10", id],
        ["slot-20", id],
      ]);
      await store.unsubscribe(orgId, id);
      assert.equal(await make(30), false);
      assert.equal(await store.wasRaised(orgId, "digest", "slot-30"), false);
    },
  },
  {
    title: "a digest's facts are of its org and its span: after its beginning, up to its end",
    async run(test) {
      const self = await notificationWorld(test);
      const { orgId, storage, store } = self;
      for (const minutes of [0, 1, 2, 3]) await store.raise(orgId, [newNotification()], at(minutes));
      await store.raise(orgId, [newNotification({ type: "escalation" })], at(2));
      for (const [minutes, code] of [
        [1, "a"],
        [2, "b"],
        [3, "c"],
        [9, "d"],
      ] as const) {
        const lease = await self.run();
        const error = { code, message: "it failed" };
        await storage.runs.finish(lease, { status: "failed", at: at(minutes), error });
      }
      const lease = await self.run({ stream: "notes" });
      await storage.runs.finish(lease, { status: "succeeded", at: at(2) });
      assert.deepEqual(await store.digestFacts(orgId, { from: at(1), to: at(3) }), {
        notifications: [
          { type: "new_ticket", count: 2 },
          { type: "escalation", count: 1 },
        ],
        failedSyncs: [
          { connectionId: self.connectionId, integration: "acme", stream: "people", failures: 2, code: "c" },
        ],
        newEndUsers: 0,
        newCompanies: 0,
        actions: 0,
      });
    },
  },
  {
    title: "what is purged is what was settled before then, and its keys notify once all the same",
    async run(test) {
      const { notify, orgId, send, store } = await notificationWorld(test);
      const [old, fresh, open] = [await send(), await send(), await send()];
      const outcome = { status: "sent" as const, attempts: 1 };
      await store.settle(notify, { id: old, ...outcome }, at(1));
      await store.settle(notify, { id: fresh, ...outcome }, at(10));
      const key = (await store.delivery(orgId, old))?.key ?? "";
      await store.purge(at(5));
      assert.equal(await store.delivery(orgId, old), undefined);
      assert.ok(await store.delivery(orgId, fresh));
      assert.ok(await store.delivery(orgId, open), "what waits stays, however old it is");
      assert.deepEqual(await store.raise(orgId, [newNotification({ key })], at(20)), [false]);
      assert.deepEqual((await store.waiting(notify, { perTarget: 9, patience: 5, now: at(30) }))[0]?.event, {
        subject: "Printer on fire",
      });
    },
  },
  {
    title: "T30 one org sees, changes and routes nothing of another's notifications",
    async run(test) {
      const [mine, theirs] = [await notificationWorld(test), await notificationWorld(test)];
      const { store } = mine;
      const subscription = newSubscription(theirs.orgId);
      await store.subscribe(subscription);
      const id = await theirs.send({ subscriptionId: subscription.id });
      const [key] = (await store.deliveries(theirs.orgId, {})).map((one) => one.key);
      await store.unanswered(theirs.orgId, {
        id: "question-1",
        query: "printer fire",
        terms: ["printer", "fire"],
        agentId: undefined,
        askedAt: at(1),
      });
      assert.equal(await store.subscription(mine.orgId, subscription.id), undefined);
      assert.deepEqual(await store.subscriptions(mine.orgId), []);
      await refuses(store.changeSubscription(mine.orgId, subscription.id, { updatedAt: at(9) }), "not_found");
      assert.equal(await store.unsubscribe(mine.orgId, subscription.id), false);
      assert.equal(await store.wasRaised(mine.orgId, "new_ticket", key ?? ""), false);
      assert.deepEqual(await store.raise(mine.orgId, [newNotification({ key: key ?? "" })], at(1)), [true]);
      assert.equal((await store.unrouted(mine.notify, 10)).length, 1);
      assert.equal(await store.delivery(mine.orgId, id), undefined);
      assert.deepEqual(await store.deliveries(mine.orgId, {}), []);
      assert.equal((await store.counts(mine.orgId, "board")).pending, 0);
      assert.deepEqual(await mine.waiting(), []);
      await store.begin(mine.notify, id, at(2));
      await store.settle(mine.notify, { id, status: "dead", attempts: 1 }, at(2));
      assert.equal(await store.retry(mine.orgId, [id], at(2)), 0);
      assert.equal(await theirs.status(id), "pending");
      const span = { since: at(0), limit: 10 };
      assert.deepEqual(await store.questions(mine.notify, span), { ungrouped: [], gaps: [] });
      assert.equal((await store.questions(theirs.notify, span)).ungrouped.length, 1);
      const [state] = await store.coolDowns(mine.notify, [
        { subscriptionId: subscription.id, subject: "printers" },
      ]);
      assert.deepEqual(state, { lastAt: undefined, held: 0 });
      const all = { from: at(-9), to: at(9) };
      assert.equal((await store.digestFacts(mine.orgId, all)).notifications[0]?.count, 1);
    },
  },
  {
    title: "F19 a notifier whose lease was lost routes, sends and groups nothing",
    async run(test) {
      const { orgId, storage } = await world(test);
      const store = storage.notifications;
      const one = newNotification();
      await store.raise(orgId, [one], at(1));
      const lost = await claimed(storage, notifyWork(orgId), 80);
      const part = newPart();
      const routed = [{ type: one.type, key: one.key, deliveries: [part] }];
      await store.route(lost, routed, at(1));
      await test.wait(160);
      await claimed(storage, notifyWork(orgId));
      const digest = { subscriptionId: "s", slot: at(1), notification: newNotification() };
      for (const work of [
        () => store.unrouted(lost, 1),
        () => store.route(lost, routed, at(2)),
        () => store.coolDowns(lost, [{ subscriptionId: "s", subject: "x" }]),
        () => store.waiting(lost, { perTarget: 1, patience: 1, now: at(2) }),
        () => store.lastAttempts(lost, at(0)),
        () => store.begin(lost, part.id, at(2)),
        () => store.settle(lost, { id: part.id, status: "sent", attempts: 1 }, at(2)),
        () => store.digest(lost, digest, at(2)),
        () => store.questions(lost, { since: at(0), limit: 1 }),
        () => store.group(lost, [{ questionId: "q", gapId: "q" }], [], at(2)),
      ])
        await refuses(work(), "lease_lost", work.toString());
      assert.equal((await store.delivery(orgId, part.id))?.status, "pending");
    },
  },
  ...notificationDeliveryPromises,
  ...gapPromises,
];

const claimedNotify = async (storage: Parameters<typeof claimed>[0], orgId: string) => {
  await storage.leases.wake([notifyWork(orgId)]);
  return claimed(storage, notifyWork(orgId), 10 * minute);
};
