import assert from "node:assert/strict";
import type { PageCommit, RecordRow, TombstoneRow } from "../../ports/page-store.ts";
import { seededRandom } from "../ids.ts";
import type { StoragePromise } from "../storage-promise.ts";
import {
  at,
  claimed,
  claimRow,
  isDue,
  minute,
  newRun,
  note,
  record,
  refuses,
  T0,
  tombstone,
  type World,
  world,
} from "../storage-world.ts";

const table = "acme_people";
const get = ({ storage, orgId, connectionId }: World, key: string, from = table) =>
  storage.pages.get(orgId, connectionId, from, key);
const nameOf = async (self: World, key: string) => (await get(self, key))?.columns.name;
const liveKeys = async ({ storage, orgId, connectionId }: World, from = table) =>
  (await storage.pages.keys(orgId, connectionId, from, { after: undefined, limit: 10_000 })).map(
    ({ key }) => key,
  );
type Progress = NonNullable<PageCommit["progress"]>;
const progressOf = (runId: string, like: Partial<Progress> = {}): Progress => ({
  runId,
  phase: "pull" as const,
  shardId: "s",
  cursor: like.cursor ?? "next",
  done: like.done ?? false,
  pages: 1,
  noteKeys: like.noteKeys ?? false,
  ...(like.found && { found: like.found }),
});
const shards = [{ id: "s", params: undefined, expectedPages: 3 }];
/** What any store must refuse: a raw text that is no JSON. */
const broken = (key: string) => record(key, 1, { raw: '{"cut of' });

export const pagePromises: readonly StoragePromise[] = [
  {
    title: "a column of each type and the vendor's whole object come back as they were",
    async run(test) {
      const self = await world(test);
      const raw = { id: 1, big: "9007199254740993", nested: [{ a: null }, "ü", "😀"], empty: {} };
      const columns = {
        name: "Ünal 😀",
        active: false,
        visits: "9007199254740993",
        balance: "12345678901234567890.123456789",
        joined_at: "2026-01-02T03:04:05.678Z",
        born_on: "1999-12-31",
        tags: ["a", { b: 1 }],
      };
      const made = await self.commit({ records: [record("1", 1, { raw: JSON.stringify(raw), columns })] });
      assert.deepEqual(made, { written: 1, unchanged: 0, stale: 0, deleted: 0, documents: 0 });
      const stored = await get(self, "1");
      assert.deepEqual(stored?.raw, raw);
      assert.deepEqual(stored?.updatedAt, at(1));
      assert.equal(stored?.deletedAt, undefined);
      const { name, active, visits, balance, joined_at, born_on, tags } = stored?.columns ?? {};
      assert.deepEqual([name, active, tags], [columns.name, false, columns.tags]);
      assert.equal(String(visits), columns.visits);
      assert.equal(balance, columns.balance, "numeric values travel as strings, so that no digit is lost");
      assert.equal(new Date(joined_at as string).getTime(), Date.parse(columns.joined_at));
      assert.ok(String(born_on).startsWith(columns.born_on), `a date is that day: ${String(born_on)}`);
    },
  },
  {
    title: "a column left out is null, and an unknown record undefined",
    async run(test) {
      const self = await world(test);
      await self.commit({ records: [record("1", 1, { columns: { name: "A" } })] });
      const stored = await get(self, "1");
      for (const column of ["active", "visits", "balance", "joined_at", "born_on", "tags"])
        assert.equal(stored?.columns[column] ?? null, null);
      assert.equal(await get(self, "2"), undefined);
    },
  },
  {
    title: "F03 a page that fails moves neither its records nor its cursor nor its deliveries",
    async run(test) {
      const self = await world(test);
      const { storage, orgId } = self;
      const lease = await self.run();
      await storage.runs.planShards(lease, "pull", shards);
      const event = self.delivery();
      await storage.deliveries.accept([event]);
      const page = self.page(lease, {
        records: [record("1", 1), broken("2")],
        tombstones: [tombstone("3", 1)],
        quarantine: [{ key: "4", reason: "name: expected string", raw: "{}" }],
        deliveries: [event.id],
        progress: progressOf(lease.subject, { done: true }),
      });
      await assert.rejects(storage.pages.commit(page));
      assert.equal(await get(self, "1"), undefined);
      assert.equal(await get(self, "3"), undefined);
      const [shard] = await storage.runs.shards(lease, "pull");
      assert.deepEqual([shard?.cursor, shard?.done], [undefined, false]);
      assert.equal((await storage.runs.get(orgId, lease.subject))?.counters.read, 0);
      assert.equal((await storage.deliveries.get(orgId, event.id))?.status, "pending");
      assert.deepEqual(await storage.runs.quarantine(orgId, { connectionId: self.connectionId }), []);
    },
  },
  {
    title: "F02 a record that was there is whole again after a page that failed",
    async run(test) {
      const self = await world(test);
      const person = { claim: claimRow({ identities: ["a@acme.test"], fields: { name: "A" } }) };
      await self.commit({ records: [record("1", 1, person)] });
      await assert.rejects(self.commit({ records: [record("1", 2), broken("2")] }));
      assert.equal(await nameOf(self, "1"), "text 1");
      await self.reconcile();
      const found = await self.storage.customers.endUser(self.orgId, { email: "a@acme.test" });
      assert.equal(found?.name, "A");
    },
  },
  {
    title: "F03 rows, cursor, counters and deliveries move together",
    async run(test) {
      const self = await world(test);
      const { storage, orgId } = self;
      const lease = await self.run();
      await storage.runs.planShards(lease, "pull", shards);
      const event = self.delivery();
      await storage.deliveries.accept([event]);
      await self.commit({ records: [record("old", 1), record("same", 1)] });
      await storage.pages.commit(
        self.page(lease, {
          records: [record("1", 1), record("same", 1)],
          tombstones: [tombstone("old", 2)],
          quarantine: [{ key: "4", reason: "name: expected string", raw: '{"id":4}' }],
          deliveries: [event.id],
          progress: progressOf(lease.subject, { done: true, cursor: "the end" }),
        }),
      );
      const [shard] = await storage.runs.shards(lease, "pull");
      assert.deepEqual([shard?.cursor, shard?.done, shard?.expectedPages], ["the end", true, 2]);
      const run = await storage.runs.get(orgId, lease.subject);
      const { read: _, ...counters } = run?.counters ?? {};
      assert.deepEqual(counters, { written: 1, unchanged: 1, deleted: 1, quarantined: 1, pages: 1 });
      assert.equal((await storage.deliveries.get(orgId, event.id))?.status, "done");
      assert.deepEqual(await liveKeys(self), ["1", "same"]);
    },
  },
  {
    title: "F03 shards that a page found are there with it, once, and do not touch those that were",
    async run(test) {
      const self = await world(test);
      const { storage, orgId } = self;
      const lease = await self.run();
      await storage.runs.planShards(lease, "pull", shards);
      await storage.runs.change(lease, { expectedRecords: 10 });
      const more = [
        { id: "t", params: { from: 7 }, expectedPages: 4 },
        { id: "u", params: undefined, expectedPages: undefined },
      ];
      const found = { shards: [...more, { id: "s", params: undefined, expectedPages: 9 }], records: 32 };
      const failing = self.page(lease, {
        records: [broken("2")],
        progress: progressOf(lease.subject, { found }),
      });
      await assert.rejects(storage.pages.commit(failing));
      assert.equal((await storage.runs.shards(lease, "pull")).length, 1);
      const commit = (cursor: string, records: number) => {
        const progress = progressOf(lease.subject, { cursor, found: { ...found, records } });
        return storage.pages.commit(self.page(lease, { progress }));
      };
      await commit("one", 32);
      await commit("two", 0);
      const stored = await storage.runs.shards(lease, "pull");
      assert.deepEqual(
        stored.map(({ id, cursor, done }) => [id, cursor, done]),
        [
          ["s", "two", false],
          ["t", undefined, false],
          ["u", undefined, false],
        ],
      );
      assert.deepEqual([stored[1]?.params, stored[1]?.expectedPages], [{ from: 7 }, 4]);
      assert.equal((await storage.runs.get(orgId, lease.subject))?.expectedRecords, 42);
      assert.deepEqual(await storage.runs.shards(lease, "settle"), []);
    },
  },
  {
    title: "F19 a page of a holder that lost its lease is refused and leaves nothing",
    async run(test) {
      const self = await world(test);
      const { storage } = self;
      const [run] = await storage.runs.start([newRun(self)]);
      const work = { kind: "run" as const, orgId: self.orgId, subject: run?.id ?? "" };
      const lost = await claimed(storage, work, 80);
      await storage.runs.planShards(lost, "pull", shards);
      await test.wait(160);
      const lease = await claimed(storage, work);
      const page = { records: [record("1", 1)], progress: progressOf(work.subject) };
      await refuses(storage.pages.commit(self.page(lost, page)), "lease_lost");
      assert.equal(await get(self, "1"), undefined);
      assert.equal((await storage.runs.shards(lease, "pull"))[0]?.cursor, undefined);
      assert.equal((await storage.pages.commit(self.page(lease, page))).written, 1);
    },
  },
  {
    title: "F52 an older version never replaces a newer one",
    async run(test) {
      const self = await world(test);
      await self.commit({ records: [record("1", 5)] });
      const late = await self.commit({ records: [record("1", 4)] });
      assert.deepEqual([late.written, late.stale], [0, 1]);
      assert.equal(await nameOf(self, "1"), "text 5");
      const sooner = await self.commit({ records: [record("1", 6)] });
      assert.equal(sooner.written, 1);
      assert.equal(await nameOf(self, "1"), "text 6");
    },
  },
  {
    title: "F32 of two versions of one update time the one observed later stands",
    async run(test) {
      const self = await world(test);
      const seen = (minutes: number) => record("1", 1, { text: `seen ${minutes}`, observedAt: at(minutes) });
      await self.commit({ records: [seen(5)] });
      assert.equal((await self.commit({ records: [seen(4)] })).stale, 1);
      assert.equal(await nameOf(self, "1"), "seen 5");
      await self.commit({ records: [seen(6)] });
      assert.equal(await nameOf(self, "1"), "seen 6");
    },
  },
  {
    title: "F34 records without an update time go by when they were observed",
    async run(test) {
      const self = await world(test);
      const seen = (minutes: number) => record("1", minutes, { updatedAt: undefined });
      await self.commit({ records: [seen(5)] });
      assert.equal((await self.commit({ records: [seen(4)] })).stale, 1);
      assert.equal((await self.commit({ records: [seen(6)] })).written, 1);
      assert.equal(await nameOf(self, "1"), "text 6");
      assert.equal((await get(self, "1"))?.updatedAt, undefined);
    },
  },
  {
    title: "an unchanged record is not touched, and neither is its document, unless that is forced",
    async run(test) {
      const self = await world(test);
      const { commit, index, storage, orgId } = self;
      const again = (minutes: number, force = false) => ({
        ...note("1", 1, "unchanged words", { force }),
        observedAt: at(minutes),
      });
      assert.equal((await commit({ stream: "notes", records: [again(1)] })).documents, 1);
      assert.equal(await index(), 1);
      const result = await commit({ stream: "notes", records: [again(2)] });
      assert.deepEqual(result, { written: 0, unchanged: 1, stale: 0, deleted: 0, documents: 0 });
      assert.equal((await storage.knowledge.counts(orgId)).pending, 0);
      await commit({ stream: "notes", records: [again(3, true)] });
      assert.equal((await storage.knowledge.counts(orgId)).pending, 1);
      assert.equal((await storage.knowledge.counts(orgId)).documents, 1);
    },
  },
  {
    title:
      "F33 a deletion at the vendor takes the record out of sight, and its document with chunks and vectors",
    async run(test) {
      const self = await world(test);
      const { storage, orgId } = self;
      await self.commit({ stream: "notes", records: [note("1", 1, "secret plans"), note("2", 1, "public")] });
      await self.index();
      const result = await self.commit({ stream: "notes", tombstones: [tombstone("1", 2)] });
      assert.equal(result.deleted, 1);
      assert.deepEqual((await get(self, "1", "acme_notes"))?.deletedAt, at(2));
      assert.deepEqual(await liveKeys(self, "acme_notes"), ["2"]);
      const { documents, chunks } = await storage.knowledge.counts(orgId);
      assert.deepEqual([documents, chunks], [1, 1]);
      const staff = { scope: { kind: "staff" as const } };
      const secret = [{ term: "secret", weight: 1 }];
      assert.deepEqual((await storage.knowledge.lexical(orgId, secret, staff, 9)).hits, []);
      const near = await storage.knowledge.nearest(orgId, Float32Array.of(1, 0, 0), staff, 9);
      assert.equal(near.length, 1);
      assert.equal((await storage.knowledge.vectorsOf(orgId, ["chunk of secret plans"])).size, 0);
    },
  },
  {
    title: "F33 a tombstone applies unless a later version is stored",
    async run(test) {
      const self = await world(test);
      await self.commit({ records: [record("1", 5)] });
      assert.equal((await self.commit({ tombstones: [tombstone("1", 4)] })).deleted, 0);
      assert.deepEqual(await liveKeys(self), ["1"]);
      assert.equal((await self.commit({ tombstones: [tombstone("1", 5)] })).deleted, 1);
      assert.deepEqual(await liveKeys(self), []);
    },
  },
  {
    title: "F51 a record that comes after its tombstone stays away, even if it was never seen before",
    async run(test) {
      const self = await world(test);
      await self.commit({ tombstones: [tombstone("1", 5)] });
      assert.equal((await self.commit({ records: [record("1", 4)] })).written, 0);
      assert.deepEqual(await liveKeys(self), []);
      const stored = await get(self, "1");
      assert.ok(stored === undefined || stored.deletedAt !== undefined);
    },
  },
  {
    title: "a record that comes back with a later version lives again, whatever its content",
    async run(test) {
      const self = await world(test);
      const text = "as it was";
      await self.commit({ stream: "notes", records: [note("1", 1, text)] });
      await self.commit({ stream: "notes", tombstones: [tombstone("1", 2)] });
      const back = await self.commit({ stream: "notes", records: [note("1", 3, text)] });
      assert.deepEqual([back.written, back.documents], [1, 1]);
      assert.equal((await get(self, "1", "acme_notes"))?.deletedAt, undefined);
      assert.equal((await self.storage.knowledge.counts(self.orgId)).documents, 1);
    },
  },
  {
    title: "F33 a purge leaves neither the record's content nor its document nor its person",
    async run(test) {
      const self = await world(test);
      const { storage, orgId } = self;
      const claim = claimRow({ identities: ["gone@acme.test"], fields: { name: "Person To Forget" } });
      await self.commit({ records: [record("1", 1, { claim, text: "Person To Forget" })] });
      const body = "words of the person";
      await self.commit({ stream: "notes", records: [note("n", 1, body)] });
      await self.index();
      await self.commit({ tombstones: [tombstone("1", 2, { purge: true })] });
      await self.commit({ stream: "notes", tombstones: [tombstone("n", 2, { purge: true })] });
      await self.reconcile();
      const left = JSON.stringify([
        await get(self, "1"),
        await get(self, "n", "acme_notes"),
        await storage.customers.endUsers(orgId, { limit: 100 }),
        (await storage.customers.endUser(orgId, { email: "gone@acme.test" })) ?? null,
      ]);
      for (const secret of ["Person To Forget", "gone@acme.test", body])
        assert.equal(left.includes(secret), false, "a purged text can still be read");
      const { documents, chunks } = await storage.knowledge.counts(orgId);
      assert.deepEqual([documents, chunks], [0, 0]);
      assert.equal((await storage.knowledge.vectorsOf(orgId, [`chunk of ${body}`])).size, 0);
      const older = await self.commit({ records: [record("1", 1, { claim, text: "Person To Forget" })] });
      assert.equal(older.written, 0, "an older version does not bring it back");
    },
  },
  {
    title: "F27 a record that fits no schema is quarantined beside the good ones of its page",
    async run(test) {
      const self = await world(test);
      const { storage, orgId, connectionId } = self;
      const reason = "email: expected string, received number";
      const part = { records: [record("1", 1)], quarantine: [{ key: "2", reason, raw: '{"email":7}' }] };
      assert.equal((await self.commit(part)).written, 1);
      await self.commit(part);
      const [found, ...others] = await storage.runs.quarantine(orgId, { connectionId });
      assert.deepEqual(others, []);
      assert.deepEqual([found?.key, found?.stream, found?.reason], ["2", "people", reason]);
      assert.ok(found?.at instanceof Date);
      const [stats] = await storage.pages.stats(orgId, connectionId, [{ table, stream: "people" }]);
      assert.deepEqual([stats?.records, stats?.quarantined], [1, 1]);
    },
  },
  {
    title: "F51 versions and a deletion converge, in whatever order they come",
    async run(test) {
      const self = await world(test);
      const orders = permutations([0, 1, 2, 3]);
      for (const [i, order] of orders.entries()) {
        const alive = `alive-${i}`;
        const dead = `dead-${i}`;
        for (const step of order) {
          const records: RecordRow[] = [];
          const tombstones: TombstoneRow[] = [];
          if (step === 2) tombstones.push(tombstone(alive, 3));
          else records.push(record(alive, step + 1));
          if (step === 3) tombstones.push(tombstone(dead, 4));
          else records.push(record(dead, step + 1));
          await self.commit({ records, tombstones });
        }
        assert.equal(await nameOf(self, alive), "text 4", `order ${order.join()}`);
      }
      assert.deepEqual(new Set(await liveKeys(self)), new Set(orders.map((_, i) => `alive-${i}`)));
    },
  },
  {
    title: "F51 random pages leave what a model of the version rule leaves",
    async run(test) {
      const self = await world(test);
      const seed = Math.floor(Math.random() * 2 ** 31);
      const random = seededRandom(seed);
      const pick = (limit: number) => Math.floor(random() * limit);
      const model = new Map<string, { version: number; text: string | undefined }>();
      for (let page = 0; page < 40; page++) {
        const records = new Map<string, RecordRow>();
        const tombstones = new Map<string, TombstoneRow>();
        for (let i = pick(6); i >= 0; i--) {
          const key = `${pick(8)}`;
          const version = pick(30);
          if (records.has(key) || tombstones.has(key)) continue;
          const known = model.get(key);
          if (random() < 0.25) {
            tombstones.set(key, tombstone(key, version));
            const applies = known === undefined || version >= known.version;
            if (applies) model.set(key, { version, text: undefined });
          } else {
            records.set(key, record(key, version));
            const lives = known?.text !== undefined;
            const applies =
              known === undefined || (lives ? version >= known.version : version > known.version);
            if (applies) model.set(key, { version, text: `text ${version}` });
          }
        }
        await self.commit({ records: [...records.values()], tombstones: [...tombstones.values()] });
      }
      const wanted = [...model].filter(([, { text }]) => text !== undefined).map(([key]) => key);
      assert.deepEqual(await liveKeys(self), wanted.toSorted(), `seed ${seed}`);
      for (const key of wanted)
        assert.equal(await nameOf(self, key), model.get(key)?.text, `seed ${seed}, key ${key}`);
    },
  },
  {
    title: "F63 of an event and a backfill on one record the newest wins, and neither blocks the other",
    async run(test) {
      const self = await world(test);
      const { storage } = self;
      const inbox = await self.lease("inbox");
      const lease = await self.run();
      await storage.runs.planShards(lease, "pull", shards);
      const keys = Array.from({ length: 20 }, (_, i) => `key-${i}`);
      const commits = Array.from({ length: 12 }, (_, i) => {
        const backwards = i % 2 === 1;
        const records = (backwards ? keys.toReversed() : keys).map((key) => record(key, i));
        return storage.pages.commit(
          backwards
            ? self.page(inbox, { records })
            : self.page(lease, { records, progress: progressOf(lease.subject) }),
        );
      });
      await Promise.all(commits);
      for (const key of keys) assert.equal(await nameOf(self, key), "text 11");
      const run = await storage.runs.get(self.orgId, lease.subject);
      assert.equal(run?.counters.pages, 6, "no counter is lost");
    },
  },
  {
    title: "one key twice in a commit of several pages leaves the newest",
    async run(test) {
      const self = await world(test);
      await self.commit({ records: [record("1", 2), record("1", 3), record("1", 1), record("2", 1)] });
      assert.equal(await nameOf(self, "1"), "text 3");
      assert.deepEqual(await liveKeys(self), ["1", "2"]);
    },
  },
  {
    title: "a commit holds a thousand records",
    async run(test) {
      const self = await world(test);
      const records = Array.from({ length: 1000 }, (_, i) => record(`${10_000 + i}`, 1));
      assert.equal((await self.commit({ records })).written, 1000);
      assert.equal((await self.commit({ records })).unchanged, 1000);
      assert.equal((await liveKeys(self)).length, 1000);
    },
  },
  {
    title: "live keys come in order, page by page, with their fingerprints",
    async run(test) {
      const self = await world(test);
      const { storage, orgId, connectionId } = self;
      const records = ["b", "d", "a", "c"].map((key) => record(key, 1, { fingerprint: `print ${key}` }));
      await self.commit({ records: [...records, record("e", 1)], tombstones: [tombstone("d", 2)] });
      const page = (after: string | undefined) =>
        storage.pages.keys(orgId, connectionId, table, { after, limit: 2 });
      assert.deepEqual(await page(undefined), [
        { key: "a", fingerprint: "print a" },
        { key: "b", fingerprint: "print b" },
      ]);
      assert.deepEqual(await page("b"), [
        { key: "c", fingerprint: "print c" },
        { key: "e", fingerprint: undefined },
      ]);
      assert.deepEqual(await page("e"), []);
    },
  },
  {
    title: "fingerprints are found by key: of what is live and has one, in this connection of this org alone",
    async run(test) {
      const self = await world(test);
      const { storage, orgId, connectionId } = self;
      const records = ["a", "b", "c", "d"].map((key) => record(key, 1, { fingerprint: `print ${key}` }));
      await self.commit({ records: [...records, record("e", 1)], tombstones: [tombstone("d", 2)] });
      const other = await world(test);
      await other.commit({ records: [record("a", 1, { fingerprint: "theirs" })] });
      const wanted = ["a", "c", "a", "d", "e", "unknown", "it's"];
      const found = await storage.pages.fingerprints(orgId, connectionId, table, wanted);
      assert.deepEqual([...found].sort(), [
        ["a", "print a"],
        ["c", "print c"],
      ]);
      assert.equal((await storage.pages.fingerprints(orgId, connectionId, table, [])).size, 0);
      assert.equal((await storage.pages.fingerprints(orgId, other.connectionId, table, wanted)).size, 0);
      const later = record("a", 3, { fingerprint: "print a, later", hash: "other" });
      await self.commit({ records: [later] });
      const again = await storage.pages.fingerprints(orgId, connectionId, table, ["a"]);
      assert.deepEqual([...again], [["a", "print a, later"]]);
    },
  },
  {
    title: "what rows hold is found for an erasure, of deleted ones too, until it is purged",
    async run(test) {
      const self = await world(test);
      const { storage, orgId, connectionId } = self;
      const records = ["a", "b", "c", "d"].map((key) => record(key, 1));
      await self.commit({ records, tombstones: [tombstone("b", 2)] });
      await self.commit({ tombstones: [{ ...tombstone("c", 2), purge: true }] });
      const kept = (after?: string, limit = 2) =>
        storage.pages.kept(orgId, connectionId, table, { after, limit });
      assert.deepEqual(await kept(), ["a", "b"]);
      assert.deepEqual(await kept("b"), ["d"]);
      const other = await world(test);
      assert.deepEqual(
        await other.storage.pages.kept(other.orgId, connectionId, table, { after: undefined, limit: 9 }),
        [],
      );
      const purge = ["a", "b", "d"].map((key) => ({ ...tombstone(key, 3), purge: true }));
      await self.commit({ tombstones: purge });
      assert.deepEqual(await kept(), []);
      for (const key of ["a", "b"])
        assert.equal((await storage.pages.get(orgId, connectionId, table, key))?.raw, null);
    },
  },
  {
    title: "a full resync finds what it did not see, and leaves what is newer or in quarantine",
    async run(test) {
      const self = await world(test);
      const { storage, connectionId } = self;
      const before = ["gone-1", "gone-2", "seen", "odd"].map((key) => record(key, 1));
      await self.commit({ records: before });
      const lease = await self.run({ mode: "full_resync" });
      await storage.runs.planShards(lease, "pull", shards);
      await storage.pages.commit(
        self.page(lease, {
          records: [record("seen", 1)],
          quarantine: [{ key: "odd", reason: "name: expected string", raw: "{}" }],
          progress: progressOf(lease.subject, { noteKeys: true, done: true }),
        }),
      );
      await self.commit({ records: [record("new", 60)] });
      const unseen = (limit: number) =>
        storage.pages.unseen(lease, { connectionId, table, before: at(30), limit });
      assert.deepEqual(await unseen(9), { keys: ["gone-1", "gone-2"], unseen: 2, live: 5 });
      const one = await unseen(1);
      assert.deepEqual([one.keys.length, one.unseen], [1, 2]);
    },
  },
  {
    title: "the statistics of a stream count what lives, is linked, is deleted and is in quarantine",
    async run(test) {
      const self = await world(test);
      const claim = claimRow({ identities: ["a@acme.test"], fields: { name: "A" } });
      await self.commit({ records: [record("p", 1, { claim })] });
      const link = (identity: string) => ({
        links: [{ kind: "end_user" as const, identity, reason: "email", score: 1 }],
      });
      const records = [
        note("1", 1, "known", link("a@acme.test")),
        note("2", 1, "unknown", link("nobody@acme.test")),
        note("3", 1, "nobody's"),
        note("4", 1, "gone", link("a@acme.test")),
      ];
      const quarantine = [{ key: "9", reason: "id: missing", raw: "{}" }];
      await self.commit({ stream: "notes", records, quarantine });
      await self.commit({ stream: "notes", tombstones: [tombstone("4", 2)] });
      await self.reconcile();
      const mirrors = [
        { table: "acme_notes", stream: "notes" },
        { table: "acme_companies", stream: "companies" },
      ];
      const stats = await self.storage.pages.stats(self.orgId, self.connectionId, mirrors);
      assert.deepEqual(
        stats.find(({ stream }) => stream === "notes"),
        { stream: "notes", records: 3, linked: 1, deleted: 1, quarantined: 1 },
      );
      assert.deepEqual(
        stats.find(({ stream }) => stream === "companies"),
        { stream: "companies", records: 0, linked: 0, deleted: 0, quarantined: 0 },
      );
    },
  },
  {
    title: "F05 a commit that brings documents wakes the indexer, and one that brings none does not",
    async run(test) {
      const self = await world(test);
      const index = { kind: "index" as const, orgId: self.orgId, subject: self.orgId };
      await self.commit({ records: [record("1", 1)] });
      assert.equal(await isDue(self.storage, index), false);
      await self.commit({ stream: "notes", records: [note("1", 1, "words")] });
      assert.equal(await isDue(self.storage, index), true);
    },
  },
  {
    title: "T26 keys and fields named like parts of objects are names like any other",
    async run(test) {
      const self = await world(test);
      const names = ["__proto__", "constructor", "toString", "hasOwnProperty", "prototype"];
      const custom = JSON.parse('{"__proto__":"polluted","constructor":"c"}') as Record<string, string>;
      const records = names.map((key, i) =>
        record(key, 1, {
          raw: `{"__proto__":{"polluted":"${key}"}}`,
          claim: claimRow({ identities: [`${i}@acme.test`], custom, fields: { name: key } }),
        }),
      );
      await self.commit({ records });
      await self.reconcile();
      assert.deepEqual(new Set(await liveKeys(self)), new Set(names));
      for (const key of names) assert.equal((await get(self, key))?.key, key);
      const found = await self.storage.customers.endUser(self.orgId, { email: "0@acme.test" });
      assert.equal(found?.name, "__proto__");
      assert.equal(found?.customFields.constructor, "c");
      assert.equal(({} as { polluted?: unknown }).polluted, undefined, "no prototype was changed");
    },
  },
  {
    title: "T27 hostile keys and values are kept to the letter",
    async run(test) {
      const self = await world(test);
      const hostile = [
        "'; drop table halo.acme_people; --",
        '"quoted"',
        "back\\slash",
        "%_",
        "tab\tand\nline",
        "{1,2}",
        "NULL",
        "\\N",
        "(a,b)",
        "$1",
        "ü😀\u202e",
        " ",
      ];
      const records = hostile.map((key) => record(key, 1, { text: key, fingerprint: key }));
      await self.commit({ records, quarantine: hostile.map((key) => ({ key, reason: key, raw: "{}" })) });
      assert.deepEqual(new Set(await liveKeys(self)), new Set(hostile));
      for (const key of hostile) {
        const stored = await get(self, key);
        assert.equal(stored?.columns.name, key);
        assert.deepEqual(stored?.raw, { key, text: key });
      }
    },
  },
  {
    title: "T27 a column that the mirror table does not have is refused or left out",
    async run(test) {
      const self = await world(test);
      const column = 'name" = null; drop table halo.acme_people; --';
      await self.commit({ records: [record("1", 1)] });
      const columns = { name: "new", [column]: "x" };
      await self.commit({ records: [record("2", 1, { columns })] }).catch(() => {});
      assert.equal(await nameOf(self, "1"), "text 1");
      assert.equal((await get(self, "2"))?.columns[column], undefined);
    },
  },
  {
    title: "callers cannot change what is stored, neither by what they gave nor by what they got",
    async run(test) {
      const self = await world(test);
      const tags = ["kept"];
      const date = at(1);
      await self.commit({ records: [record("1", 1, { columns: { tags }, updatedAt: date })] });
      tags.push("added");
      date.setTime(0);
      const got = await get(self, "1");
      assert.ok(got);
      (got.columns.tags as string[]).push("added");
      got.updatedAt?.setTime(0);
      const again = await get(self, "1");
      assert.deepEqual(again?.columns.tags, ["kept"]);
      assert.deepEqual(again?.updatedAt, new Date(T0 + minute));
    },
  },
  {
    title: "T30 one org can neither read nor overwrite another's row",
    async run(test) {
      const [mine, theirs] = [await world(test), await world(test)];
      const { pages } = test.storage;
      await theirs.commit({ records: [record("1", 1, { text: "theirs" })] });
      await mine.commit({ records: [record("1", 9, { text: "mine" })] });
      await mine
        .commit({ connectionId: theirs.connectionId, records: [record("1", 9, { text: "stolen" })] })
        .catch(() => {});
      await mine
        .commit({ connectionId: theirs.connectionId, tombstones: [tombstone("1", 10)] })
        .catch(() => {});
      assert.equal(await nameOf(theirs, "1"), "theirs");
      assert.equal(await nameOf(mine, "1"), "mine");
      await theirs.commit({ records: [record("2", 1)] });
      assert.equal(await pages.get(mine.orgId, theirs.connectionId, table, "2"), undefined);
      const all = { after: undefined, limit: 9 };
      const keys = await pages.keys(mine.orgId, theirs.connectionId, table, all);
      assert.equal(
        keys.some(({ key }) => key === "2"),
        false,
      );
      const inbox = await mine.lease("inbox");
      await assert.rejects(
        pages.commit({ ...theirs.page(inbox, { records: [record("3", 1)] }) }),
        "a lease of one org opens no other",
      );
      assert.equal(await get(theirs, "3"), undefined);
    },
  },
];

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, i) => permutations(items.toSpliced(i, 1)).map((others) => [item, ...others]));
}
