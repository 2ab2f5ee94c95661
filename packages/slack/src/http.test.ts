import { describe, expect, it } from "vitest";
import { API_ORIGIN, http } from "./http.ts";

const definition = http(API_ORIGIN, "internal");
const verdict = (body: unknown, { status = 200, headers = {}, path = "/api/users.info" } = {}) =>
  definition.classify({ path, status, headers: new Headers(headers), body });

describe("what an answer of Slack's means", () => {
  it.each([
    "invalid_auth",
    "account_inactive",
    "token_revoked",
    "not_authed",
    "token_expired",
    "org_login_required",
    "team_access_not_granted",
  ])("%s with status 200: the token is no longer good", (error) => {
    expect(verdict({ ok: false, error })).toEqual({ kind: "unauthorized" });
  });

  it.each(["ratelimited", "rate_limited"])("%s blocks that method, for as long as Slack says", (error) => {
    const limited = { kind: "rate_limited", budget: "users.info", retryAfterMs: 30_000 };
    const headers = { "retry-after": "30" };
    expect(verdict({ ok: false, error }, { headers })).toEqual(limited);
    expect(verdict({ ok: false, error }, { headers, status: 429 })).toEqual(limited);
  });

  it.each(["internal_error", "fatal_error", "request_timeout", "service_unavailable"])(
    "%s can pass",
    (error) => {
      expect(verdict({ ok: false, error })).toEqual({ kind: "retry" });
    },
  );

  it("missing_scope names what is needed", () => {
    const body = { ok: false, error: "missing_scope", needed: "chat:write,groups:read", provided: "" };
    expect(verdict(body)).toEqual({ kind: "missing_scope", scopes: ["chat:write", "groups:read"] });
  });

  it.each([
    [{ ok: true }, 200, "ok"],
    [undefined, 200, "ok"],
    [{ ok: false, error: "channel_not_found" }, 200, "failed"],
    [{ ok: false, error: "token_expired" }, 401, "unauthorized"],
    [undefined, 404, "failed"],
    [undefined, 503, "retry"],
  ])("%j with status %i is %s", (body, status, kind) => {
    expect(verdict(body, { status })).toMatchObject({ kind });
  });

  it("its word for a failure is the reason, and a dead cursor's the one that core knows", () => {
    const reason = (error: string) =>
      definition.describe?.({ status: 200, headers: new Headers(), body: { ok: false, error } }).reason;
    expect(reason("channel_not_found")).toBe("channel_not_found");
    expect(reason("invalid_cursor")).toBe("cursor_expired");
  });
});

describe("how often Slack may be asked", () => {
  it.each([
    ["internal", 50],
    ["marketplace", 50],
    ["unlisted", 1],
  ] as const)(
    "an app that is %s reads history and threads %i times a minute, each by itself",
    (kind, limit) => {
      const { budgets, budgetsOf } = http(API_ORIGIN, kind);
      for (const method of ["conversations.history", "conversations.replies"]) {
        expect(budgets).toContainEqual({ name: method, limit, windowMs: 60_000 });
        expect(budgetsOf?.({ method: "GET", path: `/api/${method}` })).toEqual([method]);
      }
    },
  );
});
