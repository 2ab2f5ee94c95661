import * as z from "zod";
import type { Engine } from "../engine/engine.ts";
import { ConfigurationError, ValidationError } from "../errors.ts";
import { uuidv7 } from "../ids.ts";
import { dayOf } from "../knowledge/models/spend.ts";
import { previewRules } from "../knowledge/rules/preview.ts";
import { insightKinds, type LearningRule } from "../ports/learning-store.ts";
import { checkedRequest } from "./checked-request.ts";
import type { Insights, LearningRules, LearningStatus, RuleInput } from "./learning-surface.ts";

const dayMs = 24 * 60 * 60_000;
const mostRules = 200;
const distilledPrefix = "distilled:";

const id = z.string().min(1).max(200);
const prefix = z.string().max(200);
const limit = z.int().min(1).max(200).optional();
const Rule = z.strictObject({
  id: id.optional(),
  type: z.enum(["topic", "keyword", "instruction"]),
  text: z.string().trim().min(1).max(500),
  prefix: prefix
    .refine((key) => !key.startsWith(distilledPrefix), "what is distilled follows its source's rules")
    .optional(),
});
const Change = z.union([z.strictObject({ upsert: Rule }), z.strictObject({ delete: id })]);
const PreviewOptions = z.strictObject({
  scan: z.int().min(1).max(10_000).optional(),
  show: z.int().min(0).max(200).optional(),
  judge: z.int().min(0).max(20).optional(),
  signal: z.instanceof(AbortSignal).optional(),
});
const DecisionFilter = z.strictObject({
  outcome: z.enum(["learned", "skipped", "waiting"]).optional(),
  prefix: prefix.optional(),
  after: id.optional(),
  limit,
});
const customer = { endUserId: id.optional(), companyId: id.optional() };
const InsightFilter = z.strictObject({
  scope: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("general") }),
    z
      .strictObject({ kind: z.literal("customer"), ...customer })
      .refine((scope) => scope.endUserId || scope.companyId, "endUserId or companyId"),
    z.strictObject({ kind: z.literal("staff"), ...customer }),
  ]),
  kinds: z.array(z.enum(insightKinds)).min(1).optional(),
  prefix: prefix.optional(),
  since: z.date().optional(),
  until: z.date().optional(),
  after: id.optional(),
  limit,
});

export function createLearningRules(engine: Engine): LearningRules {
  const { clock, storage } = engine;
  const rulesOf = async (orgId: string) => storage.learning.rules(orgId);
  const known = (rules: readonly LearningRule[], ruleId: string): LearningRule => {
    const rule = rules.find((one) => one.id === ruleId);
    if (rule) return rule;
    throw new ValidationError("There is no such learning rule.", {
      ...{ code: "not_found", path: "id", reason: "unknown" },
    });
  };
  /** As it would be stored. */
  const proposed = (orgId: string, input: RuleInput, rules: readonly LearningRule[]) => {
    if (input.type === "topic" && !engine.model)
      throw new ConfigurationError(
        "A topic is judged by a language model: give createHalo a `languageModel`, or use keywords.",
        { option: "languageModel" },
      );
    if (input.id !== undefined) known(rules, input.id);
    else if (rules.length >= mostRules)
      throw new ValidationError(`An org has at most ${mostRules} learning rules: delete one first.`, {
        ...{ path: "rules", reason: "too_many" },
      });
    const { prefix = "", text, type } = input;
    return { orgId, id: input.id ?? uuidv7(clock.now()), type, text, prefix };
  };

  return {
    list: rulesOf,
    async upsert(orgId, rule) {
      const given = checkedRequest(Rule, rule) as RuleInput;
      return storage.learning.putRule(proposed(orgId, given, await rulesOf(orgId)), new Date(clock.now()));
    },
    async delete(orgId, ruleId) {
      if (!(await storage.learning.deleteRule(orgId, ruleId, new Date(clock.now())))) known([], ruleId);
    },
    async preview(orgId, change, options = {}) {
      const given = checkedRequest(Change, change);
      const { judge = 0, scan = 1_000, show = 50, signal } = checkedRequest(PreviewOptions, options);
      const rules = await rulesOf(orgId);
      const others = (ruleId: string | undefined) => rules.filter((rule) => rule.id !== ruleId);
      const after =
        "delete" in given
          ? others(known(rules, given.delete).id)
          : [
              ...others(given.upsert.id),
              asIfStored(proposed(orgId, given.upsert as RuleInput, rules), rules, new Date(clock.now())),
            ];
      const prefixes = touched(rules, after);
      return previewRules(engine, orgId, { after, prefixes, judge, scan, show, signal });
    },
    async decisions(orgId, filter = {}) {
      const { limit = 50, ...rest } = checkedRequest(DecisionFilter, filter);
      return storage.learning.decisions(orgId, { ...rest, limit });
    },
  };
}

function asIfStored(
  rule: Pick<LearningRule, "orgId" | "id" | "type" | "text" | "prefix">,
  rules: readonly LearningRule[],
  at: Date,
): LearningRule {
  const before = rules.find((one) => one.id === rule.id);
  const same = before?.type === rule.type && before.text === rule.text && before.prefix === rule.prefix;
  if (before && same) return before;
  return { ...rule, version: (before?.version ?? 0) + 1, createdAt: before?.createdAt ?? at, updatedAt: at };
}

/** Prefixes of what is in one list and not in the other. */
function touched(before: readonly LearningRule[], after: readonly LearningRule[]): readonly string[] {
  const isIn = (list: readonly LearningRule[]) => (rule: LearningRule) =>
    list.some((one) => one.id === rule.id && one.version === rule.version);
  const changed = [
    ...before.filter((rule) => !isIn(after)(rule)),
    ...after.filter((rule) => !isIn(before)(rule)),
  ];
  const prefixes = [...new Set(changed.map((rule) => rule.prefix))];
  return prefixes.filter((one) => !prefixes.some((other) => other !== one && one.startsWith(other)));
}

export function createInsights(engine: Engine): Insights {
  const { storage } = engine;
  return {
    async list(orgId, filter) {
      const { limit = 50, prefix, ...rest } = checkedRequest(InsightFilter, filter);
      const { kind, ...named } = rest.scope as { kind: "staff"; endUserId?: string; companyId?: string };
      return storage.learning.insights(orgId, {
        ...rest,
        scope: { kind, ...named },
        prefix: prefix?.startsWith(distilledPrefix) ? prefix.slice(distilledPrefix.length) : prefix,
        limit,
      });
    },
    async distil(orgId, prefix = "") {
      if (!engine.model)
        throw new ConfigurationError(
          "Nothing is distilled without a model: give createHalo a `languageModel`.",
          {
            ...{ option: "languageModel" },
          },
        );
      await storage.learning.beginWalk(orgId, prefix);
    },
    cancel: (orgId, prefix = "") => storage.learning.cancelDistilling(orgId, prefix),
  };
}

export async function learningStatus(engine: Engine, orgId: string): Promise<LearningStatus> {
  const { clock, learning, model, storage } = engine;
  const now = clock.now();
  const [counts, spent] = await Promise.all([
    storage.learning.counts(orgId),
    storage.learning.usage(orgId, dayOf(now)),
  ]);
  return {
    ...counts,
    model: model && { name: model.model, quality: model.quality },
    budget: {
      spent,
      limit: learning.budget,
      exhausted: (counts.failures.budget_exhausted ?? 0) > 0,
      resetsAt: new Date((Math.floor(now / dayMs) + 1) * dayMs),
    },
  };
}
