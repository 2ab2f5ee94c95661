import assert from "node:assert/strict";
import { notificationWorld } from "../notification-world.ts";
import type { StoragePromise } from "../storage-promise.ts";
import { at, isDue } from "../storage-world.ts";

/** What becomes of one notification for one subscription. */
export const notificationDeliveryPromises: readonly StoragePromise[] = [
  {
    title: "what waits to be sent comes oldest first, up to so many of each target",
    async run(test) {
      const { send, waiting } = await notificationWorld(test);
      const third = await send({}, 3);
      const first = await send({}, 1);
      const second = await send({}, 2);
      const other = await send({ target: "other" }, 4);
      const elsewhere = await send({ sink: "mail" }, 5);
      await send({ status: "suppressed", reason: "cool_down" } as never, 1);
      assert.deepEqual(await waiting(), [first, second, third, other, elsewhere]);
      assert.deepEqual(await waiting(at(9), { perTarget: 1 }), [first, other, elsewhere]);
    },
  },
  {
    title: "a message that failed often lets those behind it pass until it is due, and only then",
    async run(test) {
      const { notify, send, store, waiting } = await notificationWorld(test);
      const [first, second] = [await send({}, 1), await send({}, 2)];
      const fail = (attempts: number) =>
        store.settle(notify, { id: first, status: "sending", attempts, nextAttemptAt: at(60) }, at(3));
      await fail(4);
      assert.deepEqual(await waiting(at(10)), [first, second]);
      await fail(5);
      assert.deepEqual(await waiting(at(10)), [second, first]);
      assert.deepEqual(await waiting(at(10), { perTarget: 1 }), [second]);
      assert.deepEqual(await waiting(at(60)), [first, second]);
    },
  },
  {
    title: "F15 an attempt that was begun is on record until it is settled, and then stays settled",
    async run(test) {
      const { notify, orgId, send, store, status } = await notificationWorld(test);
      const id = await send();
      await store.settle(
        notify,
        { id, status: "pending", attempts: 0, nextAttemptAt: at(5), reason: "x" },
        at(2),
      );
      await store.begin(notify, id, at(6));
      assert.deepEqual(pick(await store.delivery(orgId, id)), ["sending", 1, at(6), undefined, undefined]);
      await store.begin(notify, id, at(7));
      assert.deepEqual(pick(await store.delivery(orgId, id)), ["sending", 2, at(7), undefined, undefined]);
      await store.settle(notify, { id, status: "sent", attempts: 2, ref: "m-1" }, at(8));
      const sent = await store.delivery(orgId, id);
      assert.deepEqual(pick(sent), ["sent", 2, at(7), undefined, at(8)]);
      assert.deepEqual([sent?.ref, sent?.reason], ["m-1", undefined]);
      await store.begin(notify, id, at(9));
      await store.settle(notify, { id, status: "dead", attempts: 3, reason: "late" }, at(9));
      assert.deepEqual(await store.delivery(orgId, id), sent);
      assert.equal(await status("nobody's"), undefined);
    },
  },
  {
    title: "the last message that was sent about a subject is known by its sink's name for it",
    async run(test) {
      const { notify, orgId, send, store } = await notificationWorld(test);
      const [first, second, third] = [await send({}, 1), await send({}, 2), await send({}, 3)];
      const { subject = "", subscriptionId = "" } = (await store.delivery(orgId, first)) ?? {};
      const last = () => store.lastRef(orgId, subscriptionId, subject);
      assert.equal(await last(), undefined);
      for (const [id, ref] of [
        [second, "m-2"],
        [first, "m-1"],
      ] as const) {
        await store.settle(notify, { id, status: "sent", attempts: 1, ref }, at(8));
      }
      await store.settle(notify, { id: third, status: "dead", attempts: 1, ref: "m-3" }, at(9));
      assert.equal(await last(), "m-2");
      assert.equal(await store.lastRef(orgId, subscriptionId, "another"), undefined);
      assert.equal(await store.lastRef(orgId, "another", subject), undefined);
      assert.equal(await store.lastRef("org-9", subscriptionId, subject), undefined);
    },
  },
  {
    title: "the last attempt at each target is known to the next worker",
    async run(test) {
      const { notify, send, store } = await notificationWorld(test);
      const ids = [
        await send(),
        await send(),
        await send({ target: "other" }),
        await send({ target: "old" }),
      ];
      for (const [index, minutes] of [10, 12, 11, 1].entries())
        await store.begin(notify, ids[index] ?? "", at(minutes));
      const called = { status: "sent" as const, attempts: 1, attemptedAt: at(13) };
      await store.settle(notify, { id: ids[1] ?? "", ...called }, at(14));
      const last = [...(await store.lastAttempts(notify, at(5)))];
      last.sort((a, b) => (a.target < b.target ? -1 : 1));
      assert.deepEqual(last, [
        { sink: "board", target: "other", at: at(11) },
        { sink: "board", target: "room", at: at(13) },
      ]);
    },
  },
  {
    title: "a cool-down knows the last of its subscription and subject, and how many were kept back since",
    async run(test) {
      const { notify, send, store } = await notificationWorld(test);
      const held = { status: "suppressed", reason: "cool_down" } as never;
      const state = async (subject = "printers", subscriptionId = "subscription-1") =>
        (
          await store.coolDowns(notify, [
            { subscriptionId: "nobody's", subject },
            { subscriptionId, subject },
          ])
        )[1];
      assert.deepEqual(await state(), { lastAt: undefined, held: 0 });
      await send({}, 1);
      await send(held, 2);
      const last = await send({}, 3);
      await send(held, 4);
      await send(held, 5);
      await send({ subject: "routers" }, 6);
      await send({ subscriptionId: "another" }, 7);
      await send({ status: "suppressed", reason: "mode_off" } as never, 8);
      assert.deepEqual(await state(), { lastAt: at(3), held: 2 });
      assert.deepEqual(await state("routers"), { lastAt: at(6), held: 0 });
      await store.settle(notify, { id: last, status: "sent", attempts: 1 }, at(9));
      assert.deepEqual(await state(), { lastAt: at(3), held: 2 });
      const given = await send({}, 10);
      await store.settle(notify, { id: given, status: "dead", attempts: 1, reason: "gone" }, at(11));
      assert.deepEqual(await state(), { lastAt: at(3), held: 2 }, "what was given up on told nobody");
    },
  },
  {
    title:
      "what is dead or was kept back is tried again when a person asks, and what may have arrived says so",
    async run(test) {
      const { notify, orgId, send, storage, store } = await notificationWorld(test);
      const [tried, untried, suppressed, sent] = [await send(), await send(), await send(), await send()];
      await store.begin(notify, tried, at(2));
      await store.settle(notify, { id: tried, status: "dead", attempts: 7, reason: "gone" }, at(3));
      await store.settle(notify, { id: untried, status: "dead", attempts: 0, reason: "expired" }, at(3));
      await store.settle(notify, { id: suppressed, status: "suppressed", attempts: 0, reason: "off" }, at(3));
      await store.settle(notify, { id: sent, status: "sent", attempts: 1 }, at(3));
      await storage.leases.release(notify, undefined);
      assert.equal(await store.retry(orgId, [tried, tried, untried, suppressed, sent, "nobody's"], at(9)), 3);
      assert.equal(await isDue(storage, { kind: "notify", orgId, subject: orgId }), true);
      const row = async (id: string) => {
        const one = await store.delivery(orgId, id);
        return [one?.status, one?.attempts, one?.nextAttemptAt, one?.reason, one?.settledAt];
      };
      assert.deepEqual(await row(tried), ["sending", 0, at(9), undefined, undefined]);
      assert.deepEqual(await row(untried), ["pending", 0, at(9), undefined, undefined]);
      assert.deepEqual(await row(suppressed), ["pending", 0, at(9), undefined, undefined]);
      assert.equal((await row(sent))[0], "sent");
      assert.equal(await store.retry(orgId, [sent], at(9)), 0);
      assert.equal(await isDue(storage, { kind: "notify", orgId, subject: orgId }), false);
    },
  },
  {
    title:
      "deliveries are listed newest first, by subscription, type and status, and counted by sink and connection",
    async run(test) {
      const { notify, orgId, send, store } = await notificationWorld(test);
      const first = await send({ connectionId: "c-1" }, 1);
      const second = await send({ subscriptionId: "another" }, 2);
      const third = await send({ connectionId: "c-2", target: "x" }, 3);
      await send({ sink: "mail" }, 4);
      await store.settle(notify, { id: second, status: "dead", attempts: 1, reason: "gone" }, at(5));
      const ids = async (filter: Parameters<typeof store.deliveries>[1]) =>
        (await store.deliveries(orgId, filter)).map(({ id }) => id);
      assert.deepEqual((await ids({})).slice(1), [third, second, first]);
      assert.equal((await ids({ limit: 2 })).length, 2);
      assert.deepEqual(await ids({ subscriptionId: "another" }), [second]);
      assert.deepEqual(await ids({ status: "dead" }), [second]);
      assert.deepEqual(await ids({ type: "digest" }), []);
      const none = { pending: 0, sending: 0, sent: 0, suppressed: 0, dead: 0 };
      assert.deepEqual(await store.counts(orgId, "board"), { ...none, pending: 2, dead: 1 });
      assert.deepEqual(await store.counts(orgId, "board", "c-1"), { ...none, pending: 1, dead: 1 });
      assert.deepEqual(await store.counts(orgId, "nobody's"), none);
    },
  },
];

type Delivery = Awaited<ReturnType<Awaited<ReturnType<typeof notificationWorld>>["store"]["delivery"]>>;

const pick = (one: Delivery) => [
  one?.status,
  one?.attempts,
  one?.attemptedAt,
  one?.nextAttemptAt,
  one?.settledAt,
];
