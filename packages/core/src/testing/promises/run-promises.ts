import assert from "node:assert/strict";
import type { Lease } from "../../ports/lease-store.ts";
import { newId } from "../ids.ts";
import type { StoragePromise } from "../storage-promise.ts";
import { at, claimed, isDue, long, newRun, record, refuses, world } from "../storage-world.ts";

const shards = [
  { id: "a", params: { from: 1 }, expectedPages: 2 },
  { id: "b", params: undefined, expectedPages: undefined },
];

const workOf = ({ orgId, subject }: Lease) => ({ kind: "run" as const, orgId, subject });

export const runPromises: readonly StoragePromise[] = [
  {
    title: "a started run is pending, can be read, and a worker is woken for it",
    async run(test) {
      const self = await world(test);
      const wanted = newRun(self, { options: { days: 30 } });
      const [run] = await self.storage.runs.start([wanted]);
      assert.equal(run?.status, "pending");
      assert.equal(run?.phase, "pull");
      assert.deepEqual(run?.options, { days: 30 });
      assert.deepEqual(await self.storage.runs.get(self.orgId, wanted.id), run);
      assert.equal(await isDue(self.storage, { kind: "run", orgId: self.orgId, subject: wanted.id }), true);
    },
  },
  {
    title: "a run that may begin later is not due before",
    async run(test) {
      const self = await world(test);
      const run = newRun(self, { at: new Date(test.now() + long) });
      await self.storage.runs.start([run]);
      assert.equal(await isDue(self.storage, { kind: "run", orgId: self.orgId, subject: run.id }), false);
    },
  },
  {
    title: "F89 a second trigger coalesces with the unfinished run of its connection and stream",
    async run(test) {
      const self = await world(test);
      const { runs } = self.storage;
      const [first] = await runs.start([newRun(self)]);
      const [again] = await runs.start([newRun(self, { trigger: "schedule", mode: "incremental" })]);
      assert.equal(again?.id, first?.id);
      const [other] = await runs.start([newRun(self, { stream: "companies" })]);
      assert.notEqual(other?.id, first?.id);
      const elsewhere = await world(test, { orgId: `org-${newId()}` });
      const [theirs] = await runs.start([newRun(elsewhere)]);
      assert.notEqual(theirs?.id, first?.id);
      const lease = await claimed(self.storage, { kind: "run", orgId: self.orgId, subject: first?.id ?? "" });
      await runs.change(lease, { status: "running" });
      assert.equal((await runs.start([newRun(self)]))[0]?.id, first?.id);
      await runs.finish(lease, { status: "failed", at: at(1) });
      const [next] = await runs.start([newRun(self)]);
      assert.notEqual(next?.id, first?.id, "a finished run is over");
    },
  },
  {
    title: "F89 of twenty triggers at the same time one becomes a run",
    async run(test) {
      const self = await world(test);
      const started = await Promise.all(
        Array.from({ length: 20 }, () => self.storage.runs.start([newRun(self), newRun(self)])),
      );
      assert.equal(new Set(started.flat().map(({ id }) => id)).size, 1);
      assert.equal((await self.storage.runs.list(self.orgId)).length, 1);
    },
  },
  {
    title: "a run is changed by the holder of its lease",
    async run(test) {
      const self = await world(test);
      const lease = await self.run();
      const changed = await self.storage.runs.change(lease, {
        status: "running",
        phase: "settle",
        since: at(1),
        beganAt: at(2),
        settleBeganAt: at(3),
        expectedRecords: 7,
        error: { code: "vendor_failed", message: "try later", retryAt: at(9).toISOString() },
        failures: 2,
        startedAt: at(4),
      });
      assert.equal(changed.phase, "settle");
      assert.deepEqual(changed.beganAt, at(2));
      assert.deepEqual(await self.storage.runs.get(self.orgId, lease.subject), changed);
      const cleared = await self.storage.runs.change(lease, { error: undefined });
      assert.equal(cleared.error, undefined);
      assert.equal(cleared.failures, 2);
    },
  },
  {
    title: "F19 a run is neither changed nor finished by a holder that lost its lease",
    async run(test) {
      const self = await world(test);
      const { storage } = self;
      const [run] = await storage.runs.start([newRun(self)]);
      const work = { kind: "run" as const, orgId: self.orgId, subject: run?.id ?? "" };
      const lost = await claimed(storage, work, 80);
      await storage.runs.planShards(lost, "pull", shards);
      await test.wait(160);
      await claimed(storage, work);
      await refuses(storage.runs.change(lost, { failures: 9 }), "lease_lost");
      await refuses(storage.runs.planShards(lost, "settle", shards), "lease_lost");
      await refuses(storage.runs.restartShard(lost, "pull", "a"), "lease_lost");
      await refuses(
        storage.runs.finish(lost, { status: "succeeded", at: at(1), watermark: at(1) }),
        "lease_lost",
      );
      const stored = await storage.runs.get(self.orgId, work.subject);
      assert.equal(stored?.failures, 0);
      assert.equal(stored?.status, "pending");
      assert.equal(await storage.runs.watermark(self.orgId, self.connectionId, "people"), undefined);
    },
  },
  {
    title: "the shards of a phase are planned once",
    async run(test) {
      const self = await world(test);
      const lease = await self.run();
      const { runs } = self.storage;
      const planned = await runs.planShards(lease, "pull", shards);
      assert.deepEqual(
        planned.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
        shards.map((shard) => ({ ...shard, phase: "pull", cursor: undefined, done: false, restarts: 0 })),
      );
      const again = await runs.planShards(lease, "pull", [
        { id: "c", params: undefined, expectedPages: undefined },
      ]);
      assert.deepEqual(new Set(again.map(({ id }) => id)), new Set(["a", "b"]));
      assert.deepEqual(await runs.shards(lease, "settle"), []);
      assert.equal((await runs.planShards(lease, "settle", shards)).length, 2);
    },
  },
  {
    title: "F29 a shard that is restarted begins without a cursor and is counted",
    async run(test) {
      const self = await world(test);
      const lease = await self.run();
      const { runs, pages } = self.storage;
      await runs.planShards(lease, "pull", shards);
      const progress = {
        runId: lease.subject,
        phase: "pull" as const,
        shardId: "a",
        cursor: { after: "9" },
        done: true,
        pages: 1,
        noteKeys: false,
      };
      await pages.commit(self.page(lease, { progress }));
      const restarted = await runs.restartShard(lease, "pull", "a");
      assert.deepEqual([restarted.cursor, restarted.done, restarted.restarts], [undefined, false, 1]);
      const stored = await runs.shards(lease, "pull");
      assert.deepEqual(
        stored.find(({ id }) => id === "a"),
        restarted,
      );
      assert.equal(stored.find(({ id }) => id === "b")?.restarts, 0);
    },
  },
  {
    title: "F04 a run that is finished moves the stream's watermark, and its shards are gone",
    async run(test) {
      const self = await world(test);
      const { runs } = self.storage;
      const lease = await self.run();
      await runs.planShards(lease, "pull", shards);
      const finished = await runs.finish(lease, {
        status: "succeeded",
        at: at(5),
        watermark: at(2),
        recheckedAt: at(3),
      });
      assert.equal(finished.status, "succeeded");
      assert.deepEqual(finished.finishedAt, at(5));
      assert.deepEqual(await runs.watermark(self.orgId, self.connectionId, "people"), at(2));
      assert.deepEqual(await runs.recheckedAt(self.orgId, self.connectionId, "people"), at(3));
      assert.equal(await runs.watermark(self.orgId, self.connectionId, "companies"), undefined);
      assert.deepEqual(await runs.shards(lease, "pull"), []);
      const failing = await self.run();
      const error = { code: "vendor_failed", message: "The vendor answers 500: wait." };
      assert.deepEqual((await runs.finish(failing, { status: "failed", at: at(9), error })).error, error);
      assert.deepEqual(
        await runs.watermark(self.orgId, self.connectionId, "people"),
        at(2),
        "a run that names no watermark leaves it",
      );
    },
  },
  {
    title: "F04 a connection was last synced when all runs of a sync have succeeded, and not before",
    async run(test) {
      const self = await world(test);
      const { runs, connections } = self.storage;
      const lastSynced = async () => (await connections.get(self.orgId, self.connectionId))?.lastSyncedAt;
      const syncId = newId();
      const people = await self.run({ syncId });
      const companies = await self.run({ syncId, stream: "companies" });
      await runs.finish(people, { status: "succeeded", at: at(1) });
      assert.equal(await lastSynced(), undefined);
      await runs.finish(companies, { status: "succeeded", at: at(2) });
      assert.ok(await lastSynced());
      const other = await world(test);
      const half = newId();
      const good = await other.run({ syncId: half });
      const bad = await other.run({ syncId: half, stream: "companies" });
      await runs.finish(bad, { status: "failed", at: at(1) });
      await runs.finish(good, { status: "succeeded", at: at(2) });
      assert.equal(
        (await connections.get(other.orgId, other.connectionId))?.lastSyncedAt,
        undefined,
        "a sync of which one run failed is no sync of all streams",
      );
    },
  },
  {
    title: "F46 cancelling asks an unfinished run to stop, and wakes it",
    async run(test) {
      const self = await world(test);
      const { runs, leases } = self.storage;
      const lease = await self.run();
      await leases.release(lease, new Date(test.now() + long));
      assert.equal(await isDue(self.storage, workOf(lease)), false);
      assert.equal(await runs.cancel(self.orgId, lease.subject), true);
      assert.equal((await runs.get(self.orgId, lease.subject))?.cancelRequested, true);
      const again = await claimed(self.storage, workOf(lease));
      await runs.finish(again, { status: "cancelled", at: at(1) });
      assert.equal(await runs.cancel(self.orgId, lease.subject), false);
    },
  },
  {
    title: "a stopped sweep goes on with what it saw, once a person confirms it",
    async run(test) {
      const self = await world(test);
      const { runs, pages, leases } = self.storage;
      await self.commit({ records: [record("gone", 1), record("seen", 1)] });
      const lease = await self.run({ mode: "full_resync" });
      await runs.planShards(lease, "pull", shards);
      const progress = {
        runId: lease.subject,
        phase: "pull" as const,
        shardId: "a",
        cursor: null,
        done: true,
        pages: 1,
        noteKeys: true,
      };
      await pages.commit(self.page(lease, { records: [record("seen", 1)], progress }));
      await runs.finish(lease, { status: "needs_confirmation", at: at(9) });
      await leases.release(lease, undefined);
      assert.equal(await runs.confirm(self.orgId, lease.subject), true);
      const run = await runs.get(self.orgId, lease.subject);
      assert.equal(run?.status, "pending");
      assert.equal(run?.options.confirmed, true);
      const again = await claimed(self.storage, workOf(lease));
      const request = { connectionId: self.connectionId, table: "acme_people", before: at(60), limit: 9 };
      assert.deepEqual((await pages.unseen(again, request)).keys, ["gone"]);
      assert.equal(await runs.confirm(self.orgId, lease.subject), false, "once");
    },
  },
  {
    title: "runs are listed newest first, by connection, stream, sync and whether they are active",
    async run(test) {
      const self = await world(test);
      const { runs } = self.storage;
      const syncId = newId();
      const first = await self.run({ syncId });
      await runs.finish(first, { status: "succeeded", at: at(1) });
      await test.wait(5);
      const second = await self.run();
      await test.wait(5);
      const third = await self.run({ syncId, stream: "companies" });
      const ids = async (filter: Parameters<typeof runs.list>[1]) =>
        (await runs.list(self.orgId, filter)).map(({ id }) => id);
      const [a, b, c] = [first.subject, second.subject, third.subject];
      assert.deepEqual(await ids({}), [c, b, a]);
      assert.deepEqual(await ids({ connectionId: self.connectionId, stream: "people" }), [b, a]);
      assert.deepEqual(await ids({ active: true }), [c, b]);
      assert.deepEqual(await ids({ syncId }), [c, a]);
      assert.deepEqual(await ids({ limit: 1 }), [c]);
      assert.deepEqual(await ids({ connectionId: newId() }), []);
    },
  },
  {
    title: "a run's log keeps its newest 1,000 lines",
    async run(test) {
      const self = await world(test);
      const { runs } = self.storage;
      const { subject } = await self.run();
      const line = (i: number) => ({
        at: at(i),
        level: "info" as const,
        message: `line ${i}`,
        fields: { i },
      });
      await runs.log(
        self.orgId,
        subject,
        Array.from({ length: 700 }, (_, i) => line(i)),
      );
      await runs.log(
        self.orgId,
        subject,
        Array.from({ length: 700 }, (_, i) => line(700 + i)),
      );
      const kept = await runs.events(self.orgId, subject);
      const numbers = kept.map(({ fields }) => Number(fields.i)).sort((a, b) => a - b);
      assert.ok(kept.length <= 1000, "no more than 1,000");
      assert.equal(numbers.at(-1), 1399);
      const few = await runs.events(self.orgId, subject, 10);
      assert.deepEqual(
        few.map(({ fields }) => Number(fields.i)).sort((a, b) => a - b),
        Array.from({ length: 10 }, (_, i) => 1390 + i),
      );
    },
  },
  {
    title:
      "retention takes runs that ended before, with their lines; the newest of a stream stays, and what is under way",
    async run(test) {
      const self = await world(test);
      const { runs } = self.storage;
      const ended = async (endedAt: Date, stream?: string) => {
        const lease = await self.run(stream === undefined ? {} : { stream });
        await runs.log(self.orgId, lease.subject, [{ at: endedAt, level: "info", message: "x", fields: {} }]);
        await runs.finish(lease, { status: "succeeded", at: endedAt });
        return lease.subject;
      };
      const old = await ended(at(1));
      const young = await ended(at(9));
      const last = await ended(at(2));
      const only = await ended(at(1), "companies");
      const before = await ended(at(1), "deals");
      const under = await self.run({ stream: "deals" });
      await self.commit({ quarantine: [{ key: "q", reason: "name: invalid", raw: "{}" }] });
      await runs.purge(at(5));
      const left = (await runs.list(self.orgId)).map(({ id }) => id);
      assert.deepEqual(new Set(left), new Set([young, last, only, under.subject]));
      for (const id of [old, before]) assert.deepEqual(await runs.events(self.orgId, id), []);
      assert.equal((await runs.events(self.orgId, last)).length, 1);
      assert.equal(await runs.purge(at(5)), 0, "nothing is left to go");
    },
  },
  {
    title: "retention takes a record that was last quarantined before, and no younger one",
    async run(test) {
      const self = await world(test);
      const { runs } = self.storage;
      const { connectionId } = self;
      const aside = (key: string) => ({ quarantine: [{ key, reason: "name: invalid", raw: "{}" }] });
      await self.commit({ ...aside("old"), at: at(1) });
      await self.commit({ ...aside("again"), at: at(1) });
      await self.commit({ ...aside("again"), at: at(9) });
      await runs.purge(at(5));
      const left = await runs.quarantine(self.orgId, { connectionId });
      assert.deepEqual(
        left.map(({ key }) => key),
        ["again"],
      );
    },
  },
  {
    title: "T30 one org can neither read nor steer another's runs",
    async run(test) {
      const [mine, theirs] = [await world(test), await world(test)];
      const { runs } = test.storage;
      const { subject } = await theirs.run();
      await runs.log(theirs.orgId, subject, [{ at: at(0), level: "info", message: "theirs", fields: {} }]);
      assert.equal(await runs.get(mine.orgId, subject), undefined);
      assert.deepEqual(await runs.list(mine.orgId, { connectionId: theirs.connectionId }), []);
      assert.deepEqual(await runs.events(mine.orgId, subject), []);
      assert.equal(await runs.cancel(mine.orgId, subject), false);
      assert.equal(await runs.confirm(mine.orgId, subject), false);
      assert.equal((await runs.get(theirs.orgId, subject))?.cancelRequested, false);
    },
  },
];
