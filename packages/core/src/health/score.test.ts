import { describe, expect, it } from "vitest";
import type { HealthInputs } from "../ports/standing-store.ts";
import { type HealthSettingsInput, healthPresets, healthSettings } from "./health-settings.ts";
import { scoreOf, tierOf } from "./score.ts";
import { signalsOf } from "./signals.ts";

const now = new Date("2026-11-21T12:00:00Z");
const daysAgo = (days: number) => new Date(now.getTime() - days * 86_400_000);
const all = healthSettings({ statuses: null });

const inputs = (like: Partial<HealthInputs> = {}): HealthInputs => ({
  kind: "company",
  customerId: "c",
  name: "Acme",
  people: 10,
  activePeople: 0,
  lastSeen: undefined,
  subscriptionStatus: undefined,
  delinquent: undefined,
  reported: {},
  previous: undefined,
  ...like,
});
const said = (reported: { [signal: string]: unknown }, at = now) => ({
  reported: Object.fromEntries(
    Object.entries(reported).map(([signal, value]) => [signal, { value, at }]),
  ) as HealthInputs["reported"],
});
const signals = (like: Partial<HealthInputs>, settings = all) => signalsOf(inputs(like), settings, now);

describe("a health score", () => {
  it("takes activity for 60 % the share of active people and 40 % how recent the last was", () => {
    expect(signals({ activePeople: 10, lastSeen: now })).toEqual({ activity: 100 });
    expect(signals({ activePeople: 5, lastSeen: daysAgo(15) })).toEqual({ activity: 50 });
    expect(signals({ activePeople: 0, lastSeen: daysAgo(40) })).toEqual({ activity: 0 });
    expect(signals({ people: 0, lastSeen: undefined })).toEqual({});
    const told = { activity: { activeUsers: 3, users: 4, lastActiveAt: now.toISOString() } };
    expect(signals({ ...said(told), activePeople: 0, lastSeen: daysAgo(40) })).toEqual({ activity: 85 });
    expect(signals(said({ activity: { activeUsers: 3, users: 4 } }))).toEqual({ activity: 75 });
  });

  it("takes 15 points for a priority ticket, 50 at most, and open ones by the size of the team", () => {
    const support = (value: object, people = 10) =>
      signals({ ...said({ support: value }), people })["support"];
    expect(support({ open: 0, priority: 0 })).toBe(100);
    expect(support({ open: 0, priority: 2 })).toBe(70);
    expect(support({ open: 0, priority: 9 })).toBe(50);
    expect(support({ open: 5, priority: 0 })).toBe(75);
    expect(support({ open: 50, priority: 9 })).toBe(0);
    expect(support({ open: 1, priority: 0 }, 0)).toBe(50);
    expect(support({ open: 1, priority: 0, teamSize: 50 })).toBe(99);
  });

  it("blends sentiment half and half with positive ratings, or takes the one there is", () => {
    expect(signals(said({ sentiment: { mean: 0, positive: 1 } }))).toEqual({ sentiment: 75 });
    expect(signals(said({ sentiment: { mean: -1 } }))).toEqual({ sentiment: 0 });
    expect(signals(said({ sentiment: { positive: 0.9 } }))).toEqual({ sentiment: 90 });
  });

  it("takes payment from the subscription's status, and from the host where nobody bills", () => {
    expect(signals({ subscriptionStatus: "active" })).toEqual({ payment: 100 });
    expect(signals({ subscriptionStatus: "active", delinquent: true })).toEqual({ payment: 30 });
    expect(signals({ subscriptionStatus: "canceled", delinquent: true })).toEqual({ payment: 0 });
    expect(signals({ subscriptionStatus: "__proto__" })).toEqual({ payment: 50 });
    const host = said({ payment: { status: "past_due", delinquent: false } });
    expect(signals(host)).toEqual({ payment: 40 });
    expect(signals({ ...host, subscriptionStatus: "active" })).toEqual({ payment: 100 });
  });

  it("leaves the weight of what nothing is known of to the others, and forgets what is stale", () => {
    const known = { ...said({ support: { open: 0, priority: 0 } }), subscriptionStatus: "unpaid" };
    const { score } = scoreOf(inputs(known), all, now);
    expect(score).toMatchObject({ score: Math.round((100 * 25 + 10 * 15) / 40), tier: "neutral" });
    const stale = said({ support: { open: 9, priority: 9 } }, daysAgo(91));
    expect(scoreOf(inputs(stale), all, now).score).toMatchObject({ score: undefined, reason: "no_signals" });
    const fresh = said({ support: { open: 9, priority: 9 } }, daysAgo(90));
    expect(scoreOf(inputs(fresh), all, now).score.score).toBe(5);
    const unreadable = said({ support: { tickets: 9 } });
    expect(scoreOf(inputs(unreadable), all, now).score.reason).toBe("no_signals");
    const weightless = healthSettings({
      statuses: null,
      weights: { activity: 1, support: 0, sentiment: 0, payment: 0 },
    });
    expect(scoreOf(inputs(fresh), weightless, now).score.reason).toBe("no_signals");
  });

  it("has the tiers of its thresholds", () => {
    const { thresholds } = all;
    const tiers = [100, 80, 79, 60, 59, 40, 39, 0].map((score) => tierOf(score, thresholds));
    expect(tiers).toEqual([
      "healthy",
      "healthy",
      "neutral",
      "neutral",
      "at_risk",
      "at_risk",
      "critical",
      "critical",
    ]);
  });

  it("is made of customers with an active subscription unless others are named", () => {
    const settings = healthSettings({});
    const scored = (subscriptionStatus: string | undefined) =>
      scoreOf(inputs({ subscriptionStatus }), settings, now).score.reason;
    expect([scored("active"), scored("trialing"), scored(undefined)]).toEqual([
      undefined,
      "not_eligible",
      "not_eligible",
    ]);
    const wide = healthSettings({ statuses: ["active", "trialing"] });
    expect(scoreOf(inputs({ subscriptionStatus: "trialing" }), wide, now).score.score).toBe(80);
    expect(healthSettings({ preset: "no_billing_data" }).statuses).toBeNull();
  });

  it("falls only where the tier does, by the tiers of now", () => {
    const low = said({ sentiment: { mean: -1 } });
    const fall = (previous: HealthInputs["previous"], settings = all) =>
      scoreOf(inputs({ ...low, previous }), settings, now);
    expect(fall({ score: 85, tier: "healthy", falls: 3 })).toMatchObject({
      score: { falls: 4, tier: "critical" },
      fall: { from: 85, to: 0, fromTier: "healthy", toTier: "critical", reasons: ["sentiment: 0 of 100"] },
    });
    expect(fall({ score: 39, tier: "critical", falls: 3 })).toMatchObject({
      score: { falls: 3 },
      fall: undefined,
    });
    expect(fall({ score: undefined, tier: undefined, falls: 1 }).fall).toBeUndefined();
    expect(fall(undefined).fall).toBeUndefined();
    const strict = healthSettings({ statuses: null, thresholds: { healthy: 99, neutral: 95, at_risk: 90 } });
    expect(fall({ score: 85, tier: "healthy", falls: 3 }, strict).fall).toBeUndefined();
    const rise = inputs({
      ...said({ sentiment: { mean: 1 } }),
      previous: { score: 10, tier: "critical", falls: 0 },
    });
    expect(scoreOf(rise, all, now).fall).toBeUndefined();
  });

  it.each([
    [{ preset: "mine" }, "preset"],
    [{ weights: { activity: 1 } }, "weights.support"],
    [{ weights: { activity: 0, support: 0, sentiment: 0, payment: 0 } }, "weights"],
    [{ weights: { activity: -1, support: 0, sentiment: 0, payment: 0 } }, "weights.activity"],
    [{ thresholds: { healthy: 50, neutral: 60, at_risk: 40 } }, "thresholds"],
    [{ statuses: [] }, "statuses"],
    [{ windowDays: 0 }, "windowDays"],
    [{ window: 3 }, ""],
  ])("refuses the settings %j", (settings, path) => {
    const refused = () => healthSettings(settings as HealthSettingsInput);
    expect(refused).toThrow(expect.objectContaining({ code: "input_invalid", path }));
  });

  it("has presets whose weights are a hundred each", () => {
    for (const weights of Object.values(healthPresets))
      expect(Object.values<number>(weights).reduce((sum, weight) => sum + weight, 0)).toBe(100);
  });
});
