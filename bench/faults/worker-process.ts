import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Ask, Order, Status, Told, WorkerSetup } from "./steps.ts";

/** A worker as its round sees it. */
export interface WorkerProcess {
  readonly startedAt: number;
  /** Resolves when it works; rejects when it ended before. */
  readonly ready: Promise<void>;
  /** How it ended: by which signal, or with which code. */
  readonly ended: Promise<{ readonly signal: string | null; readonly code: number | null }>;
  alive(): boolean;
  arm(order: Order | undefined): void;
  connect(key: string): Promise<string>;
  start(mode: "full_resync" | "email_catch_up"): Promise<number>;
  status(): Promise<Status>;
  signal(signal: NodeJS.Signals): void;
  /** Resolves with the next line that fits, or undefined when the worker ends first or `ms` pass. */
  next(fits: (told: Told) => boolean, ms: number): Promise<Told | undefined>;
  /** Ends it in good order; by force after ten seconds. Returns its exit code. */
  stop(): Promise<number | null>;
  /** What it printed. */
  output(): string;
}

export interface WorkerWatch {
  readonly told: (told: Told, worker: WorkerProcess) => void;
}

const file = fileURLToPath(new URL("./worker.ts", import.meta.url));

/** Everything that was started and has not ended, so that nothing is left behind however the harness ends. */
const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

export function startWorker(setup: WorkerSetup, cache: string, watch: WorkerWatch): WorkerProcess {
  const child = spawn(
    process.execPath,
    ["--conditions=@halo/source", "--disable-warning=ExperimentalWarning", file, JSON.stringify(setup)],
    {
      stdio: ["ignore", "pipe", "pipe", "pipe", "ipc"],
      env: { ...process.env, NODE_COMPILE_CACHE: cache },
    },
  );
  running.add(child);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const listeners = new Set<(told: Told | undefined) => void>();
  const hear = (told: Told | undefined) => {
    for (const listener of [...listeners]) listener(told);
  };
  const lines = createInterface({ input: child.stdio[3] as NodeJS.ReadableStream });
  const read = new Promise<void>((resolve) => lines.once("close", resolve));
  lines.on("line", (line) => {
    const told = JSON.parse(line) as Told;
    watch.told(told, worker);
    hear(told);
  });
  const ended = new Promise<{ signal: string | null; code: number | null }>((resolve) => {
    child.once("exit", (code, signal) => {
      running.delete(child);
      // What it said last is read first.
      read.then(() => {
        resolve({ signal, code });
        hear(undefined);
      });
    });
  });
  let asked = 0;
  const ask = async <T>(make: (id: number) => Ask): Promise<T> => {
    asked += 1;
    const id = asked;
    const answer = worker.next((told) => told.told === "answer" && told.id === id, 30_000);
    send(make(id));
    const told = await answer;
    if (told?.told !== "answer") throw new WorkerGone(output);
    return told.value as T;
  };
  const send = (message: Ask) => {
    // A worker that dies meanwhile is noticed by its end.
    if (child.connected) child.send(message, () => {});
  };
  const worker: WorkerProcess = {
    startedAt: performance.now(),
    ready: undefined as unknown as Promise<void>,
    ended,
    alive: () => child.exitCode === null && child.signalCode === null,
    arm: (order) => send({ ask: "arm", order }),
    connect: (key) => ask((id) => ({ ask: "connect", id, key })),
    start: (mode) => ask((id) => ({ ask: "start", id, mode })),
    status: () => ask((id) => ({ ask: "status", id })),
    signal: (signal) => void child.kill(signal),
    next: (fits, ms) =>
      new Promise((resolve) => {
        const done = (told: Told | undefined) => {
          listeners.delete(listener);
          clearTimeout(timer);
          resolve(told);
        };
        const listener = (told: Told | undefined) => {
          if (told === undefined || fits(told)) done(told);
        };
        const timer = setTimeout(() => done(undefined), ms);
        listeners.add(listener);
        if (!worker.alive()) ended.then(() => done(undefined));
      }),
    async stop() {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
      const { code } = await ended;
      clearTimeout(timer);
      return code;
    },
    output: () => output,
  };
  const ready = worker
    .next((told) => told.told === "ready", 60_000)
    .then((told) => {
      if (told?.told !== "ready") throw new WorkerGone(output);
    });
  ready.catch(() => {});
  return Object.assign(worker, { ready });
}

/** It ended, or does not answer. */
export class WorkerGone extends Error {
  constructor(output: string) {
    super(`The worker is gone. It said last:\n${output.slice(-2_000)}`);
    this.name = "WorkerGone";
  }
}
