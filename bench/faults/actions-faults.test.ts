// A short run of `npm run faults -- --flow actions`, which strikes 300 times at every step.
import { randomBytes } from "node:crypto";
import { beforeAll, describe, expect, inject, it } from "vitest";
import { asAdmin } from "../../packages/storage-pg/test/support/postgres-server.ts";
import { type ActionReport, runActionHarness } from "./actions-harness.ts";
import type { ActionStep } from "./actions-steps.ts";

const url = inject("postgres18");
const seed = randomBytes(3).toString("hex");

describe.skipIf(url === undefined)(`kill -9 while agents act and people are told (seed ${seed})`, () => {
  let report: ActionReport;
  const lines: string[] = [];

  beforeAll(async () => {
    report = await runActionHarness({
      seed,
      kills: 7,
      embeddedKills: 0,
      only: [
        "act_after_begin",
        "act_before_answer",
        "act_before_end",
        "act_after_end",
        "notify_after_outbox",
        "notify_before_send",
        "notify_before_settle",
      ],
      planted: ["blind_retry"],
      createDatabase: () => createDatabase(url ?? ""),
      lanes: 2,
      mostOfRound: 7,
      log: (line) => lines.push(line),
    });
  }, 240_000);

  /** The steps were struck, and afterwards vendor, sinks and store agreed. */
  const survived = (...steps: readonly ActionStep[]) => {
    for (const step of steps) expect(report.killsByStep[step], step).toBeGreaterThan(0);
    const { doubled, lost } = report;
    expect({ doubled, lost }, lines.join("\n")).toEqual({ doubled: 0, lost: 0 });
  };

  it("F11 a call whose process was killed before it asked the vendor is done once", () =>
    survived("act_after_begin"));

  it("F12 F13 a call whose process was killed after the vendor did it is found, and not done again", () =>
    survived("act_before_answer", "act_before_end", "act_after_end"));

  it("F13 only a call that cannot be looked for ends as outcome_unknown", () => {
    expect(report.unknown).toBeLessThanOrEqual(report.unknownBound);
    expect(report.calls["executing"] ?? 0).toBe(0);
  });

  it("F13 an action that is repeated without a look is caught, so a deed done twice would be seen", () => {
    expect(report.planted.blind_retry, lines.join("\n")).toMatchObject({ caught: true });
  });

  it("F15 a notification survives the death of who raised, and of who sent it", () =>
    survived("notify_after_outbox", "notify_before_send", "notify_before_settle"));

  it("F15 a message comes again only where the sink cannot be searched, once for each interruption at most", () => {
    survived();
    expect(report.repeated).toBeLessThanOrEqual(report.repeatedBound);
  });

  it("F19 a sender that slept past its lease does not send any more", () => {
    expect(report.frozen, lines.join("\n")).toEqual({ fenced: 1, taken: 0 });
  });

  it("F94 answers that the vendor lost after it did the work repeat nothing", () => {
    expect(report.lostAnswers).toBeGreaterThan(0);
    survived();
  });
});

async function createDatabase(server: string): Promise<string> {
  const name = `f_${randomBytes(6).toString("hex")}`;
  await asAdmin(server, (client) => client.query(`create database ${name}`));
  return server.replace(/\/postgres$/, `/${name}`);
}
