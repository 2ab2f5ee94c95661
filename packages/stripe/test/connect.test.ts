import { describe, expect, it } from "vitest";
import { orgId, PUBLIC_URL, READING, stripeWorld } from "./stripe-world.ts";

describe("connecting Stripe with a key", () => {
  it("knows the account and its mode, and makes the connection's endpoint, whose deliveries verify", async () => {
    const { connect, emulator, halo, received, work } = await stripeWorld();
    const connection = await connect();
    expect(connection).toMatchObject({
      account: { id: `${emulator.account.id}:test`, details: { mode: "test" } },
      state: "connected",
      notices: [],
    });
    const endpoints = [...emulator.snapshot().objects.webhook_endpoint.values()];
    expect(endpoints).toMatchObject([
      {
        url: `${PUBLIC_URL}/api/integrations/stripe/webhook/${connection.id}`,
        api_version: "2026-10-28.endive",
        status: "enabled",
      },
    ]);
    expect((await halo.detail(orgId, "stripe")).webhookInstructions).toBeUndefined();
    emulator.account.createCustomer({ email: "new@example.com" });
    await work(5_000);
    expect(received).toEqual([200]);
  });

  it("a live key is of another account than a test key, and is refused for its connection", async () => {
    const { connect, emulator } = await stripeWorld();
    const test = await connect();
    const live = emulator.issueKey({ permissions: READING, mode: "live" });
    await expect(connect({ key: live, connectionId: test.id })).rejects.toMatchObject({
      code: "account_mismatch",
    });
    const other = await connect({ key: live });
    expect(other.id).not.toBe(test.id);
    expect(other.account).toMatchObject({ id: emulator.account.id, details: { mode: "live" } });
  });

  it("T09 an event of the other mode is none of a connection's, even with its secret", async () => {
    const { connect, emulator, halo, work, storage } = await stripeWorld();
    const { id, account } = await connect();
    const [endpoint] = [...emulator.snapshot().objects.webhook_endpoint.keys()];
    const secret = emulator.webhooks.secretOf(endpoint ?? "");
    const [customer] = emulator.snapshot().objects.customer.keys();
    const event = (livemode: boolean) => ({
      id: `evt_${livemode}`,
      object: "event",
      type: "customer.updated",
      created: 1_795_219_198,
      livemode,
      data: { object: { id: customer, object: "customer" } },
    });
    const deliver = (livemode: boolean) => {
      const signed = emulator.webhooks.sign(JSON.stringify(event(livemode)), { secrets: [secret] });
      return halo.deliveries.receive({
        integration: "stripe",
        routeKey: id,
        method: "POST",
        pathAndQuery: `/api/integrations/stripe/webhook/${id}`,
        headers: signed.headers,
        body: Buffer.from(signed.body),
      });
    };
    expect(account.id).toMatch(/:test$/);
    expect(await deliver(true)).toMatchObject({ accepted: 0, unrouted: 1 });
    expect(await deliver(false)).toMatchObject({ accepted: 1, unrouted: 0 });
    await work(5_000);
    const list = await storage.deliveries.list(orgId, {});
    expect(list.map(({ eventKey }) => eventKey)).toEqual(["evt_false"]);
  });

  it.each([
    ["pk_test_51abc", "publishable"],
    ["rk_test", "restricted key"],
    ["xoxb-1-2-3", "restricted key"],
  ])("refuses %s before any call", async (key, words) => {
    const { connect, emulator } = await stripeWorld();
    await expect(connect({ key })).rejects.toMatchObject({
      code: "input_invalid",
      message: expect.stringContaining(words),
    });
    expect(emulator.ledger.count({})).toBe(0);
  });

  it("takes a secret key, and says to replace it", async () => {
    const { connect, emulator } = await stripeWorld();
    const { notices } = await connect({ key: emulator.issueKey() });
    expect(notices).toEqual([expect.stringContaining("Make a restricted key")]);
  });

  it("refuses a key that Stripe does not know", async () => {
    const { connect } = await stripeWorld();
    await expect(connect({ key: "rk_test_51NobodyKnowsThis" })).rejects.toMatchObject({
      code: "reconnect_required",
    });
  });

  it("T19 refuses a key that lacks what reading needs, and names it", async () => {
    const { connect, emulator } = await stripeWorld();
    const key = emulator.issueKey({
      permissions: READING.filter((permission) => !/^(event|charge)_/.test(permission)),
    });
    await expect(connect({ key })).rejects.toMatchObject({ missingScopes: ["charges", "events"] });
  });

  it("says what to paste where the key may not make an endpoint, and takes its secret later", async () => {
    const { clock, connect, emulator, halo, received, work } = await stripeWorld();
    const key = emulator.issueKey({ permissions: READING.filter((one) => one !== "webhook_write") });
    const { id, notices } = await connect({ key });
    expect(notices).toEqual(["Webhooks were not registered (gate_closed): set them up by hand."]);
    const { webhookInstructions } = await halo.detail(orgId, "stripe");
    expect(webhookInstructions).toContain("customer.subscription.updated");
    const url = `${PUBLIC_URL}/api/integrations/stripe/webhook/${id}`;
    const { secret } = emulator.subscribe({ url, enabledEvents: ["*"] });
    const view = await clock.run(halo.connections.setWebhookSecret(orgId, id, secret));
    expect(view.notices).toEqual([]);
    emulator.account.createCustomer({ email: "new@example.com" });
    await work(5_000);
    expect(new Set(received)).toEqual(new Set([200]));
  });

  it("keeps two keys apart that may not tell their account", async () => {
    const { connect, emulator } = await stripeWorld();
    const narrow = READING.filter((permission) => permission !== "accounts_kyc_basic_read");
    const first = await connect({ key: emulator.issueKey({ permissions: narrow }) });
    expect(first.account).toMatchObject({ id: expect.stringMatching(/^unidentified-.+:test$/) });
    const again = connect({
      key: emulator.issueKey({ permissions: [...narrow, "refund_read"] }),
      connectionId: first.id,
    });
    await expect(again).rejects.toMatchObject({ code: "account_mismatch" });
  });

  it("several accounts of one org stand beside each other, each with its own rows", async () => {
    const world = await stripeWorld();
    const other = world.emulator.addAccount({ seed: 99, size: { customers: 5 } });
    const one = await world.connect();
    const two = await world.connect({ key: other.issueKey({ permissions: READING }) });
    await world.work(120_000);
    const keys = async (id: string) =>
      (await world.storage.pages.keys(orgId, id, "stripe_customers", { after: undefined, limit: 1e4 })).map(
        ({ key }) => key,
      );
    const [theirs, others] = [await keys(one.id), await keys(two.id)];
    expect(others).toHaveLength(5);
    expect(theirs.some((key) => others.includes(key))).toBe(false);
    // An event of either finds its own connection by its own endpoint.
    other.createCustomer({ email: "second@example.com" });
    await world.work(5_000);
    expect(await keys(two.id)).toHaveLength(6);
    expect(await keys(one.id)).toHaveLength(theirs.length);
  });

  it("F55 a disconnect ends the endpoint, and what comes late is dropped with a yes", async () => {
    const { clock, connect, emulator, halo, received, work } = await stripeWorld();
    const { id } = await connect();
    emulator.webhooks.behaviour.delayMs = 1_000;
    emulator.account.createCustomer({ email: "late@example.com" });
    await clock.run(halo.connections.disconnect(orgId, id));
    expect(emulator.snapshot().objects.webhook_endpoint.size).toBe(0);
    await work(5_000);
    expect(received.every((status) => status === 200)).toBe(true);
    expect((await halo.connections.get(orgId, id)).state).toBe("disconnected");
  });

  it("an endpoint that was turned off at Stripe is made anew at the next connect", async () => {
    const { connect, emulator } = await stripeWorld();
    const { id } = await connect();
    const [endpoint] = [...emulator.account.book.tables.webhook_endpoint.rows];
    emulator.webhooks.update(emulator.account.book, endpoint!, { status: "disabled" });
    const again = await connect({ connectionId: id });
    expect(again.settings.webhookEndpoint).not.toEqual({ id: endpoint?.id });
    expect(emulator.snapshot().objects.webhook_endpoint.size).toBe(1);
  });

  it("F41 a key that was rolled ends in auth_error, with what to do", async () => {
    const { connect, emulator, halo, work } = await stripeWorld();
    const key = emulator.issueKey({ permissions: READING });
    const { id } = await connect({ key });
    await work(60_000);
    emulator.account.revokeKey(key, "expired");
    await halo.sync.start({ orgId, connectionId: id, mode: "catch_up" });
    await work(30_000);
    expect((await halo.connections.get(orgId, id)).state).toBe("auth_error");
  });
});

describe("connecting Stripe by its app", () => {
  it("goes through the marketplace without a scope, and knows account and mode from the answer", async () => {
    const { emulator, install } = await stripeWorld();
    const { connection, url } = await install();
    const { origin, pathname, searchParams } = new URL(url);
    expect(origin + pathname).toBe("https://marketplace.stripe.com/oauth/v2/authorize");
    expect([...searchParams.keys()].sort()).toEqual(["client_id", "redirect_uri", "response_type", "state"]);
    expect(connection.account.id).toBe(`${emulator.account.id}:test`);
  });

  it("F40 an access token is renewed before its hour is over, one rolled refresh token at a time", async () => {
    const { clock, emulator, halo, install, work } = await stripeWorld();
    const { connection } = await install();
    await work(60_000);
    for (let hour = 0; hour < 3; hour++) {
      await clock.advance(3_600_000);
      await halo.sync.start({ orgId, connectionId: connection.id, mode: "catch_up" });
      await work(60_000);
    }
    expect((await halo.connections.get(orgId, connection.id)).state).toBe("connected");
    expect(emulator.ledger.count({ path: "/v1/oauth/token" })).toBe(4);
    expect(emulator.ledger.count({ status: 401 })).toBe(0);
  });

  it("T12 a wrong developer key is no user's fault", async () => {
    const { install } = await stripeWorld({ stripe: { clientSecret: "sk_test_wrong" } });
    await expect(install()).rejects.toMatchObject({ code: "vendor_failed" });
  });

  it("an app's own endpoint tells the accounts apart, and its removal ends in auth_error", async () => {
    const secret = "whsec_of_the_app";
    const { emulator, halo, install, received, work } = await stripeWorld({
      stripe: { webhookSecrets: [secret] },
    });
    emulator.subscribe({
      url: `${PUBLIC_URL}/api/integrations/stripe/webhook`,
      account: emulator.platform.facts.id,
      enabledEvents: ["*", "account.application.deauthorized"],
      connect: true,
      secret,
    });
    const { connection } = await install();
    expect(connection.notices).toEqual([]);
    await work(60_000);
    emulator.account.createCustomer({ email: "told@example.com" });
    await work(10_000);
    expect(received).toContain(200);
    expect(await halo.customers.endUser(orgId, { email: "told@example.com" })).toBeDefined();
    emulator.account.uninstall();
    await work(30_000);
    expect((await halo.connections.get(orgId, connection.id)).state).toBe("auth_error");
  });
});
