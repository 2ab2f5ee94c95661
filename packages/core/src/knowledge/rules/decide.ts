import type { DecidedDocument, Verdicts } from "../../ports/learning-store.ts";
import { type RulesFor, ruleKey } from "./rule-set.ts";

export interface Undecided {
  readonly id: string;
  readonly revision: number;
  /** What a model said of this revision. */
  readonly verdicts: Verdicts;
}

/**
 * What the rules say of a document, as far as that can be said without asking a model: keywords first, which are cheap
 * and certain; then topics, of which any match learns. `waiting`: a topic has no verdict yet.
 */
export function decide(
  { id, revision, verdicts }: Undecided,
  text: string,
  rules: RulesFor,
): DecidedDocument {
  const base = { documentId: id, revision, verdicts: current(verdicts, rules), stamp: rules.stamp };
  const by = (rule: RulesFor["topics"][number] | undefined) => ({
    ...{ ruleId: rule?.id, ruleVersion: rule?.version, note: undefined, model: undefined },
  });
  const keyword = rules.keywords.length > 0 ? saidIn(text, rules.keywords) : undefined;
  if (keyword) return { ...base, outcome: "skipped", reason: "keyword", ...by(keyword) };
  if (rules.topics.length === 0) return { ...base, outcome: "learned", reason: "passed", ...by(undefined) };
  const matched = rules.topics.find((rule) => verdicts[ruleKey(rule)] === true);
  if (matched) return { ...base, outcome: "learned", reason: "topic", ...by(matched) };
  const open = rules.topics.some((rule) => verdicts[ruleKey(rule)] === undefined);
  if (open) return { ...base, outcome: "waiting", reason: undefined, ...by(undefined) };
  return { ...base, outcome: "skipped", reason: "no_topic", ...by(undefined) };
}

/** Of rules that still stand as they were asked. */
function current(verdicts: Verdicts, { topics }: RulesFor): Verdicts {
  const keys = new Set(topics.map(ruleKey));
  return Object.fromEntries(Object.entries(verdicts).filter(([key]) => keys.has(key)));
}

/**
 * The first whose phrase stands in the text: in whatever case, anywhere, with whatever blanks between its words. Looked for
 * by the runtime's own search, so that no text is slow (T25).
 */
function saidIn(text: string, keywords: RulesFor["keywords"]): RulesFor["keywords"][number] | undefined {
  const said = folded(text);
  return keywords.find((rule) => said.includes(folded(rule.text)));
}

/** Not normalised: that is not linear in a run of combining marks. */
const folded = (text: string): string => text.toLowerCase().replace(/\s+/g, " ");
