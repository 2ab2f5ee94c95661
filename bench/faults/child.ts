import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export interface ChildEnd {
  readonly signal: string | null;
  readonly code: number | null;
}

/** A worker in a process of its own, that can be killed: told what to do, and telling on a file of its own. */
export interface Child<Told> {
  readonly startedAt: number;
  /** Resolves when it works; rejects when it ended before. */
  readonly ready: Promise<void>;
  /** How it ended: by which signal, or with which code. */
  readonly ended: Promise<ChildEnd>;
  alive(): boolean;
  send(message: object): void;
  /** Sends what `make` makes of a number, and resolves with the answer to that number; rejects when it ends first. */
  ask<T>(make: (id: number) => object): Promise<T>;
  signal(signal: NodeJS.Signals): void;
  /** Resolves with the next line that fits, or undefined when the worker ends first or `ms` pass. */
  next(fits: (told: Told) => boolean, ms: number): Promise<Told | undefined>;
  /** Ends it in good order; by force after `patienceMs`. Returns its exit code. */
  stop(): Promise<number | null>;
  /** What it printed. */
  output(): string;
}

export interface ChildPlan<Told> {
  /** Beside this file: "worker.ts". */
  readonly file: string;
  readonly setup: object;
  /** Compiled code, so that it starts quickly. */
  readonly cache: string;
  readonly told: (told: Told) => void;
  /** For an answer, and for an end in good order. */
  readonly answerMs: number;
  readonly patienceMs: number;
}

/** Everything that was started and has not ended, so that nothing is left behind however the harness ends. */
const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

export function startChild<Told extends { readonly told: string }>(plan: ChildPlan<Told>): Child<Told> {
  const file = fileURLToPath(new URL(plan.file, import.meta.url));
  const child = spawn(
    process.execPath,
    ["--conditions=@halo/source", "--disable-warning=ExperimentalWarning", file, JSON.stringify(plan.setup)],
    {
      stdio: ["ignore", "pipe", "pipe", "pipe", "ipc"],
      env: { ...process.env, NODE_COMPILE_CACHE: plan.cache },
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
    plan.told(told);
    hear(told);
  });
  let over = false;
  const ended = new Promise<ChildEnd>((resolve) => {
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
  const send = (message: object) => {
    // A worker that dies meanwhile is noticed by its end.
    if (child.connected) child.send(message, () => {});
  };
  const next: Child<Told>["next"] = (fits, ms) =>
    new Promise((resolve) => {
      if (over) return resolve(undefined);
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
    });
  let asked = 0;
  const ready = next(({ told }) => told === "ready", 60_000).then((told) => {
    if (told === undefined) throw new ChildGone(output);
  });
  ready.catch(() => {});
  return {
    startedAt: performance.now(),
    ready,
    ended,
    alive: () => child.exitCode === null && child.signalCode === null,
    send,
    async ask<T>(make: (id: number) => object) {
      asked += 1;
      const id = asked;
      const isAnswer = (told: Told) => told.told === "answer" && "id" in told && told.id === id;
      const answer = next(isAnswer, plan.answerMs);
      send(make(id));
      const told = await answer;
      if (told === undefined || !("value" in told)) throw new ChildGone(output);
      return told.value as T;
    },
    signal: (signal) => void child.kill(signal),
    next,
    async stop() {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), plan.patienceMs);
      const { code } = await ended;
      clearTimeout(timer);
      return code;
    },
    output: () => output,
  };
}

/** It ended, or does not answer. */
export class ChildGone extends Error {
  constructor(output: string) {
    super(`The worker is gone. It said last:\n${output.slice(-2_000)}`);
    this.name = "ChildGone";
  }
}
