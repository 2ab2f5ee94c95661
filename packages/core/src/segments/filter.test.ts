import { describe, expect, it } from "vitest";
import { checkSegmentFilter, filterLimits, type SegmentFilter, segmentFilterSchema } from "./filter.ts";

const refused = (filter: unknown, kind: "end_user" | "company" = "end_user") => {
  try {
    checkSegmentFilter(kind, filter);
  } catch (error) {
    return error as { code: string; path: string; reason: string; message: string };
  }
  return undefined;
};
const nested = (depth: number, inner: unknown): unknown =>
  depth === 0 ? inner : { not: nested(depth - 1, inner) };
const name = { field: "name", operator: "is", value: "Ada" };

describe("a segment's filter", () => {
  it.each([
    name,
    { field: "company.industry", operator: "in", value: ["a", "b"] },
    { field: "custom:seats", operator: "at_least", value: 3 },
    { field: "custom:a:b", operator: "is", value: true },
    { field: "company.mrr:usd", operator: "more_than", value: "99.50" },
    { field: "company.mrr:USD", operator: "between", value: [1, 2] },
    { field: "signed_up_at", operator: "between", value: ["2026-01-01", "2026-02-01T00:00:00+01:00"] },
    { field: "last_seen", operator: "not_in_last_days", value: 30 },
    { field: "on_contract", operator: "is", value: false },
    { field: "company.health_tier", operator: "in", value: ["at_risk", "critical"] },
    { has: "deal" },
    {
      has: "deal",
      of: "company",
      atLeast: 2,
      where: { all: [{ field: "amount", operator: "at_least", value: 1 }] },
    },
    { all: [{ any: [name, { not: name }] }] },
    nested(filterLimits.depth - 1, name),
    { all: Array.from({ length: filterLimits.parts - 1 }, () => name) },
  ])("takes %j", (filter) => {
    expect(checkSegmentFilter("end_user", filter)).toEqual(filter);
  });

  it.each([
    [undefined, "filter"],
    [null, "filter"],
    ["name", "filter"],
    [[], "filter"],
    [{}, "filter.operator"],
    [{ all: [] }, "filter.all"],
    [{ all: [name], any: [name] }, "filter.operator"],
    [{ all: name }, "filter.all"],
    [{ any: [name, { not: { field: "nam", operator: "is_set" } }] }, "filter.any.1.not.field"],
    [{ ...name, extra: 1 }, "filter"],
    [{ field: "name", operator: "like", value: "x" }, "filter.operator"],
    [{ field: "name", operator: "is" }, "filter.value"],
    [{ field: "name", operator: "is", value: 3 }, "filter.value"],
    [{ field: "name", operator: "more_than", value: 3 }, "filter.operator"],
    [{ field: "name", operator: "is", value: "a\0b" }, "filter.value"],
    [{ field: "name", operator: "is", value: "\ud800" }, "filter.value"],
    [{ field: "name", operator: "contains", value: "" }, "filter.value"],
    [{ field: "name", operator: "in", value: [] }, "filter.value"],
    [{ field: "name", operator: "in", value: Array(filterLimits.values + 1).fill("a") }, "filter.value"],
    [{ field: "name", operator: "is", value: "a".repeat(filterLimits.textLength + 1) }, "filter.value"],
    [{ field: "industry", operator: "is_set" }, "filter.field"],
    [{ field: "company.email", operator: "is_set" }, "filter.field"],
    [{ field: "company.company.name", operator: "is_set" }, "filter.field"],
    [{ field: "company.mrr", operator: "is_set" }, "filter.field"],
    [{ field: "company.mrr:dollars", operator: "is_set" }, "filter.field"],
    [{ field: "mrr:usd", operator: "is_set" }, "filter.field"],
    [{ field: "custom:", operator: "is_set" }, "filter.field"],
    [{ field: "custom:a\0", operator: "is_set" }, "filter.field"],
    [{ field: "name; drop table segments", operator: "is_set" }, "filter.field"],
    [{ field: "__proto__", operator: "is_set" }, "filter.field"],
    [{ field: "constructor", operator: "is_set" }, "filter.field"],
    [{ field: "company.health_tier", operator: "is", value: "fine" }, "filter.value"],
    [{ field: "company.employee_count", operator: "at_least", value: Number.NaN }, "filter.value"],
    [{ field: "company.employee_count", operator: "at_least", value: 1e16 }, "filter.value"],
    [{ field: "company.employee_count", operator: "at_least", value: "1e3" }, "filter.value"],
    [
      { field: "company.employee_count", operator: "between", value: ["2026-01-01", "2026-01-02"] },
      "filter.value",
    ],
    [{ field: "last_seen", operator: "between", value: [1, 2] }, "filter.value"],
    [{ field: "last_seen", operator: "on", value: "2026-02-30" }, "filter.value"],
    [{ field: "last_seen", operator: "on", value: "2026-02-01T10:00:00" }, "filter.value"],
    [{ field: "last_seen", operator: "on", value: "0001-01-01" }, "filter.value"],
    [{ field: "last_seen", operator: "in_last_days", value: 0 }, "filter.value"],
    [{ field: "last_seen", operator: "in_last_days", value: 1.5 }, "filter.value"],
    [{ has: "ticket" }, "filter.has"],
    [{ has: "deal", atLeast: 0 }, "filter.atLeast"],
    [{ has: "deal", where: { ...name, field: "email" } }, "filter.where.field"],
    [{ has: "deal", where: { has: "deal" } }, "filter.where"],
    [{ all: [{ has: "meeting", where: { not: { ...name } } }] }, "filter.all.0.where.not.field"],
    [{ has: "deal", where: { not: { field: "title", operator: "is_set" } } }, "filter.where.not.field"],
    [nested(filterLimits.depth, name), `filter${".not".repeat(filterLimits.depth)}`],
    [{ all: Array.from({ length: filterLimits.parts }, () => name) }, `filter.all.${filterLimits.parts - 1}`],
  ])("refuses %j with the path of what is wrong", (filter, path) => {
    const error = refused(filter);
    expect(error).toMatchObject({ code: "input_invalid", path });
    expect(error?.reason).not.toBe("");
  });

  it("knows people's fields from companies', and only people belong to one", () => {
    expect(refused({ field: "industry", operator: "is_set" }, "company")).toBeUndefined();
    expect(refused({ field: "email", operator: "is_set" }, "company")).toMatchObject({
      path: "filter.field",
    });
    expect(refused({ field: "company.name", operator: "is_set" }, "company")).toMatchObject({
      path: "filter.field",
    });
    expect(refused({ has: "deal", of: "company" }, "company")).toMatchObject({ path: "filter.of" });
  });

  it("refuses what is nested without end before it is walked through", () => {
    expect(refused(nested(5_000, name))).toMatchObject({
      reason: `nested deeper than ${filterLimits.depth}`,
    });
  });

  it("says nothing of a customer's words in its message", () => {
    const error = refused({ field: "name", operator: "like", value: "secret" });
    expect(`${error?.message} ${error?.reason}`).not.toContain("secret");
  });

  it("is a schema too, whose issue has the path", () => {
    const schema = segmentFilterSchema("company");
    const filter: SegmentFilter = { field: "industry", operator: "is", value: "Tools" };
    expect(schema.parse(filter)).toEqual(filter);
    const wrong = schema.safeParse({ all: [filter, { field: "x", operator: "is_set" }] });
    expect(wrong.error?.issues).toMatchObject([{ path: ["all", "1", "field"] }]);
  });
});
