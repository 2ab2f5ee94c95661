// A short run of `npm run faults -- --flow knowledge`, which has 200 transcripts and 50 kills; see docs/faults.md.
import { randomBytes } from "node:crypto";
import { beforeAll, describe, expect, inject, it } from "vitest";
import { asAdmin } from "../../packages/storage-pg/test/support/postgres-server.ts";
import { type KnowledgeReport, runKnowledgeHarness } from "./knowledge-harness.ts";

const url = inject("postgres18");
const seed = randomBytes(3).toString("hex");

describe.skipIf(url === undefined)(`kill -9 while transcripts are learned (seed ${seed})`, () => {
  let report: KnowledgeReport;
  const lines: string[] = [];

  beforeAll(async () => {
    report = await runKnowledgeHarness({
      seed,
      kills: 5,
      transcripts: 40,
      planted: ["distils_again"],
      createDatabase: () => createDatabase(url ?? ""),
      lanes: 2,
      log: (line) => lines.push(line),
    });
  }, 180_000);

  it("F05 leaves every transcript indexed once, whole, and no part of nothing", () => {
    const { doubled, failures, indexed, lost, orphans } = report;
    expect({ doubled, failures, indexed, lost, orphans }, lines.join("\n")).toEqual({
      doubled: 0,
      failures: [],
      indexed: 40,
      lost: 0,
      orphans: 0,
    });
    expect(report.kills).toBeGreaterThanOrEqual(5);
  });

  it("F77 shows the backlog at every look while the embedder fails three calls of ten", () => {
    expect(report.backlog.samples).toBeGreaterThan(3);
    expect(report.backlog.blind).toBe(0);
    expect(report.backlog.explained).toBeGreaterThan(0);
    expect(report.embedderFailedShare).toBeGreaterThan(0.05);
  });

  it("distils every transcript once, and an adapter that forgets that it did is caught", () => {
    expect(report.distilled, lines.join("\n")).toBe(40);
    expect(report.planted.distils_again, lines.join("\n")).toMatchObject({ caught: true });
  });
});

async function createDatabase(server: string): Promise<string> {
  const name = `k_${randomBytes(6).toString("hex")}`;
  await asAdmin(server, (client) => client.query(`create database ${name}`));
  return server.replace(/\/postgres$/, `/${name}`);
}
