import { describe, expect, it } from "vitest";
import { orgId, vtt, zoomWorld } from "./zoom-world.ts";

describe("ingest from Zoom", () => {
  it("brings a meeting with its participants and what was said, by a first sync", async () => {
    const world = await zoomWorld();
    const { uuid } = world.account.hold({
      topic: "Renewal",
      guests: [{ name: "Zoë Client", email: "zoe@client.test", company: "Client" }],
      vtt: vtt(["Ada", "Let us talk about the renewal."], ["Zoë Client", "The price is too high."]),
    });
    await world.connect();
    await world.work();
    const meeting = await world.meeting(uuid);
    expect(meeting).toMatchObject({
      provider: "zoom",
      title: "Renewal",
      transcript: { status: "available", turns: 2 },
    });
    expect(meeting?.participants.map(({ email }) => email)).toContain("zoe@client.test");
    expect(await world.find("price too high")).toEqual([
      "Renewal\n\n[00:00:00] Ada: Let us talk about the renewal.\n[00:00:10] Zoë Client: The price is too high.",
    ]);
    const { stats } = await world.halo.detail(orgId, "zoom");
    expect(stats).toEqual([
      { name: "Meetings", value: 1 },
      { name: "Linked meetings", value: 0 },
      { name: "Transcripts", value: 1 },
      { name: "Transcripts of the last 7 days", value: 1 },
    ]);
  });
});
