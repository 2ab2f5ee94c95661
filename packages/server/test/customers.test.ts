import { memoryStorage } from "@halo/core/memory";
import { describe, expect, it } from "vitest";
import { type Caller, createHandler } from "../src/index.ts";
import { acmeAdmin, as, authorize, base, world } from "./support/world.ts";

const reader: Caller = { ...acmeAdmin, roles: ["member"] };
const other: Caller = { orgId: "other", actor: { id: "oda", kind: "human" }, roles: ["admin"] };

interface Ids {
  readonly segment: string;
  readonly person: string;
}

type Route = readonly [call: string, path: (ids: Ids) => string, body?: (ids: Ids) => unknown];

const filter = { field: "name", operator: "is_set" };
const saved = { name: "Named", kind: "end_user", filter };

/** Every route that names something by an id. */
const named: readonly Route[] = [
  ["GET", ({ segment }) => `/segments/${segment}`],
  ["GET", ({ segment }) => `/segments/${segment}/customers`],
  ["GET", ({ person, segment }) => `/segments/${segment}/matches?id=${person}`],
  ["GET", ({ person }) => `/customers/end_user/${person}`],
  ["GET", ({ person }) => `/customers/end_user/${person}/health`],
  ["PATCH", ({ person }) => `/customers/end_user/${person}`, () => ({ fields: { "custom:tier": "gold" } })],
  ["PATCH", ({ person }) => `/customers/end_user/${person}/context`, () => ({ entries: {} })],
  [
    "POST",
    () => "/customers/signals",
    ({ person }) => ({ customer: { kind: "end_user", id: person }, signals: { support: { open: 1 } } }),
  ],
  ["POST", ({ segment }) => `/segments/${segment}/delete`, () => ({})],
];

const others: readonly Route[] = [
  ["GET", () => "/segments"],
  ["GET", () => "/customers"],
  ["GET", () => "/health/settings"],
  ["GET", () => "/renewals/settings"],
  ["POST", () => "/segments", () => saved],
  ["PUT", () => "/segments/leads", () => saved],
  ["PUT", () => "/health/settings", () => ({ settings: { preset: "balanced" } })],
  ["PUT", () => "/renewals/settings", () => ({ settings: {} })],
  ["POST", () => "/customers/seen", ({ person }) => ({ people: [{ id: person }] })],
];

/** Asked for with a body, and changing nothing. */
const asked: readonly Route[] = [
  ["POST", () => "/segments/query", () => ({ kind: "end_user", filter })],
  ["POST", () => "/customers/context", ({ person }) => ({ customerId: person })],
];

async function opened() {
  const storage = memoryStorage();
  const made = await world({ storage });
  const { halo } = made;
  const handler = createHandler(halo, { authorize });
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
  const { id: connectionId } = await made.connect("acme");
  const stop = new AbortController();
  const working = halo.work({ signal: stop.signal });
  await halo.sync.settled("acme", connectionId);
  stop.abort();
  await working;
  const [person] = await halo.customers.endUsers("acme");
  const created = await call(acmeAdmin, "POST", "/segments", saved);
  const { segment } = (await created.json()) as { segment: { id: string } };
  return { ...made, call, ids: { segment: segment.id, person: person?.id ?? "" }, person };
}

describe("customers and segments over HTTP", () => {
  it("T30 knows another org's ids as little as ids that never were, on every route", async () => {
    const { call, ids } = await opened();
    const nobodys = { segment: "never-was", person: "never-was" };
    for (const [method, where, body] of named) {
      const theirs = await call(other, method, where(ids), body?.(ids));
      const unknown = await call(other, method, where(nobodys), body?.(nobodys));
      expect([where(ids), theirs.status, await theirs.text()]).toEqual([
        where(ids),
        404,
        await unknown.text(),
      ]);
    }
    const found = async (where: string, body?: unknown) =>
      (await call(other, body ? "POST" : "GET", where, body)).json();
    expect(await found("/segments")).toEqual({ segments: [] });
    expect(await found("/customers")).toEqual({ customers: [] });
    expect(await found("/segments/query", { kind: "end_user", filter })).toEqual({ count: 0, customers: [] });
    expect(await found("/customers/context", { customerId: ids.person })).toMatchObject({
      found: false,
      text: "",
    });
    expect(await found("/customers/seen", { people: [{ id: ids.person }] })).toEqual({ known: 0 });
    // And the owner's are found: the table asks what it means to ask.
    for (const [method, where, body] of [...asked, ...named]) {
      const own = await call(acmeAdmin, method, where(ids), body?.(ids));
      expect([where(ids), own.status < 300]).toEqual([where(ids), true]);
    }
  });

  it("T52 is closed to strangers, and changing needs the role; T48 takes no change from another site", async () => {
    const { call, ids } = await opened();
    for (const [method, where, body] of [...named, ...others, ...asked]) {
      expect((await call(undefined, method, where(ids), body?.(ids))).status).toBe(401);
      if (method === "GET") {
        expect((await call(reader, method, where(ids))).status).toBe(200);
        continue;
      }
      const foreign = { origin: "https://evil.example" };
      expect((await call(acmeAdmin, method, where(ids), body?.(ids), foreign)).status).toBe(403);
      const form = { "content-type": "text/plain" };
      expect((await call(acmeAdmin, method, where(ids), body?.(ids), form)).status).toBe(415);
    }
    for (const [method, where, body] of [...named, ...others])
      if (method !== "GET")
        expect([where(ids), (await call(reader, method, where(ids), body?.(ids))).status]).toEqual([
          where(ids),
          403,
        ]);
    for (const [method, where, body] of asked)
      expect((await call(reader, method, where(ids), body?.(ids))).status).toBe(200);
  });

  it("counts, pages and matches who fits, and says where a filter is none", async () => {
    const { call, ids } = await opened();
    const query = async (body: object) => {
      const answer = await call(acmeAdmin, "POST", "/segments/query", body);
      return { status: answer.status, ...((await answer.json()) as object) };
    };
    expect(await query({ kind: "end_user", filter, limit: 2 })).toMatchObject({
      count: 3,
      customers: [{}, {}],
      next: expect.any(String),
    });
    const deals = { has: "deal", where: { field: "amount", operator: "at_least", value: 0 } };
    expect(await query({ kind: "end_user", filter: deals })).toMatchObject({ status: 200 });
    const wrong = { all: [filter, { field: "nam", operator: "is", value: "x" }] };
    expect(await query({ kind: "end_user", filter: wrong })).toMatchObject({
      status: 400,
      error: { code: "input_invalid", path: "filter.all.1.field" },
    });
    const matches = await call(acmeAdmin, "GET", `/segments/${ids.segment}/matches?id=${ids.person}`);
    expect(await matches.json()).toEqual({ matches: true });
    const one = await call(acmeAdmin, "GET", `/segments/${ids.segment}`);
    expect(await one.json()).toMatchObject({ count: 3, segment: { name: "Named", revision: 1 } });
  });

  it("tells what an agent may be told, and keeps settings as they were resolved", async () => {
    const { call, person } = await opened();
    const context = await call(acmeAdmin, "POST", "/customers/context", {
      email: person?.email,
      maxChars: 2_000,
    });
    const told = (await context.json()) as { found: boolean; text: string };
    expect(told.found).toBe(true);
    expect(told.text).toContain("[User Profile]");
    expect(told.text.length).toBeLessThanOrEqual(2_000);
    const put = await call(acmeAdmin, "PUT", "/health/settings", { settings: { preset: "usage_first" } });
    expect(await put.json()).toMatchObject({ settings: { weights: { activity: 60 }, statuses: ["active"] } });
    const wrong = await call(acmeAdmin, "PUT", "/renewals/settings", {
      settings: { timeZone: "Mars/Olympus" },
    });
    expect(wrong.status).toBe(400);
    const nulled = await call(acmeAdmin, "PUT", "/health/settings", { settings: null });
    expect(await nulled.json()).toEqual({ settings: null });
  });
});
