import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type ActionBalance,
  type ActionRoundPlan,
  type ActionRoundResult,
  createActionBalance,
  runActionRound,
} from "./actions-round.ts";
import { type ActionBug, type ActionStep, actionSteps } from "./actions-steps.ts";
import {
  catchPlanted,
  countBySteps,
  inLanes,
  type PlantedTally,
  parts,
  recoveries,
  shortfalls,
  sumOf,
} from "./rounds.ts";

export interface ActionHarnessOptions {
  readonly seed: string;
  /** `kill -9` on PostgreSQL, and on an embedded folder. */
  readonly kills: number;
  readonly embeddedKills: number;
  readonly planted: readonly ActionBug[];
  /** Only these steps, where there are too few kills for all. */
  readonly only?: readonly ActionStep[];
  /** A fresh database's URL. */
  readonly createDatabase: () => Promise<string>;
  /** Rounds at once. */
  readonly lanes: number;
  /** Kills of one round; few are shared out among the lanes. */
  readonly mostOfRound?: number;
  readonly log: (line: string) => void;
}

/** What became of the kills on one kind of store. */
export interface ActionTally {
  readonly kills: number;
  readonly killsByStep: { readonly [step in ActionStep]: number };
  readonly lost: number;
  readonly doubled: number;
  /** Calls that ended as `outcome_unknown`, and how many of them may. */
  readonly unknown: number;
  readonly unknownBound: number;
  /** Messages beyond the first at the sink that cannot be searched, and how many of them may be. */
  readonly repeated: number;
  readonly repeatedBound: number;
  readonly updatesRepeated: number;
  readonly lostAnswers: number;
  readonly calls: { readonly [state: string]: number };
  readonly recoveryMsP50: number;
  readonly recoveryMsP99: number;
  /** Workers that were stopped past their lease before they began to send. */
  readonly frozen: { readonly fenced: number; readonly taken: number };
}

export interface ActionReport extends ActionTally {
  readonly flow: "actions";
  readonly planted: {
    readonly [bug in ActionBug]?: PlantedTally;
  };
  readonly embedded: ActionTally;
  readonly seed: string;
  readonly seconds: number;
  /** Nothing lost, nothing doubled, every planted bug caught, every step struck often enough, no round broken off. */
  readonly ok: boolean;
  readonly failures: readonly string[];
}

const mostOfRound = 30;
const leastOfRound = 6;
/** Rounds with one planted bug, at most. */
const plantedRounds = 3;

/** Aimed at where each bug hurts. */
const plantedPlan: {
  readonly [bug in ActionBug]: Pick<ActionRoundPlan, "kills" | "freezes" | "workers" | "only">;
} = {
  blind_retry: { workers: 1, kills: 3, freezes: 0, only: ["act_before_answer"] },
  no_begin_key: { workers: 1, kills: 3, freezes: 0, only: ["act_after_end"] },
  settle_first: { workers: 1, kills: 3, freezes: 0, only: ["notify_before_send"] },
  no_sending_mark: { workers: 1, kills: 3, freezes: 0, only: ["notify_before_settle"] },
  no_notification_key: { workers: 1, kills: 3, freezes: 0, only: ["notify_after_outbox"] },
  // More than once: only a message to a sink that can be searched counts as doubled.
  no_fence: { workers: 2, kills: 0, freezes: 15, only: ["notify_before_send"] },
};

export async function runActionHarness(options: ActionHarnessOptions): Promise<ActionReport> {
  const began = performance.now();
  const { log, seed } = options;
  const folder = await mkdtemp(join(tmpdir(), "halo-faults-"));
  const cache = join(folder, "cache");
  const failures: string[] = [];
  const results = { server: [] as ActionRoundResult[], embedded: [] as ActionRoundResult[] };
  const planted: { -readonly [bug in ActionBug]?: ActionReport["planted"][bug] } = {};
  const balances = { server: createActionBalance(), embedded: createActionBalance() };
  let number = 0;

  const run = async (plan: Omit<ActionRoundPlan, "number">, balance: ActionBalance) => {
    try {
      number += 1;
      const result = await runActionRound({ ...plan, number }, { balance, cache });
      const { doubled, kills, lost, seconds, unknown } = result;
      log(
        `${plan.name.padEnd(30)} ${String(kills.length).padStart(3)} kills, ${lost.length} lost, ${doubled.length} doubled, ${unknown.length} unknown, ${seconds.toFixed(0)} s   (seed ${plan.seed})`,
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
  for (const [at, kills] of parts(options.embeddedKills, mostOfRound).entries()) {
    tasks.push(async () => {
      const plan = { name: `embedded ${at + 1}`, seed: `${seed}/e${at}`, target: join(folder, `e${at}`) };
      const result = await run(
        { ...plan, workers: 1, kills, freezes: 0, only: options.only },
        balances.embedded,
      );
      if (result) results.embedded.push(result);
    });
  }
  const shared = Math.max(leastOfRound, Math.ceil(options.kills / options.lanes));
  const most = options.mostOfRound ?? Math.min(mostOfRound, shared);
  for (const [at, kills] of parts(options.kills, most).entries()) {
    tasks.push(async () => {
      const workers = at % 2 === 0 ? 2 : 1;
      const name = `PostgreSQL ${at + 1}, ${workers === 2 ? "two workers" : "one worker"}`;
      const target = await options.createDatabase();
      const plan = { name, seed: `${seed}/p${at}`, target, workers, freezes: workers === 2 ? 1 : 0 } as const;
      const result = await run({ ...plan, kills, only: options.only }, balances.server);
      if (result) results.server.push(result);
    });
  }
  for (const bug of options.planted) {
    tasks.push(async () => {
      const tally = await catchPlanted(
        plantedRounds,
        async (at) => {
          const target = await options.createDatabase();
          const name = `planted ${bug}`;
          const plan = { ...plantedPlan[bug], name, planted: bug, seed: `${seed}/${bug}${at}`, target };
          return await run(plan, createActionBalance());
        },
        ({ doubled, lost }) => (bug === "settle_first" ? lost.length > 0 : doubled.length > 0),
      );
      planted[bug] = tally;
      if (!tally.caught) failures.push(`the planted bug ${bug} was not caught`);
    });
  }
  try {
    await inLanes(options.lanes, tasks);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const server = tally(results.server);
  const embedded = tally(results.embedded);
  for (const [name, tallied, wanted] of [
    ["PostgreSQL", server, options.kills],
    ["the embedded store", embedded, options.embeddedKills],
  ] as const) {
    failures.push(...shortfalls(name, tallied, wanted, actionSteps));
  }
  const seconds = (performance.now() - began) / 1_000;
  const ok = failures.length === 0;
  return { flow: "actions", ...server, planted, embedded, seed, seconds, ok, failures };
}

function tally(results: readonly ActionRoundResult[]): ActionTally {
  const kills = results.flatMap((result) => result.kills);
  const sum = (of: (one: ActionRoundResult) => number) => sumOf(results, of);
  const calls: { [state: string]: number } = {};
  for (const result of results) {
    for (const [state, count] of Object.entries(result.calls)) calls[state] = (calls[state] ?? 0) + count;
  }
  return {
    kills: kills.length,
    killsByStep: countBySteps(actionSteps, kills),
    lost: sum(({ lost }) => lost.length),
    doubled: sum(({ doubled }) => doubled.length),
    unknown: sum(({ unknown }) => unknown.length),
    unknownBound: sum(({ unknownBound }) => unknownBound),
    repeated: sum(({ repeated }) => repeated),
    repeatedBound: sum(({ repeatedBound }) => repeatedBound),
    lostAnswers: sum(({ lostAnswers }) => lostAnswers),
    updatesRepeated: sum(({ updatesRepeated }) => updatesRepeated),
    calls,
    ...recoveries(kills),
    frozen: { fenced: sum(({ fenced }) => fenced), taken: sum(({ taken }) => taken) },
  };
}
