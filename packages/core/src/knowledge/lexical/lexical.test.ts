import { describe, expect, it } from "vitest";
import { analyze, analyzeQuery } from "./analyze.ts";
import { bm25, inverseDocumentFrequency, termWeight } from "./bm25.ts";
import { stem } from "./stem.ts";
import { tokens } from "./tokens.ts";

describe("tokens", () => {
  it.each([
    ["lower case", "Renewal DATE", ["renewal", "date"]],
    ["addresses in their parts", "jane.doe@acme.test", ["jane", "doe", "acme", "test"]],
    ["numbers and keys", "INV-2026-7 £1,200", ["inv", "2026", "7", "1", "200"]],
    ["compatibility forms and accents folded", "Ｃafé ﬁne naïve", ["cafe", "fine", "naive"]],
    ["composed and decomposed letters alike", "e\u0301 \u00e9", ["e", "e"]],
    ["scripts without blanks in pairs", "续约没", ["续约", "约没"]],
    ["other scripts whole", "продление हिन्दी", ["продление", "हिन्दी"]],
    ["nothing from marks and signs", "— … !? \u{1f600}", []],
  ])("give %s", (_, text, expected) => {
    expect([...tokens(text)]).toEqual(expected);
  });

  it("T25 are at most 40 characters long and well-formed", () => {
    for (const text of [
      "a".repeat(1e5),
      "é".repeat(1e5),
      "\u{20000}".repeat(1e3),
      "\u{1d400}".repeat(1e5),
      "\ufdfa".repeat(1e3),
    ])
      for (const token of tokens(text)) {
        expect(token.length).toBeLessThanOrEqual(40);
        expect(token.isWellFormed()).toBe(true);
      }
  });
});

it.each([
  ["contract", "contracts"],
  ["company", "companies"],
  ["plan", "planned", "planning", "plans"],
  ["renew", "renewed", "renewing", "renewal", "renewals"],
  ["collaborate", "collaboration", "collaborating"],
  ["invoice", "invoices", "invoiced", "invoicing"],
  ["call", "called", "calls", "calling"],
  ["discuss", "discusses", "discussed", "discussion"],
])("stems of %s and its forms meet", (word, ...forms) => {
  for (const form of forms) expect(stem(form)).toBe(stem(word));
});

it.each(["bed", "string", "bus", "thing", "less", "this", "sing", "us", "2026", "дома"])(
  "leaves %s alone",
  (word) => {
    expect(stem(word)).toBe(word);
  },
);

it("counts the terms of a document without stop words", () => {
  const { length, terms } = analyze("The renewals of the contract, and the contracts' renewal.");
  expect(length).toBe(4);
  expect(Object.fromEntries(terms)).toEqual({ [stem("renewal")]: 2, [stem("contract")]: 2 });
});

it("T26 keeps terms that are names of object properties", () => {
  expect(analyze("constructor __proto__ toString").terms.get("constructor".slice(0, -2))).toBe(1);
  expect(analyze("hasOwnProperty").length).toBe(1);
});

const termsOf = (query: string) => analyzeQuery(query).map(({ term }) => term);

describe("of a question", () => {
  it("counts words of any conversation less than those that name the matter", () => {
    expect(analyzeQuery("How did the group respond to the price?")).toEqual([
      { term: stem("group"), weight: 0.4 },
      { term: stem("respond"), weight: 0.4 },
      { term: stem("price"), weight: 1 },
    ]);
    expect(analyzeQuery("the decisions")).toEqual([{ term: stem("decision"), weight: 0.4 }]);
  });

  it("drops the words that only ask", () => {
    expect(termsOf("What did Jane say about the renewal?")).toEqual([stem("jane"), stem("renewal")]);
  });

  it("keeps them where nothing else is left", () => {
    expect(analyzeQuery("What was the conclusion?")).toEqual([{ term: stem("conclusion"), weight: 1 }]);
  });

  it("gives each term once, and at most 64", () => {
    expect(termsOf("price prices PRICE")).toEqual([stem("price")]);
    expect(analyzeQuery(Array.from({ length: 500 }, (_, i) => `w${i}`).join(" "))).toHaveLength(64);
  });

  it("gives none for a question without words", () => {
    expect(analyzeQuery("what is it?")).toEqual([]);
    expect(analyzeQuery("")).toEqual([]);
  });
});

describe("BM25", () => {
  it("weighs a term by the published formula", () => {
    expect(termWeight(3, 100, 80, { k1: 1.2, b: 0.75 })).toBeCloseTo(
      (3 * 2.2) / (3 + 1.2 * (0.25 + 0.75 * 1.25)),
      12,
    );
    expect(inverseDocumentFrequency(10, 2)).toBeCloseTo(Math.log(1 + 8.5 / 2.5), 12);
  });

  it("counts rare terms more, repeats less and less, and long texts less", () => {
    expect(inverseDocumentFrequency(100, 1)).toBeGreaterThan(inverseDocumentFrequency(100, 50));
    expect(inverseDocumentFrequency(100, 100)).toBeGreaterThan(0);
    const gain = (n: number) => termWeight(n + 1, 50, 50) - termWeight(n, 50, 50);
    expect(gain(1)).toBeGreaterThan(gain(5));
    expect(termWeight(1, 200, 50)).toBeLessThan(termWeight(1, 20, 50));
  });

  it("ranks in memory what holds the question's terms, best first, and nothing else", () => {
    const items = [
      { id: "a", text: "The contract ends in May." },
      { id: "b", text: "Renewal of the contract: the renewal is signed." },
      { id: "c", text: "Lunch was good." },
    ];
    expect(bm25("When is the contract renewal?", items).map(({ item }) => item.id)).toEqual(["b", "a"]);
    expect(bm25("what is it", items)).toEqual([]);
    expect(bm25("contract", [])).toEqual([]);
  });
});
