import { describe, expect, it } from "vitest";
import { retryAfterMs } from "./retry-after.ts";

const now = Date.UTC(2026, 10, 21, 12, 0, 0);
const at = (ms: number) => new Date(now + ms).toUTCString();

describe("Retry-After", () => {
  it.each<[string, Record<string, string>, number | undefined]>([
    ["whole seconds", { "retry-after": "7" }, 7_000],
    ["parts of a second", { "retry-after": "0.25" }, 250],
    ["a date, against our clock", { "retry-after": at(9_000) }, 9_000],
    ["a date, against the answer's own", { "retry-after": at(3_609_000), date: at(3_600_000) }, 9_000],
    ["a date that has passed", { "retry-after": at(-5_000) }, 0],
    ["nothing", {}, undefined],
    ["an empty text", { "retry-after": "" }, undefined],
    ["a negative number", { "retry-after": "-1" }, undefined],
    ["words", { "retry-after": "soon" }, undefined],
    ["an ISO date, which the header has not", { "retry-after": "2026-11-21T12:00:00Z" }, undefined],
  ])("F20 is read as %s", (_, headers, expected) => {
    expect(retryAfterMs(new Headers(headers), now)).toBe(expected);
  });
});
