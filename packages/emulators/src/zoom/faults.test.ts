import { describe, expect, it } from "vitest";
import { inPath, setUpZoom, zoomAsker } from "../../test/zoom-requests.ts";
import type { FaultEffect } from "../index.ts";

const LIST = "/v2/users/me/recordings?from=2026-08-01&to=2026-08-31&page_size=2";

function struck(effect: FaultEffect, kind = "recordings", options = {}) {
  const setup = setUpZoom({ ...options });
  setup.emulator.faults.add({ match: { kind }, times: 1, effect });
  return setup;
}

describe("faults", () => {
  it.each([
    ["F20", { type: "status", status: 429, retryAfter: 3 }, 429, "3"],
    ["F21", { type: "status", status: 429 }, 429, null],
    ["F23", { type: "status", status: 502 }, 502, null],
  ] as const)("%s strike once with a status", async (_, effect, status, retryAfter) => {
    const { ask } = struck(effect);
    const answer = await ask(LIST);
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([status, retryAfter]);
    expect(answer.body).toMatchObject({ code: status });
    expect((await ask(LIST)).status).toBe(200);
  });

  it("F26 cut an answer, or put a page of a proxy in its place", async () => {
    const cut = struck({ type: "truncate" });
    await expect(cut.ask(LIST)).rejects.toThrow(SyntaxError);
    const page = await struck({ type: "html" }).ask(LIST);
    expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html;charset=utf-8"]);
  });

  it("F26 answer with a page instead of a transcript", async () => {
    const { account, ask } = struck({ type: "html" }, "download");
    const { body } = await ask(`/v2/meetings/${inPath(account.hold().uuid)}/transcript`);
    expect((await ask(body.download_url)).body).toContain("<!doctype html>");
    expect((await ask(body.download_url)).body).toMatch(/^WEBVTT/);
  });

  it.each([
    ["no-id", (one: Record<string, unknown>) => expect(one.uuid).toBeUndefined()],
    ["id-number", (one: Record<string, unknown>) => expect(one.uuid).toBe(7)],
    ["properties-null", (one: Record<string, unknown>) => expect(one.recording_files).toBeNull()],
    ["wrong-types", (one: Record<string, unknown>) => expect(one.topic).toEqual(["not", "text"])],
    ["bad-date", (one: Record<string, unknown>) => expect(one.start_time).toBe("soon")],
    ["not-an-object", (one: unknown) => expect(typeof one).toBe("string")],
  ] as const)("F27 malform one record: %s", async (how, check) => {
    const { ask } = struck({ type: "malformedRecord", how });
    const { body } = await ask(LIST);
    check(body.meetings[0]);
    expect(body.meetings[1].uuid).toMatch(/==$/);
  });

  it("F28 repeat a cursor", async () => {
    const { ask } = struck({ type: "repeatCursor" }, "users");
    const first = (await ask("/v2/users?page_size=2")).body.next_page_token;
    expect(first).not.toBe("");
    const setup = setUpZoom();
    const token = (await setup.ask("/v2/users?page_size=2")).body.next_page_token;
    setup.emulator.faults.add({ match: { kind: "users" }, effect: { type: "repeatCursor" } });
    expect((await setup.ask(`/v2/users?page_size=2&next_page_token=${token}`)).body.next_page_token).toBe(
      token,
    );
  });

  it("F29 forget a cursor", async () => {
    const setup = setUpZoom();
    const token = (await setup.ask("/v2/users?page_size=2")).body.next_page_token;
    setup.emulator.faults.add({ match: { kind: "users" }, times: 1, effect: { type: "expireCursor" } });
    const next = () => setup.ask(`/v2/users?page_size=2&next_page_token=${token}`);
    expect([(await next()).status, (await next()).status]).toEqual([400, 200]);
  });

  it("F30 change meetings behind the reader", async () => {
    const { ask, emulator } = struck({ type: "drift", edits: 3, creations: 2, deletions: 1 });
    const before = emulator.snapshot();
    await ask(LIST);
    const after = emulator.snapshot();
    expect(after.meetings.size).toBe(before.meetings.size + 2);
    const trashed = (one: typeof before) =>
      [...one.meetings.values()].filter(({ recording }) => recording === "trashed").length;
    expect(trashed(after)).toBe(trashed(before) + 1);
  });

  it("F35 pad a page", async () => {
    const { ask } = struck({ type: "hugePage", bytes: 1_000_000 });
    expect((await ask(LIST)).body.meetings[0].topic).toHaveLength(1_000_000);
  });

  it("T22 hide a bomb in a transcript", async () => {
    const { account, emulator, token } = struck({ type: "gzipBomb", bytes: 10_000_000 }, "download");
    const { body } = await zoomAsker(
      emulator,
      token,
    )(`/v2/meetings/${inPath(account.hold().uuid)}/transcript`);
    const headers = { authorization: `Bearer ${token}` };
    const answer = await emulator.fetch(new Request(body.download_url, { headers }));
    expect(answer.headers.get("content-encoding")).toBe("gzip");
    expect((await answer.arrayBuffer()).byteLength).toBeLessThan(20_000);
  });

  it("F40 let a token expire early", async () => {
    const { ask } = struck({ type: "expiredToken" });
    expect(await ask(LIST)).toMatchObject({ status: 401, body: { code: 124 } });
  });

  it("F42 say that a grant is dead, and F43 that the token endpoint is down", async () => {
    const { emulator } = struck({ type: "invalidGrant" }, "token");
    const ask = () =>
      emulator.fetch(new Request("https://zoom.us/oauth/token", { method: "POST", body: "" }));
    const dead = await ask();
    expect([dead.status, await dead.json()]).toEqual([
      400,
      { reason: "Invalid Token!", error: "invalid_grant" },
    ]);
    emulator.faults.add({ match: { kind: "token" }, effect: { type: "status", status: 503 } });
    expect((await ask()).status).toBe(503);
  });

  it("F24 cut a transcript in the middle", async () => {
    const { account, emulator, token } = setUpZoom();
    const { body } = await zoomAsker(
      emulator,
      token,
    )(`/v2/meetings/${inPath(account.hold().uuid)}/transcript`);
    emulator.faults.add({ match: { kind: "download" }, effect: { type: "reset" } });
    const headers = { authorization: `Bearer ${token}` };
    const answer = await emulator.fetch(new Request(body.download_url, { headers }));
    await expect(answer.text()).rejects.toThrow("reset");
  });

  it("F27 are counted by what the transcript's request is about", async () => {
    const { account, ask, emulator } = setUpZoom();
    const { uuid } = account.hold();
    const { body } = await ask(`/v2/meetings/${inPath(uuid)}/transcript`);
    await ask(body.download_url);
    expect(emulator.ledger.find({ kind: "download" })).toMatchObject([
      { subject: uuid, objectType: "TRANSCRIPT", status: 200 },
    ]);
    expect(emulator.ledger.find({ kind: "transcript" })).toMatchObject([{ subject: uuid, account: 1 }]);
  });
});

it("F34 runs by its own clock, told in the date of every answer", async () => {
  const { ask, clock } = setUpZoom();
  clock.set(Date.UTC(2027, 0, 1));
  expect((await ask("/v2/users/me")).headers.get("date")).toBe("Fri, 01 Jan 2027 00:00:00 GMT");
});

it("changes the same meetings for the same seed", () => {
  const make = () => setUpZoom().account.mutate({ seed: 4, edits: 3, creations: 2, deletions: 2 });
  const report = make();
  expect(report).toEqual(make());
  expect([report.edited.length, report.created.length, report.deleted.length]).toEqual([3, 2, 2]);
});

it.each(["/v2/nothing", "/v3/users/me", "/v2/users/me/recordings/more"])("knows no %s", async (path) => {
  const { ask } = setUpZoom();
  expect((await ask(path)).status).toBe(404);
});

it("F45 refuses a request without a token, and one with a wrong one", async () => {
  const { emulator } = setUpZoom();
  const bare = await emulator.fetch(new Request("https://api.zoom.us/v2/users/me"));
  expect([bare.status, await bare.json()]).toMatchObject([401, { code: 200 }]);
  expect((await zoomAsker(emulator, "x")("/v2/users/me")).body).toMatchObject({ code: 124 });
});
