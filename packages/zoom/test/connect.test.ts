import { describe, expect, it } from "vitest";
import { scopesOf } from "../src/auth.ts";
import { EVENTS, orgId, REDIRECT, vtt, zoomWorld } from "./zoom-world.ts";

const HOUR = 3_600_000;
const zoe = { name: "Zoë Client", email: "zoe@client.test", company: "Client" };
const said = vtt(["Ada", "The walrus is fine."]);

describe("connecting Zoom", () => {
  it("T11 asks with PKCE and with no scope: they are chosen on the app", async () => {
    const world = await zoomWorld();
    const begun = { orgId, integration: "zoom", session: "s", redirectUri: REDIRECT };
    const { url } = await world.halo.connections.begin(begun);
    const query = new URL(url).searchParams;
    expect(query.get("scope")).toBeNull();
    expect(query.get("code_challenge_method")).toBe("S256");
    expect(new URL(url).origin).toBe("https://zoom.us");
  });

  it.each(["user", "admin"] as const)(
    "knows the account, the person and what was granted (%s-managed)",
    async (management) => {
      const world = await zoomWorld({ emulator: { management } });
      const { account, scopes, notices } = await world.connect();
      const owner = world.account.account.users.get(world.account.ownerId);
      expect(account).toMatchObject({
        id: world.account.id,
        name: owner?.email,
        details: { user_id: owner?.id, email: owner?.email, role: "Owner" },
      });
      expect(scopes).toEqual(expect.arrayContaining(scopesOf(management).map(({ scope }) => scope)));
      expect(notices).toEqual([]);
    },
  );

  it("T19 refuses what may not list recordings, and names what is missing", async () => {
    const world = await zoomWorld({ emulator: { management: "user", scopes: ["user:read:user"] } });
    await expect(world.connect()).rejects.toMatchObject({
      missingScopes: expect.arrayContaining(["cloud_recording:read:list_user_recordings"]),
    });
  });

  it("F40 F41 refreshes with the token that came last, again and again", async () => {
    const world = await zoomWorld();
    await world.connect();
    for (let hours = 0; hours < 3; hours++) {
      await world.clock.advance(2 * HOUR);
      const { uuid } = world.hold({ guests: [zoe], vtt: said });
      await world.work();
      expect(await world.meeting(uuid)).toBeDefined();
    }
  });

  it.each([
    ["invalid_grant", "Invalid Token!"],
    ["invalid_request", "Invalid Token!"],
    ["4741", "The token is revoked"],
    ["4735", "The owner of the token does not exist"],
  ])(
    "F42 a refresh that is refused as %s puts the connection to auth_error, with no storm",
    async (error, reason) => {
      const world = await zoomWorld();
      const { id } = await world.connect();
      await world.work();
      world.emulator.faults.add({
        match: { kind: "token" },
        effect: { type: "status", status: 400, body: { error, reason } },
      });
      const before = world.calls("token");
      await world.clock.advance(2 * HOUR);
      await world.hours(2);
      expect((await world.halo.connections.get(orgId, id)).state).toBe("auth_error");
      expect(world.calls("token") - before).toBeLessThanOrEqual(2);
    },
  );

  it("F43 a token endpoint that is down is no reason to reconnect", async () => {
    const world = await zoomWorld();
    const { id } = await world.connect();
    await world.work();
    world.emulator.faults.add({
      match: { kind: "token" },
      effect: { type: "status", status: 503, body: {} },
    });
    const before = world.calls("token");
    await world.hours(2);
    expect(world.calls("token")).toBeGreaterThan(before);
    expect((await world.halo.connections.get(orgId, id)).state).toBe("connected");
  });

  it("F46 disconnecting revokes both tokens at Zoom, keeps what was read, and reads no more", async () => {
    const world = await zoomWorld();
    const { uuid } = world.hold({ guests: [zoe], vtt: said });
    const { id } = await world.connect();
    await world.work();
    await world.clock.run(world.halo.connections.disconnect(orgId, id));
    expect(world.calls("revoke")).toBe(1);
    const calls = world.emulator.ledger.count({});
    await world.hours(2);
    expect(world.emulator.ledger.count({})).toBe(calls);
    expect(await world.meeting(uuid)).toBeDefined();
    expect(await world.find("walrus")).toHaveLength(1);
  });
});

describe("Zoom's event subscription", () => {
  it.each(["user", "admin"] as const)(
    "is made by API with the app's own token, at the connection's own address (%s-managed)",
    async (management) => {
      const world = await zoomWorld({ emulator: { management }, zoom: { registerWebhooks: true } });
      const { id, notices, settings } = await world.connect();
      expect(notices).toEqual([]);
      const [subscription] = [...world.emulator.webhooks.subscriptions.values()];
      expect(subscription).toMatchObject({
        targetUrl: `${EVENTS}/${id}`,
        scope: management === "admin" ? "account" : "user",
        events: expect.arrayContaining(["recording.transcript_completed", "recording.trashed"]),
      });
      expect(settings).toMatchObject({ webhookEndpoint: { id: subscription?.id } });
      await world.work();
      const { uuid } = world.hold({ host: world.account.ownerId, guests: [zoe], vtt: said });
      await world.work();
      expect(await world.meeting(uuid)).toMatchObject({ transcript: { status: "available" } });
    },
  );

  it("is one after a reconnect, and none after a disconnect", async () => {
    const world = await zoomWorld({ zoom: { registerWebhooks: true } });
    const { id } = await world.connect();
    await world.connect();
    expect(world.emulator.webhooks.subscriptions.size).toBe(1);
    await world.clock.run(world.halo.connections.disconnect(orgId, id));
    expect(world.emulator.webhooks.subscriptions.size).toBe(0);
  });

  it("asks for no event whose scope the app lacks", async () => {
    const scopes = scopesOf("admin")
      .map(({ scope }) => scope)
      .filter((scope) => !scope.startsWith("meeting:read:meeting"));
    const world = await zoomWorld({ emulator: { scopes }, zoom: { registerWebhooks: true } });
    await world.connect();
    const [subscription] = [...world.emulator.webhooks.subscriptions.values()];
    expect(subscription?.events).not.toContain("meeting.ended");
    expect(subscription?.events).toContain("recording.transcript_completed");
  });

  it("is described step by step where the app may not make it", async () => {
    const world = await zoomWorld({ zoom: { registerWebhooks: true } });
    const effect = { type: "status", status: 403, body: { code: 4711, message: "no" } } as const;
    world.emulator.faults.add({ match: { kind: "subscribe" }, effect });
    const { notices } = await world.connect();
    expect(notices).toEqual(["Webhooks were not registered (this credential may not): set them up by hand."]);
    const { webhookInstructions, webhookUrl } = await world.halo.detail(orgId, "zoom");
    expect(webhookInstructions).toContain(webhookUrl);
    expect(webhookInstructions).toContain("recording.transcript_completed");
    expect(webhookInstructions).toContain("Secret Token");
  });
});
