import { isHaloError, type Lease, type Storage } from "@halo/core";
import type { Order, Step, Told, Work } from "./steps.ts";

/** Strikes the own process where it was ordered to. */
export interface Striker {
  arm(order: Order | undefined): void;
  /** Strikes at this very point, when that was ordered. */
  point(step: Step): void;
  /** Strikes at a random time within `work`, when that was ordered; a step that was over sooner is aimed at again. */
  within<T>(step: Step, work: () => Promise<T>): Promise<T>;
  /** Begins a step that ends when the returned function is called. */
  begin(step: Step): () => void;
  /** Stops this process, when that was ordered, until somebody lets it go on. True when it did. */
  freeze(lease: Lease): boolean;
}

/** What a step takes before any was seen, ms. */
const usuallyMs: { readonly [step in Step]?: number } = {
  fetch: 12,
  mid_write: 25,
  before_done: 4,
  webhook_before_commit: 5,
  inbox_processing: 30,
  index_mid_replace: 40,
};

export function createStriker(tell: (told: Told) => void): Striker {
  let order: Order | undefined;
  let skipped = 0;
  const took = new Map<Step, number>();

  const due = (step: Step | "frozen"): boolean => {
    if (order?.step !== step) return false;
    skipped += 1;
    return skipped > order.skip;
  };
  const strike = (step: Step): void => {
    tell({ told: "striking", step });
    process.kill(process.pid, "SIGKILL");
  };
  const begin = (step: Step): (() => void) => {
    const began = performance.now();
    // The first of a process may take long; aimed too late, it is aimed at again with what it took.
    const usual = took.get(step) ?? 3 * (usuallyMs[step] ?? 10);
    const timer = due(step) ? setTimeout(() => strike(step), usual * (order?.share ?? 0)) : undefined;
    return () => {
      clearTimeout(timer);
      took.set(step, performance.now() - began);
    };
  };
  return {
    arm(next) {
      order = next;
      skipped = 0;
    },
    point(step) {
      if (due(step)) strike(step);
    },
    begin,
    async within(step, work) {
      const end = begin(step);
      try {
        return await work();
      } finally {
        end();
      }
    },
    freeze(lease) {
      if (!due("frozen")) return false;
      order = undefined;
      tell({ told: "frozen", work: lease.kind, subject: lease.subject, fence: lease.fence });
      process.kill(process.pid, "SIGSTOP");
      return true;
    },
  };
}

/** The storage as it is, with the places marked where a process can die. */
export function faultyStorage(storage: Storage, striker: Striker, tell: (told: Told) => void): Storage {
  const progress = (work: Work) => tell({ told: "progress", work });

  /** A write under a lease: what a frozen process still does with it is what fencing is about. */
  const late = async <T>(lease: Lease, write: () => Promise<T>): Promise<T> => {
    if (!striker.freeze(lease)) return await write();
    try {
      const result = await write();
      tell({ told: "late", outcome: "accepted", code: "" });
      return result;
    } catch (error) {
      const code = isHaloError(error) ? error.code : "other";
      tell({ told: "late", outcome: code === "lease_lost" ? "fenced" : "accepted", code });
      throw error;
    }
  };
  /** Ends of what an inbox has in hand, by its subject. */
  const inHand = new Map<string, () => void>();
  const letGo = (subject: string) => {
    inHand.get(subject)?.();
    inHand.delete(subject);
  };

  return {
    ...storage,
    leases: {
      ...storage.leases,
      async claim(request) {
        const leases = await storage.leases.claim(request);
        for (const { kind, subject, fence } of leases) tell({ told: "claimed", work: kind, subject, fence });
        return leases;
      },
    },
    runs: {
      ...storage.runs,
      async finish(lease, end) {
        const run = await striker.within("before_done", () => storage.runs.finish(lease, end));
        progress("run");
        return run;
      },
    },
    pages: {
      ...storage.pages,
      async commit(page) {
        const { kind, subject } = page.lease;
        const write = () => late(page.lease, () => storage.pages.commit(page));
        const result = kind === "run" ? await striker.within("mid_write", write) : await write();
        if (kind === "inbox" && page.deliveries) letGo(subject);
        progress(kind);
        if (kind === "run") striker.point("after_commit");
        return result;
      },
    },
    deliveries: {
      ...storage.deliveries,
      async accept(batch) {
        const fresh = await striker.within("webhook_before_commit", () => storage.deliveries.accept(batch));
        progress("webhook");
        striker.point("webhook_after_commit");
        return fresh;
      },
      async pending(lease, connectionId, limit, now) {
        const found = await storage.deliveries.pending(lease, connectionId, limit, now);
        letGo(lease.subject);
        if (found.length > 0) inHand.set(lease.subject, striker.begin("inbox_processing"));
        return found;
      },
      async settle(lease, outcomes, at) {
        await storage.deliveries.settle(lease, outcomes, at);
        letGo(lease.subject);
        progress("inbox");
      },
    },
    knowledge: {
      ...storage.knowledge,
      async replace(lease, documents, at) {
        striker.point("index_before_replace");
        const write = () => late(lease, () => storage.knowledge.replace(lease, documents, at));
        const count = await striker.within("index_mid_replace", write);
        progress("index");
        return count;
      },
    },
  };
}
