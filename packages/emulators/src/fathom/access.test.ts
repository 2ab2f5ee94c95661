import { describe, expect, it } from "vitest";
import { type FathomAnswer, fathomAsker, setUpFathom } from "../../test/fathom-requests.ts";
import type { FathomEmulator } from "../index.ts";

const REDIRECT = "https://halo.example.com/callback";

async function consentTo(emulator: FathomEmulator, more: Readonly<Record<string, string>> = {}) {
  const query = new URLSearchParams({
    response_type: "code",
    client_id: emulator.clientId,
    redirect_uri: REDIRECT,
    scope: "public_api",
    state: "s1",
    ...more,
  });
  const answer = await emulator.fetch(
    new Request(`https://fathom.video/external/v1/oauth2/authorize?${query}`),
  );
  return { status: answer.status, back: new URL(answer.headers.get("location") ?? "https://none.example") };
}

async function token(emulator: FathomEmulator, args: Readonly<Record<string, string>>) {
  const client = { client_id: emulator.clientId, client_secret: emulator.clientSecret };
  const answer = await emulator.fetch(
    new Request("https://fathom.video/external/v1/oauth2/token", {
      method: "POST",
      body: new URLSearchParams({ ...client, ...args }),
    }),
  );
  return { status: answer.status, body: (await answer.json()) as Record<string, string> };
}

async function connect(emulator: FathomEmulator) {
  const code = (await consentTo(emulator)).back.searchParams.get("code") ?? "";
  return (await token(emulator, { grant_type: "authorization_code", code, redirect_uri: REDIRECT })).body;
}

const bearer = (emulator: FathomEmulator, access = "") =>
  fathomAsker(emulator, { authorization: `Bearer ${access}` });

describe("a key", () => {
  it.each([
    ["none", {}],
    ["a made-up one", { "x-api-key": "fk_made-up" }],
    ["one in another place", { authorization: "Bearer fk_x" }],
  ])("is refused when it is %s", async (_, credential) => {
    const { emulator } = setUpFathom();
    expect((await fathomAsker(emulator, credential as Record<string, string>)("/meetings")).status).toBe(401);
  });

  it("F45 dies when it is revoked, and when its person is deactivated", async () => {
    const { account, ask, emulator, key } = setUpFathom();
    const other = [...account.account.users.keys()][1] ?? "";
    const theirs = fathomAsker(emulator, { "x-api-key": account.issueKey({ email: other }) });
    expect([(await ask("/teams")).status, (await theirs("/teams")).status]).toEqual([200, 200]);
    account.revokeKey(key);
    account.deactivateUser(other);
    expect([(await ask("/teams")).status, (await theirs("/teams")).status]).toEqual([401, 401]);
    emulator.behaviour.deactivatedStatus = 403;
    expect((await theirs("/teams")).status).toBe(403);
  });

  it("is known again after a restart, and not by another emulator", async () => {
    const { key } = setUpFathom();
    const again = fathomAsker(setUpFathom().emulator, { "x-api-key": key });
    const other = fathomAsker(setUpFathom({ seed: 6 }).emulator, { "x-api-key": key });
    expect([(await again("/teams")).status, (await other("/teams")).status]).toEqual([200, 401]);
  });

  it("sees its own organisation alone", async () => {
    const { emulator, all } = setUpFathom();
    const other = emulator.addAccount({ seed: 7 });
    const made = other.record({ title: "Theirs" });
    expect((await all()).map(({ recording_id }) => recording_id)).not.toContain(made.recordingId);
    const ask = fathomAsker(emulator, { "x-api-key": other.issueKey() });
    expect((await ask(`/recordings/${made.recordingId}/summary`)).status).toBe(200);
  });
});

describe("an app", () => {
  it("is led from consent to a token that lives for a day", async () => {
    const { clock, emulator } = setUpFathom();
    const { back } = await consentTo(emulator);
    expect(back.searchParams.get("state")).toBe("s1");
    const given = await connect(emulator);
    expect(given).toMatchObject({ token_type: "Bearer", expires_in: 86_400, scope: "public_api" });
    expect((await bearer(emulator, given.access_token)("/teams")).status).toBe(200);
    clock.set(clock.now() + 86_400_000);
    expect((await bearer(emulator, given.access_token)("/teams")).status).toBe(401);
  });

  it("F41 refreshes once with each token: of two at once one gets 400", async () => {
    const { emulator } = setUpFathom();
    const { refresh_token = "" } = await connect(emulator);
    const again = () => token(emulator, { grant_type: "refresh_token", refresh_token });
    const [first, second] = await Promise.all([again(), again()]);
    expect([first.status, second.status]).toEqual([200, 400]);
    expect(second.body).toEqual({ error: "invalid_grant" });
    expect((await bearer(emulator, first.body.access_token)("/teams")).status).toBe(200);
  });

  it("F41 refreshes again for as long as it is told", async () => {
    const { clock, emulator } = setUpFathom({ behaviour: { refreshGraceMs: 5_000 } });
    const { refresh_token = "" } = await connect(emulator);
    const again = async () => (await token(emulator, { grant_type: "refresh_token", refresh_token })).status;
    expect([await again(), await again()]).toEqual([200, 200]);
    clock.set(clock.now() + 5_000);
    expect(await again()).toBe(400);
  });

  it("is not let in without its scope, its secret, its code or its address", async () => {
    const { clock, emulator } = setUpFathom();
    expect((await consentTo(emulator, { client_id: "other" })).status).toBe(400);
    expect((await consentTo(emulator, { scope: "all" })).back.searchParams.get("error")).toBe(
      "invalid_scope",
    );
    emulator.consent = { approve: false };
    expect((await consentTo(emulator)).back.searchParams.get("error")).toBe("access_denied");
    emulator.consent = { approve: true };
    const fresh = async () => (await consentTo(emulator)).back.searchParams.get("code") ?? "";
    const exchange = async (code: string, more = {}) =>
      (await token(emulator, { grant_type: "authorization_code", code, redirect_uri: REDIRECT, ...more }))
        .status;
    expect(await exchange(await fresh(), { client_secret: "wrong" })).toBe(401);
    expect(await exchange(await fresh(), { redirect_uri: `${REDIRECT}/2` })).toBe(400);
    const code = await fresh();
    expect([await exchange(code), await exchange(code)]).toEqual([200, 400]);
    const old = await fresh();
    clock.set(clock.now() + 600_000);
    expect(await exchange(old)).toBe(400);
    expect((await token(emulator, { grant_type: "password" })).body).toEqual({
      error: "unsupported_grant_type",
    });
  });

  it("F42 loses its tokens when a person takes them away; keys stay", async () => {
    const { account, ask, emulator } = setUpFathom();
    const { access_token, refresh_token = "" } = await connect(emulator);
    account.deauthorize();
    expect((await bearer(emulator, access_token)("/teams")).status).toBe(401);
    expect((await token(emulator, { grant_type: "refresh_token", refresh_token })).status).toBe(400);
    expect((await ask("/teams")).status).toBe(200);
  });
});

describe("limits", () => {
  it("F20 are 60 a minute, told on every answer", async () => {
    const { ask, clock } = setUpFathom({ limits: {} });
    const answers: FathomAnswer[] = [];
    for (let i = 0; i < 61; i++) answers.push(await ask("/teams"));
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(1);
    const told = (i: number) =>
      ["limit", "remaining", "reset"].map((name) => answers[i]?.headers.get(`ratelimit-${name}`));
    expect(told(0)).toEqual(["60", "59", "60"]);
    expect(told(60)).toEqual(["60", "0", "60"]);
    expect(answers[60]?.headers.get("retry-after")).toBeNull();
    clock.set(clock.now() + 60_000);
    expect((await ask("/teams")).status).toBe(200);
  });

  it("are 30 a minute for what is heavy, of each person's credential", async () => {
    const { account, ask, emulator } = setUpFathom({ limits: {} });
    const { recordingId } = account.record();
    const statuses = [];
    for (let i = 0; i < 31; i++) statuses.push((await ask(`/recordings/${recordingId}/summary`)).status);
    expect(statuses.indexOf(429)).toBe(30);
    expect((await ask("/meetings?include_transcript=true")).status).toBe(429);
    expect((await ask("/meetings")).status).toBe(200);
    const app = fathomAsker(emulator, { authorization: `Bearer ${account.issueAccessToken()}` });
    expect((await app(`/recordings/${recordingId}/summary`)).status).toBe(200);
  });

  it("F21 can be kept secret", async () => {
    const { ask } = setUpFathom({ limits: { requests: 1 }, behaviour: { limitHeaders: false } });
    await ask("/teams");
    const { headers, status } = await ask("/teams");
    expect([status, headers.get("ratelimit-remaining")]).toEqual([429, null]);
  });

  it("say how long a full read takes at least", async () => {
    const { account, all, emulator } = setUpFathom({ limits: { heavy: 2 }, latency: { medianMs: 0 } });
    const separate = emulator.theoretical({ inline: false });
    const meetings = (await all()).length;
    expect(separate.byKind).toMatchObject({ meetings: Math.ceil(meetings / 10) });
    expect(separate.seconds).toBe(
      (Math.ceil(((separate.byKind.transcript ?? 0) + (separate.byKind.summary ?? 0)) / 2) - 1) * 60,
    );
    expect(emulator.theoretical().requests).toBe(Math.ceil(meetings / 10));
    expect(account.theoretical({ from: Number.MAX_SAFE_INTEGER }).requests).toBe(1);
  });
});
