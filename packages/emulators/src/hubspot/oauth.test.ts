import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { setUp } from "../../test/requests.ts";
import { type HubSpotEmulator, hubspotEmulator, manualClock } from "../index.ts";

const CALLBACK = "http://localhost:3000/cb";

async function authorize(emulator: HubSpotEmulator, more: Record<string, string> = {}): Promise<URL> {
  const query = new URLSearchParams({
    client_id: emulator.clientId,
    redirect_uri: CALLBACK,
    scope: "oauth crm.objects.contacts.read",
    state: "st&te",
    ...more,
  });
  const answer = await emulator.fetch(new Request(`https://app.hubspot.com/oauth/authorize?${query}`));
  expect(answer.status).toBe(302);
  return new URL(answer.headers.get("location") ?? "");
}

async function post(emulator: HubSpotEmulator, path: string, form: Record<string, string>) {
  const { clientId: client_id, clientSecret: client_secret } = emulator;
  const body = new URLSearchParams({ client_id, client_secret, ...form });
  const answer = await emulator.fetch(new Request(`https://api.hubapi.com${path}`, { method: "POST", body }));
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

const exchange = (emulator: HubSpotEmulator, back: URL, more: Record<string, string> = {}) =>
  post(emulator, "/oauth/2026-09/token", {
    grant_type: "authorization_code",
    code: back.searchParams.get("code") ?? "",
    redirect_uri: CALLBACK,
    ...more,
  });

const refresh = (emulator: HubSpotEmulator, token: unknown) =>
  post(emulator, "/oauth/2026-09/token", { grant_type: "refresh_token", refresh_token: String(token) });

describe("the code flow", () => {
  it("brings state and a single-use code back, and tokens name the account and the scopes", async () => {
    const { emulator } = setUp();
    const back = await authorize(emulator, { optional_scope: "forms" });
    expect(back.searchParams.get("state")).toBe("st&te");
    const { body } = await exchange(emulator, back);
    expect(body).toMatchObject({
      hub_id: emulator.portal.id,
      expires_in: 1800,
      token_type: "bearer",
      scopes: ["oauth", "crm.objects.contacts.read", "forms"],
    });
    const again = await exchange(emulator, back);
    expect([again.status, again.body.error]).toEqual([400, "invalid_grant"]);
  });

  it("asks for the code_verifier of the challenge, and for the same redirect_uri", async () => {
    const { emulator } = setUp();
    const verifier = "v".repeat(50);
    const code_challenge = createHash("sha256").update(verifier).digest("base64url");
    const challenge = { code_challenge, code_challenge_method: "S256" };
    const wrong = await exchange(emulator, await authorize(emulator, challenge), { code_verifier: "w" });
    expect(wrong.body.status).toBe("BAD_CODE_VERIFIER");
    const moved = await exchange(emulator, await authorize(emulator), { redirect_uri: `${CALLBACK}/x` });
    expect(moved.body.status).toBe("BAD_REDIRECT_URI");
    const right = await exchange(emulator, await authorize(emulator, challenge), { code_verifier: verifier });
    expect(right.status).toBe(200);
  });

  it("a person may deny, choose another account, or grant less", async () => {
    const { emulator } = setUp();
    emulator.consent = { approve: false };
    expect((await authorize(emulator)).searchParams.get("error")).toBe("access_denied");
    const other = emulator.addPortal({ seed: 99 });
    emulator.consent = { approve: true, portalId: other.id, scopes: ["oauth"] };
    const { body } = await exchange(emulator, await authorize(emulator));
    expect(body).toMatchObject({ hub_id: other.id, scopes: ["oauth"] });
  });

  it("never redirects for an unknown client", async () => {
    const { emulator } = setUp();
    const query = new URLSearchParams({ client_id: "other", redirect_uri: "https://evil.example" });
    const answer = await emulator.fetch(new Request(`https://app.hubspot.com/oauth/authorize?${query}`));
    expect([answer.status, answer.headers.get("location")]).toEqual([400, null]);
  });
});

describe("tokens", () => {
  it("F40 an access token dies after 1800 seconds of the emulator's clock", async () => {
    const { emulator, clock } = setUp();
    const { body } = await exchange(emulator, await authorize(emulator));
    const ask = () =>
      emulator.fetch(
        new Request("https://api.hubapi.com/crm/objects/2026-09/contacts", {
          headers: { authorization: `Bearer ${String(body.access_token)}` },
        }),
      );
    clock.set(clock.now() + 1_799_999);
    expect((await ask()).status).toBe(200);
    clock.set(clock.now() + 1);
    const late = await ask();
    expect([late.status, ((await late.json()) as { category: string }).category]).toEqual([
      401,
      "EXPIRED_AUTHENTICATION",
    ]);
  });

  it("F41 with rotation a refresh kills the token it was made with; without it the token stays", async () => {
    for (const rotateRefreshTokens of [false, true]) {
      const { emulator } = setUp({ behaviour: { rotateRefreshTokens } });
      const first = await exchange(emulator, await authorize(emulator));
      const second = await refresh(emulator, first.body.refresh_token);
      expect(second.body.refresh_token === first.body.refresh_token).toBe(!rotateRefreshTokens);
      const old = await refresh(emulator, first.body.refresh_token);
      expect(old.status).toBe(rotateRefreshTokens ? 400 : 200);
      expect((await refresh(emulator, second.body.refresh_token)).status).toBe(200);
    }
  });

  it("F42 after an uninstall refreshing is an invalid_grant and access a 401", async () => {
    const { emulator, ask } = setUp();
    const { body } = await exchange(emulator, await authorize(emulator));
    emulator.portal.uninstall();
    expect((await refresh(emulator, body.refresh_token)).body).toMatchObject({
      error: "invalid_grant",
      status: "BAD_REFRESH_TOKEN",
    });
    expect((await ask("GET", "/crm/objects/2026-09/contacts")).status).toBe(401);
  });

  it("introspects and revokes, whichever of the two field names is used", async () => {
    const { emulator } = setUp();
    const { body } = await exchange(emulator, await authorize(emulator));
    const refresh_token = String(body.refresh_token);
    const introspect = (form: Record<string, string>) =>
      post(emulator, "/oauth/2026-09/token/introspect", form);
    expect((await introspect({ token: refresh_token })).body).toMatchObject({
      active: true,
      token_use: "refresh_token",
    });
    await post(emulator, "/oauth/2026-09/token/revoke", { refresh_token, token_type_hint: "refresh_token" });
    expect((await introspect({ refresh_token })).body).toEqual({ active: false });
    expect((await refresh(emulator, refresh_token)).status).toBe(400);
  });

  it("an emulator that is started again with the same seed still knows its grants", async () => {
    const start = () => hubspotEmulator({ seed: "again", clock: manualClock() });
    const [before, after] = [start(), start()];
    const { body } = await exchange(before, await authorize(before));
    expect((await refresh(after, body.refresh_token)).body.hub_id).toBe(before.portal.id);
    const stranger = hubspotEmulator({ seed: "other", clock: manualClock() });
    expect((await refresh(stranger, body.refresh_token)).status).toBe(400);
  });
});
