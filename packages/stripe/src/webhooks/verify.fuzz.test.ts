import { createHmac } from "node:crypto";
import { forgeryFuzz, withEdit } from "@halo/core/testing";
import { verifyStripeWebhook } from "./verify.ts";

const secret = "whsec_5d8e0f7a1b2c4d3e9f60718293a4b5c6";
const now = 1_795_219_200_000;
const time = String(now / 1_000 - 1);
const body = '{"id":"evt_1","object":"event","type":"customer.updated","data":{"object":{"id":"cus_1"}}}';
const genuine = createHmac("sha256", secret).update(`${time}.${body}`).digest("hex");

/** A genuine delivery with one to three of its parts changed, each once: two edits could undo each other. */
forgeryFuzz((pick) => {
  let text = body;
  let signature = genuine;
  let stamp = time;
  let scheme = "v1=";
  const first = pick(4);
  for (let step = 0; step <= Math.min(2, pick(3)); step++) {
    const part = (first + step) % 4;
    if (part === 0)
      text = pick(4) === 0 ? text + "x".repeat(1 + pick(64)) : withEdit(text, '{}[]":,.0189abxyz', pick);
    else if (part === 1) signature = withEdit(signature, "0123456789abcdef", pick);
    else if (part === 2) stamp = String(now / 1_000 - 2 - pick(298));
    else if (pick(8) === 0) scheme = ["v0=", "", "V1=", "v1", "v1=="][pick(5)] ?? "";
    else text = `${time}.${text}`;
  }
  const decoy = pick(3) === 0 ? `,v1=${"0".repeat(64)}` : "";
  const headers = { "stripe-signature": `t=${stamp},${scheme}${signature}${decoy}` };
  return { body: pick(2) === 0 ? text : Buffer.from(text), headers, secret, now };
}, verifyStripeWebhook);
