import assert from "node:assert/strict";
import type { ClaimRow, LinkRow } from "../../ports/page-store.ts";
import { newId } from "../ids.ts";
import type { StoragePromise } from "../storage-promise.ts";
import {
  at,
  claimRow,
  isDue,
  note,
  record,
  refuses,
  tombstone,
  type World,
  world,
} from "../storage-world.ts";

const person = (key: string, minutes: number, claim: Partial<ClaimRow>) => {
  const whole = claimRow(claim);
  return record(key, minutes, { text: JSON.stringify([minutes, claim]), claim: whole });
};
const byEmail = ({ storage, orgId }: World, email: string) => storage.customers.endUser(orgId, { email });
const byDomain = ({ storage, orgId }: World, domain: string) => storage.customers.company(orgId, { domain });
const headOf = async ({ storage, orgId }: World, documentId: string) =>
  (await storage.knowledge.heads(orgId, [documentId]))[0];

export const customerPromises: readonly StoragePromise[] = [
  {
    title: "a claim makes a customer, who is found by id, by address and in the list",
    async run(test) {
      const self = await world(test);
      const { customers } = self.storage;
      const candidateId = newId();
      const claim = {
        candidateId,
        identities: ["ada@acme.test", "ada.old@acme.test"],
        fields: { name: "Ada", phone: "+44 1", job_title: "Engineer", lifecycle_stage: "lead" },
        custom: { tier: "gold", seats: 3, trial: false },
      };
      await self.commit({ records: [person("1", 1, claim)] });
      await self.reconcile();
      const ada = await byEmail(self, "ada@acme.test");
      assert.equal(ada?.id, candidateId);
      assert.equal(ada?.email, "ada@acme.test");
      assert.deepEqual(
        [ada?.name, ada?.phone, ada?.jobTitle, ada?.lifecycleStage],
        ["Ada", "+44 1", "Engineer", "lead"],
      );
      const { tier, seats, trial } = ada?.customFields ?? {};
      assert.deepEqual([tier, seats, trial], ["gold", 3, false]);
      assert.equal((await byEmail(self, "ada.old@acme.test"))?.id, ada?.id, "by a secondary address");
      assert.deepEqual(await customers.endUser(self.orgId, { id: candidateId }), ada);
      assert.deepEqual(await customers.endUsers(self.orgId, { limit: 9 }), [ada]);
      assert.deepEqual(await customers.counts(self.orgId), { endUsers: 1, companies: 0 });
      assert.equal(await byEmail(self, "nobody@acme.test"), undefined);
    },
  },
  {
    title: "records that claim one address are one person, and records that claim one domain one company",
    async run(test) {
      const self = await world(test);
      const kind = "company" as const;
      await self.commit({
        records: [
          person("1", 1, { identities: ["a@acme.test"], fields: { name: "A" } }),
          person("2", 1, { identities: ["b@acme.test", "a@acme.test"] }),
        ],
      });
      await self.commit({
        stream: "companies",
        records: [
          person("1", 1, { kind, identities: ["acme.test"], fields: { name: "Acme", employee_count: "42" } }),
          person("2", 1, { kind, identities: ["acme.test"], fields: { industry: "Tools" } }),
        ],
      });
      await self.reconcile();
      assert.deepEqual(await self.storage.customers.counts(self.orgId), { endUsers: 1, companies: 1 });
      assert.equal((await byEmail(self, "b@acme.test"))?.name, "A");
      const company = await byDomain(self, "acme.test");
      assert.deepEqual([company?.name, company?.employeeCount, company?.industry], ["Acme", 42, "Tools"]);
      assert.equal(company?.domain, "acme.test");
    },
  },
  {
    title: "people without an address are each somebody else",
    async run(test) {
      const self = await world(test);
      await self.commit({
        records: [person("1", 1, { fields: { name: "A" } }), person("2", 1, { fields: { name: "A" } })],
      });
      await self.reconcile();
      assert.equal((await self.storage.customers.counts(self.orgId)).endUsers, 2);
    },
  },
  {
    title: "fields fold one by one, by rank, then update time, then source, in whatever order claims come",
    async run(test) {
      const claims = [
        { key: "low", minutes: 9, rank: 1, fields: { name: "low", phone: "low", job_title: "low" } },
        { key: "old", minutes: 1, rank: 5, fields: { name: "old", phone: "old" } },
        { key: "new", minutes: 2, rank: 5, source: "acme:a", fields: { name: "new" } },
        { key: "tie", minutes: 2, rank: 5, source: "acme:b", fields: { name: "tie" } },
      ];
      for (const order of [claims, claims.toReversed()]) {
        const self = await world(test);
        for (const { key, minutes, ...claim } of order)
          await self.commit({ records: [person(key, minutes, { ...claim, identities: ["x@acme.test"] })] });
        await self.reconcile();
        const found = await byEmail(self, "x@acme.test");
        assert.deepEqual([found?.name, found?.phone, found?.jobTitle], ["tie", "old", "low"]);
      }
    },
  },
  {
    title: "a field that its record no longer says falls back to what others say",
    async run(test) {
      const self = await world(test);
      const identities = ["x@acme.test"];
      await self.commit({
        records: [
          person("weak", 1, { identities, rank: 1, fields: { name: "weak" } }),
          person("strong", 1, { identities, rank: 9, fields: { name: "strong" } }),
        ],
      });
      await self.commit({ records: [person("strong", 2, { identities, rank: 9 })] });
      await self.reconcile();
      assert.equal((await byEmail(self, "x@acme.test"))?.name, "weak");
    },
  },
  {
    title: "F33 a deleted record no longer speaks for its customer, and speaks again when it comes back",
    async run(test) {
      const self = await world(test);
      const identities = ["x@acme.test"];
      const strong = { identities, rank: 9, fields: { name: "strong" } };
      await self.commit({
        records: [
          person("weak", 1, { identities, rank: 1, fields: { name: "weak" } }),
          person("strong", 1, strong),
        ],
      });
      await self.reconcile();
      const { id } = (await byEmail(self, "x@acme.test")) ?? {};
      await self.commit({ tombstones: [tombstone("strong", 2)] });
      await self.reconcile();
      assert.equal((await byEmail(self, "x@acme.test"))?.name, "weak");
      await self.commit({ records: [person("strong", 3, strong)] });
      await self.reconcile();
      const back = await byEmail(self, "x@acme.test");
      assert.deepEqual([back?.id, back?.name], [id, "strong"]);
    },
  },
  {
    title: "what a person typed outranks every source, until it is taken back",
    async run(test) {
      const self = await world(test);
      const { customers } = self.storage;
      const claim = { identities: ["x@acme.test"], fields: { name: "vendor", phone: "1" } };
      await self.commit({ records: [person("1", 1, claim)] });
      await self.reconcile();
      const { id = "" } = (await byEmail(self, "x@acme.test")) ?? {};
      await customers.setManual(self.orgId, "end_user", id, { name: "typed" }, at(0));
      const later = { ...claim, fields: { name: "vendor again", phone: "2" }, rank: 1_000 };
      await self.commit({ records: [person("1", 99, later)] });
      await self.reconcile();
      const typed = await byEmail(self, "x@acme.test");
      assert.deepEqual([typed?.name, typed?.phone], ["typed", "2"]);
      await customers.setManual(self.orgId, "end_user", id, { name: null }, at(2));
      await self.reconcile();
      assert.equal((await byEmail(self, "x@acme.test"))?.name, "vendor again");
      await refuses(
        customers.setManual(self.orgId, "end_user", newId(), { name: "nobody" }, at(3)),
        "not_found",
      );
    },
  },
  {
    title: "two customers that turn out to be one wake their worker and become the older one",
    async run(test) {
      const self = await world(test);
      const [older, younger] = [newId(), newId()];
      await self.commit({
        records: [
          person("2", 1, { candidateId: younger, identities: ["b@acme.test"], fields: { phone: "2" } }),
          person("1", 1, { candidateId: older, identities: ["a@acme.test"], fields: { name: "A" } }),
        ],
      });
      const body = note("n", 1, "words to B", {
        links: [{ kind: "end_user", identity: "b@acme.test", reason: "email", score: 1 }],
      });
      await self.commit({ stream: "notes", records: [body] });
      await self.reconcile();
      assert.equal((await self.storage.customers.counts(self.orgId)).endUsers, 2);
      await self.storage.customers.setManual(self.orgId, "end_user", younger, { job_title: "typed" }, at(2));
      await self.reconcile();
      const both = { identities: ["a@acme.test", "b@acme.test"], fields: { name: "A" } };
      await self.commit({ records: [person("1", 2, both)] });
      const work = { kind: "customers" as const, orgId: self.orgId, subject: self.orgId };
      assert.equal(await isDue(self.storage, work), true);
      await self.reconcile();
      assert.equal((await self.storage.customers.counts(self.orgId)).endUsers, 1);
      const one = await byEmail(self, "b@acme.test");
      assert.equal(one?.id, older, "the older id stays");
      assert.deepEqual([one?.name, one?.phone, one?.jobTitle], ["A", "2", "typed"]);
      const head = await headOf(self, body.document?.id ?? "");
      assert.deepEqual(
        head?.endUsers.map(({ id }) => id),
        [older],
      );
    },
  },
  {
    title: "a person belongs to the company that the vendor links, or else to that of the address's domain",
    async run(test) {
      const self = await world(test);
      const kind = "company" as const;
      await self.commit({
        records: [
          person("linked", 1, {
            identities: ["a@acme.test"],
            company: { ref: { stream: "companies", key: "c1" }, domain: "acme.test" },
          }),
          person("loose", 1, { identities: ["b@acme.test"], company: { domain: "acme.test" } }),
        ],
      });
      await self.reconcile();
      assert.equal((await byEmail(self, "a@acme.test"))?.companyId, undefined, "not known yet");
      await self.commit({
        stream: "companies",
        records: [
          person("c1", 1, { kind, identities: ["holding.test"], fields: { name: "Holding" } }),
          person("c2", 1, { kind, identities: ["acme.test"], fields: { name: "Acme" } }),
        ],
      });
      await self.reconcile();
      const holding = await byDomain(self, "holding.test");
      const acme = await byDomain(self, "acme.test");
      assert.ok(holding !== undefined && acme !== undefined);
      assert.equal((await byEmail(self, "a@acme.test"))?.companyId, holding.id);
      assert.equal((await byEmail(self, "b@acme.test"))?.companyId, acme.id);
    },
  },
  {
    title: "what came before a customer is linked when the customer appears, by reference and by address",
    async run(test) {
      const self = await world(test);
      const links: LinkRow[] = [
        { kind: "end_user", ref: { stream: "people", key: "1" }, reason: "association", score: 1 },
        { kind: "end_user", identity: "b@acme.test", reason: "email", score: 0.9 },
        { kind: "company", identity: "acme.test", reason: "domain", score: 0.5 },
      ];
      const early = note("n", 1, "words", { links });
      await self.commit({ stream: "notes", records: [early] });
      await self.reconcile();
      const id = early.document?.id ?? "";
      assert.deepEqual((await headOf(self, id))?.endUsers, []);
      await self.commit({
        records: [
          person("1", 1, { identities: ["a@acme.test"], fields: { name: "A" } }),
          person("2", 1, { identities: ["b@acme.test"], fields: { name: "B" } }),
        ],
      });
      const company = person("c", 1, {
        kind: "company",
        identities: ["acme.test"],
        fields: { name: "Acme" },
      });
      await self.commit({ stream: "companies", records: [company] });
      await self.reconcile();
      const head = await headOf(self, id);
      assert.deepEqual(new Set(head?.endUsers.map(({ name }) => name)), new Set(["A", "B"]));
      assert.deepEqual(
        head?.companies.map(({ name }) => name),
        ["Acme"],
      );
    },
  },
  {
    title:
      "a record is about the surest of its links that leads to somebody, and a company linked or the person's",
    async run(test) {
      const self = await world(test);
      const ref = (stream: string, key: string) => ({ stream, key });
      const company = { kind: "company" as const, reason: "association", score: 1 };
      const byId = (key: string): LinkRow => ({
        kind: "end_user",
        ref: ref("people", key),
        reason: "association",
        score: 1,
      });
      const byAddress = (identity: string): LinkRow => ({
        kind: "end_user",
        identity,
        reason: "email",
        score: 0.9,
      });
      const ada = person("1", 1, {
        identities: ["ada@acme.test"],
        fields: { name: "Ada" },
        company: { domain: "acme.test" },
      });
      const others = [
        person("2", 1, { identities: ["b@acme.test"] }),
        person("3", 1, { identities: [], fields: { name: "C" } }),
      ];
      await self.commit({ records: [ada, ...others] });
      const named = (key: string, name: string, domain: string) =>
        person(key, 1, { kind: "company", identities: [domain], fields: { name } });
      await self.commit({
        stream: "companies",
        records: [named("c1", "Acme", "acme.test"), named("c2", "Holding", "holding.test")],
      });
      const notes = [
        note("person", 1, "a", { links: [byAddress("b@acme.test"), byId("nobody"), byId("1"), byId("3")] }),
        note("both", 1, "b", {
          links: [byAddress("b@acme.test"), { ...company, ref: ref("companies", "c2") }],
        }),
        note("nobody", 1, "c", { links: [byId("nobody")] }),
        note("gone", 1, "d", { links: [byId("1")] }),
      ];
      await self.commit({ stream: "notes", records: notes });
      await self.reconcile();
      await self.commit({ stream: "notes", tombstones: [tombstone("gone", 2)] });
      const { id: connectionId } = self.connection;
      const about = (orgId: string) =>
        self.storage.customers.about(
          orgId,
          ["nobody", "both", "gone", "person", "unheard of"].map((key) => ({
            connectionId,
            stream: "notes",
            key,
          })),
        );
      const nobody = { person: undefined, company: undefined };
      assert.deepEqual(await about(self.orgId), [
        nobody,
        {
          person: { email: "b@acme.test", name: undefined },
          company: { domain: "holding.test", name: "Holding" },
        },
        nobody,
        {
          person: { email: "ada@acme.test", name: "Ada" },
          company: { domain: "acme.test", name: "Acme" },
        },
        nobody,
      ]);
      assert.deepEqual(await about("another"), Array(5).fill(nobody), "T30 of another org nothing is known");
      assert.deepEqual(await self.storage.customers.about(self.orgId, []), []);
    },
  },
  {
    title: "F33 records that the vendor merged are one customer, and what was about either is about that one",
    async run(test) {
      const self = await world(test);
      await self.commit({
        records: [
          person("winner", 1, { identities: ["a@acme.test"], fields: { name: "A" } }),
          person("loser", 1, { identities: ["b@acme.test"], fields: { name: "B" } }),
        ],
      });
      const ref = { stream: "people", key: "loser" };
      const notes = [
        note("address", 1, "words to B", {
          links: [{ kind: "end_user", identity: "b@acme.test", reason: "email", score: 1 }],
        }),
        note("before", 1, "words about B", {
          links: [{ kind: "end_user", ref, reason: "association", score: 1 }],
        }),
        note("after", 1, "more words about B", {
          links: [{ kind: "end_user", ref, reason: "association", score: 1 }],
        }),
      ];
      await self.commit({ stream: "notes", records: notes.slice(0, 2) });
      await self.commit({ tombstones: [tombstone("loser", 2, { mergedInto: "winner" })] });
      await self.commit({ stream: "notes", records: notes.slice(2) });
      await self.reconcile();
      assert.equal((await self.storage.customers.counts(self.orgId)).endUsers, 1);
      const one = await byEmail(self, "a@acme.test");
      assert.equal(one?.name, "A");
      for (const { key, document } of notes) {
        const people = (await headOf(self, document?.id ?? ""))?.endUsers ?? [];
        assert.deepEqual(
          people.map(({ id }) => id),
          [one?.id],
          key,
        );
      }
    },
  },
  {
    title: "every match of a customer can be explained",
    async run(test) {
      const self = await world(test);
      await self.commit({ records: [person("1", 1, { identities: ["a@acme.test"] })] });
      const links: LinkRow[] = [{ kind: "end_user", identity: "a@acme.test", reason: "email", score: 0.9 }];
      await self.commit({ stream: "notes", records: [note("n", 1, "words", { links })] });
      await self.reconcile();
      const { id = "" } = (await byEmail(self, "a@acme.test")) ?? {};
      const matches = await self.storage.customers.explain(self.orgId, "end_user", id);
      const of = (stream: string) => matches.find((match) => match.stream === stream);
      assert.deepEqual([of("people")?.key, of("people")?.connectionId], ["1", self.connectionId]);
      assert.deepEqual([of("notes")?.key, of("notes")?.reason], ["n", "email"]);
      assert.ok(Math.abs((of("notes")?.score ?? 0) - 0.9) < 1e-6);
      for (const { customerId, score } of matches) {
        assert.equal(customerId, id);
        assert.ok(score >= 0 && score <= 1);
      }
      assert.equal((await self.storage.customers.explain(self.orgId, "end_user", id, 1)).length, 1);
    },
  },
  {
    title: "customers come in pages, each once",
    async run(test) {
      const self = await world(test);
      const records = Array.from({ length: 7 }, (_, i) =>
        person(`${i}`, 1, { identities: [`${i}@acme.test`] }),
      );
      await self.commit({ records });
      await self.reconcile();
      const seen: string[] = [];
      for (;;) {
        const after = seen.at(-1);
        const page = await self.storage.customers.endUsers(self.orgId, {
          limit: 3,
          ...(after === undefined ? {} : { after }),
        });
        if (page.length === 0) break;
        assert.ok(page.length <= 3 && seen.length < 10);
        seen.push(...page.map(({ id }) => id));
      }
      assert.equal(new Set(seen).size, 7);
      assert.equal(seen.length, 7);
    },
  },
  {
    title: "F19 customers are not merged by a worker that lost its lease",
    async run(test) {
      const self = await world(test);
      const lost = await self.lease("customers", self.orgId, 80);
      await test.wait(160);
      await self.lease("customers");
      await refuses(self.storage.customers.reconcile(lost, 10), "lease_lost");
    },
  },
  {
    title: "T30 one org can neither find nor change another's customers, even with the same address",
    async run(test) {
      const [mine, theirs] = [await world(test), await world(test)];
      const identities = ["x@acme.test"];
      await mine.commit({ records: [person("1", 1, { identities, fields: { name: "mine" } })] });
      await theirs.commit({ records: [person("1", 1, { identities, fields: { name: "theirs" } })] });
      await mine.reconcile();
      await theirs.reconcile();
      assert.equal((await byEmail(mine, "x@acme.test"))?.name, "mine");
      const { id = "" } = (await byEmail(theirs, "x@acme.test")) ?? {};
      const { customers } = test.storage;
      assert.equal(await customers.endUser(mine.orgId, { id }), undefined);
      assert.deepEqual(await customers.explain(mine.orgId, "end_user", id), []);
      await customers.setManual(mine.orgId, "end_user", id, { name: "stolen" }, at(2)).catch(() => {});
      await theirs.reconcile();
      assert.equal((await byEmail(theirs, "x@acme.test"))?.name, "theirs");
      assert.equal((await customers.counts(mine.orgId)).endUsers, 1);
    },
  },
];
