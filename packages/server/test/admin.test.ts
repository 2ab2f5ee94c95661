import { describe, expect, it } from "vitest";
import { type Caller, createHandler } from "../src/index.ts";
import { acmeAdmin, as, authorize, base, delivery, publicUrl, world } from "./support/world.ts";

const reader: Caller = { ...acmeAdmin, roles: ["member"] };
const service: Caller = { ...acmeAdmin, actor: { id: "bot", kind: "service" } };
const other: Caller = { orgId: "other", actor: { id: "oda", kind: "human" }, roles: ["admin"] };

interface Ids {
  readonly connection: string;
  readonly run: string;
  readonly delivery: string;
  readonly agent: string;
  readonly call: string;
}

interface Route {
  readonly call: string;
  readonly changes: boolean;
  readonly path: (ids: Ids) => string;
  readonly body?: (ids: Ids) => unknown;
}

const route = (call: string, changes: boolean, path: Route["path"], body?: Route["body"]): Route => ({
  call,
  changes,
  path,
  ...(body && { body }),
});

/** Every route that names something by an id. */
const routes: readonly Route[] = [
  route("GET detail", false, ({ connection }) => `/hubspot?connectionId=${connection}`),
  route("GET connect", true, ({ connection }) => `/hubspot/connect?connectionId=${connection}`),
  route(
    "POST key",
    true,
    () => "/hubspot/key",
    ({ connection }) => ({ key: "pat-na1-x", connectionId: connection }),
  ),
  route(
    "POST webhook-secret",
    true,
    () => "/hubspot/webhook-secret",
    ({ connection }) => ({ connectionId: connection, webhookSecret: "whsec_x" }),
  ),
  route(
    "PATCH modes",
    true,
    ({ connection }) => `/hubspot/modes?connectionId=${connection}`,
    () => ({ ingest: true }),
  ),
  route(
    "PATCH settings",
    true,
    ({ connection }) => `/hubspot/settings?connectionId=${connection}`,
    () => ({ note: 1 }),
  ),
  route(
    "POST sync",
    true,
    ({ connection }) => `/hubspot/sync?connectionId=${connection}`,
    () => ({}),
  ),
  route(
    "POST sync/cancel",
    true,
    ({ connection }) => `/hubspot/sync/cancel?connectionId=${connection}`,
    () => ({}),
  ),
  route("GET runs", false, ({ connection }) => `/runs?connectionId=${connection}`),
  route("GET run", false, ({ run }) => `/runs/${run}`),
  route("GET events", false, ({ run }) => `/runs/${run}/events`),
  route(
    "POST cancel",
    true,
    ({ run }) => `/runs/${run}/cancel`,
    () => ({}),
  ),
  route(
    "POST confirm",
    true,
    ({ run }) => `/runs/${run}/confirm`,
    () => ({}),
  ),
  route("GET deliveries", false, ({ connection }) => `/deliveries?connectionId=${connection}`),
  route("GET delivery", false, ({ delivery: id }) => `/deliveries/${id}`),
  route(
    "POST replay",
    true,
    () => "/deliveries/replay",
    ({ delivery: id }) => ({ ids: [id] }),
  ),
  route("GET agent", false, ({ agent }) => `/agents/${agent}`),
  route("GET actions", false, ({ agent }) => `/agents/${agent}/actions`),
  route(
    "GET actions of one",
    false,
    ({ agent, connection }) => `/agents/${agent}/actions?hubspot=${connection}`,
  ),
  route(
    "PUT action",
    true,
    ({ agent }) => `/agents/${agent}/actions/hubspot/create_deal`,
    () => ({ enabled: true }),
  ),
  route("GET channels", false, ({ connection }) => `/hubspot/channels?connectionId=${connection}`),
  route(
    "PUT channel",
    true,
    ({ connection }) => `/hubspot/channels/C1?connectionId=${connection}`,
    ({ agent }) => ({ agentId: agent }),
  ),
  route("GET calls", false, ({ agent }) => `/calls?agentId=${agent}`),
  route("GET calls of one", false, ({ connection }) => `/calls?connectionId=${connection}`),
  route("GET call", false, ({ call }) => `/calls/${call}`),
  route("GET audit", false, ({ call }) => `/calls/${call}/audit`),
  route("GET quarantine", false, ({ connection }) => `/quarantine?connectionId=${connection}`),
  route(
    "POST disconnect",
    true,
    ({ connection }) => `/hubspot/disconnect?connectionId=${connection}`,
    () => ({}),
  ),
  route(
    "POST erase",
    true,
    ({ connection }) => `/hubspot/erase?connectionId=${connection}`,
    () => ({}),
  ),
];

async function opened() {
  const made = await world();
  const { emulator, halo } = made;
  const connection = await made.connect("acme");
  await made.connect("other", emulator.addPortal({ seed: 2 }));
  const handler = createHandler(halo, { authorize });
  const { body, headers, path } = delivery(emulator);
  await handler(new Request(base + path, { method: "POST", body, headers }));
  const [run] = await halo.runs.list("acme");
  const [taken] = await halo.deliveries.list("acme");
  await halo.agents.upsert({ orgId: "acme", id: "helper" });
  // Refused, and recorded all the same.
  const input = { property: "jobtitle", value: "CTO" };
  const context = { customer: { email: "ada@example.com" } };
  const asked = { orgId: "acme", agentId: "helper", action: "update_contact", input, context };
  await expect(halo.actions.invoke(asked)).rejects.toMatchObject({ gate: "agent_action" });
  const [refused] = await halo.actions.calls.list("acme");
  const ids: Ids = {
    connection: connection.id,
    run: run?.id ?? "",
    delivery: taken?.id ?? "",
    agent: "helper",
    call: refused?.id ?? "",
  };
  const call = (one: Route, caller: Caller | undefined, more: Record<string, string> = {}, given = ids) => {
    const [method = "GET"] = one.call.split(" ");
    const sent = one.body && JSON.stringify(one.body(given));
    return handler(
      new Request(base + one.path(given), {
        method,
        headers: {
          ...(caller && as(caller)),
          ...(method !== "GET" && { "content-type": "application/json" }),
          ...more,
        },
        ...(sent !== undefined && { body: sent }),
      }),
    );
  };
  return { ...made, call, handler, ids };
}

const codeOf = async (answer: Response) =>
  ((await answer.json()) as { error?: { code?: string } }).error?.code;

describe("the admin API", () => {
  it("T30 knows another org's ids as little as ids that never were, on every route", async () => {
    const { call, ids } = await opened();
    const nobodys = { connection: "never", run: "never", delivery: "never", agent: "never", call: "never" };
    const odd = { connection: "..%2F..", run: "a%00b", delivery: "x".repeat(200), agent: "a/b", call: "%00" };
    for (const one of routes) {
      const theirs = await call(one, other);
      const unknown = await call(one, other, {}, nobodys);
      expect([one.call, theirs.status, await theirs.text()]).toEqual([one.call, 404, await unknown.text()]);
      const status = (await call(one, acmeAdmin, {}, odd)).status;
      expect([one.call, status === 404 || status === 400]).toEqual([one.call, true]);
    }
    // And the owner's are found: the table asks what it means to ask.
    for (const one of routes.filter(({ call: name }) => name !== "POST key")) {
      const own = await call(one, acmeAdmin);
      expect([one.call, own.status < 400, ids.run !== ""]).toEqual([one.call, true, true]);
    }
  });

  it("T52 is closed to strangers, and changing needs the role", async () => {
    const { call } = await opened();
    for (const one of routes) {
      const stranger = await call(one, undefined);
      expect([one.call, stranger.status, await codeOf(stranger)]).toEqual([one.call, 401, "unauthenticated"]);
      if (!one.changes) continue;
      const member = await call(one, reader);
      expect([one.call, member.status, await codeOf(member)]).toEqual([one.call, 403, "role_missing"]);
    }
  });

  it("T48 takes no change from another site, nor one that a form could send", async () => {
    const { call, handler } = await opened();
    for (const one of routes.filter(({ call: name }) => !name.startsWith("GET"))) {
      for (const foreign of [
        { origin: "https://evil.example" },
        { origin: "null" },
        { origin: "https://halo.example.com.evil.example" },
        { "sec-fetch-site": "cross-site" },
        { "sec-fetch-site": "same-site" },
      ]) {
        const answer = await call(one, acmeAdmin, foreign as Record<string, string>);
        expect([one.call, answer.status, await codeOf(answer)]).toEqual([one.call, 403, "cross_site"]);
      }
      for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/jsonp"]) {
        const answer = await call(one, acmeAdmin, { "content-type": type });
        expect([one.call, answer.status]).toEqual([one.call, 415]);
      }
    }
    const own = { origin: publicUrl, "sec-fetch-site": "same-origin", "content-type": "application/json" };
    const init = { method: "PATCH", headers: { ...as(acmeAdmin), ...own }, body: '{"ingest":false}' };
    expect((await handler(new Request(`${base}/hubspot/modes`, init))).status).toBe(200);
  });

  it("T48 takes calls from pages of other origins that the host names", async () => {
    const { halo } = await opened();
    const handler = createHandler(halo, { authorize, origins: ["https://admin.example.com"] });
    const headers = { ...as(acmeAdmin), origin: "https://admin.example.com", "sec-fetch-site": "same-site" };
    const init = {
      method: "PATCH",
      headers: { ...headers, "content-type": "application/json" },
      body: '{"ingest":false}',
    };
    expect((await handler(new Request(`${base}/hubspot/modes`, init))).status).toBe(200);
  });

  it("lists the integrations with their state, and shows one in detail", async () => {
    const { handler, ids } = await opened();
    const get = async (path: string) =>
      (await handler(new Request(base + path, { headers: as(reader) }))).json();
    expect(await get("")).toMatchObject({
      integrations: [
        { integration: "hubspot", name: "HubSpot", state: "syncing", connections: [{ id: ids.connection }] },
      ],
    });
    expect(await get("/hubspot")).toMatchObject({
      webhookUrl: `${base}/hubspot/webhook/acme`,
      modes: { ingest: true },
      connection: { id: ids.connection, hasCredentials: true },
    });
    expect(JSON.stringify([await get(""), await get("/hubspot")])).not.toMatch(/accessToken|webhookSecret/);
  });

  it("asks which connection is meant where there are several", async () => {
    const { connect, emulator, handler, ids } = await opened();
    await connect("acme", emulator.addPortal({ seed: 3 }));
    const patch = (query: string) =>
      handler(
        new Request(`${base}/hubspot/modes${query}`, {
          method: "PATCH",
          headers: { ...as(acmeAdmin), "content-type": "application/json" },
          body: '{"ingest":false}',
        }),
      );
    const asked = await patch("");
    expect([asked.status, await asked.json()]).toMatchObject([400, { error: { path: "connectionId" } }]);
    const done = await patch(`?connectionId=${ids.connection}`);
    expect(await done.json()).toMatchObject({
      connection: { modes: { ingest: false } },
    });
  });

  it("changes no mode where one of those named does not exist", async () => {
    const { halo, handler, ids } = await opened();
    Object.assign(halo.integrations[0]?.modes ?? {}, { notifications: false });
    const headers = { ...as(acmeAdmin), "content-type": "application/json" };
    const body = '{"ingest":false,"notifications":true}';
    const answer = await handler(new Request(`${base}/hubspot/modes`, { method: "PATCH", headers, body }));
    expect([answer.status, await answer.json()]).toMatchObject([400, { error: { path: "notifications" } }]);
    expect((await halo.connections.get("acme", ids.connection)).modes).not.toMatchObject({ ingest: false });
  });

  it("shows what a customer wrote in a delivery to admins only", async () => {
    const { call } = await opened();
    const one = routes.find(({ call: name }) => name === "GET delivery") as Route;
    expect(await (await call(one, acmeAdmin)).json()).toHaveProperty("delivery.payload");
    expect(await (await call(one, reader)).json()).not.toHaveProperty("delivery.payload");
  });

  it("sets what an agent may do, with its configuration, and says which gate is closed", async () => {
    const { handler } = await opened();
    const call = async (method: string, path: string, body?: unknown) => {
      const headers = { ...as(acmeAdmin), ...(body !== undefined && { "content-type": "application/json" }) };
      const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
      const answer = await handler(new Request(base + path, init));
      return [answer.status, await answer.json()] as [number, Record<string, unknown>];
    };
    const path = "/agents/sales/actions/hubspot/update_contact";
    expect(await call("PUT", path, { enabled: true })).toMatchObject([404, { error: { code: "not_found" } }]);
    expect(await call("PUT", "/agents/sales", { kind: "sales", name: "Sales" })).toMatchObject([
      200,
      { agent: { id: "sales", orgId: "acme", kind: "sales", active: true } },
    ]);
    expect(
      await call("PUT", path, { enabled: true, config: { allowed_properties: ["city"] } }),
    ).toMatchObject([
      200,
      { action: { enabled: true, config: { allowed_properties: ["city"] }, revision: 1 } },
    ]);
    expect(await call("PUT", path, { enabled: true, config: { alowed: [] } })).toMatchObject([
      400,
      { error: { code: "input_invalid", path: "config.alowed" } },
    ]);
    expect(await call("PUT", "/agents/sales/actions/hubspot/drop", { enabled: true })).toMatchObject([
      404,
      {},
    ]);
    const [, listed] = await call("GET", "/agents/sales/actions");
    const actions = listed["actions"] as { action: string }[];
    expect(actions.find(({ action }) => action === "update_contact")).toMatchObject({
      available: true,
      asks: "user",
      config: { allowed_properties: ["city"] },
    });
    expect(actions.find(({ action }) => action === "create_deal")).toMatchObject({
      available: false,
      closed: { gate: "agent_action" },
    });
    expect(await call("GET", "/agents")).toMatchObject([
      200,
      { agents: [{ id: "helper" }, { id: "sales" }] },
    ]);
  });

  it("T30 takes the org from the session, never from a body", async () => {
    const { halo, handler } = await opened();
    const headers = { ...as(acmeAdmin), "content-type": "application/json" };
    const body = '{"orgId":"other"}';
    const answer = await handler(new Request(`${base}/agents/x`, { method: "PUT", headers, body }));
    expect([answer.status, await codeOf(answer)]).toEqual([400, "input_invalid"]);
    expect(await halo.agents.list("other")).toEqual([]);
  });

  it("shows what was asked of an action to admins only, and hashes to nobody", async () => {
    const { call } = await opened();
    const one = routes.find(({ call: name }) => name === "GET call") as Route;
    const own = await (await call(one, acmeAdmin)).json();
    expect(own).toMatchObject({ call: { state: "refused", error: { gate: "agent_action" }, input: {} } });
    expect(own).not.toHaveProperty("call.argumentsHash");
    const members = await (await call(one, reader)).json();
    expect(members).toMatchObject({ call: { state: "refused" } });
    for (const field of ["input", "output", "preview", "subject", "confirmationHash"]) {
      expect(members).not.toHaveProperty(`call.${field}`);
    }
  });

  it("maps a channel to an agent, and takes it away again", async () => {
    const { handler, ids } = await opened();
    const put = async (agentId: string | null) => {
      const headers = { ...as(acmeAdmin), "content-type": "application/json" };
      const init = { method: "PUT", headers, body: JSON.stringify({ agentId }) };
      const answer = await handler(new Request(`${base}/hubspot/channels/C1`, init));
      return [answer.status, await answer.json()];
    };
    expect(await put(ids.agent)).toMatchObject([200, { channels: [{ channel: "C1", agentId: ids.agent }] }]);
    expect(await put(null)).toEqual([200, { channels: [] }]);
    expect(await put("never")).toMatchObject([404, {}]);
  });

  it("searches for people as staff, and for programs only in a customer's name", async () => {
    const { handler } = await opened();
    const search = async (caller: Caller, scope: unknown) => {
      const headers = { ...as(caller), "content-type": "application/json" };
      const body = JSON.stringify({ query: "pricing", scope });
      return (await handler(new Request(`${base}/knowledge/search`, { method: "POST", headers, body })))
        .status;
    };
    expect(await search(reader, { kind: "staff" })).toBe(200);
    expect(await search(service, { kind: "staff" })).toBe(403);
    expect(await search(service, { kind: "general" })).toBe(200);
    expect(await search(reader, undefined)).toBe(400);
  });

  it.each([
    ["no JSON", "{"],
    ["not UTF-8", new Uint8Array([0x22, 0xff, 0x22])],
    ["of another shape", '{"ingest":"yes"}'],
    ["with a field nobody asked for", '{"ingest":true,"orgId":"other"}'],
  ])("T23 refuses a body that is %s", async (_, body) => {
    const { handler } = await opened();
    const headers = { ...as(acmeAdmin), "content-type": "application/json" };
    const answer = await handler(new Request(`${base}/hubspot/modes`, { method: "PATCH", headers, body }));
    expect([answer.status, await codeOf(answer)]).toEqual([400, "input_invalid"]);
  });

  it("T23 refuses settings that are nested without end, and a body that is too large", async () => {
    const { handler } = await opened();
    const patch = async (body: string) => {
      const headers = { ...as(acmeAdmin), "content-type": "application/json" };
      return (await handler(new Request(`${base}/hubspot/settings`, { method: "PATCH", headers, body })))
        .status;
    };
    expect(await patch(`{"x":${"[".repeat(20_000)}${"]".repeat(20_000)}}`)).toBe(400);
    expect(await patch(JSON.stringify({ x: "x".repeat(70_000) }))).toBe(413);
  });
});

describe("authorize", () => {
  it.each([
    ["throws", () => Promise.reject(new Error("session store: password=hunter2"))],
    ["answers an org without an actor", () => ({ orgId: "acme", roles: ["admin"] })],
    ["answers an empty org", () => ({ ...acmeAdmin, orgId: "" })],
    ["answers true", () => true],
  ])("that %s opens nothing", async (_, broken) => {
    const { halo } = await world();
    const handler = createHandler(halo, { authorize: broken as never });
    const answer = await handler(new Request(`${base}/hubspot`));
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain("hunter2");
  });
});
