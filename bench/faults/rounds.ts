// What the harnesses of all flows do alike: parts of a total, lanes, shares of the steps, rounds with a planted bug.

/** Fewer kills than this cannot be spread over all steps. */
const leastToSpread = 100;
const leastShare = 0.05;

/** As many parts as it takes for none to be longer than `most`, of equal length. */
export function parts(total: number, most: number): number[] {
  const count = Math.ceil(total / most);
  return Array.from(
    { length: count },
    (_, at) => Math.floor((total * (at + 1)) / count) - Math.floor((total * at) / count),
  );
}

/** Tasks one after the other, in so many lanes beside each other. */
export async function inLanes(lanes: number, tasks: (() => Promise<void>)[]): Promise<void> {
  const lane = async () => {
    for (let task = tasks.shift(); task; task = tasks.shift()) await task();
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

export const sumOf = <T>(all: readonly T[], of: (one: T) => number): number =>
  all.reduce((total, one) => total + of(one), 0);

/** Quantiles of the recoveries that are known. */
export function recoveries(kills: readonly { readonly recoveryMs: number | undefined }[]) {
  const known = kills.flatMap(({ recoveryMs }) => recoveryMs ?? []).sort((a, b) => a - b);
  const quantile = (q: number) =>
    Math.round(known[Math.min(known.length - 1, Math.floor(known.length * q))] ?? 0);
  return { recoveryMsP50: quantile(0.5), recoveryMsP99: quantile(0.99) };
}

export function countBySteps<Step extends string>(
  steps: readonly Step[],
  kills: readonly { readonly step: Step }[],
): { readonly [step in Step]: number } {
  return Object.fromEntries(
    steps.map((step) => [step, kills.filter((kill) => kill.step === step).length]),
  ) as { [step in Step]: number };
}

export interface Counted<Step extends string> {
  readonly kills: number;
  readonly killsByStep: { readonly [step in Step]: number };
  readonly lost: number;
  readonly doubled: number;
}

/** What did not hold on one kind of store, in words. */
export function shortfalls<Step extends string>(
  name: string,
  { doubled, kills, killsByStep, lost }: Counted<Step>,
  wanted: number,
  steps: readonly Step[],
): readonly string[] {
  const failures: string[] = [];
  if (lost > 0) failures.push(`${lost} lost on ${name}`);
  if (doubled > 0) failures.push(`${doubled} doubled on ${name}`);
  if (kills < wanted) failures.push(`only ${kills} of ${wanted} kills on ${name}`);
  if (kills < leastToSpread) return failures;
  for (const step of steps) {
    const share = killsByStep[step] / kills;
    if (share < leastShare)
      failures.push(`${step} had ${(share * 100).toFixed(1)} % of the kills on ${name}`);
  }
  return failures;
}

export interface PlantedTally {
  readonly kills: number;
  readonly lost: number;
  readonly doubled: number;
  readonly caught: boolean;
}

/** Rounds with one planted bug, until it is caught or `most` are over. */
export async function catchPlanted<
  Result extends {
    readonly kills: readonly unknown[];
    readonly lost: readonly unknown[];
    readonly doubled: readonly unknown[];
  },
>(
  most: number,
  run: (at: number) => Promise<Result | undefined>,
  isCaught: (result: Result) => boolean,
): Promise<PlantedTally> {
  const seen: Result[] = [];
  let caught = false;
  for (let at = 0; at < most && !caught; at++) {
    const result = await run(at);
    if (result) seen.push(result);
    caught = seen.some(isCaught);
  }
  return {
    kills: sumOf(seen, ({ kills }) => kills.length),
    lost: sumOf(seen, ({ lost }) => lost.length),
    doubled: sumOf(seen, ({ doubled }) => doubled.length),
    caught,
  };
}
