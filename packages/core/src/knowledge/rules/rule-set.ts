import type { LearningRule } from "../../ports/learning-store.ts";

/** The rules that are for one source, apart by what they do. */
export interface RulesFor {
  readonly keywords: readonly LearningRule[];
  readonly topics: readonly LearningRule[];
  readonly instructions: readonly LearningRule[];
  /** Of what filters; empty for nothing. A document with the same stamp would be decided the same. */
  readonly stamp: string;
  /** Of the instructions; empty for none. */
  readonly wishes: string;
}

export interface RuleSet {
  for(sourceKey: string): RulesFor;
}

/** How a rule is named where its version counts: a model's verdict is of one wording. */
export const ruleKey = ({ id, version }: LearningRule): string => `${id}@${version}`;

export function ruleSet(rules: readonly LearningRule[]): RuleSet {
  const known = new Map<string, RulesFor>();
  return {
    for(sourceKey) {
      const own = rules.filter(({ prefix }) => sourceKey.startsWith(prefix));
      const name = own.map(ruleKey).join();
      const made = known.get(name) ?? rulesFor(own);
      known.set(name, made);
      return made;
    },
  };
}

function rulesFor(rules: readonly LearningRule[]): RulesFor {
  const of = (type: LearningRule["type"]) => rules.filter((rule) => rule.type === type);
  const [keywords, topics, instructions] = [of("keyword"), of("topic"), of("instruction")];
  const stampOf = (some: readonly LearningRule[]) => some.map(ruleKey).sort().join();
  return {
    keywords,
    topics,
    instructions,
    stamp: stampOf([...keywords, ...topics]),
    wishes: stampOf(instructions),
  };
}
