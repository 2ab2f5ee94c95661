import type { Random } from "../../packages/emulators/src/random.ts";
import { type Child, startChild } from "./child.ts";
import { createKillCrew, type Kill, type KillCrew } from "./kill-crew.ts";
import type {
  DecisionHeard,
  MoneyAsk,
  MoneyDecision,
  MoneyStep,
  MoneyTold,
  MoneyWish,
  MoneyWorkerSetup,
  ProposalHeard,
} from "./money-steps.ts";
import type { StrikeOrder } from "./striker.ts";

export type MoneyKill = Kill<MoneyStep>;

/** A worker as its round sees it; what is asked rejects when it ends first. */
export interface MoneyWorker extends Child<MoneyTold> {
  arm(order: StrikeOrder<MoneyStep> | undefined): void;
  connect(key: string): Promise<void>;
  propose(wish: MoneyWish): Promise<ProposalHeard>;
  decide(decision: MoneyDecision): Promise<DecisionHeard>;
  open(): Promise<number>;
  audit(): Promise<{ readonly ok: boolean; readonly lines: number }>;
}

export type MoneyCrew = KillCrew<MoneyStep, MoneyWorker>;

export function createMoneyCrew(
  setup: MoneyWorkerSetup,
  size: number,
  cache: string,
  random: Random,
): MoneyCrew {
  return createKillCrew<MoneyStep, MoneyWorker>(
    (_, told) => {
      const child = startChild<MoneyTold>({
        file: "./money-worker.ts",
        setup,
        cache,
        told: (what) => {
          if (what.told === "striking" || what.told === "through") told(what, worker);
        },
        answerMs: 60_000,
        patienceMs: 30_000,
      });
      const ask = <T>(make: (id: number) => MoneyAsk) => child.ask<T>(make);
      const worker: MoneyWorker = {
        ...child,
        arm: (order) => child.send({ ask: "arm", order } satisfies MoneyAsk),
        connect: (key) => ask((id) => ({ ask: "connect", id, key })),
        propose: (wish) => ask((id) => ({ ask: "propose", id, wish })),
        decide: (decision) => ask((id) => ({ ask: "decide", id, decision })),
        open: () => ask((id) => ({ ask: "open", id })),
        audit: () => ask((id) => ({ ask: "audit", id })),
      };
      return worker;
    },
    size,
    random,
  );
}
