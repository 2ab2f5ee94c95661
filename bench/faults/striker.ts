import { writeSync } from "node:fs";

/** One line each on the fourth file, written at once: a kill that follows cannot lose it. */
export const tellParent = (told: object): void => void writeSync(3, `${JSON.stringify(told)}\n`);

export interface StrikeOrder<Step extends string> {
  readonly step: Step | "frozen";
  /** Occurrences to let pass first. */
  readonly skip: number;
}

/** Strikes the own process where it was ordered to. */
export interface Striker<Step extends string> {
  arm(order: StrikeOrder<Step> | undefined): void;
  /** Ends this process here, when that was ordered. */
  point(step: Step, subject: string | undefined): void;
  /** Stops this process, when that was ordered, until somebody lets it go on. True when it did. */
  freeze(subject: string): boolean;
}

export function createStriker<Step extends string>(): Striker<Step> {
  let order: StrikeOrder<Step> | undefined;
  let passed = 0;
  const due = (step: Step | "frozen"): boolean => {
    if (order?.step !== step) return false;
    passed += 1;
    return passed > order.skip;
  };
  return {
    arm(next) {
      order = next;
      passed = 0;
    },
    point(step, subject) {
      if (!due(step)) return;
      tellParent({ told: "striking", step, subject });
      process.kill(process.pid, "SIGKILL");
    },
    freeze(subject) {
      if (!due("frozen")) return false;
      order = undefined;
      tellParent({ told: "frozen", subject });
      process.kill(process.pid, "SIGSTOP");
      return true;
    },
  };
}
