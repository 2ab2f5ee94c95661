import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { createAdaptorServer } from "@hono/node-server";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import { afterEach, describe, expect, it } from "vitest";
import { createHandler, type Handler } from "../src/index.ts";
import { toNodeListener } from "../src/node/index.ts";
import { acmeAdmin, as, authorize, delivery, stored, world } from "./support/world.ts";

type Mounted = { readonly url: string; readonly close: () => Promise<unknown> };
type Mount = (handler: Handler, base: string) => Promise<Mounted>;

async function listen(listener: RequestListener): Promise<Mounted> {
  return await listening(createServer(listener));
}

async function listening(server: ReturnType<typeof createServer>): Promise<Mounted> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${port}`, close };
}

const mounts: Readonly<Record<string, Mount>> = {
  "node:http": (handler) => listen(toNodeListener(handler)),

  "Express 5": async (handler, base) => {
    const app = express();
    app.use(base, toNodeListener(handler));
    app.use(express.json());
    return await listen(app);
  },

  "Fastify 5": async (handler, base) => {
    const app = fastify();
    const listener = toNodeListener(handler);
    app.register(async (scope) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser("*", (_request, _payload, done) => done(null));
      scope.all(`${base}/*`, async (request, reply) => {
        reply.hijack();
        await listener(request.raw, reply.raw);
      });
    });
    await app.listen({ port: 0, host: "127.0.0.1" });
    const { port } = app.server.address() as AddressInfo;
    return {
      url: `http://127.0.0.1:${port}`,
      close: () => {
        app.server.closeAllConnections();
        return app.close();
      },
    };
  },

  Hono: async (handler, base) => {
    const app = new Hono();
    app.all(`${base}/*`, (context) => handler(context.req.raw));
    return await listening(createAdaptorServer(app) as ReturnType<typeof createServer>);
  },

  "a Next-style route handler": async (handler) => {
    // app/api/integrations/[[...path]]/route.ts
    const route = { GET: handler, POST: handler, PATCH: handler };
    return await listen(async (incoming, outgoing) => {
      const answer = await route[incoming.method as keyof typeof route](toRequest(incoming));
      outgoing.writeHead(answer.status, Object.fromEntries(answer.headers));
      outgoing.end(Buffer.from(await answer.arrayBuffer()));
      if (!incoming.complete) incoming.resume();
    });
  },
};

function toRequest(incoming: IncomingMessage): Request {
  const { headers, method = "GET", url = "/" } = incoming;
  const body = method === "GET" ? null : (Readable.toWeb(incoming) as ReadableStream);
  return new Request(`http://${headers.host}${url}`, {
    method,
    headers: Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]),
    body,
    duplex: "half",
  } as RequestInit);
}

let close: (() => Promise<unknown>) | undefined;
afterEach(async () => {
  await close?.();
  close = undefined;
});

describe.each(Object.entries(mounts))("mounted in %s", (_, mount) => {
  async function mounted() {
    const made = await world();
    await made.connect("acme");
    const handler = createHandler(made.halo, { authorize, limits: { bodyMs: 250 } });
    const { url, close: stop } = await mount(handler, made.halo.base);
    close = stop;
    const post = (path: string, init: RequestInit) =>
      fetch(`${url}${made.halo.base}${path}`, { method: "POST", ...init });
    return { ...made, url, post };
  }

  it("accepts a signed webhook, byte by byte as it came, and refuses a changed one", async () => {
    const { emulator, halo, post } = await mounted();
    const { body, headers, path } = delivery(emulator);
    expect((await post(path, { body, headers })).status).toBe(200);
    expect((await post(path, { body: `${body}\n`, headers })).status).toBe(401);
    expect(await stored(halo)).toBe(1);
  });

  it.each(["announced", "not announced"])("F58 refuses 10 MB with 413, %s", async (how) => {
    const { post } = await mounted();
    const bytes = new Uint8Array(10_000_000);
    const body = how === "announced" ? bytes : new Blob([bytes]).stream();
    const status = await post("/hubspot/webhook/acme", { body, duplex: "half" } as RequestInit).then(
      (answer) => answer.status,
      // The connection may be gone before the client has written everything: it was not taken in either way.
      () => "cut",
    );
    expect([413, "cut"]).toContain(status);
  });

  it("F60 refuses gzip and an empty body", async () => {
    const { emulator, post } = await mounted();
    const { body, headers, path } = delivery(emulator);
    const gzip = { ...headers, "content-encoding": "gzip" };
    expect((await post(path, { body: gzipSync(body), headers: gzip })).status).toBe(415);
    expect((await post(path, { headers })).status).toBe(401);
  });

  it("F53 answers an unknown org like a bad signature", async () => {
    const { post } = await mounted();
    const answers = await Promise.all(
      ["acme", "nobody"].map(async (org) => (await post(`/hubspot/webhook/${org}`, { body: "[]" })).text()),
    );
    expect(answers[0]).toBe(answers[1]);
  });

  it("F59 cuts a slow upload, announced or not, and answers others meanwhile", async () => {
    const { emulator, halo, post, url } = await mounted();
    const slow = ["content-length: 100000", "transfer-encoding: chunked"].map((framing) =>
      trickle(Number(new URL(url).port), `${halo.base}/hubspot/webhook/acme`, framing),
    );
    const { body, headers, path } = delivery(emulator);
    expect((await post(path, { body, headers })).status).toBe(200);
    expect(await Promise.all(slow)).toEqual(["408", "408"]);
  });

  it("serves the admin API, with a body and without", async () => {
    const { halo, post, url } = await mounted();
    const headers = { ...as(acmeAdmin), "content-type": "application/json" };
    const detail = await fetch(`${url}${halo.base}/hubspot`, { headers });
    expect([detail.status, await detail.json()]).toMatchObject([200, { integration: "hubspot" }]);
    expect(detail.headers.get("x-content-type-options")).toBe("nosniff");
    const sync = await post("/hubspot/sync", { headers, body: '{"mode":"catch_up"}' });
    expect(sync.status).toBe(202);
    expect((await fetch(`${url}${halo.base}/hubspot`)).status).toBe(401);
    expect((await fetch(`${url}${halo.base}/a/b/c/d`)).status).toBe(404);
  });
});

it("says so when a body parser was mounted before it", async () => {
  const { emulator, halo } = await world();
  const app = express();
  app.use(express.json());
  app.use(halo.base, toNodeListener(createHandler(halo, { authorize })));
  const { url, close: stop } = await listen(app);
  close = stop;
  const { body, headers, path } = delivery(emulator);
  const answer = await fetch(url + halo.base + path, { method: "POST", body, headers });
  expect([answer.status, await answer.json()]).toMatchObject([
    500,
    { error: { code: "configuration_invalid" } },
  ]);
});

/** Sends a byte now and then, for ever; resolves with the status it is answered with. */
function trickle(port: number, path: string, framing: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.write(`POST ${path} HTTP/1.1\r\nhost: halo.example.com\r\n${framing}\r\n\r\n`);
    });
    const byte = framing.startsWith("transfer") ? "1\r\nx\r\n" : "x";
    const timer = setInterval(() => socket.write(byte), 30);
    let text = "";
    socket.on("data", (chunk) => {
      text += String(chunk);
      if (!text.includes("\r\n\r\n")) return;
      clearInterval(timer);
      socket.destroy();
      resolve(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]);
    });
    socket.on("error", reject);
    socket.on("close", () => {
      clearInterval(timer);
      resolve(undefined);
    });
  });
}
