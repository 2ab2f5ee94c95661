// A short run of `npm run faults`, which strikes 300 times; see docs/faults.md for what each id asks.
import { randomBytes } from "node:crypto";
import { beforeAll, describe, expect, inject, it } from "vitest";
import { asAdmin } from "../../packages/storage-pg/test/support/postgres-server.ts";
import { type Report, runHarness } from "./harness.ts";
import type { Step } from "./steps.ts";

const url = inject("postgres18");
const seed = randomBytes(3).toString("hex");

describe.skipIf(url === undefined)(`kill -9 over backfill, webhooks and indexing (seed ${seed})`, () => {
  let report: Report;
  const lines: string[] = [];

  beforeAll(async () => {
    report = await runHarness({
      seed,
      kills: 12,
      embeddedKills: 4,
      planted: ["cursor_first"],
      createDatabase: () => createDatabase(url ?? ""),
      lanes: 4,
      scale: 0.4,
      log: (line) => lines.push(line),
    });
  }, 180_000);

  /** The steps were struck, and afterwards every row, count, event and document was as it had to be. */
  const survived = (...steps: readonly Step[]) => {
    for (const step of steps) expect(report.killsByStep[step], step).toBeGreaterThan(0);
    const { doubled, lost } = report;
    expect({ doubled, lost }, lines.join("\n")).toEqual({ doubled: 0, lost: 0 });
  };

  it("F01 a worker killed while it fetches has lost nothing: its successor asks again", () =>
    survived("fetch"));

  it("F02 a page whose write is killed is stored whole or not at all", () => survived("mid_write"));

  it("F03 rows and cursor move in one commit: a kill after it repeats nothing", () =>
    survived("after_commit"));

  it("F03 an adapter that moves the cursor first is caught, so a kill in its window would be seen", () => {
    expect(report.planted.cursor_first, lines.join("\n")).toMatchObject({ caught: true });
    expect(report.planted.cursor_first?.lost).toBeGreaterThan(0);
  });

  it("F04 a run killed at its end finishes once, and has counted every record once", () =>
    survived("before_done"));

  it("F05 an indexer killed before or amid its swap leaves no orphan and no stale chunk", () =>
    survived("index_before_replace", "index_mid_replace"));

  it("F06 an event whose receiver is killed before or after the commit has one effect", () =>
    survived("webhook_before_commit", "webhook_after_commit"));

  it("F07 an inbox killed at work is worked again within its bound", () => survived("inbox_processing"));

  // Which of the two it is, in a run as short as this, is the machine's choice; `npm run faults` counts both.
  it("F16 F17 a worker that is asked to end, and killed if it is not through by then, has lost nothing", () => {
    expect(report.terminated.count + (report.killsByStep.term_then_kill ?? 0)).toBeGreaterThan(0);
    survived();
  });

  it("F18 two workers on one sync read and write every page once", () => {
    expect(lines.some((line) => line.includes("two workers"))).toBe(true);
    survived();
  });

  it("F19 what a worker writes that slept past its lease is refused", () => {
    expect(report.frozen.fenced, lines.join("\n")).toBeGreaterThan(0);
    expect(report.frozen.taken).toBe(0);
  });

  it("F02 an embedded folder survives the same kills", () => {
    const { doubled, kills, lost } = report.embedded;
    expect({ doubled, kills, lost }, lines.join("\n")).toEqual({ doubled: 0, kills: 4, lost: 0 });
  });
});

async function createDatabase(server: string): Promise<string> {
  const name = `f_${randomBytes(6).toString("hex")}`;
  await asAdmin(server, (client) => client.query(`create database ${name}`));
  return server.replace(/\/postgres$/, `/${name}`);
}
