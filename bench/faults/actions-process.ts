import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { ActionAsk, ActionOrder, ActionTold, ActionWorkerSetup, Heard, Wish } from "./actions-steps.ts";

/** A worker as its round sees it. */
export interface ActionWorker {
  /** Resolves when it works; rejects when it ended before. */
  readonly ready: Promise<void>;
  readonly ended: Promise<{ readonly signal: string | null; readonly code: number | null }>;
  alive(): boolean;
  arm(order: ActionOrder | undefined): void;
  connect(key: string): Promise<void>;
  /** Rejects when it ends first. */
  wish(wish: Wish): Promise<Heard>;
  open(): Promise<number>;
  signal(signal: NodeJS.Signals): void;
  /** Resolves with the next line that fits, or undefined when the worker ends first or `ms` pass. */
  next(fits: (told: ActionTold) => boolean, ms: number): Promise<ActionTold | undefined>;
  /** Ends it in good order; by force after thirty seconds, which is more than any slice takes. Returns its exit code. */
  stop(): Promise<number | null>;
  /** What it printed. */
  output(): string;
}

const file = fileURLToPath(new URL("./actions-worker.ts", import.meta.url));

/** Everything that was started and has not ended, so that nothing is left behind however the harness ends. */
const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

export function startActionWorker(
  setup: ActionWorkerSetup,
  cache: string,
  watch: (told: ActionTold, worker: ActionWorker) => void,
): ActionWorker {
  const child = spawn(
    process.execPath,
    ["--conditions=@halo/source", "--disable-warning=ExperimentalWarning", file, JSON.stringify(setup)],
    { stdio: ["ignore", "pipe", "pipe", "pipe", "ipc"], env: { ...process.env, NODE_COMPILE_CACHE: cache } },
  );
  running.add(child);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const listeners = new Set<(told: ActionTold | undefined) => void>();
  const hear = (told: ActionTold | undefined) => {
    for (const listener of [...listeners]) listener(told);
  };
  const lines = createInterface({ input: child.stdio[3] as NodeJS.ReadableStream });
  const read = new Promise<void>((resolve) => lines.once("close", resolve));
  lines.on("line", (line) => {
    const told = JSON.parse(line) as ActionTold;
    watch(told, worker);
    hear(told);
  });
  let over = false;
  const ended = new Promise<{ signal: string | null; code: number | null }>((resolve) => {
    child.once("exit", (code, signal) => {
      running.delete(child);
      // What it said last is read first.
      read.then(() => {
        over = true;
        resolve({ signal, code });
        hear(undefined);
      });
    });
  });
  const send = (message: ActionAsk) => {
    // A worker that dies meanwhile is noticed by its end.
    if (child.connected) child.send(message, () => {});
  };
  const next: ActionWorker["next"] = (fits, ms) =>
    new Promise((resolve) => {
      if (over) return resolve(undefined);
      const done = (told: ActionTold | undefined) => {
        listeners.delete(listener);
        clearTimeout(timer);
        resolve(told);
      };
      const listener = (told: ActionTold | undefined) => {
        if (told === undefined || fits(told)) done(told);
      };
      const timer = setTimeout(() => done(undefined), ms);
      listeners.add(listener);
    });
  let asked = 0;
  const ask = async <T>(make: (id: number) => ActionAsk): Promise<T> => {
    asked += 1;
    const id = asked;
    const answer = next((told) => told.told === "answer" && told.id === id, 120_000);
    send(make(id));
    const told = await answer;
    if (told?.told !== "answer") throw new ActionWorkerGone(output);
    return told.value as T;
  };
  const ready = next((told) => told.told === "ready", 60_000).then((told) => {
    if (told?.told !== "ready") throw new ActionWorkerGone(output);
  });
  ready.catch(() => {});
  const worker: ActionWorker = {
    ready,
    ended,
    alive: () => child.exitCode === null && child.signalCode === null,
    arm: (order) => send({ ask: "arm", order }),
    connect: (key) => ask((id) => ({ ask: "connect", id, key })),
    wish: (wish) => ask((id) => ({ ask: "wish", id, wish })),
    open: () => ask((id) => ({ ask: "open", id })),
    signal: (signal) => void child.kill(signal),
    next,
    async stop() {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), 30_000);
      const { code } = await ended;
      clearTimeout(timer);
      return code;
    },
    output: () => output,
  };
  return worker;
}

/** It ended, or does not answer. */
export class ActionWorkerGone extends Error {
  constructor(output: string) {
    super(`The worker is gone. It said last:\n${output.slice(-2_000)}`);
    this.name = "ActionWorkerGone";
  }
}
