import { extractiveModel } from "@halo/core/models";
import { describe, expect, it } from "vitest";
import { type Caller, createHandler } from "../src/index.ts";
import { acmeAdmin, as, authorize, base, world } from "./support/world.ts";

const reader: Caller = { ...acmeAdmin, roles: ["member"] };
const other: Caller = { orgId: "other", actor: { id: "oda", kind: "human" }, roles: ["admin"] };
const bot: Caller = { orgId: "acme", actor: { id: "bot", kind: "service" }, roles: ["admin"] };

type Route = readonly [method: string, path: (rule: string) => string, body?: unknown];

const rule = { type: "keyword", text: "lunch", prefix: "hubspot:" };
/** Every route that names a rule. */
const named: readonly Route[] = [
  ["PATCH", (id) => `/knowledge/rules/${id}`, { text: "dinner" }],
  ["POST", (id) => `/knowledge/rules/${id}/delete`, {}],
];
const changing: readonly Route[] = [
  ...named,
  ["POST", () => "/knowledge/rules", rule],
  ["POST", () => "/knowledge/rules/preview", { upsert: rule }],
  ["POST", () => "/knowledge/insights/distil", {}],
  ["POST", () => "/knowledge/insights/cancel", { prefix: "hubspot:" }],
];
const reading: readonly Route[] = [
  ["GET", () => "/knowledge/learning"],
  ["GET", () => "/knowledge/rules"],
  ["GET", () => "/knowledge/decisions?outcome=skipped&limit=5"],
  ["GET", () => "/knowledge/insights?scope=general&kind=pricing"],
];

async function opened() {
  const made = await world({ languageModel: extractiveModel() });
  const handler = createHandler(made.halo, { authorize });
  const call = (caller: Caller | undefined, method: string, where: string, body?: unknown, more = {}) =>
    handler(
      new Request(base + where, {
        method,
        headers: {
          ...(caller && as(caller)),
          ...(method !== "GET" && { "content-type": "application/json" }),
          ...more,
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    );
  const answer = await call(acmeAdmin, "POST", "/knowledge/rules", rule);
  expect(answer.status).toBe(201);
  const { rule: stored } = (await answer.json()) as { rule: { id: string } };
  return { ...made, call, id: stored.id };
}

describe("learning over HTTP", () => {
  it("T52 is closed to strangers, and changing needs the role; T48 takes no change from another site", async () => {
    const { call, id } = await opened();
    for (const [method, where, body] of [...reading, ...changing])
      expect((await call(undefined, method, where(id), body)).status, where(id)).toBe(401);
    for (const [method, where, body] of changing) {
      expect((await call(reader, method, where(id), body)).status, where(id)).toBe(403);
      const foreign = { origin: "https://evil.example" };
      expect((await call(acmeAdmin, method, where(id), body, foreign)).status, where(id)).toBe(403);
    }
    for (const [method, where] of reading)
      expect((await call(reader, method, where(id))).status, where(id)).toBe(200);
  });

  it("T30 knows another org's rules as little as rules that never were", async () => {
    const { call, id } = await opened();
    for (const [method, where, body] of named) {
      const theirs = await call(other, method, where(id), body);
      const unknown = await call(other, method, where("never-was"), body);
      expect([theirs.status, await theirs.text()]).toEqual([404, await unknown.text()]);
    }
    expect(await (await call(other, "GET", "/knowledge/rules")).json()).toEqual({ rules: [] });
    const preview = { delete: id };
    expect((await call(other, "POST", "/knowledge/rules/preview", preview)).status).toBe(404);
    for (const [method, where, body] of named)
      expect((await call(acmeAdmin, method, where(id), body)).status).toBe(200);
  });

  it("changes a rule in what is given, shows its version, and deletes it", async () => {
    const { call, id } = await opened();
    const patched = await call(acmeAdmin, "PATCH", `/knowledge/rules/${id}`, { text: "dinner" });
    expect(await patched.json()).toMatchObject({
      rule: { id, type: "keyword", text: "dinner", prefix: "hubspot:", version: 2 },
    });
    const preview = await call(acmeAdmin, "POST", "/knowledge/rules/preview", { delete: id, scan: 10 });
    expect(await preview.json()).toMatchObject({ preview: { scanned: 0, complete: true } });
    await call(acmeAdmin, "POST", `/knowledge/rules/${id}/delete`, {});
    expect(await (await call(reader, "GET", "/knowledge/rules")).json()).toEqual({ rules: [] });
  });

  it("T33 lets a program ask in a customer's scope only, and says how learning stands", async () => {
    const { call } = await opened();
    expect((await call(bot, "GET", "/knowledge/insights?scope=staff")).status).toBe(403);
    expect((await call(bot, "GET", "/knowledge/insights?scope=customer&endUserId=u1")).status).toBe(200);
    expect((await call(bot, "GET", "/knowledge/insights")).status).toBe(400);
    expect((await call(acmeAdmin, "GET", "/knowledge/insights?scope=staff")).status).toBe(200);
    expect(await (await call(reader, "GET", "/knowledge/learning")).json()).toMatchObject({
      learning: {
        model: { name: "halo-extractive-1", quality: "extractive" },
        budget: { exhausted: false, spent: { calls: 0 } },
        judging: 0,
        insights: 0,
      },
    });
  });

  it.each([
    ["/knowledge/rules", { type: "wish", text: "x" }],
    ["/knowledge/rules", { ...rule, text: " " }],
    ["/knowledge/rules", { ...rule, orgId: "other" }],
    ["/knowledge/rules", { ...rule, prefix: "distilled:hubspot:" }],
    ["/knowledge/rules/preview", { upsert: rule, delete: "x" }],
    ["/knowledge/rules/preview", { upsert: rule, judge: 21 }],
    ["/knowledge/insights/cancel", { prefix: 1 }],
  ])("refuses at %s what does not fit: %j", async (where, body) => {
    const { call } = await opened();
    expect((await call(acmeAdmin, "POST", where, body)).status).toBe(400);
  });
});
