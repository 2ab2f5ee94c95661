import { FATHOM_AWKWARD } from "@halo/emulators/fathom";
import { describe, expect, it } from "vitest";
import { type FathomWorld, fathomWorld, orgId, START, turns } from "./fathom-world.ts";

const DAY = 86_400_000;
const zoe = { name: "Zoë Client", email: "zoe@client.test", company: "Client" };
const said = turns(
  ["Ada", "Let us talk about the renewal."],
  ["Zoë Client", "The price is", zoe.email],
  ["Zoë Client", "too high.", zoe.email],
);

/** What the vendor shows to a key. */
async function listed({ clock, emulator }: FathomWorld, key: string): Promise<string[]> {
  const ids: string[] = [];
  let cursor = "";
  do {
    const url = `https://api.fathom.ai/external/v1/meetings?cursor=${cursor}`;
    const request = new Request(cursor ? url : (url.split("?")[0] ?? ""), { headers: { "x-api-key": key } });
    const page = (await (await clock.run(emulator.fetch(request))).json()) as {
      items: { recording_id: number }[];
      next_cursor: string | null;
    };
    ids.push(...page.items.map((one) => String(one.recording_id)));
    cursor = page.next_cursor ?? "";
  } while (cursor !== "");
  return ids;
}

describe("ingest from Fathom", () => {
  it("brings a meeting with who was there, what was said, the summary and the action items", async () => {
    const world = await fathomWorld();
    const { recordingId } = world.account.record({ title: "Renewal", guests: [zoe], turns: said });
    await world.connect();
    await world.work();
    const meeting = await world.meeting(recordingId);
    expect(meeting).toMatchObject({
      provider: "fathom",
      title: "Renewal",
      startedAt: expect.any(Date),
      transcript: { status: "available", turns: 2, summary: expect.stringMatching(/./) },
    });
    expect(meeting?.transcript?.actionItems.length).toBeGreaterThan(0);
    expect(meeting?.participants).toContainEqual({ name: zoe.name, email: zoe.email, internal: false });
    const { connectionId = "" } = meeting ?? {};
    const transcript = await world.halo.meetings.transcript(orgId, {
      connectionId,
      key: String(recordingId),
    });
    expect(transcript?.turns[1]).toEqual({
      speaker: "Zoë Client",
      email: zoe.email,
      startMs: 10_000,
      endMs: 20_000,
      text: "The price is too high.",
    });
    const [hit] = await world.halo.knowledge.search({
      orgId,
      query: "price too high",
      scope: { kind: "staff" },
      prefix: "fathom:transcript:",
    });
    expect(hit?.text).toContain("[00:00:10] Zoë Client: The price is too high.");
    expect(hit?.span).toMatchObject({ endMs: 10_000 });
    const { stats } = await world.halo.detail(orgId, "fathom");
    expect(stats.map(({ name, value }) => [name, value])).toEqual([
      ["Meetings", 1],
      ["Linked meetings", 0],
      ["Transcripts", 1],
      ["Transcripts of the last 7 days", 1],
    ]);
  });

  it.each(["newest", "oldest"] as const)(
    "reads every page, whatever their order: %s first",
    async (order) => {
      const world = await fathomWorld({ meetings: 37, emulator: { behaviour: { order } } });
      const key = world.emulator.issueKey();
      const shown = await listed(world, key);
      expect(shown.length).toBeGreaterThan(20);
      await world.connect(key);
      await world.work();
      const stored = (await world.halo.meetings.list(orgId, { limit: 200 })).map((one) => one.key);
      expect(stored.sort()).toEqual(shown.sort());
    },
  );

  it("reads as far back as the setting says", async () => {
    const world = await fathomWorld();
    const old = world.account.record({ startMs: START - 200 * DAY });
    const recent = world.account.record({ startMs: START - 60 * DAY });
    const { id } = await world.connect();
    await world.work();
    expect(await world.meeting(recent.recordingId)).toBeDefined();
    expect(await world.meeting(old.recordingId)).toBeUndefined();
    await world.halo.connections.setSettings(orgId, id, { lookback_days: 365 });
    await world.halo.sync.start({ orgId, connectionId: id, mode: "full_resync" });
    await world.work();
    expect(await world.meeting(old.recordingId)).toBeDefined();
  });

  it("finds a transcript that appeared after its meeting was read, and an edited summary of the last days", async () => {
    const world = await fathomWorld();
    const { recordingId } = world.account.record({
      title: "Late",
      guests: [zoe],
      turns: said,
      transcript: "later",
      summary: "later",
    });
    await world.connect();
    await world.work();
    expect((await world.meeting(recordingId))?.transcript?.status).toBe("pending");
    world.account.finishTranscript(recordingId);
    world.account.editSummary(recordingId, "They talked about the walrus.");
    await world.clock.advance(DAY);
    await world.hours(2);
    expect((await world.meeting(recordingId))?.transcript).toMatchObject({
      status: "available",
      summary: "They talked about the walrus.",
    });
    expect((await world.find("walrus")).length).toBeGreaterThan(0);
  });

  it("asks again for texts that are missing, when somebody wants it", async () => {
    const world = await fathomWorld();
    const late = { title: "Late", turns: said, transcript: "later", summary: "never" } as const;
    const { recordingId } = world.account.record({ ...late, startMs: START - 30 * DAY });
    const { id } = await world.connect();
    await world.work();
    world.account.finishTranscript(recordingId);
    await world.halo.sync.start({ orgId, connectionId: id, mode: "catch_up" });
    await world.work();
    expect((await world.meeting(recordingId))?.transcript?.status).toBe("pending");
    await world.halo.sync.start({ orgId, connectionId: id, mode: "backfill_transcripts" });
    await world.work();
    expect((await world.meeting(recordingId))?.transcript?.status).toBe("available");
  });

  it("everything odd that a meeting can be ends in an outcome, and costs no other meeting", async () => {
    const world = await fathomWorld({
      emulator: { awkward: true, size: { users: 3, meetings: 40, days: 60 } },
    });
    const { id } = await world.connect();
    await world.work();
    for (const kind of FATHOM_AWKWARD) {
      const recording = world.account.awkward.get(kind);
      if (recording === undefined) continue;
      const meeting = await world.meeting(recording);
      const visible = world.account.snapshot().meetings.has(recording) && meeting !== undefined;
      expect([kind, visible ? meeting?.transcript?.status : "not shown"]).toEqual([
        kind,
        expect.stringMatching(/available|empty|pending|not shown/),
      ]);
    }
    const [run] = await world.halo.runs.list(orgId, { connectionId: id });
    expect(run).toMatchObject({ status: "succeeded", counters: { quarantined: 0 } });
  });

  it("F27 an odd meeting is set aside with its reason, and the others of its page are stored", async () => {
    const world = await fathomWorld({ meetings: 12 });
    world.emulator.faults.add({ match: { kind: "meetings" }, times: 1, effect: { type: "malformedRecord" } });
    const { id } = await world.connect();
    await world.work();
    const [run] = await world.halo.runs.list(orgId, { connectionId: id });
    expect(run?.status).toBe("succeeded");
    expect((await world.halo.meetings.list(orgId, { limit: 200 })).length).toBeGreaterThanOrEqual(11);
  });
});
