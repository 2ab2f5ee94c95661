import { StorageError } from "@halo/core";
import { memoryStorage } from "@halo/core/memory";
import { describe, expect, it } from "vitest";
import { createHandler } from "../src/index.ts";
import { authorize, base, delivery, stored, world } from "./support/world.ts";

async function opened(options: Parameters<typeof world>[0] = {}) {
  const made = await world(options);
  await made.connect("acme");
  const handler = createHandler(made.halo, { authorize, limits: { webhookBytes: 4_096, bodyMs: 200 } });
  const post = (path: string, init: RequestInit) =>
    handler(new Request(base + path, { method: "POST", ...init }));
  return { ...made, handler, post };
}

describe("a webhook", () => {
  it("that is genuine is stored before it is answered, by org and by account", async () => {
    const { emulator, halo, post } = await opened();
    for (const path of ["/hubspot/webhook/acme", "/hubspot/webhook", "/hubspot/webhook/acme?team=1"]) {
      const { body, headers } = delivery(emulator, path);
      const answer = await post(path, { body, headers });
      expect([path, answer.status, await answer.json()]).toEqual([path, 200, { ok: true }]);
    }
    expect(await stored(halo)).toBe(3);
  });

  it("is answered with what the vendor asked for, and nothing of it is stored", async () => {
    const { emulator, halo, post } = await opened();
    for (const contentType of ["text/plain", "application/json"] as const) {
      const { webhooks } = halo.integrations[0] ?? {};
      Object.assign(webhooks ?? {}, { reply: () => ({ contentType, body: '"chållenge"' }) });
      const { body, headers } = delivery(emulator);
      const answer = await post("/hubspot/webhook/acme", { body, headers });
      expect([answer.status, await answer.text()]).toEqual([200, '"chållenge"']);
      expect(answer.headers.get("content-type")).toBe(`${contentType}; charset=utf-8`);
      expect(answer.headers.get("content-length")).toBe("12");
      expect((await post("/hubspot/webhook/acme", { body: `${body} `, headers })).status).toBe(401);
    }
    expect(await stored(halo)).toBe(0);
  });

  it("F53 T47 that is not genuine gets one answer, whatever is wrong with it", async () => {
    const { emulator, halo, post } = await opened();
    const { body, headers } = delivery(emulator);
    const forged = { ...headers, "x-hubspot-signature-v3": btoa("forged".repeat(6)) };
    const refused = [
      await post("/hubspot/webhook/acme", { body, headers: forged }),
      await post("/hubspot/webhook/nobody", { body, headers: forged }),
      await post("/hubspot/webhook", { body, headers: forged }),
      await post("/hubspot/webhook/acme/more", { body, headers }),
      await post("/stripe/webhook/acme", { body, headers }),
      await post("/hubspot/webhook/%E0%A4%A", { body, headers }),
      await post("/hubspot/webhook/acme", { body: `${body} `, headers }),
      await post("/hubspot/webhook/acme", { body }),
      await post("/hubspot/webhook/acme", {}),
    ];
    const seen = await Promise.all(
      refused.map(async (answer) => [answer.status, [...answer.headers], await answer.text()]),
    );
    for (const one of seen) expect(one).toEqual(seen[0]);
    expect(seen[0]?.[0]).toBe(401);
    expect(String(seen[0]?.[2])).not.toMatch(/signature|mismatch|header/);
    expect(await stored(halo)).toBe(0);
  });

  it("T46 T47 that is not genuine asks the store nothing, so that its time tells nothing either", async () => {
    const storage = memoryStorage();
    const { emulator, post } = await opened({ storage });
    let asked = 0;
    const { routeByKey } = storage.connections;
    Object.assign(storage.connections, {
      routeByKey: (...given: Parameters<typeof routeByKey>) => {
        asked += 1;
        return routeByKey.apply(storage.connections, given);
      },
    });
    const { body, headers, path } = delivery(emulator);
    for (const org of ["acme", "nobody"]) await post(`/hubspot/webhook/${org}`, { body: "[]", headers });
    expect(asked).toBe(0);
    expect((await post(path, { body, headers })).status).toBe(200);
    expect(asked).toBe(1);
  });

  it("F53 of an org that is unknown, but signed by the app, is taken and kept apart", async () => {
    const { emulator, halo, post } = await opened();
    const { body, headers, path } = delivery(emulator, "/hubspot/webhook/nobody");
    expect((await post(path, { body, headers })).status).toBe(200);
    expect(await stored(halo)).toBe(0);
  });

  it("T08 of another account on an org's path reaches nobody", async () => {
    const { connect, emulator, halo, post } = await opened();
    await connect("other", emulator.addPortal({ seed: 2, portalId: 77 }));
    const { body, headers, path } = delivery(emulator, "/hubspot/webhook/other");
    expect((await post(path, { body, headers })).status).toBe(200);
    expect([await stored(halo), await stored(halo, "other")]).toEqual([0, 0]);
  });

  it("F54 that comes while ingest is off is answered with 200 and skipped", async () => {
    const { emulator, halo, post } = await opened();
    const [connection] = await halo.connections.list("acme");
    await halo.connections.setMode("acme", connection?.id ?? "", "ingest", false);
    const { body, headers, path } = delivery(emulator);
    expect((await post(path, { body, headers })).status).toBe(200);
    expect(await halo.deliveries.list("acme")).toMatchObject([{ status: "skipped" }]);
  });

  it("F60 that is genuine but no list of events is answered with 400", async () => {
    const { emulator, post } = await opened();
    const targetUrl = `${base}/hubspot/webhook/acme`;
    const { body, headers } = emulator.webhooks.sign("not a list" as never, { targetUrl });
    const answer = await post("/hubspot/webhook/acme", { body, headers });
    expect([answer.status, await answer.json()]).toMatchObject([400, { error: { code: "input_invalid" } }]);
  });

  it.each(["gzip", "br", "deflate, gzip", "GZIP"])(
    "F60 T22 that is compressed (%s) is refused with 415",
    async (encoding) => {
      const { emulator, post } = await opened();
      const { body, headers, path } = delivery(emulator);
      const answer = await post(path, { body, headers: { ...headers, "content-encoding": encoding } });
      expect(answer.status).toBe(415);
    },
  );

  it("F58 that announces too much is refused before a byte of it is read", async () => {
    const { handler } = await opened();
    let pulled = 0;
    const body = new ReadableStream(
      {
        pull(controller) {
          pulled += 1;
          controller.enqueue(new Uint8Array(1_024));
        },
      },
      { highWaterMark: 0 },
    );
    const init = { method: "POST", body, duplex: "half", headers: { "content-length": "10000000" } };
    const answer = await handler(new Request(`${base}/hubspot/webhook/acme`, init as RequestInit));
    expect([answer.status, pulled]).toEqual([413, 0]);
  });

  it("F58 that announces nothing is counted, and left as soon as it is too much", async () => {
    const { handler } = await opened();
    let pulled = 0;
    let cancelled = false;
    const body = new ReadableStream(
      {
        pull(controller) {
          pulled += 1;
          controller.enqueue(new Uint8Array(1_024));
        },
        cancel() {
          cancelled = true;
        },
      },
      { highWaterMark: 0 },
    );
    const init = { method: "POST", body, duplex: "half" };
    const answer = await handler(new Request(`${base}/hubspot/webhook/acme`, init as RequestInit));
    expect([answer.status, cancelled]).toEqual([413, true]);
    expect(pulled).toBeLessThan(8);
  });

  it("F59 whose body does not end is cut", async () => {
    const { handler } = await opened();
    const body = new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(3)) });
    const init = { method: "POST", body, duplex: "half" };
    const answer = await handler(new Request(`${base}/hubspot/webhook/acme`, init as RequestInit));
    expect(answer.status).toBe(408);
  });

  it("F61 F62 that cannot be stored now is answered with 503 and when to come again", async () => {
    const storage = memoryStorage();
    const { emulator, halo, post } = await opened({ storage });
    const { accept } = storage.deliveries;
    Object.assign(storage.deliveries, {
      accept: () => Promise.reject(new StorageError("password=hunter2", { retryable: true })),
    });
    const { body, headers, path } = delivery(emulator);
    const answer = await post(path, { body, headers });
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "10"]);
    expect(await answer.text()).not.toContain("hunter2");
    Object.assign(storage.deliveries, { accept });
    expect((await post(path, { body, headers })).status).toBe(200);
    expect(await stored(halo)).toBe(1);
  });

  it("is delivered by POST only, whatever the integration", async () => {
    const { handler } = await opened();
    for (const path of ["/hubspot/webhook/acme", "/nobody/webhook"]) {
      const answer = await handler(new Request(base + path));
      expect([answer.status, answer.headers.get("allow")]).toEqual([405, "POST"]);
    }
  });

  it("behind a proxy that takes a prefix away is verified by the public path", async () => {
    const { emulator, halo } = await opened();
    const handler = createHandler(halo, { authorize, base: "/hooks" });
    const { body, headers } = delivery(emulator);
    const answer = await handler(
      new Request("http://10.0.0.7/hooks/hubspot/webhook/acme", { method: "POST", body, headers }),
    );
    expect(answer.status).toBe(200);
  });
});
