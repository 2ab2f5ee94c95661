import { describe, expect, it } from "vitest";
import type { LogFields } from "../ports/logger.ts";
import { redact, redactingLogger, shownPath } from "./redact.ts";

describe("redaction", () => {
  it.each([
    "Authorization: Bearer canary-abcdef-123456",
    "authorization=Basic Y2FuYXJ5OnNlY3JldA==",
    "https://api.acme.test/a?hapikey=canary-abcdef&x=1",
    "https://app.test/callback?code=canary-code-1&state=v1.canary",
    '{"refresh_token":"canary-refresh-1"}',
    "client_secret: canary-secret-1",
    "password='canary-pass'",
    "postgres://halo:canary-pass@db.test/halo",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.canary",
    "pat-eu1-canary00-1111-2222",
    "whsec_canarycanary",
    "xoxb-1234-canary-5678",
    "rk_test_canary00canary",
    "sk_live_canary00canary",
    "Authorization: API-Key canary-abcdef-1",
    '{"x-api-key":"canary-abcdef-1"}',
  ])("T17 %j keeps no credential", (text) => {
    expect(redact(text)).not.toMatch(/canary|Y2Fu/);
    expect(redact(text)).toContain("[secret]");
  });

  it("leaves what is no credential as it is", () => {
    const text = "GET /crm/objects/2026-09/contacts was answered 503 (OVERLOAD), call again in 12 s";
    expect(redact(text)).toBe(text);
  });

  it("T25 takes no longer than its text is long", () => {
    const time = (length: number) => {
      const hostile = ["token=", "bearer ", "eyJ", "//a:", "code ".repeat(2)]
        .map((part) => part.repeat(length))
        .join("");
      const began = performance.now();
      redact(hostile);
      return performance.now() - began;
    };
    time(2_000);
    const best = (length: number) => Math.min(...Array.from({ length: 7 }, () => time(length)));
    expect(best(16_000) / best(8_000)).toBeLessThanOrEqual(2.6);
  });

  it("shows of a path what is a word or an id, and hides the rest", () => {
    const shown = (path: string) => shownPath(new URL(path, "https://a.test"));
    expect(shown("/crm/objects/2026-09/contacts/12345?token=x")).toBe("/crm/objects/2026-09/contacts/12345");
    expect(shown("/contacts/jane.doe@example.com/x")).toBe("/contacts/…/x");
    expect(shown(`/revoke/${"0123456789".repeat(4)}`)).toBe("/revoke/…");
  });

  it("T17 a logger gets redacted text, and one that throws breaks nothing", () => {
    const lines: [string, LogFields | undefined][] = [];
    const sink = {
      debug() {},
      warn() {},
      error() {},
      info: (m: string, f?: LogFields) => void lines.push([m, f]),
    };
    redactingLogger(sink).info("token=canary-1", { url: "?code=canary-2", count: 3 });
    expect(lines).toEqual([["token=[secret]", { url: "?code=[secret]", count: 3 }]]);
    const broken = () => {
      throw new Error("disk full");
    };
    expect(() =>
      redactingLogger({ debug: broken, info: broken, warn: broken, error: broken }).error("x"),
    ).not.toThrow();
  });
});
