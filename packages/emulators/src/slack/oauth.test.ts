import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { setUpSlack, slackAsker } from "../../test/slack-requests.ts";
import { manualClock, type SlackEmulator, type SlackEmulatorOptions, slackEmulator } from "../index.ts";

const CALLBACK = "http://localhost:3000/cb";

async function authorize(emulator: SlackEmulator, more: Record<string, string> = {}): Promise<URL> {
  const query = new URLSearchParams({
    client_id: emulator.clientId,
    redirect_uri: CALLBACK,
    scope: "channels:read,chat:write",
    state: "st&te",
    ...more,
  });
  const answer = await emulator.fetch(new Request(`https://slack.com/oauth/v2/authorize?${query}`));
  expect(answer.status).toBe(302);
  return new URL(answer.headers.get("location") ?? "");
}

async function access(emulator: SlackEmulator, form: Record<string, string>, basic = true) {
  const { clientId, clientSecret } = emulator;
  const body = new URLSearchParams(
    basic ? form : { client_id: clientId, client_secret: clientSecret, ...form },
  );
  const authorization = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString("base64")}`;
  const answer = await emulator.fetch(
    new Request("https://slack.com/api/oauth.v2.access", {
      method: "POST",
      body,
      ...(basic && { headers: { authorization } }),
    }),
  );
  expect(answer.status).toBe(200);
  return (await answer.json()) as Record<string, unknown>;
}

const exchange = (emulator: SlackEmulator, back: URL, more: Record<string, string> = {}, basic = true) =>
  access(emulator, { code: back.searchParams.get("code") ?? "", redirect_uri: CALLBACK, ...more }, basic);

const start = (options: SlackEmulatorOptions = {}) =>
  slackEmulator({ seed: 5, clock: manualClock(), limits: "none", ...options });

describe("the code flow", () => {
  it.each([true, false])("brings state and a single-use code back; client by Basic: %s", async (basic) => {
    const emulator = start();
    const back = await authorize(emulator);
    expect(back.searchParams.get("state")).toBe("st&te");
    const body = await exchange(emulator, back, {}, basic);
    expect(body).toMatchObject({
      ok: true,
      app_id: emulator.appId,
      token_type: "bot",
      scope: "channels:read,chat:write",
      bot_user_id: emulator.workspace.botUserId,
      team: { id: emulator.workspace.id },
      enterprise: null,
      authed_user: { id: emulator.workspace.workspace.ownerId },
    });
    expect(body).not.toHaveProperty("refresh_token");
    expect(String(body.access_token)).toMatch(/^xoxb-/);
    expect((await slackAsker(emulator, String(body.access_token))("auth.test")).body.ok).toBe(true);
    expect(await exchange(emulator, back)).toMatchObject({ ok: false, error: "code_already_used" });
  });

  it("a code lives for ten minutes", async () => {
    const clock = manualClock();
    const emulator = start({ clock });
    const [early, late] = [await authorize(emulator), await authorize(emulator)];
    await clock.advance(599_999);
    expect(await exchange(emulator, early)).toMatchObject({ ok: true });
    await clock.advance(1);
    expect(await exchange(emulator, late)).toMatchObject({ error: "invalid_code" });
  });

  it.each([
    ["another redirect_uri", { redirect_uri: `${CALLBACK}2` }, "bad_redirect_uri"],
    ["no such code", { code: "x" }, "invalid_code"],
    ["another grant", { grant_type: "password" }, "invalid_grant_type"],
  ])("refuses %s", async (_, more, error) => {
    const emulator = start();
    expect(await exchange(emulator, await authorize(emulator), more)).toMatchObject({ ok: false, error });
  });

  it("refuses an unknown client and a wrong secret", async () => {
    const emulator = start();
    const back = await authorize(emulator);
    expect(await exchange(emulator, back, { client_id: "1.2" }, false)).toMatchObject({
      error: "invalid_client_id",
    });
    expect(await exchange(emulator, back, { client_secret: "x" }, false)).toMatchObject({
      error: "bad_client_secret",
    });
  });

  it("asks for the code_verifier of the challenge", async () => {
    const emulator = start();
    const code_verifier = "v".repeat(50);
    const code_challenge = createHash("sha256").update(code_verifier).digest("base64url");
    const back = await authorize(emulator, { code_challenge, code_challenge_method: "S256" });
    expect(await exchange(emulator, back, { code_verifier: "w" })).toMatchObject({ ok: false });
    expect(await exchange(emulator, back, { code_verifier })).toMatchObject({ ok: true });
  });

  it("a person may cancel, choose another workspace, or come with an unknown client", async () => {
    const emulator = start();
    const other = emulator.addWorkspace({ seed: 8 });
    emulator.consent = { approve: false };
    expect((await authorize(emulator)).searchParams.get("error")).toBe("access_denied");
    emulator.consent = { approve: true, teamId: other.id };
    expect(await exchange(emulator, await authorize(emulator))).toMatchObject({ team: { id: other.id } });
    const page = await emulator.fetch(
      new Request(`https://slack.com/oauth/v2/authorize?client_id=x&redirect_uri=${CALLBACK}`),
    );
    expect(page.status).toBe(400);
  });

  it("gives a person's token beside the bot's when it is asked for", async () => {
    const emulator = start();
    const body = await exchange(
      emulator,
      await authorize(emulator, { user_scope: "search:read,users:read" }),
    );
    expect(body.authed_user).toMatchObject({ scope: "search:read,users:read", token_type: "user" });
    const { access_token } = body.authed_user as { access_token: string };
    const who = await slackAsker(emulator, access_token)("auth.test");
    expect(who.body.user_id).toBe(emulator.workspace.workspace.ownerId);
    expect(who.body).not.toHaveProperty("bot_id");
  });
});

describe("F40 F45 token rotation", () => {
  it("tokens live for twelve hours; a refresh token works once; two access tokens are alive at most", async () => {
    const clock = manualClock();
    const emulator = start({ clock, tokenRotation: true });
    const works = async (token: unknown) => {
      const { body } = await slackAsker(emulator, String(token))("auth.test");
      return body.error ?? "ok";
    };
    const first = await exchange(emulator, await authorize(emulator));
    expect(first).toMatchObject({ expires_in: 43_200 });
    expect(String(first.access_token)).toMatch(/^xoxe\.xoxb-/);
    expect(String(first.refresh_token)).toMatch(/^xoxe-1-/);
    const refresh = (from: Record<string, unknown>) =>
      access(emulator, { grant_type: "refresh_token", refresh_token: String(from.refresh_token) });
    const second = await refresh(first);
    expect(await refresh(first)).toMatchObject({ ok: false, error: "invalid_refresh_token" });
    expect([await works(first.access_token), await works(second.access_token)]).toEqual(["ok", "ok"]);
    const third = await refresh(second);
    expect([await works(first.access_token), await works(second.access_token)]).toEqual([
      "token_revoked",
      "ok",
    ]);
    await clock.advance(43_200_000 - 1);
    expect(await works(third.access_token)).toBe("ok");
    await clock.advance(1);
    expect(await works(third.access_token)).toBe("token_expired");
    expect(await refresh(third)).toMatchObject({ ok: true });
  });

  it("a used refresh token works a little longer where the vendor is patient", async () => {
    const clock = manualClock();
    const emulator = start({ clock, tokenRotation: true, behaviour: { refreshGraceMs: 5_000 } });
    const { refresh_token } = await exchange(emulator, await authorize(emulator));
    const refresh = () =>
      access(emulator, { grant_type: "refresh_token", refresh_token: String(refresh_token) });
    await refresh();
    await clock.advance(4_999);
    expect(await refresh()).toMatchObject({ ok: true });
    await clock.advance(1);
    expect(await refresh()).toMatchObject({ ok: false });
  });

  it("an emulator that is started again with the same seed still knows its tokens", async () => {
    const [before, after] = [start({ tokenRotation: true }), start({ tokenRotation: true })];
    const body = await exchange(before, await authorize(before));
    expect((await slackAsker(after, String(body.access_token))("auth.test")).body.ok).toBe(true);
    const stranger = start({ seed: 99 });
    expect((await slackAsker(stranger, String(body.access_token))("auth.test")).body.error).toBe(
      "invalid_auth",
    );
  });
});

describe("F42 the end of an install", () => {
  it("auth.revoke with test=1 changes nothing; without, an install without rotation ends", async () => {
    const { ask } = setUpSlack();
    expect((await ask("auth.revoke", { test: 1 })).body).toEqual({ ok: true, revoked: false });
    expect((await ask("auth.test")).body.ok).toBe(true);
    expect((await ask("auth.revoke")).body).toEqual({ ok: true, revoked: true });
    expect((await ask("auth.test")).body.error).toBe("account_inactive");
  });

  it("with rotation only the revoked token dies", async () => {
    const { emulator } = setUpSlack();
    const [one, two] = [1, 2].map(() => emulator.issueAccessToken({ scopes: ["channels:read"] }));
    await slackAsker(emulator, one ?? "")("auth.revoke");
    expect((await slackAsker(emulator, one ?? "")("auth.test")).body.error).toBe("token_revoked");
    expect((await slackAsker(emulator, two ?? "")("auth.test")).body.ok).toBe(true);
  });

  it("apps.uninstall needs the app's own id and secret", async () => {
    const { ask, emulator } = setUpSlack();
    const { clientId: client_id, clientSecret: client_secret } = emulator;
    expect((await ask("apps.uninstall", { client_id, client_secret: "x" })).body.error).toBe(
      "bad_client_secret",
    );
    expect((await ask("apps.uninstall", { client_id, client_secret })).body).toEqual({ ok: true });
    expect((await ask("auth.test")).body.error).toBe("account_inactive");
  });
});
