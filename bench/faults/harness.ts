import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Balance, createBalance } from "./balance.ts";
import { type RoundPlan, type RoundResult, runRound } from "./round.ts";
import {
  catchPlanted,
  countBySteps,
  type PlantedTally,
  parts,
  recoveries,
  shortfalls,
  sumOf,
} from "./rounds.ts";
import { type PlantedBug, type Step, steps } from "./steps.ts";

export interface HarnessOptions {
  readonly seed: string;
  /** `kill -9` on PostgreSQL, and on an embedded folder. */
  readonly kills: number;
  readonly embeddedKills: number;
  readonly planted: readonly PlantedBug[];
  /** A fresh database's URL; undefined: nothing on a server. */
  readonly createDatabase: () => Promise<string>;
  /** Rounds at once. */
  readonly lanes: number;
  /** Of the portals. Default 1: 60 companies, 400 contacts, 100 deals, 800 engagements. */
  readonly scale?: number;
  readonly log: (line: string) => void;
}

/** What became of the kills on one kind of store. */
export interface Tally {
  readonly kills: number;
  readonly killsByStep: { readonly [step in Step]: number };
  readonly lost: number;
  readonly doubled: number;
  /** From a death to the next durable progress of the same kind of work, the successor's start included. */
  readonly recoveryMsP50: number;
  readonly recoveryMsP99: number;
  /** Workers that were stopped past their lease; their late writes were refused, or taken. */
  readonly frozen: { readonly fenced: number; readonly taken: number };
  /** Workers that were asked to end; the longest that a successor took to make progress once it ran. */
  readonly terminated: { readonly count: number; readonly successorMsMax: number };
  /** Events sent again by hand: all the vendor's own attempts had met a dead server. */
  readonly resent: number;
}

export interface Report extends Tally {
  readonly planted: { readonly [bug in PlantedBug]?: PlantedTally };
  readonly embedded: Tally;
  readonly seed: string;
  readonly seconds: number;
  /** Nothing lost, nothing doubled, every planted bug caught, every step struck often enough, no round broken off. */
  readonly ok: boolean;
  readonly failures: readonly string[];
}

/** Kills of one round, at most; few are shared out among the lanes. */
const mostOfRound = 22;
const mostOfEmbeddedRound = 17;
const leastOfRound = 6;
/** Rounds with one planted bug, at most. */
const plantedRounds = 4;

export async function runHarness(options: HarnessOptions): Promise<Report> {
  const began = performance.now();
  const { log, scale = 1, seed } = options;
  const folder = await mkdtemp(join(tmpdir(), "halo-faults-"));
  const tools = (balance: Balance) => ({ balance, cache: join(folder, "cache") });
  const failures: string[] = [];
  const results = { server: [] as RoundResult[], embedded: [] as RoundResult[] };
  const planted: { [bug in PlantedBug]?: PlantedTally } = {};
  const balances = { server: createBalance(), embedded: createBalance() };

  const run = async (plan: RoundPlan, balance: Balance): Promise<RoundResult | undefined> => {
    try {
      const result = await runRound({ ...plan, scale: (plan.scale ?? 1) * scale }, tools(balance));
      const { kills, lost, doubled, fenced, seconds } = result;
      log(
        `${plan.name.padEnd(26)} ${String(kills.length).padStart(3)} kills, ${lost.length} lost, ${doubled.length} doubled, ${fenced} fenced, ${seconds.toFixed(0)} s   (seed ${plan.seed})`,
      );
      if (!plan.planted) for (const line of [...lost, ...doubled].slice(0, 10)) log(`    ${line}`);
      return result;
    } catch (error) {
      const text = `${plan.name} (seed ${plan.seed}) broke off: ${error instanceof Error ? error.message : String(error)}`;
      log(text);
      if (!plan.planted) failures.push(text);
      return undefined;
    }
  };
  const tasks: (() => Promise<void>)[] = [];
  const embeddedTasks: (() => Promise<void>)[] = [];
  for (const [at, kills] of parts(options.embeddedKills, mostOfEmbeddedRound).entries()) {
    embeddedTasks.push(async () => {
      const name = `embedded ${at + 1}`;
      const plan = {
        ...embeddedPlan(at, kills),
        name,
        seed: `${seed}/e${at}`,
        target: join(folder, `e${at}`),
      };
      const result = await run(plan, balances.embedded);
      if (result) results.embedded.push(result);
    });
  }
  const shared = Math.max(leastOfRound, Math.ceil(options.kills / options.lanes));
  for (const [at, kills] of parts(options.kills, Math.min(mostOfRound, shared)).entries()) {
    tasks.push(async () => {
      const target = await options.createDatabase();
      const plan = serverPlan(at, kills);
      const name = `PostgreSQL ${at + 1}, ${plan.workers === 2 ? "two workers" : "one worker"}`;
      const result = await run({ ...plan, name, seed: `${seed}/p${at}`, target }, balances.server);
      if (result) results.server.push(result);
    });
  }
  for (const bug of options.planted) {
    tasks.push(async () => {
      const tally = await catchPlanted(
        plantedRounds,
        async (at) => {
          const target = await options.createDatabase();
          const plan = { ...plantedPlan[bug], name: `planted ${bug}`, seed: `${seed}/${bug}${at}`, target };
          return await run(plan, createBalance());
        },
        (one) => isCaught(bug, one),
      );
      planted[bug] = tally;
      if (!tally.caught) failures.push(`the planted bug ${bug} was not caught`);
    });
  }
  try {
    // One folder at a time, as long as there is something else to do: PGlite is all computing.
    const lane = async (_: unknown, number: number) => {
      const [first, second] = number === 0 ? [embeddedTasks, tasks] : [tasks, embeddedTasks];
      for (;;) {
        const task = first.shift() ?? second.shift();
        if (!task) return;
        await task();
      }
    };
    await Promise.all(Array.from({ length: options.lanes }, lane));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const server = tally(results.server);
  const embedded = tally(results.embedded);
  for (const [name, tallied, wanted] of [
    ["PostgreSQL", server, options.kills],
    ["the embedded store", embedded, options.embeddedKills],
  ] as const) {
    failures.push(...shortfalls(name, tallied, wanted, steps));
  }
  const seconds = (performance.now() - began) / 1_000;
  return { ...server, planted, embedded, seed, seconds, ok: failures.length === 0, failures };
}

/** Six of the steps come while the portal stands still, five while it moves; the rest come in both. */
function split(kills: number) {
  if (kills < leastOfRound) return { stillKills: kills, movingKills: 0 };
  const stillKills = Math.round(kills * 0.55);
  return { stillKills, movingKills: kills - stillKills };
}

function serverPlan(at: number, kills: number) {
  const two = at % 2 === 0;
  return {
    ...split(kills),
    workers: two ? (2 as const) : (1 as const),
    freezes: two ? 1 : 0,
    terms: 1,
    resyncWhileMoving: at % 4 >= 2,
  };
}

function embeddedPlan(at: number, kills: number) {
  // A folder belongs to one process.
  return {
    ...split(kills),
    workers: 1 as const,
    freezes: 0,
    terms: kills < leastOfRound ? 0 : 1,
    resyncWhileMoving: at % 2 === 1,
    scale: 0.5,
  };
}

const quiet = {
  workers: 1,
  stillKills: 0,
  movingKills: 0,
  freezes: 0,
  terms: 0,
  resyncWhileMoving: false,
} as const;

/** Aimed at where each bug hurts. */
const plantedPlan: { readonly [bug in PlantedBug]: Omit<RoundPlan, "name" | "seed" | "target"> } = {
  cursor_first: { ...quiet, planted: "cursor_first", stillKills: 5, only: ["mid_write"], scale: 0.5 },
  cursor_after: {
    ...quiet,
    planted: "cursor_after",
    stillKills: 6,
    only: ["mid_write"],
    scale: 0.5,
  },
  no_fence: { ...quiet, planted: "no_fence", freezes: 3, workers: 2, scale: 0.5 },
  no_event_key: {
    ...quiet,
    planted: "no_event_key",
    movingKills: 2,
    only: ["webhook_after_commit"],
    scale: 0.5,
  },
};

function isCaught(bug: PlantedBug, { doubled, lost }: RoundResult): boolean {
  return bug === "cursor_first" ? lost.length > 0 : doubled.length > 0;
}

function tally(results: readonly RoundResult[]): Tally {
  const kills = results.flatMap((result) => result.kills);
  const sum = (of: (one: RoundResult) => number) => sumOf(results, of);
  const terms = results.flatMap((result) => result.terms);
  return {
    kills: kills.length,
    killsByStep: countBySteps(steps, kills),
    lost: sum(({ lost }) => lost.length),
    doubled: sum(({ doubled }) => doubled.length),
    ...recoveries(kills),
    frozen: { fenced: sum(({ fenced }) => fenced), taken: sum(({ accepted }) => accepted) },
    terminated: {
      count: terms.length,
      successorMsMax: Math.round(Math.max(0, ...terms.map(({ successorMs }) => successorMs ?? 0))),
    },
    resent: sum(({ resent }) => resent),
  };
}
