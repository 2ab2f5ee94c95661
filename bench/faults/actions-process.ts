import type { ActionAsk, ActionOrder, ActionTold, ActionWorkerSetup, Heard, Wish } from "./actions-steps.ts";
import { type Child, startChild } from "./child.ts";

/** A worker as its round sees it. */
export interface ActionWorker extends Child<ActionTold> {
  arm(order: ActionOrder | undefined): void;
  connect(key: string): Promise<void>;
  /** Rejects when it ends first. */
  wish(wish: Wish): Promise<Heard>;
  open(): Promise<number>;
}

export function startActionWorker(
  setup: ActionWorkerSetup,
  cache: string,
  watch: (told: ActionTold, worker: ActionWorker) => void,
): ActionWorker {
  const child = startChild<ActionTold>({
    file: "./actions-worker.ts",
    setup,
    cache,
    told: (told) => watch(told, worker),
    answerMs: 120_000,
    // More than any slice takes.
    patienceMs: 30_000,
  });
  const ask = <T>(make: (id: number) => ActionAsk) => child.ask<T>(make);
  const worker: ActionWorker = {
    ...child,
    arm: (order) => child.send({ ask: "arm", order } satisfies ActionAsk),
    connect: (key) => ask((id) => ({ ask: "connect", id, key })),
    wish: (wish) => ask((id) => ({ ask: "wish", id, wish })),
    open: () => ask((id) => ({ ask: "open", id })),
  };
  return worker;
}
