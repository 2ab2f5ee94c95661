import { describe, expect, it } from "vitest";
import { setUpStripe, stripeAsker } from "../../test/stripe-requests.ts";
import { signStripe } from "./sign.ts";

const URL_ = "https://halo.example.com/hook";
const HOUR = 3_600_000;

// biome-ignore lint/suspicious/noExplicitAny: deliveries are read freely in tests
type Received = { event: any; body: string; signature: string };

/** A receiver that answers with the given statuses in turn, then with 200; 0 is a refused connection. */
function receiver(...statuses: number[]) {
  const received: Received[] = [];
  const fetch: typeof globalThis.fetch = async (_, init) => {
    const body = String(init?.body);
    const signature = new Headers(init?.headers).get("stripe-signature") ?? "";
    received.push({ event: JSON.parse(body), body, signature });
    const status = statuses.shift() ?? 200;
    if (status === 0) throw new TypeError("connection refused");
    return new Response(null, { status });
  };
  return { received, fetch };
}

const set = (options: { statuses?: number[]; url?: string } & object = {}, endpoint = {}) => {
  const { statuses = [], ...rest } = options;
  const receive = receiver(...statuses);
  const made = setUpStripe({ fetch: receive.fetch, ...rest });
  const { id, secret } = made.emulator.subscribe({ url: URL_, ...endpoint });
  const settled = () => made.emulator.webhooks.settled();
  const tell = () => made.emulator.account.createCustomer({ name: "x" });
  return { ...made, ...receive, endpoint: id, secret, settled, tell };
};

const signedBy = ({ body, signature }: Received, ...secrets: string[]): boolean => {
  const timestamp = Number(/t=(\d+)/.exec(signature)?.[1]);
  return signStripe({ body, secrets, timestamp })["stripe-signature"] === signature;
};

describe("deliveries", () => {
  it("T01 are signed with the endpoint's own secret over the time and the raw body", async () => {
    const { clock, received, secret, settled, tell } = set();
    tell();
    await settled();
    const [one] = received as [Received];
    expect(one.event).toMatchObject({ object: "event", type: "customer.created", pending_webhooks: 1 });
    expect(signedBy(one, secret)).toBe(true);
    expect(signedBy(one, "whsec_other")).toBe(false);
    expect(one.signature).toContain(`t=${Math.floor(clock.now() / 1_000)}`);
  });

  it("go where the event's type is wanted, and to no disabled or deleted endpoint", async () => {
    const { ask, emulator, endpoint, received, settled, tell } = set(
      {},
      { enabledEvents: ["customer.updated"] },
    );
    const { id } = tell();
    emulator.account.updateCustomer(id, { name: "y" });
    await settled();
    expect(received.map(({ event }) => event.type)).toEqual(["customer.updated"]);
    await ask("POST", `/v1/webhook_endpoints/${endpoint}`, { disabled: true });
    emulator.account.updateCustomer(id, { name: "z" });
    await settled();
    // Nobody is waited for, either.
    expect(emulator.account.book.tables.event.rows.at(-1)?.pending_webhooks).toBe(0);
    await ask("POST", `/v1/webhook_endpoints/${endpoint}`, { disabled: false });
    emulator.account.updateCustomer(id, { name: "a" });
    await settled();
    await ask("DELETE", `/v1/webhook_endpoints/${endpoint}`);
    emulator.account.updateCustomer(id, { name: "b" });
    await settled();
    expect(received.map(({ event }) => event.data.object.name)).toEqual(["y", "a"]);
  });

  it("T06 of another mode or account go elsewhere", async () => {
    const { emulator, received, settled } = set();
    const other = emulator.addAccount({ seed: 6 });
    other.createCustomer({ name: "x" });
    emulator.account.in("live").createCustomer({ name: "x" });
    await settled();
    expect(received).toEqual([]);
  });

  it("are shown in the version that the endpoint was made with", async () => {
    const { emulator, first, received, settled } = set({}, { apiVersion: "2024-06-20" });
    const { id } = first("subscription", (row) => row.status === "active");
    emulator.account.updateSubscription(id, { fields: { description: "x" } });
    await settled();
    const { event } = received[0] as Received;
    expect([event.api_version, typeof event.data.object.current_period_end]).toEqual([
      "2024-06-20",
      "number",
    ]);
    expect(
      (await emulator.account.snapshot({ kinds: ["event"] })).objects.event.get(event.id)?.api_version,
    ).toBe("2026-10-28.endive");
  });

  it("T07 while a secret is being replaced both sign; a day later the new one alone", async () => {
    const { clock, emulator, endpoint, received, secret, settled, tell } = set();
    const young = emulator.webhooks.rollSecret(endpoint, 24 * HOUR);
    tell();
    await settled();
    expect(signedBy(received[0] as Received, young, secret)).toBe(true);
    await clock.advance(24 * HOUR);
    tell();
    await settled();
    expect(signedBy(received[1] as Received, young)).toBe(true);
  });
});

describe("what goes wrong on the way", () => {
  it("F50 a failed one comes again with a fresh time and signature: three times in test mode", async () => {
    const { clock, emulator, received, secret, tell } = set({ statuses: [500, 0, 302, 404] });
    tell();
    await clock.advance(24 * HOUR);
    expect(received).toHaveLength(4);
    expect(new Set(received.map(({ event }) => event.id)).size).toBe(1);
    expect(new Set(received.map(({ signature }) => signature)).size).toBe(4);
    expect(received.every((one) => signedBy(one, secret))).toBe(true);
    expect(emulator.webhooks.lost).toHaveLength(1);
    expect(emulator.webhooks.attempts.map(({ status }) => status)).toEqual([500, 0, 302, 404]);
  });

  it("F50 in live mode for three days", async () => {
    const statuses = Array.from({ length: 30 }, () => 503);
    const { clock, emulator, received } = set({ statuses, mode: "live" } as object, { mode: "live" });
    emulator.account.createCustomer({ name: "x" });
    const began = clock.now();
    await clock.advance(5 * 24 * HOUR);
    const last = emulator.webhooks.attempts.at(-1)?.at ?? 0;
    expect(received.length).toBeGreaterThan(8);
    expect((last - began) / (24 * HOUR)).toBeGreaterThan(2.5);
    expect((last - began) / (24 * HOUR)).toBeLessThanOrEqual(3.1);
  });

  it("until one arrives the event has somebody who waits", async () => {
    const { ask, clock, settled, tell } = set({ statuses: [500] });
    tell();
    const waiting = async () =>
      (await ask("GET", "/v1/events", { delivery_success: false })).body.data.length;
    await clock.advance(0);
    expect(await waiting()).toBe(1);
    await clock.advance(HOUR);
    await settled();
    expect(await waiting()).toBe(0);
  });

  it("F51 F52 copies, another order, losses, twins and a wrong clock", async () => {
    const many = set();
    many.emulator.webhooks.behaviour.copies = 2;
    many.tell();
    await many.settled();
    expect(new Set(many.received.map(({ event }) => event.id)).size).toBe(1);
    expect(many.received).toHaveLength(2);

    const twins = set();
    twins.emulator.webhooks.twins.on = true;
    twins.tell();
    await twins.settled();
    expect(new Set(twins.received.map(({ event }) => event.id)).size).toBe(2);
    expect(new Set(twins.received.map(({ event }) => event.data.object.id)).size).toBe(1);

    const mixed = set();
    mixed.emulator.webhooks.behaviour.shuffle = true;
    for (let n = 0; n < 8; n++) mixed.tell();
    await mixed.settled();
    const order = mixed.received.map(({ event }) => event.id);
    const made = mixed.emulator.account.book.tables.event.rows.map(({ id }) => id);
    expect(order).not.toEqual(made);
    expect([...order].sort()).toEqual([...made].sort());

    const lossy = set();
    lossy.emulator.webhooks.behaviour.lossProbability = 1;
    lossy.tell();
    await lossy.settled();
    expect([lossy.received.length, lossy.emulator.webhooks.lost.length]).toEqual([0, 1]);

    const late = set();
    late.emulator.webhooks.behaviour.skewMs = -600_000;
    late.tell();
    await late.settled();
    expect(late.received[0]?.signature).toContain(`t=${Math.floor(late.clock.now() / 1_000) - 600}`);
  });

  it("any event can be sent again, or one made up", async () => {
    const { emulator, endpoint, received, secret, settled, tell } = set();
    tell();
    await settled();
    await emulator.webhooks.send(endpoint, received[0]?.event);
    await emulator.webhooks.send(endpoint, { object: "v2.core.event", id: "evt_thin" });
    expect(received.map(({ event }) => event.id)).toEqual([
      received[0]?.event.id,
      received[0]?.event.id,
      "evt_thin",
    ]);
    expect(received.every((one) => signedBy(one, secret))).toBe(true);
    await expect(emulator.webhooks.send("we_none", {})).rejects.toThrow(RangeError);
    const { body, headers } = emulator.webhooks.sign("{}", { secrets: ["whsec_a"] });
    expect(signedBy({ event: {}, body, signature: headers["stripe-signature"] ?? "" }, "whsec_a")).toBe(true);
  });
});

describe("endpoints", () => {
  it.each([
    ["no url", { "enabled_events[]": "*" }, "url"],
    ["plain http", { url: "http://example.com/x", "enabled_events[]": "*" }, "url"],
    ["something that is no url", { url: "here", "enabled_events[]": "*" }, "url"],
    ["no events", { url: URL_ }, "enabled_events"],
    ["an event that there is not", { url: URL_, "enabled_events[]": "customer.danced" }, "enabled_events[0]"],
  ])("with %s are refused", async (_, params, param) => {
    const { ask } = setUpStripe();
    const { body, status } = await ask("POST", "/v1/webhook_endpoints", params);
    expect([status, body.error.param]).toEqual([400, param]);
  });

  it("show their secret once, and there are sixteen of a mode at most", async () => {
    const { ask } = setUpStripe();
    const make = () =>
      ask("POST", "/v1/webhook_endpoints", { url: URL_, "enabled_events[]": "*", "metadata[org]": "1" });
    const secrets = new Set<string>();
    for (let n = 0; n < 16; n++) secrets.add((await make()).body.secret);
    expect(secrets.size).toBe(16);
    expect((await make()).status).toBe(400);
    const { body } = await ask("GET", "/v1/webhook_endpoints", { limit: 100 });
    expect(body.data.map((one: { secret?: string }) => one.secret)).toEqual(Array(16).fill(undefined));
    expect(body.data[0].metadata).toEqual({ org: "1" });
  });

  it("of Connect hear of the accounts that have the app, with the account named", async () => {
    const { emulator, received, settled } = set({}, { connect: true });
    emulator.account.createCustomer({ name: "before" });
    emulator.account.install();
    emulator.account.createCustomer({ name: "while" });
    emulator.account.uninstall();
    emulator.account.createCustomer({ name: "after" });
    await settled();
    expect(received.map(({ event }) => [event.type, event.account])).toEqual([
      ["account.application.authorized", emulator.account.id],
      ["customer.created", emulator.account.id],
      ["account.application.deauthorized", emulator.account.id],
    ]);
    expect(received[1]?.event.data.object.name).toBe("while");
    const ask = stripeAsker(emulator, emulator.secretKeys.test);
    expect((await ask("GET", "/v1/webhook_endpoints")).body.data).toHaveLength(1);
  });
});
