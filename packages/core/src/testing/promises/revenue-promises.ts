import assert from "node:assert/strict";
import type { LinkRow, RevenueRow } from "../../ports/page-store.ts";
import type { StoragePromise } from "../storage-promise.ts";
import { at, claimRow, record, tombstone, type World, world } from "../storage-world.ts";

const nothing: RevenueRow = {
  payer: { stream: "people", key: "cus_1" },
  currency: undefined,
  mrr: undefined,
  paid: undefined,
  paidAt: undefined,
  status: undefined,
  standing: undefined,
  plan: undefined,
  delinquent: undefined,
  renewsAt: undefined,
  cancelsAt: undefined,
  billingInterval: undefined,
  isTest: false,
};
const to = (key: string) => ({ payer: { stream: "people", key } });

/** A record that says something of money, as `minutes` old as it is new. */
const entry = (key: string, minutes: number, revenue: Partial<RevenueRow>) =>
  record(key, minutes, {
    text: JSON.stringify([minutes, revenue]),
    columns: {},
    revenue: { ...nothing, ...revenue },
  });

const subscription = (key: string, minutes: number, more: Partial<RevenueRow> = {}) =>
  entry(key, minutes, {
    currency: "usd",
    mrr: "49.00",
    status: "active",
    standing: 100,
    plan: "Pro",
    ...more,
  });

/** A payer whose address is of that domain. */
const payer = (key: string, minutes: number, domain: string) =>
  record(key, minutes, {
    text: `${minutes} ${domain}`,
    claim: claimRow({ identities: [`${key}@${domain}`], company: { domain } }),
    links: [{ kind: "company", identity: domain, reason: "domain", score: 0.9 }],
  });

const company = (key: string, minutes: number, domain: string, custom: Record<string, string> = {}) =>
  record(key, minutes, {
    text: JSON.stringify([minutes, domain, custom]),
    claim: claimRow({ kind: "company", identities: [domain], fields: { name: domain }, custom }),
  });

const revenueOf = async ({ storage, orgId }: World, domain: string) =>
  (await storage.customers.company(orgId, { domain }))?.revenue;

export const revenuePromises: readonly StoragePromise[] = [
  {
    title: "a company's money is the sum of its payers' entries, currency by currency",
    async run(test) {
      const self = await world(test);
      await self.commit({ stream: "companies", records: [company("1", 1, "acme.test")] });
      await self.commit({ records: [payer("cus_1", 1, "acme.test"), payer("cus_2", 1, "acme.test")] });
      assert.equal(await revenueOf(self, "acme.test"), undefined, "nobody says anything yet");
      await self.commit({
        stream: "notes",
        records: [
          subscription("s1", 1, { renewsAt: at(90), billingInterval: "monthly" }),
          subscription("s2", 1, {
            mrr: "10.5",
            plan: "Old",
            status: "canceled",
            standing: 20,
            cancelsAt: at(3),
          }),
          subscription("s3", 1, {
            ...to("cus_2"),
            currency: "eur",
            mrr: "7.00",
            standing: 80,
            delinquent: true,
          }),
          entry("c1", 1, { currency: "usd", paid: "9007199254740993.10", paidAt: at(5) }),
          entry("c2", 1, { ...to("cus_2"), currency: "usd", paid: "0.05", paidAt: at(9) }),
        ],
      });
      assert.deepEqual(await revenueOf(self, "acme.test"), {
        billingCustomerId: "cus_1",
        subscriptionStatus: "active",
        plan: "Pro",
        mrr: { usd: "59.50", eur: "7.00" },
        lifetimeValue: { usd: "9007199254740993.15" },
        lastPaymentAt: at(9),
        delinquent: true,
        renewsAt: at(90),
        cancelsAt: undefined,
        billingInterval: "monthly",
      });
    },
  },
  {
    title: "an entry that changes, ends or goes with its record counts as it is now",
    async run(test) {
      const self = await world(test);
      await self.commit({ stream: "companies", records: [company("1", 1, "acme.test")] });
      await self.commit({ records: [payer("cus_1", 1, "acme.test")] });
      await self.commit({
        stream: "notes",
        records: [subscription("s1", 1), subscription("s2", 1, { mrr: "1.00" })],
      });
      await self.commit({ stream: "notes", records: [subscription("s1", 2, { mrr: "20.00" })] });
      assert.deepEqual((await revenueOf(self, "acme.test"))?.mrr, { usd: "21.00" });
      await self.commit({ stream: "notes", records: [subscription("s1", 1, { mrr: "99.00" })] });
      assert.deepEqual(
        (await revenueOf(self, "acme.test"))?.mrr,
        { usd: "21.00" },
        "an older version is none",
      );
      await self.commit({ stream: "notes", tombstones: [tombstone("s2", 3)] });
      assert.deepEqual((await revenueOf(self, "acme.test"))?.mrr, { usd: "20.00" });
      await self.commit({
        stream: "notes",
        records: [record("s1", 4, { text: "says nothing", columns: {} })],
      });
      assert.equal(await revenueOf(self, "acme.test"), undefined);
    },
  },
  {
    title: "entries wait for their payer, and a payer for the company",
    async run(test) {
      const self = await world(test);
      await self.commit({ stream: "notes", records: [subscription("s1", 1)] });
      await self.commit({ records: [payer("cus_1", 1, "acme.test")] });
      await self.commit({ stream: "companies", records: [company("1", 1, "acme.test")] });
      assert.deepEqual((await revenueOf(self, "acme.test"))?.mrr, { usd: "49.00" });
    },
  },
  {
    title: "a payer that moves to another company takes its money along, and one that goes takes it away",
    async run(test) {
      const self = await world(test);
      await self.commit({
        stream: "companies",
        records: [company("1", 1, "acme.test"), company("2", 1, "other.test")],
      });
      await self.commit({ records: [payer("cus_1", 1, "acme.test")] });
      await self.commit({ stream: "notes", records: [subscription("s1", 1)] });
      await self.commit({ records: [payer("cus_1", 2, "other.test")] });
      assert.equal(await revenueOf(self, "acme.test"), undefined);
      assert.deepEqual((await revenueOf(self, "other.test"))?.mrr, { usd: "49.00" });
      await self.commit({ tombstones: [tombstone("cus_1", 3)] });
      assert.equal(await revenueOf(self, "other.test"), undefined);
    },
  },
  {
    title: "a link by a field finds the company whose field holds the value, now and when it changes",
    async run(test) {
      const self = await world(test);
      const link: LinkRow = {
        kind: "company",
        field: { name: "custom:billing", value: "cus_1" },
        reason: "customer_id_field",
        score: 0.95,
      };
      await self.commit({
        stream: "companies",
        records: [company("1", 1, "acme.test", { billing: " CUS_1\n" }), company("2", 1, "other.test")],
      });
      await self.commit({ records: [record("cus_1", 1, { links: [link] })] });
      await self.commit({ stream: "notes", records: [subscription("s1", 1)] });
      assert.deepEqual((await revenueOf(self, "acme.test"))?.mrr, { usd: "49.00" });
      await self.commit({
        stream: "companies",
        records: [company("1", 2, "acme.test"), company("2", 2, "other.test", { billing: "cus_1" })],
      });
      assert.equal(await revenueOf(self, "acme.test"), undefined);
      assert.deepEqual((await revenueOf(self, "other.test"))?.mrr, { usd: "49.00" });
    },
  },
  {
    title: "T09 what test mode says counts alone, and not at all where live mode says something",
    async run(test) {
      const self = await world(test);
      await self.commit({ stream: "companies", records: [company("1", 1, "acme.test")] });
      await self.commit({ records: [payer("cus_1", 1, "acme.test"), payer("cus_t", 1, "acme.test")] });
      const of = { ...to("cus_t"), isTest: true };
      const paid = { paid: "900.00", paidAt: at(50), mrr: undefined, standing: undefined, status: undefined };
      const tests = [
        subscription("t1", 1, { ...of, mrr: "7.00", plan: "Test", renewsAt: at(10), delinquent: true }),
        subscription("t2", 1, { ...of, ...paid }),
      ];
      await self.commit({ stream: "notes", records: tests });
      const alone = await revenueOf(self, "acme.test");
      assert.deepEqual([alone?.mrr, alone?.plan], [{ usd: "7.00" }, "Test"]);
      await self.commit({ stream: "notes", records: [subscription("s1", 1, { renewsAt: at(90) })] });
      const live = await revenueOf(self, "acme.test");
      assert.deepEqual([live?.mrr, live?.lifetimeValue], [{ usd: "49.00" }, {}]);
      assert.deepEqual([live?.plan, live?.billingCustomerId], ["Pro", "cus_1"]);
      assert.deepEqual(
        [live?.delinquent, live?.lastPaymentAt, live?.renewsAt],
        [undefined, undefined, at(90)],
      );
      await self.commit({ stream: "notes", tombstones: [tombstone("s1", 2)] });
      assert.deepEqual((await revenueOf(self, "acme.test"))?.mrr, { usd: "7.00" });
    },
  },
  {
    title: "T30 another org's entries and payers count for nobody here",
    async run(test) {
      const [self, other] = [await world(test), await world(test)];
      for (const { commit } of [self, other]) {
        await commit({ stream: "companies", records: [company("1", 1, "acme.test")] });
        await commit({ records: [payer("cus_1", 1, "acme.test")] });
      }
      await self.commit({ stream: "notes", records: [subscription("s1", 1)] });
      assert.equal(await revenueOf(other, "acme.test"), undefined);
      assert.deepEqual((await revenueOf(self, "acme.test"))?.mrr, { usd: "49.00" });
    },
  },
];
