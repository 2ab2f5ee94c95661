import { describe, expect, it } from "vitest";
import { API_VERSION, http } from "./http.ts";

const definition = http("https://api.stripe.com");
const classify = (
  status: number,
  error: Record<string, unknown> | undefined,
  headers: Record<string, string> = {},
  path = "/v1/charges",
) =>
  definition.classify({ status, headers: new Headers(headers), path, body: error ? { error } : undefined });

describe("what Stripe's answers mean", () => {
  it.each<[number, Record<string, unknown> | undefined, Record<string, string>, unknown]>([
    [200, undefined, {}, { kind: "ok" }],
    [401, { code: "api_key_expired" }, {}, { kind: "unauthorized" }],
    [
      403,
      { message: "Having the 'rak_charge_read' permission would allow it" },
      {},
      { kind: "missing_scope", scopes: ["rak_charge_read"] },
    ],
    [403, {}, {}, { kind: "missing_scope", scopes: ["charges"] }],
    [429, { code: "rate_limit" }, { "stripe-rate-limited-reason": "global-rate" }, { kind: "rate_limited" }],
    [429, {}, { "stripe-rate-limited-reason": "endpoint-rate" }, { kind: "rate_limited", budget: "charges" }],
    [
      429,
      {},
      { "stripe-rate-limited-reason": "endpoint-concurrency" },
      { kind: "rate_limited", budget: "charges" },
    ],
    [429, {}, {}, { kind: "rate_limited" }],
    [429, { code: "lock_timeout" }, {}, { kind: "retry", retryAfterMs: 500 }],
    [409, { code: "idempotency_key_in_use" }, {}, { kind: "retry" }],
    [409, {}, { "stripe-should-retry": "false" }, { kind: "failed" }],
    [400, { type: "idempotency_error" }, {}, { kind: "failed" }],
    [400, {}, { "stripe-should-retry": "true" }, { kind: "retry" }],
    [402, { type: "card_error" }, {}, { kind: "failed" }],
    [404, { code: "resource_missing" }, {}, { kind: "failed" }],
    [500, undefined, {}, { kind: "retry" }],
    [503, undefined, { "stripe-should-retry": "false" }, { kind: "failed" }],
  ])("F20 F23 %i %j %j", (status, error, headers, verdict) => {
    expect(classify(status, error, headers)).toEqual(verdict);
  });

  it("names the request and Stripe's own word, most exact first", () => {
    const body = {
      error: { type: "card_error", code: "card_declined", decline_code: "do_not_honor", message: "No." },
    };
    const headers = new Headers({ "request-id": "req_1" });
    expect(definition.describe?.({ status: 402, headers, body })).toEqual({
      requestId: "req_1",
      reason: "do_not_honor",
    });
    expect(definition.describe?.({ status: 500, headers: new Headers(), body: undefined })).toEqual({});
  });

  it("an odd path or message names no permission", () => {
    expect(classify(403, { message: "rak_" }, {}, "/v1/%E2%82%AC")).toEqual({
      kind: "missing_scope",
      scopes: [],
    });
  });
});

describe("how Stripe is spoken to", () => {
  it("names the version of the API with every call, and lets a call set no other's credential", () => {
    expect(definition.headers).toEqual({ "Stripe-Version": API_VERSION });
    expect(definition.callHeaders).toEqual(["Idempotency-Key", "Stripe-Version", "Stripe-Account"]);
  });

  it.each([
    ["/v1/customers", ["all", "customers"]],
    ["/v1/customers/cus_1", ["all", "customers"]],
    ["/v1/invoices/in_1/lines", ["all", "invoices"]],
    ["/v1/account", ["all"]],
  ])("%s draws on %j", (path, budgets) => {
    expect(definition.budgetsOf?.({ method: "GET", path })).toEqual(budgets);
  });
});
