import { randomBytes } from "node:crypto";
import type { Client } from "pg";
import { hashSeed, type Random, seededRandom } from "../../packages/emulators/src/random.ts";
import { type Child, startChild } from "./child.ts";
import { createKillCrew, type Kill, type KillCrew } from "./kill-crew.ts";
import {
  type BacklogSample,
  examineKnowledge,
  type KnowledgeFindings,
  sampleBacklog,
} from "./knowledge-oracle.ts";
import {
  type KnowledgeAsk,
  type KnowledgeBug,
  type KnowledgeStep,
  type KnowledgeTold,
  type KnowledgeWorkerSetup,
  knowledgeSteps,
} from "./knowledge-steps.ts";
import type { StepBalance } from "./step-balance.ts";
import { withClient } from "./store-side.ts";
import type { StrikeOrder } from "./striker.ts";

export interface KnowledgeRoundPlan {
  readonly name: string;
  /** Decides every choice; what a machine does in the meantime it cannot decide. */
  readonly seed: string;
  /** A fresh database's URL. */
  readonly target: string;
  readonly transcripts: number;
  readonly kills: number;
  readonly workers: 1 | 2;
  readonly planted?: KnowledgeBug;
  readonly only?: readonly KnowledgeStep[] | undefined;
}

export interface KnowledgeRoundTools {
  readonly balance: StepBalance<KnowledgeStep>;
  /** Compiled code of the workers, so that they start quickly. */
  readonly cache: string;
}

export interface KnowledgeRoundResult extends KnowledgeFindings {
  readonly kills: readonly Kill<KnowledgeStep>[];
  readonly samples: number;
  /** Samples that showed nothing waiting while something was unfinished. */
  readonly blind: number;
  /** Samples that showed why something waits. */
  readonly explained: number;
  readonly embedded: { readonly ok: number; readonly failed: number };
  readonly asked: { readonly ok: number; readonly failed: number };
  readonly seconds: number;
}

const orgId = "acme";
const leaseMs = 1_500;
const sampleMs = 150;
/** A step that does not come within this time is left for another. */
const patienceMs = 4_000;
const settleMs = 90_000;
const soon = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

interface KnowledgeWorker extends Child<KnowledgeTold> {
  arm(order: StrikeOrder<KnowledgeStep> | undefined): void;
  begin(): Promise<string>;
  reveal(transcripts: number): Promise<string>;
}

export async function runKnowledgeRound(
  plan: KnowledgeRoundPlan,
  { balance, cache }: KnowledgeRoundTools,
): Promise<KnowledgeRoundResult> {
  const began = performance.now();
  const random = seededRandom(hashSeed(plan.seed));
  const encryptionKey = randomBytes(32).toString("base64");
  const counts = { embedded: { ok: 0, failed: 0 }, asked: { ok: 0, failed: 0 } };
  const times = new Map<string, number>();
  let revealed = Math.min(plan.transcripts, 10);
  const heard = (told: KnowledgeTold) => {
    if (told.told === "embedded" || told.told === "asked") counts[told.told][told.ok ? "ok" : "failed"]++;
    if (told.told === "distilled") times.set(told.documentId, (times.get(told.documentId) ?? 0) + 1);
  };
  const setup = (): KnowledgeWorkerSetup => ({
    ...{ orgId, target: plan.target, encryptionKey, leaseMs, seed: plan.seed },
    ...{ transcripts: revealed, planted: plan.planted },
  });
  const crew = createCrew(setup, plan.workers, cache, random, heard);
  try {
    await (await crew.any()).begin();
    return await withClient(plan.target, orgId, encryptionKey, async (client) => {
      const watch = watchBacklog(client);
      const ended: KnowledgeStep[] = [];
      while (crew.kills.length < plan.kills && ended.length < 200) {
        revealed = Math.min(
          plan.transcripts,
          revealed + Math.ceil(plan.transcripts / Math.max(1, plan.kills)),
        );
        const step = balance.pick(plan.only ?? knowledgeSteps, random);
        // A tenth comes from outside, at any time.
        const struck =
          random.chance(0.1) && !plan.only
            ? await outside(crew, () => reveal(crew, revealed), random)
            : await crew.strike(step, random.int(0, 2), patienceMs, () => reveal(crew, revealed));
        if (!struck) {
          balance.count(step, -1);
          ended.push(step);
        }
      }
      crew.arm(undefined);
      revealed = plan.transcripts;
      await finish(crew, plan.transcripts, watch);
      const samples = await watch.stop();
      await crew.stop();
      const findings = await examineKnowledge(client, orgId, plan.transcripts, times);
      const crashed = crew.crashed.map((line) => `crashed: ${line}`);
      return {
        ...findings,
        ...counts,
        ...samples,
        lost: [...findings.lost, ...crashed],
        kills: crew.kills,
        seconds: (performance.now() - began) / 1_000,
      };
    });
  } finally {
    await crew.stop();
  }
}

function createCrew(
  setup: () => KnowledgeWorkerSetup,
  size: number,
  cache: string,
  random: Random,
  heard: (told: KnowledgeTold) => void,
): KillCrew<KnowledgeStep, KnowledgeWorker> {
  return createKillCrew<KnowledgeStep, KnowledgeWorker>(
    (_, told) => {
      const child = startChild<KnowledgeTold>({
        file: "./knowledge-worker.ts",
        setup: setup(),
        cache,
        told: (what) => {
          heard(what);
          if (what.told === "striking" || what.told === "through") told(what, worker);
        },
        answerMs: 30_000,
        patienceMs: 20_000,
      });
      const ask = (make: (id: number) => KnowledgeAsk) => child.ask<string>(make);
      const worker: KnowledgeWorker = {
        ...child,
        arm: (order) => child.send({ ask: "arm", order } satisfies KnowledgeAsk),
        begin: () => ask((id) => ({ ask: "begin", id })),
        reveal: (transcripts) => ask((id) => ({ ask: "reveal", id, transcripts })),
      };
      return worker;
    },
    size,
    random,
  );
}

/** Whoever dies over it is asked again later: every kill reveals more. */
function reveal(crew: KillCrew<KnowledgeStep, KnowledgeWorker>, transcripts: number): void {
  for (const worker of crew.workers) worker.reveal(transcripts).catch(() => {});
}

async function outside(
  crew: KillCrew<KnowledgeStep, KnowledgeWorker>,
  provide: () => void,
  random: Random,
): Promise<boolean> {
  provide();
  return await crew.killAfter(random.int(0, 400));
}

interface Watch {
  latest(): BacklogSample | undefined;
  stop(): Promise<Pick<KnowledgeRoundResult, "samples" | "blind" | "explained">>;
}

/** Looks all the time: what is not finished must be seen to wait. */
function watchBacklog(client: Client): Watch {
  let latest: BacklogSample | undefined;
  const seen = { samples: 0, blind: 0, explained: 0 };
  let stopped = false;
  const watching = (async () => {
    while (!stopped) {
      const sample = await sampleBacklog(client, orgId);
      latest = sample;
      seen.samples++;
      if (sample.reasons > 0) seen.explained++;
      if (sample.transcripts > sample.finished && sample.waiting === 0) seen.blind++;
      await soon(sampleMs);
    }
  })();
  return {
    latest: () => latest,
    async stop() {
      stopped = true;
      await watching;
      return seen;
    },
  };
}

async function finish(
  crew: KillCrew<KnowledgeStep, KnowledgeWorker>,
  transcripts: number,
  watch: Watch,
): Promise<void> {
  const until = performance.now() + settleMs;
  let asked = 0;
  while (performance.now() < until) {
    const sample = watch.latest();
    if (sample && sample.transcripts >= transcripts && sample.waiting === 0) return;
    if (sample && sample.transcripts < transcripts && performance.now() - asked > 2_000) {
      asked = performance.now();
      await (await crew.any()).reveal(transcripts).catch(() => {});
    }
    await soon(sampleMs);
  }
}
