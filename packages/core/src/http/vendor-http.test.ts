import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import * as z from "zod";
import type { HttpDefinition, VendorAnswer, Verdict } from "../define/http.ts";
import { AuthenticationError, type RateLimitError } from "../errors.ts";
import { systemClock } from "../ports/clock.ts";
import { type Logger, silentLogger } from "../ports/logger.ts";
import type { VendorHttp } from "../ports/vendor-http.ts";
import { createLimiter } from "./limiter.ts";
import { secret } from "./secret.ts";
import { type Authorization, createVendorHttp, type RetryLimits } from "./vendor-http.ts";

const TOKEN = "canary-token-3f9c1d";

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly authorization: string | undefined;
  readonly at: number;
}

type Handler = (request: IncomingMessage, response: ServerResponse, nth: number) => void;

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function serve(handler: Handler): Promise<{ baseUrl: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    seen.push({
      method: request.method ?? "",
      url: request.url ?? "",
      authorization: request.headers.authorization,
      at: Date.now(),
    });
    request.resume();
    handler(request, response, seen.length);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

const json = (
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
) => {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
};

function classify({ status, body }: VendorAnswer): Verdict {
  if (status === 429) return { kind: "rate_limited" };
  if (status === 401) return { kind: "unauthorized" };
  if (status === 403) return { kind: "missing_scope", scopes: ["contacts.read"] };
  if (status >= 500 || status === 423) return { kind: "retry" };
  if (status >= 400) return { kind: "failed" };
  return (body as { ok?: boolean } | undefined)?.ok === false ? { kind: "failed" } : { kind: "ok" };
}

/** One token that the vendor may refuse; `renew` gives the next one, as often as `renewals` says. */
function tokens(renewals = 0) {
  const calls = { access: 0, renew: 0, refused: 0 };
  let version = 1;
  const current = () => ({ token: secret(version === 1 ? TOKEN : `${TOKEN}-${version}`), version });
  const authorizer: Authorization = {
    async access() {
      calls.access++;
      return current();
    },
    async renew(access) {
      if (access.version < version) return current();
      calls.renew++;
      if (version > renewals) return undefined;
      version++;
      return current();
    },
    async refused() {
      calls.refused++;
      return new AuthenticationError("Reconnect.", { connectionId: "c1" });
    },
  };
  return { authorizer, calls };
}

function client(
  baseUrl: string,
  options: {
    definition?: Partial<HttpDefinition>;
    authorizer?: Authorization;
    retry?: Partial<RetryLimits>;
    logger?: Logger;
    signal?: AbortSignal;
    onBlocked?: (until: number) => void;
    fetch?: typeof fetch;
  } = {},
): VendorHttp {
  const definition: HttpDefinition = {
    baseUrl,
    budgets: [{ name: "burst", limit: 1000, windowMs: 10_000 }],
    classify,
    describe: ({ headers, body }) => ({
      ...(headers.get("x-request-id") ? { requestId: headers.get("x-request-id") as string } : {}),
      ...((body as { category?: string } | undefined)?.category
        ? { reason: (body as { category: string }).category }
        : {}),
    }),
    ...options.definition,
  };
  return createVendorHttp({
    definition,
    integration: "acme",
    authorization: options.authorizer ?? tokens().authorizer,
    limiter: createLimiter({ definition, clock: systemClock, random: () => 0.02 }),
    clock: systemClock,
    logger: options.logger ?? silentLogger,
    unsafeLoopback: true,
    retry: { baseMs: 20, capMs: 50, ...options.retry },
    ...(options.signal ? { signal: options.signal } : {}),
    ...(options.onBlocked ? { block: options.onBlocked } : {}),
    ...(options.fetch ? { fetch: options.fetch } : {}),
  });
}

/** Everything that a person or a log could see of an error. */
function everything(error: unknown): string {
  const { inspect } = process.getBuiltinModule("node:util");
  return `${inspect(error, { depth: 10, showHidden: true })} ${JSON.stringify(error)} ${String((error as Error).stack)}`;
}

describe("a vendor's client", () => {
  it("sends the token, the query and the JSON, and returns what the schema makes of the answer", async () => {
    const { baseUrl, seen } = await serve((_, response) => json(response, 200, { id: "1", extra: true }));
    const http = client(baseUrl);
    const answer = await http.post("/things", {
      query: { limit: 5, after: undefined, deep: true },
      json: { a: 1 },
      schema: z.object({ id: z.string() }),
    });
    expect(answer).toEqual({ id: "1" });
    expect(seen).toMatchObject([
      { method: "POST", url: "/things?limit=5&deep=true", authorization: `Bearer ${TOKEN}` },
    ]);
  });

  it("returns undefined for an empty answer and for a status that means absence", async () => {
    const { baseUrl } = await serve((request, response) =>
      request.url === "/gone" ? json(response, 404, {}) : response.writeHead(204).end(),
    );
    const http = client(baseUrl);
    expect(await http.delete("/there")).toBeUndefined();
    expect(await http.get("/gone", { absentOn: [404] })).toBeUndefined();
    await expect(http.get("/gone")).rejects.toMatchObject({
      code: "vendor_failed",
      status: 404,
      retryable: false,
    });
  });

  it.each([
    ["seconds", () => ({ "retry-after": "1" })],
    [
      "a HTTP date",
      () => {
        const now = Math.ceil(Date.now() / 1000) * 1000;
        return { date: new Date(now).toUTCString(), "retry-after": new Date(now + 1000).toUTCString() };
      },
    ],
  ])("F20 no call goes out before a Retry-After in %s is over", async (_, headers) => {
    const { baseUrl, seen } = await serve((_, response, nth) =>
      nth === 1 ? json(response, 429, {}, headers()) : json(response, 200, { nth }),
    );
    const blocked: number[] = [];
    const http = client(baseUrl, { onBlocked: (until) => blocked.push(until) });
    const first = http.get("/a");
    await expect.poll(() => blocked.length).toBe(1);
    await Promise.all([first, http.get("/b"), http.get("/c")]);
    const [refused, ...later] = seen;
    expect(later).toHaveLength(3);
    for (const call of later) expect(call.at - (refused?.at ?? 0)).toBeGreaterThanOrEqual(990);
  });

  it("F21 a write that was refused for its rate is sent again, since it was not processed", async () => {
    const { baseUrl, seen } = await serve((_, response, nth) =>
      nth < 3 ? json(response, 429, {}) : json(response, 200, { ok: true }),
    );
    await expect(client(baseUrl).post("/write", { json: {} })).resolves.toEqual({ ok: true });
    expect(seen).toHaveLength(3);
  });

  it("F22 refusals without end stop at the budget of attempts, with the time of the next", async () => {
    const { baseUrl, seen } = await serve((_, response) => json(response, 429, {}));
    await expect(client(baseUrl).get("/a")).rejects.toMatchObject({ code: "rate_limited", retryable: true });
    expect(seen.length).toBeLessThanOrEqual(6);
  });

  it("F22 failures without end stop at the budget of attempts, and say that it may work later", async () => {
    const { baseUrl, seen } = await serve((_, response) =>
      json(response, 503, { category: "OVERLOAD" }, { "x-request-id": "r-1" }),
    );
    await expect(client(baseUrl).get("/a")).rejects.toMatchObject({
      code: "vendor_failed",
      status: 503,
      reason: "OVERLOAD",
      requestId: "r-1",
      retryable: true,
    });
    expect(seen).toHaveLength(6);
  });

  it("F22 a wait beyond all patience is thrown at once with its end", async () => {
    const { baseUrl, seen } = await serve((_, response) =>
      json(response, 429, {}, { "retry-after": "3600" }),
    );
    const http = client(baseUrl);
    const began = Date.now();
    const error: unknown = await http.get("/a").catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "rate_limited" });
    expect((error as RateLimitError).retryAt - began).toBeGreaterThanOrEqual(3_600_000);
    await expect(http.get("/b")).rejects.toMatchObject({ code: "rate_limited" });
    expect(seen).toHaveLength(1);
  });

  it("F23 sporadic failures of reads are invisible", async () => {
    const { baseUrl, seen } = await serve((_, response, nth) =>
      nth % 2 === 1
        ? json(response, [500, 502, 503, 423][(nth >> 1) % 4] ?? 500, {})
        : json(response, 200, { nth }),
    );
    const http = client(baseUrl);
    for (let i = 0; i < 4; i++) await http.get("/a");
    await http.post("/search", { json: {}, repeatable: true });
    expect(seen).toHaveLength(10);
  });

  it("F23 a write is not sent again after a failure", async () => {
    const { baseUrl, seen } = await serve((_, response) => json(response, 500, {}));
    await expect(client(baseUrl).post("/write", { json: {} })).rejects.toMatchObject({
      code: "vendor_failed",
      retryable: false,
    });
    expect(seen).toHaveLength(1);
  });

  it("F24 a read whose connection is cut in the middle of the body is repeated", async () => {
    const { baseUrl, seen } = await serve((request, response, nth) => {
      if (nth > 2) return json(response, 200, { whole: true });
      response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
      response.write('{"whole":');
      setImmediate(() => request.socket.destroy());
    });
    await expect(client(baseUrl).get("/a")).resolves.toEqual({ whole: true });
    expect(seen).toHaveLength(3);
  });

  it("F24 a write whose connection is cut is not repeated", async () => {
    const { baseUrl, seen } = await serve((request) => void request.socket.destroy());
    await expect(client(baseUrl).patch("/a", { json: {} })).rejects.toMatchObject({
      code: "vendor_failed",
      status: undefined,
    });
    expect(seen).toHaveLength(1);
  });

  it("F24 a read that is never answered ends at the deadline, and is repeated", async () => {
    const { baseUrl, seen } = await serve((_, response, nth) => {
      if (nth > 1) json(response, 200, { nth });
    });
    const http = client(baseUrl, { definition: { deadlineMs: 100 } });
    await expect(http.get("/a")).resolves.toEqual({ nth: 2 });
    expect(seen).toHaveLength(2);
  });

  it("F25 an answer that trickles ends at the deadline, body included", async () => {
    const { baseUrl } = await serve((_, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      const drip = setInterval(() => response.write(" "), 20);
      response.on("close", () => clearInterval(drip));
    });
    const began = Date.now();
    const http = client(baseUrl, { definition: { deadlineMs: 200 }, retry: { attempts: 2 } });
    await expect(http.get("/a")).rejects.toMatchObject({ code: "vendor_timeout", retryable: true });
    expect(Date.now() - began).toBeLessThan(2_000);
  });

  it("F25 a body that never ends and ignores its signal ends at the deadline", async () => {
    const endless = (async () => new Response(new ReadableStream())) as typeof fetch;
    const http = client("https://api.acme.test", {
      fetch: endless,
      definition: { deadlineMs: 100 },
      retry: { attempts: 1 },
    });
    await expect(http.get("/a")).rejects.toMatchObject({ code: "vendor_timeout" });
  });

  it.each([
    ["HTML with 200", "<html><body>Sorry</body></html>", "text/html"],
    ["JSON that was cut short", '{"results":[{"id":"1"},{"id"', "application/json"],
    ["bytes that are no UTF-8", Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), "application/json"],
    ["nesting deeper than anything honest", `${"[".repeat(1_000)}${"]".repeat(1_000)}`, "application/json"],
  ])("F26 %s is refused whole", async (_, body, type) => {
    const { baseUrl } = await serve((_, response) =>
      response.writeHead(200, { "content-type": type }).end(body),
    );
    await expect(client(baseUrl, { retry: { attempts: 2 } }).get("/a")).rejects.toMatchObject({
      code: "vendor_response_invalid",
    });
  });

  it("F26 a page of a proxy in between is invisible when the next answer is whole", async () => {
    const { baseUrl } = await serve((_, response, nth) =>
      nth === 1
        ? response.writeHead(200, { "content-type": "text/html" }).end("<html>")
        : json(response, 200, { nth }),
    );
    await expect(client(baseUrl).get("/a")).resolves.toEqual({ nth: 2 });
  });

  it("F26 an answer that does not fit its schema is refused, naming the field and not its value", async () => {
    const { baseUrl } = await serve((_, response) => json(response, 200, { results: [{ id: "Jane Doe" }] }));
    const error = await client(baseUrl)
      .get("/a", { schema: z.object({ results: z.array(z.object({ id: z.number() })) }) })
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "vendor_response_invalid" });
    expect((error as Error).message).toContain("results.0.id");
    expect(everything(error)).not.toContain("Jane");
  });

  it("F35 a page larger than the cap is cut off while it comes", async () => {
    let sent = 0;
    const { baseUrl, seen } = await serve((_, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      const chunk = Buffer.alloc(64 * 1024, 0x20);
      const more = () => {
        while (sent < 50 * 1024 * 1024 && !response.destroyed) {
          sent += chunk.length;
          if (!response.write(chunk)) return void response.once("drain", more);
        }
        response.end();
      };
      more();
    });
    const http = client(baseUrl, { definition: { maxBytes: 1024 * 1024 } });
    await expect(http.get("/a")).rejects.toMatchObject({
      code: "vendor_response_invalid",
      reason: "too_large",
      retryable: false,
    });
    expect(seen).toHaveLength(1);
    expect(sent).toBeLessThan(20 * 1024 * 1024);
  });

  it("F35 a page that announces more than the cap is not read", async () => {
    const { baseUrl } = await serve((_, response) => {
      response.writeHead(200, { "content-type": "application/json", "content-length": String(2 ** 40) });
      response.write("{");
    });
    await expect(client(baseUrl).get("/a")).rejects.toMatchObject({ reason: "too_large" });
  });

  it.each([
    ["a bomb of 200 MB in 200 kB", gzipSync(Buffer.alloc(200 * 1024 * 1024, 0x20)), "gzip", "too_large"],
    ["two layers of compression", gzipSync(gzipSync("{}")), "gzip, gzip", "several_encodings"],
  ])("T22 %s is refused", async (_, body, encoding, reason) => {
    const { baseUrl } = await serve((_, response) =>
      response.writeHead(200, { "content-type": "application/json", "content-encoding": encoding }).end(body),
    );
    const before = process.memoryUsage().rss;
    const http = client(baseUrl, { definition: { maxBytes: 5 * 1024 * 1024 } });
    await expect(http.get("/a")).rejects.toMatchObject({ code: "vendor_response_invalid", reason });
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * 1024 * 1024);
  });

  it("F40 a token that ran out in between is renewed once, and the call replayed once", async () => {
    const { baseUrl, seen } = await serve((request, response) =>
      request.headers.authorization === `Bearer ${TOKEN}`
        ? json(response, 401, {})
        : json(response, 200, { ok: 1 }),
    );
    const { authorizer, calls } = tokens(1);
    await expect(client(baseUrl, { authorizer }).post("/write", { json: {} })).resolves.toEqual({ ok: 1 });
    expect(calls).toMatchObject({ renew: 1, refused: 0 });
    expect(seen).toHaveLength(2);
  });

  it("F45 a renewed token that is refused too ends it after two calls", async () => {
    const { baseUrl, seen } = await serve((_, response) => json(response, 401, {}));
    const { authorizer, calls } = tokens(5);
    await expect(client(baseUrl, { authorizer }).get("/a")).rejects.toMatchObject({
      code: "reconnect_required",
      connectionId: "c1",
    });
    expect(calls).toMatchObject({ renew: 1, refused: 1 });
    expect(seen).toHaveLength(2);
  });

  it("T19 a missing scope is a closed gate that names it, and not a lost connection", async () => {
    const { baseUrl, seen } = await serve((_, response) => json(response, 403, {}));
    const { authorizer, calls } = tokens();
    await expect(client(baseUrl, { authorizer }).get("/a")).rejects.toMatchObject({
      code: "gate_closed",
      gate: "scope:contacts.read",
    });
    expect(calls).toMatchObject({ renew: 0, refused: 0 });
    expect(seen).toHaveLength(1);
  });

  it.each([301, 302, 303, 307, 308])(
    "T21 a redirect by %i is not followed, and its target never sees the token",
    async (status) => {
      const target = await serve((_, response) => json(response, 200, {}));
      const { baseUrl, seen } = await serve((_, response) =>
        response.writeHead(status, { location: `${target.baseUrl}/steal` }).end(),
      );
      await expect(client(baseUrl).get("/a")).rejects.toMatchObject({ code: "vendor_url_refused", status });
      expect(seen).toHaveLength(1);
      expect(target.seen).toEqual([]);
    },
  );

  it("T21 a redirect that a host's own fetch followed is refused", async () => {
    const following = (async () => {
      const response = new Response("{}", { status: 200 });
      Object.defineProperty(response, "redirected", { value: true });
      return response;
    }) as typeof fetch;
    const http = client("https://api.acme.test", { fetch: following });
    await expect(http.get("/a")).rejects.toMatchObject({ code: "vendor_url_refused" });
  });

  it("T20 a next-page link to another host is refused before anything is sent", async () => {
    const target = await serve((_, response) => json(response, 200, {}));
    const { baseUrl, seen } = await serve((_, response) => json(response, 200, {}));
    await expect(client(baseUrl).get(`${target.baseUrl}/next`)).rejects.toMatchObject({
      code: "vendor_url_refused",
    });
    await client(baseUrl).get(`${baseUrl}/next?after=1`);
    expect(target.seen).toEqual([]);
    expect(seen).toMatchObject([{ url: "/next?after=1" }]);
  });

  it.each<[string, Handler, string]>([
    ["a failure", (_, r) => json(r, 400, { category: `Bearer ${TOKEN}`, message: `hello ${TOKEN}` }), "/a"],
    ["a lost connection", (q) => void q.socket.destroy(), "/a"],
    ["something that is no JSON", (_, r) => r.writeHead(200).end(`<html>${TOKEN}`), "/a"],
    ["a rate limit", (_, r) => json(r, 429, { message: TOKEN }), "/a"],
    ["a redirect", (_, r) => r.writeHead(302, { location: `http://x/${TOKEN}` }).end(), "/a"],
    ["a refusal", (_, r) => json(r, 401, { token: TOKEN }), "/a"],
    ["a missing scope", (_, r) => json(r, 403, { token: TOKEN }), "/a"],
    ["a secret in the path", (_, r) => json(r, 400, {}), `/revoke/${TOKEN}-${"0123456789".repeat(3)}`],
  ])("T17 neither token, query nor body is in any part of the error after %s", async (_, handler, path) => {
    const { baseUrl } = await serve(handler);
    const error = await client(baseUrl, { retry: { attempts: 1 } })
      .get(path, { query: { hapikey: `${TOKEN}-query` } })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(everything(error)).not.toContain(TOKEN);
  });

  it("stops at once when its signal aborts, while waiting, sending or between attempts", async () => {
    const { baseUrl } = await serve((request, response) => {
      if (request.url === "/busy") json(response, 503, {});
    });
    for (const path of ["/silent", "/busy"]) {
      const stop = new AbortController();
      const http = client(baseUrl, { signal: stop.signal, retry: { baseMs: 60_000, capMs: 60_000 } });
      const call = http.get(path);
      setTimeout(() => stop.abort(), 100);
      await expect(call).rejects.toMatchObject({ code: "cancelled" });
    }
    const aborted = AbortSignal.abort();
    await expect(client(baseUrl).get("/a", { signal: aborted })).rejects.toMatchObject({ code: "cancelled" });
  });

  it("a call that nobody listened to is sent again, whatever its method", async () => {
    const { baseUrl } = await serve((_, response) => json(response, 200, { ok: true }));
    const port = Number(new URL(baseUrl).port);
    const [server] = servers.splice(0);
    server?.closeAllConnections();
    await new Promise((resolve) => server?.close(resolve));
    const call = client(baseUrl, { retry: { baseMs: 3_000, capMs: 3_000 } }).post("/write", { json: {} });
    const revived = createServer((_, response) => json(response, 200, { revived: true }));
    servers.push(revived);
    await new Promise<void>((resolve) => revived.listen(port, "127.0.0.1", resolve));
    await expect(call).resolves.toEqual({ revived: true });
  });

  it("F34 shows the vendor's clock, never ahead of it", async () => {
    const behind = 3_600_000;
    const { baseUrl } = await serve((_, response) => {
      json(response, 200, {}, { date: new Date(Date.now() - behind).toUTCString() });
    });
    const http = client(baseUrl);
    expect(http.vendorNow()).toBeUndefined();
    await http.get("/a");
    const shown = http.vendorNow()?.getTime() ?? 0;
    const truly = Date.now() - behind;
    expect(shown).toBeLessThanOrEqual(truly);
    expect(shown).toBeGreaterThan(truly - 1_500);
  });
});
