import { describe, expect, it } from "vitest";
import { acme, acmeHeaders } from "../../test/acme.ts";
import { memoryStorage } from "../memory/index.ts";
import type { Logger } from "../ports/logger.ts";
import { createHalo } from "./create-halo.ts";
import type { HaloOptions } from "./surface.ts";

const encryptionKey = crypto.getRandomValues(new Uint8Array(32));
const open = (options: Partial<HaloOptions> = {}) =>
  createHalo({ storage: memoryStorage(), integrations: [acme()], encryptionKey, ...options });

describe("createHalo", () => {
  it.each<[string, Partial<HaloOptions>, string]>([
    ["T16 without a key", { encryptionKey: "" }, "encryptionKey"],
    ["T16 with a key that is too short", { encryptionKey: "c2hvcnQ=" }, "encryptionKey"],
    ["T52 with a public address in plain http", { publicUrl: "http://app.example.com" }, "publicUrl"],
    [
      "T52 with plain http to loopback that nobody allowed",
      { publicUrl: "http://127.0.0.1:3000" },
      "publicUrl",
    ],
    ["with a base that ends in a slash", { base: "/api/" }, "base"],
    ["with the same integration twice", { integrations: [acme(), acme()] }, "integrations"],
  ])("refuses to start %s", async (_, options, option) => {
    await expect(open(options)).rejects.toMatchObject({ code: "configuration_invalid", option });
  });

  it("refuses a storage that keeps less than it needs", async () => {
    const storage = { ...memoryStorage(), levels: new Set(["sync"] as const) };
    await expect(open({ storage })).rejects.toMatchObject({
      code: "configuration_invalid",
      option: "storage",
    });
  });

  it("tells the log what the storage has to say, with secrets taken out", async () => {
    const lines: string[] = [];
    const line = (message: string) => void lines.push(message);
    const logger: Logger = { debug: line, info: line, warn: line, error: line };
    const halo = await open({ logger });
    expect(lines).toContain("nothing is kept when this process ends");
    await halo.close();
  });

  it("a listener that throws, or rejects, breaks nothing", async () => {
    const errors: string[] = [];
    const logger: Logger = {
      debug() {},
      info() {},
      warn() {},
      error: (message) => void errors.push(message),
    };
    const halo = await open({ logger });
    const heard: string[] = [];
    halo.on("connection.connected", () => {
      throw new Error("a host's own fault");
    });
    halo.on("connection.connected", async () => {
      throw new Error("another one");
    });
    const stop = halo.on("connection.connected", () => void heard.push("heard"));
    const connect = (orgId: string) =>
      halo.connections.connectWithKey({ orgId, integration: "acme", key: "k" });
    await connect("org-1");
    stop();
    await connect("org-2");
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(heard).toEqual(["heard"]);
    expect(errors.filter((message) => message === "A listener failed")).toHaveLength(4);
    await halo.close();
  });
});

describe("receiving", () => {
  const body = (account: string) =>
    new TextEncoder().encode(
      JSON.stringify([
        { id: "e1", account, type: "person.changed", person: "1", at: new Date().toISOString() },
      ]),
    );
  const webhook = (account: string, routeKey?: string) => ({
    integration: "acme",
    ...(routeKey ? { routeKey } : {}),
    method: "POST",
    pathAndQuery: "/api/integrations/acme/webhook",
    headers: acmeHeaders,
    body: body(account),
  });

  it("F53 keeps an event of an account that nobody connected, and hands it over when somebody does", async () => {
    const halo = await open();
    expect(await halo.deliveries.receive(webhook("acct-1"))).toMatchObject({ accepted: 0, unrouted: 1 });
    await halo.connections.connectWithKey({ orgId: "org-1", integration: "acme", key: "k" });
    expect(await halo.deliveries.list("org-1")).toMatchObject([
      { type: "person.changed", status: "pending" },
    ]);
    await halo.close();
  });

  it("fans an event out to every org that connected its account, once each", async () => {
    const halo = await open();
    for (const orgId of ["org-1", "org-2"]) {
      await halo.connections.connectWithKey({ orgId, integration: "acme", key: "k" });
    }
    expect(await halo.deliveries.receive(webhook("acct-1"))).toMatchObject({ accepted: 2, duplicates: 0 });
    expect(await halo.deliveries.receive(webhook("acct-1"))).toMatchObject({ accepted: 0, duplicates: 2 });
    await halo.close();
  });

  it("T08 gives an org's path nothing of another account", async () => {
    const halo = await open();
    await halo.connections.connectWithKey({ orgId: "org-1", integration: "acme", key: "k" });
    expect(await halo.deliveries.receive(webhook("acct-2", "org-1"))).toMatchObject({
      accepted: 0,
      unrouted: 1,
    });
    expect(await halo.deliveries.list("org-1")).toEqual([]);
    await halo.close();
  });

  it("F54 F55 stores nothing to do for a connection whose ingest is off, or that was disconnected", async () => {
    const halo = await open();
    const { id } = await halo.connections.connectWithKey({ orgId: "org-1", integration: "acme", key: "k" });
    await halo.connections.setMode("org-1", id, "ingest", false);
    expect(await halo.deliveries.receive(webhook("acct-1"))).toMatchObject({ accepted: 0, skipped: 1 });
    const [delivery] = await halo.deliveries.list("org-1");
    expect(delivery).toMatchObject({ status: "skipped", payload: null });
    await halo.close();
  });

  it("stores an event whatever characters its texts hold, and whatever it says of its time", async () => {
    const halo = await open();
    await halo.connections.connectWithKey({ orgId: "org-1", integration: "acme", key: "k" });
    const odd = (text: string, at: string) => ({
      ...webhook("acct-1"),
      body: new TextEncoder().encode(
        `[{"id":"${text}","type":"person.changed","account":"acct-1","at":"${at}","person":"1","notes":[{"a${text}":"${text}"}]}]`,
      ),
    });
    await halo.deliveries.receive(odd("nul\\u0000", "soon"));
    await halo.deliveries.receive(odd("half\\ud83d", "-271821-04-20T00:00:00Z"));
    const stored = await halo.deliveries.list("org-1");
    expect(stored.map(({ payload, occurredAt }) => ({ payload, occurredAt }))).toEqual(
      expect.arrayContaining([
        {
          payload: expect.objectContaining({ id: "nul", notes: [{ anul: "nul" }] }),
          occurredAt: undefined,
        },
        {
          payload: expect.objectContaining({ id: "half\ufffd", notes: [{ "ahalf\ufffd": "half\ufffd" }] }),
          occurredAt: undefined,
        },
      ]),
    );
    await halo.close();
  });

  it.each([
    ["of an integration that is not there", { ...webhook("acct-1"), integration: "other" }],
    ["that is not genuine", { ...webhook("acct-1"), headers: {} }],
  ])("refuses a delivery %s alike", async (_, given) => {
    const halo = await open();
    await expect(halo.deliveries.receive(given)).rejects.toMatchObject({ code: "webhook_unverified" });
    await halo.close();
  });
});
