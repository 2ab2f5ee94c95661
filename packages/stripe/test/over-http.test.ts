import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createHalo } from "@halo/core";
import { memoryStorage } from "@halo/core/memory";
import { type Served, serve } from "@halo/emulators/serve";
import { stripeEmulator } from "@halo/emulators/stripe";
import { afterEach, expect, it } from "vitest";
import { stripe } from "../src/index.ts";
import { orgId } from "./stripe-world.ts";

const closing: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** What a host's server does with a vendor's delivery. */
async function listen(receive: (path: string, headers: Headers, body: Uint8Array) => Promise<void>) {
  const server: Server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const headers = new Headers(incoming.headers as Record<string, string>);
      receive(incoming.url ?? "", headers, Buffer.concat(chunks)).then(
        () => outgoing.writeHead(200).end(),
        () => outgoing.writeHead(401).end(),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => new Promise((resolve) => server.close(resolve)));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it("over real HTTP: connect, backfill, webhook, approved refund, and its own webhook", async () => {
  const emulator = stripeEmulator({ seed: 3, limits: "none", size: { customers: 12 } });
  const vendor: Served = await serve(emulator);
  closing.push(() => vendor.close());
  const received: string[] = [];
  const publicUrl = await listen(async (pathAndQuery, headers, body) => {
    const routeKey = pathAndQuery.split("/webhook/")[1];
    await halo.deliveries.receive({
      integration: "stripe",
      ...(routeKey !== undefined && { routeKey }),
      method: "POST",
      pathAndQuery,
      headers,
      body,
    });
    received.push((JSON.parse(new TextDecoder().decode(body)) as { type: string }).type);
  });
  const halo = await createHalo({
    storage: memoryStorage(),
    integrations: [stripe({ origins: { api: vendor.url } })],
    encryptionKey: crypto.getRandomValues(new Uint8Array(32)),
    publicUrl,
    unsafeLoopback: true,
  });
  closing.push(() => halo.close());
  const stop = new AbortController();
  const working = halo.work({ signal: stop.signal });
  closing.push(async () => {
    stop.abort(new Error("over"));
    await working;
  });

  const connection = await halo.connections.connectWithKey({
    orgId,
    integration: "stripe",
    key: emulator.issueKey(),
  });
  expect(connection.account.details).toMatchObject({ mode: "test" });
  const atStripe = () =>
    [...emulator.snapshot({ kinds: ["customer"] }).objects.customer.values()]
      .map(({ email }) => email)
      .filter(Boolean);
  const people = async () => (await halo.customers.endUsers(orgId, { limit: 100 })).length;
  await expect.poll(people, { timeout: 30_000 }).toBe(new Set(atStripe()).size);

  const merchant = emulator.account.in("test");
  const ada = merchant.createCustomer({ email: "Ada@Example.com", name: "Ada" });
  const payment = merchant.pay({ amount: 5_000, currency: "eur", customer: ada.id });
  emulator.webhooks.flush();
  const known = async () => (await halo.customers.endUser(orgId, { email: "ada@example.com" }))?.name;
  await expect.poll(known, { timeout: 30_000 }).toBe("Ada");
  expect(received).toContain("customer.created");

  const agentId = "support";
  await halo.agents.upsert({ orgId, id: agentId });
  await halo.agents.setAction({ orgId, agentId, action: "refund", enabled: true });
  const asked = await halo.actions.invoke({
    orgId,
    agentId,
    action: "refund",
    input: { payment: payment.id, amount: 1_250, currency: "eur" },
    context: { conversationId: "c1", customer: { email: "ada@example.com" } },
  });
  if (asked.status !== "pending_approval") return expect.unreachable(asked.status);
  const refunds = () =>
    [...emulator.snapshot({ kinds: ["refund"] }).objects.refund.values()].filter(
      (refund) => refund["payment_intent"] === payment.id,
    );
  expect(refunds()).toEqual([]);
  const { hash, id } = await halo.approvals.get(orgId, asked.approvalId);
  const decision = {
    orgId,
    approvalId: id,
    hash,
    actor: { id: "grace", kind: "human", roles: ["approver"] },
  } as const;
  await halo.approvals.approve(decision);
  const state = async () => (await halo.approvals.get(orgId, id)).state;
  await expect.poll(state, { timeout: 30_000 }).toBe("succeeded");
  expect(refunds()).toMatchObject([{ amount: 1_250, metadata: { halo_effect: id } }]);
  await expect(halo.approvals.approve(decision)).rejects.toMatchObject({
    code: "approval_stale",
    current: "succeeded",
  });

  emulator.webhooks.flush();
  await expect.poll(() => received.includes("charge.refunded"), { timeout: 30_000 }).toBe(true);
  expect(refunds()).toHaveLength(1);
  expect(await halo.audit.verify({ orgId })).toMatchObject({ ok: true });
}, 120_000);
