import { describe, expect, it } from "vitest";
import { setUpStripe, stripeAsker } from "../../test/stripe-requests.ts";
import type { StripeEmulatorOptions } from "./options.ts";

const MINUTE = 60_000;

const set = (options: StripeEmulatorOptions = {}) => {
  const made = setUpStripe(options);
  const { emulator } = made;
  const visit = async (query: object = {}, path = "/oauth/v2/authorize") => {
    const all = {
      client_id: emulator.clientId,
      redirect_uri: "https://halo.example.com/cb",
      state: "s1",
      ...query,
    };
    const page = await emulator.fetch(
      new Request(`https://marketplace.stripe.com${path}?${new URLSearchParams(all)}`, {
        redirect: "manual",
      }),
    );
    const location = page.headers.get("location");
    return { status: page.status, back: location === null ? undefined : new URL(location).searchParams };
  };
  const token = async (params: Record<string, string>, key = emulator.secretKeys.test) => {
    const answer = await emulator.fetch(
      new Request("https://api.stripe.com/v1/oauth/token", {
        method: "POST",
        headers: { authorization: `Basic ${Buffer.from(`${key}:`).toString("base64")}` },
        body: new URLSearchParams(params),
      }),
    );
    return { status: answer.status, body: (await answer.json()) as Record<string, string> };
  };
  const exchange = async (query: object = {}, key?: string) => {
    const { back } = await visit(query);
    return token({ grant_type: "authorization_code", code: back?.get("code") ?? "" }, key);
  };
  const refresh = (refresh_token = "", key?: string) =>
    token({ grant_type: "refresh_token", refresh_token }, key);
  const reads = async (key = "") => (await stripeAsker(emulator, key)("GET", "/v1/customers")).status;
  return { ...made, visit, token, exchange, refresh, reads };
};

describe("installing the app", () => {
  it("T10 comes back with the state and a code that gives tokens of the account", async () => {
    const { emulator, exchange, reads, visit } = set();
    const { back, status } = await visit();
    expect([status, back?.get("state")]).toEqual([302, "s1"]);
    const { body } = await exchange();
    expect(body).toMatchObject({
      livemode: false,
      scope: "stripe_apps",
      stripe_user_id: emulator.account.id,
      token_type: "bearer",
      stripe_publishable_key: expect.stringMatching(/^pk_test_/),
    });
    expect("expires_in" in body).toBe(false);
    expect(await reads(body.access_token)).toBe(200);
    const ask = stripeAsker(emulator, body.access_token ?? "");
    expect((await ask("GET", "/v1/account")).body.id).toBe(emulator.account.id);
  });

  it("links may name a channel", async () => {
    const { visit } = set();
    expect((await visit({}, "/oauth/v2/chnlink_1/authorize")).back?.has("code")).toBe(true);
  });

  it("a person who declines comes back without a code", async () => {
    const { emulator, visit } = set();
    emulator.consent = { approve: false };
    const { back } = await visit();
    expect([back?.get("error"), back?.get("state"), back?.has("code")]).toEqual([
      "access_denied",
      "s1",
      false,
    ]);
  });

  it("another client, or no address, gets a page and no redirect", async () => {
    const { visit } = set();
    for (const query of [{ client_id: "ca_other" }, { redirect_uri: "" }]) {
      expect(await visit(query)).toEqual({ status: 400, back: undefined });
    }
  });

  it("a code is good once, for five minutes, in its own mode", async () => {
    const { clock, emulator, token, visit } = set();
    const code = async () => (await visit()).back?.get("code") ?? "";
    const use = (value: string, key?: string) =>
      token({ grant_type: "authorization_code", code: value }, key);
    const once = await code();
    expect((await use(once)).status).toBe(200);
    expect((await use(once)).body.error).toBe("invalid_grant");
    const live = await code();
    expect((await use(live, emulator.secretKeys.live)).body.error).toBe("invalid_grant");
    const late = await code();
    await clock.advance(5 * MINUTE);
    expect((await use(late)).body.error).toBe("invalid_grant");
  });

  it("in live mode reads what is live", async () => {
    const { emulator, exchange } = set();
    emulator.consent = { approve: true, mode: "live" };
    const { body } = await exchange({}, emulator.secretKeys.live);
    expect(body.livemode).toBe(true);
    const { body: list } = await stripeAsker(emulator, body.access_token ?? "")("GET", "/v1/customers");
    expect(list.data[0].livemode).toBe(true);
  });

  it("of one account gives nothing of another", async () => {
    const { emulator, exchange } = set();
    const other = emulator.addAccount({ seed: 6 });
    emulator.consent = { approve: true, accountId: other.id };
    const { body } = await exchange();
    expect(body.stripe_user_id).toBe(other.id);
    const ask = stripeAsker(emulator, body.access_token ?? "");
    expect((await ask("GET", "/v1/account")).body.id).toBe(other.id);
    const headers = { "stripe-account": emulator.account.id };
    expect((await ask("GET", "/v1/account", {}, headers)).body.error.code).toBe("account_invalid");
  });
});

describe("tokens", () => {
  it("F39 live an hour; a refresh token is used up by its exchange", async () => {
    const { clock, exchange, reads, refresh } = set();
    const { body } = await exchange();
    await clock.advance(60 * MINUTE - 1);
    expect(await reads(body.access_token)).toBe(200);
    await clock.advance(1);
    expect(await reads(body.access_token)).toBe(401);
    const young = await refresh(body.refresh_token);
    expect(await reads(young.body.access_token)).toBe(200);
    expect(young.body.refresh_token).not.toBe(body.refresh_token);
    const again = await refresh(body.refresh_token);
    expect([again.status, again.body.error]).toEqual([400, "invalid_grant"]);
    expect((await refresh(young.body.refresh_token)).status).toBe(200);
  });

  it("F39 a refresh token lives a year", async () => {
    const { clock, exchange, refresh } = set();
    const { body } = await exchange();
    await clock.advance(365 * 24 * 60 * MINUTE);
    expect((await refresh(body.refresh_token)).body.error).toBe("invalid_grant");
  });

  it("ask for the developer's key of the same mode", async () => {
    const { emulator, exchange, refresh } = set();
    const { body } = await exchange();
    expect((await refresh(body.refresh_token, "sk_test_other")).body.error).toBe("invalid_client");
    expect((await refresh(body.refresh_token, emulator.secretKeys.live)).body.error).toBe("invalid_grant");
    expect((await refresh(body.refresh_token)).status).toBe(200);
    const { token } = set();
    expect((await token({ grant_type: "password" })).body.error).toBe("unsupported_grant_type");
  });

  it("F40 die with the app's removal, refresh tokens too", async () => {
    const { emulator, exchange, reads, refresh } = set();
    const { body } = await exchange();
    emulator.account.uninstall();
    expect(await reads(body.access_token)).toBe(401);
    expect((await refresh(body.refresh_token)).body.error).toBe("invalid_grant");
    const fresh = await exchange();
    expect(await reads(fresh.body.access_token)).toBe(200);
  });

  it("a restarted emulator of the same seed still knows them", async () => {
    const { exchange } = set();
    const { body } = await exchange();
    const later = set();
    expect(await later.reads(body.access_token)).toBe(200);
    expect(await set({ seed: 6 }).reads(body.access_token)).toBe(401);
  });

  it("may what the app's manifest says", async () => {
    const { emulator, exchange } = set({ appPermissions: ["customer_read"] });
    const { body } = await exchange();
    const ask = stripeAsker(emulator, body.access_token ?? "");
    expect((await ask("GET", "/v1/customers")).status).toBe(200);
    expect((await ask("GET", "/v1/account")).status).toBe(403);
    expect((await ask("GET", "/v1/invoices")).status).toBe(403);
  });
});
