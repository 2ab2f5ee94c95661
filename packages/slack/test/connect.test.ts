import { describe, expect, it } from "vitest";
import { ALL_SCOPES, orgId, slackWorld } from "./slack-world.ts";

const HOUR = 3_600_000;

describe("connecting Slack", () => {
  it("asks for bot scopes with commas, and neither for direct messages nor for PKCE", async () => {
    const world = await slackWorld();
    const redirectUri = "https://app.example.com/api/integrations/slack/callback";
    const { url } = await world.halo.connections.begin({
      orgId,
      integration: "slack",
      session: "s",
      redirectUri,
    });
    const query = new URL(url).searchParams;
    expect(query.get("scope")).toBe(ALL_SCOPES.join(","));
    expect(query.get("scope")).not.toMatch(/\b(im|mpim):/);
    expect(query.get("code_challenge")).toBeNull();
  });

  it("knows the workspace, the app and what was granted", async () => {
    const world = await slackWorld();
    const { account, scopes } = await world.connect();
    expect(account).toMatchObject({
      id: world.workspace.id,
      name: "Acme",
      details: { app_id: world.emulator.appId, bot_id: world.workspace.botId },
    });
    expect(scopes).toEqual(ALL_SCOPES);
  });

  it("takes a bot token, whose scopes Slack tells in a header", async () => {
    const world = await slackWorld();
    const { account, scopes } = await world.connectWithToken();
    expect(account.id).toBe(world.workspace.id);
    expect(scopes).toEqual(ALL_SCOPES);
  });

  it.each(["xoxp-1-2-3", "xapp-1", "pat-eu1-x", "xoxb"])("refuses %s, which is no bot token", async (key) => {
    const world = await slackWorld();
    const connecting = world.halo.connections.connectWithKey({ orgId, integration: "slack", key });
    await expect(connecting).rejects.toMatchObject({ code: "input_invalid" });
    expect(world.emulator.ledger.count({})).toBe(0);
  });

  it("refuses a token that Slack does not know, with 200 and ok: false", async () => {
    const world = await slackWorld();
    const key = "xoxb-1-2-3";
    const connecting = world.halo.connections.connectWithKey({ orgId, integration: "slack", key });
    await expect(world.clock.run(connecting)).rejects.toMatchObject({ code: "reconnect_required" });
  });

  it("T19 refuses what may not read channels, and tells what is missing of the rest", async () => {
    const world = await slackWorld();
    const bare = ["chat:write", "channels:read", "channels:join"];
    await expect(world.connectWithToken(bare)).rejects.toMatchObject({ missingScopes: ["channels:history"] });
    const { notices } = await world.connectWithToken([...bare, "channels:history"]);
    expect(notices.join("\n")).toContain("users:read.email was not granted.");
  });

  it("refuses a code that was used, and says to begin again", async () => {
    const world = await slackWorld();
    const body = { ok: false, error: "code_already_used" };
    const effect = { type: "status", status: 200, body } as const;
    world.emulator.faults.add({ match: { kind: "oauth.v2.access" }, effect });
    await expect(world.connect()).rejects.toMatchObject({ code: "reconnect_required" });
  });

  it.each([
    ["bad_client_secret", { retryable: false, reason: "invalid_client" }],
    ["internal_error", { retryable: true, reason: "internal_error" }],
    ["bad_redirect_uri", { retryable: false, reason: "bad_redirect_uri" }],
  ])("F43 %s is no reason to reconnect", async (error, told) => {
    const world = await slackWorld();
    const effect = { type: "status", status: 200, body: { ok: false, error } } as const;
    world.emulator.faults.add({ match: { kind: "oauth.v2.access" }, effect });
    await expect(world.connect()).rejects.toMatchObject({ code: "vendor_failed", ...told });
  });

  it("F41 refreshes a rotating token with the one that came last, again and again", async () => {
    const world = await slackWorld({ emulator: { tokenRotation: true } });
    const { id: channel } = world.channel("support");
    const connection = await world.connect();
    await world.map(channel, connection.id);
    for (let day = 0; day < 3; day++) {
      await world.clock.advance(13 * HOUR);
      world.workspace.post({ channel, user: world.person.id, text: `Fabrikam on day ${day}` });
      await world.work(60_000);
    }
    expect(await world.find("Fabrikam")).toHaveLength(3);
    expect(world.calls("oauth.v2.access")).toBeGreaterThanOrEqual(4);
    expect((await world.halo.connections.get(orgId, connection.id)).state).toBe("connected");
  });

  it("F42 a refresh token that is dead ends the connection", async () => {
    const world = await slackWorld({ emulator: { tokenRotation: true } });
    const { id: channel } = world.channel("support");
    const connection = await world.connect();
    await world.map(channel, connection.id);
    await world.clock.advance(13 * HOUR);
    const effect = {
      type: "status",
      status: 200,
      body: { ok: false, error: "invalid_refresh_token" },
    } as const;
    world.emulator.faults.add({ match: { kind: "oauth.v2.access" }, effect });
    await world.work(60_000);
    expect((await world.halo.connections.get(orgId, connection.id)).state).toBe("auth_error");
  });

  it.each([
    [false, "a token that does not rotate takes the app along", 0],
    [true, "a rotating one dies", 0],
    [true, "one that has run out is renewed for it", 13 * HOUR],
  ])("gives the token back at a disconnect (rotation %s): %s", async (tokenRotation, _, later) => {
    const world = await slackWorld({ emulator: { tokenRotation } });
    const connection = await world.connect();
    await world.clock.advance(later);
    await world.clock.run(world.halo.connections.disconnect(orgId, connection.id));
    const [revoked] = world.emulator.ledger.find(({ kind }) => kind === "auth.revoke");
    expect(revoked).toMatchObject({ executed: true, status: 200 });
  });

  it("an app that is removed at Slack loses access here within seconds", async () => {
    const world = await slackWorld();
    const connection = await world.connect();
    const lost: unknown[] = [];
    world.halo.on("connection.lost_access", (event) => void lost.push(event));
    world.workspace.uninstall();
    await world.work(10_000);
    expect((await world.halo.connections.get(orgId, connection.id)).state).toBe("auth_error");
    expect(lost).toHaveLength(1);
  });

  it("an event that says so without being true takes nothing away", async () => {
    const world = await slackWorld();
    const connection = await world.connect();
    await world.emulator.webhooks.send(1, {
      type: "event_callback",
      team_id: world.workspace.id,
      api_app_id: world.emulator.appId,
      event_id: "Ev1",
      event_time: Math.floor(world.clock.now() / 1_000),
      event: { type: "app_uninstalled" },
    });
    await world.work(10_000);
    expect((await world.halo.connections.get(orgId, connection.id)).state).toBe("connected");
  });

  it("answers the check of the request URL with the challenge", async () => {
    const world = await slackWorld();
    const url = "https://app.example.com/api/integrations/slack/webhook";
    expect(await world.clock.run(world.emulator.webhooks.handshake(url))).toBe(true);
  });

  it("answers a pressed button with 200, and keeps nothing of it", async () => {
    const world = await slackWorld();
    const { id: channel } = world.channel("support");
    await world.connect();
    const button = {
      type: "button",
      action_id: "yes",
      value: "1",
      text: { type: "plain_text", text: "Yes" },
    };
    const blocks = [{ type: "actions", elements: [button] }];
    const { ts } = world.workspace.post({ channel, user: world.workspace.botUserId, text: "?", blocks });
    const { status } = await world.clock.run(
      world.workspace.clickButton({ channel, ts, actionId: "yes", user: world.person.id }),
    );
    expect(status).toBe(200);
    expect(await world.halo.deliveries.list(orgId, {})).toEqual([]);
  });
});
