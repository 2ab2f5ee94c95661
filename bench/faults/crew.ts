import type { Random } from "../../packages/emulators/src/random.ts";
import type { Order, Step, Told, Work, WorkerSetup } from "./steps.ts";
import { thaw } from "./thaw.ts";
import { startWorker, type WorkerProcess } from "./worker-process.ts";

export interface Kill {
  readonly step: Step;
  /** From the death to the next durable progress of the same kind of work; undefined when none was left to make. */
  recoveryMs: number | undefined;
}

export interface Freeze {
  readonly outcome: "fenced" | "accepted";
}

/** The workers of a round: kills them, and starts a successor at once. */
export interface Crew {
  readonly kills: readonly Kill[];
  /** Workers that ended by themselves. */
  readonly crashed: readonly string[];
  /** All that they printed. */
  output(): string;
  /** A worker that is ready. */
  any(): Promise<WorkerProcess>;
  /** Lets a worker strike itself at a step, which `provide` has made possible; false when it did not come in `ms`. */
  strike(step: Step, order: Omit<Order, "step">, ms: number, provide: () => Promise<void>): Promise<boolean>;
  /** Kills one from outside after `delayMs`; `term` first asks it to end. False when it ended in time. */
  killAfter(step: Step, delayMs: number, term: number | undefined): Promise<boolean>;
  /** Freezes one at a write, until another has its work; then lets it go on. Undefined when that did not happen. */
  freeze(order: Omit<Order, "step">, ms: number): Promise<Freeze | undefined>;
  /** Ends one in good order while it works, and starts a successor. */
  term(delayMs: number): Promise<{ readonly code: number | null; readonly successorMs: number | undefined }>;
  /** Ends all. Returns their exit codes. */
  stop(): Promise<readonly (number | null)[]>;
  /** Starts anew what `stop` ended. */
  resume(): void;
}

const workOf: { readonly [step in Step]?: Work } = {
  fetch: "run",
  mid_write: "run",
  after_commit: "run",
  before_done: "run",
  webhook_before_commit: "webhook",
  webhook_after_commit: "webhook",
  inbox_processing: "inbox",
  index_before_replace: "index",
  index_mid_replace: "index",
};

/** After so long a step is aimed at again, from its next occurrence on. */
const aimMs = 1_500;

interface Waiting {
  readonly since: number;
  readonly work: Work | undefined;
  readonly found: (ms: number) => void;
}

export function createCrew(
  setup: Omit<WorkerSetup, "listens">,
  size: number,
  cache: string,
  random: Random,
): Crew {
  const kills: Kill[] = [];
  const crashed: string[] = [];
  const everybody: WorkerProcess[] = [];
  let workers: WorkerProcess[] = [];
  let waiting: Waiting[] = [];
  const ours = new Set<WorkerProcess>();
  const strikes = new Map<WorkerProcess, Step>();
  /** Takes the next worker that freezes. One that nobody waits for, since another was first or it is late, goes on. */
  let takeFrozen: ((worker: WorkerProcess, what: Told) => void) | undefined;

  const told = (what: Told, worker: WorkerProcess) => {
    if (what.told === "striking") strikes.set(worker, what.step);
    if (what.told === "frozen") {
      if (takeFrozen) takeFrozen(worker, what);
      else void thaw(worker);
      takeFrozen = undefined;
    }
    if (what.told !== "progress") return;
    const now = performance.now();
    const fits = (one: Waiting) => one.work === undefined || one.work === what.work;
    for (const one of waiting.filter(fits)) one.found(now - one.since);
    waiting = waiting.filter((one) => !fits(one));
  };
  const hire = (place: number): WorkerProcess => {
    const worker = startWorker({ ...setup, listens: place === 0 }, cache, { told });
    everybody.push(worker);
    workers[place] = worker;
    void worker.ended.then(({ signal, code }) => {
      if (ours.has(worker)) return;
      const step = strikes.get(worker);
      if (step && signal === "SIGKILL") note(step);
      else crashed.push(`a worker ended by itself (${signal ?? code}): ${worker.output().slice(-1_500)}`);
      if (workers[place] === worker) hire(place);
    });
    return worker;
  };
  const note = (step: Step) => {
    const kill: Kill = { step, recoveryMs: undefined };
    kills.push(kill);
    // Whoever is struck again before it recovered has recovered from neither.
    waiting = [
      {
        since: performance.now(),
        work: workOf[step],
        found: (ms) => {
          kill.recoveryMs = ms;
        },
      },
    ];
  };
  const anyReady = async (): Promise<WorkerProcess> => {
    for (;;) {
      const worker = random.pick(workers);
      const ready = await worker.ready.then(
        () => true,
        () => false,
      );
      if (ready && worker.alive()) return worker;
      if (crashed.length > 5) throw new Error(`Workers end by themselves: ${crashed[0]}`);
      await worker.ended;
    }
  };
  const disarm = () => {
    for (const worker of workers) worker.arm(undefined);
  };
  const soon = (ms: number) => new Promise<undefined>((resolve) => setTimeout(resolve, ms, undefined));

  for (let place = 0; place < size; place++) hire(place);
  return {
    kills,
    crashed,
    output: () => everybody.map((worker) => worker.output()).join(""),
    any: anyReady,
    async strike(step, order, ms, provide) {
      const before = kills.length;
      const until = performance.now() + ms;
      for (let { skip } = order; kills.length === before && performance.now() < until; skip = 0) {
        const now = [...workers];
        await Promise.all(now.map((worker) => worker.ready.catch(() => {})));
        for (const worker of now) worker.arm({ ...order, skip, step });
        await provide();
        await Promise.race([soon(aimMs), ...now.map((worker) => worker.ended)]);
        // Its own listener on the end comes first, and has counted it.
        await soon(0);
      }
      disarm();
      return kills.length > before;
    },
    async killAfter(step, delayMs, term) {
      const place = random.int(0, workers.length - 1);
      await soon(delayMs);
      const worker = workers[place];
      if (!worker?.alive()) return false;
      ours.add(worker);
      if (term !== undefined) {
        worker.signal("SIGTERM");
        await Promise.race([soon(term), worker.ended]);
      }
      worker.signal("SIGKILL");
      const { signal, code } = await worker.ended;
      const killed = signal === "SIGKILL";
      if (killed) note(step);
      // One that does not listen for SIGTERM yet is ended by it, as any process is.
      else if (code !== 0 && signal !== "SIGTERM") crashed.push(`a worker ended with ${signal ?? code}`);
      hire(place);
      return killed;
    },
    async freeze(order, ms) {
      const now = [...workers];
      await Promise.all(now.map((worker) => worker.ready.catch(() => {})));
      const first = new Promise<{ worker: WorkerProcess; what: Told }>((resolve) => {
        takeFrozen = (worker, what) => resolve({ worker, what });
      });
      for (const worker of now) worker.arm({ ...order, step: "frozen" });
      const found = await Promise.race([first, soon(ms)]);
      takeFrozen = undefined;
      disarm();
      if (found?.what.told !== "frozen") return undefined;
      const { what, worker } = found;
      const taken = (other: Told) =>
        other.told === "claimed" &&
        other.work === what.work &&
        other.subject === what.subject &&
        other.fence > what.fence;
      const others = workers.filter((one) => one !== worker);
      const successor = await Promise.race(others.map((other) => other.next(taken, 10_000)));
      const outcome = await thaw(worker);
      if (!successor || outcome?.told !== "late") return undefined;
      return { outcome: outcome.outcome };
    },
    async term(delayMs) {
      const worker = await anyReady();
      await soon(delayMs);
      const place = workers.indexOf(worker);
      if (place < 0 || !worker.alive()) return { code: 0, successorMs: undefined };
      ours.add(worker);
      const code = await worker.stop();
      const since = performance.now();
      const progress = new Promise<number | undefined>((resolve) => {
        const timer = setTimeout(resolve, 10_000, undefined);
        waiting.push({
          since,
          work: undefined,
          found: (found) => {
            clearTimeout(timer);
            resolve(found);
          },
        });
      });
      const next = hire(place);
      await next.ready.catch(() => {});
      // Where nobody else works, it first has to start.
      const startMs = workers.length > 1 ? 0 : performance.now() - since;
      const found = await progress;
      return { code, successorMs: found && Math.max(0, found - startMs) };
    },
    async stop() {
      const ending = workers;
      workers = [];
      for (const worker of ending) ours.add(worker);
      await Promise.all(ending.map((worker) => worker.ready.catch(() => {})));
      const codes = await Promise.all(ending.map((worker) => worker.stop()));
      waiting = [];
      return codes;
    },
    resume() {
      for (let place = 0; place < size; place++) hire(place);
    },
  };
}
