import type { Random } from "../../packages/emulators/src/random.ts";
import { indexSteps, outerSteps, type Step, steps } from "./steps.ts";

/** Spreads the kills over the steps, over all rounds that run beside each other. */
export interface Balance {
  /** One of those that had the fewest so far; it counts from now on. */
  pick(among: readonly Step[], random: Random): Step;
  /** It could not be struck after all. */
  giveBack(step: Step): void;
  /** It was struck without having been picked. */
  note(step: Step): void;
}

export function createBalance(): Balance {
  const counts = new Map<Step, number>(steps.map((step) => [step, 0]));
  const add = (step: Step, by: number) => void counts.set(step, (counts.get(step) ?? 0) + by);
  return {
    pick(among, random) {
      const fewest = Math.min(...among.map((step) => counts.get(step) ?? 0));
      const open = among.filter((one) => counts.get(one) === fewest);
      // What can be struck at any time waits for what can be struck only now.
      const only = open.filter((one) => !indexSteps.includes(one) && !outerSteps.includes(one));
      const step = random.pick(only.length > 0 ? only : open);
      add(step, 1);
      return step;
    },
    giveBack: (step) => add(step, -1),
    note: (step) => add(step, 1),
  };
}
