import { describe, expect, it } from "vitest";
import { type CustomerFacts, fits } from "./evaluate.ts";
import { checkSegmentFilter, type SegmentComparison, type SegmentFilter } from "./filter.ts";
import { movesWithTime } from "./moments.ts";

const now = new Date("2026-11-21T12:00:00Z");
const none = { deal: [], meeting: [], activity: [] };

const facts = (like: Partial<CustomerFacts> = {}): CustomerFacts => ({
  kind: "end_user",
  fields: {},
  money: {},
  custom: {},
  company: undefined,
  things: none,
  ...like,
});
const isFit = (filter: SegmentFilter, like: Partial<CustomerFacts> = {}) =>
  fits(checkSegmentFilter("end_user", filter), facts(like), now);
const ask = (value: unknown, comparison: Omit<SegmentComparison, "field"> & { value?: unknown }) =>
  isFit({ ...comparison, field: "custom:x" } as SegmentFilter, { custom: { x: value } });
const seen = (at: string) => ({ fields: { last_seen: new Date(at) } });

describe("the meaning of a filter", () => {
  it("compares texts without regard to the case of A to Z, and of these letters only", () => {
    const name = (value: string) => ({ fields: { name: value } });
    expect(isFit({ field: "name", operator: "is", value: "ADA" }, name("ada"))).toBe(true);
    expect(isFit({ field: "name", operator: "is", value: "ä" }, name("Ä"))).toBe(false);
    expect(isFit({ field: "name", operator: "starts_with", value: "AD" }, name("ada"))).toBe(true);
    expect(isFit({ field: "name", operator: "contains", value: "%" }, name("ada"))).toBe(false);
    expect(isFit({ field: "name", operator: "not_contains", value: "d" }, name("ada"))).toBe(false);
    expect(isFit({ field: "name", operator: "not_in", value: ["bob", "Ada"] }, name("ada"))).toBe(false);
  });

  it("takes what is missing for false, and for true only where the operator says not", () => {
    const operators: readonly (readonly [Partial<SegmentComparison>, boolean])[] = [
      [{ operator: "is", value: "x" }, false],
      [{ operator: "is_not", value: "x" }, true],
      [{ operator: "in", value: ["x"] }, false],
      [{ operator: "not_in", value: ["x"] }, true],
      [{ operator: "contains", value: "x" }, false],
      [{ operator: "not_contains", value: "x" }, true],
      [{ operator: "at_most", value: 9 }, false],
      [{ operator: "before", value: "2026-01-01" }, false],
      [{ operator: "in_last_days", value: 9 }, false],
      [{ operator: "not_in_last_days", value: 9 }, true],
      [{ operator: "is_set" }, false],
      [{ operator: "is_not_set" }, true],
    ];
    for (const [comparison, expected] of operators) {
      const filter = { ...comparison, field: "custom:x" } as SegmentFilter;
      expect([comparison.operator, isFit(filter)]).toEqual([comparison.operator, expected]);
      expect(isFit({ not: filter })).toBe(!expected);
    }
  });

  it("compares amounts digit by digit, each in its own currency", () => {
    const company = facts({ kind: "company", money: { mrr: { usd: "9007199254740993.10", eur: "5" } } });
    const mrr = (currency: string, comparison: object) =>
      isFit({ field: `company.mrr:${currency}`, ...comparison } as SegmentFilter, { company });
    expect(mrr("usd", { operator: "more_than", value: "9007199254740993.09" })).toBe(true);
    expect(mrr("usd", { operator: "more_than", value: "9007199254740993.1" })).toBe(false);
    expect(mrr("USD", { operator: "is", value: "9007199254740993.100" })).toBe(true);
    expect(mrr("eur", { operator: "between", value: [5, "5.00"] })).toBe(true);
    expect(mrr("gbp", { operator: "at_least", value: 0 })).toBe(false);
  });

  it("means whole days in UTC where a day is given, and points in time where a time is", () => {
    const on = (operator: string, value: string, at: string) =>
      isFit({ field: "last_seen", operator, value } as SegmentFilter, seen(at));
    expect(on("on", "2026-11-20", "2026-11-20T23:59:59.999Z")).toBe(true);
    expect(on("on", "2026-11-20", "2026-11-21T00:00:00Z")).toBe(false);
    expect(on("after", "2026-11-20", "2026-11-20T23:59:59Z")).toBe(false);
    expect(on("after", "2026-11-20", "2026-11-21T00:00:00Z")).toBe(true);
    expect(on("on_or_before", "2026-11-20", "2026-11-20T23:59:59Z")).toBe(true);
    expect(on("before", "2026-11-20", "2026-11-20T00:00:00Z")).toBe(false);
    expect(on("on_or_after", "2026-11-20T12:00:00+02:00", "2026-11-20T10:00:00Z")).toBe(true);
    expect(on("on", "2026-11-20T12:00:00+02:00", "2026-11-20T10:00:00.001Z")).toBe(false);
  });

  it("counts the last and the next days from now by the clock, both ends in", () => {
    const last = (days: number, at: string) =>
      isFit({ field: "last_seen", operator: "in_last_days", value: days }, seen(at));
    expect(last(7, "2026-11-14T12:00:00Z")).toBe(true);
    expect(last(7, "2026-11-14T11:59:59.999Z")).toBe(false);
    expect(last(7, "2026-11-21T12:00:00Z")).toBe(true);
    expect(last(7, "2026-11-21T12:00:00.001Z")).toBe(false);
    const next = (at: string) => isFit({ field: "last_seen", operator: "in_next_days", value: 7 }, seen(at));
    expect([next("2026-11-21T12:00:00Z"), next("2026-11-28T12:00:00Z")]).toEqual([true, true]);
    expect([next("2026-11-21T11:59:59Z"), next("2026-11-28T12:00:00.001Z")]).toEqual([false, false]);
  });

  it("reads the org's own fields by the kind of what they are asked for", () => {
    expect(ask("3", { operator: "at_least", value: 3 })).toBe(true);
    expect(ask("3 seats", { operator: "at_least", value: 3 })).toBe(false);
    expect(ask(3, { operator: "is", value: "3" })).toBe(false);
    expect(ask(0.1, { operator: "is", value: 0.1 })).toBe(true);
    expect(ask(1e-7, { operator: "more_than", value: 0 })).toBe(true);
    expect(ask(true, { operator: "is", value: true })).toBe(true);
    expect(ask("true", { operator: "is", value: true })).toBe(true);
    expect(ask("TRUE", { operator: "is", value: true })).toBe(false);
    expect(ask("2026-11-20", { operator: "in_last_days", value: 2 })).toBe(true);
    expect(ask("2026-11-20T10:00:00Z", { operator: "on", value: "2026-11-20" })).toBe(true);
    expect(ask("2026-11-20T10:00:00+01:00", { operator: "on", value: "2026-11-20" })).toBe(false);
    expect(ask({ a: 1 }, { operator: "is_set" })).toBe(true);
    expect(ask(null, { operator: "is_set" })).toBe(false);
  });

  it("T26 names like those of prototypes are names like others", () => {
    expect(isFit({ field: "custom:__proto__", operator: "is_set" })).toBe(false);
    expect(isFit({ field: "custom:toString", operator: "is_set" })).toBe(false);
    const custom = JSON.parse('{"__proto__": "x"}') as { [field: string]: unknown };
    expect(isFit({ field: "custom:__proto__", operator: "is", value: "x" }, { custom })).toBe(true);
  });

  it("counts records that fit, of the person or of the company", () => {
    const deal = [
      { amount: "10.50", won: true },
      { amount: "3", won: false },
    ];
    const own = { things: { ...none, deal } };
    const big: SegmentFilter = { field: "amount", operator: "more_than", value: 5 };
    expect(isFit({ has: "deal" }, own)).toBe(true);
    expect(isFit({ has: "deal", atLeast: 3 }, own)).toBe(false);
    expect(isFit({ has: "deal", where: big, atLeast: 2 }, own)).toBe(false);
    expect(isFit({ has: "deal", where: { not: big } }, own)).toBe(true);
    expect(isFit({ has: "meeting" }, own)).toBe(false);
    expect(isFit({ has: "deal", of: "company" }, own)).toBe(false);
    expect(isFit({ has: "deal", of: "company" }, { company: facts({ kind: "company", ...own }) })).toBe(true);
  });

  it("moves with the time where it counts days from now, however deep", () => {
    const recent: SegmentFilter = { field: "at", operator: "in_last_days", value: 3 };
    expect(movesWithTime({ not: { has: "deal", where: { any: [recent] } } })).toBe(true);
    expect(movesWithTime({ all: [{ field: "name", operator: "is_set" }, { has: "deal" }] })).toBe(false);
  });
});
