import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { setUpZoom, zoomAsker } from "../../test/zoom-requests.ts";
import type { ZoomEmulator } from "../index.ts";

const REDIRECT = "https://halo.example.com/callback";

async function consentTo(emulator: ZoomEmulator, more: Readonly<Record<string, string>> = {}) {
  const query = new URLSearchParams({
    response_type: "code",
    client_id: emulator.clientId,
    redirect_uri: REDIRECT,
    state: "s1",
    ...more,
  });
  const answer = await emulator.fetch(new Request(`https://zoom.us/oauth/authorize?${query}`));
  return { status: answer.status, back: new URL(answer.headers.get("location") ?? "https://none.example") };
}

async function token(
  emulator: ZoomEmulator,
  args: Readonly<Record<string, string>>,
  secret = emulator.clientSecret,
  path = "token",
) {
  const answer = await emulator.fetch(
    new Request(`https://zoom.us/oauth/${path}`, {
      method: "POST",
      headers: { authorization: `Basic ${Buffer.from(`${emulator.clientId}:${secret}`).toString("base64")}` },
      body: new URLSearchParams(args),
    }),
  );
  const text = await answer.text();
  return { status: answer.status, body: text === "" ? {} : JSON.parse(text) };
}

async function connect(emulator: ZoomEmulator) {
  const code = (await consentTo(emulator)).back.searchParams.get("code") ?? "";
  return (await token(emulator, { grant_type: "authorization_code", code, redirect_uri: REDIRECT })).body;
}

const me = async (emulator: ZoomEmulator, access: string) =>
  (await zoomAsker(emulator, access)("/v2/users/me")).status;

it("leads from consent to a token that knows its scopes and its regional host", async () => {
  const { emulator } = setUpZoom();
  const { back } = await consentTo(emulator);
  expect(back.searchParams.get("state")).toBe("s1");
  const code = back.searchParams.get("code") ?? "";
  const { body } = await token(emulator, { grant_type: "authorization_code", code, redirect_uri: REDIRECT });
  expect(body).toMatchObject({
    token_type: "bearer",
    expires_in: 3_600,
    scope: emulator.scopes.join(" "),
    api_url: "https://api.zoom.us",
  });
  expect(await me(emulator, body.access_token)).toBe(200);
});

it("names its own address as the API's where it stands in for every host", async () => {
  const { emulator } = setUpZoom();
  const basic = Buffer.from(`${emulator.clientId}:${emulator.clientSecret}`).toString("base64");
  const answer = await emulator.fetch(
    new Request("http://127.0.0.1:4010/oauth/token?grant_type=client_credentials", {
      method: "POST",
      headers: { authorization: `Basic ${basic}` },
    }),
  );
  expect(await answer.json()).toMatchObject({ api_url: "http://127.0.0.1:4010" });
});

it.each([
  ["another client", { client_id: "other" }],
  ["no code wanted", { response_type: "token" }],
  ["no address", { redirect_uri: "" }],
])("sends nobody back for %s", async (_, more) => {
  const { emulator } = setUpZoom();
  expect((await consentTo(emulator, more)).status).toBe(400);
});

it("sends whoever declines back with an error", async () => {
  const { emulator } = setUpZoom();
  emulator.consent = { approve: false };
  const { back } = await consentTo(emulator);
  expect(back.searchParams.get("error")).toBe("access_denied");
  expect(back.searchParams.get("code")).toBeNull();
});

it("refuses a wrong secret with the vendor's words", async () => {
  const { emulator } = setUpZoom();
  expect(await token(emulator, { grant_type: "client_credentials" }, "wrong")).toEqual({
    status: 400,
    body: { reason: "Invalid client_id or client_secret", error: "invalid_client" },
  });
});

it.each([["used twice", async (again: () => Promise<{ status: number }>) => void (await again())]])(
  "refuses a code that was %s",
  async (_, before) => {
    const { emulator } = setUpZoom();
    const code = (await consentTo(emulator)).back.searchParams.get("code") ?? "";
    const exchange = () =>
      token(emulator, { grant_type: "authorization_code", code, redirect_uri: REDIRECT });
    await before(exchange);
    expect((await exchange()).status).toBe(400);
  },
);

it("refuses a code after five minutes, for another address, and with a wrong verifier", async () => {
  const { clock, emulator } = setUpZoom();
  const verifier = "a".repeat(43);
  const challenge = createHash("sha256").update(verifier).digest("base64url");
  const fresh = async () =>
    (
      await consentTo(emulator, { code_challenge: challenge, code_challenge_method: "S256" })
    ).back.searchParams.get("code") ?? "";
  const exchange = async (code: string, more: Readonly<Record<string, string>>) =>
    (await token(emulator, { grant_type: "authorization_code", code, redirect_uri: REDIRECT, ...more }))
      .status;
  expect(await exchange(await fresh(), { code_verifier: verifier })).toBe(200);
  expect(await exchange(await fresh(), { code_verifier: "b".repeat(43) })).toBe(400);
  expect(await exchange(await fresh(), { code_verifier: verifier, redirect_uri: `${REDIRECT}/2` })).toBe(400);
  const old = await fresh();
  clock.set(clock.now() + 300_000);
  expect(await exchange(old, { code_verifier: verifier })).toBe(400);
});

it("F40 lets an access token die after an hour, and a refresh token give another one once", async () => {
  const { clock, emulator } = setUpZoom();
  const first = await connect(emulator);
  clock.set(clock.now() + 3_599_000);
  expect(await me(emulator, first.access_token)).toBe(200);
  clock.set(clock.now() + 1_000);
  const refused = await zoomAsker(emulator, first.access_token)("/v2/users/me");
  expect(refused).toMatchObject({ status: 401, body: { code: 124 } });
  const refresh = { grant_type: "refresh_token", refresh_token: first.refresh_token };
  const second = await token(emulator, refresh);
  expect(second.body.refresh_token).not.toBe(first.refresh_token);
  expect(await me(emulator, second.body.access_token)).toBe(200);
  expect(await token(emulator, refresh)).toEqual({
    status: 400,
    body: { reason: "Invalid Token!", error: "invalid_grant" },
  });
});

it("F41 lets a used refresh token work for as long as it is told", async () => {
  const { clock, emulator } = setUpZoom({ behaviour: { refreshGraceMs: 10_000 } });
  const { refresh_token } = await connect(emulator);
  const again = async () => (await token(emulator, { grant_type: "refresh_token", refresh_token })).status;
  expect([await again(), await again()]).toEqual([200, 200]);
  clock.set(clock.now() + 10_000);
  expect(await again()).toBe(400);
});

it("ends the tokens of an earlier consent of the same person", async () => {
  const { emulator } = setUpZoom();
  const first = await connect(emulator);
  const second = await connect(emulator);
  expect(await me(emulator, first.access_token)).toBe(401);
  const old = { grant_type: "refresh_token", refresh_token: first.refresh_token };
  expect((await token(emulator, old)).status).toBe(400);
  expect(await me(emulator, second.access_token)).toBe(200);
});

it("revokes both tokens at once", async () => {
  const { emulator } = setUpZoom();
  const { access_token, refresh_token } = await connect(emulator);
  expect((await token(emulator, { token: access_token }, emulator.clientSecret, "revoke")).status).toBe(200);
  expect(await me(emulator, access_token)).toBe(401);
  expect((await token(emulator, { grant_type: "refresh_token", refresh_token })).status).toBe(400);
});

it("F42 ends all of a person's tokens when they remove the app, and leaves other people's", async () => {
  const { account, emulator } = setUpZoom();
  const other = [...account.account.users.values()][1]?.email ?? "";
  const [mine, theirs] = [account.issueAccessToken(), account.issueAccessToken({ user: other })];
  account.deauthorize(account.ownerId);
  expect([await me(emulator, mine), await me(emulator, theirs)]).toEqual([401, 200]);
  account.deauthorize();
  expect(await me(emulator, theirs)).toBe(401);
});

it("knows its tokens again after a restart, and no others", async () => {
  const first = setUpZoom();
  const second = setUpZoom();
  expect(await me(second.emulator, first.token)).toBe(200);
  expect(await me(setUpZoom({ seed: 6 }).emulator, first.token)).toBe(401);
  expect(await me(second.emulator, `${first.token.slice(0, -1)}0`)).toBe(401);
});

it("gives the app a token of its own, which reads nothing of an account", async () => {
  const { emulator } = setUpZoom();
  const { body } = await token(emulator, { grant_type: "client_credentials" });
  expect(body.refresh_token).toBeUndefined();
  expect(await zoomAsker(emulator, body.access_token)("/v2/users/me")).toMatchObject({
    body: { code: 4711 },
  });
});

it("gives a server-to-server app an account's token, to which `me` means nobody", async () => {
  const { account, emulator } = setUpZoom();
  const args = { grant_type: "account_credentials", account_id: account.id };
  const { body } = await token(emulator, args);
  const ask = zoomAsker(emulator, body.access_token);
  expect((await ask(`/v2/users/${account.ownerId}`)).status).toBe(200);
  expect((await ask("/v2/users/me")).status).toBe(400);
  expect((await token(emulator, { ...args, account_id: "other" })).status).toBe(400);
});

it("lets an app of one person ask for `me` alone", async () => {
  const { account, ask } = setUpZoom({ management: "user" });
  expect((await ask("/v2/users/me")).status).toBe(200);
  expect(await ask(`/v2/users/${account.ownerId}`)).toMatchObject({ status: 401, body: { code: 4700 } });
});

it("T19 names the scopes that a token lacks", async () => {
  const { account, emulator } = setUpZoom();
  const ask = zoomAsker(emulator, account.issueAccessToken({ scopes: ["user:read:user"] }));
  expect((await ask("/v2/users/me")).status).toBe(200);
  expect(await ask("/v2/users/me/recordings")).toMatchObject({
    status: 400,
    body: {
      code: 4711,
      message:
        "Invalid access token, does not contain scopes:[cloud_recording:read:list_user_recordings, cloud_recording:read:list_user_recordings:admin].",
    },
  });
  emulator.behaviour.missingScopeStatus = 401;
  expect((await ask("/v2/users/me/recordings")).status).toBe(401);
});
