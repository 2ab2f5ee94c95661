import { checkSegmentFilter, type SegmentFilter, type Storage } from "@halo/core";
import { contractSetup } from "@halo/core/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seededRandom } from "../../core/src/testing/ids.ts";
import { fits, randomFilter, randomOrg } from "../../core/src/testing/random-segments.ts";
import { claimRow, record, type World, world } from "../../core/src/testing/storage-world.ts";
import { compileFilter } from "../src/segments/compile.ts";
import { freshDatabase, openers, openPg, servers } from "./support/open.ts";

const now = new Date("2026-01-01T00:00:00Z");
const clock = () => Date.now();
const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

describe("a filter in SQL", () => {
  it("T27 holds nothing of what was given but as a parameter, whatever it is", () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const random = seededRandom(seed);
    const hostile = ["'; drop table segments; --", "$1", '"x"', "\\", "/*", "ключ", "%"];
    const word = () => hostile[Math.floor(random() * hostile.length)] ?? "";
    // What a text may be made of: identifiers and operators of ours, and numbers of parameters.
    const plain = /^[\sa-z0-9_.,()'"$:<>=*|&~^[\]{}?+>-]*$/i;
    for (let round = 0; round < 500; round++) {
      const kind = random() < 0.5 ? "end_user" : "company";
      const filter: SegmentFilter = {
        all: [
          randomFilter(random, kind, now, 1),
          { field: `custom:${word()}`, operator: "is", value: word() },
          { has: "deal", where: { field: "stage", operator: "in", value: [word()] } },
        ],
      };
      const { from, values, where } = compileFilter(
        { kind, filter: checkSegmentFilter(kind, filter), now },
        {
          mirrors: contractSetup.mirrors,
          before: ["org"],
          embedded: random() < 0.5,
          narrow: random() < 0.5 ? "select 1" : undefined,
        },
      );
      const told = `seed ${seed}, round ${round}`;
      expect(`${from} ${where}`, told).toMatch(plain);
      for (const one of hostile.filter((text) => text !== "$1" && text !== "%"))
        expect(where.includes(one), `${told}: ${one}`).toBe(false);
      const named = [...where.matchAll(/\$(\d+)/g)].map(([, at]) => Number(at));
      expect(Math.max(...named), told).toBe(values.length);
    }
  });
});

describe.each(openers)("%s: segments", (_, open) => {
  let storage: Storage;
  let close: () => Promise<void>;
  let self: World;
  beforeAll(async () => {
    ({ storage, close } = await open(contractSetup));
    self = await world({ storage, now: clock, wait });
  });
  afterAll(async () => close());

  it("T27 random filters over more customers than a page find exactly who fits their meaning", async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const org = randomOrg(seed, now, { companies: 30, people: 250, deals: 250 });
    await self.commit({ stream: "companies", records: org.companies, at: now });
    await self.commit({ records: org.people, at: now });
    await self.commit({ stream: "deals", records: org.deals, at: now });
    await self.reconcile();
    await storage.customers.seen(self.orgId, org.seen);
    const random = seededRandom(seed + 1);
    for (let round = 0; round < 60; round++) {
      const kind = random() < 0.7 ? ("end_user" as const) : ("company" as const);
      const filter = checkSegmentFilter(kind, randomFilter(random, kind, now));
      const expected = [...org.facts].flatMap(([id, facts]) =>
        facts.kind === kind && fits(filter, facts, now) ? [id] : [],
      );
      const found = await storage.segments.customers(self.orgId, { kind, filter, now }, { limit: 1_000 });
      const ids = found.map(({ id }) => id);
      expect(ids, `seed ${seed}, round ${round}: ${JSON.stringify(filter)}`).toEqual(expected.sort());
    }
  }, 120_000);
});

describe.each(servers)("%s: two processes", (_, server) => {
  it("F63 a customer who is written while the first segment is stored is in it, whoever comes first", async () => {
    const url = await freshDatabase(server);
    const [one, other] = [await openPg(url), await openPg(url)];
    try {
      for (let round = 0; round < 8; round++) {
        const self = await world({ storage: one, now: clock, wait });
        const { orgId } = self;
        const lead = { field: "lifecycle_stage", operator: "is", value: "lead" } as const;
        const claim = claimRow({ identities: ["ada@acme.test"], fields: { lifecycle_stage: "lead" } });
        const [segment] = await Promise.all([
          other.segments.upsert({
            orgId,
            id: "leads",
            name: "Leads",
            kind: "end_user",
            filter: lead,
            announce: true,
            updatedAt: now,
          }),
          self.commit({ records: [record("1", 1, { claim })] }),
        ]);
        const lease = await self.lease("standing");
        const query = { kind: "end_user", filter: lead, now } as const;
        await one.segments.refresh(lease, segment, query, undefined);
        const noted = await one.standing.changes(lease, 10);
        await one.segments.refresh(
          lease,
          segment,
          query,
          noted.map(({ customerId }) => customerId),
        );
        expect(await other.segments.members(orgId, "leads"), `round ${round}`).toBe(1);
      }
    } finally {
      await one.close();
      await other.close();
    }
  });
});
