import { defineIntegration, defineStream, type Meeting } from "@halo/core";
import { knownPeople } from "@halo/core/testing";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { type Caller, createHandler } from "../src/index.ts";
import { acmeAdmin, as, authorize, base, world } from "./support/world.ts";

const reader: Caller = { ...acmeAdmin, roles: ["member"] };
const other: Caller = { orgId: "other", actor: { id: "oda", kind: "human" }, roles: ["admin"] };
const program: Caller = { ...acmeAdmin, actor: { id: "bot", kind: "service" } };

const zoe = "zoe@client.test";
const Call = z.object({ key: z.string(), minute: z.number().optional(), guest: z.string() });

/** A vendor whose calls have keys as awkward as they come. */
function recorder(calls: readonly z.infer<typeof Call>[]) {
  const stream = defineStream<z.infer<typeof Call>>({
    id: "calls",
    name: "Calls",
    record: Call,
    key: ({ key }) => key,
    columns: {},
    row: () => ({}),
    attendance: ({ guest }) => ({
      host: { name: "Ada", email: "ada@own.test" },
      participants: [{ name: "Guest", email: guest }],
    }),
    meeting: ({ key, minute }) => ({
      title: `Call ${key}`,
      startedAt: minute === undefined ? undefined : new Date(Date.UTC(2026, 8, 1, 9, minute)),
    }),
    transcript: ({ key }) =>
      key === "silent" ? undefined : { status: "available", turns: [{ speaker: "Ada", text: `Of ${key}.` }] },
    async *pull() {
      yield { records: [...calls], cursor: null, done: true };
    },
  });
  return defineIntegration({
    id: "recorder",
    name: "Recorder",
    auth: { scopes: [], key: { label: "Key" }, identify: async () => ({ account: { id: "one" } }) },
    http: { baseUrl: "https://recorder.test", budgets: [], classify: () => ({ kind: "ok" }) },
    modes: { ingest: true, actions: false, notifications: false },
    streams: [stream],
  });
}

async function opened() {
  const calls = [
    { key: "/a//b==", minute: 1, guest: zoe },
    { key: "second", minute: 2, guest: zoe },
    { key: "silent", minute: 3, guest: "bo@other.test" },
    { key: "undated", guest: zoe },
  ];
  const integrations = [recorder(calls), knownPeople([{ id: "1", email: zoe, name: "Zoë" }])];
  const { halo } = await world({ integrations });
  const connect = (integration: string) =>
    halo.connections.connectWithKey({ orgId: "acme", integration, key: "k" });
  const stop = new AbortController();
  const working = halo.work({ signal: stop.signal });
  await halo.sync.settled("acme", (await connect("crm")).id);
  const { id: connectionId } = await connect("recorder");
  await halo.sync.settled("acme", connectionId);
  stop.abort();
  await working;
  const handler = createHandler(halo, { authorize });
  type Answer = Record<string, unknown> & { readonly status: number };
  const get = async (caller: Caller | undefined, where: string): Promise<Answer> => {
    const answer = await handler(new Request(base + where, { headers: caller ? as(caller) : {} }));
    return { status: answer.status, ...((await answer.json()) as Record<string, unknown>) };
  };
  const list = async (where = "") => {
    const page = await get(reader, `/meetings${where}`);
    return { next: page["next"], keys: (page["meetings"] as Meeting[]).map(({ key }) => key) };
  };
  const endUser = await halo.customers.endUser("acme", { email: zoe });
  const one = (key: string) => `?connectionId=${connectionId}&key=${encodeURIComponent(key)}`;
  return { connectionId, endUser, get, halo, list, one };
}

describe("meetings over HTTP", () => {
  it("lists them, the latest first, page by page, of all or of one customer or connection", async () => {
    const { connectionId, endUser, list } = await opened();
    const all = ["silent", "second", "/a//b==", "undated"];
    expect((await list()).keys).toEqual(all);
    const seen: string[] = [];
    let after = "";
    do {
      const page = await list(`?limit=1${after}`);
      seen.push(...page.keys);
      const next = page.next;
      after = typeof next === "string" ? `&after=${encodeURIComponent(next)}` : "";
    } while (after !== "");
    expect(seen).toEqual(all);
    expect((await list(`?endUserId=${endUser?.id}`)).keys).toEqual(["second", "/a//b==", "undated"]);
    expect((await list(`?companyId=${endUser?.companyId}`)).keys).toEqual(["second", "/a//b==", "undated"]);
    expect((await list(`?connectionId=${connectionId}`)).keys).toEqual(all);
    expect((await list("?connectionId=another")).keys).toEqual([]);
  });

  it("shows one meeting with who was there, and what was said in it, whatever is in its key", async () => {
    const { endUser, get, one } = await opened();
    expect(await get(reader, `/meetings/one${one("/a//b==")}`)).toMatchObject({
      status: 200,
      meeting: {
        title: "Call /a//b==",
        provider: "recorder",
        startedAt: "2026-09-01T09:01:00.000Z",
        endUserIds: [endUser?.id],
        participants: [{ name: "Guest", email: zoe, internal: false }],
      },
    });
    expect(await get(reader, `/meetings/transcript${one("/a//b==")}`)).toMatchObject({
      status: 200,
      transcript: { status: "available", turns: [{ speaker: "Ada", text: "Of /a//b==." }] },
    });
    expect(await get(reader, `/meetings/transcript${one("silent")}`)).toMatchObject({ status: 404 });
    expect(await get(reader, `/meetings/one${one("unknown")}`)).toMatchObject({ status: 404 });
  });

  it("T30 T52 is closed to strangers and programs, and empty for another org", async () => {
    const { get, one } = await opened();
    for (const where of [
      "/meetings",
      `/meetings/one${one("second")}`,
      `/meetings/transcript${one("second")}`,
    ]) {
      expect([where, (await get(undefined, where)).status]).toEqual([where, 401]);
      expect([where, (await get(program, where)).status]).toEqual([where, 403]);
    }
    expect(await get(other, "/meetings")).toMatchObject({ status: 200, meetings: [] });
    expect(await get(other, `/meetings/one${one("second")}`)).toMatchObject({ status: 404 });
    expect(await get(other, `/meetings/transcript${one("second")}`)).toMatchObject({ status: 404 });
  });

  it.each(["?after=soon", '?after=["x","y","z"]', "?limit=0", "?limit=201", "?key=second", "?unknown=1"])(
    "refuses %s with what to mend",
    async (query) => {
      const { get } = await opened();
      expect(await get(reader, `/meetings${query}`)).toMatchObject({
        status: 400,
        error: { code: "input_invalid" },
      });
    },
  );
});
