import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";

const main = fileURLToPath(new URL("main.ts", import.meta.url));

interface Summary {
  readonly ok: boolean;
  readonly counts: Record<string, number>;
  readonly requests: number;
  readonly theoreticalRequests: number;
  readonly webhookToSearchableMs: number;
  readonly actions: Record<string, unknown>;
  readonly slack: Record<string, unknown>;
  readonly money: Record<string, unknown>;
  readonly zoom: Record<string, unknown>;
}

/** What the agent's conversation leaves behind, whichever store it is kept in. */
const acted = {
  dealsCreated: 1,
  contactsUpdated: 1,
  otherWrites: 0,
  calls: { succeeded: 2, refused: 1 },
  refusedBy: "agent_action",
  auditLines: 6,
};
const told = {
  notifications: 2,
  sentByType: { new_hubspot_engagement: 1, knowledge_gap: 1 },
  posts: 1,
  refusedBy: "permit",
  directMessagesRead: 0,
};

/** Asked for by the agent, approved by a click in Slack, done once, and not approved again. */
const moved = {
  refunds: 1,
  refundedMinor: 1_250,
  state: "succeeded",
  decisions: 1,
  secondApproval: "409 approval_stale",
  auditOk: true,
};

/** Runs the example as a person does, at a fiftieth of its size, and reads the last line. */
async function start(...args: string[]): Promise<{ code: number | null; output: string; summary: Summary }> {
  const child = spawn(
    process.execPath,
    ["--conditions=@halo/source", main, "--json", "--scale", "0.02", "--within", "20000", ...args],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  const code = await new Promise<number | null>((resolve) => child.once("exit", resolve));
  const last = output.trimEnd().split("\n").at(-1) ?? "";
  return { code, output, summary: JSON.parse(last) as Summary };
}

/** What it printed is the best account of why it did not hold. */
function held({ code, output, summary }: Awaited<ReturnType<typeof start>>): void {
  expect(output).not.toContain("✗");
  expect({ code, ok: summary.ok }, output).toEqual({ code: 0, ok: true });
  expect(summary.actions).toEqual(acted);
  expect(summary.slack).toMatchObject(told);
  expect(summary.money).toEqual(moved);
  expect(summary.zoom).toMatchObject({ linked: true, saidAt: "00:12:40", foundByOthers: 0 });
  expect(summary.slack["threadsStored"]).toBeGreaterThan(0);
}

describe("the quickstart", () => {
  let folder: string;
  beforeAll(() => {
    folder = join(mkdtempSync(join(tmpdir(), "halo-quickstart-test-")), "store");
  });
  afterAll(() => rmSync(join(folder, ".."), { recursive: true, force: true }));

  it("holds all that it says on an embedded store, and goes on from it without a backfill", async () => {
    const first = await start("--keep", folder, "--ask", "Who keeps a quokka as a mascot?");
    held(first);
    expect(first.summary.counts).toMatchObject({
      contacts: expect.any(Number),
      documents: expect.any(Number),
    });
    expect(first.output).toMatch(
      /Webhook URL to paste {2}http:\/\/127\.0\.0\.1:\d+\/api\/integrations\/hubspot\/webhook\/acme/,
    );
    expect(first.output).toContain("They keep a quokka");
    expect(first.output).toContain('Refused: The agent does not have "create_note" enabled');
    expect(first.output).toContain("the user is asked: jobtitle");
    expect(first.output).toMatch(/#customer-success\n(.+\n)*.+ Halo: New email/);
    expect(first.output).toMatch(/said approve, by a click in Slack/);
    expect(first.output).toMatch(/audit: \S+ create_note .+ → refused by agent support/);

    const second = await start("--keep", folder);
    held(second);
    expect(second.summary.requests).toBe(0);
    expect(second.output).toContain("without a backfill");
  }, 240_000);

  it("T17 prints no token, no secret and no key", async () => {
    const run = await start("--seed", "secrets");
    held(run);
    expect(run.output).not.toMatch(/CNa1-|na1-|pat-na1|xox[a-z]|eyJ|[rs]k_(test|live)_|client_secret|Bearer/);
  }, 240_000);

  it("does the same on a server", async ({ skip }) => {
    const url = inject("postgres18");
    if (!url) return skip("no PostgreSQL server");
    const { Client } = await import("pg");
    const admin = new Client({ connectionString: url });
    await admin.connect();
    const name = `quickstart_${Date.now().toString(36)}`;
    await admin.query(`create database ${name}`);
    try {
      const target = new URL(url);
      target.pathname = `/${name}`;
      const run = await start("--postgres", target.href);
      held(run);
    } finally {
      await admin.query(`drop database ${name} with (force)`);
      await admin.end();
    }
  }, 240_000);
});
