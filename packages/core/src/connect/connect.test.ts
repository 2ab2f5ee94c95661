import { createHash, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { OAuthDefinition } from "../define/auth.ts";
import { defineIntegration, type IntegrationDefinition } from "../define/integration.ts";
import type { Engine } from "../engine/engine.ts";
import { AuthenticationError } from "../errors.ts";
import { createEvents } from "../events.ts";
import { secret } from "../http/secret.ts";
import { createVendorHttp } from "../http/vendor-http.ts";
import { memoryStorage } from "../memory/memory-storage.ts";
import { type Clock, systemClock } from "../ports/clock.ts";
import type { Connection } from "../ports/connection-store.ts";
import type { KeyRing } from "../ports/key-ring.ts";
import { type LogFields, type Logger, silentLogger } from "../ports/logger.ts";
import { createConnections } from "./connections.ts";
import { createKeyRing, keyRing } from "./key-ring.ts";
import { sealedUnder } from "./seal.ts";
import { createTokens } from "./tokens.ts";

const ORG = "org-1";
const SESSION = "browser-session-1";
const REDIRECT = "https://app.example.com/api/integrations/acme/callback";
const CLIENT_SECRET = "canary-client-secret";

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** A vendor with rotating refresh tokens, whose behaviour a test changes. */
async function vendor() {
  const tokenCalls: URLSearchParams[] = [];
  const revoked: URLSearchParams[] = [];
  let issued = 0;
  let refreshToken = "";
  const state = {
    url: "",
    account: "portal-7",
    scopes: ["contacts.read", "owners.read"] as readonly string[],
    expiresIn: 1800,
    tokenCalls,
    revoked,
    apiCalls: 0,
    /** The access tokens that the API takes. */
    good: new Set<string>(),
    challenge: "",
    /** Answers instead of the token endpoint. */
    token: undefined as ((response: ServerResponse, request: IncomingMessage) => void) | undefined,
    killGrant: () => {
      refreshToken = "none";
    },
  };
  const answer = (response: ServerResponse, status: number, body: unknown) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const form = new URLSearchParams(Buffer.concat(chunks).toString());
    if (request.url === "/token") {
      tokenCalls.push(form);
      if (state.token) return state.token(response, request);
      if (form.get("client_secret") !== CLIENT_SECRET)
        return answer(response, 401, { error: "invalid_client" });
      const code = form.get("grant_type") === "authorization_code";
      const pkce = createHash("sha256")
        .update(form.get("code_verifier") ?? "")
        .digest("base64url");
      if (
        code
          ? form.get("code") !== "good-code" || pkce !== state.challenge
          : form.get("refresh_token") !== refreshToken
      ) {
        return answer(response, 400, {
          error: "invalid_grant",
          error_description: "gone",
          status: "BAD_REFRESH_TOKEN",
        });
      }
      issued++;
      const accessToken = `canary-access-${issued}`;
      refreshToken = `canary-refresh-${issued}`;
      state.good = new Set([accessToken]);
      return answer(response, 200, {
        access_token: accessToken,
        refresh_token: refreshToken,
        token_type: "bearer",
        expires_in: state.expiresIn,
        hub_id: state.account,
        scopes: state.scopes,
      });
    }
    if (request.url === "/revoke") {
      revoked.push(form);
      return answer(response, 200, {});
    }
    state.apiCalls++;
    const token = request.headers.authorization?.replace("Bearer ", "") ?? "";
    return state.good.has(token) ? answer(response, 200, { id: state.account }) : answer(response, 401, {});
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return state;
}

type Vendor = Awaited<ReturnType<typeof vendor>>;

function acme(url: string, oauth: Partial<OAuthDefinition> = {}): IntegrationDefinition {
  return defineIntegration({
    id: "acme",
    name: "Acme",
    modes: { ingest: true, actions: true, notifications: false },
    streams: [{ id: "contacts" }, { id: "deals" }] as unknown as IntegrationDefinition["streams"],
    http: {
      baseUrl: url,
      budgets: [],
      classify: ({ status }) =>
        status === 401 ? { kind: "unauthorized" } : status < 300 ? { kind: "ok" } : { kind: "failed" },
    },
    auth: {
      scopes: [
        { scope: "contacts.read", reason: "Reads contacts." },
        { scope: "owners.read", reason: "Shows owners by name.", optional: true },
      ],
      oauth: {
        clientId: "client-1",
        clientSecret: CLIENT_SECRET,
        authorizeUrl: `${url}/authorize`,
        tokenUrl: `${url}/token`,
        revokeUrl: `${url}/revoke`,
        pkce: true,
        clientAuthentication: "client_secret_post",
        optionalScopeParameter: "optional_scope",
        ...oauth,
      },
      key: { label: "Key", check: (key) => (key.startsWith("key-") ? undefined : "A key begins with key-.") },
      async identify({ http, tokenResponse }) {
        if (tokenResponse) {
          return { account: { id: String(tokenResponse.hub_id) }, scopes: tokenResponse.scopes as string[] };
        }
        const me = await http.get<{ id: string }>("/me");
        return { account: { id: me.id } };
      },
    },
  });
}

type World = ReturnType<typeof world>;

function world(
  from: Vendor,
  options: {
    ring?: KeyRing;
    storage?: ReturnType<typeof memoryStorage>;
    oauth?: Partial<OAuthDefinition>;
  } = {},
) {
  let offset = 0;
  const clock: Clock = { now: () => Date.now() + offset, sleep: systemClock.sleep };
  const lines: string[] = [];
  const note = (level: string) => (message: string, fields?: LogFields) =>
    void lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  const logger: Logger = {
    debug: note("debug"),
    info: note("info"),
    warn: note("warn"),
    error: note("error"),
  };
  const storage = options.storage ?? memoryStorage({ clock });
  const ring = options.ring ?? keyRing(randomBytes(32));
  const integrations = new Map([
    ["acme", acme(from.url, options.oauth)],
    ["other", { ...acme(from.url, options.oauth), id: "other" }],
  ]);
  const events = createEvents(silentLogger);
  const heard: string[] = [];
  for (const name of ["connection.connected", "connection.disconnected", "connection.lost_access"] as const) {
    events.on(name, () => heard.push(name));
  }
  const connected: Connection[] = [];
  const added: (readonly string[])[] = [];
  const tokens = createTokens({ storage, ring, integrations, clock, logger, events, unsafeLoopback: true });
  const engine = {
    storage,
    clock,
    logger,
    events,
    ring,
    integrations,
    publicUrl: "https://app.example.com",
    sessions: {
      open() {
        throw new Error("not here");
      },
      forget() {},
    },
  } as unknown as Engine;
  const connections = createConnections({
    engine,
    tokens,
    unsafeLoopback: true,
    returnTo: ["/settings"],
    connected: async (connection) => void connected.push(connection),
    streamsAdded: async (_, streams) => void added.push(streams),
  });
  const self = {
    storage,
    ring,
    tokens,
    connections,
    connected,
    heard,
    added,
    lines,
    pass: (ms: number) => {
      offset += ms;
    },
    async begin(
      more: { connectionId?: string; switchAccount?: boolean; returnTo?: string; orgId?: string } = {},
    ) {
      const { url, state } = await connections.begin({
        orgId: ORG,
        integration: "acme",
        session: SESSION,
        redirectUri: REDIRECT,
        ...more,
      });
      from.challenge = new URL(url).searchParams.get("code_challenge") ?? "";
      return { url: new URL(url), state };
    },
    complete: (parameters: Record<string, string>, more: { session?: string; redirectUri?: string } = {}) =>
      connections.complete({
        integration: "acme",
        session: SESSION,
        redirectUri: REDIRECT,
        parameters: new URLSearchParams(parameters),
        ...more,
      }),
    async connect(more: { connectionId?: string; switchAccount?: boolean } = {}) {
      const { state } = await self.begin(more);
      return (await self.complete({ code: "good-code", state })).connection;
    },
    stored: async (id: string) => (await storage.connections.get(ORG, id)) as Connection,
    http: (connection: Connection) =>
      createVendorHttp({
        definition: (integrations.get("acme") as IntegrationDefinition).http,
        authorization: tokens.of(connection),
        clock,
        logger,
        unsafeLoopback: true,
      }),
  };
  return self;
}

const code = (value: string) => expect.objectContaining({ code: value });

describe("connecting by OAuth", () => {
  it("sends the user to the vendor with exactly what it needs, and comes back with a connection", async () => {
    const acme = await vendor();
    const w = world(acme);
    const { url, state } = await w.begin({ returnTo: "/settings/crm" });
    expect(url.href.split("?")[0]).toBe(`${acme.url}/authorize`);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      response_type: "code",
      client_id: "client-1",
      redirect_uri: REDIRECT,
      scope: "contacts.read",
      optional_scope: "owners.read",
      state,
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: "S256",
    });
    const { connection, returnTo } = await w.complete({ code: "good-code", state });
    expect(returnTo).toBe("/settings/crm");
    expect(connection).toMatchObject({
      orgId: ORG,
      integration: "acme",
      state: "connected",
      account: { id: "portal-7" },
      generation: 1,
      notices: [],
      hasCredentials: true,
    });
    expect(w.heard).toEqual(["connection.connected"]);
    expect(w.connected).toHaveLength(1);
    expect(Object.fromEntries(acme.tokenCalls[0] ?? [])).toMatchObject({
      client_secret: CLIENT_SECRET,
      redirect_uri: REDIRECT,
    });
  });

  it("T14 the store holds no token in clear, and the view none in any form", async () => {
    const w = world(await vendor());
    const connection = await w.connect();
    expect(JSON.stringify(await w.stored(connection.id))).not.toContain("canary");
    expect(JSON.stringify(connection)).not.toMatch(/canary|v1\.default/);
    expect(w.lines.join()).not.toContain("canary");
  });

  it("T10 a state is good once", async () => {
    const w = world(await vendor());
    const { state } = await w.begin();
    await w.complete({ code: "good-code", state });
    await expect(w.complete({ code: "good-code", state })).rejects.toThrow(code("oauth_state_invalid"));
  });

  it("T10 two callbacks of one state at once make one connection", async () => {
    const w = world(await vendor());
    const { state } = await w.begin();
    const both = await Promise.allSettled([1, 2].map(() => w.complete({ code: "good-code", state })));
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  });

  it.each<[string, (w: World, state: string) => Promise<unknown>]>([
    [
      "of another browser session (a planted cookie)",
      (w, state) => w.complete({ code: "good-code", state }, { session: "other" }),
    ],
    [
      "with another redirect URI",
      (w, state) => w.complete({ code: "good-code", state }, { redirectUri: `${REDIRECT}x` }),
    ],
    [
      "of another provider",
      (w, state) =>
        w.connections.complete({
          integration: "other",
          session: SESSION,
          redirectUri: REDIRECT,
          parameters: new URLSearchParams({ code: "good-code", state }),
        }),
    ],
    [
      "older than ten minutes",
      (w, state) => {
        w.pass(600_001);
        return w.complete({ code: "good-code", state });
      },
    ],
    [
      "that was changed",
      (w, state) => w.complete({ code: "good-code", state: `${state.slice(0, -8)}AAAAAAAA` }),
    ],
    ["that is missing", (w) => w.complete({ code: "good-code" })],
    [
      "that comes twice",
      (w, state) =>
        w.connections.complete({
          integration: "acme",
          session: SESSION,
          redirectUri: REDIRECT,
          parameters: new URLSearchParams([
            ["code", "good-code"],
            ["state", state],
            ["state", state],
          ]),
        }),
    ],
    [
      "made by somebody else",
      (w) =>
        w.complete({ code: "good-code", state: "v1.default.AAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAAAAAAAA" }),
    ],
  ])("T10 a state %s is refused before the vendor is asked", async (_, attempt) => {
    const acme = await vendor();
    const w = world(acme);
    const { state } = await w.begin();
    await expect(attempt(w, state)).rejects.toThrow(code("oauth_state_invalid"));
    expect(acme.tokenCalls).toHaveLength(0);
    expect(w.connected).toHaveLength(0);
  });

  it("T10 a stranger who holds a state cannot use it up", async () => {
    const w = world(await vendor());
    const { state } = await w.begin();
    await expect(w.complete({ code: "good-code", state }, { session: "thief" })).rejects.toThrow(
      code("oauth_state_invalid"),
    );
    await expect(w.complete({ code: "good-code", state })).resolves.toBeDefined();
  });

  it("T11 a code that somebody else obtained is worthless without the attempt's verifier", async () => {
    const acme = await vendor();
    const w = world(acme);
    const { state } = await w.begin();
    acme.challenge = "of-another-attempt";
    await expect(w.complete({ code: "good-code", state })).rejects.toThrow(code("reconnect_required"));
    expect(await w.connections.list(ORG)).toEqual([]);
  });

  it.each([
    ["another origin", "https://evil.test"],
    ["no URL", "evil"],
  ])("T12 an issuer that is %s is a mix-up", async (_, iss) => {
    const acme = await vendor();
    const w = world(acme);
    const { state } = await w.begin();
    await expect(w.complete({ code: "good-code", state, iss })).rejects.toThrow(code("oauth_state_invalid"));
    expect(acme.tokenCalls).toHaveLength(0);
  });

  it("T12 an issuer that is the vendor's own is taken", async () => {
    const acme = await vendor();
    const w = world(acme);
    const { state } = await w.begin();
    await expect(w.complete({ code: "good-code", state, iss: acme.url })).resolves.toBeDefined();
  });

  it("T12 a redirect URI of another site is refused", async () => {
    const w = world(await vendor());
    await expect(
      w.connections.begin({
        orgId: ORG,
        integration: "acme",
        session: SESSION,
        redirectUri: "https://evil.test/callback",
      }),
    ).rejects.toThrow(code("input_invalid"));
  });

  it("T13 a returnTo outside the allowed paths is refused at the beginning", async () => {
    const w = world(await vendor());
    for (const returnTo of ["//evil.test", "https://evil.test", "/elsewhere"]) {
      await expect(w.begin({ returnTo })).rejects.toThrow(code("input_invalid"));
    }
  });

  it("a user who declines is told so, and the state is used up", async () => {
    const w = world(await vendor());
    const { state } = await w.begin();
    await expect(w.complete({ error: "access_denied", state })).rejects.toThrow(code("oauth_denied"));
    await expect(w.complete({ code: "good-code", state })).rejects.toThrow(code("oauth_state_invalid"));
  });

  it("T19 a required scope that was not granted makes no connection, and is named", async () => {
    const acme = await vendor();
    acme.scopes = ["owners.read"];
    const w = world(acme);
    const { state } = await w.begin();
    await expect(w.complete({ code: "good-code", state })).rejects.toMatchObject({
      code: "reconnect_required",
      missingScopes: ["contacts.read"],
    });
    expect(await w.connections.list(ORG)).toEqual([]);
  });

  it("T19 an optional scope that was not granted is a notice", async () => {
    const acme = await vendor();
    acme.scopes = ["contacts.read"];
    expect((await world(acme).connect()).notices).toEqual([
      "owners.read was not granted. Shows owners by name.",
    ]);
  });

  it("F08 a callback that dies before its commit leaves nothing, and the user can begin again", async () => {
    const acme = await vendor();
    const w = world(acme);
    const { create } = w.storage.connections;
    w.storage.connections.create = async () => {
      throw new Error("killed");
    };
    await expect(w.connect()).rejects.toThrow("killed");
    expect(await w.connections.list(ORG)).toEqual([]);
    w.storage.connections.create = create;
    await expect(w.connect()).resolves.toMatchObject({ state: "connected" });
  });

  it("F08 a callback that dies after its commit is repaired by connecting again", async () => {
    const acme = await vendor();
    const w = world(acme);
    const first = await w.connect();
    const second = await w.connect();
    expect(second).toMatchObject({ id: first.id, generation: 2 });
    expect(await w.connections.list(ORG)).toHaveLength(1);
  });

  it("T21 a token endpoint that redirects is not followed", async () => {
    const target = await vendor();
    const acme = await vendor();
    acme.token = (response) => void response.writeHead(307, { location: `${target.url}/token` }).end();
    const w = world(acme);
    const { state } = await w.begin();
    await expect(w.complete({ code: "good-code", state })).rejects.toThrow(code("vendor_failed"));
    expect(target.tokenCalls).toHaveLength(0);
  });

  it("refuses endpoints without https, unless they are of this machine and that is allowed", async () => {
    const w = world(await vendor(), { oauth: { tokenUrl: "http://token.test/token" } });
    await expect(w.begin()).rejects.toThrow(code("configuration_invalid"));
  });
});

describe("connecting with a key", () => {
  it("stores a key that the vendor takes", async () => {
    const acme = await vendor();
    acme.good.add("key-canary");
    const w = world(acme);
    const connection = await w.connections.connectWithKey({
      orgId: ORG,
      integration: "acme",
      key: " key-canary\n",
      webhookSecret: "canary-hook",
    });
    expect(connection).toMatchObject({ account: { id: "portal-7" }, state: "connected" });
    const stored = await w.stored(connection.id);
    expect(stored.credentials?.kind).toBe("key");
    expect(stored.webhookSecret).toBeDefined();
    expect(JSON.stringify(stored)).not.toContain("canary");
    await expect(w.http(stored).get("/me")).resolves.toEqual({ id: "portal-7" });
  });

  it.each([
    ["of another shape", "token-1"],
    ["that is empty", "  "],
    ["with white space in it", "key-a b"],
    ["with a line break in it", "key-a\r\nx: y"],
  ])("refuses a key %s before any call", async (_, key) => {
    const acme = await vendor();
    await expect(
      world(acme).connections.connectWithKey({ orgId: ORG, integration: "acme", key }),
    ).rejects.toThrow(code("input_invalid"));
    expect(acme.apiCalls).toBe(0);
  });

  it("refuses a key that the vendor does not take, after one call, and stores nothing", async () => {
    const acme = await vendor();
    const w = world(acme);
    await expect(
      w.connections.connectWithKey({ orgId: ORG, integration: "acme", key: "key-canary" }),
    ).rejects.toThrow(code("reconnect_required"));
    expect(acme.apiCalls).toBe(1);
    expect(await w.connections.list(ORG)).toEqual([]);
  });

  it("F45 a key that the vendor stops taking ends in auth_error after one call", async () => {
    const acme = await vendor();
    acme.good.add("key-canary");
    const w = world(acme);
    const { id } = await w.connections.connectWithKey({ orgId: ORG, integration: "acme", key: "key-canary" });
    acme.good.clear();
    acme.apiCalls = 0;
    await expect(w.http(await w.stored(id)).get("/me")).rejects.toThrow(code("reconnect_required"));
    expect(acme.apiCalls).toBe(1);
    expect(await w.stored(id)).toMatchObject({
      state: "auth_error",
      authError: { code: "reconnect_required" },
    });
  });
});

describe("a connection's token", () => {
  async function ready(options: Parameters<typeof world>[1] = {}) {
    const acme = await vendor();
    const w = world(acme, options);
    const { id } = await w.connect();
    acme.tokenCalls.length = 0;
    acme.apiCalls = 0;
    return { acme, w, id, connection: await w.stored(id) };
  }

  it("is renewed ahead of its end", async () => {
    const { acme, w, connection } = await ready();
    const http = w.http(connection);
    await http.get("/a");
    expect(acme.tokenCalls).toHaveLength(0);
    w.pass(1_750_000);
    await http.get("/a");
    expect(acme.tokenCalls).toHaveLength(1);
    expect((await w.stored(connection.id)).credentials?.version).toBe(2);
  });

  it("F40 that ends in the middle costs one renewal for all calls under way", async () => {
    const { acme, w, connection } = await ready();
    acme.good.clear();
    const http = w.http(connection);
    await Promise.all(Array.from({ length: 8 }, () => http.get("/a")));
    expect(acme.tokenCalls).toHaveLength(1);
    expect(acme.apiCalls).toBe(16);
  });

  it("F41 is renewed once by several workers at once, and nobody revokes another's", async () => {
    const { acme, w, connection } = await ready();
    acme.good.clear();
    const others = [1, 2, 3].map(() => world(acme, { storage: w.storage, ring: w.ring }));
    await Promise.all([w, ...others].map((one) => one.http(connection).get("/a")));
    expect(acme.tokenCalls).toHaveLength(1);
    expect(await w.stored(connection.id)).toMatchObject({ state: "connected", credentials: { version: 2 } });
  });

  it("F42 whose grant is dead ends in auth_error after one call, and nothing asks again", async () => {
    const { acme, w, connection } = await ready();
    acme.killGrant();
    acme.good.clear();
    const other = world(acme, { storage: w.storage, ring: w.ring });
    const calls = [w, other].flatMap((one) =>
      Array.from({ length: 5 }, () => one.http(connection).get("/a")),
    );
    for (const outcome of await Promise.allSettled(calls)) {
      expect(outcome).toMatchObject({ status: "rejected", reason: { code: "reconnect_required" } });
    }
    expect(acme.tokenCalls).toHaveLength(1);
    expect(await w.stored(connection.id)).toMatchObject({
      state: "auth_error",
      authError: { code: "reconnect_required" },
    });
    const before = acme.apiCalls;
    await expect(w.http(connection).get("/a")).rejects.toThrow(code("reconnect_required"));
    expect(acme.tokenCalls).toHaveLength(1);
    expect(acme.apiCalls).toBe(before);
    expect([...w.heard, ...other.heard].filter((name) => name === "connection.lost_access")).toHaveLength(1);
  });

  it.each<[string, Vendor["token"]]>([
    ["fails", (response) => void response.writeHead(503).end("sorry")],
    ["hangs up", (_, request) => void request.socket.destroy()],
    [
      "answers HTML",
      (response) => void response.writeHead(200, { "content-type": "text/html" }).end("<html>"),
    ],
    [
      "refuses the app's own secret",
      (response) =>
        void response
          .writeHead(401, { "content-type": "application/json" })
          .end('{"error":"invalid_client"}'),
    ],
  ])(
    "F43 is no auth_error while the token endpoint %s, and the endpoint is left in peace",
    async (_, token) => {
      const { acme, w, connection } = await ready();
      acme.token = token;
      w.pass(1_800_001);
      const http = w.http(connection);
      const outcomes = await Promise.allSettled([http.get("/a"), http.get("/b"), http.get("/c")]);
      for (const outcome of outcomes)
        expect(outcome).toMatchObject({ status: "rejected", reason: { code: "vendor_failed" } });
      await expect(http.get("/d")).rejects.toThrow(code("vendor_failed"));
      expect(acme.tokenCalls).toHaveLength(1);
      expect((await w.stored(connection.id)).state).toBe("connected");
      acme.token = undefined;
      w.pass(2_000);
      await expect(http.get("/e")).resolves.toBeDefined();
    },
  );

  it("F43 is used to its end while the endpoint that would renew it is down", async () => {
    const { acme, w, connection } = await ready();
    acme.token = (response) => void response.writeHead(503).end();
    w.pass(1_770_000);
    const http = w.http(connection);
    await http.get("/a");
    await http.get("/b");
    expect(acme.tokenCalls).toHaveLength(1);
  });

  it("F45 that is refused after its renewal ends in auth_error after two calls", async () => {
    const { acme, w, connection } = await ready();
    const api = { add: () => api, has: () => false, clear() {} } as unknown as Set<string>;
    Object.defineProperty(acme, "good", { get: () => api, set() {} });
    await expect(w.http(connection).get("/a")).rejects.toThrow(code("reconnect_required"));
    expect(acme.apiCalls).toBe(2);
    expect(acme.tokenCalls).toHaveLength(1);
    expect((await w.stored(connection.id)).state).toBe("auth_error");
  });

  it("F09 that was rotated and not stored costs one more call, then auth_error", async () => {
    const { acme, w, connection } = await ready();
    acme.good.clear();
    const { withCredentials } = w.storage.connections;
    w.storage.connections.withCredentials = (org, id, work) =>
      withCredentials(org, id, async (stored) => {
        await work(stored);
        throw new Error("killed");
      });
    await expect(w.http(connection).get("/a")).rejects.toThrow();
    w.storage.connections.withCredentials = withCredentials;
    const successor = world(acme, { storage: w.storage, ring: w.ring });
    acme.good.clear();
    await expect(successor.http(connection).get("/a")).rejects.toThrow(code("reconnect_required"));
    expect(acme.tokenCalls).toHaveLength(2);
    expect((await w.stored(connection.id)).state).toBe("auth_error");
  });

  it.each<[string, (connection: Connection) => Connection]>([
    [
      "damaged",
      (c) => ({
        ...c,
        credentials: c.credentials && {
          ...c.credentials,
          accessToken: `${c.credentials.accessToken.slice(0, -4)}AAAA`,
        },
      }),
    ],
    [
      "moved from another field",
      (c) => ({
        ...c,
        credentials: c.credentials && { ...c.credentials, accessToken: c.credentials.refreshToken ?? "" },
      }),
    ],
    [
      "moved from another connection",
      (c) => ({
        ...c,
        credentials: c.credentials && {
          ...c.credentials,
          accessToken: c.credentials.accessToken.replace(".default.", ".unknown."),
        },
      }),
    ],
  ])("F49 that was %s is a typed error with a banner, and no call", async (_, damage) => {
    const { acme, w, connection } = await ready();
    await expect(w.http(damage(connection)).get("/a")).rejects.toThrow(code("credentials_unreadable"));
    expect(acme.apiCalls).toBe(0);
    await expect
      .poll(async () => (await w.stored(connection.id)).authError?.code)
      .toBe("credentials_unreadable");
    // Its key may come back: nobody has to reconnect for that.
    expect((await w.stored(connection.id)).state).toBe("connected");
    const restored = world(acme, { storage: w.storage, ring: w.ring });
    await restored.http(await w.stored(connection.id)).get("/a");
    expect((await w.stored(connection.id)).authError).toBeUndefined();
  });

  it("I8 prints as [secret] wherever it goes", async () => {
    const { w, connection } = await ready();
    const { token } = await w.tokens.of(connection).access(undefined);
    const { inspect } = process.getBuiltinModule("node:util");
    for (const shown of [
      String(token),
      `${token}`,
      JSON.stringify({ token }),
      inspect({ token }, { showHidden: true, depth: 9 }),
      JSON.stringify({ ...token }),
    ]) {
      expect(shown).not.toContain("canary");
    }
    expect(inspect(secret("x"))).toBe("[secret]");
    expect(token.reveal()).toContain("canary");
  });

  it("F46 is deleted here and revoked there on disconnect, and serves no later call", async () => {
    const { acme, w, connection } = await ready();
    const http = w.http(connection);
    await http.get("/a");
    const view = await w.connections.disconnect(ORG, connection.id);
    expect(view).toMatchObject({ state: "disconnected", hasCredentials: false });
    expect(acme.revoked.map((form) => form.get("token"))).toEqual(["canary-refresh-1"]);
    expect((await w.stored(connection.id)).credentials).toBeUndefined();
    await w.connections.disconnect(ORG, connection.id);
    expect(acme.revoked).toHaveLength(1);
    expect(w.heard.filter((name) => name === "connection.disconnected")).toHaveLength(1);
    await expect(w.http(await w.stored(connection.id)).get("/a")).rejects.toThrow(code("reconnect_required"));
    expect(acme.apiCalls).toBe(1);
  });

  it("F46 a renewal that was under way writes nothing back", async () => {
    const { acme, w, connection } = await ready();
    await w.connections.disconnect(ORG, connection.id);
    acme.good.clear();
    const late = world(acme, { storage: w.storage, ring: w.ring });
    await expect(late.http(connection).get("/a")).rejects.toThrow(code("cancelled"));
    expect((await w.stored(connection.id)).credentials).toBeUndefined();
    expect(acme.tokenCalls).toHaveLength(0);
  });

  it("F46 an older generation neither renews nor touches the credentials of a reconnect", async () => {
    const { acme, w, connection } = await ready();
    const late = world(acme, { storage: w.storage, ring: w.ring });
    await w.connect();
    acme.tokenCalls.length = 0;
    const now = await w.stored(connection.id);
    await expect(late.http(connection).get("/a")).rejects.toThrow(code("cancelled"));
    expect(acme.tokenCalls).toHaveLength(0);
    expect(await w.stored(connection.id)).toEqual(now);
  });

  it("F46 a vendor that is away keeps nobody connected", async () => {
    const { w, connection } = await ready();
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
    await expect(w.connections.disconnect(ORG, connection.id)).resolves.toMatchObject({
      state: "disconnected",
    });
    expect(w.lines.some((line) => line.startsWith("warn"))).toBe(true);
  });
});

describe("reconnecting", () => {
  it("takes the same connection up again under a new generation, and starts anew", async () => {
    const w = world(await vendor());
    const { id } = await w.connect();
    await w.connections.disconnect(ORG, id);
    const again = await w.connect({ connectionId: id });
    expect(again).toMatchObject({ id, state: "connected", generation: 2 });
    expect(w.connected.map(({ generation }) => generation)).toEqual([1, 2]);
  });

  it("F47 with another account is refused, and leaves the connection as it was", async () => {
    const acme = await vendor();
    const w = world(acme);
    const { id } = await w.connect();
    const before = await w.stored(id);
    acme.account = "portal-8";
    await expect(w.connect({ connectionId: id })).rejects.toMatchObject({
      code: "account_mismatch",
      current: "portal-7",
    });
    expect(await w.stored(id)).toEqual(before);
    expect(await w.connections.list(ORG)).toHaveLength(1);
  });

  it("F47 with another account on purpose leaves the old account's connection behind, disconnected", async () => {
    const acme = await vendor();
    const w = world(acme);
    const { id } = await w.connect();
    await w.connections.setSettings(ORG, id, { streams: ["deals"] });
    acme.account = "portal-8";
    const other = await w.connect({ connectionId: id, switchAccount: true });
    expect(other.id).not.toBe(id);
    expect(other).toMatchObject({
      account: { id: "portal-8" },
      state: "connected",
      settings: { streams: ["deals"] },
    });
    expect(await w.connections.get(ORG, id)).toMatchObject({
      account: { id: "portal-7" },
      state: "disconnected",
      hasCredentials: false,
    });
  });

  it("ends an auth_error", async () => {
    const acme = await vendor();
    const w = world(acme);
    const { id } = await w.connect();
    acme.killGrant();
    acme.good.clear();
    await expect(w.http(await w.stored(id)).get("/a")).rejects.toThrow(code("reconnect_required"));
    await w.connect({ connectionId: id });
    const stored = await w.stored(id);
    expect(stored).toMatchObject({ state: "connected", authError: undefined });
    await expect(w.http(stored).get("/a")).resolves.toBeDefined();
  });

  it("T30 another org's connection does not exist", async () => {
    const w = world(await vendor());
    const { id } = await w.connect();
    await expect(w.begin({ connectionId: id, orgId: "org-2" })).rejects.toThrow(code("not_found"));
    await expect(w.connections.get("org-2", id)).rejects.toThrow(code("not_found"));
    await expect(w.connections.disconnect("org-2", id)).rejects.toThrow(code("not_found"));
    expect(await w.connections.list("org-2")).toEqual([]);
  });
});

describe("modes, settings and keys", () => {
  it("sets a mode that the vendor has, and refuses one that it has not", async () => {
    const w = world(await vendor());
    const { id } = await w.connect();
    expect((await w.connections.setMode(ORG, id, "ingest", false)).modes).toEqual({ ingest: false });
    await expect(w.connections.setMode(ORG, id, "notifications", true)).rejects.toThrow(
      code("input_invalid"),
    );
  });

  it("loses neither of two changes made at once", async () => {
    const w = world(await vendor());
    const { id } = await w.connect();
    await Promise.all([
      w.connections.setMode(ORG, id, "ingest", false),
      w.connections.setMode(ORG, id, "actions", false),
    ]);
    expect((await w.connections.get(ORG, id)).modes).toEqual({ ingest: false, actions: false });
  });

  it("backfills a stream that is turned on, and only that", async () => {
    const w = world(await vendor());
    const { id } = await w.connect();
    await w.connections.setSettings(ORG, id, { streams: ["contacts"] });
    expect(w.added).toEqual([]);
    await w.connections.setSettings(ORG, id, { streams: ["contacts", "deals"] });
    expect(w.added).toEqual([["deals"]]);
  });

  it("keeps settings that are not named, and drops one that is set to null", async () => {
    const w = world(await vendor());
    const { id } = await w.connect();
    const window = { from: "22:00", to: "06:00", timeZone: "Europe/Berlin" };
    await w.connections.setSettings(ORG, id, { window, streams: ["deals"] });
    expect((await w.connections.setSettings(ORG, id, { window: null })).settings).toEqual({
      streams: ["deals"],
    });
  });

  it.each([
    { streams: ["nothing"] },
    { streams: [] },
    { window: { from: "24:00", to: "06:00", timeZone: "UTC" } },
    { window: { from: "6:00", to: "07:00", timeZone: "UTC" } },
    { window: { from: "06:00", to: "06:00", timeZone: "UTC" } },
    { window: { from: "06:00", to: "07:00", timeZone: "Mars/Base" } },
  ])("refuses the settings %j", async (settings) => {
    const w = world(await vendor());
    const { id } = await w.connect();
    await expect(w.connections.setSettings(ORG, id, settings)).rejects.toThrow(code("input_invalid"));
  });

  it("F48 a rotation that is killed halfway leaves everything readable, and goes on where it was", async () => {
    const acme = await vendor();
    const [old, fresh] = [randomBytes(32), randomBytes(32)];
    const first = world(acme, { ring: createKeyRing({ current: "old", keys: { old } }) });
    const ids: string[] = [];
    for (const account of ["a", "b", "c"]) {
      acme.account = account;
      ids.push((await first.connect()).id);
    }
    const both = createKeyRing({ current: "fresh", keys: { old, fresh } });
    const second = world(acme, { storage: first.storage, ring: both });
    const { withCredentials } = first.storage.connections;
    let done = 0;
    first.storage.connections.withCredentials = (...call) => {
      if (done++ === 1) throw new Error("killed");
      return withCredentials(...call);
    };
    await expect(second.connections.rotateKeys(ORG)).rejects.toThrow("killed");
    first.storage.connections.withCredentials = withCredentials;
    const readable = async () => {
      for (const id of ids) await second.tokens.of(await second.stored(id)).access(undefined);
    };
    await readable();
    expect(await second.connections.rotateKeys(ORG)).toBe(2);
    expect(await second.connections.rotateKeys(ORG)).toBe(0);
    for (const id of ids) {
      const { credentials } = await second.stored(id);
      expect(
        [credentials?.accessToken, credentials?.refreshToken].map((text) => sealedUnder(text ?? "")),
      ).toEqual(["fresh", "fresh"]);
    }
    const third = world(acme, {
      storage: first.storage,
      ring: createKeyRing({ current: "fresh", keys: { fresh } }),
    });
    for (const id of ids) await third.tokens.of(await third.stored(id)).access(undefined);
  });

  it("F48 two rotations at once seal each connection once", async () => {
    const acme = await vendor();
    const [old, fresh] = [randomBytes(32), randomBytes(32)];
    const first = world(acme, { ring: createKeyRing({ current: "old", keys: { old } }) });
    await first.connect();
    const ring = createKeyRing({ current: "fresh", keys: { old, fresh } });
    const second = world(acme, { storage: first.storage, ring });
    const counts = await Promise.all([1, 2].map(() => second.connections.rotateKeys(ORG)));
    expect(counts.reduce((sum, count) => sum + count)).toBe(1);
  });

  it("T17 no token, secret or code is in any log line, error or event of a connection's life", async () => {
    const acme = await vendor();
    const w = world(acme);
    const errors: unknown[] = [];
    const keep = (error: unknown) => void errors.push(error);
    const { id } = await w.connect();
    acme.killGrant();
    acme.good.clear();
    await w
      .http(await w.stored(id))
      .get("/a")
      .catch(keep);
    const { state } = await w.begin();
    await w.complete({ code: "canary-code", state }).catch(keep);
    await w.connections.connectWithKey({ orgId: ORG, integration: "acme", key: "key-canary" }).catch(keep);
    await w.connections.disconnect(ORG, id).catch(keep);
    expect(errors).toHaveLength(3);
    const { inspect } = process.getBuiltinModule("node:util");
    const seen = [...w.lines, ...errors.map((error) => inspect(error, { depth: 9, showHidden: true }))].join(
      "\n",
    );
    expect(seen).not.toContain("canary");
    expect(errors.every((error) => error instanceof AuthenticationError)).toBe(true);
  });
});
