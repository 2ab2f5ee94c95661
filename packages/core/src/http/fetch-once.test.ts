import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { fixedAuthorization, newAuthorization } from "../connect/tokens.ts";
import type { HttpDefinition } from "../define/http.ts";
import { systemClock } from "../ports/clock.ts";
import { silentLogger } from "../ports/logger.ts";
import type { Authorization } from "./authorization.ts";
import { secret } from "./secret.ts";
import { createVendorHttp } from "./vendor-http.ts";

const TOKEN = "canary-token-77ab";

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface Reply {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function serve(reply: (seen: Seen) => Reply = () => ({})) {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const { method = "", url = "", headers } = request;
    const one = { method, url, headers, body };
    seen.push(one);
    const answer = reply(one);
    response.writeHead(answer.status ?? 200, answer.headers).end(answer.body ?? "{}");
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

function client(
  baseUrl: string,
  definition: Partial<HttpDefinition> = {},
  authorization: Authorization = fixedAuthorization(TOKEN),
) {
  return createVendorHttp({
    definition: {
      baseUrl,
      budgets: [],
      classify: ({ status }) =>
        status === 401 ? { kind: "unauthorized" } : { kind: status < 300 ? "ok" : "failed" },
      ...definition,
    },
    authorization,
    clock: systemClock,
    logger: silentLogger,
    unsafeLoopback: true,
  });
}

const refused = (option: string) => ({ code: "configuration_invalid", option });

describe("a credential goes into a request", () => {
  it("as a bearer token where the vendor says nothing else", async () => {
    const { origin, seen } = await serve();
    await client(origin).get("/a");
    expect(seen[0]?.headers.authorization).toBe(`Bearer ${TOKEN}`);
  });

  it.each<[string, string, NonNullable<HttpDefinition["credential"]>, string, string]>([
    [
      "in a header of its own",
      "key",
      ({ token }) => ({ name: "X-Api-Key", value: token }),
      "x-api-key",
      TOKEN,
    ],
    [
      "under the vendor's own scheme",
      "key",
      ({ token }) => ({ name: "Authorization", value: `API-Key ${token}` }),
      "authorization",
      `API-Key ${TOKEN}`,
    ],
    [
      "bare if it is a key",
      "key",
      ({ token, kind }) => ({ name: "Authorization", value: kind === "key" ? token : `Bearer ${token}` }),
      "authorization",
      TOKEN,
    ],
    [
      "as a bearer token if it came by OAuth",
      "oauth",
      ({ token, kind }) => ({ name: "Authorization", value: kind === "key" ? token : `Bearer ${token}` }),
      "authorization",
      `Bearer ${TOKEN}`,
    ],
  ])("%s", async (_, kind, credential, header, value) => {
    const { origin, seen } = await serve();
    const authorization = newAuthorization(secret(TOKEN), kind as "key" | "oauth");
    await client(origin, { credential }, authorization).get("/a");
    expect(seen[0]?.headers[header]).toBe(value);
    if (header !== "authorization") expect(seen[0]?.headers.authorization).toBeUndefined();
  });

  it("T17 and is in no error, under whatever header it goes", async () => {
    const { inspect } = process.getBuiltinModule("node:util");
    const { origin } = await serve(() => ({ status: 400, body: JSON.stringify({ echo: TOKEN }) }));
    const http = client(origin, { credential: ({ token }) => ({ name: "X-Api-Key", value: token }) });
    const error: unknown = await http.get("/a").catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "vendor_failed" });
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(TOKEN);
  });

  it("T17 one that fits no header is not in the error either", async () => {
    const { inspect } = process.getBuiltinModule("node:util");
    const { origin, seen } = await serve();
    const http = client(origin, {
      credential: ({ token }) => ({ name: "X-Api-Key", value: `${token}\r\nx: y` }),
    });
    const error: unknown = await http.get("/a").catch((thrown: unknown) => thrown);
    expect(error).toMatchObject(refused("credential"));
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(TOKEN);
    expect(seen).toEqual([]);
  });
});

describe("headers of a call", () => {
  const definition = {
    headers: { "Acme-Version": "2026-10" },
    callHeaders: ["Idempotency-Key", "Acme-Version", "X-Api-Key"],
  };

  it("go out if the vendor's definition lists them, over its constant ones", async () => {
    const { origin, seen } = await serve();
    const http = client(origin, definition);
    await http.post("/a", { json: {}, headers: { "Idempotency-Key": "k-1", "acme-version": "2026-11" } });
    await http.get("/b", { headers: { "Idempotency-Key": undefined } });
    expect(seen[0]?.headers).toMatchObject({ "idempotency-key": "k-1", "acme-version": "2026-11" });
    expect(seen[1]?.headers["acme-version"]).toBe("2026-10");
    expect(seen[1]?.headers["idempotency-key"]).toBeUndefined();
  });

  it.each([
    ["Authorization", "Bearer other"],
    ["authorization", "Bearer other"],
    ["Cookie", "a=b"],
    ["Host", "evil.test"],
    ["Acme-Account", "acct_2"],
    ["__proto__x", "1"],
  ])("are refused before anything is sent if they are not listed: %s", async (name, value) => {
    const { origin, seen } = await serve();
    await expect(client(origin, definition).get("/a", { headers: { [name]: value } })).rejects.toMatchObject(
      refused("callHeaders"),
    );
    expect(seen).toEqual([]);
  });

  it.each(["k\r\nauthorization: x", "", " k", "k ", "ké", "k".repeat(513)])(
    "are refused with a value that is no header's: %j",
    async (value) => {
      const { origin, seen } = await serve();
      await expect(
        client(origin, definition).get("/a", { headers: { "Idempotency-Key": value } }),
      ).rejects.toMatchObject(refused("headers"));
      expect(seen).toEqual([]);
    },
  );

  it("never take the credential's place, not even where a definition lists its header", async () => {
    const { origin, seen } = await serve();
    const credential = ({ token }: { token: string }) => ({ name: "X-Api-Key", value: token });
    await client(origin, { ...definition, credential }).get("/a", { headers: { "x-api-key": "other" } });
    expect(seen[0]?.headers["x-api-key"]).toBe(TOKEN);
  });

  it.each(["Authorization", "cookie", "Host", "content-length", "Transfer-Encoding", "not a name", ""])(
    "cannot be opened to %j by a definition",
    (name) => {
      const broken = () => client("https://api.acme.test", { callHeaders: [name] });
      expect(broken).toThrow(expect.objectContaining(refused("callHeaders")));
      const constant = () => client("https://api.acme.test", { headers: { [name]: "x" } });
      expect(constant).toThrow(expect.objectContaining(refused("callHeaders")));
    },
  );
});

describe("the body of a call", () => {
  it("is a form where one is given", async () => {
    const { origin, seen } = await serve();
    await client(origin).post("/refunds", { form: { amount: 5, metadata: { a: "b c" } } });
    expect(seen[0]?.headers["content-type"]).toBe("application/x-www-form-urlencoded");
    expect(seen[0]?.body).toBe("amount=5&metadata%5Ba%5D=b+c");
  });

  it("is JSON or a form, never both", async () => {
    const { origin, seen } = await serve();
    await expect(client(origin).post("/a", { form: {}, json: {} })).rejects.toMatchObject(refused("form"));
    expect(seen).toEqual([]);
  });

  it("a query takes nested fields beside what the path says already", async () => {
    const { origin, seen } = await serve();
    await client(origin).get("/a?x=1", { query: { created: { gte: 5 }, expand: ["data.b"] } });
    expect(seen[0]?.url).toBe("/a?x=1&created%5Bgte%5D=5&expand%5B%5D=data.b");
  });
});

describe("a text answer", () => {
  it("is returned as it is", async () => {
    const { origin, seen } = await serve(() => ({ body: "WEBVTT\n\n{not json" }));
    expect(await client(origin).get("/a.vtt", { answer: "text" })).toBe("WEBVTT\n\n{not json");
    expect(seen[0]?.headers.accept).toBe("*/*");
  });

  it("is JSON again where it is a refusal, and a page of a proxy is a refusal too", async () => {
    const described: unknown[] = [];
    const definition: Partial<HttpDefinition> = {
      describe: ({ body }) => {
        described.push(body);
        return {};
      },
    };
    const { origin } = await serve(({ url }) => ({
      status: 404,
      body: url === "/json" ? '{"code":3001}' : "<html>",
    }));
    const http = client(origin, definition);
    await expect(http.get("/json", { answer: "text" })).rejects.toMatchObject({ status: 404 });
    await expect(http.get("/html", { answer: "text" })).rejects.toMatchObject({ status: 404 });
    expect(described).toEqual([{ code: 3001 }, undefined]);
  });
});

describe("a redirect that a call may follow", () => {
  async function chain(target: (origins: { own: string; cdn: string; foreign: string }) => string) {
    const foreign = await serve();
    const cdn = await serve(() => ({ body: "text of the file" }));
    const own = await serve(({ url }) =>
      url === "/start"
        ? {
            status: 302,
            headers: { location: target({ own: own.origin, cdn: cdn.origin, foreign: foreign.origin }) },
          }
        : { body: "text of our own" },
    );
    return { own, cdn, foreign, http: client(own.origin, { openOrigins: [cdn.origin] }) };
  }

  it("T21 leads to an open origin without the credential", async () => {
    const { http, cdn } = await chain(({ cdn }) => `${cdn}/file?sig=1`);
    expect(await http.get("/start", { answer: "text", followRedirects: true })).toBe("text of the file");
    expect(cdn.seen[0]?.url).toBe("/file?sig=1");
    expect(JSON.stringify(cdn.seen[0]?.headers)).not.toContain(TOKEN);
  });

  it("keeps the credential at the vendor's own origin, by path or whole", async () => {
    for (const target of [({ own }: { own: string }) => `${own}/b`, () => "/b"]) {
      const { http, own } = await chain(target);
      expect(await http.get("/start", { answer: "text", followRedirects: true })).toBe("text of our own");
      expect(own.seen[1]?.headers.authorization).toBe(`Bearer ${TOKEN}`);
    }
  });

  it.each<[string, (origins: { own: string; cdn: string; foreign: string }) => string]>([
    ["a foreign origin", ({ foreign }) => `${foreign}/steal`],
    ["a host without a scheme", ({ foreign }) => foreign.replace("http:", "")],
    ["a host behind a backslash", ({ foreign }) => foreign.replace("http://", "/\\")],
  ])("T20 is refused if it leads to %s", async (_, target) => {
    const { http, foreign } = await chain(target);
    await expect(http.get("/start", { answer: "text", followRedirects: true })).rejects.toMatchObject({
      code: "vendor_url_refused",
    });
    expect(foreign.seen).toEqual([]);
  });

  it("is refused without the call's word, and for a write even with it", async () => {
    const { http, cdn } = await chain(({ cdn }) => `${cdn}/file`);
    await expect(http.get("/start")).rejects.toMatchObject({ code: "vendor_url_refused" });
    await expect(http.post("/start", { followRedirects: true })).rejects.toMatchObject({
      code: "vendor_url_refused",
    });
    expect(cdn.seen).toEqual([]);
  });

  it("F28 ends after three redirects", async () => {
    const { http, own } = await chain(() => "/start");
    await expect(http.get("/start", { followRedirects: true })).rejects.toMatchObject({
      code: "vendor_url_refused",
      reason: "redirect",
    });
    expect(own.seen).toHaveLength(4);
  });

  it("does not cost the connection when the open origin refuses", async () => {
    const cdn = await serve(() => ({ status: 401 }));
    const refusals: string[] = [];
    const authorization: Authorization = {
      access: async () => ({ token: secret(TOKEN), version: 1 }),
      renew: async () => {
        refusals.push("renew");
        return undefined;
      },
      refused: async () => {
        throw new Error("never asked");
      },
    };
    const http = client("https://api.acme.test", { openOrigins: [cdn.origin] }, authorization);
    await expect(http.get(`${cdn.origin}/file`)).rejects.toMatchObject({
      code: "vendor_failed",
      status: 401,
    });
    expect(refusals).toEqual([]);
    expect(cdn.seen[0]?.headers.authorization).toBeUndefined();
  });
});
