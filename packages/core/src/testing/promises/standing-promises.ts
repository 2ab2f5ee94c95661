import assert from "node:assert/strict";
import { changes, company, person, renewal, score } from "../standing-world.ts";
import type { StoragePromise } from "../storage-promise.ts";
import { at, isDue, record, refuses, tombstone, world } from "../storage-world.ts";
import { profilePromises } from "./profile-promises.ts";

export const standingPromises: readonly StoragePromise[] = [
  {
    title:
      "settings come back as they were set last, and settings that are taken away take what they made along",
    async run(test) {
      const self = await world(test);
      const { standing } = self.storage;
      const id = await company(self, 1);
      const work = { kind: "standing", orgId: self.orgId, subject: self.orgId } as const;
      assert.equal(await standing.settings(self.orgId, "health"), undefined);
      await standing.setSettings(self.orgId, "health", { window: 30, deep: { a: [1] } }, at(1));
      assert.equal(await isDue(self.storage, work), true);
      await standing.setSettings(self.orgId, "renewals", { days: 60 }, at(1));
      assert.deepEqual(await standing.settings(self.orgId, "health"), { window: 30, deep: { a: [1] } });
      const lease = await self.lease("standing");
      await standing.saveHealth(lease, [score(id)], []);
      await standing.saveRenewals(lease, [renewal(id)]);
      await standing.setSettings(self.orgId, "health", null, at(2));
      assert.equal(await standing.settings(self.orgId, "health"), undefined);
      assert.equal(await standing.health(self.orgId, "company", id), undefined);
      assert.deepEqual(await standing.healthHistory(self.orgId, "company", id, 9), []);
      assert.deepEqual(await standing.renewal(self.orgId, "company", id), renewal(id));
      await standing.setSettings(self.orgId, "renewals", null, at(2));
      assert.equal(await standing.renewal(self.orgId, "company", id), undefined);
    },
  },
  {
    title: "changes are noted of an org that has settings or a segment, all customers to begin with",
    async run(test) {
      const self = await world(test);
      const { standing } = self.storage;
      await person(self, "early", 1);
      const lease = await self.lease("standing");
      assert.deepEqual(await changes(self, lease), new Set());
      await standing.setSettings(self.orgId, "health", {}, at(1));
      const { id } = (await self.storage.customers.endUser(self.orgId, { email: "early@people.test" })) ?? {};
      assert.deepEqual(await changes(self, lease), new Set([id]));
      const late = await person(self, "late", 1);
      assert.deepEqual(await changes(self, lease), new Set([late]));
      await person(self, "late", 2);
      assert.deepEqual(await changes(self, lease), new Set(), "what says nothing new is no change");
      await standing.setSettings(self.orgId, "health", null, at(3));
      await changes(self, lease);
      await person(self, "late", 3, { phone: "1" });
      assert.deepEqual(await changes(self, lease), new Set());
    },
  },
  {
    title:
      "a person who changed brings the company, and so do sightings, typed words, signals and counted records",
    async run(test) {
      const self = await world(test);
      const { customers, standing } = self.storage;
      const acme = await company(self, 1);
      const ada = await person(self, "ada", 1);
      await person(self, "bob", 1);
      await standing.setSettings(self.orgId, "health", {}, at(1));
      const lease = await self.lease("standing");
      await changes(self, lease);
      const both = new Set([ada, acme]);
      await person(self, "ada", 2, { phone: "1" });
      assert.deepEqual(await changes(self, lease), both, "a record");
      assert.equal(await customers.seen(self.orgId, [{ id: ada, at: at(5) }]), 1);
      assert.deepEqual(await changes(self, lease), both, "a sighting");
      await customers.seen(self.orgId, [{ id: ada, at: at(5) }]);
      assert.deepEqual(await changes(self, lease), new Set(), "a sighting that says nothing new");
      await customers.setManual(self.orgId, "end_user", ada, { renewal_date: "2027-01-01" }, at(6));
      assert.deepEqual(await changes(self, lease), both, "a word that somebody typed");
      const signal = { kind: "company", customerId: acme, signal: "support", at: at(7) } as const;
      await standing.report(self.orgId, [{ ...signal, value: { open: 1 } }]);
      assert.deepEqual(await changes(self, lease), new Set([acme]), "a signal");
      const links = [
        { kind: "end_user", ref: { stream: "people", key: "ada" }, reason: "association", score: 1 },
      ] as const;
      const deal = (minutes: number) =>
        record("1", minutes, {
          text: `deal ${minutes}`,
          columns: { kind: "deal", stage: `stage ${minutes}` },
          links,
        });
      await self.commit({ stream: "deals", records: [deal(1)] });
      assert.ok((await changes(self, lease)).has(ada), "a deal");
      await self.commit({ stream: "deals", records: [deal(2)] });
      assert.ok((await changes(self, lease)).has(ada), "a deal that changed");
      await self.commit({ stream: "deals", tombstones: [tombstone("1", 3)] });
      assert.ok((await changes(self, lease)).has(ada), "a deal that is gone");
    },
  },
  {
    title: "a change that comes while the one before is worked on stays, and the longest ago comes first",
    async run(test) {
      const self = await world(test);
      const { standing } = self.storage;
      const ids = [await person(self, "1", 1), await person(self, "2", 1)];
      await standing.setSettings(self.orgId, "health", {}, at(1));
      const lease = await self.lease("standing");
      await changes(self, lease);
      await person(self, "2", 2, { phone: "2" });
      await person(self, "1", 2, { phone: "2" });
      const noted = await standing.changes(lease, 9);
      assert.deepEqual(
        noted.map(({ customerId }) => customerId),
        [ids[1], ids[0]],
      );
      assert.equal((await standing.changes(lease, 1)).length, 1);
      await person(self, "2", 3, { phone: "3" });
      await standing.settle(lease, noted);
      assert.deepEqual(await changes(self, lease), new Set([ids[1]]));
    },
  },
  {
    title: "a sweep notes all customers once for each slot",
    async run(test) {
      const self = await world(test);
      const { standing } = self.storage;
      const id = await person(self, "1", 1);
      const lease = await self.lease("standing");
      await standing.setSettings(self.orgId, "renewals", {}, at(1));
      await changes(self, lease);
      assert.equal(await standing.sweep(lease, at(10)), true);
      assert.deepEqual(await changes(self, lease), new Set([id]));
      assert.equal(await standing.sweep(lease, at(10)), false);
      assert.equal(await standing.sweep(lease, at(9)), false);
      assert.deepEqual(await changes(self, lease), new Set());
      assert.equal(await standing.sweep(lease, at(11)), true);
    },
  },
  {
    title: "what a score is made of is counted: people, those seen since, signals as they were said last",
    async run(test) {
      const self = await world(test);
      const { customers, standing } = self.storage;
      const acme = await company(self, 1);
      const ids = [await person(self, "1", 1), await person(self, "2", 1), await person(self, "3", 1)];
      await customers.seen(self.orgId, [
        { id: ids[0] ?? "", at: at(5) },
        { id: ids[1] ?? "", at: at(20) },
        { id: ids[1] ?? "", at: at(12) },
        { id: "nobody", at: at(30) },
      ]);
      const said = { kind: "company", customerId: acme } as const;
      await standing.report(self.orgId, [
        { ...said, signal: "support", value: { open: 3 }, at: at(2) },
        { ...said, signal: "sentiment", value: { mean: 0.5 }, at: at(2) },
        { kind: "company", customerId: "nobody", signal: "support", value: { open: 9 }, at: at(2) },
      ]);
      await standing.report(self.orgId, [
        { ...said, signal: "support", value: { open: 1 }, at: at(1) },
        { ...said, signal: "sentiment", value: null, at: at(3) },
      ]);
      const lease = await self.lease("standing");
      const [inputs, ...more] = await standing.healthInputs(lease, "company", [acme, "nobody"], at(10));
      assert.deepEqual(more, []);
      assert.deepEqual(inputs, {
        kind: "company",
        customerId: acme,
        name: "Acme",
        people: 3,
        activePeople: 1,
        lastSeen: at(20),
        subscriptionStatus: undefined,
        delinquent: undefined,
        reported: { support: { value: { open: 3 }, at: at(2) } },
        previous: undefined,
      });
      const [own] = await standing.healthInputs(lease, "end_user", [ids[0] ?? ""], at(5));
      assert.deepEqual([own?.people, own?.activePeople, own?.lastSeen], [1, 1, at(5)]);
    },
  },
  {
    title:
      "scores come with their history, a line for each change, and notifications with them or not at all",
    async run(test) {
      const self = await world(test);
      const { notifications, standing } = self.storage;
      const acme = await company(self, 1);
      const lease = await self.lease("standing");
      await standing.saveHealth(lease, [score(acme), score("nobody")], []);
      assert.deepEqual(await standing.health(self.orgId, "company", acme), score(acme));
      assert.equal(await standing.health(self.orgId, "end_user", acme), undefined);
      assert.equal(await standing.health(self.orgId, "company", "nobody"), undefined);
      const same = score(acme, { computedAt: at(11), signals: { activity: 81 } });
      await standing.saveHealth(lease, [same], []);
      assert.deepEqual(await standing.health(self.orgId, "company", acme), same);
      const fallen = score(acme, { score: 50, tier: "at_risk", falls: 1, computedAt: at(12) });
      const raised = {
        type: "health_score_drop" as const,
        key: "fall",
        connectionId: undefined,
        event: { to: 50 },
      };
      await standing.saveHealth(lease, [fallen], [raised]);
      assert.equal(await notifications.wasRaised(self.orgId, "health_score_drop", "fall"), true);
      const none = score(acme, {
        score: undefined,
        tier: undefined,
        reason: "no_signals",
        signals: {},
        computedAt: at(13),
      });
      await standing.saveHealth(lease, [none], []);
      assert.deepEqual(await standing.healthHistory(self.orgId, "company", acme, 9), [
        none,
        fallen,
        score(acme),
      ]);
      assert.deepEqual(await standing.healthHistory(self.orgId, "company", acme, 1), [none]);
      const [inputs] = await standing.healthInputs(lease, "company", [acme], at(0));
      assert.deepEqual(inputs?.previous, { score: undefined, tier: undefined, falls: 0 });
      assert.ok((await standing.purge(at(12))) >= 1);
      assert.deepEqual(await standing.healthHistory(self.orgId, "company", acme, 9), [none, fallen]);
      assert.deepEqual(await standing.health(self.orgId, "company", acme), none, "the score of now stays");
      await self.storage.leases.release(lease, undefined);
      const late = { ...raised, key: "late" };
      await refuses(standing.saveHealth(lease, [fallen], [late]), "lease_lost");
      assert.equal(await notifications.wasRaised(self.orgId, "health_score_drop", "late"), false);
    },
  },
  {
    title:
      "renewals are made of what claims say, a person's words among them, and come back as they were saved",
    async run(test) {
      const self = await world(test);
      const { customers, standing } = self.storage;
      const acme = await company(self, 1, {
        renewal_date: "2027-03-01",
        employee_count: "40",
        industry: "Tools",
      });
      await customers.setManual(
        self.orgId,
        "company",
        acme,
        { contract_term: "annual", industry: "Toys" },
        at(5),
      );
      const lease = await self.lease("standing");
      await standing.saveHealth(lease, [score(acme)], []);
      const [inputs, ...more] = await standing.renewalInputs(lease, "company", [acme, "nobody"]);
      assert.deepEqual(more, []);
      assert.deepEqual(inputs, {
        kind: "company",
        customerId: acme,
        claims: [
          { source: "manual", rank: 2_147_483_647, updatedAt: at(5), fields: { contract_term: "annual" } },
          { source: "acme:1", rank: 100, updatedAt: at(1), fields: { renewal_date: "2027-03-01" } },
        ],
        healthScore: 82,
        employeeCount: 40,
        revenue: undefined,
      });
      await standing.saveRenewals(lease, [renewal(acme), renewal("nobody")]);
      assert.deepEqual(await standing.renewal(self.orgId, "company", acme), renewal(acme));
      assert.equal(await standing.renewal(self.orgId, "end_user", acme), undefined);
      assert.equal(await standing.renewal(self.orgId, "company", "nobody"), undefined);
      const bare = renewal(acme, {
        status: undefined,
        renewalDate: undefined,
        contractTerm: undefined,
        paymentTerms: undefined,
        onContract: undefined,
        monthlySpend: {},
        sources: {},
      });
      await standing.saveRenewals(lease, [bare]);
      assert.deepEqual(await standing.renewal(self.orgId, "company", acme), bare);
      const shown = await customers.company(self.orgId, { id: acme });
      assert.deepEqual(shown?.customFields, {}, "renewals are no custom fields");
    },
  },
  {
    title: "T30 how one org's customers stand is nobody else's",
    async run(test) {
      const [one, other] = [await world(test), await world(test)];
      const { customers, standing } = test.storage;
      const acme = await company(one, 1);
      const ada = await person(one, "ada", 1);
      await standing.setSettings(one.orgId, "health", { mine: 1 }, at(1));
      await standing.setSettings(other.orgId, "renewals", {}, at(1));
      const [lease, lease2] = [await one.lease("standing"), await other.lease("standing")];
      await standing.saveHealth(lease, [score(acme)], []);
      await standing.saveRenewals(lease, [renewal(acme)]);
      await customers.setContext(one.orgId, "company", acme, { a: 1 });
      assert.equal(await standing.settings(other.orgId, "health"), undefined);
      assert.equal(await standing.health(other.orgId, "company", acme), undefined);
      assert.deepEqual(await standing.healthHistory(other.orgId, "company", acme, 9), []);
      assert.equal(await standing.renewal(other.orgId, "company", acme), undefined);
      assert.deepEqual(await standing.changes(lease2, 9), []);
      assert.deepEqual(await standing.healthInputs(lease2, "company", [acme], at(0)), []);
      assert.deepEqual(await standing.renewalInputs(lease2, "company", [acme]), []);
      assert.equal(await customers.seen(other.orgId, [{ id: ada, at: at(5) }]), 0);
      assert.equal(await customers.profile(other.orgId, "company", acme, 9), undefined);
      await refuses(customers.setContext(other.orgId, "company", acme, { a: 2 }), "not_found");
      const said = {
        kind: "company",
        customerId: acme,
        signal: "support",
        value: { open: 9 },
        at: at(2),
      } as const;
      await standing.report(other.orgId, [said]);
      const [inputs] = await standing.healthInputs(lease, "company", [acme], at(0));
      assert.deepEqual([inputs?.reported, inputs?.lastSeen], [{}, undefined]);
      await standing.saveHealth(lease2, [score(acme, { score: 1 })], []);
      assert.equal((await standing.health(one.orgId, "company", acme))?.score, 82);
      const stolen = { ...lease, orgId: other.orgId };
      await refuses(standing.changes(stolen, 9), "lease_lost");
      await refuses(standing.sweep(stolen, at(9)), "lease_lost");
      await refuses(standing.settle(stolen, []), "lease_lost");
      await refuses(standing.healthInputs(stolen, "company", [acme], at(0)), "lease_lost");
      await refuses(standing.saveRenewals(stolen, [renewal(acme)]), "lease_lost");
    },
  },
  ...profilePromises,
];
