import assert from "node:assert/strict";
import { newId } from "../ids.ts";
import type { StoragePromise } from "../storage-promise.ts";
import { at, claimed, day, isDue, minute, refuses, world } from "../storage-world.ts";

export const deliveryPromises: readonly StoragePromise[] = [
  {
    title: "an accepted event comes back as it was, and its inbox is woken",
    async run(test) {
      const self = await world(test);
      const event = self.delivery({ payload: { nested: ["ü", null, 1.5, { "a b": true }] } });
      assert.deepEqual(await self.storage.deliveries.accept([event]), [true]);
      const stored = await self.storage.deliveries.get(self.orgId, event.id);
      const { attempts, nextAttemptAt: _, reason: __, settledAt, ...rest } = stored ?? {};
      assert.deepEqual(rest, event);
      assert.deepEqual([attempts, settledAt], [0, undefined]);
      const inbox = { kind: "inbox" as const, orgId: self.orgId, subject: self.connectionId };
      assert.equal(await isDue(self.storage, inbox), true);
    },
  },
  {
    title: "F50 an event that is delivered ten times is accepted once",
    async run(test) {
      const self = await world(test);
      const event = self.delivery();
      const again = () => ({ ...event, id: newId() });
      assert.deepEqual(await self.storage.deliveries.accept([event, again(), again()]), [true, false, false]);
      for (let i = 0; i < 10; i++) assert.deepEqual(await self.storage.deliveries.accept([again()]), [false]);
      assert.equal((await self.storage.deliveries.list(self.orgId, {})).length, 1);
      const lease = await self.lease("inbox");
      await self.storage.deliveries.settle(lease, [{ id: event.id, status: "done" }], at(1));
      assert.deepEqual(await self.storage.deliveries.accept([again()]), [false], "also once it is settled");
      const counts = await self.storage.deliveries.counts(self.orgId, self.connectionId);
      assert.deepEqual(counts, { pending: 0, done: 1, skipped: 0, dead: 0 });
    },
  },
  {
    title: "F50 of fifty deliveries of one event at the same time one is accepted",
    async run(test) {
      const self = await world(test);
      const { eventKey } = self.delivery();
      const answers = await Promise.all(
        Array.from({ length: 50 }, () => self.storage.deliveries.accept([self.delivery({ eventKey })])),
      );
      assert.equal(answers.flat().filter((isNew) => isNew).length, 1);
      assert.equal((await self.storage.deliveries.list(self.orgId, {})).length, 1);
    },
  },
  {
    title: "one batch holds events of several orgs, and each org sees its own",
    async run(test) {
      const [a, b] = [await world(test), await world(test)];
      const eventKey = newId();
      const batch = [a.delivery({ eventKey }), b.delivery({ eventKey }), a.delivery()];
      assert.deepEqual(await test.storage.deliveries.accept(batch), [true, true, true]);
      const ids = async (orgId: string) =>
        new Set((await test.storage.deliveries.list(orgId, {})).map(({ id }) => id));
      assert.deepEqual(await ids(a.orgId), new Set([batch[0]?.id, batch[2]?.id]));
      assert.deepEqual(await ids(b.orgId), new Set([batch[1]?.id]));
    },
  },
  {
    title: "pending events come oldest first, and only those that are due",
    async run(test) {
      const self = await world(test);
      const { deliveries } = self.storage;
      const now = test.now();
      const events = [3, 1, 2].map((age) => self.delivery({ receivedAt: new Date(now - age * minute) }));
      await deliveries.accept(events);
      const lease = await self.lease("inbox");
      const pending = async (limit = 10, when = new Date(now)) =>
        (await deliveries.pending(lease, self.connectionId, limit, when)).map(({ id }) => id);
      const [oldest, newest, middle] = events.map(({ id }) => id);
      assert.deepEqual(await pending(), [oldest, middle, newest]);
      assert.deepEqual(await pending(1), [oldest]);
      const later = new Date(now + 10 * minute);
      await deliveries.settle(
        lease,
        [
          { id: oldest ?? "", status: "pending", reason: "vendor_failed", nextAttemptAt: later },
          { id: middle ?? "", status: "dead", reason: "record_invalid" },
        ],
        new Date(now),
      );
      assert.deepEqual(await pending(), [newest]);
      assert.deepEqual(await pending(10, new Date(now + 11 * minute)), [oldest, newest]);
      assert.equal((await deliveries.get(self.orgId, oldest ?? ""))?.attempts, 1);
      assert.deepEqual((await deliveries.get(self.orgId, middle ?? ""))?.settledAt, new Date(now));
      await deliveries.settle(lease, [{ id: newest ?? "", status: "done" }], new Date(now));
      assert.deepEqual(await deliveries.nextDue(lease, self.connectionId), later);
      await deliveries.settle(lease, [{ id: oldest ?? "", status: "skipped" }], new Date(now));
      assert.equal(await deliveries.nextDue(lease, self.connectionId), undefined);
      const counts = await deliveries.counts(self.orgId, self.connectionId);
      assert.deepEqual(counts, { pending: 0, done: 1, skipped: 1, dead: 1 });
    },
  },
  {
    title: "F54 an event that came while ingest was off is counted, and is no work",
    async run(test) {
      const self = await world(test);
      const event = self.delivery({ status: "skipped" });
      assert.deepEqual(await self.storage.deliveries.accept([event]), [true]);
      const inbox = { kind: "inbox" as const, orgId: self.orgId, subject: self.connectionId };
      assert.equal(await isDue(self.storage, inbox), false);
      const lease = await self.lease("inbox");
      assert.deepEqual(
        await self.storage.deliveries.pending(lease, self.connectionId, 9, new Date(test.now() + day)),
        [],
      );
      assert.equal((await self.storage.deliveries.counts(self.orgId, self.connectionId)).skipped, 1);
    },
  },
  {
    title: "F19 an inbox whose lease was lost settles nothing",
    async run(test) {
      const self = await world(test);
      const event = self.delivery();
      await self.storage.deliveries.accept([event]);
      const lost = await self.lease("inbox", self.connectionId, 80);
      await test.wait(160);
      await claimed(self.storage, lost);
      await refuses(
        self.storage.deliveries.settle(lost, [{ id: event.id, status: "done" }], at(1)),
        "lease_lost",
      );
      assert.equal((await self.storage.deliveries.get(self.orgId, event.id))?.status, "pending");
    },
  },
  {
    title: "a replayed event is pending again, whatever became of it, and its inbox is woken",
    async run(test) {
      const self = await world(test);
      const { deliveries, leases } = self.storage;
      const events = [self.delivery(), self.delivery(), self.delivery({ status: "skipped" })];
      await deliveries.accept(events);
      const lease = await self.lease("inbox");
      const [done, dead, skipped] = events.map(({ id }) => id);
      await deliveries.settle(
        lease,
        [
          { id: done ?? "", status: "done" },
          { id: dead ?? "", status: "dead", reason: "gave up" },
        ],
        at(1),
      );
      await leases.release(lease, undefined);
      const ids = [done ?? "", dead ?? "", skipped ?? ""];
      assert.equal(await deliveries.replay(self.orgId, [...ids, newId()]), 3);
      const again = await claimed(self.storage, lease);
      const pending = await deliveries.pending(again, self.connectionId, 9, new Date(test.now() + day));
      assert.deepEqual(new Set(pending.map(({ id }) => id)), new Set(ids));
    },
  },
  {
    title: "deliveries are listed newest first, by connection and status",
    async run(test) {
      const self = await world(test);
      const { deliveries } = self.storage;
      const events = [1, 2, 3].map((age) =>
        self.delivery({
          receivedAt: new Date(test.now() - age * minute),
          status: age === 2 ? "skipped" : "pending",
        }),
      );
      await deliveries.accept(events);
      const ids = async (filter: Parameters<typeof deliveries.list>[1]) =>
        (await deliveries.list(self.orgId, filter)).map(({ id }) => id);
      const [newest, middle, oldest] = events.map(({ id }) => id);
      assert.deepEqual(await ids({}), [newest, middle, oldest]);
      assert.deepEqual(await ids({ status: "pending", connectionId: self.connectionId }), [newest, oldest]);
      assert.deepEqual(await ids({ limit: 1 }), [newest]);
      assert.deepEqual(await ids({ connectionId: newId() }), []);
    },
  },
  {
    title: "F53 events of an unknown account wait under its hash until they are dropped",
    async run({ storage: { deliveries } }) {
      const integration = `acme-${newId()}`;
      const parked = {
        id: newId(),
        integration,
        accountHash: newId(),
        eventKey: newId(),
        sealed: Uint8Array.from([0, 255, 128, 7]),
        receivedAt: at(0),
      };
      await deliveries.park([parked]);
      const [found] = await deliveries.unrouted(integration, parked.accountHash);
      assert.deepEqual(
        { ...found, sealed: [...(found?.sealed ?? [])] },
        { ...parked, sealed: [0, 255, 128, 7] },
      );
      assert.deepEqual(await deliveries.unrouted(integration, newId()), []);
      assert.equal((await deliveries.unroutedCounts())[integration], 1);
      await deliveries.dropUnrouted([parked.id]);
      assert.deepEqual(await deliveries.unrouted(integration, parked.accountHash), []);
      assert.equal((await deliveries.unroutedCounts())[integration] ?? 0, 0);
    },
  },
  {
    title: "retention takes what was settled before, and no event that still waits",
    fresh: true,
    async run(test) {
      const self = await world(test);
      const { deliveries } = self.storage;
      const events = [self.delivery(), self.delivery(), self.delivery({ receivedAt: at(-99) })];
      const [old, recent, waiting] = events.map(({ id }) => id);
      await deliveries.accept(events);
      const lease = await self.lease("inbox");
      await deliveries.settle(lease, [{ id: old ?? "", status: "done" }], at(1));
      await deliveries.settle(lease, [{ id: recent ?? "", status: "done" }], at(9));
      const parked = { integration: "acme", accountHash: "h", sealed: Uint8Array.of(1) };
      await deliveries.park([
        { ...parked, id: newId(), eventKey: "1", receivedAt: at(1) },
        { ...parked, id: newId(), eventKey: "2", receivedAt: at(9) },
      ]);
      assert.equal(await deliveries.purge(at(5), at(5)), 2);
      assert.equal(await deliveries.get(self.orgId, old ?? ""), undefined);
      assert.ok(await deliveries.get(self.orgId, recent ?? ""));
      assert.equal((await deliveries.get(self.orgId, waiting ?? ""))?.status, "pending");
      assert.deepEqual(
        (await deliveries.unrouted("acme", "h")).map(({ eventKey }) => eventKey),
        ["2"],
      );
    },
  },
  {
    title: "an erasure takes every event of a connection, whatever became of it, and none of another's",
    async run(test) {
      const self = await world(test);
      const { deliveries } = self.storage;
      const [done, waiting] = [self.delivery(), self.delivery()];
      await deliveries.accept([done, waiting]);
      const lease = await self.lease("inbox");
      await deliveries.settle(lease, [{ id: done.id, status: "done" }], at(1));
      const sibling = await world(test, { orgId: self.orgId });
      const theirs = sibling.delivery();
      await deliveries.accept([theirs]);
      assert.equal(await deliveries.forget(lease, self.connectionId), 2);
      assert.deepEqual(await deliveries.list(self.orgId, { connectionId: self.connectionId }), []);
      assert.equal((await deliveries.get(self.orgId, theirs.id))?.status, "pending");
      const stale = { ...lease, fence: lease.fence - 1 };
      await assert.rejects(deliveries.forget(stale, sibling.connectionId), { code: "lease_lost" });
    },
  },
  {
    title: "T30 one org can neither read, settle nor replay another's deliveries",
    async run(test) {
      const [mine, theirs] = [await world(test), await world(test)];
      const { deliveries } = test.storage;
      const event = theirs.delivery();
      await deliveries.accept([event]);
      const lease = await mine.lease("inbox");
      await deliveries.settle(lease, [{ id: event.id, status: "done" }], at(1)).catch(() => {});
      await mine.commit({ deliveries: [event.id] }).catch(() => {});
      assert.equal(await deliveries.get(mine.orgId, event.id), undefined);
      assert.deepEqual(await deliveries.list(mine.orgId, { connectionId: theirs.connectionId }), []);
      assert.deepEqual(
        await deliveries.pending(lease, theirs.connectionId, 9, new Date(test.now() + day)),
        [],
      );
      assert.equal(await deliveries.replay(mine.orgId, [event.id]), 0);
      assert.equal((await deliveries.counts(mine.orgId, theirs.connectionId)).pending, 0);
      assert.equal((await deliveries.get(theirs.orgId, event.id))?.status, "pending");
    },
  },
];
