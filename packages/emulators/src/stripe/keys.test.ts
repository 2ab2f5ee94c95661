import { describe, expect, it } from "vitest";
import { setUpStripe, stripeAsker } from "../../test/stripe-requests.ts";
import { stripeEmulator } from "./emulator.ts";

describe("keys", () => {
  it("their prefix tells kind and mode, and the same grant has the same key", () => {
    const { emulator } = setUpStripe();
    const again = stripeEmulator({ seed: 5 });
    for (const [options, prefix] of [
      [{}, "sk_test_51"],
      [{ mode: "live" }, "sk_live_51"],
      [{ permissions: ["customer_read"] }, "rk_test_51"],
      [{ permissions: ["customer_read"], mode: "live" }, "rk_live_51"],
    ] as const) {
      const key = emulator.issueKey(options);
      expect(key.startsWith(prefix)).toBe(true);
      expect(again.issueKey(options)).toBe(key);
    }
    expect(emulator.issueKey({ permissions: ["charge_read"] })).not.toBe(
      emulator.issueKey({ permissions: ["customer_read"] }),
    );
    again.close();
  });

  it("come as bearer or as the user of Basic", async () => {
    const { emulator, key } = setUpStripe();
    const basic = `Basic ${Buffer.from(`${key}:`).toString("base64")}`;
    const request = (authorization: string) =>
      emulator.fetch(new Request("https://api.stripe.com/v1/account", { headers: { authorization } }));
    expect((await request(basic)).status).toBe(200);
    expect((await request(`Digest ${key}`)).status).toBe(401);
  });

  it.each([
    ["none", undefined, undefined],
    ["an unknown one", "sk_test_nobody", undefined],
    ["a publishable one", "pk_test_51abc", "secret_key_required"],
  ])("F38 %s is refused with 401", async (_, key, code) => {
    const { emulator } = setUpStripe();
    const answer = await emulator.fetch(
      new Request("https://api.stripe.com/v1/account", {
        ...(key && { headers: { authorization: `Bearer ${key}` } }),
      }),
    );
    const { error } = (await answer.json()) as { error: { type: string; code?: string; message: string } };
    expect([answer.status, error.type, error.code]).toEqual([401, "invalid_request_error", code]);
    if (key) expect(error.message).not.toContain(key);
  });

  it("F38 a revoked one is unknown, an expired one says so", async () => {
    const { ask, emulator, key } = setUpStripe();
    emulator.account.revokeKey(key);
    expect((await ask("GET", "/v1/account")).body.error.message).toMatch(
      /^Invalid API Key provided: sk_test_\*+/,
    );
    emulator.account.revokeKey(key, "expired");
    const { body, status } = await ask("GET", "/v1/account");
    expect([status, body.error.code]).toEqual([401, "api_key_expired"]);
  });

  it("a restricted one may what it names; write includes read; the refusal names what is missing", async () => {
    const { emulator } = setUpStripe();
    const ask = stripeAsker(emulator, emulator.issueKey({ permissions: ["customer_write", "charge_read"] }));
    expect((await ask("GET", "/v1/customers")).status).toBe(200);
    expect((await ask("POST", "/v1/customers", { name: "x" })).status).toBe(200);
    expect((await ask("GET", "/v1/refunds")).status).toBe(200);
    for (const [method, path, permission] of [
      ["POST", "/v1/refunds", "rak_charge_write"],
      ["GET", "/v1/prices", "rak_plan_read"],
      ["GET", "/v1/events", "rak_event_read"],
      ["GET", "/v1/account", "rak_accounts_kyc_basic_read"],
      ["POST", "/v1/webhook_endpoints", "rak_webhook_write"],
    ] as const) {
      const { body, status } = await ask(method, path);
      expect([status, body.error.message]).toEqual([403, expect.stringContaining(`'${permission}'`)]);
    }
    expect(emulator.account.book.tables.refund.rows.every((row) => row.status === "succeeded")).toBe(true);
  });

  it("an account's key has nothing to do with another account", async () => {
    const { ask, emulator } = setUpStripe();
    const other = emulator.addAccount({ seed: 6 });
    for (const path of ["/v1/account", "/v1/customers"]) {
      const { body, status } = await ask("GET", path, {}, { "stripe-account": other.id });
      expect([status, body.error.code]).toEqual([403, "account_invalid"]);
    }
    expect((await ask("GET", `/v1/accounts/${other.id}`)).status).toBe(403);
    expect((await ask("GET", `/v1/accounts/${emulator.account.id}`)).body.id).toBe(emulator.account.id);
  });
});
