import type { Random } from "../../packages/emulators/src/random.ts";
import { type ActionWorker, startActionWorker } from "./actions-process.ts";
import type { ActionStep, ActionTold, ActionWorkerSetup } from "./actions-steps.ts";

export interface ActionKill {
  readonly step: ActionStep;
  /** From the death to the end of the call or message that was interrupted; undefined where none was named. */
  recoveryMs: number | undefined;
}

/** The workers of a round: kills them, and starts a successor at once. */
export interface ActionCrew {
  readonly kills: readonly ActionKill[];
  /** Workers that ended by themselves. */
  readonly crashed: readonly string[];
  output(): string;
  /** A worker that is ready; the other one where there are two and one is named. */
  any(other?: ActionWorker): Promise<ActionWorker>;
  /** Lets a worker strike itself at a step, which `provide` makes possible; false when it did not come in `ms`. */
  strike(step: ActionStep, skip: number, ms: number, provide: () => void): Promise<boolean>;
  /** Kills one from outside after `delayMs`. */
  killAfter(delayMs: number): Promise<boolean>;
  /** Stops one before it marks a message as being sent, until another sent it; then lets it go on. */
  freeze(ms: number, provide: () => void): Promise<"fenced" | "taken" | undefined>;
  /** Ends all. Returns their exit codes. */
  stop(): Promise<readonly (number | null)[]>;
}

/** After so long a step is aimed at again, from its next occurrence on. */
const aimMs = 1_500;
const soon = (ms: number) => new Promise<undefined>((resolve) => setTimeout(resolve, ms, undefined));

export function createActionCrew(
  setup: Omit<ActionWorkerSetup, "listens">,
  size: number,
  cache: string,
  random: Random,
): ActionCrew {
  const kills: ActionKill[] = [];
  const crashed: string[] = [];
  const everybody: ActionWorker[] = [];
  const workers: ActionWorker[] = [];
  const ours = new Set<ActionWorker>();
  const strikes = new Map<
    ActionWorker,
    { readonly step: ActionStep; readonly subject: string | undefined }
  >();
  /** What was interrupted, and the kills that did it. */
  const waiting = new Map<string, { readonly since: number; readonly kill: ActionKill }>();

  const told = (what: ActionTold, worker: ActionWorker) => {
    if (what.told === "striking") strikes.set(worker, what);
    if (what.told !== "through") return;
    for (const name of what.names) {
      const found = waiting.get(name);
      if (found) found.kill.recoveryMs = performance.now() - found.since;
      waiting.delete(name);
    }
  };
  const note = (step: ActionStep, subject: string | undefined) => {
    const kill: ActionKill = { step, recoveryMs: undefined };
    kills.push(kill);
    // What is struck again before it recovered has recovered from the first kill only then.
    if (subject !== undefined && !waiting.has(subject))
      waiting.set(subject, { since: performance.now(), kill });
  };
  const hire = (place: number): void => {
    const worker = startActionWorker({ ...setup, listens: place === 0 }, cache, told);
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
  const arm = (order: Parameters<ActionWorker["arm"]>[0]) => {
    for (const worker of workers) worker.arm(order);
  };
  const allReady = () => Promise.all(workers.map((worker) => worker.ready.catch(() => {})));

  for (let place = 0; place < size; place++) hire(place);
  return {
    kills,
    crashed,
    output: () => everybody.map((worker) => worker.output()).join(""),
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
    async freeze(ms, provide) {
      await allReady();
      const now = [...workers];
      const others = (worker: ActionWorker) => now.filter((one) => one !== worker);
      const frozen = now.map(async (worker) => {
        const what = await worker.next((one) => one.told === "frozen", ms);
        return { worker, what };
      });
      arm({ step: "frozen", skip: 0 });
      provide();
      const { what, worker } = await Promise.race(frozen);
      if (what?.told !== "frozen") return undefined;
      for (const other of others(worker)) other.arm(undefined);
      const sent = (one: ActionTold) => one.told === "through" && one.names.includes(what.subject);
      await Promise.race(others(worker).map((other) => other.next(sent, 15_000)));
      const late = worker.next((one) => one.told === "late", 15_000);
      worker.signal("SIGCONT");
      const outcome = await late;
      // Time to do what it was about to.
      await soon(300);
      return outcome?.told === "late" ? outcome.outcome : undefined;
    },
    async stop() {
      const ending = workers.splice(0);
      for (const worker of ending) ours.add(worker);
      await Promise.all(ending.map((worker) => worker.ready.catch(() => {})));
      return await Promise.all(ending.map((worker) => worker.stop()));
    },
  };
}
