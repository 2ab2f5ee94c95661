import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type MoneyRoundPlan, type MoneyRoundResult, runMoneyRound } from "./money-round.ts";
import { type MoneyBug, type MoneyStep, moneySteps } from "./money-steps.ts";
import {
  type Counted,
  catchPlanted,
  countBySteps,
  inLanes,
  type PlantedTally,
  parts,
  recoveries,
  shortfalls,
  sumOf,
} from "./rounds.ts";
import { createStepBalance, type StepBalance } from "./step-balance.ts";

export interface MoneyHarnessOptions {
  readonly seed: string;
  /** `kill -9` on PostgreSQL, and on an embedded folder. */
  readonly kills: number;
  readonly embeddedKills: number;
  readonly planted: readonly MoneyBug[];
  /** Only these steps, where there are too few kills for all. */
  readonly only?: readonly MoneyStep[];
  /** A fresh database's URL. */
  readonly createDatabase: () => Promise<string>;
  /** Rounds at once. */
  readonly lanes: number;
  /** Kills of one round; few are shared out among the lanes. */
  readonly mostOfRound?: number;
  readonly log: (line: string) => void;
}

/** What became of the kills on one kind of store. */
export interface MoneyTally extends Counted<MoneyStep> {
  /** Proposals of the agents, and how they ended. */
  readonly wishes: number;
  readonly states: { readonly [state: string]: number };
  /** Answers of the vendor that got lost after it had moved money. */
  readonly lostAnswers: number;
  readonly recoveryMsP50: number;
  readonly recoveryMsP99: number;
}

export interface MoneyReport extends MoneyTally {
  readonly flow: "money";
  readonly planted: { readonly [bug in MoneyBug]?: PlantedTally };
  readonly embedded: MoneyTally;
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
const plantedPlan: { readonly [bug in MoneyBug]: Pick<MoneyRoundPlan, "kills" | "workers" | "only"> } = {
  no_key: { workers: 1, kills: 3, only: ["execute_before_answer"] },
  key_per_attempt: { workers: 1, kills: 3, only: ["execute_before_answer"] },
  decide_without_cas: { workers: 2, kills: 3, only: ["decide_after_store"] },
  record_first: { workers: 1, kills: 3, only: ["record_after_end"] },
};

export async function runMoneyHarness(options: MoneyHarnessOptions): Promise<MoneyReport> {
  const began = performance.now();
  const { log, seed } = options;
  const folder = await mkdtemp(join(tmpdir(), "halo-faults-"));
  const cache = join(folder, "cache");
  const failures: string[] = [];
  const results = { server: [] as MoneyRoundResult[], embedded: [] as MoneyRoundResult[] };
  const planted: { -readonly [bug in MoneyBug]?: PlantedTally } = {};
  const balances = { server: createStepBalance<MoneyStep>(), embedded: createStepBalance<MoneyStep>() };
  let number = 0;

  const run = async (plan: Omit<MoneyRoundPlan, "number">, balance: StepBalance<MoneyStep>) => {
    try {
      number += 1;
      const result = await runMoneyRound({ ...plan, number }, { balance, cache });
      const { doubled, kills, lost, seconds, wishes } = result;
      log(
        `${plan.name.padEnd(30)} ${String(kills.length).padStart(3)} kills, ${wishes} proposals, ${lost.length} lost, ${doubled.length} doubled, ${seconds.toFixed(0)} s   (seed ${plan.seed})`,
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
      const result = await run({ ...plan, workers: 1, kills, only: options.only }, balances.embedded);
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
      const plan = { name, seed: `${seed}/p${at}`, target, workers } as const;
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
          return await run(plan, createStepBalance());
        },
        ({ doubled, lost }) => (bug === "record_first" ? lost.length > 0 : doubled.length > 0),
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
  failures.push(...shortfalls("PostgreSQL", server, options.kills, moneySteps));
  failures.push(...shortfalls("the embedded store", embedded, options.embeddedKills, moneySteps));
  const seconds = (performance.now() - began) / 1_000;
  const ok = failures.length === 0;
  return { flow: "money", ...server, planted, embedded, seed, seconds, ok, failures };
}

function tally(results: readonly MoneyRoundResult[]): MoneyTally {
  const kills = results.flatMap((result) => result.kills);
  const states: { [state: string]: number } = {};
  for (const result of results) {
    for (const [state, count] of Object.entries(result.states)) states[state] = (states[state] ?? 0) + count;
  }
  return {
    kills: kills.length,
    killsByStep: countBySteps(moneySteps, kills),
    lost: sumOf(results, ({ lost }) => lost.length),
    doubled: sumOf(results, ({ doubled }) => doubled.length),
    wishes: sumOf(results, ({ wishes }) => wishes),
    states,
    lostAnswers: sumOf(results, ({ lostAnswers }) => lostAnswers),
    ...recoveries(kills),
  };
}
