import { resolve } from "node:path";
import {
  deliveredAt,
  signatureOf,
  signatureVectors,
  signedDelivery,
  verifierContract,
} from "@halo/core/testing";
import { describe, expect, it } from "vitest";
import { stripeSigning } from "../../test/signing-scheme.ts";
import { verifyStripeWebhook } from "./verify.ts";

verifierContract("Stripe", stripeSigning, verifyStripeWebhook, {
  keys: { "its secret less the prefix": stripeSigning.secret.slice("whsec_".length) },
  covers: { "without the point": (body, time) => [time, body] },
});

const body = '{"id":"evt_1","object":"event"}';
const time = `t=${deliveredAt / 1_000}`;
const genuine = signatureOf(stripeSigning, stripeSigning.covers(body, `${deliveredAt / 1_000}`));
const other = `v1=${"0".repeat(64)}`;

const verify = (header: string) => () =>
  verifyStripeWebhook(signedDelivery(stripeSigning, { body, headers: { "stripe-signature": header } }));

describe("the elements of a Stripe signature", () => {
  it.each([
    ["two, ours first, while the secret is rolled", `${time},${genuine},${other}`],
    ["two, ours second, while the secret is rolled", `${time},${other},${genuine}`],
    ["sixteen, ours last", `${time}${`,${other}`.repeat(15)},${genuine}`],
    ["one of another scheme beside ours", `${time},${genuine},v0=${"0".repeat(64)}`],
    ["some that nobody knows", `${time},v2=x,${genuine},,y`],
    ["the time behind the signature", `${genuine},${time}`],
  ])("may be %s", (_, header) => {
    expect(verify(header)).not.toThrow();
  });

  it.each([
    ["ours and fifteen others before it, and one more", `${time}${`,${other}`.repeat(16)},${genuine}`],
    ["one of another scheme alone", `${time},${genuine.replace("v1", "v0")}`],
    ["a signature without a timestamp", genuine],
    ["a timestamp without a signature", time],
    ["two timestamps", `${time},${time},${genuine}`],
    ["parted by a comma and a blank", `${time}, ${genuine}`],
    ["one whose value begins with a blank", `${time.replace("=", "= ")},${genuine}`],
  ])("T01 T02 T05 are refused when they are %s", (_, header) => {
    expect(verify(header)).toThrow(expect.objectContaining({ code: "webhook_unverified" }));
  });
});

signatureVectors("stripe", resolve(import.meta.dirname, "../.."), verifyStripeWebhook);
