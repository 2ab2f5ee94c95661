import { randomBytes } from "node:crypto";
import { hashSeed, type Random, seededRandom } from "../../packages/emulators/src/random.ts";
import { createMoneyCrew, type MoneyCrew, type MoneyKill } from "./money-crew.ts";
import { createMoneyHost } from "./money-host.ts";
import { examineMoney, type MoneyFindings } from "./money-oracle.ts";
import { type MoneyBug, type MoneyStep, moneySteps } from "./money-steps.ts";
import { startMoneyVendor } from "./money-vendor.ts";
import { settling } from "./settling.ts";
import type { StepBalance } from "./step-balance.ts";
import { withClient } from "./store-side.ts";

export interface MoneyRoundPlan {
  readonly name: string;
  /** Decides every choice; what a machine does in the meantime it cannot decide. */
  readonly seed: string;
  readonly number: number;
  /** A fresh database's URL, or an empty folder. */
  readonly target: string;
  readonly workers: 1 | 2;
  readonly kills: number;
  readonly planted?: MoneyBug;
  /** Only these steps, instead of all. */
  readonly only?: readonly MoneyStep[] | undefined;
}

export interface MoneyRoundTools {
  readonly balance: StepBalance<MoneyStep>;
  /** Compiled code of the workers, so that they start quickly. */
  readonly cache: string;
}

export interface MoneyRoundResult extends MoneyFindings {
  readonly kills: readonly MoneyKill[];
  readonly wishes: number;
  readonly seconds: number;
}

const orgId = "acme";
const leaseMs = 1_500;
/** A step that does not come within this time is left for another. */
const patienceMs = 8_000;
/** What was interrupted is through so long after the last kill. */
const boundMs = 60_000;

export async function runMoneyRound(
  plan: MoneyRoundPlan,
  { balance, cache }: MoneyRoundTools,
): Promise<MoneyRoundResult> {
  const began = performance.now();
  const random = seededRandom(hashSeed(plan.seed));
  const vendor = await startMoneyVendor(plan.seed);
  const encryptionKey = randomBytes(32).toString("base64");
  const { planted, target } = plan;
  const setup = { target, orgId, api: vendor.url, encryptionKey, leaseMs, planted };
  const crew = createMoneyCrew(setup, plan.workers, cache, random);
  const host = createMoneyHost(crew, vendor, random, plan.number);
  const embedded = !target.startsWith("postgres");
  const look = () =>
    withClient(target, orgId, encryptionKey, (client) =>
      examineMoney(client, { orgId, wanted: host.wanted, vendor }),
    );
  const late: string[] = [];
  let findings: MoneyFindings | undefined;
  let codes: readonly (number | null)[] = [];
  try {
    await (await crew.any()).connect(vendor.key);
    await strikeAll(plan, crew, balance, random, () => {
      for (let wish = 0; wish < 3; wish++) host.want();
    });
    await host.quiet();
    late.push(...(await settled(crew, planted ? 8_000 : boundMs)));
    const { lines, ok } = await (await crew.any()).audit();
    if (!ok) late.push(`the audit's chain of ${lines} lines does not hold`);
    if (!embedded) findings = await look();
    codes = await crew.stop();
    findings ??= await look();
  } finally {
    if (codes.length === 0) codes = await crew.stop();
    await vendor.close();
  }
  const lost = [...findings.lost, ...late, ...crew.crashed];
  for (const code of codes) if (code !== 0) lost.push(`a worker ended with ${code}`);
  for (const secret of [vendor.key, encryptionKey]) {
    if (crew.output().includes(secret)) lost.push("a secret was printed");
  }
  const seconds = (performance.now() - began) / 1_000;
  return { ...findings, lost, kills: crew.kills, wishes: host.wanted.length, seconds };
}

async function strikeAll(
  plan: MoneyRoundPlan,
  crew: MoneyCrew,
  balance: StepBalance<MoneyStep>,
  random: Random,
  provide: () => void,
): Promise<void> {
  const steps = plan.only ?? moneySteps;
  const failed = new Map<MoneyStep, number>();
  const unstruck = () => plan.only?.find((one) => !crew.kills.some(({ step }) => step === one));
  const through = () => crew.kills.length >= plan.kills && (plan.planted || !unstruck());
  // Bounded: a step that never comes must not keep us.
  for (let tries = 0; !through() && tries < plan.kills * 3; tries++) {
    const open = steps.filter((step) => (failed.get(step) ?? 0) < 2);
    const step = balance.pick(open.length > 0 ? open : steps, random);
    const before = crew.kills.length;
    if (step === "random") provide();
    const struck =
      step === "random"
        ? await crew.killAfter(random.int(0, 300))
        : await crew.strike(step, random.int(0, 2), patienceMs, provide);
    if (!struck) {
      balance.count(step, -1);
      failed.set(step, (failed.get(step) ?? 0) + 1);
    }
    // Two workers may both have come to the step.
    for (const more of crew.kills.slice(before + 1)) balance.count(more.step, 1);
  }
}

const settled = (crew: MoneyCrew, ms: number): Promise<string[]> =>
  settling(async () => {
    const open = await (await crew.any()).open();
    return { open, what: String(open) };
  }, ms);
