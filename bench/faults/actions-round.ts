import { randomBytes } from "node:crypto";
import { createServer } from "node:net";
import { hashSeed, seededRandom } from "../../packages/emulators/src/random.ts";
import { type ActionKill, createActionCrew } from "./actions-crew.ts";
import { createHost } from "./actions-host.ts";
import { type ActionFindings, examineActions, missing } from "./actions-oracle.ts";
import { startSinkSide } from "./actions-sinks.ts";
import { startSlackSide } from "./actions-slack.ts";
import { type ActionBug, type ActionStep, actionSteps } from "./actions-steps.ts";
import { startActionVendor } from "./actions-vendor.ts";
import { settling } from "./settling.ts";
import { createStepBalance, type StepBalance } from "./step-balance.ts";
import { withClient } from "./store-side.ts";

export interface ActionRoundPlan {
  readonly name: string;
  /** Decides the portal and every choice; what a machine does in the meantime it cannot decide. */
  readonly seed: string;
  readonly number: number;
  /** A fresh database's URL, or an empty folder. */
  readonly target: string;
  readonly workers: 1 | 2;
  readonly kills: number;
  /** Workers stopped past their lease and let go on (two workers only). */
  readonly freezes: number;
  readonly planted?: ActionBug;
  /** Only these steps, instead of all. */
  readonly only?: readonly ActionStep[] | undefined;
}

export interface ActionRoundTools {
  readonly balance: ActionBalance;
  /** Compiled code of the workers, so that they start quickly. */
  readonly cache: string;
}

export interface ActionRoundResult extends ActionFindings {
  readonly kills: readonly ActionKill[];
  readonly fenced: number;
  readonly taken: number;
  readonly seconds: number;
}

export type ActionBalance = StepBalance<ActionStep>;

export const createActionBalance = (): ActionBalance => createStepBalance<ActionStep>();

const orgId = "acme";
const leaseMs = 1_500;
/** A step that does not come within this time is left for another. */
const patienceMs = 8_000;
/** Of what was interrupted, something ends within this time after the last kill, and after whatever ended before it. */
const boundMs = 45_000;
/** One message a second goes into a channel. */
const mostMs = 300_000;
const soon = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

export async function runActionRound(
  plan: ActionRoundPlan,
  { balance, cache }: ActionRoundTools,
): Promise<ActionRoundResult> {
  const began = performance.now();
  const random = seededRandom(hashSeed(plan.seed));
  // What is broken on purpose shows without it.
  const withSlack = plan.planted === undefined;
  const [slack, vendor, sinks, port] = await Promise.all([
    withSlack ? startSlackSide(plan.seed) : undefined,
    startActionVendor(plan.seed),
    startSinkSide(),
    freePort(),
  ]);
  const publicUrl = `http://127.0.0.1:${port}`;
  const encryptionKey = randomBytes(32).toString("base64");
  const { clientSecret } = vendor.emulator;
  const crew = createActionCrew(
    {
      target: plan.target,
      orgId,
      api: vendor.url,
      clientSecret,
      sinks: sinks.url,
      slack: slack && { url: slack.url, token: slack.token, teamChannels: slack.teamChannels },
      encryptionKey,
      publicUrl,
      leaseMs,
      planted: plan.planted,
    },
    plan.workers,
    cache,
    random,
  );
  const host = createHost(crew, vendor, slack, random, {
    round: plan.number,
    onlyCreates: plan.planted !== undefined,
  });
  const notes: string[] = [];
  const late: string[] = [];
  const frozen = { fenced: 0, taken: 0 };
  const embedded = !plan.target.startsWith("postgres");

  const provide = (step: ActionStep) => {
    if (!step.startsWith("notify")) for (let wish = 0; wish < 3; wish++) host.act();
    if (!step.startsWith("act")) for (let wish = 0; wish < 2; wish++) host.notify();
    if (plan.planted === undefined && random.chance(0.25)) people();
  };
  const people = () => {
    const key = `note-${plan.number}-${notes.length}`;
    vendor.note(`Called back: ${key}`);
    notes.push(key);
  };
  const look = () =>
    withClient(plan.target, orgId, encryptionKey, (client) =>
      examineActions(client, {
        orgId,
        wished: host.wished,
        notes,
        vendor,
        sinks,
        slack,
        interruptions: crew.kills.length + frozen.fenced + frozen.taken,
      }),
    );
  let findings: ActionFindings | undefined;
  let codes: readonly (number | null)[] = [];
  try {
    await (await crew.any()).connect(vendor.apiKey);
    late.push(...(await settled(crew)));
    const targetUrl = `${publicUrl}/api/integrations/hubspot/webhook/${orgId}`;
    vendor.emulator.webhooks.subscribe({ targetUrl, style: "generic" });
    await killing();
    for (let tries = 0; frozen.fenced + frozen.taken < plan.freezes && tries < plan.freezes * 4; tries++) {
      // An action at the vendor is not held by any fence: see the decision.
      await host.quiet();
      late.push(...(await settled(crew)));
      const outcome = await crew.freeze(patienceMs, () => host.notify());
      if (outcome) frozen[outcome] += 1;
    }
    await host.quiet();
    if (!(await vendor.delivered(60_000)))
      late.push("the vendor's events were not all taken within a minute");
    late.push(...(await settled(crew)));
    // What waits to be routed is not counted by the workers: it is through when it arrived.
    const until = performance.now() + (plan.planted ? 5_000 : boundMs);
    while (missing({ wished: host.wished, notes, sinks, slack }).length > 0 && performance.now() < until) {
      await soon(100);
    }
    late.push(...(await settled(crew)));
    if (!embedded) {
      findings = await look();
      for (let tries = 0; tries < 3 && findings.lost.length > 0; tries++) {
        // What is wrong after a moment is wrong.
        await soon(1_000);
        findings = await look();
      }
    }
    codes = await crew.stop();
    findings ??= await look();
  } finally {
    if (codes.length === 0) codes = await crew.stop();
    await Promise.all([vendor.close(), sinks.close(), slack?.close()]);
  }
  const lost = [...findings.lost, ...late, ...crew.crashed];
  for (const code of codes) if (code !== 0) lost.push(`a worker ended with ${code}`);
  const doubled = [...findings.doubled];
  for (let more = 0; more < frozen.taken; more++) {
    doubled.push("a worker that had lost its lease marked a message as being sent");
  }
  for (const secret of [vendor.apiKey, clientSecret, encryptionKey, ...(slack ? [slack.token] : [])]) {
    if (crew.output().includes(secret)) lost.push("a secret was printed");
  }
  const seconds = (performance.now() - began) / 1_000;
  return { ...findings, lost, doubled, kills: crew.kills, ...frozen, seconds };

  async function killing(): Promise<void> {
    const steps = plan.only ?? actionSteps;
    const failed = new Map<ActionStep, number>();
    // Bounded: a step that never comes must not keep us.
    const unstruck = () => plan.only?.find((one) => !crew.kills.some(({ step }) => step === one));
    const through = () => crew.kills.length >= plan.kills && (plan.planted || !unstruck());
    for (let tries = 0; !through() && tries < plan.kills * 3; tries++) {
      const open = steps.filter((step) => (failed.get(step) ?? 0) < 2);
      const step = balance.pick(open.length > 0 ? open : steps, random);
      const before = crew.kills.length;
      const ready = () => provide(step);
      if (step === "random") ready();
      const struck =
        step === "random"
          ? await crew.killAfter(random.int(0, 300))
          : await crew.strike(step, random.int(0, 2), patienceMs, ready);
      if (!struck) {
        balance.count(step, -1);
        failed.set(step, (failed.get(step) ?? 0) + 1);
      }
      // Two workers may both have come to the step.
      for (const more of crew.kills.slice(before + 1)) balance.count(more.step, 1);
    }
  }
}

const settled = (crew: ReturnType<typeof createActionCrew>): Promise<string[]> =>
  settling(
    async () => {
      const open = await (await crew.any()).open();
      return { open, what: String(open) };
    },
    boundMs,
    mostMs,
  );

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
