import type {
  DecidedDocument,
  DistilledDocument,
  Insight,
  LearningCounts,
  LearningDecision,
  LearningDocument,
  LearningFailure,
  LearningRule,
  LearningStore,
  Verdicts,
} from "../ports/learning-store.ts";
import type { DocumentRow } from "../ports/page-store.ts";
import { distilledFrom, distilledPrefix, followSource, removeDocuments } from "./documents.ts";
import { customersOf, filterOf } from "./knowledge.ts";
import type { Distillation, KeptDecision } from "./learning-room.ts";
import { requireLease, wake } from "./leases.ts";
import { byText, copy, type Document, type Org, orgOf, type State } from "./state.ts";

export function memoryLearning(state: State): LearningStore {
  const room = (orgId: string) => orgOf(state, orgId).learning;
  const wakeOrg = (kind: "index" | "judge" | "distil", orgId: string) =>
    wake(state, { kind, orgId, subject: orgId });
  const beginWalk = (orgId: string, prefix: string) => {
    room(orgId).walks.set(prefix, { token: crypto.randomUUID(), after: undefined });
    wakeOrg("index", orgId);
  };

  return {
    async rules(orgId) {
      const rules = [...room(orgId).rules.values()];
      return copy(rules.sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime() || byText(a.id, b.id)));
    },

    async putRule(rule, at) {
      const known = room(rule.orgId).rules.get(rule.id);
      if (known && known.type === rule.type && known.text === rule.text && known.prefix === rule.prefix)
        return copy(known);
      const stored: LearningRule = copy({
        ...rule,
        version: (known?.version ?? 0) + 1,
        createdAt: known?.createdAt ?? at,
        updatedAt: at,
      });
      room(rule.orgId).rules.set(rule.id, stored);
      for (const prefix of new Set([rule.prefix, known?.prefix ?? rule.prefix]))
        beginWalk(rule.orgId, prefix);
      return copy(stored);
    },

    async deleteRule(orgId, id) {
      const known = room(orgId).rules.get(id);
      if (known === undefined) return false;
      room(orgId).rules.delete(id);
      beginWalk(orgId, known.prefix);
      return true;
    },

    async beginWalk(orgId, prefix) {
      beginWalk(orgId, prefix);
    },

    async walk(lease, limit) {
      requireLease(state, lease);
      const org = orgOf(state, lease.orgId);
      const [first] = [...org.learning.walks].sort(([a], [b]) => byText(a, b));
      if (first === undefined) return undefined;
      const [prefix, { after, token }] = first;
      return { prefix, token, ...pageOf(org, prefix, after, limit) };
    },

    async documents(orgId, { after, limit, prefix }) {
      return pageOf(orgOf(state, orgId), prefix, after, limit);
    },

    async decide(lease, { decisions, queue = [], walk }, at) {
      requireLease(state, lease);
      const org = orgOf(state, lease.orgId);
      for (const decision of copy(decisions)) applyDecision(state, org, decision, at);
      for (const { documentId, key, revision, textHash } of copy(queue)) {
        const document = org.documents.get(documentId);
        if (document?.revision === revision) queueDistillation(state, org, document, { key, textHash });
      }
      const known = walk && org.learning.walks.get(walk.prefix);
      if (walk === undefined || !Object.is(known?.token, walk.token)) return;
      if (walk.next === undefined) org.learning.walks.delete(walk.prefix);
      else org.learning.walks.set(walk.prefix, { token: walk.token, after: walk.next });
    },

    async toJudge(lease, limit, now) {
      requireLease(state, lease);
      const org = orgOf(state, lease.orgId);
      return waitingDecisions(org)
        .filter(({ nextAttemptAt }) => nextAttemptAt === undefined || nextAttemptAt <= now)
        .sort((a, b) => dueAt(a) - dueAt(b) || byText(a.documentId, b.documentId))
        .flatMap(({ attempts, documentId, revision }) => {
          const document = org.documents.get(documentId);
          return document?.revision !== revision ? [] : [{ ...learningOf(org, document), attempts }];
        })
        .slice(0, limit);
    },

    async judged(lease, decision, waitedBy, at) {
      requireLease(state, lease);
      const org = orgOf(state, lease.orgId);
      const kept = org.learning.decisions.get(decision.documentId);
      if (kept?.outcome !== "waiting" || kept.stamp !== waitedBy || kept.revision !== decision.revision)
        return false;
      return applyDecision(state, org, copy(decision), at);
    },

    async postponeJudging(lease, failures) {
      requireLease(state, lease);
      const { decisions } = room(lease.orgId);
      for (const failure of copy(failures)) {
        const kept = decisions.get(failure.documentId);
        if (kept?.outcome !== "waiting" || kept.stamp !== failure.stamp) continue;
        decisions.set(failure.documentId, { ...kept, ...failed(kept, failure) });
      }
    },

    async nextDue(lease) {
      const org = orgOf(state, lease.orgId);
      const times =
        lease.kind === "judge"
          ? waitingDecisions(org)
              .filter(({ documentId, revision }) => org.documents.get(documentId)?.revision === revision)
              .map(dueAt)
          : [...org.learning.distillations]
              .filter(
                ([id, { status }]) => status === "waiting" && org.documents.get(id)?.state === "indexed",
              )
              .map(([, { nextAttemptAt }]) => nextAttemptAt?.getTime() ?? 0);
      return times.length === 0 ? undefined : new Date(Math.min(...times));
    },

    async toDistil(lease, limit, now) {
      requireLease(state, lease);
      const org = orgOf(state, lease.orgId);
      return [...org.learning.distillations]
        .filter(
          ([, { nextAttemptAt, status }]) =>
            status === "waiting" && (nextAttemptAt === undefined || nextAttemptAt <= now),
        )
        .flatMap(([documentId, { attempts, key }]) => {
          const document = org.documents.get(documentId);
          if (document?.state !== "indexed") return [];
          const { format, kind, occurredAt, queuedAt, revision, sourceKey, text = "", title } = document;
          const time = (occurredAt ?? queuedAt).getTime();
          return [{ time, documentId, revision, key, sourceKey, kind, title, format, text, attempts }];
        })
        .sort((a, b) => b.time - a.time || byText(a.documentId, b.documentId))
        .slice(0, limit)
        .map(({ time: _, ...document }) => document);
    },

    async requeue(lease, { documentId, key, revision, textHash }) {
      requireLease(state, lease);
      const org = orgOf(state, lease.orgId);
      const document = org.documents.get(documentId);
      if (document?.revision !== revision || org.learning.distillations.get(documentId)?.status !== "waiting")
        return;
      queueDistillation(state, org, document, { key, textHash });
    },

    async isWanted(lease, documentId, key) {
      requireLease(state, lease);
      const kept = room(lease.orgId).distillations.get(documentId);
      return kept?.status === "waiting" && kept.key === key;
    },

    async distilled(lease, result, at) {
      requireLease(state, lease);
      const org = orgOf(state, lease.orgId);
      const source = org.documents.get(result.documentId);
      const kept = org.learning.distillations.get(result.documentId);
      if (source?.revision !== result.revision || kept?.status !== "waiting" || kept.key !== result.key)
        return false;
      const { calls, dropped, insights, model, ruleVersion } = copy(result);
      const documentId = keepDistilled(state, org, source, result, at);
      const done = { attempts: 0, failure: undefined, nextAttemptAt: undefined, status: "done" } as const;
      const made = { calls, dropped, insights, model, ruleVersion, documentId, distilledAt: copy(at) };
      org.learning.distillations.set(source.id, { ...kept, ...made, ...done });
      return true;
    },

    async postponeDistilling(lease, failures) {
      requireLease(state, lease);
      const { distillations } = room(lease.orgId);
      for (const failure of copy(failures)) {
        const kept = distillations.get(failure.documentId);
        if (kept?.status !== "waiting" || kept.key !== failure.stamp) continue;
        const status = failure.nextAttemptAt === undefined ? "failed" : "waiting";
        distillations.set(failure.documentId, { ...kept, ...failed(kept, failure), status });
      }
    },

    async cancelDistilling(orgId, prefix) {
      const org = orgOf(state, orgId);
      let cancelled = 0;
      for (const [id, kept] of org.learning.distillations) {
        if (kept.status !== "waiting" || !org.documents.get(id)?.sourceKey.startsWith(prefix)) continue;
        org.learning.distillations.set(id, { ...kept, status: "cancelled" });
        cancelled++;
      }
      return cancelled;
    },

    async insights(orgId, filter) {
      const org = orgOf(state, orgId);
      const admits = filterOf(org, { ...filter, prefix: undefined });
      const all = [...org.learning.distillations].flatMap(([id, kept]) => {
        const source = org.documents.get(id);
        if (source === undefined || !admits(source)) return [];
        if (filter.prefix !== undefined && !source.sourceKey.startsWith(filter.prefix)) return [];
        return kept.insights.map((insight) => insightOf(org, source, kept, insight));
      });
      const wanted = all
        .filter(({ kind }) => filter.kinds === undefined || filter.kinds.includes(kind))
        .sort((a, b) => timeOf(b) - timeOf(a) || byText(b.id, a.id));
      const from = filter.after === undefined ? 0 : wanted.findIndex(({ id }) => id === filter.after) + 1;
      return copy(wanted.slice(from, from + filter.limit));
    },

    async decisions(orgId, { after, limit, outcome, prefix = "" }) {
      const org = orgOf(state, orgId);
      return [...org.learning.decisions.values()]
        .flatMap((kept): readonly LearningDecision[] => {
          const document = org.documents.get(kept.documentId);
          if (document === undefined) return [];
          const { documentId, reason, ruleId, ruleVersion, note, model, failure, at } = kept;
          const { sourceKey, title } = document;
          const made = { reason, ruleId, ruleVersion, note, model, failure, at };
          return [{ documentId, sourceKey, title, outcome: kept.outcome, ...made }];
        })
        .filter((one) => outcome === undefined || one.outcome === outcome)
        .filter((one) => one.sourceKey.startsWith(prefix) && (after === undefined || one.documentId < after))
        .sort((a, b) => byText(b.documentId, a.documentId))
        .slice(0, limit)
        .map(copy);
    },

    async counts(orgId) {
      return countsOf(orgOf(state, orgId));
    },

    async spend(orgId, day, wanted, budget) {
      const spent = room(orgId).usage.get(day) ?? { calls: 0, characters: 0 };
      const calls = spent.calls + wanted.calls;
      const characters = spent.characters + wanted.characters;
      if (calls > budget.calls || characters > budget.characters) return false;
      room(orgId).usage.set(day, { calls, characters });
      return true;
    },

    async usage(orgId, day) {
      return copy(room(orgId).usage.get(day) ?? { calls: 0, characters: 0 });
    },
  };
}

/** What a model said of this revision of a document. */
export function verdictsOf(org: Org, documentId: string, revision: number): Verdicts {
  const kept = org.learning.decisions.get(documentId);
  return kept?.revision === revision ? copy(kept.verdicts) : {};
}

/** The rules by which this revision of a document may be learned. */
export function learnedBy(org: Org, documentId: string, revision: number): string | undefined {
  const kept = org.learning.decisions.get(documentId);
  return kept?.revision === revision && kept.outcome === "learned" ? kept.stamp : undefined;
}

/** What was distilled of another text goes at once; under another key it is distilled again. */
export function queueDistillation(
  state: State,
  org: Org,
  document: Document,
  { key, textHash }: { readonly key: string | undefined; readonly textHash: string },
): void {
  const { distillations } = org.learning;
  const kept = distillations.get(document.id);
  if (kept !== undefined && kept.textHash !== textHash) {
    removeDocuments(org, distilledFrom(org, document), "its source changed", new Date(state.clock.now()));
    distillations.delete(document.id);
  }
  const now = distillations.get(document.id);
  if (key === undefined || now?.key === key) return;
  const waiting = { key, textHash, status: "waiting", attempts: 0 } as const;
  const free = { failure: undefined, nextAttemptAt: undefined };
  distillations.set(document.id, { ...(now ?? undistilled), ...waiting, ...free });
  wake(state, { kind: "distil", orgId: org.id, subject: org.id });
}

const undistilled = {
  insights: [],
  dropped: 0,
  calls: 0,
  model: "",
  ruleVersion: "",
  distilledAt: undefined,
  documentId: undefined,
} as const;

function applyDecision(state: State, org: Org, decision: DecidedDocument, at: Date): boolean {
  const document = org.documents.get(decision.documentId);
  if (document === undefined || document.revision !== decision.revision) return false;
  const free = { attempts: 0, failure: undefined, nextAttemptAt: undefined };
  org.learning.decisions.set(document.id, { ...decision, ...free, at: copy(at) });
  const wakeOrg = (kind: "index" | "judge") => wake(state, { kind, orgId: org.id, subject: org.id });
  if (decision.outcome === "waiting") {
    if (document.state !== "indexed") document.state = "judging";
    wakeOrg("judge");
  } else if (decision.outcome === "skipped") {
    skip(org, document, at);
  } else if (document.state === "skipped" || document.state === "judging") {
    document.state = "pending";
    document.attempts = 0;
    document.nextAttemptAt = undefined;
    wakeOrg("index");
  }
  return true;
}

/** Its text stays, unseen; all that was made of it goes. */
function skip(org: Org, document: Document, at: Date): void {
  document.state = "skipped";
  const distilled = distilledFrom(org, document);
  if (document.chunks.length > 0 || distilled.length > 0)
    removeDocuments(org, distilled, "a learning rule skips it", at, document);
  document.chunks = [];
  org.learning.distillations.delete(document.id);
}

function keepDistilled(
  state: State,
  org: Org,
  source: Document,
  { document }: DistilledDocument,
  at: Date,
): string | undefined {
  const [known] = distilledFrom(org, source);
  if (document === undefined) {
    if (known) removeDocuments(org, [known], "nothing is distilled of it any more", at);
    return undefined;
  }
  const { body, hash, id, title } = document;
  const { audience, author, occurredAt, priority, url } = source;
  const row: DocumentRow = copy({
    id: known?.id ?? id,
    sourceKey: `${distilledPrefix}${source.sourceKey}`,
    kind: "insights",
    title,
    body,
    format: "text",
    audience,
    occurredAt,
    url,
    author,
    hash,
    priority,
    force: false,
  });
  if (known?.hash !== hash) {
    org.documents.set(row.id, {
      ...row,
      row: source.row,
      source,
      revision: (known?.revision ?? 0) + 1,
      state: "pending",
      attempts: 0,
      queuedAt: copy(at),
      nextAttemptAt: undefined,
      text: known?.text,
      cleanerVersion: known?.cleanerVersion,
      chunks: known?.chunks ?? [],
    });
    wake(state, { kind: "index", orgId: org.id, subject: org.id });
  }
  followSource(org, source);
  return row.id;
}

function pageOf(org: Org, prefix: string, after: string | undefined, limit: number) {
  const all = [...org.documents.values()]
    .filter(
      ({ source, sourceKey, state }) =>
        source === undefined &&
        sourceKey.startsWith(prefix) &&
        (state === "indexed" || state === "skipped" || state === "judging"),
    )
    .map((document) => ({ document, place: `${document.sourceKey} ${document.id}` }))
    .filter(({ place }) => after === undefined || place > after)
    .sort((a, b) => byText(a.place, b.place));
  const page = all.slice(0, limit);
  return {
    documents: page.map(({ document }) => learningOf(org, document)),
    next: all.length > limit ? page.at(-1)?.place : undefined,
  };
}

function learningOf(org: Org, document: Document): LearningDocument {
  const { distil = false, id, kind, revision, sourceKey, state, text, title } = document;
  const kept = org.learning.decisions.get(id);
  const own = kept?.revision === revision ? kept : undefined;
  const indexed = state === "indexed" && text !== undefined;
  const format = indexed && document.format !== "transcript" ? "text" : document.format;
  const body = indexed ? text : document.body;
  return copy({
    ...{ id, revision, sourceKey, kind, title, body, format, distil, status: state },
    verdicts: own?.verdicts ?? {},
    stamp: own?.stamp,
    outcome: own?.outcome,
    distilKey: org.learning.distillations.get(id)?.key,
  });
}

const waitingDecisions = (org: Org): KeptDecision[] =>
  [...org.learning.decisions.values()].filter(({ outcome }) => outcome === "waiting");

const dueAt = ({ at, nextAttemptAt }: KeptDecision): number => (nextAttemptAt ?? at).getTime();

const failed = ({ attempts }: { readonly attempts: number }, { nextAttemptAt, reason }: LearningFailure) => ({
  attempts: attempts + 1,
  failure: reason,
  nextAttemptAt,
});

function insightOf(
  org: Org,
  source: Document,
  { distilledAt, model, ruleVersion }: Distillation,
  insight: Distillation["insights"][number],
): Insight {
  const about = (kind: "end_user" | "company") =>
    customersOf(org, source)
      .filter((customer) => customer.kind === kind)
      .map(({ id }) => id)
      .sort(byText);
  const { occurredAt, sourceKey, title, url } = source;
  return {
    ...insight,
    sourceKey,
    sourceTitle: title,
    occurredAt,
    url,
    model,
    ruleVersion,
    distilledAt: distilledAt ?? new Date(0),
    endUsers: about("end_user"),
    companies: about("company"),
  };
}

const timeOf = ({ distilledAt, occurredAt }: Insight): number => (occurredAt ?? distilledAt).getTime();

function countsOf(org: Org): LearningCounts {
  const documents = [...org.documents.values()].filter(({ source }) => source === undefined);
  const decisions = [...org.learning.decisions.values()];
  const distillations = [...org.learning.distillations.values()];
  const skipped = (reason: string) =>
    decisions.filter((one) => one.outcome === "skipped" && one.reason === reason).length;
  const having = (status: Distillation["status"]) =>
    distillations.filter((one) => one.status === status).length;
  const failures: Record<string, number> = {};
  for (const { failure } of [
    ...decisions.filter(({ outcome }) => outcome === "waiting"),
    ...distillations.filter(({ status }) => status === "waiting" || status === "failed"),
  ])
    if (failure !== undefined) failures[failure] = (failures[failure] ?? 0) + 1;
  const sum = (of: (one: Distillation) => number) => distillations.reduce((total, one) => total + of(one), 0);
  return {
    learned: documents.filter(({ state }) => state === "indexed").length,
    skipped: { keyword: skipped("keyword"), no_topic: skipped("no_topic") },
    judging: decisions.filter(({ outcome }) => outcome === "waiting").length,
    distilled: distillations.filter(({ distilledAt }) => distilledAt !== undefined).length,
    distilling: having("waiting"),
    cancelled: having("cancelled"),
    undistillable: having("failed"),
    insights: sum(({ insights }) => insights.length),
    droppedQuotes: sum(({ dropped }) => dropped),
    failures,
  };
}
