import { type Child, startChild } from "./child.ts";
import type { Ask, Order, Status, Told, WorkerSetup } from "./steps.ts";

/** A worker as its round sees it. */
export interface WorkerProcess extends Child<Told> {
  arm(order: Order | undefined): void;
  connect(key: string): Promise<string>;
  start(mode: "full_resync" | "email_catch_up"): Promise<number>;
  status(): Promise<Status>;
}

export interface WorkerWatch {
  readonly told: (told: Told, worker: WorkerProcess) => void;
}

export function startWorker(setup: WorkerSetup, cache: string, watch: WorkerWatch): WorkerProcess {
  const child = startChild<Told>({
    file: "./worker.ts",
    setup,
    cache,
    told: (told) => watch.told(told, worker),
    answerMs: 30_000,
    patienceMs: 10_000,
  });
  const ask = <T>(make: (id: number) => Ask) => child.ask<T>(make);
  const worker: WorkerProcess = {
    ...child,
    arm: (order) => child.send({ ask: "arm", order } satisfies Ask),
    connect: (key) => ask((id) => ({ ask: "connect", id, key })),
    start: (mode) => ask((id) => ({ ask: "start", id, mode })),
    status: () => ask((id) => ({ ask: "status", id })),
  };
  return worker;
}
