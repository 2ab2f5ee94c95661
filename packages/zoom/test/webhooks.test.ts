import { describe, expect, it } from "vitest";
import { listening, orgId, START, vtt, zoomWorld } from "./zoom-world.ts";

const zoe = { name: "Zoë Client", email: "zoe@client.test", company: "Client" };
const said = vtt(["Ada", "The walrus is fine."]);

describe("Zoom's webhooks", () => {
  it("a transcript arrives with the event's own token, the org found by the account", async () => {
    const { world } = await listening();
    const { uuid } = world.hold({ topic: "Told", guests: [zoe], vtt: said });
    await world.work();
    expect(await world.meeting(uuid)).toMatchObject({ transcript: { status: "available" } });
    expect(await world.find("walrus")).toEqual(["Told\n\n[00:00:00] Ada: The walrus is fine."]);
    expect(world.received.every((status) => status === 200)).toBe(true);
    // The list is for what no event told of.
    expect(world.calls("download")).toBe(1);
  });

  it("T17 the event's token is sealed while it waits, and is nowhere afterwards", async () => {
    const { world } = await listening();
    const events: string[] = [];
    world.emulator.webhooks.behaviour.paused = true;
    world.hold({ guests: [zoe], vtt: said });
    const body = {
      event: "recording.transcript_completed",
      event_ts: START,
      download_token: "canary-download-token",
      payload: {
        account_id: world.account.id,
        object: {
          uuid: "unknown==",
          recording_files: [
            {
              id: "f",
              file_type: "TRANSCRIPT",
              download_url: "https://zoom.us/rec/webhook_download/canary-url",
            },
          ],
        },
      },
    };
    expect(await world.deliver(body)).toMatchObject({ accepted: 1 });
    events.push(JSON.stringify(await world.halo.deliveries.list(orgId, {})));
    await world.work();
    events.push(JSON.stringify(await world.halo.deliveries.list(orgId, {})));
    expect(events.join()).not.toContain("canary");
  });

  it("T07 F53 an address check is answered before anything is connected, and only a genuine one", async () => {
    const world = await zoomWorld();
    expect(
      await world.clock.run(
        world.emulator.webhooks.validate("https://app.example.com/api/integrations/zoom/webhook"),
      ),
    ).toBe(true);
    expect(
      await world.clock.run(
        world.emulator.webhooks.validate("https://app.example.com/api/integrations/zoom/webhook", {
          secret: "forged",
        }),
      ),
    ).toBe(false);
  });

  it("F53 events of an account that nobody connected wait sealed, and come with its connection", async () => {
    const world = await zoomWorld();
    const { uuid } = world.hold({ guests: [zoe], vtt: said });
    const body = (account_id: string) => ({
      event: "recording.transcript_completed",
      event_ts: START,
      payload: { account_id, object: { uuid } },
    });
    expect(await world.deliver(body(world.account.id))).toMatchObject({ accepted: 0, unrouted: 1 });
    expect(await world.deliver(body("another-account"))).toMatchObject({ accepted: 0, unrouted: 1 });
    await world.connect();
    await world.work();
    expect((await world.halo.detail(orgId, "zoom")).deliveries).toMatchObject({ dead: 0, pending: 0 });
    expect(await world.meeting(uuid)).toBeDefined();
  });

  it("T01 T08 a forged event, and one of another account at this connection's path, change nothing", async () => {
    const { connection, world } = await listening();
    const body = {
      event: "recording.deleted",
      event_ts: START,
      payload: { account_id: world.account.id, object: { uuid: "x==" } },
    };
    await expect(world.deliver(body, "", "forged")).rejects.toMatchObject({ code: "webhook_unverified" });
    const foreign = { ...body, payload: { ...body.payload, account_id: "another-account" } };
    expect(await world.deliver(foreign, connection.id)).toMatchObject({ accepted: 0, unrouted: 1 });
  });

  it("T33 an event of a recording that the connection's own token may not see brings nothing", async () => {
    const { world } = await listening({ emulator: { management: "user" } });
    const [, other] = [...world.account.account.users.values()];
    const { uuid } = world.hold({ host: other?.email ?? "", guests: [zoe], vtt: said });
    const body = {
      event: "recording.transcript_completed",
      event_ts: START,
      download_token: world.account.issueDownloadToken(uuid),
      payload: { account_id: world.account.id, object: { uuid, recording_files: [] } },
    };
    world.emulator.faults.add({
      match: { kind: "recording" },
      effect: { type: "status", status: 404, body: { code: 3301, message: "none" } },
    });
    world.emulator.faults.add({
      match: { kind: "past_meeting" },
      effect: { type: "status", status: 404, body: { code: 3001, message: "none" } },
    });
    world.emulator.faults.add({
      match: { kind: "transcript" },
      effect: { type: "status", status: 404, body: { code: 3001, message: "none" } },
    });
    await world.deliver(body);
    await world.work();
    expect(await world.meeting(uuid)).toBeUndefined();
    expect(await world.find("walrus")).toEqual([]);
  });

  it("F50 F51 tell of a recording once, however often and in whichever order they come", async () => {
    const { world } = await listening();
    world.emulator.webhooks.behaviour.copies = 5;
    world.emulator.webhooks.behaviour.shuffle = true;
    const { uuid } = world.hold({ guests: [zoe], vtt: said });
    await world.work();
    expect(await world.halo.meetings.list(orgId)).toHaveLength(1);
    expect((await world.meeting(uuid))?.transcript?.status).toBe("available");
    expect(world.calls("download")).toBe(1);
  });

  it("F33 a recording in the trash takes what was said with it, and brings it back when it is recovered", async () => {
    const { world } = await listening();
    const { uuid } = world.hold({ guests: [zoe], vtt: said });
    await world.work();
    expect(await world.find("walrus")).toHaveLength(1);
    world.account.trashRecording(uuid);
    await world.work();
    expect(await world.find("walrus")).toEqual([]);
    expect((await world.meeting(uuid))?.transcript).toBeUndefined();
    // The meeting took place all the same.
    expect(await world.meeting(uuid)).toBeDefined();
    await world.clock.advance(1_000);
    world.account.recoverRecording(uuid);
    await world.work();
    expect(await world.find("walrus")).toHaveLength(1);
  });

  it("F33 a recording that is deleted leaves a receipt of what went", async () => {
    const { world } = await listening();
    const { uuid } = world.hold({ guests: [zoe], vtt: said });
    await world.work();
    world.account.deleteRecording(uuid);
    await world.work();
    expect(await world.find("walrus")).toEqual([]);
    const [receipt] = await world.halo.knowledge.receipts(orgId);
    expect(receipt?.sourceKeys).toEqual([`zoom:transcript:${uuid}`]);
  });

  it("a meeting that is deleted goes", async () => {
    const { world } = await listening();
    const { uuid } = world.hold({ guests: [zoe], recorded: false });
    await world.work();
    expect(await world.meeting(uuid)).toBeDefined();
    await world.clock.advance(1_000);
    const payload = { account_id: world.account.id, object: { uuid } };
    await world.deliver({ event: "meeting.deleted", event_ts: world.clock.now(), payload });
    await world.work();
    expect(await world.meeting(uuid)).toBeUndefined();
  });

  it("F42 removing the app ends the connection's access; the word of an event alone does not", async () => {
    const { connection, world } = await listening();
    const payload = { account_id: world.account.id, user_id: world.account.ownerId };
    await world.deliver({ event: "app_deauthorized", payload });
    await world.work();
    expect((await world.halo.connections.get(orgId, connection.id)).state).toBe("connected");
    world.account.deauthorize();
    await world.work();
    expect((await world.halo.connections.get(orgId, connection.id)).state).toBe("auth_error");
  });

  it("F54 with ingest off they are taken and dropped; a catch-up brings what they told of", async () => {
    const { connection, world } = await listening();
    await world.halo.connections.setMode(orgId, connection.id, "ingest", false);
    await world.clock.advance(3_000);
    const { uuid } = world.hold({ guests: [zoe], vtt: said });
    await world.work();
    expect(await world.meeting(uuid)).toBeUndefined();
    expect(world.received.every((status) => status === 200)).toBe(true);
    await world.halo.connections.setMode(orgId, connection.id, "ingest", true);
    await world.halo.sync.start({ orgId, connectionId: connection.id, mode: "catch_up" });
    await world.work();
    expect(await world.meeting(uuid)).toBeDefined();
  });

  it("a transcript that was not there when somebody looked is found by backfill_transcripts", async () => {
    const world = await zoomWorld();
    const { uuid } = world.hold({
      guests: [zoe],
      transcript: "later",
      startMs: START - 40 * 86_400_000,
    });
    const { id } = await world.connect();
    await world.work();
    world.emulator.webhooks.behaviour.lossProbability = 1;
    world.account.completeTranscript(uuid, said);
    await world.halo.sync.start({ orgId, connectionId: id, mode: "catch_up" });
    await world.work();
    expect((await world.meeting(uuid))?.transcript?.status).toBe("none");
    await world.halo.sync.start({ orgId, connectionId: id, mode: "backfill_transcripts" });
    await world.work();
    expect((await world.meeting(uuid))?.transcript?.status).toBe("available");
  });
});

describe("where a transcript is downloaded from", () => {
  it("T20 T21 a redirect to somebody else's host is not followed, and nothing is shown to it", async () => {
    const hosts = new Set<string>();
    const { world } = await listening({
      emulator: { behaviour: { downloadRedirect: "foreign" } },
      onRequest: (request) => hosts.add(new URL(request.url).hostname),
    });
    const { uuid } = world.hold({ guests: [zoe], vtt: said });
    await world.work();
    expect([...hosts].every((host) => host === "zoom.us" || host.endsWith(".zoom.us"))).toBe(true);
    expect((await world.meeting(uuid))?.transcript).toMatchObject({
      status: "unavailable",
      reason: "url_refused",
    });
    // The two addresses, each asked at Zoom's own host; the foreign one never.
    expect(world.calls("download")).toBe(2);
  });

  it("T21 a redirect to another host of Zoom's is followed, without the token", async () => {
    const authorizations: (string | null)[] = [];
    const { world } = await listening({
      emulator: { behaviour: { downloadRedirect: "vendor", fileOrigin: "https://eu01files.zoom.us" } },
      onRequest: (request) => {
        if (new URL(request.url).hostname === "eu01files.zoom.us")
          authorizations.push(request.headers.get("authorization"));
      },
    });
    const { uuid } = world.hold({ guests: [zoe], vtt: said });
    await world.work();
    expect((await world.meeting(uuid))?.transcript?.status).toBe("available");
    expect(authorizations).toEqual([null]);
  });

  it.each([
    "https://files.example.net/rec/1",
    "http://zoom.us/rec/1",
    "https://zoom.us.example.net/rec/1",
    "https://zoom.us@example.net/rec/1",
    "https://127.0.0.1/rec/1",
    "file:///etc/passwd",
  ])("T20 an event that names %s leads nowhere: the recording's own address is read instead", async (url) => {
    const hosts = new Set<string>();
    const { world } = await listening({ onRequest: (request) => hosts.add(new URL(request.url).hostname) });
    world.emulator.webhooks.behaviour.paused = true;
    const { uuid } = world.hold({ guests: [zoe], vtt: said });
    const body = {
      event: "recording.transcript_completed",
      event_ts: START,
      download_token: "canary",
      payload: {
        account_id: world.account.id,
        object: { uuid, recording_files: [{ file_type: "TRANSCRIPT", download_url: url }] },
      },
    };
    await world.deliver(body);
    await world.work();
    expect((await world.meeting(uuid))?.transcript?.status).toBe("available");
    expect([...hosts].every((host) => host === "zoom.us" || host.endsWith(".zoom.us"))).toBe(true);
  });
});
