import type { LearningStore } from "@halo/core";
import type { Door } from "../tenant.ts";
import { decide, requeue, storeJudgement } from "./decide.ts";
import { readDocuments, readWalk } from "./learning-documents.ts";
import { readUsage, spend } from "./model-usage.ts";
import { countLearned, readDecisions, readInsights } from "./read-learned.ts";
import { beginWalk, deleteRule, putRule, readRules } from "./rules.ts";
import { storeDistilled } from "./store-distilled.ts";
import {
  cancelDistilling,
  isWanted,
  nextDue,
  postponeDistilling,
  postponeJudging,
  readToDistil,
  readToJudge,
} from "./waiting.ts";

export function learningStore(door: Door): LearningStore {
  return {
    rules: (orgId) => readRules(door, orgId),
    putRule: (rule, at) => putRule(door, rule, at),
    deleteRule: (orgId, id) => deleteRule(door, orgId, id),
    beginWalk: (orgId, prefix) => beginWalk(door, orgId, prefix),
    walk: (lease, limit) => readWalk(door, lease, limit),
    documents: (orgId, page) => readDocuments(door, orgId, page),
    decide: (lease, change, at) => decide(door, lease, change, at),
    toJudge: (lease, limit, now) => readToJudge(door, lease, limit, now),
    judged: (lease, decision, waitedBy, at) => storeJudgement(door, lease, decision, waitedBy, at),
    postponeJudging: (lease, failures) => postponeJudging(door, lease, failures),
    nextDue: (lease) => nextDue(door, lease),
    toDistil: (lease, limit, now) => readToDistil(door, lease, limit, now),
    requeue: (lease, queued, at) => requeue(door, lease, queued, at),
    isWanted: (lease, documentId, key) => isWanted(door, lease, documentId, key),
    distilled: (lease, result, at) => storeDistilled(door, lease, result, at),
    postponeDistilling: (lease, failures) => postponeDistilling(door, lease, failures),
    cancelDistilling: (orgId, prefix) => cancelDistilling(door, orgId, prefix),
    insights: (orgId, filter) => readInsights(door, orgId, filter),
    decisions: (orgId, filter) => readDecisions(door, orgId, filter),
    counts: (orgId) => countLearned(door, orgId),
    spend: (orgId, day, wanted, budget) => spend(door, orgId, day, wanted, budget),
    usage: (orgId, day) => readUsage(door, orgId, day),
  };
}
