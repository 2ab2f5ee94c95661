import type { NotificationSink } from "@halo/core";
import { describe, expect, it } from "vitest";
import { orgId, stripeWorld } from "./stripe-world.ts";

async function heard(settings: Record<string, string[]> = {}) {
  const sent: { readonly data: unknown; readonly title: string }[] = [];
  const sink: NotificationSink = {
    id: "test",
    async send({ event, message }) {
      sent.push({ data: event.data, title: message.title });
      return {};
    },
  };
  const world = await stripeWorld({ halo: { sinks: [sink] } });
  const { id } = await world.connect();
  await world.halo.connections.setSettings(orgId, id, settings);
  await world.halo.notifications.subscribe({ orgId, type: "stripe_event", sink: "test", target: "t" });
  await world.work(120_000);
  return { ...world, id, sent };
}

describe("what Stripe tells the org's people", () => {
  it("is a new customer, once, however often it is told, and nothing of the first sync", async () => {
    const { emulator, sent, work } = await heard();
    expect(sent).toEqual([]);
    emulator.webhooks.behaviour.copies = 3;
    const { id } = emulator.account.createCustomer({ name: "Ada", email: "ada@example.com" });
    await work(30_000);
    expect(sent).toMatchObject([
      {
        data: {
          kind: "customer.created",
          objectId: id,
          customer: { name: "Ada", email: "ada@example.com" },
          url: `https://dashboard.stripe.com/test/customers/${id}`,
        },
      },
    ]);
  });

  it("is a refund, with its amount in the main unit and whose it is", async () => {
    const { emulator, sent, work } = await heard();
    const [customer = ""] = emulator.snapshot().objects.customer.keys();
    emulator.account.updateCustomer(customer, { name: "Grace", email: "grace@example.com" });
    const charge = emulator.account.pay({ customer, amount: 4_250, currency: "usd" });
    const [made = charge.id] = [...emulator.snapshot().objects.charge.keys()].slice(-1);
    emulator.account.refund(made);
    await work(30_000);
    const refund = sent.find(({ data }) => (data as { kind: string }).kind === "charge.refunded");
    expect(refund?.data).toMatchObject({
      amount: "42.50",
      currency: "usd",
      customer: { email: expect.any(String) },
    });
  });

  it("is what the connection's settings name, and nothing else", async () => {
    const { emulator, sent, work } = await heard({ stripe_event_kinds: ["customer.deleted"] });
    const { id } = emulator.account.createCustomer({ email: "gone@example.com" });
    await work(10_000);
    expect(sent).toEqual([]);
    emulator.account.deleteCustomer(id);
    await work(30_000);
    expect(sent).toMatchObject([{ data: { kind: "customer.deleted", objectId: id } }]);
  });
});
