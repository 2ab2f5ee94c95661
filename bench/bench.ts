/** A line of a benchmark's table: a name and its figures, in the order in which they are printed. */
export type Row = Readonly<Record<string, string | number>>;

export interface BenchResult {
  /** By target of PERFORMANCE §0 (`P1`, …), or a name below one (`P2.64KB`). */
  readonly ratios: Readonly<Record<string, number>>;
  readonly rows: readonly Row[];
  /** Shown below the table: what was skipped, and why. */
  readonly notes?: readonly string[];
}

export interface BenchContext {
  /** What follows the benchmark's name on the command line, without `--json`. */
  readonly args: readonly string[];
  /** Progress, for a person; never on the last line. */
  readonly log: (line: string) => void;
}

/** What each `bench/<name>.bench.ts` exports as its default. */
export interface Bench {
  readonly name: string;
  readonly about: string;
  run(context: BenchContext): Promise<BenchResult>;
}
