import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { setUp } from "../test/requests.ts";
import type { FaultEffect, MalformedRecord } from "./faults.ts";

const LIST = "/crm/objects/2026-09/contacts?limit=5";

/** An emulator in which the next list is hit. */
function hit(effect: FaultEffect) {
  const set = setUp();
  set.emulator.faults.add({ match: { kind: "list" }, times: 1, effect });
  return set;
}

describe("what a fault hits", () => {
  it("is named by kind, method, path, record kind, account and turn, so many times", async () => {
    const { ask, emulator } = setUp();
    const status = { type: "status", status: 503 } as const;
    emulator.faults.add({ match: { kind: "list", objectType: "deals", nth: [2, 4] }, effect: status });
    const statuses = [];
    for (let i = 0; i < 5; i++) {
      await ask("GET", LIST);
      statuses.push((await ask("GET", "/crm/objects/2026-09/deals")).status);
    }
    expect(statuses).toEqual([200, 503, 200, 503, 200]);
    emulator.faults.clear();
    const undo = emulator.faults.add({ match: { path: /owners/, method: "GET" }, times: 2, effect: status });
    expect((await ask("GET", "/crm/owners/2026-09")).status).toBe(503);
    undo();
    expect((await ask("GET", "/crm/owners/2026-09")).status).toBe(200);
    emulator.faults.add({ match: { account: 1 }, effect: status });
    expect((await ask("GET", LIST)).status).toBe(200);
  });

  it("by chance is the same for the same seed", async () => {
    const run = async () => {
      const { ask, emulator } = setUp();
      emulator.faults.add({ match: { probability: 0.3 }, effect: { type: "status", status: 500 } });
      const statuses = [];
      for (let i = 0; i < 40; i++) statuses.push((await ask("GET", LIST)).status);
      return statuses;
    };
    const statuses = await run();
    expect(await run()).toEqual(statuses);
    expect(new Set(statuses)).toEqual(new Set([200, 500]));
  });
});

describe("answers", () => {
  it("F20 F21 a 429 comes with Retry-After in seconds, as a date, or without", async () => {
    for (const retryAfter of [7, "Sat, 21 Nov 2026 00:00:07 GMT", undefined]) {
      const { ask } = hit({ type: "status", status: 429, ...(retryAfter !== undefined && { retryAfter }) });
      const answer = await ask("GET", LIST);
      expect(answer.status).toBe(429);
      expect(answer.body.errorType).toBe("RATE_LIMIT");
      expect(answer.headers.get("retry-after")).toBe(retryAfter === undefined ? null : String(retryAfter));
    }
  });

  it.each([423, 477, 500, 502, 503, 504])("F23 a %i is an answer without work done", async (status) => {
    const { ask, emulator } = hit({ type: "status", status });
    expect((await ask("GET", LIST)).status).toBe(status);
    expect(emulator.ledger.requests.at(-1)).toMatchObject({ executed: false, faults: ["status"], status });
    expect((await ask("GET", LIST)).status).toBe(200);
  });

  it("F12 F13 with `executed` the vendor does the work and says it failed", async () => {
    const { ask, emulator } = setUp();
    emulator.faults.add({
      match: { kind: "create" },
      times: 1,
      effect: { type: "status", status: 504, executed: true },
    });
    const before = emulator.snapshot(["deals"]).records.deals.size;
    const properties = { dealname: "Once", dealstage: "closedwon" };
    expect((await ask("POST", "/crm/objects/2026-09/deals", { properties })).status).toBe(504);
    expect(emulator.snapshot(["deals"]).records.deals.size).toBe(before + 1);
  });

  it("F26 a page is HTML with status 200, or JSON cut in the middle", async () => {
    const html = await hit({ type: "html" }).ask("GET", LIST);
    expect([html.status, html.headers.get("content-type")]).toEqual([200, "text/html;charset=utf-8"]);
    const { emulator, token } = hit({ type: "truncate" });
    const answer = await emulator.fetch(
      new Request(`https://api.hubapi.com${LIST}`, { headers: { authorization: `Bearer ${token}` } }),
    );
    await expect(answer.json()).rejects.toThrow(SyntaxError);
  });

  it.each<MalformedRecord>([
    "no-id",
    "id-number",
    "properties-null",
    "wrong-types",
    "not-an-object",
    "bad-date",
  ])("F27 one record of the page is malformed (%s), the rest are as they were", async (how) => {
    const { ask } = hit({ type: "malformedRecord", how, index: 2 });
    const bad = (await ask("GET", LIST)).body.results;
    const good = (await ask("GET", LIST)).body.results;
    expect(bad[2]).not.toEqual(good[2]);
    expect(bad.filter((_: unknown, i: number) => i !== 2)).toEqual(
      good.filter((_: unknown, i: number) => i !== 2),
    );
  });

  it("F28 a cursor repeats", async () => {
    const { ask, emulator } = setUp();
    const first = await ask("GET", LIST);
    emulator.faults.add({ match: { kind: "list" }, effect: { type: "repeatCursor" } });
    const { after } = first.body.paging.next;
    expect((await ask("GET", `${LIST}&after=${after}`)).body.paging.next.after).toBe(after);
  });

  it("F29 a cursor expires, while a first page still answers", async () => {
    const { ask, emulator } = setUp();
    emulator.faults.add({ effect: { type: "expireCursor" } });
    expect((await ask("GET", LIST)).status).toBe(200);
    expect((await ask("GET", `${LIST}&after=200`)).status).toBe(400);
    expect((await ask("POST", "/crm/objects/2026-09/contacts/search", { after: "10" })).status).toBe(400);
  });

  it("F30 records come twice, or change behind the reader", async () => {
    const twice = await hit({ type: "duplicateRecords", count: 2 }).ask("GET", LIST);
    expect(twice.body.results).toHaveLength(7);
    const { ask, emulator } = hit({ type: "drift", edits: 3, creations: 2, deletions: 1 });
    const revision = () =>
      Object.values(emulator.portal.portal.objects).reduce((sum, c) => sum + c.revision, 0);
    const before = revision();
    await ask("GET", LIST);
    expect(revision()).toBeGreaterThanOrEqual(before + 6);
  });

  it("F35 T22 a page is huge, or a small gzip that unpacks to much", async () => {
    const huge = await hit({ type: "hugePage", bytes: 2_000_000 }).ask("GET", LIST);
    expect(JSON.stringify(huge.body).length).toBeGreaterThan(2_000_000);
    const { emulator, token } = hit({ type: "gzipBomb", bytes: 3_000_000 });
    const bomb = await emulator.fetch(
      new Request(`https://api.hubapi.com${LIST}`, { headers: { authorization: `Bearer ${token}` } }),
    );
    expect(bomb.headers.get("content-encoding")).toBe("gzip");
    const bytes = Buffer.from(await bomb.arrayBuffer());
    expect(bytes.length).toBeLessThan(20_000);
    expect(gunzipSync(bytes).length).toBe(3_000_000);
  });

  it("F40 F42 F43 a token has expired, a grant is dead, the token endpoint is down", async () => {
    expect((await hit({ type: "expiredToken" }).ask("GET", LIST)).body.category).toBe(
      "EXPIRED_AUTHENTICATION",
    );
    for (const [effect, status] of [
      [{ type: "invalidGrant" }, 400],
      [{ type: "status", status: 503 }, 503],
    ] as const) {
      const { ask, emulator } = setUp();
      emulator.faults.add({ match: { kind: "token" }, effect });
      expect((await ask("POST", "/oauth/2026-09/token")).status).toBe(status);
      expect(emulator.ledger.count({ kind: "token" })).toBe(1);
    }
  });

  it("an answer is late by the emulator's clock, and the ledger has both times", async () => {
    const { ask, clock, emulator } = hit({ type: "latency", ms: 30_000 });
    const asked = ask("GET", LIST);
    await clock.advance(30_000);
    expect((await asked).status).toBe(200);
    const [entry] = emulator.ledger.requests;
    expect((entry?.endAt ?? 0) - (entry?.at ?? 0)).toBe(30_000);
  });

  it("F34 the Date header is the emulator's clock", async () => {
    const { ask, clock } = setUp();
    clock.set(Date.UTC(2030, 0, 1));
    expect((await ask("GET", LIST)).headers.get("date")).toBe("Tue, 01 Jan 2030 00:00:00 GMT");
  });
});
