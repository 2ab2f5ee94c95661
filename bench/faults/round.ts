import { randomBytes } from "node:crypto";
import { createServer } from "node:net";
import { hashSeed, seededRandom } from "../../packages/emulators/src/random.ts";
import type { Balance } from "./balance.ts";
import { type Crew, createCrew, type Kill } from "./crew.ts";
import { examine, type Findings } from "./oracle.ts";
import { settling } from "./settling.ts";
import { indexSteps, outerSteps, type PlantedBug, runSteps, type Step, webhookSteps } from "./steps.ts";
import { withClient } from "./store-side.ts";
import { startVendorSide, type VendorSide } from "./vendor-side.ts";

export interface RoundPlan {
  readonly name: string;
  /** Decides the portal and every choice; what a machine does in the meantime it cannot decide. */
  readonly seed: string;
  /** A fresh database's URL, or an empty folder. */
  readonly target: string;
  readonly workers: 1 | 2;
  /** `kill -9` while nothing changes at the vendor: backfill, resync, indexing. */
  readonly stillKills: number;
  /** The same while people change things and webhooks come in. */
  readonly movingKills: number;
  /** Workers stopped past their lease and let go on (two workers only). */
  readonly freezes: number;
  /** Workers ended by SIGTERM while they work. */
  readonly terms: number;
  /** A full resync runs beside the webhooks: else they alone bring every change. */
  readonly resyncWhileMoving: boolean;
  readonly planted?: PlantedBug;
  /** Only these steps, instead of all. */
  readonly only?: readonly Step[];
  /** Of the portal. */
  readonly scale?: number;
}

export interface RoundTools {
  readonly balance: Balance;
  /** Compiled code of the workers, so that they start quickly. */
  readonly cache: string;
}

export interface RoundResult extends Findings {
  readonly kills: readonly Kill[];
  readonly fenced: number;
  readonly accepted: number;
  readonly terms: readonly { readonly code: number | null; readonly successorMs: number | undefined }[];
  /** Events that the vendor had given up on (its ten retries all met a dead server), sent again by hand. */
  readonly resent: number;
  readonly seconds: number;
}

const orgId = "acme";
const leaseMs = 1_500;
/** A step that does not come within this time is left for another. */
const patienceMs = 8_000;
/** F07: what was interrupted is through so long after the last kill. */
const boundMs = 30_000;

export async function runRound(plan: RoundPlan, { balance, cache }: RoundTools): Promise<RoundResult> {
  const began = performance.now();
  const random = seededRandom(hashSeed(plan.seed));
  const vendor = await startVendorSide(plan.seed, plan.scale ?? 1);
  const port = await freePort();
  const publicUrl = `http://127.0.0.1:${port}`;
  const encryptionKey = randomBytes(32).toString("base64");
  const crew = createCrew(
    {
      target: plan.target,
      orgId,
      api: vendor.url,
      clientId: vendor.emulator.clientId,
      clientSecret: vendor.emulator.clientSecret,
      encryptionKey,
      publicUrl,
      leaseMs,
      planted: plan.planted,
    },
    plan.workers,
    cache,
    random,
  );
  const lost: string[] = [];
  const doubled: string[] = [];
  const terms: { code: number | null; successorMs: number | undefined }[] = [];
  let fenced = 0;
  let accepted = 0;
  let resent = 0;

  const judge = async (still: boolean): Promise<void> => {
    const embedded = !plan.target.startsWith("postgres");
    if (embedded)
      for (const code of await crew.stop()) if (code !== 0) lost.push(`a worker ended with ${code}`);
    const look = () =>
      withClient(plan.target, orgId, encryptionKey, (client) => examine(client, { orgId, vendor, still }));
    let findings = await look();
    if (!embedded && findings.lost.length + findings.doubled.length > 0) {
      // Customers are relinked and merged a moment after a page: what is still wrong then is wrong.
      await pause(2_000);
      findings = await look();
    }
    lost.push(...findings.lost);
    doubled.push(...findings.doubled);
    if (embedded && still && plan.movingKills > 0) crew.resume();
  };

  try {
    await (await crew.any()).connect(vendor.key);
    for (let term = 0; term < plan.terms; term++) terms.push(await crew.term(random.int(0, 300)));
    const steps = [...runSteps, ...indexSteps, ...outerSteps];
    await killing(crew, among(plan, steps), plan.stillKills, true);
    for (let tries = 0; fenced + accepted < plan.freezes && tries < plan.freezes * 4; tries++) {
      await provide(crew, "mid_write", true);
      const outcome = await crew.freeze({ skip: random.int(0, 3), share: 0 }, patienceMs);
      if (outcome?.outcome === "fenced") fenced += 1;
      if (outcome?.outcome === "accepted") {
        accepted += 1;
        doubled.push("a write of a worker that had lost its lease was taken");
      }
    }
    lost.push(...(await settle(crew)));
    await judge(true);

    if (plan.movingKills > 0) {
      const target = `${publicUrl}/api/integrations/hubspot/webhook/${orgId}`;
      vendor.emulator.webhooks.subscribe({ targetUrl: target, style: "generic" });
      if (plan.resyncWhileMoving) await (await crew.any()).start("full_resync");
      const people = keepChanging(vendor);
      await killing(
        crew,
        among(plan, [...webhookSteps, ...indexSteps, ...outerSteps]),
        plan.movingKills,
        false,
      );
      await people.stop();
      const delivered = await vendor.delivered(60_000);
      resent = delivered.resent;
      if (!delivered.all) lost.push("the vendor's events were not all taken within a minute");
      lost.push(...(await settle(crew)));
      await judge(false);
    }
  } finally {
    const codes = await crew.stop();
    for (const code of codes) if (code !== 0) lost.push(`a worker ended with ${code}`);
    await vendor.close();
  }
  lost.push(...crew.crashed);
  for (const { code } of terms)
    if (code !== 0) lost.push(`a worker that was asked to end ended with ${code}`);
  for (const secret of [vendor.key, vendor.emulator.clientSecret, encryptionKey]) {
    if (crew.output().includes(secret)) lost.push("a secret was printed");
  }
  const seconds = (performance.now() - began) / 1_000;
  return { lost, doubled, kills: crew.kills, fenced, accepted, terms, resent, seconds };

  function aim(step: Step) {
    return { skip: random.int(0, mostSkipped[step] ?? 1), share: random.next() };
  }

  async function killing(crew: Crew, steps: readonly Step[], kills: number, still: boolean): Promise<void> {
    const wanted = crew.kills.length + kills;
    const failed = new Map<Step, number>();
    // Bounded: a step that never comes must not keep us.
    for (let tries = 0; crew.kills.length < wanted && tries < kills * 3; tries++) {
      const open = steps.filter((step) => (failed.get(step) ?? 0) < 2);
      const step = balance.pick(open.length > 0 ? open : steps, random);
      const before = crew.kills.length;
      const struck =
        step === "random"
          ? await crew.killAfter(step, random.int(0, 1_500), undefined)
          : step === "term_then_kill"
            ? await crew.killAfter(step, random.int(200, 1_500), random.int(0, 15))
            : await crew.strike(step, aim(step), patienceMs, () => provide(crew, step, still));
      if (!struck) {
        balance.giveBack(step);
        failed.set(step, (failed.get(step) ?? 0) + 1);
      }
      // Two workers may both have come to the step.
      for (const { step: more } of crew.kills.slice(before + 1)) balance.note(more);
    }
  }
}

function among(plan: RoundPlan, steps: readonly Step[]): readonly Step[] {
  return plan.only ? steps.filter((step) => plan.only?.includes(step)) : steps;
}

/** Occurrences of a step that may pass first, so that not always the same one is struck. */
const mostSkipped: { readonly [step in Step]?: number } = {
  fetch: 12,
  mid_write: 4,
  after_commit: 3,
  before_done: 1,
  webhook_before_commit: 2,
  webhook_after_commit: 2,
  inbox_processing: 1,
  index_before_replace: 3,
  index_mid_replace: 3,
};

/** Sees to it that there is something to interrupt. */
async function provide(crew: Crew, step: Step, still: boolean): Promise<void> {
  if (!still) return;
  try {
    const worker = await crew.any();
    const { activeRuns, pendingDocuments } = await worker.status();
    if (activeRuns > 0) return;
    if (runSteps.includes(step)) await worker.start("full_resync");
    if (indexSteps.includes(step) && pendingDocuments === 0) await worker.start("email_catch_up");
  } catch {
    // It was struck meanwhile; the next try provides.
  }
}

const settle = (crew: Crew): Promise<string[]> =>
  settling(async () => {
    const { activeRuns, pendingDocuments, pendingDeliveries } = await (await crew.any()).status();
    return {
      open: activeRuns + pendingDocuments + pendingDeliveries,
      what: `${activeRuns} runs, ${pendingDocuments} documents and ${pendingDeliveries} events`,
    };
  }, boundMs);

function keepChanging(vendor: VendorSide): { stop(): Promise<void> } {
  let going = true;
  const done = (async () => {
    for (let round = 0; going && round < 2_000; round++) {
      vendor.change(round);
      await pause(200);
    }
  })();
  return {
    async stop() {
      going = false;
      await done;
    },
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => {
        if (address && typeof address === "object") resolve(address.port);
        else reject(new Error("no free port"));
      });
    });
  });
}
