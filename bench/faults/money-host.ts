import type { Random } from "../../packages/emulators/src/random.ts";
import type { MoneyCrew, MoneyWorker } from "./money-crew.ts";
import type { DecisionHeard, MoneyDecision, MoneyWish, ProposalHeard } from "./money-steps.ts";
import type { MoneyVendor, Payer } from "./money-vendor.ts";

/** What one person did, and what they heard. */
export interface Said {
  readonly decision: Omit<MoneyDecision, "approvalId" | "hash">;
  heard: DecisionHeard | undefined;
}

/** A wish, and what the host and its people did about it. */
export interface Wanted {
  readonly wish: MoneyWish;
  readonly payer: Payer;
  proposal: ProposalHeard | undefined;
  readonly said: Said[];
}

/** What stands between the agents, the people and the workers: everybody asks again until they hear. */
export interface MoneyHost {
  readonly wanted: readonly Wanted[];
  want(): void;
  /** Resolves when nothing is asked any more. */
  quiet(): Promise<void>;
}

/** What says: ask again. */
const again = new Set(["conflict", "storage_failed", "vendor_failed", "vendor_timeout"]);

export function createMoneyHost(
  crew: MoneyCrew,
  vendor: Pick<MoneyVendor, "payer">,
  random: Random,
  round: number,
): MoneyHost {
  const wanted: Wanted[] = [];
  const asking = new Set<Promise<void>>();

  const until = async <T>(ask: (worker: MoneyWorker) => Promise<T>, other?: MoneyWorker): Promise<T> => {
    for (;;) {
      const worker = await crew.any(other);
      let heard: T | undefined;
      try {
        heard = await ask(worker);
      } catch {
        continue;
      }
      const code = (heard as { readonly code?: string }).code;
      if (code === undefined || !again.has(code)) return heard;
    }
  };
  /** By two workers at once, now and then. */
  const twice = async <T>(ask: (worker: MoneyWorker) => Promise<T>): Promise<T> => {
    if (!random.chance(0.2)) return await until(ask);
    const first = await crew.any();
    const [heard] = await Promise.all([until(ask, first), until(ask)]);
    return heard;
  };
  const follow = async (one: Wanted) => {
    one.proposal = await twice((worker) => worker.propose(one.wish));
    if (!("approvalId" in one.proposal)) return;
    const { approvalId, hash } = one.proposal;
    const kind = random.chance(0.8) ? "approve" : "reject";
    const people: Said["decision"][] = [{ kind, by: "grace" }];
    // Two at once do not agree, half of the time.
    if (random.chance(0.3)) people.push({ kind: random.chance(0.5) ? "approve" : "reject", by: "linus" });
    await Promise.all(
      people.map(async (decision) => {
        const said: Said = { decision, heard: undefined };
        one.said.push(said);
        said.heard = await until((worker) => worker.decide({ ...decision, approvalId, hash }));
      }),
    );
  };
  return {
    wanted,
    want() {
      const payer = vendor.payer();
      const action = random.chance(0.6) ? "refund" : "credit";
      const key = `wish-${round}-${wanted.length}`;
      const one: Wanted = { wish: { key, action, ...payer }, payer, proposal: undefined, said: [] };
      wanted.push(one);
      // A crew that cannot go on breaks the round off by itself.
      const done = follow(one)
        .catch(() => {})
        .finally(() => asking.delete(done));
      asking.add(done);
    },
    async quiet() {
      while (asking.size > 0) await Promise.all(asking);
    },
  };
}
