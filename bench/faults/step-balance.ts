import type { Random } from "../../packages/emulators/src/random.ts";

/** Spreads the kills over the steps, over all rounds that run beside each other. */
export interface StepBalance<Step extends string> {
  pick(among: readonly Step[], random: Random): Step;
  count(step: Step, by: number): void;
}

export function createStepBalance<Step extends string>(): StepBalance<Step> {
  const counts = new Map<Step, number>();
  const count = (step: Step, by: number) => void counts.set(step, (counts.get(step) ?? 0) + by);
  return {
    count,
    pick(among, random) {
      const fewest = Math.min(...among.map((step) => counts.get(step) ?? 0));
      const step = random.pick(among.filter((one) => (counts.get(one) ?? 0) === fewest));
      count(step, 1);
      return step;
    },
  };
}
