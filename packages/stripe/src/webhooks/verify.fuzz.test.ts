import { createHmac } from "node:crypto";
import { forgeryFuzz, hexEdit, withForgedParts } from "@halo/core/testing";
import { verifyStripeWebhook } from "./verify.ts";

const secret = "whsec_5d8e0f7a1b2c4d3e9f60718293a4b5c6";
const now = 1_795_219_200_000;
const stamp = String(now / 1_000 - 1);
const signed = (text: string) => `${stamp}.${text}`;
const body = '{"id":"evt_1","object":"event","type":"customer.updated","data":{"object":{"id":"cus_1"}}}';
const signature = createHmac("sha256", secret).update(signed(body)).digest("hex");
const genuine = { body, signature, stamp, scheme: "v1=" };
const schemes = ["v0=", "", "V1=", "v1", "v1=="];

forgeryFuzz((pick) => {
  const forged = withForgedParts(genuine, { schemes, signed, sign: hexEdit }, pick);
  const decoy = pick(3) === 0 ? `,v1=${"0".repeat(64)}` : "";
  const headers = { "stripe-signature": `t=${forged.stamp},${forged.scheme}${forged.signature}${decoy}` };
  return { body: pick(2) === 0 ? forged.body : Buffer.from(forged.body), headers, secret, now };
}, verifyStripeWebhook);
