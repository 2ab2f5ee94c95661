import { hash } from "node:crypto";
import type { LearningFailure, Storage } from "@halo/core";
import type { KnowledgeBug, KnowledgeStep, KnowledgeTold } from "./knowledge-steps.ts";
import { type Striker, tellParent } from "./striker.ts";

export const tell = (told: KnowledgeTold): void => tellParent(told);

/** Waits of minutes are no help in a harness: everything is due again this soon. */
const soonMs = 250;
/** Small, so that there are many places to be killed at. */
const batch = 8;

const soon = (at: Date | undefined): Date | undefined =>
  at && new Date(Math.min(at.getTime(), Date.now() + soonMs));
const sooner = <T extends { readonly nextAttemptAt: Date | undefined }>(failures: readonly T[]): T[] =>
  failures.map((failure) => ({ ...failure, nextAttemptAt: soon(failure.nextAttemptAt) }));

/** The storage as it is, in small batches and short waits, with the places marked where a process can die. */
export function strikingKnowledgeStorage(storage: Storage, striker: Striker<KnowledgeStep>): Storage {
  const { knowledge, leases, learning, pages } = storage;
  return {
    ...storage,
    leases: { ...leases, release: (lease, again) => leases.release(lease, soon(again)) },
    pages: {
      ...pages,
      async commit(page) {
        const result = await pages.commit(page);
        striker.point("page_after_commit", undefined);
        return result;
      },
    },
    knowledge: {
      ...knowledge,
      pending: (lease, limit, now) => knowledge.pending(lease, Math.min(limit, batch), now),
      postpone: (lease, failures) => knowledge.postpone(lease, sooner(failures)),
      async replace(lease, documents, at) {
        if (documents.length > 0) striker.point("index_before_replace", documents[0]?.id);
        const count = await knowledge.replace(lease, documents, at);
        if (documents.length > 0) striker.point("index_after_replace", documents[0]?.id);
        tell({ told: "through", names: documents.map(({ id }) => id) });
        return count;
      },
    },
    learning: {
      ...learning,
      postponeJudging: (lease, failures) => learning.postponeJudging(lease, sooner(failures)),
      postponeDistilling: (lease, failures) =>
        learning.postponeDistilling(lease, sooner<LearningFailure>(failures)),
      async judged(lease, decision, waitedBy, at) {
        striker.point("judge_before_store", decision.documentId);
        const stored = await learning.judged(lease, decision, waitedBy, at);
        striker.point("judge_after_store", decision.documentId);
        tell({ told: "through", names: [decision.documentId] });
        return stored;
      },
      async distilled(lease, result, at) {
        striker.point("distil_before_store", result.documentId);
        const stored = await learning.distilled(lease, result, at);
        if (stored) tell({ told: "distilled", documentId: result.documentId });
        striker.point("distil_after_store", result.documentId);
        tell({ told: "through", names: [result.documentId] });
        return stored;
      },
    },
  };
}

/** A storage that is broken on purpose. */
export function plantInKnowledge(
  storage: Storage,
  bug: KnowledgeBug | undefined,
  between: () => void,
): Storage {
  const { knowledge, learning } = storage;
  switch (bug) {
    case undefined:
      return storage;
    case "index_in_two":
      // Marked as indexed, commit; chunks, commit: a kill in between leaves a document that nobody finds.
      return {
        ...storage,
        knowledge: {
          ...knowledge,
          async replace(lease, documents, at) {
            await knowledge.replace(
              lease,
              documents.map((document) => ({ ...document, chunks: [] })),
              at,
            );
            if (documents.length > 0) between();
            return knowledge.replace(lease, documents, at);
          },
        },
      };
    case "backlog_given_up":
      return {
        ...storage,
        knowledge: {
          ...knowledge,
          postpone: (lease, failures) =>
            knowledge.postpone(
              lease,
              failures.map((failure) => ({ ...failure, nextAttemptAt: undefined })),
            ),
        },
      };
    case "backlog_unseen":
      // What could not be distilled is dropped from the queue instead of waiting in it.
      return {
        ...storage,
        learning: {
          ...learning,
          postponeDistilling: async (lease) => void (await learning.cancelDistilling(lease.orgId, "")),
        },
      };
    case "distils_again": {
      const again = new Set<string>();
      const texts = new Map<string, string>();
      return {
        ...storage,
        learning: {
          ...learning,
          async toDistil(lease, limit, now) {
            const found = await learning.toDistil(lease, limit, now);
            for (const { documentId, text } of found) texts.set(documentId, hash("sha256", text, "hex"));
            return found;
          },
          async distilled(lease, result, at) {
            const stored = await learning.distilled(lease, result, at);
            const { documentId, key, revision } = result;
            if (!stored || again.has(documentId)) return stored;
            again.add(documentId);
            const queue = [
              { documentId, revision, key: `${key}-again`, textHash: texts.get(documentId) ?? "" },
            ];
            await learning.decide(lease, { decisions: [], queue }, at);
            return stored;
          },
        },
      };
    }
  }
}
