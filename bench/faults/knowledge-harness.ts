import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type KnowledgeRoundPlan, type KnowledgeRoundResult, runKnowledgeRound } from "./knowledge-round.ts";
import { type KnowledgeBug, type KnowledgeStep, knowledgeSteps } from "./knowledge-steps.ts";
import { catchPlanted, inLanes, type PlantedTally, recoveries, sumOf } from "./rounds.ts";
import { createStepBalance } from "./step-balance.ts";

export interface KnowledgeHarnessOptions {
  readonly seed: string;
  /** `kill -9`, all in one round over all transcripts. */
  readonly kills: number;
  readonly transcripts?: number;
  readonly planted: readonly KnowledgeBug[];
  /** A fresh database's URL. */
  readonly createDatabase: () => Promise<string>;
  /** Rounds at once. */
  readonly lanes: number;
  readonly log: (line: string) => void;
}

export interface KnowledgeReport {
  readonly kills: number;
  readonly killsByStep: { readonly [step in (typeof knowledgeSteps)[number] | "random"]: number };
  readonly transcripts: number;
  readonly indexed: number;
  readonly distilled: number;
  readonly lost: number;
  readonly doubled: number;
  readonly orphans: number;
  /** Looks at the backlog; those that showed nothing waiting although something was; those that showed why. */
  readonly backlog: { readonly samples: number; readonly blind: number; readonly explained: number };
  readonly embedderFailedShare: number;
  readonly recoveryMsP50: number;
  readonly recoveryMsP99: number;
  readonly planted: { readonly [bug in KnowledgeBug]?: PlantedTally };
  readonly seed: string;
  readonly seconds: number;
  readonly ok: boolean;
  readonly failures: readonly string[];
}

/** Rounds with one planted bug, at most. */
const plantedRounds = 3;
/** Aimed at where each bug hurts. */
const plantedPlan: { readonly [bug in KnowledgeBug]: Pick<KnowledgeRoundPlan, "kills" | "only"> } = {
  index_in_two: { kills: 3, only: ["index_in_between"] },
  backlog_given_up: { kills: 0 },
  backlog_unseen: { kills: 0 },
  distils_again: { kills: 0 },
};

export async function runKnowledgeHarness(options: KnowledgeHarnessOptions): Promise<KnowledgeReport> {
  const began = performance.now();
  const { createDatabase, kills, log, seed, transcripts = 200 } = options;
  const folder = await mkdtemp(join(tmpdir(), "halo-faults-"));
  const failures: string[] = [];
  const planted: { [bug in KnowledgeBug]?: PlantedTally } = {};
  let main: KnowledgeRoundResult | undefined;

  const run = async (plan: Omit<KnowledgeRoundPlan, "target">): Promise<KnowledgeRoundResult | undefined> => {
    const tools = { balance: createStepBalance<KnowledgeStep>(), cache: join(folder, "cache") };
    try {
      const result = await runKnowledgeRound({ ...plan, target: await createDatabase() }, tools);
      const { blind, distilled, doubled, indexed, lost, orphans, seconds } = result;
      log(
        `${plan.name.padEnd(26)} ${String(result.kills.length).padStart(3)} kills, ${indexed} indexed, ${distilled} distilled, ${lost.length} lost, ${doubled.length} doubled, ${orphans.length} orphans, ${blind} blind of ${result.samples} looks, ${seconds.toFixed(0)} s   (seed ${plan.seed})`,
      );
      if (!plan.planted)
        for (const line of [...lost, ...doubled, ...orphans].slice(0, 10)) log(`    ${line}`);
      return result;
    } catch (error) {
      const text = `${plan.name} (seed ${plan.seed}) broke off: ${error instanceof Error ? error.message : String(error)}`;
      log(text);
      if (!plan.planted) failures.push(text);
      return undefined;
    }
  };
  const tasks: (() => Promise<void>)[] = [
    async () => {
      main = await run({ name: "PostgreSQL", seed: `${seed}/k`, transcripts, kills, workers: 2 });
    },
    ...options.planted.map((bug) => async () => {
      const plan = {
        ...plantedPlan[bug],
        planted: bug,
        name: `planted ${bug}`,
        transcripts: 30,
        workers: 1 as const,
      };
      const tally = await catchPlanted(
        plantedRounds,
        (at) => run({ ...plan, seed: `${seed}/${bug}${at}` }),
        (result) => isCaught(result),
      );
      planted[bug] = tally;
      if (!tally.caught) failures.push(`the planted bug ${bug} was not caught`);
    }),
  ];
  try {
    await inLanes(options.lanes, tasks);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  if (main) failures.push(...broken(main, kills, transcripts));
  const struck = main?.kills ?? [];
  const byStep = (step: KnowledgeStep | "random") => struck.filter((kill) => kill.step === step).length;
  const steps = [...knowledgeSteps, "random" as const];
  const { failed = 0, ok = 0 } = main?.embedded ?? {};
  return {
    kills: struck.length,
    killsByStep: Object.fromEntries(
      steps.map((step) => [step, byStep(step)]),
    ) as KnowledgeReport["killsByStep"],
    transcripts,
    indexed: main?.indexed ?? 0,
    distilled: main?.distilled ?? 0,
    lost: main?.lost.length ?? 0,
    doubled: main?.doubled.length ?? 0,
    orphans: main?.orphans.length ?? 0,
    backlog: { samples: main?.samples ?? 0, blind: main?.blind ?? 0, explained: main?.explained ?? 0 },
    embedderFailedShare: failed + ok === 0 ? 0 : failed / (failed + ok),
    ...recoveries(struck),
    planted,
    seed,
    seconds: (performance.now() - began) / 1_000,
    ok: main !== undefined && failures.length === 0,
    failures,
  };
}

const isCaught = ({ blind, doubled, lost, orphans }: KnowledgeRoundResult): boolean =>
  sumOf([lost, doubled, orphans], (list) => list.length) > 0 || blind > 0;

function broken(result: KnowledgeRoundResult, kills: number, transcripts: number): string[] {
  const { blind, distilled, doubled, explained, indexed, lost, orphans } = result;
  return [
    ...(lost.length > 0 ? [`${lost.length} lost`] : []),
    ...(doubled.length > 0 ? [`${doubled.length} doubled`] : []),
    ...(orphans.length > 0 ? [`${orphans.length} orphans`] : []),
    ...(blind > 0 ? [`the backlog was not seen ${blind} times`] : []),
    ...(explained === 0 ? ["nothing ever said why it waits"] : []),
    ...(indexed !== transcripts ? [`${indexed} of ${transcripts} indexed`] : []),
    ...(distilled !== transcripts ? [`${distilled} of ${transcripts} distilled`] : []),
    ...(result.kills.length < kills ? [`only ${result.kills.length} of ${kills} kills`] : []),
  ];
}
