import type { Random } from "../../packages/emulators/src/random.ts";
import { type ActionWorker, startActionWorker } from "./actions-process.ts";
import type { ActionStep, ActionTold, ActionWorkerSetup } from "./actions-steps.ts";
import { createKillCrew, type Kill, type KillCrew, type KillTold } from "./kill-crew.ts";

export type ActionKill = Kill<ActionStep>;

export interface ActionCrew extends KillCrew<ActionStep, ActionWorker> {
  /** Stops one before it marks a message as being sent, until another sent it; then lets it go on. */
  freeze(ms: number, provide: () => void): Promise<"fenced" | "taken" | undefined>;
}

const soon = (ms: number) => new Promise<undefined>((resolve) => setTimeout(resolve, ms, undefined));

export function createActionCrew(
  setup: Omit<ActionWorkerSetup, "listens">,
  size: number,
  cache: string,
  random: Random,
): ActionCrew {
  const crew = createKillCrew<ActionStep, ActionWorker>(
    (listens, told) =>
      startActionWorker({ ...setup, listens }, cache, (what, worker) => {
        if (what.told === "striking" || what.told === "through") told(what as KillTold<ActionStep>, worker);
      }),
    size,
    random,
  );
  return {
    ...crew,
    async freeze(ms, provide) {
      await crew.allReady();
      const now = [...crew.workers];
      const others = (worker: ActionWorker) => now.filter((one) => one !== worker);
      const frozen = now.map(async (worker) => {
        const what = await worker.next((one) => one.told === "frozen", ms);
        return { worker, what };
      });
      crew.arm({ step: "frozen", skip: 0 });
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
  };
}
