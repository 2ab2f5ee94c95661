import { beforeAll, describe, expect, it } from "vitest";
import { acme, acmeHeaders, people } from "../../test/acme.ts";
import { agentId, type DeskWorld, desk, deskHttp, deskWorld, orgId, warm } from "../../test/acme-actions.ts";
import type { IntegrationDefinition, MappedChannel } from "../index.ts";

beforeAll(warm);

describe("agents", () => {
  it("are the host's own, customer-facing and active unless it says otherwise; what is left out stays", async () => {
    const { clock, halo } = await deskWorld();
    const made = await halo.agents.upsert({ orgId, id: "a" });
    expect(made).toMatchObject({ name: "a", kind: "customer_facing", active: true });
    await clock.advance(1_000);
    await halo.agents.upsert({ orgId, id: "a", kind: "internal", active: false });
    const changed = await halo.agents.upsert({ orgId, id: "a", name: "Al" });
    expect(changed).toMatchObject({ name: "Al", kind: "internal", active: false, createdAt: made.createdAt });
    expect((await halo.agents.list(orgId)).map(({ id }) => id)).toEqual(["a", agentId]);
    await expect(halo.agents.get("org-2", "a")).rejects.toMatchObject({ code: "not_found" });
  });

  it.each([
    [{ id: "" }, "id"],
    [{ id: "a\nb" }, "id"],
    [{ kind: "boss" }, "kind"],
    [{ role: "admin" }, ""],
  ])("are refused as %j", async (more, path) => {
    const { halo } = await deskWorld();
    const agent = { orgId, id: "a", ...more };
    await expect(halo.agents.upsert(agent as never)).rejects.toMatchObject({ code: "input_invalid", path });
  });
});

describe("setAction", () => {
  const set = ({ halo }: DeskWorld, more: object) =>
    halo.agents.setAction({ orgId, agentId, action: "charge", enabled: true, ...more } as never);

  it("stores the configuration with its defaults filled in, and keeps it where none is given", async () => {
    const world = await deskWorld();
    expect(await set(world, {})).toMatchObject({ config: { max_amount: 1_000 } });
    expect(await set(world, { config: { max_amount: 5 } })).toMatchObject({ config: { max_amount: 5 } });
    expect(await set(world, { enabled: false })).toMatchObject({ enabled: false, config: { max_amount: 5 } });
    expect(await world.halo.agents.actions(orgId, agentId)).toContainEqual(
      expect.objectContaining({ action: "charge", enabled: false, config: { max_amount: 5 } }),
    );
  });

  it.each([
    ["an unknown action", { action: "drop" }, { code: "not_found", path: "action" }],
    ["an unknown integration", { integration: "zoom" }, { code: "not_found", path: "action" }],
    ["an unknown agent", { agentId: "nobody" }, { code: "not_found" }],
    ["another org's agent", { orgId: "org-2" }, { code: "not_found" }],
    [
      "a field that the action does not have",
      { config: { max: 1 } },
      { code: "input_invalid", path: "config.max" },
    ],
    [
      "a field of a wrong type",
      { config: { max_amount: "5" } },
      { code: "input_invalid", path: "config.max_amount" },
    ],
    ["a configuration that is none", { config: null }, { code: "input_invalid", path: "config" }],
    ["what is neither on nor off", { enabled: "yes" }, { code: "input_invalid", path: "enabled" }],
  ])("refuses %s, and changes nothing", async (_, more, error) => {
    const world = await deskWorld();
    const before = await world.halo.agents.actions(orgId, agentId);
    await expect(set(world, more)).rejects.toMatchObject(error);
    expect(await world.halo.agents.actions(orgId, agentId)).toEqual(before);
  });
});

describe("channels", () => {
  async function listening() {
    const heard: (readonly MappedChannel[])[] = [];
    const stream: typeof people = {
      ...people,
      async *pull({ channels }) {
        heard.push(channels);
        yield { records: [], cursor: null, done: true };
      },
      shards: async () => [{ id: "all" }],
      read: async ({ channels, keys }) => {
        heard.push(channels);
        return { records: [], missing: keys.map(({ key }) => key) };
      },
    };
    const world = await deskWorld({ integrations: [desk({ streams: [stream] })] });
    await world.work(world.halo, 5_000);
    heard.length = 0;
    return { ...world, heard };
  }

  it("that are mapped reach the streams by a sync that begins at once, and by webhooks", async () => {
    const { connectionId, halo, heard, work } = await listening();
    await halo.agents.mapChannel({ orgId, connectionId, channel: "C1", agentId });
    const mapped = [{ channel: "C1", agentId, agentKind: "customer_facing", mappedAt: expect.any(Date) }];
    await work(halo, 5_000);
    expect(heard).toEqual([mapped]);
    expect((await halo.runs.list(orgId))[0]).toMatchObject({ mode: "catch_up", status: "succeeded" });
    const event = {
      id: "e1",
      account: "acct-1",
      type: "person.changed",
      person: "1",
      at: "2026-01-01T00:00:00Z",
    };
    await halo.deliveries.receive({
      integration: "acme",
      method: "POST",
      pathAndQuery: "/",
      headers: acmeHeaders,
      body: new TextEncoder().encode(JSON.stringify([event])),
    });
    await work(halo, 5_000);
    expect(heard).toEqual([mapped, mapped]);
    expect(await halo.agents.unmapChannel({ orgId, connectionId, channel: "C1" })).toBe(true);
    expect(await halo.agents.unmapChannel({ orgId, connectionId, channel: "C1" })).toBe(false);
    expect(await halo.agents.channels(orgId, connectionId)).toEqual([]);
  });

  it("that are mapped while a sync goes on are read right after it, once", async () => {
    let during: (() => Promise<void>) | undefined;
    const heard: number[] = [];
    const stream: typeof people = {
      ...people,
      shards: async ({ channels }) => {
        heard.push(channels.length);
        const now = during;
        during = undefined;
        await now?.();
        return [{ id: "all" }];
      },
      async *pull() {
        yield { records: [], cursor: null, done: true };
      },
    };
    const world = await deskWorld({ integrations: [desk({ streams: [stream] })] });
    const { clock, connectionId, halo, work } = world;
    await work(halo, 5_000);
    heard.length = 0;
    during = async () => {
      await clock.sleep(500);
      await halo.agents.mapChannel({ orgId, connectionId, channel: "C1", agentId });
      await clock.sleep(500);
    };
    await halo.sync.start({ orgId, connectionId, mode: "catch_up" });
    await work(halo, 30_000);
    expect(heard).toEqual([0, 1]);
  });

  it("can be mapped while nothing may be read, and belong to agents and connections of the org", async () => {
    const { connectionId, halo } = await listening();
    await halo.connections.setMode(orgId, connectionId, "ingest", false);
    const before = (await halo.runs.list(orgId)).length;
    await halo.agents.mapChannel({ orgId, connectionId, channel: "C1", agentId });
    expect(await halo.runs.list(orgId)).toHaveLength(before);
    for (const more of [{ agentId: "nobody" }, { connectionId: "other" }, { orgId: "org-2" }]) {
      const mapping = { orgId, connectionId, channel: "C2", agentId, ...more };
      await expect(halo.agents.mapChannel(mapping)).rejects.toMatchObject({ code: "not_found" });
    }
    expect(await halo.agents.channels(orgId, connectionId)).toHaveLength(1);
  });
});

describe("an integration without streams", () => {
  it("connects, and its reconnect syncs nothing while ingest is off", async () => {
    const { connectionId, halo } = await deskWorld();
    expect(await halo.runs.list(orgId)).toEqual([]);
    const reading = await deskWorld({ integrations: [desk({ streams: [people] })] });
    await reading.halo.connections.setMode(orgId, reading.connectionId, "ingest", false);
    const again = { orgId, integration: "acme", key: "k2", connectionId: reading.connectionId };
    expect(await reading.halo.connections.connectWithKey(again)).toMatchObject({ state: "connected" });
    expect((await halo.connections.get(orgId, connectionId)).state).toBe("connected");
  });
});

describe("an event that ends our access", () => {
  const ending = (): IntegrationDefinition => {
    const { webhooks } = acme();
    if (!webhooks) throw new Error("acme has webhooks");
    return desk({
      streams: [people],
      auth: {
        key: { label: "Key" },
        scopes: [],
        identify: async ({ http }) => {
          await http.get("/me");
          return { account: { id: "acct-1" } };
        },
      },
      http: deskHttp,
      webhooks: {
        ...webhooks,
        definitions: [
          ...webhooks.definitions,
          { events: ["noise"], changes: () => [], endsAccess: () => true },
        ],
      },
    });
  };

  it.each([
    ["that is true puts the connection to auth_error", true, "auth_error"],
    ["of before a reconnect changes nothing", false, "connected"],
  ])("%s", async (_, revoked, state) => {
    const world = await deskWorld({ integrations: [ending()] });
    const { desk: vendor, halo } = world;
    const lost: unknown[] = [];
    halo.on("connection.lost_access", (event) => void lost.push(event));
    if (revoked) vendor.revoked.add("k1");
    const event = { id: "e1", account: "acct-1", type: "noise", person: "", at: "2026-01-01T00:00:00Z" };
    await halo.deliveries.receive({
      integration: "acme",
      method: "POST",
      pathAndQuery: "/",
      headers: acmeHeaders,
      body: new TextEncoder().encode(JSON.stringify([event])),
    });
    // The first sync would find out too; what counts is the event.
    await halo.sync.cancel(orgId, world.connectionId);
    await world.work(halo, 3_000);
    expect((await halo.connections.get(orgId, world.connectionId)).state).toBe(state);
    expect(lost).toHaveLength(revoked ? 1 : 0);
    expect(vendor.requests.filter((one) => one === "GET /me").length).toBeGreaterThan(1);
  });
});
