import type { VendorAnswer, Verdict } from "@halo/core";
import { describe, expect, it } from "vitest";
import { http } from "./http.ts";

const definition = http("https://api.hubapi.com");
const answer = (status: number, body: unknown = {}, headers: Record<string, string> = {}) => ({
  status,
  body,
  headers: new Headers(headers),
});

describe("budgetsOf", () => {
  it.each([
    ["/crm/objects/2026-09/contacts/search", ["search"]],
    ["/crm/objects/2026-09/contacts", ["burst"]],
    ["/crm/objects/2026-09/contacts?limit=100", ["burst"]],
    ["/crm/associations/2026-09/deals/contacts/batch/read", ["burst", "associations"]],
    ["/form-integrations/v1/submissions/forms/a-search", ["burst"]],
  ])("draws for %s on %j", (path, budgets) => {
    expect(definition.budgetsOf?.({ method: "GET", path })).toEqual(budgets);
  });
});

describe("budgetFromHeaders", () => {
  it("takes the true limit of the account", () => {
    const headers = new Headers({
      "x-hubspot-ratelimit-max": "190",
      "x-hubspot-ratelimit-remaining": "0",
      "x-hubspot-ratelimit-interval-milliseconds": "10000",
    });
    expect(definition.budgetFromHeaders?.(headers)).toEqual({
      name: "burst",
      limit: 190,
      remaining: 0,
      windowMs: 10_000,
    });
  });

  it.each([{}, { "x-hubspot-ratelimit-max": "many" }])("knows nothing from %j", (headers) => {
    expect(definition.budgetFromHeaders?.(new Headers(headers as Record<string, string>))).toBeUndefined();
  });
});

describe("classify", () => {
  const scopes = [{ context: { requiredGranularScopes: ["forms", "sales-email-read"] } }];
  const cases: readonly (readonly [VendorAnswer, Verdict])[] = [
    [answer(200), { kind: "ok" }],
    [answer(207), { kind: "ok" }],
    [answer(401), { kind: "unauthorized" }],
    [
      answer(403, { category: "MISSING_SCOPES", errors: scopes }),
      { kind: "missing_scope", scopes: ["forms", "sales-email-read"] },
    ],
    [answer(403, { category: "BANNED" }), { kind: "failed" }],
    [answer(400), { kind: "failed" }],
    [answer(404), { kind: "failed" }],
    [answer(409), { kind: "failed" }],
    [answer(423), { kind: "retry", retryAfterMs: 2_000 }],
    [answer(477, {}, { "retry-after": "86400" }), { kind: "retry", retryAfterMs: 86_400_000 }],
    ...[500, 502, 503, 504, 521, 523, 524].map((status): readonly [VendorAnswer, Verdict] => [
      answer(status),
      { kind: "retry" },
    ]),
    [answer(503, "<html>"), { kind: "retry" }],
    [answer(429, { policyName: "TEN_SECONDLY_ROLLING" }), { kind: "rate_limited" }],
    [
      answer(429, { policyName: "SECONDLY" }),
      { kind: "rate_limited", budget: "search", retryAfterMs: 1_000 },
    ],
    [answer(429, { policyName: "DAILY" }), { kind: "rate_limited", retryAfterMs: 3_600_000 }],
    [answer(429, "slow down"), { kind: "rate_limited" }],
  ];
  it.each(cases)("understands answer %#", (given, verdict) => {
    expect(definition.classify(given)).toEqual(verdict);
  });

  it.each([
    [{ "retry-after": "7" }, 7_000],
    [{ "retry-after": "Sat, 21 Nov 2026 12:00:30 GMT", date: "Sat, 21 Nov 2026 12:00:00 GMT" }, 30_000],
    [{ "retry-after": "Sat, 21 Nov 2026 11:00:00 GMT", date: "Sat, 21 Nov 2026 12:00:00 GMT" }, 0],
    [{ "retry-after": "soon" }, undefined],
  ])("F20 waits as Retry-After says: %j", (headers, retryAfterMs) => {
    const verdict = definition.classify(answer(429, {}, headers as unknown as Record<string, string>));
    expect(verdict).toEqual({ kind: "rate_limited", ...(retryAfterMs !== undefined && { retryAfterMs }) });
  });
});

describe("describe", () => {
  it("names the vendor's id and its word for the failure", () => {
    const body = { category: "VALIDATION_ERROR", correlationId: "a-1", message: "jane@example.com is taken" };
    expect(definition.describe?.(answer(400, body))).toEqual({
      requestId: "a-1",
      reason: "VALIDATION_ERROR",
    });
  });

  const list = JSON.stringify([
    {
      isValid: false,
      message: "won was not one of the allowed options",
      error: "INVALID_OPTION",
      name: "dealstage",
    },
  ]);
  it.each([
    [
      { errors: [{ code: "PROPERTY_DOESNT_EXIST", context: { propertyName: ["nick"] } }] },
      "PROPERTY_DOESNT_EXIST:nick",
    ],
    [{ message: `Property values were not valid: ${list}` }, "INVALID_OPTION:dealstage"],
    [{ message: "Property values were not valid: [jane@example.com]" }, "VALIDATION_ERROR"],
    [
      { message: `Property values were not valid: ${list.replace("dealstage", "jane doe")}` },
      "VALIDATION_ERROR",
    ],
    [{ errors: [{ code: "INVALID_OPTION" }] }, "VALIDATION_ERROR"],
  ])("names the property that was refused, and HubSpot's code: %j", (more, reason) => {
    const body = { category: "VALIDATION_ERROR", ...more };
    expect(definition.describe?.(answer(400, body))).toEqual({ reason });
  });

  it("T17 lets no sentence through, since it may hold a customer's text", () => {
    const body = { category: "Contact jane@example.com exists", correlationId: "not an id" };
    expect(definition.describe?.(answer(400, body))).toEqual({});
  });
});
