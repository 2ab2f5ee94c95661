import assert from "node:assert/strict";
import type { CustomerKind } from "../../define/customer.ts";
import type { Lease } from "../../ports/lease-store.ts";
import type { Segment, SegmentQuery } from "../../ports/segment-store.ts";
import { fits } from "../../segments/evaluate.ts";
import { checkSegmentFilter, type SegmentFilter } from "../../segments/filter.ts";
import { newId, seededRandom } from "../ids.ts";
import { randomFilter, randomOrg } from "../random-segments.ts";
import type { StoragePromise } from "../storage-promise.ts";
import { at, claimRow, isDue, record, refuses, tombstone, type World, world } from "../storage-world.ts";

const named = { field: "name", operator: "is_set" } as const;
const lead = { field: "lifecycle_stage", operator: "is", value: "lead" } as const;

const query = (filter: SegmentFilter, kind: CustomerKind = "end_user", now = at(10)): SegmentQuery => ({
  kind,
  filter,
  now,
});

const segment = (orgId: string, like: Partial<Segment> = {}): Omit<Segment, "revision" | "createdAt"> => ({
  orgId,
  id: newId(),
  name: "Leads",
  kind: "end_user",
  filter: lead,
  announce: true,
  updatedAt: at(1),
  ...like,
});

/** A person of that stage, committed; the id. */
async function person(
  self: World,
  key: string,
  minutes: number,
  stage: string,
  like: object = {},
): Promise<string> {
  const claim = claimRow({
    identities: [`${key}@acme.test`],
    fields: { name: `Name of ${key}`, lifecycle_stage: stage },
    ...like,
  });
  await self.commit({ records: [record(key, minutes, { text: `${stage} ${JSON.stringify(like)}`, claim })] });
  const found = await self.storage.customers.endUser(self.orgId, { email: `${key}@acme.test` });
  assert.ok(found);
  return found.id;
}

async function standing(self: World): Promise<Lease> {
  return self.lease("standing");
}

export const segmentPromises: readonly StoragePromise[] = [
  {
    title: "a segment comes back as it was set last, and its revision grows with its filter alone",
    async run(test) {
      const { orgId, storage } = await world(test);
      const wanted = segment(orgId);
      const first = await storage.segments.upsert(wanted);
      assert.deepEqual(first, { ...wanted, revision: 1, createdAt: at(1) });
      assert.deepEqual(await storage.segments.get(orgId, wanted.id), first);
      const renamed = await storage.segments.upsert({
        ...wanted,
        name: "All leads",
        announce: false,
        updatedAt: at(2),
      });
      assert.deepEqual(renamed, { ...first, name: "All leads", announce: false, updatedAt: at(2) });
      const changed = await storage.segments.upsert({ ...wanted, filter: { not: lead }, updatedAt: at(3) });
      assert.equal(changed.revision, 2);
      const other = await storage.segments.upsert(segment(orgId, { name: "A" }));
      assert.deepEqual(await storage.segments.list(orgId), [other, changed]);
      assert.equal(await storage.segments.delete(orgId, wanted.id), true);
      assert.equal(await storage.segments.delete(orgId, wanted.id), false);
      assert.equal(await storage.segments.get(orgId, wanted.id), undefined);
    },
  },
  {
    title: "T27 random filters, hostile words and names among them, find exactly who fits their meaning",
    async run(test) {
      // Ids are random at their ends.
      const seed = Number.parseInt(newId().slice(-7), 16);
      const now = at(0);
      const self = await world(test);
      const { customers, segments } = self.storage;
      const org = randomOrg(seed, now);
      await self.commit({ stream: "companies", records: org.companies, at: at(0) });
      await self.commit({ records: org.people, at: at(0) });
      await self.commit({ stream: "deals", records: org.deals, at: at(0) });
      await self.reconcile();
      assert.equal(await customers.seen(self.orgId, org.seen), org.seen.length);
      const random = seededRandom(seed + 1);
      for (let round = 0; round < 60; round++) {
        const kind: CustomerKind = random() < 0.7 ? "end_user" : "company";
        const filter = checkSegmentFilter(kind, randomFilter(random, kind, now));
        const expected = [...org.facts]
          .filter(([, facts]) => facts.kind === kind && fits(filter, facts, now))
          .map(([id]) => id)
          .sort();
        const asked = query(filter, kind, now);
        const found = await segments.customers(self.orgId, asked, { limit: 1_000 });
        const told = `seed ${seed}, round ${round}: ${JSON.stringify(filter)}`;
        assert.deepEqual(
          found.map(({ id }) => id),
          expected,
          told,
        );
        if (round % 4 === 0) assert.equal(await segments.count(self.orgId, asked), expected.length, told);
      }
    },
  },
  {
    title: "customers that fit come in pages, each once, and some of them are found among given ids",
    async run(test) {
      const self = await world(test);
      const ids = [];
      for (const key of ["1", "2", "3", "4", "5"])
        ids.push(await person(self, key, 1, key === "3" ? "customer" : "lead"));
      ids.sort();
      const fitting = ids.filter((_, n) => n !== 2);
      const pages = [];
      for (let after: string | undefined; ; ) {
        const page = await self.storage.segments.customers(self.orgId, query(lead), { after, limit: 2 });
        pages.push(page.map(({ id }) => id));
        after = page.at(-1)?.id;
        if (page.length < 2) break;
      }
      assert.deepEqual(pages.flat(), fitting);
      assert.deepEqual(pages[0]?.length, 2);
      const [first] = await self.storage.segments.customers(self.orgId, query(lead), { limit: 1 });
      assert.deepEqual(first, await self.storage.customers.endUser(self.orgId, { id: fitting[0] ?? "" }));
      const some = [ids[2] ?? "", ids[4] ?? "", newId()];
      assert.deepEqual(await self.storage.segments.matching(self.orgId, query(lead), some), [ids[4]]);
      assert.deepEqual(await self.storage.segments.matching(self.orgId, query(lead), []), []);
    },
  },
  {
    title: "who fits when a segment is made did not start to; who fits later did, once for each time",
    async run(test) {
      const self = await world(test);
      const { segments } = self.storage;
      const early = await person(self, "early", 1, "lead");
      const made = await segments.upsert(segment(self.orgId));
      const lease = await standing(self);
      assert.deepEqual(await segments.filled(lease), new Set());
      const none = { entered: 0, left: 0 };
      assert.deepEqual(await segments.refresh(lease, made, query(lead), undefined), none);
      assert.deepEqual(await segments.filled(lease), new Set([made.id]));
      assert.deepEqual(await segments.entries(lease, 10), []);
      const late = await person(self, "late", 1, "lead");
      assert.deepEqual(await segments.refresh(lease, made, query(lead), [late]), { entered: 1, left: 0 });
      assert.deepEqual(await segments.refresh(lease, made, query(lead), [late]), none);
      assert.deepEqual(await segments.refresh(lease, made, query(lead), undefined), none);
      assert.equal(await segments.members(self.orgId, made.id), 2);
      const [entry, ...more] = await segments.entries(lease, 10);
      assert.deepEqual(more, []);
      assert.deepEqual(entry, {
        segmentId: made.id,
        kind: "end_user",
        customerId: late,
        entry: 1,
        enteredAt: at(10),
        name: "Name of late",
        email: "late@acme.test",
        domain: undefined,
        company: undefined,
      });
      await person(self, "late", 2, "customer");
      await person(self, "early", 2, "customer");
      assert.deepEqual(await segments.refresh(lease, made, query(lead), [late, early]), {
        entered: 0,
        left: 2,
      });
      await person(self, "late", 3, "lead");
      assert.deepEqual(await segments.refresh(lease, made, query(lead, "end_user", at(20)), [late]), {
        entered: 1,
        left: 0,
      });
      const [again] = await segments.entries(lease, 10);
      assert.deepEqual([again?.entry, again?.enteredAt], [2, at(20)]);
    },
  },
  {
    title: "entries are told of once, with their notifications or not at all",
    async run(test) {
      const self = await world(test);
      const { segments, notifications } = self.storage;
      const made = await segments.upsert(segment(self.orgId));
      const quiet = await segments.upsert(segment(self.orgId, { announce: false }));
      const lease = await standing(self);
      for (const one of [made, quiet]) await segments.refresh(lease, one, query(lead), undefined);
      const id = await person(self, "late", 1, "lead");
      for (const one of [made, quiet])
        assert.deepEqual(await segments.refresh(lease, one, query(lead), [id]), { entered: 1, left: 0 });
      const entries = await segments.entries(lease, 10);
      assert.deepEqual(
        entries.map(({ segmentId }) => segmentId),
        [made.id],
        "of a segment that announces",
      );
      const notification = {
        type: "segment_match" as const,
        key: "k",
        connectionId: undefined,
        event: { a: 1 },
      };
      await self.storage.leases.release(lease, undefined);
      await refuses(segments.tell(lease, entries, [notification], at(11)), "lease_lost");
      assert.equal(await notifications.wasRaised(self.orgId, "segment_match", "k"), false);
      const next = await standing(self);
      assert.equal((await segments.entries(next, 10)).length, 1);
      await segments.tell(next, entries, [notification], at(11));
      assert.equal(await notifications.wasRaised(self.orgId, "segment_match", "k"), true);
      assert.deepEqual(await segments.entries(next, 10), []);
    },
  },
  {
    title: "a filter that changed begins anew, and members of an older revision are not touched any more",
    async run(test) {
      const self = await world(test);
      const { segments } = self.storage;
      const first = await segments.upsert(segment(self.orgId));
      const lease = await standing(self);
      await segments.refresh(lease, first, query(lead), undefined);
      const id = await person(self, "1", 1, "customer");
      const second = await segments.upsert(segment(self.orgId, { id: first.id, filter: named }));
      assert.deepEqual(await segments.filled(lease), new Set());
      await segments.refresh(lease, first, query({ not: lead }), undefined);
      assert.deepEqual(await segments.filled(lease), new Set(), "an older revision fills nothing");
      await segments.refresh(lease, second, query(named), undefined);
      assert.deepEqual(await segments.filled(lease), new Set([first.id]));
      assert.equal(await segments.members(self.orgId, first.id), 1);
      assert.deepEqual(await segments.entries(lease, 10), []);
      assert.deepEqual(await segments.matching(self.orgId, query(named), [id]), [id]);
    },
  },
  {
    title: "with a company its people are looked at, and who is gone is in no segment",
    async run(test) {
      const self = await world(test);
      const { segments } = self.storage;
      const kind = "company" as const;
      const company = (minutes: number, industry: string) =>
        self.commit({
          stream: "companies",
          records: [
            record("c", minutes, {
              text: industry,
              claim: claimRow({ kind, identities: ["acme.test"], fields: { industry } }),
            }),
          ],
        });
      await company(1, "Bakery");
      const id = await person(self, "1", 1, "lead", { company: { ref: { stream: "companies", key: "c" } } });
      const tools: SegmentFilter = { field: "company.industry", operator: "is", value: "tools" };
      const made = await segments.upsert(segment(self.orgId, { filter: tools }));
      const lease = await standing(self);
      await segments.refresh(lease, made, query(tools), undefined);
      await company(2, "Tools");
      const known = await self.storage.customers.company(self.orgId, { domain: "acme.test" });
      const only = [known?.id ?? ""];
      assert.deepEqual(await segments.refresh(lease, made, query(tools), only), { entered: 1, left: 0 });
      await self.commit({ tombstones: [tombstone("1", 3)] });
      await self.reconcile();
      await segments.refresh(lease, made, query(tools), [id]);
      assert.equal(await segments.members(self.orgId, made.id), 0);
      assert.deepEqual(await segments.entries(lease, 10), []);
    },
  },
  {
    title: "T30 one org's segments, members and entries are nobody else's",
    async run(test) {
      const [one, other] = [await world(test), await world(test)];
      const { segments } = test.storage;
      const id = newId();
      const made = await segments.upsert(segment(one.orgId, { id }));
      assert.equal(await segments.get(other.orgId, id), undefined);
      assert.deepEqual(await segments.list(other.orgId), []);
      assert.equal(await segments.delete(other.orgId, id), false);
      const theirs = await segments.upsert(segment(other.orgId, { id, name: "Theirs" }));
      assert.equal(theirs.revision, 1);
      assert.deepEqual(await segments.get(one.orgId, id), made);
      const [lease, lease2] = [await standing(one), await standing(other)];
      await segments.refresh(lease, made, query(lead), undefined);
      await segments.refresh(lease2, theirs, query(lead), undefined);
      const customerId = await person(one, "1", 1, "lead");
      await segments.refresh(lease, made, query(lead), undefined);
      await segments.refresh(lease2, theirs, query(lead), undefined);
      assert.equal(await segments.count(other.orgId, query(lead)), 0);
      assert.deepEqual(await segments.customers(other.orgId, query(lead), { limit: 9 }), []);
      assert.deepEqual(await segments.matching(other.orgId, query(lead), [customerId]), []);
      assert.equal(await segments.members(other.orgId, id), 0);
      assert.deepEqual(await segments.entries(lease2, 9), []);
      assert.equal((await segments.entries(lease, 9)).length, 1);
      const stolen = { ...lease, orgId: other.orgId };
      await refuses(segments.refresh(stolen, theirs, query(lead), undefined), "lease_lost");
      await refuses(segments.entries(stolen, 9), "lease_lost");
      await refuses(segments.filled(stolen), "lease_lost");
    },
  },
  {
    title: "a segment that is stored wakes the org's standing work",
    async run(test) {
      const { orgId, storage } = await world(test);
      const work = { kind: "standing", orgId, subject: orgId } as const;
      assert.equal(await isDue(storage, work), false);
      await storage.segments.upsert(segment(orgId));
      assert.equal(await isDue(storage, work), true);
    },
  },
];
