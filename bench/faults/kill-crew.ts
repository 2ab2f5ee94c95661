import type { Random } from "../../packages/emulators/src/random.ts";
import type { Child } from "./child.ts";
import type { StrikeOrder } from "./striker.ts";

export interface Kill<Step extends string> {
  readonly step: Step | "random";
  /** From the death to the end of what was interrupted; undefined where nothing was named. */
  recoveryMs: number | undefined;
}

/** What a worker tells of its own death, and of what came to its end. */
export type KillTold<Step extends string> =
  | { readonly told: "striking"; readonly step: Step; readonly subject?: string | undefined }
  | { readonly told: "through"; readonly names: readonly string[] };

export interface Killable<Step extends string> extends Child<never> {
  arm(order: StrikeOrder<Step> | undefined): void;
}

type Armed<Step extends string> = Pick<
  Killable<Step>,
  "ready" | "ended" | "alive" | "arm" | "signal" | "stop" | "output"
>;

/** The workers of a round: kills them, and starts a successor at once. */
export interface KillCrew<Step extends string, Worker extends Armed<Step>> {
  readonly kills: readonly Kill<Step>[];
  /** Workers that ended by themselves. */
  readonly crashed: readonly string[];
  /** At work now. */
  readonly workers: readonly Worker[];
  output(): string;
  allReady(): Promise<unknown>;
  arm(order: StrikeOrder<Step> | undefined): void;
  /** A worker that is ready; the other one where there are two and one is named. */
  any(other?: Worker): Promise<Worker>;
  /** Lets a worker strike itself at a step, which `provide` makes possible; false when it did not come in `ms`. */
  strike(step: Step, skip: number, ms: number, provide: () => void): Promise<boolean>;
  /** Kills one from outside after `delayMs`. */
  killAfter(delayMs: number): Promise<boolean>;
  /** Ends all. Returns their exit codes. */
  stop(): Promise<readonly (number | null)[]>;
}

/** After so long a step is aimed at again, from its next occurrence on. */
const aimMs = 1_500;
const soon = (ms: number) => new Promise<undefined>((resolve) => setTimeout(resolve, ms, undefined));

export function createKillCrew<Step extends string, Worker extends Armed<Step>>(
  start: (listens: boolean, told: (what: KillTold<Step>, worker: Worker) => void) => Worker,
  size: number,
  random: Random,
): KillCrew<Step, Worker> {
  const kills: Kill<Step>[] = [];
  const crashed: string[] = [];
  const everybody: Worker[] = [];
  const workers: Worker[] = [];
  const ours = new Set<Worker>();
  const strikes = new Map<Worker, { readonly step: Step; readonly subject?: string | undefined }>();
  /** What was interrupted, and the kills that did it. */
  const waiting = new Map<string, { readonly since: number; readonly kill: Kill<Step> }>();

  const told = (what: KillTold<Step>, worker: Worker) => {
    if (what.told === "striking") strikes.set(worker, what);
    if (what.told !== "through") return;
    for (const name of what.names) {
      const found = waiting.get(name);
      if (found) found.kill.recoveryMs = performance.now() - found.since;
      waiting.delete(name);
    }
  };
  const note = (step: Step | "random", subject: string | undefined) => {
    const kill: Kill<Step> = { step, recoveryMs: undefined };
    kills.push(kill);
    // What is struck again before it recovered has recovered from the first kill only then.
    if (subject !== undefined && !waiting.has(subject))
      waiting.set(subject, { since: performance.now(), kill });
  };
  const hire = (place: number): void => {
    const worker = start(place === 0, told);
    everybody.push(worker);
    workers[place] = worker;
    void worker.ended.then(({ signal, code }) => {
      if (ours.has(worker)) return;
      const strike = strikes.get(worker);
      if (strike && signal === "SIGKILL") note(strike.step, strike.subject);
      else crashed.push(`a worker ended by itself (${signal ?? code}): ${worker.output().slice(-1_500)}`);
      if (workers[place] === worker) hire(place);
    });
  };
  const arm = (order: StrikeOrder<Step> | undefined) => {
    for (const worker of workers) worker.arm(order);
  };
  const allReady = () => Promise.all(workers.map((worker) => worker.ready.catch(() => {})));

  for (let place = 0; place < size; place++) hire(place);
  return {
    kills,
    crashed,
    workers,
    output: () => everybody.map((worker) => worker.output()).join(""),
    allReady,
    arm,
    async any(other) {
      for (;;) {
        if (crashed.length > 5) throw new Error(`Workers end by themselves: ${crashed[0]}`);
        const among = workers.filter((one) => one !== other);
        const worker = random.pick(among.length > 0 ? among : workers);
        const ready = await worker.ready.then(
          () => true,
          () => false,
        );
        if (ready && worker.alive()) return worker;
        await worker.ended;
      }
    },
    async strike(step, skip, ms, provide) {
      const before = kills.length;
      const until = performance.now() + ms;
      for (let pass = skip; kills.length === before && performance.now() < until; pass = 0) {
        await allReady();
        const now = [...workers];
        arm({ step, skip: pass });
        provide();
        await Promise.race([soon(aimMs), ...now.map((worker) => worker.ended)]);
        // Its own listener on the end comes first, and has counted it.
        await soon(0);
      }
      arm(undefined);
      return kills.length > before;
    },
    async killAfter(delayMs) {
      const place = random.int(0, workers.length - 1);
      await workers[place]?.ready.catch(() => {});
      await soon(delayMs);
      const worker = workers[place];
      if (!worker?.alive()) return false;
      ours.add(worker);
      worker.signal("SIGKILL");
      await worker.ended;
      note("random", undefined);
      hire(place);
      return true;
    },
    async stop() {
      const ending = workers.splice(0);
      for (const worker of ending) ours.add(worker);
      await Promise.all(ending.map((worker) => worker.ready.catch(() => {})));
      return await Promise.all(ending.map((worker) => worker.stop()));
    },
  };
}
