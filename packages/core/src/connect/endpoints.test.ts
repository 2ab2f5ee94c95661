import { createHmac, randomBytes } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { defineIntegration } from "../define/integration.ts";
import { defineWebhooks, type WebhookReceiver } from "../define/webhook.ts";
import { VerificationError } from "../errors.ts";
import { createHalo } from "../halo/create-halo.ts";
import { memoryStorage } from "../memory/memory-storage.ts";

const ORG = "org-1";
const PUBLIC_URL = "https://app.example.com";
const mac = (secret: string, body: Uint8Array | string) =>
  createHmac("sha256", secret).update(body).digest("hex");

interface Event {
  readonly id: string;
  readonly live: boolean;
}

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** A vendor that keeps webhook endpoints, and tells each one's secret once. */
async function vendor() {
  const state = {
    url: "",
    endpoints: new Map<string, { readonly url: string; readonly secret: string }>(),
    made: 0,
    /** Answers of the endpoint calls instead of success. */
    status: 200,
    calls: [] as string[],
  };
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const say = (status: number, answer: unknown) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
    if (request.url === "/me") return say(200, { id: request.headers.authorization?.replace("Bearer ", "") });
    state.calls.push(`${request.method} ${request.url}`);
    if (state.status !== 200) return say(state.status, {});
    const id = request.url?.split("/")[2] ?? "";
    if (request.method === "GET") return say(state.endpoints.has(id) ? 200 : 404, { id });
    if (request.method === "DELETE") return say(state.endpoints.delete(id) ? 200 : 404, {});
    const made = `we_${++state.made}`;
    const secret = `canary-secret-${state.made}`;
    state.endpoints.set(made, { url: (JSON.parse(body) as { url: string }).url, secret });
    return say(200, { id: made, secret });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return state;
}

async function world(
  from: Awaited<ReturnType<typeof vendor>>,
  options: {
    publicUrl?: string | undefined;
    register?: WebhookReceiver<Event>["register"];
    secrets?: string[];
  } = {},
) {
  const integration = defineIntegration({
    id: "acme",
    name: "Acme",
    modes: { ingest: true, actions: false, notifications: false },
    streams: [],
    http: {
      baseUrl: from.url,
      budgets: [],
      classify: ({ status }) =>
        status === 403
          ? { kind: "missing_scope", scopes: ["webhooks.write"] }
          : { kind: status < 300 ? "ok" : status >= 500 ? "retry" : "failed" },
    },
    auth: {
      scopes: [],
      key: { label: "Key" },
      identify: async ({ http }) => ({ account: await http.get<{ id: string }>("/me") }),
    },
    webhooks: defineWebhooks<Event>({
      receive: ({ body, headers, secret }) => {
        const signature = (headers as Record<string, string>)["signature"];
        if (!secret.some((one) => mac(one, body) === signature))
          throw new VerificationError("no secret fits");
        return [JSON.parse(Buffer.from(body).toString()) as Event];
      },
      ...(options.secrets && { secrets: options.secrets }),
      type: () => "changed",
      account: () => undefined,
      belongs: (event, { id }) => event.live === id.startsWith("live"),
      key: ({ id }) => id,
      occurredAt: () => undefined,
      payload: (event) => ({ ...event }),
      parse: (payload) => payload as unknown as Event,
      definitions: [],
      instructions: (url) => `Paste ${url}.`,
      register:
        options.register ??
        (async ({ http, url, known }) => {
          if (known && (await http.get(`/endpoints/${known.id}`, { absentOn: [404] }))) return known;
          return await http.post<{ id: string; secret: string }>("/endpoints", { json: { url } });
        }),
      unregister: async ({ http, id }) => {
        await http.delete(`/endpoints/${id}`);
        return true;
      },
    }),
  });
  const halo = await createHalo({
    storage: memoryStorage(),
    integrations: [integration],
    encryptionKey: randomBytes(32),
    embedder: null,
    unsafeLoopback: true,
    ...("publicUrl" in options
      ? options.publicUrl === undefined
        ? {}
        : { publicUrl: options.publicUrl }
      : { publicUrl: PUBLIC_URL }),
  });
  const connect = (
    more: { key?: string; connectionId?: string; switchAccount?: boolean; webhookSecret?: string } = {},
  ) => halo.connections.connectWithKey({ orgId: ORG, integration: "acme", key: "live-1", ...more });
  const deliver = (secret: string, event: Event, routeKey: string) => {
    const body = Buffer.from(JSON.stringify(event));
    return halo.deliveries.receive({
      integration: "acme",
      routeKey,
      method: "POST",
      pathAndQuery: `/api/integrations/acme/webhook/${routeKey}`,
      headers: { signature: mac(secret, body) },
      body,
    });
  };
  return { halo, connect, deliver };
}

const secretOf = (from: Awaited<ReturnType<typeof vendor>>, id: string) =>
  from.endpoints.get(id)?.secret ?? "";

describe("webhook endpoints that Halo registers", () => {
  it("are made at connect, under the connection's own address, and their deliveries verify", async () => {
    const acme = await vendor();
    const { halo, connect, deliver } = await world(acme);
    const connection = await connect();
    expect([...acme.endpoints.values()]).toMatchObject([
      { url: `${PUBLIC_URL}/api/integrations/acme/webhook/${connection.id}` },
    ]);
    expect(connection.settings).toEqual({ webhookEndpoint: { id: "we_1" } });
    expect(connection.notices).toEqual([]);
    expect(JSON.stringify(connection)).not.toContain("canary");
    expect((await halo.detail(ORG, "acme")).webhookInstructions).toBeUndefined();
    await expect(
      deliver(secretOf(acme, "we_1"), { id: "e1", live: true }, connection.id),
    ).resolves.toMatchObject({ accepted: 1 });
    await expect(deliver("other", { id: "e2", live: true }, connection.id)).rejects.toMatchObject({
      code: "webhook_unverified",
    });
  });

  it("are kept at a reconnect while they stand", async () => {
    const acme = await vendor();
    const { connect, deliver } = await world(acme);
    const { id } = await connect();
    await connect({ connectionId: id });
    expect([...acme.endpoints.keys()]).toEqual(["we_1"]);
    await expect(deliver(secretOf(acme, "we_1"), { id: "e1", live: true }, id)).resolves.toMatchObject({
      accepted: 1,
    });
  });

  it("are made anew at a reconnect when the vendor lost them", async () => {
    const acme = await vendor();
    const { connect, deliver } = await world(acme);
    const { id } = await connect();
    acme.endpoints.clear();
    const again = await connect({ connectionId: id });
    expect(again.settings).toEqual({ webhookEndpoint: { id: "we_2" } });
    await expect(deliver(secretOf(acme, "we_2"), { id: "e2", live: true }, id)).resolves.toMatchObject({
      accepted: 1,
    });
  });

  it("F55 end at disconnect; what is under way then is dropped with a yes; a reconnect makes a new one", async () => {
    const acme = await vendor();
    const { halo, connect, deliver } = await world(acme);
    const { id } = await connect();
    const secret = secretOf(acme, "we_1");
    const gone = await halo.connections.disconnect(ORG, id);
    expect(acme.endpoints.size).toBe(0);
    expect(gone).toMatchObject({ state: "disconnected", settings: { webhookEndpoint: { ended: "we_1" } } });
    await expect(deliver(secret, { id: "e1", live: true }, id)).resolves.toMatchObject({
      skipped: 1,
      accepted: 0,
    });
    await connect({ connectionId: id });
    expect([...acme.endpoints.keys()]).toEqual(["we_2"]);
  });

  it.each([
    [403, "gate_closed"],
    [500, "vendor_failed"],
    [400, "vendor_failed"],
  ])(
    "leave the connection connected if the vendor answers %i, and the status says what to paste",
    async (status, reason) => {
      const acme = await vendor();
      acme.status = status;
      const { halo, connect } = await world(acme);
      const connection = await connect();
      expect(connection).toMatchObject({
        state: "connected",
        settings: {},
        notices: [`Webhooks were not registered (${reason}): set them up by hand.`],
      });
      const detail = await halo.detail(ORG, "acme");
      expect(detail.webhookInstructions).toContain("/api/integrations/acme/webhook/");
      expect(detail.banners).toMatchObject([{ level: "info", message: connection.notices[0] }]);
      acme.status = 200;
      expect((await connect({ connectionId: connection.id })).notices).toEqual([]);
    },
  );

  it("are left to the admin where the credential may not, and where nobody knows our own address", async () => {
    const refusing = await world(await vendor(), { register: async () => undefined });
    expect((await refusing.connect()).notices).toEqual([
      "Webhooks were not registered (this credential may not): set them up by hand.",
    ]);
    const acme = await vendor();
    const nowhere = await world(acme, { publicUrl: undefined });
    expect((await nowhere.connect()).notices[0]).toContain("createHalo was given no `publicUrl`");
    expect(acme.calls).toEqual([]);
  });

  it("are not made beside one whose secret was given by hand", async () => {
    const acme = await vendor();
    const { connect, deliver } = await world(acme);
    const { id, notices } = await connect({ webhookSecret: "by-hand" });
    expect(acme.calls).toEqual([]);
    expect(notices).toEqual([]);
    await expect(deliver("by-hand", { id: "e1", live: true }, id)).resolves.toMatchObject({ accepted: 1 });
  });

  it("give way to a secret that is given later", async () => {
    const acme = await vendor();
    const { halo, connect, deliver } = await world(acme);
    const { id } = await connect();
    const view = await halo.connections.setWebhookSecret(ORG, id, "by-hand");
    expect(acme.endpoints.size).toBe(0);
    expect(view.settings).toEqual({});
    await expect(deliver("by-hand", { id: "e1", live: true }, id)).resolves.toMatchObject({ accepted: 1 });
    await connect({ connectionId: id });
    expect(acme.endpoints.size).toBe(0);
  });

  it("have a notice that a secret given later takes away", async () => {
    const acme = await vendor();
    acme.status = 403;
    const { halo, connect } = await world(acme);
    const { id } = await connect();
    expect((await halo.connections.setWebhookSecret(ORG, id, "by-hand")).notices).toEqual([]);
  });

  it.each(["", "a b", "x".repeat(4_097), "a\n"])("take no secret like %j", async (secret) => {
    const { halo, connect } = await world(await vendor());
    const { id } = await connect();
    await expect(halo.connections.setWebhookSecret(ORG, id, secret)).rejects.toMatchObject({
      code: "input_invalid",
      path: "webhookSecret",
    });
  });

  it("are no setting that anybody can point elsewhere", async () => {
    const { halo, connect } = await world(await vendor());
    const { id } = await connect();
    await expect(
      halo.connections.setSettings(ORG, id, { webhookEndpoint: { id: "we_other" } }),
    ).rejects.toMatchObject({ code: "input_invalid", path: "webhookEndpoint" });
    expect((await halo.connections.setSettings(ORG, id, { anything: 1 })).settings).toEqual({
      anything: 1,
      webhookEndpoint: { id: "we_1" },
    });
  });

  it("F47 belong to one account: a switch ends the old one's and makes another", async () => {
    const acme = await vendor();
    const { connect } = await world(acme);
    const { id } = await connect();
    const other = await connect({ key: "live-2", connectionId: id, switchAccount: true });
    expect(other.id).not.toBe(id);
    expect(other.settings).toEqual({ webhookEndpoint: { id: "we_2" } });
    expect([...acme.endpoints.keys()]).toEqual(["we_2"]);
  });

  it("T09 a test's event with a live connection's secret is none of its events", async () => {
    const acme = await vendor();
    const { connect, deliver } = await world(acme);
    const { id } = await connect();
    await expect(deliver(secretOf(acme, "we_1"), { id: "e1", live: false }, id)).resolves.toMatchObject({
      accepted: 0,
      unrouted: 1,
    });
  });

  it("stand beside a secret of the app's own, each verifying its own deliveries", async () => {
    const acme = await vendor();
    const { connect, deliver } = await world(acme, { secrets: ["app-wide"] });
    const { id } = await connect();
    await expect(deliver("app-wide", { id: "e1", live: true }, id)).resolves.toMatchObject({ accepted: 1 });
    await expect(deliver(secretOf(acme, "we_1"), { id: "e2", live: true }, id)).resolves.toMatchObject({
      accepted: 1,
    });
    await expect(deliver("neither", { id: "e3", live: true }, id)).rejects.toMatchObject({
      code: "webhook_unverified",
    });
  });
});
