import { receiverContract, signedDelivery } from "@halo/core/testing";
import { describe, expect, it } from "vitest";
import { stripeSigning } from "../../test/signing-scheme.ts";
import type { StripeEvent } from "./event.ts";
import { receiveStripeWebhook } from "./receive.ts";

const event: StripeEvent = {
  id: "evt_1",
  object: "event",
  api_version: "2026-10-28.endive",
  created: 1_795_219_198,
  livemode: true,
  type: "customer.subscription.updated",
  data: {
    object: { id: "sub_1", object: "subscription", status: "active", name: "Zoë 東京 😀" },
    previous_attributes: { status: "trialing" },
  },
  pending_webhooks: 1,
  request: null,
};

const data = (more: object) => ({ ...event, data: { ...event.data, ...more } });

receiverContract("Stripe", {
  scheme: stripeSigning,
  receive: receiveStripeWebhook,
  body: event,
  wrong: [
    ["object", {}],
    ["object", { ...event, object: "customer" }],
    ["id", { ...event, id: "" }],
    ["id", { ...event, id: { a: "zoe@" } }],
    ["type", { ...event, type: { a: "zoe@" } }],
    ["created", { ...event, created: "1795219198" }],
    ["created", { ...event, created: 1.5 }],
    ["created", { ...event, created: -1 }],
    ["livemode", { ...event, livemode: "true" }],
    ["livemode", { ...event, livemode: undefined }],
    ["api_version", { ...event, api_version: 5 }],
    ["account", { ...event, account: {} }],
    ["data", { ...event, data: [] }],
    ["data.object", data({ object: "sub_1" })],
    ["data.object.id", data({ object: { id: 5 } })],
    ["data.object.object", data({ object: { id: "a", object: [] } })],
    ["data.previous_attributes", data({ previous_attributes: "status" })],
  ],
});

const receive = (body: string) => receiveStripeWebhook(signedDelivery(stripeSigning, { body }));

describe("the event of a Stripe delivery", () => {
  it("is nothing for a thin event, which brings no object", () => {
    const thin = { id: "evt_2", object: "v2.core.event", type: "v1.billing.meter.no_meter_found" };
    expect(receive(JSON.stringify(thin))).toEqual([]);
  });

  it("may be of an invoice that has no id yet", () => {
    const upcoming = { ...event, type: "invoice.upcoming", data: { object: { object: "invoice" } } };
    expect(receive(JSON.stringify(upcoming))).toEqual([upcoming]);
  });
});
