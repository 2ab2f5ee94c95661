import { describe, expect, it } from "vitest";
import { type FathomWorld, fathomWorld, orgId, turns } from "./fathom-world.ts";

const HOUR = 3_600_000;
const said = turns(["Ada", "The walrus is fine."], ["Zoë", "Good."]);

/** A Halo that hears of nothing: what it knows comes from its syncs. */
async function deafWorld() {
  const world = await fathomWorld();
  world.emulator.webhooks.behaviour.lossProbability = 1;
  return world;
}

/** How often what was said was asked for: ten meetings at once, and one by one. */
const asked = ({ calls, emulator }: FathomWorld) => ({
  lists: emulator.ledger.count(
    ({ kind, query }) => kind === "meetings" && query.includes("include_transcript"),
  ),
  single: calls("transcript"),
});

describe("Fathom's hourly sync", () => {
  it("asks for what was said in each meeting of the last days once, in the sync that finds it", async () => {
    const world = await deafWorld();
    for (let hour = 0; hour < 14; hour++)
      world.account.record({ turns: said, startMs: world.clock.now() - (hour + 1) * HOUR });
    await world.connect();
    await world.work();
    const first = asked(world);
    const lists = world.calls("meetings");
    await world.hours(3);
    expect(world.calls("meetings") - lists).toBe(3 * 2);
    expect(asked(world)).toEqual(first);
    const { recordingId } = world.account.record({ turns: said });
    await world.hours(2);
    expect((await world.meeting(recordingId))?.transcript).toMatchObject({ status: "available", turns: 2 });
    expect(asked(world)).toEqual({ ...first, single: first.single + 1 });
  });

  it("asks for one that is not ready until it is there", async () => {
    const world = await deafWorld();
    await world.connect();
    await world.work();
    const { recordingId } = world.account.record({ turns: said, transcript: "later" });
    await world.hours(2);
    expect((await world.meeting(recordingId))?.transcript?.status).toBe("pending");
    world.account.finishTranscript(recordingId);
    await world.hours(2);
    expect((await world.meeting(recordingId))?.transcript).toMatchObject({ status: "available", turns: 2 });
    expect(asked(world).single).toBe(3);
    expect(await world.find("walrus")).toHaveLength(1);
  });

  it("finds a summary and a title that were edited, and loses nothing that was said", async () => {
    const world = await deafWorld();
    const { recordingId } = world.account.record({ turns: said });
    await world.connect();
    await world.work();
    world.account.editSummary(recordingId, "They talked about an okapi.");
    world.account.rename(recordingId, "Zoo");
    await world.hours(1);
    const meeting = await world.meeting(recordingId);
    expect(meeting).toMatchObject({
      title: "Zoo",
      transcript: { status: "available", turns: 2, summary: "They talked about an okapi." },
    });
    expect(await world.find("okapi")).toHaveLength(1);
    expect((await world.find("walrus")).length).toBeGreaterThan(0);
    expect(asked(world).single).toBe(1);
    await world.hours(2);
    expect(asked(world).single).toBe(1);
  });

  it("a meeting that a webhook brought is not asked for again", async () => {
    const world = await fathomWorld();
    await world.connect();
    await world.work();
    const before = asked(world);
    const { recordingId } = world.account.record({ turns: said });
    await world.work();
    expect((await world.meeting(recordingId))?.transcript?.status).toBe("available");
    await world.hours(2);
    expect(asked(world)).toEqual(before);
  });

  it("after a pause of days most is new: ten transcripts come with each list", async () => {
    const world = await deafWorld();
    await world.connect();
    await world.work();
    const before = asked(world);
    await world.clock.advance(4 * 24 * HOUR);
    const ids = Array.from({ length: 12 }, () => world.account.record({ turns: said }).recordingId);
    await world.hours(1);
    expect(asked(world)).toEqual({ lists: before.lists + 2, single: before.single });
    for (const id of ids) expect((await world.meeting(id))?.transcript?.status).toBe("available");
  });

  it("a full resync asks for everything anew", async () => {
    const world = await deafWorld();
    world.account.record({ turns: said });
    const { id } = await world.connect();
    await world.work();
    const before = asked(world);
    await world.halo.sync.start({ orgId, connectionId: id, mode: "full_resync" });
    await world.work();
    expect(asked(world)).toEqual({ ...before, lists: before.lists + 1 });
  });
});
