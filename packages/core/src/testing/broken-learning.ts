import { orgOf, type State } from "../memory/state.ts";
import type { LearningStore } from "../ports/learning-store.ts";
import type { Lease } from "../ports/lease-store.ts";
import type { Storage } from "../ports/storage.ts";
import type { Breakage } from "./broken-storage.ts";

/** The lease as it would have to be now. */
const forged = (state: State, lease: Lease): Lease => {
  for (const { fence, holder, kind, orgId, subject } of state.leases.values())
    if (kind === lease.kind && orgId === lease.orgId && subject === lease.subject)
      return { ...lease, fence, holder: holder ?? lease.holder };
  return lease;
};

const breaks = (
  name: string,
  promise: string,
  change: (good: LearningStore, state: State, storage: Storage) => Partial<LearningStore>,
): Breakage => ({
  name,
  room: "learning",
  breaks: promise,
  rooms: (good, state) => ({ learning: change(good.learning, state, good) }),
});

type Fenced = "decide" | "walk" | "judged" | "toJudge" | "distilled" | "postponeDistilling";

/** One method that forgets the fence. */
const unfenced = (method: Fenced) =>
  breaks(`${method} is not fenced`, "F19 a worker", (good, state) => ({
    [method]: async (lease: Lease, ...rest: unknown[]) =>
      (good[method] as (...all: unknown[]) => Promise<unknown>)(forged(state, lease), ...rest),
  }));

const rooms = (state: State) => [...state.orgs.values()].map(({ learning }) => learning);

export const learningBreakages: readonly Breakage[] = [
  ...(["decide", "walk", "judged", "toJudge", "distilled", "postponeDistilling"] as const).map(unfenced),
  breaks("a rule that is stored again is a new version", "a rule comes back", (good, state) => ({
    putRule: async (rule, at) => {
      const before = await good.putRule(rule, at);
      const changed = { ...before, version: before.version + 1 };
      orgOf(state, rule.orgId).learning.rules.set(rule.id, changed);
      return changed;
    },
  })),
  breaks("a rule has no walk begun", "a rule that changes", (good, state) => ({
    putRule: async (rule, at) => {
      const stored = await good.putRule(rule, at);
      orgOf(state, rule.orgId).learning.walks.clear();
      return stored;
    },
  })),
  breaks("only where a rule is now is looked at again", "a rule that changes", (good, state) => ({
    putRule: async (rule, at) => {
      const stored = await good.putRule(rule, at);
      const { walks } = orgOf(state, rule.orgId).learning;
      for (const prefix of walks.keys()) if (prefix !== rule.prefix) walks.delete(prefix);
      return stored;
    },
  })),
  breaks("a walk begins with each page anew", "a rule that changes", (good) => ({
    walk: async (lease, limit) => {
      const walk = await good.walk(lease, 1_000);
      return (
        walk && {
          ...walk,
          documents: walk.documents.slice(0, limit),
          next: walk.documents.length > limit ? "" : undefined,
        }
      );
    },
  })),
  breaks("progress counts for whichever walk there is", "a walk that was begun anew", (good, state) => ({
    decide: async (lease, change, at) => {
      const own = change.walk && orgOf(state, lease.orgId).learning.walks.get(change.walk.prefix);
      const walk = change.walk && own ? { ...change.walk, token: own.token } : change.walk;
      return good.decide(lease, { ...change, ...(walk && { walk }) }, at);
    },
  })),
  breaks("what is skipped keeps its chunks", "a document that is skipped", (good, state) => ({
    decide: async (lease, change, at) => {
      const org = orgOf(state, lease.orgId);
      const before = new Map([...org.documents.values()].map((one) => [one.id, one.chunks]));
      await good.decide(lease, change, at);
      for (const document of org.documents.values()) document.chunks = before.get(document.id) ?? [];
    },
  })),
  breaks(
    "what waits for a judgement is indexed meanwhile",
    "a document that waits for a judgement",
    (good, state) => ({
      decide: async (lease, change, at) => {
        await good.decide(lease, change, at);
        for (const document of orgOf(state, lease.orgId).documents.values())
          if (document.state === "judging") document.state = "pending";
      },
    }),
  ),
  breaks("a judgement counts whoever waits for it", "a judgement counts only", (good, state) => ({
    judged: async (lease, decision, _, at) => {
      const kept = orgOf(state, lease.orgId).learning.decisions.get(decision.documentId);
      return good.judged(lease, decision, kept?.stamp ?? "", at);
    },
  })),
  breaks("a judgement counts for a text that it is not of", "a judgement counts only", (good, state) => ({
    judged: async (lease, decision, waitedBy, at) => {
      const org = orgOf(state, lease.orgId);
      const revision = org.documents.get(decision.documentId)?.revision ?? 0;
      const kept = org.learning.decisions.get(decision.documentId);
      if (kept) org.learning.decisions.set(decision.documentId, { ...kept, revision });
      return good.judged(lease, { ...decision, revision }, waitedBy, at);
    },
  })),
  breaks("a failure is forgotten", "F77 what could not be judged", (_) => ({
    postponeJudging: async () => {},
  })),
  breaks("a failure of any key counts", "F77 what could not be judged", (good, state) => ({
    postponeDistilling: async (lease, failures) => {
      const { distillations } = orgOf(state, lease.orgId).learning;
      const own = failures.map((one) => ({ ...one, stamp: distillations.get(one.documentId)?.key ?? "" }));
      return good.postponeDistilling(lease, own);
    },
  })),
  breaks("what was distilled is added to what was", "what is distilled replaces", (good, state) => ({
    distilled: async (lease, result, at) => {
      const before = orgOf(state, lease.orgId).learning.distillations.get(result.documentId)?.insights ?? [];
      return good.distilled(lease, { ...result, insights: [...before, ...result.insights] }, at);
    },
  })),
  breaks("insights are shown to everybody", "T33 what was distilled", (good) => ({
    insights: (orgId, filter) => good.insights(orgId, { ...filter, scope: { kind: "staff" } }),
  })),
  breaks("a distillation is kept although it was cancelled", "what is cancelled", (good, state) => ({
    distilled: async (lease, result, at) => {
      const { distillations } = orgOf(state, lease.orgId).learning;
      const kept = distillations.get(result.documentId);
      if (kept) distillations.set(result.documentId, { ...kept, status: "waiting" });
      return good.distilled(lease, result, at);
    },
  })),
  breaks("all is wanted for ever", "what is cancelled", () => ({ isWanted: async () => true })),
  breaks("a rule is deleted in every org", "T30 one org neither sees", (good, state) => ({
    deleteRule: async (orgId, id, at) => {
      let found = false;
      for (const room of rooms(state)) found = room.rules.delete(id) || found;
      return (await good.deleteRule(orgId, id, at)) || found;
    },
  })),
  breaks("what is spent is noted after it was looked at", "of callers at the same time", (good, state) => ({
    spend: async (orgId, day, wanted, budget) => {
      const before = await good.usage(orgId, day);
      if (
        before.calls + wanted.calls > budget.calls ||
        before.characters + wanted.characters > budget.characters
      )
        return false;
      await Promise.resolve();
      const { calls, characters } = await good.usage(orgId, day);
      orgOf(state, orgId).learning.usage.set(day, {
        calls: calls + wanted.calls,
        characters: characters + wanted.characters,
      });
      return true;
    },
  })),
  breaks("every day has one budget", "of callers at the same time", (good) => ({
    spend: (orgId, _, wanted, budget) => good.spend(orgId, "2026-01-01", wanted, budget),
  })),
  breaks("characters are not counted", "of callers at the same time", (good) => ({
    spend: (orgId, day, wanted, budget) => good.spend(orgId, day, { ...wanted, characters: 0 }, budget),
  })),
  breaks("insights come oldest first", "insights are listed", (good) => ({
    insights: async (orgId, filter) =>
      [...(await good.insights(orgId, { ...filter, limit: 1_000 }))].reverse().slice(0, filter.limit),
  })),
  breaks("insights of every kind are listed", "insights are listed", (good) => ({
    insights: (orgId, { kinds: _, ...filter }) => good.insights(orgId, filter),
  })),
];

/** Rooms beside that keep what learning made, or lose it. */
export const learnedBreakages: readonly Breakage[] = [
  {
    name: "a source is removed without what was distilled of it",
    room: "learning",
    breaks: "F33 what was distilled goes",
    rooms: (good, state) => ({
      knowledge: {
        remove: async (orgId, by, reason, at) => {
          const org = orgOf(state, orgId);
          const kept = new Map(org.learning.distillations);
          const receipt = await good.knowledge.remove(orgId, by, reason, at);
          for (const [id, one] of kept) org.learning.distillations.set(id, one);
          return receipt;
        },
      },
    }),
  },
  {
    name: "a document is distilled at every index anew",
    room: "learning",
    breaks: "a document is distilled once",
    rooms: (good, state) => ({
      knowledge: {
        replace: async (lease, documents, at) => {
          const { distillations } = orgOf(state, lease.orgId).learning;
          for (const { id } of documents) {
            const known = distillations.get(id);
            if (known) distillations.set(id, { ...known, key: "" });
          }
          return good.knowledge.replace(lease, documents, at);
        },
      },
    }),
  },
  {
    name: "what was distilled of another text stays",
    room: "learning",
    breaks: "a document is distilled once",
    rooms: (good, state) => ({
      knowledge: {
        replace: async (lease, documents, at) => {
          const { distillations } = orgOf(state, lease.orgId).learning;
          for (const { distil, id } of documents) {
            const known = distillations.get(id);
            if (known && distil) distillations.set(id, { ...known, textHash: distil.textHash });
          }
          return good.knowledge.replace(lease, documents, at);
        },
      },
    }),
  },
  {
    name: "the audience of what was distilled stays as it was",
    room: "learning",
    breaks: "T33 what was distilled",
    rooms: (good, state) => ({
      pages: {
        commit: async (page) => {
          const org = orgOf(state, page.orgId);
          const before = new Map([...org.documents.values()].map((one) => [one.id, one.audience]));
          const result = await good.pages.commit(page);
          for (const document of org.documents.values())
            if (document.source) document.audience = before.get(document.id) ?? document.audience;
          return result;
        },
      },
    }),
  },
  {
    name: "what is removed from under distilled: is distilled again",
    room: "learning",
    breaks: "what was distilled can be removed alone",
    rooms: (good, state) => ({
      knowledge: {
        remove: async (orgId, by, reason, at) => {
          const receipt = await good.knowledge.remove(orgId, by, reason, at);
          orgOf(state, orgId).learning.distillations.clear();
          return receipt;
        },
      },
    }),
  },
];
