import { ZOOM_AWKWARD } from "@halo/emulators/zoom";
import { describe, expect, it } from "vitest";
import { listening, orgId, vtt, type WorldOptions, zoomWorld } from "./zoom-world.ts";

const zoe = { name: "Zoë Client", email: "zoe@client.test", company: "Client" };
const HTML = "<!doctype html><html><body>Sign In</body></html>";

/** One meeting with this file, told by event; what became of it. */
async function synced(file: { vtt?: string; vttBytes?: number }, options: WorldOptions = {}) {
  const { world } = await listening(options);
  const { uuid } = world.hold({ topic: "Odd", guests: [zoe], ...file });
  await world.work();
  const meeting = await world.meeting(uuid);
  const { connectionId = "" } = meeting ?? {};
  const transcript = await world.halo.meetings.transcript(orgId, { connectionId, key: uuid });
  return { world, uuid, meeting, transcript };
}

describe("bad input of Zoom's", () => {
  it.each([
    ["an empty file's header", "WEBVTT\r\n\r\n"],
    [
      "cues without a word",
      "WEBVTT\n\n1\n00:00:01.000 --> 00:00:02.000\n\n\n2\n00:00:03.000 --> 00:00:04.000\n   \n",
    ],
    ["a header and notes", "WEBVTT\n\nNOTE nothing was said\n"],
  ])("an empty transcript (%s) is known to be empty, and is no knowledge", async (_, file) => {
    const { meeting, world } = await synced({ vtt: file });
    expect(meeting?.transcript).toMatchObject({ status: "empty", turns: 0 });
    expect(await world.find("Odd")).toEqual([]);
  });

  it("a transcript without speakers is kept, with nobody's name before it", async () => {
    const file =
      "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nwhat we need is a walrus\n\n00:00:03.000 --> 00:00:04.000\nand an okapi\n";
    const { transcript, world } = await synced({ vtt: file });
    expect(transcript?.turns).toEqual([
      { startMs: 1_000, endMs: 4_000, text: "what we need is a walrus and an okapi" },
    ]);
    expect(await world.find("walrus")).toEqual([
      "Odd\n\n[00:00:01] Unknown: what we need is a walrus and an okapi",
    ]);
  });

  it("wrong time codes cost no word of what was said", async () => {
    const file = [
      "WEBVTT",
      "",
      "00:00:05.000 --> 00:00:09.000",
      "Ada: alpha",
      "",
      "00:00:20.000 --> 00:00:10.000",
      "Ada: bravo",
      "",
      "half past nine --> soon",
      "Ada: charlie",
      "",
      "00:99:00.000 --> 00:99:10.000",
      "Ada: delta",
    ].join("\n");
    const { transcript } = await synced({ vtt: file });
    expect(transcript?.turns.map(({ text }) => text).join(" ")).toBe("alpha bravo Ada: charlie Ada: delta");
    expect(transcript?.turns[0]?.startMs).toBe(5_000);
  });

  it("F35 a transcript of 50 MB is cut off while it comes, and said to be too large", async () => {
    const before = process.memoryUsage().rss;
    const { meeting, world } = await synced({ vttBytes: 50_000_000 });
    expect(meeting?.transcript).toMatchObject({ status: "unavailable", reason: "too_large" });
    expect(process.memoryUsage().rss - before).toBeLessThan(200_000_000);
    // Asking for another address would bring the same file.
    expect(world.calls("download")).toBe(1);
  });

  it("F79 an address that has died is asked for anew once, and the new one is read", async () => {
    const { world } = await listening();
    const { uuid } = world.hold({ guests: [zoe], vtt: vtt(["Ada", "The walrus is fine."]) });
    world.emulator.faults.add({
      match: { kind: "download" },
      times: 1,
      effect: { type: "status", status: 404, body: {} },
    } as never);
    await world.work();
    expect((await world.meeting(uuid))?.transcript?.status).toBe("available");
    expect(world.calls("download")).toBe(2);
  });

  it.each([401, 403, 404, 410])(
    "F79 T20 addresses that stay dead (%i) end as unavailable, after one new one",
    async (status) => {
      const { connection, world } = await listening({ emulator: { behaviour: { deadUrlStatus: status } } });
      const { uuid } = world.hold({ guests: [zoe] });
      world.account.killDownloads(uuid);
      await world.work();
      expect((await world.meeting(uuid))?.transcript).toMatchObject({
        status: "unavailable",
        reason: "url_dead",
      });
      expect(world.calls("download")).toBe(2);
      // The connection is none the worse for it.
      expect((await world.halo.connections.get(orgId, connection.id)).state).toBe("connected");
      expect((await world.halo.detail(orgId, "zoom")).deliveries).toMatchObject({ dead: 0, pending: 0 });
      // Two for each reading, and the hour's sync is another one.
      await world.hours(1);
      expect(world.calls("download")).toBe(4);
    },
  );

  it("a page of HTML with status 200 is no transcript, and a new address is asked for once", async () => {
    const { meeting, world } = await synced({ vtt: HTML });
    expect(meeting?.transcript).toMatchObject({ status: "unavailable", reason: "not_a_transcript" });
    expect(world.calls("download")).toBe(2);
    expect(await world.find("Sign In")).toEqual([]);
  });

  it.each(["/4444AAAi//iAiAiiAii==", "/slash-first==", "a//b+c==", "one/slash+plus==", "plain+AA=="])(
    "a meeting whose UUID is %s is asked for by it, by event and by hand",
    async (uuid) => {
      const world = await zoomWorld();
      await world.connect();
      await world.work();
      world.hold({ uuid, guests: [zoe], vtt: vtt(["Ada", "The walrus is fine."]) });
      await world.work();
      expect(await world.meeting(uuid)).toMatchObject({ key: uuid, transcript: { status: "available" } });
      expect((await world.meeting(uuid))?.participants.map(({ email }) => email)).toContain(zoe.email);
    },
  );

  it("a private recording is said to be unavailable where its owner's token is not ours", async () => {
    const world = await zoomWorld();
    const [, other] = [...world.account.account.users.values()];
    const { uuid } = world.hold({ host: other?.email ?? "", guests: [zoe], isPrivate: true });
    await world.connect();
    await world.work();
    expect(await world.meeting(uuid)).toMatchObject({
      transcript: { status: "unavailable", reason: "url_dead" },
    });
  });

  it("T33 a meeting of which no participant is known is internal", async () => {
    const world = await zoomWorld();
    const { uuid } = world.hold({ listed: false, vtt: vtt(["Ada", "The walrus is fine."]) });
    await world.connect();
    await world.work();
    expect((await world.meeting(uuid))?.participants).toEqual([]);
    expect(await world.find("walrus")).toHaveLength(1);
    expect(await world.find("walrus", { kind: "general" })).toEqual([]);
  });

  it("without the scope to know participants, a meeting is internal, and its sync goes on", async () => {
    const scopes = [
      "user:read:user:admin",
      "user:read:list_users:admin",
      "cloud_recording:read:list_user_recordings:admin",
      "cloud_recording:read:list_recording_files:admin",
    ];
    const world = await zoomWorld({ emulator: { scopes } });
    const { uuid } = world.hold({ guests: [zoe], vtt: vtt(["Ada", "The walrus is fine."]) });
    const { notices } = await world.connect();
    expect(notices.join("\n")).toContain("meeting:read:list_past_participants:admin was not granted");
    await world.work();
    expect((await world.meeting(uuid))?.transcript?.status).toBe("available");
    expect(await world.find("walrus", { kind: "general" })).toEqual([]);
  });

  it("captions stand in for a transcript that there is none of", async () => {
    const world = await zoomWorld({
      emulator: { awkward: true, size: { users: 3, meetings: 30, days: 60 } },
    });
    const uuid = world.account.awkward.get("captions_only") ?? "";
    await world.connect();
    await world.work();
    expect((await world.meeting(uuid))?.transcript?.status).toBe("available");
  });

  it("everything odd that a meeting can be ends in an outcome, and costs no other meeting", async () => {
    const world = await zoomWorld({
      emulator: { awkward: true, size: { users: 3, meetings: 30, days: 60 } },
    });
    const { id } = await world.connect();
    await world.work();
    const outcome = async (kind: (typeof ZOOM_AWKWARD)[number]) =>
      (await world.meeting(world.account.awkward.get(kind) ?? ""))?.transcript?.status;
    expect(
      Object.fromEntries(await Promise.all(ZOOM_AWKWARD.map(async (kind) => [kind, await outcome(kind)]))),
    ).toEqual({
      uuid_with_slashes: "available",
      uuid_with_one_slash: "available",
      empty_transcript: "empty",
      no_speakers: "available",
      broken_cues: "available",
      private: expect.stringMatching(/available|unavailable/),
      no_participants: "available",
      late_transcript: "none",
      captions_only: "available",
      not_recorded: undefined,
      trashed: undefined,
      hostile_text: "available",
      names_with_colons: "available",
    });
    const runs = await world.halo.runs.list(orgId, { connectionId: id });
    expect(runs.map(({ mode, status, trigger }) => [mode, trigger, status])).toEqual([
      ["backfill", "connect", "succeeded"],
      ["backfill", "connect", "succeeded"],
    ]);
    expect(runs.every(({ counters }) => counters.quarantined === 0)).toBe(true);
  });

  it("a display name that holds colons is one speaker", async () => {
    const file = vtt(["Dr. Kim: Research (Basel)", "I agree: the walrus is fine."], ["Ada", "Good."]);
    const world = await zoomWorld();
    const kim = { name: "Dr. Kim: Research (Basel)", email: "kim@client.test", company: "Client" };
    const { uuid } = world.hold({ guests: [kim], vtt: file });
    await world.connect();
    await world.work();
    const { connectionId = "" } = (await world.meeting(uuid)) ?? {};
    const transcript = await world.halo.meetings.transcript(orgId, { connectionId, key: uuid });
    expect(transcript?.turns[0]).toMatchObject({
      speaker: kim.name,
      email: kim.email,
      text: "I agree: the walrus is fine.",
    });
  });
});
