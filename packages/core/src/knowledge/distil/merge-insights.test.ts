import { expect, it } from "vitest";
import { type FoundInsight, mergeInsights } from "./merge-insights.ts";

const said = (summary: string, start: number, kind: FoundInsight["kind"] = "pricing"): FoundInsight => ({
  ...{ kind, summary, quote: "q", start, end: start + 10 },
});

it.each<[string, FoundInsight, number]>([
  [
    "the same words elsewhere",
    said("They pay 500 euros a month for the seats of the whole sales team", 50),
    1,
  ],
  [
    "almost the same words",
    said("They pay 500 euros per month for the seats of the whole sales team", 50),
    1,
  ],
  ["another number", said("They pay 600 euros a month for the seats of the whole sales team", 50), 2],
  ["the same passage in other words", said("Seats cost them a fortune", 5), 1],
  ["the passage right behind", said("Seats cost them a fortune", 10), 2],
  ["the same passage as another kind", said("Seats cost them a fortune", 5, "pain_point"), 2],
])("keeps what is said once: %s", (_, other, kept) => {
  const first = said("They pay 500 euros a month for the seats of the whole sales team", 0);
  expect(mergeInsights([first, other])).toHaveLength(kept);
});
