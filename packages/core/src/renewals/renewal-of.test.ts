import { describe, expect, it } from "vitest";
import type { CompanyRevenue } from "../define/revenue.ts";
import type { RenewalClaim, RenewalInputs } from "../ports/standing-store.ts";
import { dayIn, daysUntil, renewalOf } from "./renewal-of.ts";
import { type RenewalSettingsInput, renewalSettings } from "./renewal-settings.ts";

const now = new Date("2026-11-21T12:00:00Z");

const billed = (like: Partial<CompanyRevenue> = {}): CompanyRevenue => ({
  billingCustomerId: "cus_1",
  subscriptionStatus: "active",
  plan: "Team",
  mrr: { usd: "49.00" },
  lifetimeValue: {},
  lastPaymentAt: undefined,
  delinquent: false,
  renewsAt: new Date("2027-03-01T00:00:00Z"),
  cancelsAt: undefined,
  billingInterval: "monthly",
  ...like,
});
const claim = (source: string, fields: RenewalClaim["fields"], rank = 100): RenewalClaim => ({
  source,
  rank,
  updatedAt: now,
  fields,
});
const renewal = (like: Partial<RenewalInputs>, settings: RenewalSettingsInput = {}, at = now) =>
  renewalOf(
    {
      kind: "company",
      customerId: "c",
      claims: [],
      healthScore: undefined,
      employeeCount: undefined,
      revenue: undefined,
      ...like,
    },
    renewalSettings(settings),
    at,
  );

describe("a renewal", () => {
  it("is made of what billing says, and of what others say where it says nothing", () => {
    const contract = claim("pandadoc:1", {
      renewal_date: "2027-06-30",
      contract_term: "annual",
      on_contract: "true",
    });
    expect(renewal({ revenue: billed(), claims: [contract] })).toMatchObject({
      renewalDate: "2027-03-01",
      paymentTerms: "monthly",
      onContract: true,
      monthlySpend: { usd: "49.00" },
      sources: { renewal_date: "billing", contract_term: "billing", monthly_spend: "billing" },
    });
    const silent = billed({ renewsAt: undefined, billingInterval: undefined, subscriptionStatus: undefined });
    expect(renewal({ revenue: silent, claims: [contract] })).toMatchObject({
      renewalDate: "2027-06-30",
      contractTerm: "annual",
      paymentTerms: undefined,
      onContract: true,
      sources: { renewal_date: "pandadoc" },
    });
  });

  it("takes each field from the sources that were chosen for it, in their order", () => {
    const contract = claim("pandadoc:1", { renewal_date: "2027-06-30" });
    const crm = claim("hubspot:1", { renewal_date: "2027-05-05", payment_terms: "quarterly" });
    const sources = { renewal_date: ["pandadoc", "billing"], payment_terms: ["pandadoc"], monthly_spend: [] };
    expect(renewal({ revenue: billed(), claims: [crm, contract] }, { sources })).toMatchObject({
      renewalDate: "2027-06-30",
      paymentTerms: undefined,
      monthlySpend: {},
    });
    expect(renewal({ revenue: billed(), claims: [crm] }, { sources })).toMatchObject({
      renewalDate: "2027-03-01",
    });
  });

  it("is a person's word before everything, field by field and in its status", () => {
    const manual = claim("manual", {
      renewal_date: "2028-01-01",
      renewal_status: "renewed",
      monthly_spend: "10 EUR",
    });
    const found = renewal(
      { revenue: billed({ cancelsAt: now }), claims: [manual], healthScore: 1 },
      {
        sources: { renewal_date: ["billing"] },
      },
    );
    expect(found).toMatchObject({
      status: "renewed",
      renewalDate: "2028-01-01",
      paymentTerms: "monthly",
      monthlySpend: { eur: "10" },
      sources: { renewal_status: "manual", renewal_date: "manual", payment_terms: "billing" },
    });
  });

  it("is set to cancel straight from billing, before every rule", () => {
    const low = { healthScore: 1, claims: [claim("x:1", { renewal_date: "2026-11-30" })] };
    const status = (revenue: CompanyRevenue) => renewal({ ...low, revenue }).status;
    expect(status(billed({ cancelsAt: now }))).toBe("set_to_cancel");
    expect(status(billed({ subscriptionStatus: "canceled" }))).toBe("set_to_cancel");
    expect(status(billed({ subscriptionStatus: "trialing", cancelsAt: now }))).toBe("set_to_cancel_trial");
    expect(status(billed())).toBe("at_risk");
    expect(renewal({ ...low, revenue: billed({ cancelsAt: now }) }).sources).toMatchObject({
      renewal_status: "billing",
    });
  });

  it("takes a status from another source only where nobody has to judge", () => {
    const says = (renewal_status: string) => renewal({ claims: [claim("x:1", { renewal_status })] }).status;
    expect([says("set_to_cancel"), says("renewed"), says("lost"), says("nonsense")]).toEqual([
      "set_to_cancel",
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("is at risk before up for renewal before an expansion opportunity", () => {
    const date = { claims: [claim("x:1", { renewal_date: "2026-12-01" })] };
    const expansion = { expansion: { health: 30, employees: 50, mrr: { currency: "USD", atLeast: "100" } } };
    const big = { employeeCount: 50, revenue: billed({ mrr: { usd: "100.00" }, renewsAt: undefined }) };
    expect(renewal({ ...date, ...big, healthScore: 39 }, expansion).status).toBe("at_risk");
    expect(renewal({ ...date, ...big, healthScore: 40 }, expansion).status).toBe("up_for_renewal");
    expect(renewal({ ...big, healthScore: 40 }, expansion).status).toBe("expansion_opportunity");
    expect(renewal({ ...big, healthScore: 40, employeeCount: 49 }, expansion).status).toBeUndefined();
    expect(renewal({ ...big, healthScore: 40, revenue: billed() }, expansion).status).toBeUndefined();
    expect(renewal({ ...big, healthScore: undefined }, expansion).status).toBeUndefined();
    expect(renewal({ ...date, healthScore: 39 }, { atRiskBelow: null }).status).toBe("up_for_renewal");
  });

  it("is up for renewal from so many days before its day to the day itself", () => {
    const status = (renewal_date: string) =>
      renewal({ claims: [claim("x:1", { renewal_date })] }, { upForRenewalDays: 10 }).status;
    expect(["2026-12-02", "2026-12-01", "2026-11-21", "2026-11-20"].map(status)).toEqual([
      undefined,
      "up_for_renewal",
      "up_for_renewal",
      undefined,
    ]);
  });

  it("F85 counts days on the calendar of the time zone, whatever its clocks do", () => {
    // Clocks go back on 1 November in New York: that day has 25 hours.
    const before = new Date("2026-10-31T23:30:00-04:00");
    expect(dayIn("America/New_York", before)).toBe("2026-10-31");
    expect(daysUntil("2026-11-02", "America/New_York", before)).toBe(2);
    expect(daysUntil("2026-11-02", "America/New_York", new Date("2026-11-01T23:59:00-05:00"))).toBe(1);
    expect(daysUntil("2026-11-02", "Pacific/Kiritimati", before)).toBe(1);
    // Apia had no 30 December 2011.
    expect(daysUntil("2011-12-31", "Pacific/Apia", new Date("2011-12-29T12:00:00-10:00"))).toBe(2);
    const renewsAt = new Date("2027-01-01T04:30:00Z");
    const inNewYork = { timeZone: "America/New_York" };
    expect(renewal({ revenue: billed({ renewsAt }) }, inNewYork).renewalDate).toBe("2026-12-31");
  });

  it.each([
    [{ timeZone: "Mars/Olympus" }, "timeZone"],
    [{ upForRenewalDays: 0 }, "upForRenewalDays"],
    [{ atRiskBelow: 101 }, "atRiskBelow"],
    [{ expansion: {} }, "expansion"],
    [{ expansion: { mrr: { currency: "usd", atLeast: "many" } } }, "expansion.mrr.atLeast"],
    [{ sources: { renewal_date: ["DROP TABLE"] } }, "sources.renewal_date.0"],
    [{ sources: { name: [] } }, "sources"],
  ])("refuses the settings %j", (settings, path) => {
    const refused = () => renewalSettings(settings);
    expect(refused).toThrow(expect.objectContaining({ code: "input_invalid", path }));
  });
});
