import { hash } from "node:crypto";
import { uuidv7 } from "../../ids.ts";
import type { DistilledDocument, Insight, InsightKind } from "../../ports/learning-store.ts";

const names: { readonly [kind in InsightKind]: string } = {
  pain_point: "Pain point",
  feature_request: "Feature request",
  action_item: "Action item",
  pricing: "Pricing",
  product_feedback: "Product feedback",
  preference: "Preference",
  commitment: "Commitment",
  renewal_signal: "Renewal signal",
  account_fact: "Account",
  team_knowledge: "Team knowledge",
};

/** What is searched under `distilled:`: a paragraph for each insight, with the source's own words. */
export function insightsDocument(
  title: string,
  insights: readonly Pick<Insight, "kind" | "summary" | "quote">[],
  now: number,
): DistilledDocument["document"] {
  if (insights.length === 0) return undefined;
  const heading = `Insights: ${title}`.slice(0, 500).toWellFormed();
  const body = insights
    .map(({ kind, quote, summary }) => `${names[kind]}: ${summary}\n“${quote.replace(/\s+/g, " ")}”`)
    .join("\n\n");
  return {
    id: uuidv7(now),
    title: heading,
    body,
    hash: hash("sha256", `${heading}\n${body}`, "hex"),
  };
}
