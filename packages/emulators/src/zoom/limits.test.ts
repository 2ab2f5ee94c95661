import { describe, expect, it } from "vitest";
import { setUpZoom, zoomAsker } from "../../test/zoom-requests.ts";
import { ZOOM_LIMITS } from "./limits.ts";

const many = async (ask: ReturnType<typeof zoomAsker>, path: string, count: number) => {
  const answers = [];
  for (let i = 0; i < count; i++) answers.push(await ask(path));
  return answers;
};

describe("limits", () => {
  it("are the vendor's, by plan", () => {
    expect(ZOOM_LIMITS.free.light).toEqual({ max: 4, windowMs: 1_000, perDay: 6_000 });
    expect(ZOOM_LIMITS.pro.medium).toEqual({ max: 20, windowMs: 1_000 });
    expect(ZOOM_LIMITS.business.heavy).toEqual({ max: 40, windowMs: 1_000 });
    expect(ZOOM_LIMITS.business["resource-intensive"].max).toBe(20);
  });

  it("F20 of a second are told on every answer, and when they end on the refusal", async () => {
    const { ask, clock } = setUpZoom({ limits: {}, plan: "free" });
    const answers = await many(ask, "/v2/users/me", 5);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 429]);
    expect(answers.map(({ headers }) => headers.get("x-ratelimit-remaining"))).toEqual([
      "3",
      "2",
      "1",
      "0",
      "0",
    ]);
    const refused = answers[4];
    expect(refused?.body).toMatchObject({ code: 429, message: expect.stringContaining("per-second") });
    expect(refused?.headers.get("x-ratelimit-category")).toBe("Light");
    expect(refused?.headers.get("x-ratelimit-type")).toBe("QPS");
    expect(refused?.headers.get("x-ratelimit-reset")).toBe(String(clock.now() / 1_000 + 1));
    expect(refused?.headers.get("retry-after")).toBeNull();
    clock.set(clock.now() + 1_000);
    expect((await ask("/v2/users/me")).status).toBe(200);
  });

  it("F20 of a day end at a date-time", async () => {
    const limits = { light: { max: 100, windowMs: 1_000, perDay: 2 } };
    const { account, ask, clock, emulator } = setUpZoom({ limits });
    const [, , refused] = await many(ask, "/v2/users/me", 3);
    expect(refused?.body.message).toContain("daily");
    expect(refused?.headers.get("x-ratelimit-type")).toBe("Daily-limit");
    expect(refused?.headers.get("retry-after")).toBe("2026-11-22T00:00:00Z");
    clock.set(Date.UTC(2026, 10, 22));
    const again = zoomAsker(emulator, account.issueAccessToken());
    expect((await again("/v2/users/me")).status).toBe(200);
  });

  it("count each label apart, and all apps of an account together, but not other accounts", async () => {
    const { account, ask, emulator } = setUpZoom({ limits: {}, plan: "free" });
    const other = emulator.addAccount({ seed: 8 });
    await many(ask, "/v2/users/me", 4);
    const again = zoomAsker(emulator, account.issueAccessToken());
    expect((await again("/v2/users/me")).status).toBe(429);
    expect((await ask("/v2/users")).status).toBe(200);
    expect((await zoomAsker(emulator, other.issueAccessToken())("/v2/users/me")).status).toBe(200);
  });

  it("of heavy requests are shared within a day", async () => {
    const { account, ask } = setUpZoom({ limits: { heavyPerDay: 1 } });
    const { uuid } = account.hold();
    const path = `/v2/report/meetings/${encodeURIComponent(encodeURIComponent(uuid))}/participants`;
    expect((await many(ask, path, 2)).map(({ status }) => status)).toEqual([200, 429]);
  });

  it("do not count downloads or tokens", async () => {
    const { emulator, token } = setUpZoom({ limits: {}, plan: "free" });
    const ask = zoomAsker(emulator, token);
    const answers = await many(ask, "/rec/download/none", 9);
    expect(answers.map(({ status }) => status)).not.toContain(429);
  });
});

describe("the fewest requests", () => {
  it("of a full read are a window a month and person, one for each meeting's people and transcript", () => {
    const { account, emulator } = setUpZoom({ limits: {}, size: { users: 3, meetings: 30 } });
    const { byKind, requests } = emulator.theoretical();
    const live = [...account.snapshot().meetings.values()].filter(({ recording }) => recording === "live");
    expect(byKind).toMatchObject({ user: 1, users: 1, participants: live.length });
    expect(byKind.download).toBe(live.filter(({ isPrivate, vtt }) => vtt !== undefined && !isPrivate).length);
    expect(requests).toBe(Object.values(byKind).reduce((sum, count) => sum + count, 0));
  });

  it("take as long as the limit makes them", () => {
    const { emulator } = setUpZoom({ limits: {}, plan: "free", latency: { medianMs: 50 } });
    const { byKind, seconds } = emulator.theoretical();
    const medium = (byKind.users ?? 0) + (byKind.recordings ?? 0) + (byKind.participants ?? 0);
    expect(seconds).toBe(Math.ceil(medium / 2) - 1 + 0.05);
    const free = setUpZoom({ limits: "none" });
    expect(free.emulator.theoretical().seconds).toBe(0);
  });
});
