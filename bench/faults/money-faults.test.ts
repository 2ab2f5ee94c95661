// A short run of `npm run faults -- --flow money`, which strikes 500 times at every step.
import { randomBytes } from "node:crypto";
import { beforeAll, describe, expect, inject, it } from "vitest";
import { asAdmin } from "../../packages/storage-pg/test/support/postgres-server.ts";
import { type MoneyReport, runMoneyHarness } from "./money-harness.ts";
import type { MoneyStep } from "./money-steps.ts";

const url = inject("postgres18");
const seed = randomBytes(3).toString("hex");

describe.skipIf(url === undefined)(`kill -9 while money is moved (seed ${seed})`, () => {
  let report: MoneyReport;
  const lines: string[] = [];

  beforeAll(async () => {
    report = await runMoneyHarness({
      seed,
      kills: 6,
      embeddedKills: 0,
      only: [
        "propose_after_store",
        "decide_before_store",
        "decide_after_store",
        "execute_after_begin",
        "execute_before_answer",
        "record_before_end",
      ],
      planted: ["key_per_attempt"],
      createDatabase: () => createDatabase(url ?? ""),
      lanes: 2,
      mostOfRound: 6,
      log: (line) => lines.push(line),
    });
  }, 240_000);

  /** The steps were struck, and afterwards people, store and vendor agreed. */
  const survived = (...steps: readonly MoneyStep[]) => {
    for (const step of steps) expect(report.killsByStep[step], step).toBeGreaterThan(0);
    const { doubled, lost } = report;
    expect({ doubled, lost }, lines.join("\n")).toEqual({ doubled: 0, lost: 0 });
  };

  it("F10 F90 a decision is kept or absent, and one alone, whoever dies and however many decide at once", () =>
    survived("propose_after_store", "decide_before_store", "decide_after_store"));

  it("F11 money of which the vendor had heard nothing moves once", () => survived("execute_after_begin"));

  it("F12 money that the vendor had moved does not move again", () =>
    survived("execute_before_answer", "record_before_end"));

  it("F12 a new key for each attempt is caught, so money that moved twice would be seen", () => {
    expect(report.planted.key_per_attempt, lines.join("\n")).toMatchObject({ caught: true });
  });

  it("every proposal came to its end: done, or rejected", () => {
    expect(Object.keys(report.states).every((state) => ["succeeded", "rejected"].includes(state))).toBe(true);
  });
});

async function createDatabase(server: string): Promise<string> {
  const name = `f_${randomBytes(6).toString("hex")}`;
  await asAdmin(server, (client) => client.query(`create database ${name}`));
  return server.replace(/\/postgres$/, `/${name}`);
}
