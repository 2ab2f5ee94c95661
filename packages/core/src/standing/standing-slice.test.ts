import { describe, expect, it } from "vitest";
import { day, failingOnce, standingBench, start } from "../../test/standing-bench.ts";

const leads = { field: "lifecycle_stage", operator: "is", value: "lead" } as const;

describe("who starts to fit a segment", () => {
  it("is told of once for each time that they do", async () => {
    const bench = await standingBench();
    const { orgId } = bench;
    await bench.person("early@acme.test", { lifecycle_stage: "lead" });
    const { id } = await bench.segments.upsert({ orgId, name: "Leads", kind: "end_user", filter: leads });
    await bench.work();
    expect(await bench.raised()).toEqual([]);
    const ada = await bench.person("ada@acme.test", { name: "Ada", lifecycle_stage: "lead" });
    await bench.work();
    await bench.work();
    const told = await bench.raised();
    expect(told).toMatchObject([
      {
        type: "segment_match",
        event: {
          segmentId: id,
          segment: "Leads",
          customerId: ada,
          customer: { name: "Ada", email: "ada@acme.test" },
        },
      },
    ]);
    await bench.person("ada@acme.test", { name: "Ada", lifecycle_stage: "customer" });
    await bench.work();
    expect(await bench.raised()).toHaveLength(1);
    await bench.person("ada@acme.test", { name: "Ada", lifecycle_stage: "lead" });
    await bench.work();
    expect(await bench.raised()).toHaveLength(2);
  });

  it("leaves and comes with the time alone where the filter looks at the clock", async () => {
    const bench = await standingBench();
    const { orgId } = bench;
    const quiet = { field: "last_seen", operator: "not_in_last_days", value: 7 } as const;
    const ada = await bench.person("ada@acme.test");
    await bench.customers.seen(orgId, [{ email: "ADA@acme.test" }]);
    await bench.segments.upsert({ orgId, name: "Quiet", kind: "end_user", filter: quiet });
    const again = await bench.work();
    expect(again?.getTime()).toBe(start + day / 24);
    await bench.clock.advance(6.9 * day);
    await bench.work();
    expect(await bench.raised()).toEqual([]);
    await bench.clock.advance(0.2 * day);
    await bench.work();
    expect(await bench.raised()).toMatchObject([{ event: { customerId: ada } }]);
  });

  it.each([
    ["standing", "settle", "before"],
    ["standing", "settle", "after"],
    ["segments", "refresh", "after"],
    ["segments", "tell", "before"],
    ["segments", "tell", "after"],
    ["segments", "entries", "after"],
  ] as const)(
    "F08 is told of once where the process dies at %s.%s, %s it was done",
    async (room, method, when) => {
      const good = await standingBench();
      expect(good.orgId).not.toBe("");
      let armed: ((inner: typeof good.storage) => typeof good.storage) | undefined;
      const bench = await standingBench({
        storage: (inner) => {
          armed = failingOnce(room, method, when);
          return inner;
        },
      });
      const { orgId } = bench;
      await bench.segments.upsert({ orgId, name: "Leads", kind: "end_user", filter: leads });
      await bench.work();
      await bench.person("ada@acme.test", { lifecycle_stage: "lead" });
      const working = bench.engine as { storage: typeof bench.storage };
      working.storage = armed?.(bench.storage) ?? bench.storage;
      await expect(bench.work()).rejects.toThrow("the process died");
      await bench.work();
      await bench.work();
      expect(await bench.raised()).toHaveLength(1);
    },
  );
});

describe("a company's health", () => {
  it("is scored when something of it changes, and falls a tier once", async () => {
    const bench = await standingBench();
    const { orgId } = bench;
    const acme = await bench.company("acme.test");
    const ada = await bench.person("ada@acme.test", {}, { companyKey: "acme.test" });
    await bench.health.configure(orgId, { preset: "no_billing_data" });
    await bench.work();
    expect(await bench.health.get(orgId, "company", acme)).toMatchObject({ reason: "no_signals" });
    await bench.customers.seen(orgId, [{ id: ada }]);
    await bench.work();
    expect(await bench.health.get(orgId, "company", acme)).toMatchObject({ score: 100, tier: "healthy" });
    await bench.health.report(orgId, { domain: "acme.test" }, { support: { open: 1, priority: 4 } });
    await bench.work();
    const now = await bench.health.get(orgId, "company", acme);
    expect(now).toMatchObject({
      score: 60,
      tier: "neutral",
      signals: { activity: 100, support: 0 },
      falls: 1,
    });
    await bench.work();
    const event = {
      companyId: acme,
      company: "acme.test",
      from: 100,
      to: 60,
      fromTier: "healthy",
      toTier: "neutral",
    };
    expect(await bench.raised()).toMatchObject([
      { type: "health_score_drop", event: { ...event, reasons: ["support: 0 of 100"] } },
    ]);
    expect(await bench.health.history(orgId, "company", acme)).toHaveLength(3);
  });

  it("falls with the time that nobody is seen, and every fall is another", async () => {
    const bench = await standingBench();
    const { orgId } = bench;
    await bench.company("acme.test");
    const ada = await bench.person("ada@acme.test", {}, { companyKey: "acme.test" });
    await bench.customers.seen(orgId, [{ id: ada }]);
    await bench.health.configure(orgId, { statuses: null });
    const again = await bench.work();
    expect(again?.toISOString()).toBe("2026-11-22T00:05:00.000Z");
    const tiers = new Set<string>();
    for (let days = 0; days < 40; days++) {
      await bench.clock.advance(day);
      await bench.work();
      tiers.add(
        (
          await bench.health.get(
            orgId,
            "company",
            (await bench.storage.customers.companies(orgId, { limit: 1 }))[0]?.id ?? "",
          )
        )?.tier ?? "",
      );
    }
    expect([...tiers]).toEqual(["healthy", "neutral", "critical"]);
    const raised = await bench.raised();
    expect(raised.map(({ event }) => (event as { toTier: string }).toTier)).toEqual(["neutral", "critical"]);
  });

  it.each(["before", "after"] as const)(
    "F08 falls once where the process dies %s the scores are saved",
    async (when) => {
      const bench = await standingBench();
      const { orgId } = bench;
      const acme = await bench.company("acme.test");
      await bench.health.configure(orgId, { statuses: null });
      await bench.health.report(orgId, { kind: "company", id: acme }, { sentiment: { mean: 1 } });
      await bench.work();
      await bench.health.report(orgId, { kind: "company", id: acme }, { sentiment: { mean: -1 } });
      (bench.engine as { storage: typeof bench.storage }).storage = failingOnce(
        "standing",
        "saveHealth",
        when,
      )(bench.storage);
      await expect(bench.work()).rejects.toThrow("the process died");
      await bench.work();
      await bench.work();
      expect(await bench.raised()).toMatchObject([
        { type: "health_score_drop", event: { toTier: "critical" } },
      ]);
    },
  );

  it("is not scored any more once nobody is to be, and keeps nothing of it", async () => {
    const bench = await standingBench();
    const { orgId } = bench;
    const acme = await bench.company("acme.test");
    await bench.health.configure(orgId, { statuses: null });
    await bench.health.report(orgId, { kind: "company", id: acme }, { sentiment: { mean: 1 } });
    await bench.work();
    expect(await bench.health.get(orgId, "company", acme)).toMatchObject({ score: 100 });
    await bench.health.configure(orgId, { statuses: null, entity: "end_user" });
    await bench.work();
    expect(await bench.health.get(orgId, "company", acme)).toMatchObject({
      score: undefined,
      reason: "not_eligible",
    });
    await bench.health.configure(orgId, null);
    expect(await bench.work()).toBeUndefined();
    expect(await bench.health.get(orgId, "company", acme)).toBeUndefined();
  });
});

describe("a renewal", () => {
  it("comes up for renewal when its day is near, whichever clock the org lives by, and a person's word wins", async () => {
    const bench = await standingBench();
    const { orgId } = bench;
    const acme = await bench.company("acme.test", { renewal_date: "2027-01-31" });
    await bench.renewals.configure(orgId, { timeZone: "Pacific/Kiritimati", upForRenewalDays: 60 });
    await bench.work();
    const status = async () => (await bench.renewals.get(orgId, "company", acme))?.status;
    expect(await status()).toBeUndefined();
    // 60 days before is 2 December, which begins there at 10:00 UTC of the day before.
    await bench.clock.advance(Date.parse("2026-12-01T10:04:00Z") - bench.clock.now());
    const again = await bench.work();
    expect(again?.toISOString()).toBe("2026-12-01T10:05:00.000Z");
    await bench.clock.advance(60_000);
    await bench.work();
    expect(await status()).toBe("up_for_renewal");
    await bench.customers.set(orgId, "company", acme, { renewal_status: "likely_to_renew" });
    await bench.work();
    expect(await bench.renewals.get(orgId, "company", acme)).toMatchObject({
      status: "likely_to_renew",
      renewalDate: "2027-01-31",
      sources: { renewal_status: "manual", renewal_date: "acme" },
    });
    await bench.customers.set(orgId, "company", acme, { renewal_status: null });
    await bench.work();
    expect(await status()).toBe("up_for_renewal");
  });

  it("refuses a word that no rule could read", async () => {
    const bench = await standingBench();
    const acme = await bench.company("acme.test");
    for (const [field, value] of [
      ["renewal_date", "2027-02-30"],
      ["renewal_date", "soon"],
      ["contract_term", "weekly"],
      ["on_contract", "maybe"],
      ["monthly_spend", "49"],
      ["renewal_status", "won"],
    ] as const) {
      const set = bench.customers.set(bench.orgId, "company", acme, { [field]: value });
      await expect(set).rejects.toMatchObject({ code: "input_invalid", path: field });
    }
  });

  it("is at risk by its health, and a segment may ask for both", async () => {
    const bench = await standingBench();
    const { orgId } = bench;
    const acme = await bench.company("acme.test", { renewal_date: "2026-12-01" });
    await bench.person("ada@acme.test", { name: "Ada" }, { companyKey: "acme.test" });
    await bench.health.configure(orgId, { statuses: null });
    await bench.renewals.configure(orgId, { atRiskBelow: 50 });
    const filter = {
      all: [
        { field: "company.renewal_status", operator: "is", value: "at_risk" },
        { field: "company.health_tier", operator: "is", value: "critical" },
      ],
    } as const;
    const { id } = await bench.segments.upsert({ orgId, name: "People at risk", kind: "end_user", filter });
    await bench.work();
    await bench.health.report(orgId, { kind: "company", id: acme }, { support: { open: 9, priority: 9 } });
    await bench.work();
    expect(await bench.renewals.get(orgId, "company", acme)).toMatchObject({ status: "at_risk" });
    expect(await bench.raised()).toMatchObject([
      { type: "segment_match", event: { segmentId: id, company: "acme.test" } },
    ]);
  });
});
