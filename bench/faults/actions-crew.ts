import type { Random } from "../../packages/emulators/src/random.ts";
import { type ActionWorker, startActionWorker } from "./actions-process.ts";
import type { ActionStep, ActionTold, ActionWorkerSetup } from "./actions-steps.ts";
import { createKillCrew, type Kill, type KillCrew, type KillTold } from "./kill-crew.ts";
import { thaw } from "./thaw.ts";

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
  /** Takes the next worker that freezes. One that nobody waits for, since another was first or it is late, goes on. */
  let takeFrozen: ((worker: ActionWorker, subject: string) => void) | undefined;
  const crew = createKillCrew<ActionStep, ActionWorker>(
    (listens, told) =>
      startActionWorker({ ...setup, listens }, cache, (what, worker) => {
        if (what.told === "striking" || what.told === "through") told(what as KillTold<ActionStep>, worker);
        if (what.told !== "frozen") return;
        if (takeFrozen) takeFrozen(worker, what.subject);
        else void thaw(worker);
        takeFrozen = undefined;
      }),
    size,
    random,
  );
  return {
    ...crew,
    async freeze(ms, provide) {
      await crew.allReady();
      const now = [...crew.workers];
      const first = new Promise<{ worker: ActionWorker; subject: string }>((resolve) => {
        takeFrozen = (worker, subject) => resolve({ worker, subject });
      });
      crew.arm({ step: "frozen", skip: 0 });
      provide();
      const found = await Promise.race([first, soon(ms)]);
      takeFrozen = undefined;
      crew.arm(undefined);
      if (!found) return undefined;
      const { subject, worker } = found;
      const others = now.filter((one) => one !== worker);
      const sent = (one: ActionTold) => one.told === "through" && one.names.includes(subject);
      await Promise.race(others.map((other) => other.next(sent, 15_000)));
      const outcome = await thaw(worker);
      // Time to do what it was about to.
      await soon(300);
      return outcome?.told === "late" ? outcome.outcome : undefined;
    },
  };
}
