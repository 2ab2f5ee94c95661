import { createHmac } from "node:crypto";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { StripeEvent } from "./event.ts";
import { receiveStripeWebhook } from "./receive.ts";

const secret = "whsec_5d8e0f7a1b2c4d3e9f60718293a4b5c6";
const now = 1_795_219_200_000;
const at = String(now / 1_000);

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

/** Receives a body that is signed as `signed`, or as itself. */
function receive(body: string | Uint8Array, signed: string | Uint8Array = body): StripeEvent[] {
  const mac = createHmac("sha256", secret).update(`${at}.`).update(signed).digest("hex");
  return receiveStripeWebhook({ body, headers: { "stripe-signature": `t=${at},v1=${mac}` }, secret, now });
}

describe("what a Stripe delivery says", () => {
  it("is the event itself, as text or as bytes, with every field that Stripe sent", () => {
    expect(receive(JSON.stringify(event))).toEqual([event]);
    expect(receive(Buffer.from(JSON.stringify(event, null, 2)))).toEqual([event]);
  });

  it("is nothing for a thin event, which brings no object", () => {
    const thin = { id: "evt_2", object: "v2.core.event", type: "v1.billing.meter.no_meter_found" };
    expect(receive(JSON.stringify(thin))).toEqual([]);
  });

  it("may be of an invoice that has no id yet", () => {
    const upcoming = { ...event, type: "invoice.upcoming", data: { object: { object: "invoice" } } };
    expect(receive(JSON.stringify(upcoming))).toEqual([upcoming]);
  });

  it("T01 is not read of a delivery that is not genuine", () => {
    for (const body of [JSON.stringify(event), "no JSON at all"]) {
      expect(() => receive(body, `${body} `)).toThrow(
        expect.objectContaining({ code: "webhook_unverified" }),
      );
    }
  });

  it.each<[string, string | Uint8Array]>([
    ["compressed", gzipSync(JSON.stringify(event))],
    ["empty", ""],
    ["marked by a byte order mark", `\ufeff${JSON.stringify(event)}`],
    ["bad UTF-8", Buffer.concat([Buffer.from('{"type":"'), Buffer.from([0xff]), Buffer.from('"}')])],
    ["nested 100,000 deep", `${"[".repeat(100_000)}${"]".repeat(100_000)}`],
    ["a list", JSON.stringify([event])],
    ["null", "null"],
    ["a form", "payload=%7B%7D"],
  ])("F60 T05 is refused of a genuine body that is %s", (_, body) => {
    expect(() => receive(body)).toThrow(expect.objectContaining({ code: "input_invalid", path: "body" }));
  });

  const data = (more: object) => ({ ...event, data: { ...event.data, ...more } });
  it.each<[string, unknown]>([
    ["object", {}],
    ["object", { ...event, object: "customer" }],
    ["id", { ...event, id: "" }],
    ["type", { ...event, type: 5 }],
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
  ])("names %s when Stripe does not send it so", (path, wrong) => {
    expect(() => receive(JSON.stringify(wrong))).toThrow(
      expect.objectContaining({ code: "input_invalid", path }),
    );
  });

  it("is in no error", () => {
    for (const body of [JSON.stringify({ ...event, id: { a: "zoe@" } }), "zoe@"]) {
      try {
        receive(body);
        expect.unreachable();
      } catch (error) {
        expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain("zoe");
        expect(error).not.toHaveProperty("cause");
      }
    }
  });
});
