import { describe, expect, it } from "vitest";
import { checkFilter, filterFields, matches, type NotificationFilter } from "./filter.ts";

const ticket = {
  ticketId: "t-1",
  subject: "Printer on FIRE",
  priority: "high",
  company: "Ätna GmbH",
  tags: ["Hardware", "office"],
  requester: { email: "ada@example.com" },
};
const mood = { conversationId: "c-1", sentiment: -0.6 };

describe("a filter", () => {
  it.each<[NotificationFilter, boolean]>([
    [{ field: "priority", operator: "is", value: "high" }, true],
    [{ field: "priority", operator: "is", value: "low" }, false],
    [{ field: "priority", operator: "is_not", value: "low" }, true],
    [{ field: "priority", operator: "is_not", value: "high" }, false],
    [{ field: "company", operator: "is", value: "äTNA gmbh" }, true],
    [{ field: "priority", operator: "in", value: ["urgent", "high"] }, true],
    [{ field: "priority", operator: "in", value: ["urgent", "low"] }, false],
    [{ field: "priority", operator: "at_least", value: "normal" }, true],
    [{ field: "priority", operator: "at_least", value: "high" }, true],
    [{ field: "priority", operator: "at_least", value: "urgent" }, false],
    [{ field: "priority", operator: "at_most", value: "high" }, true],
    [{ field: "priority", operator: "at_most", value: "normal" }, false],
    [{ field: "subject", operator: "contains", value: "fire" }, true],
    [{ field: "subject", operator: "contains", value: "smoke" }, false],
    [{ field: "tags", operator: "contains", value: "hardware" }, true],
    [{ field: "tags", operator: "contains", value: "hard" }, false],
    [{ field: "requester.email", operator: "contains", value: "@EXAMPLE." }, true],
    [{ field: "requester.name", operator: "contains", value: "ada" }, false],
    [{ field: "channel", operator: "is", value: "mail" }, false],
    [{ field: "channel", operator: "is_not", value: "mail" }, true],
    [
      {
        all: [
          { field: "priority", operator: "is", value: "high" },
          { field: "company", operator: "is", value: "x" },
        ],
      },
      false,
    ],
    [
      {
        any: [
          { field: "priority", operator: "is", value: "high" },
          { field: "company", operator: "is", value: "x" },
        ],
      },
      true,
    ],
    [{ all: [{ any: [{ field: "priority", operator: "is", value: "low" }] }] }, false],
  ])("%j lets a ticket through: %s", (filter, expected) => {
    expect(matches("new_ticket", checkFilter("new_ticket", filter) as never, ticket)).toBe(expected);
  });

  it.each<[number, "at_least" | "at_most", boolean]>([
    [-0.6, "at_most", true],
    [-0.7, "at_most", false],
    [-0.6, "at_least", true],
    [-0.5, "at_least", false],
  ])("compares numbers: a sentiment of -0.6 with %d, %s: %s", (value, operator, expected) => {
    const filter = { field: "sentiment", operator, value };
    expect(matches("negative_sentiment", filter, mood)).toBe(expected);
  });

  it("lets everything through when it is absent, or of a version that is not understood", () => {
    expect(matches("new_ticket", undefined, ticket)).toBe(true);
    expect(matches("new_ticket", null, ticket)).toBe(true);
    expect(matches("new_ticket", { field: "priority", operator: "rhymes_with", value: "sigh" }, ticket)).toBe(
      true,
    );
  });

  it.each([
    ["an unknown field", { field: "nothing", operator: "is", value: "x" }, "filter.field"],
    ["a field of another type's", { field: "sentiment", operator: "is", value: 1 }, "filter.field"],
    ["a field that is inherited", { field: "constructor", operator: "is", value: "x" }, "filter.field"],
    ["an unknown operator", { field: "priority", operator: "like", value: "x" }, "filter"],
    [
      "a word that the field never has",
      { field: "priority", operator: "is", value: "highest" },
      "filter.value",
    ],
    ["an order of texts", { field: "subject", operator: "at_least", value: "a" }, "filter.value"],
    ["a number for a text", { field: "subject", operator: "is", value: 1 }, "filter.value"],
    ["an empty part", { field: "subject", operator: "contains", value: "" }, "filter.value"],
    ["a list that is compared whole", { field: "tags", operator: "is", value: "x" }, "filter.value"],
    ["an empty list of values", { field: "priority", operator: "in", value: [] }, "filter"],
    ["an empty group", { all: [] }, "filter"],
    ["two groups in one", { all: [], any: [] }, "filter"],
    ["a comparison with more in it", { field: "priority", operator: "is", value: "low", or: 1 }, "filter"],
    ["no object", "priority = high", "filter"],
    ["nothing", null, "filter"],
  ])("is refused with %s", (_, filter, path) => {
    expect(() => checkFilter("new_ticket", filter)).toThrow(
      expect.objectContaining({ code: "input_invalid", path }),
    );
  });

  it("is refused when it is too deep or too large", () => {
    const one = { field: "priority", operator: "is", value: "low" };
    const nest = (levels: number): unknown => (levels === 0 ? one : { all: [nest(levels - 1)] });
    expect(() => checkFilter("new_ticket", nest(4))).not.toThrow();
    expect(() => checkFilter("new_ticket", nest(5))).toThrow(
      expect.objectContaining({ code: "input_invalid" }),
    );
    const many = (count: number) => ({ any: [{ any: Array(count).fill(one) }, one] });
    expect(() => checkFilter("new_ticket", many(49))).not.toThrow();
    expect(() => checkFilter("new_ticket", many(50))).toThrow(
      expect.objectContaining({ code: "input_invalid" }),
    );
  });

  it("knows the fields of every type, nested ones with a dot", () => {
    expect([...filterFields("new_hubspot_engagement").keys()]).toEqual([
      "kind",
      "engagementId",
      "contact.name",
      "contact.email",
      "company",
      "subject",
      "snippet",
      "url",
      "at",
    ]);
    expect(filterFields("health_score_drop").get("toTier")).toEqual({
      kind: "text",
      ranks: ["critical", "at_risk", "neutral", "healthy"],
    });
  });
});
