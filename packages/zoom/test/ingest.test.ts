import { describe, expect, it } from "vitest";
import { orgId, START, vtt, zoomWorld } from "./zoom-world.ts";

const DAY = 86_400_000;
const zoe = { name: "Zoë Client", email: "zoe@client.test", company: "Client" };
const said = vtt(["Ada", "Let us talk about the renewal."], ["Zoë Client", "The price is too high."]);

describe("ingest from Zoom", () => {
  it("brings a meeting with its participants and what was said, by a first sync", async () => {
    const world = await zoomWorld();
    const { uuid } = world.hold({ topic: "Renewal", guests: [zoe], vtt: said });
    await world.connect();
    await world.work();
    const meeting = await world.meeting(uuid);
    expect(meeting).toMatchObject({
      provider: "zoom",
      title: "Renewal",
      startedAt: new Date(START - 25 * 60_000),
      durationSeconds: 25 * 60,
      transcript: { status: "available", turns: 2 },
    });
    expect(meeting?.host?.email).toMatch(/@acme/);
    const inside = meeting?.participants.filter(({ internal }) => internal).length;
    expect(inside).toBe((meeting?.participants.length ?? 0) - 1);
    expect(meeting?.participants).toContainEqual({ name: zoe.name, email: zoe.email, internal: false });
    expect(await world.find("price too high")).toEqual([
      "Renewal\n\n[00:00:00] Ada: Let us talk about the renewal.\n[00:00:10] Zoë Client: The price is too high.",
    ]);
    const { connectionId = "" } = meeting ?? {};
    const transcript = await world.halo.meetings.transcript(orgId, { connectionId, key: uuid });
    expect(transcript?.turns[1]).toEqual({
      speaker: "Zoë Client",
      email: zoe.email,
      startMs: 10_000,
      endMs: 19_000,
      text: "The price is too high.",
    });
  });

  it("counts meetings, linked ones and transcripts, old and recent", async () => {
    const world = await zoomWorld();
    world.hold({ guests: [zoe], vtt: said });
    world.hold({ transcript: "never" });
    await world.connect();
    await world.work();
    const stats = async () =>
      Object.fromEntries(
        (await world.halo.detail(orgId, "zoom")).stats.map(({ name, value }) => [name, value]),
      );
    const first = await stats();
    expect(first).toEqual({
      Meetings: 2,
      "Linked meetings": 0,
      Transcripts: 1,
      "Transcripts of the last 7 days": 1,
    });
    expect((await world.halo.detail(orgId, "zoom")).lastSyncAt).toBeInstanceOf(Date);
    await world.clock.advance(8 * DAY);
    expect((await stats())["Transcripts of the last 7 days"]).toBe(0);
  });

  it("cites what was said with the time at which it was said", async () => {
    const world = await zoomWorld();
    world.hold({ topic: "Renewal", guests: [zoe], vtt: said });
    await world.connect();
    await world.work();
    const [hit] = await world.halo.knowledge.search({
      orgId,
      query: "price too high",
      scope: { kind: "staff" },
    });
    expect(hit?.citation).toMatchObject({ kind: "transcript", title: "Renewal" });
    expect(hit?.span).toEqual({ startMs: 0, endMs: 10_000 });
  });

  it("reads as far back as the setting says, in windows of a month at most", async () => {
    const far = { startMs: START - 200 * DAY, transcript: "never" } as const;
    const near = { startMs: START - 60 * DAY, transcript: "never" } as const;
    for (const behaviour of ["clamp", "refuse"] as const) {
      const world = await zoomWorld({ emulator: { behaviour: { monthWindow: behaviour } } });
      const [old, recent] = [world.hold(far), world.hold(near)];
      const { id } = await world.connect();
      await world.work();
      expect(await world.meeting(recent.uuid)).toBeDefined();
      expect(await world.meeting(old.uuid)).toBeUndefined();
      await world.halo.connections.setSettings(orgId, id, { lookback_days: 365 });
      await world.halo.sync.start({ orgId, connectionId: id, mode: "full_resync" });
      await world.work(120_000);
      expect(await world.meeting(old.uuid)).toBeDefined();
      expect(await world.meeting(recent.uuid)).toBeDefined();
    }
  });

  it("finds a transcript that came after its meeting was read, without an event", async () => {
    const world = await zoomWorld();
    const { uuid } = world.hold({ topic: "Late", guests: [zoe], transcript: "later" });
    await world.connect();
    world.emulator.webhooks.behaviour.lossProbability = 1;
    await world.work();
    expect((await world.meeting(uuid))?.transcript?.status).toMatch(/none|pending/);
    world.account.completeTranscript(uuid, said);
    await world.clock.advance(2 * DAY);
    await world.hours(2);
    expect((await world.meeting(uuid))?.transcript?.status).toBe("available");
    expect(await world.find("price")).toHaveLength(1);
  });

  it("says that a transcript is being made, where Zoom lists it so", async () => {
    const world = await zoomWorld({ emulator: { behaviour: { lateTranscripts: "processing" } } });
    const { uuid } = world.hold({ guests: [zoe], transcript: "later" });
    await world.connect();
    await world.work();
    expect((await world.meeting(uuid))?.transcript?.status).toBe("pending");
  });

  it("reads every person's recordings where the app is an admin's, those who left included", async () => {
    const world = await zoomWorld();
    const [, left] = [...world.account.account.users.values()];
    const { uuid } = world.hold({ host: left?.email ?? "", guests: [zoe], vtt: said });
    world.account.deactivateUser(left?.id ?? "");
    await world.connect();
    await world.work();
    expect((await world.meeting(uuid))?.host?.email).toBe(left?.email);
  });

  it("reads the recordings of who installed the app, and asks for nobody else, where it is a user's", async () => {
    const world = await zoomWorld({ emulator: { management: "user" } });
    const [owner, other] = [...world.account.account.users.values()];
    const own = world.hold({ host: owner?.email ?? "", guests: [zoe], vtt: said });
    const foreign = world.hold({ host: other?.email ?? "", guests: [zoe], vtt: said });
    await world.connect();
    await world.work();
    expect(await world.meeting(own.uuid)).toBeDefined();
    expect(await world.meeting(foreign.uuid)).toBeUndefined();
    expect(world.emulator.ledger.count({ kind: "users" })).toBe(0);
  });

  it("T29 takes numbers that come as texts, and a page with one odd record stores the others", async () => {
    const world = await zoomWorld({ emulator: { behaviour: { meetingIds: "text" } } });
    const { uuid } = world.hold({ guests: [zoe], vtt: said });
    await world.connect();
    await world.work();
    expect(await world.meeting(uuid)).toBeDefined();
  });
});
