import { describe, expect, it } from "vitest";
import { orgId, vtt, type WorldOptions, type ZoomWorld, zoomWorld } from "./zoom-world.ts";

const HOUR = 3_600_000;
const zoe = { name: "Zoë Client", email: "zoe@client.test", company: "Client" };
const said = vtt(["Ada", "The walrus is fine."]);

/** A Halo that hears of nothing: what it knows comes from its syncs. */
async function deafWorld(options: WorldOptions = {}) {
  const world = await zoomWorld(options);
  world.emulator.webhooks.behaviour.lossProbability = 1;
  return world;
}

async function turnsOf({ halo }: ZoomWorld, uuid: string) {
  const { connectionId = "" } = (await halo.meetings.list(orgId)).find(({ key }) => key === uuid) ?? {};
  const transcript = await halo.meetings.transcript(orgId, { connectionId, key: uuid });
  return transcript?.turns.map(({ text }) => text).join(" ");
}

describe("Zoom's hourly sync", () => {
  it("downloads each transcript of the last days once, in the sync that finds it", async () => {
    const world = await deafWorld();
    for (const days of [0, 1, 2]) {
      const startMs = world.clock.now() - days * 24 * HOUR - HOUR;
      world.hold({ guests: [zoe], vtt: said, startMs });
    }
    await world.connect();
    await world.work();
    expect(world.calls("download")).toBe(3);
    await world.hours(3);
    expect(world.calls("recordings")).toBeGreaterThan(3 * 3);
    expect(world.calls("download")).toBe(3);
    const { uuid } = world.hold({ guests: [zoe], vtt: said });
    await world.hours(2);
    expect((await world.meeting(uuid))?.transcript?.status).toBe("available");
    expect(world.calls("download")).toBe(4);
  });

  it("finds a transcript that was made after its meeting was read", async () => {
    const world = await deafWorld();
    const { uuid } = world.hold({ guests: [zoe], transcript: "later" });
    await world.connect();
    await world.work();
    expect((await world.meeting(uuid))?.transcript?.status).toBe("none");
    world.account.completeTranscript(uuid, said);
    await world.hours(1);
    expect((await world.meeting(uuid))?.transcript?.status).toBe("available");
    expect(world.calls("download")).toBe(1);
  });

  it("reads words that were corrected by hand, which no event tells of", async () => {
    const world = await deafWorld();
    const { uuid } = world.hold({ guests: [zoe], vtt: said });
    await world.connect();
    await world.work();
    world.account.editTranscript(uuid, vtt(["Ada", "The walrus is in fine health."]));
    await world.hours(1);
    expect(await turnsOf(world, uuid)).toBe("The walrus is in fine health.");
    expect(world.calls("download")).toBe(2);
  });

  it("knows who was there although Zoom listed them late", async () => {
    const world = await deafWorld();
    const meeting = world.hold({ guests: [zoe], vtt: said });
    const late = meeting.participants.splice(0);
    await world.connect();
    await world.work();
    expect((await world.meeting(meeting.uuid))?.participants).toEqual([]);
    meeting.participants.push(...late);
    await world.hours(1);
    expect((await world.meeting(meeting.uuid))?.participants.map(({ email }) => email)).toContain(zoe.email);
    expect(world.calls("download")).toBe(2);
  });

  it("tries an address that was dead once more, and no file that is too large", async () => {
    const world = await deafWorld();
    const { uuid } = world.hold({ guests: [zoe], vtt: said });
    world.emulator.faults.add({
      match: { kind: "download" },
      // The backfill and its settle pass, each with a new address.
      times: 4,
      effect: { type: "status", status: 404, body: {} },
    });
    await world.connect();
    await world.work();
    expect((await world.meeting(uuid))?.transcript?.reason).toBe("url_dead");
    await world.hours(1);
    expect((await world.meeting(uuid))?.transcript?.status).toBe("available");
    const before = world.calls("download");
    const large = world.hold({ guests: [zoe], vttBytes: 20_000_000 });
    await world.hours(3);
    expect((await world.meeting(large.uuid))?.transcript?.reason).toBe("too_large");
    expect(world.calls("download")).toBe(before + 1);
  });

  it("a full resync downloads everything anew", async () => {
    const world = await deafWorld();
    world.hold({ guests: [zoe], vtt: said });
    const { id } = await world.connect();
    await world.work();
    await world.halo.sync.start({ orgId, connectionId: id, mode: "full_resync" });
    await world.work();
    expect(world.calls("download")).toBe(2);
  });

  it("backfill_transcripts asks once more for what could not be read", async () => {
    const world = await deafWorld();
    const { uuid } = world.hold({ guests: [zoe], vttBytes: 20_000_000 });
    const { id } = await world.connect();
    await world.work();
    expect((await world.meeting(uuid))?.transcript?.reason).toBe("too_large");
    await world.hours(1);
    expect(world.calls("download")).toBe(1);
    await world.halo.sync.start({ orgId, connectionId: id, mode: "backfill_transcripts" });
    await world.work();
    expect(world.calls("download")).toBe(2);
  });

  it("a recording that came back from the trash is read anew", async () => {
    const world = await zoomWorld();
    await world.connect();
    await world.work();
    const { uuid } = world.hold({ guests: [zoe], vtt: said });
    await world.work();
    world.account.trashRecording(uuid);
    await world.work();
    await world.clock.advance(1_000);
    world.account.recoverRecording(uuid);
    await world.work();
    expect((await world.meeting(uuid))?.transcript?.status).toBe("available");
    expect(world.calls("download")).toBe(2);
  });

  it.each([
    ["recording.transcript_completed", "recording.completed"],
    ["recording.completed", "recording.transcript_completed"],
  ])("an event %s and one %s half an hour later cost one download", async (first, second) => {
    const world = await zoomWorld();
    await world.connect();
    await world.work();
    world.emulator.webhooks.behaviour.paused = true;
    const { uuid } = world.hold({ guests: [zoe], vtt: said });
    for (const event of [first, second]) {
      const payload = { account_id: world.account.id, object: { uuid } };
      await world.deliver({ event, event_ts: world.clock.now(), payload });
      await world.work();
      await world.clock.advance(HOUR / 2);
    }
    expect((await world.meeting(uuid))?.transcript?.status).toBe("available");
    expect(world.calls("download")).toBe(1);
  });
});
