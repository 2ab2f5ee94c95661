// How every benchmark here measures: all candidates in one process, round-robin, in many short turns, so that a noisy second hits them alike.

export interface Candidate {
  readonly name: string;
  /** The work, once; may be asynchronous. What it returns is kept, so that it cannot be optimised away. */
  readonly run: () => unknown;
}

export interface Measured {
  readonly name: string;
  /** Of one call, in nanoseconds: the median of the rounds, the fastest and the slowest. */
  readonly ns: number;
  readonly minNs: number;
  readonly maxNs: number;
  /** This candidate's speed against the first one's, round by round: the median of those. */
  readonly ofFirst: number;
}

export interface MeasureOptions {
  readonly rounds?: number;
  /** Length of one candidate's turn in a round. */
  readonly turnMs?: number;
  /** What is measured: time by the wall, or this thread's own time on the processor, for work that never waits. */
  readonly clock?: "wall" | "cpu";
}

type Clock = NonNullable<MeasureOptions["clock"]>;

const bed = new Int32Array(new SharedArrayBuffer(4));

function nowNs(clock: Clock): number {
  if (clock === "wall") return Number(process.hrtime.bigint());
  // Linux counts a running thread's time by the tick (4 ms) and exactly once it sleeps: so it does, for a moment.
  Atomics.wait(bed, 0, 0, 0.01);
  const { system, user } = process.threadCpuUsage();
  return (user + system) * 1_000;
}

/** The sink of every result. */
export let kept: unknown;

/** At least five interleaved rounds after a warm-up; the first candidate is the floor (PERFORMANCE §9). */
export async function measure(
  candidates: readonly Candidate[],
  { rounds = 25, turnMs = 20, clock = "wall" }: MeasureOptions = {},
): Promise<Measured[]> {
  const calls: number[] = [];
  for (const one of candidates) calls.push(await callsIn(one, turnMs, clock));
  const times: number[][] = candidates.map(() => []);
  for (let round = 0; round < Math.max(5, rounds); round++) {
    // The order turns by one each round: no one always follows the same neighbour.
    for (let step = 0; step < candidates.length; step++) {
      const at = (round + step) % candidates.length;
      times[at]?.push(await turn(candidates[at] as Candidate, calls[at] as number, clock));
    }
  }
  const floor = times[0] ?? [];
  return candidates.map(({ name }, at) => {
    const own = times[at] ?? [];
    const sorted = [...own].sort((a, b) => a - b);
    return {
      name,
      ns: median(own),
      minNs: sorted[0] ?? 0,
      maxNs: sorted.at(-1) ?? 0,
      ofFirst: median(own.map((ns, round) => (floor[round] ?? 0) / ns)),
    };
  });
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}

/** Warms up, and finds how many calls fill a turn. */
async function callsIn(one: Candidate, turnMs: number, clock: Clock): Promise<number> {
  let calls = 1;
  for (;;) {
    const ns = await turn(one, calls, clock);
    if (ns * calls >= turnMs * 1e6 || calls >= 1e8) return Math.max(1, Math.ceil((turnMs * 1e6) / ns));
    calls *= 4;
  }
}

async function turn({ run }: Candidate, calls: number, clock: Clock): Promise<number> {
  const started = nowNs(clock);
  for (let at = 0; at < calls; at++) {
    const result = run();
    kept = result instanceof Promise ? await result : result;
  }
  return (nowNs(clock) - started) / calls;
}
