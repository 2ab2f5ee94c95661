import { createHmac } from "node:crypto";
import { forgeryFuzz, hexEdit, withForgedParts } from "@halo/core/testing";
import { verifySlackWebhook } from "./verify.ts";

const secret = "5d8e0f7a1b2c4d3e9f60718293a4b5c6";
const now = 1_795_219_200_000;
const stamp = String(now / 1_000 - 1);
const signed = (text: string) => `v0:${stamp}:${text}`;
const body =
  '{"type":"event_callback","team_id":"T1","event_id":"Ev1","event":{"type":"message","ts":"1.000001"}}';
const signature = createHmac("sha256", secret).update(signed(body)).digest("hex");
const genuine = { body, signature, stamp, scheme: "v0=" };
const schemes = ["v1=", "", "V0=", "v0", "v0=="];

forgeryFuzz((pick) => {
  const forged = withForgedParts(genuine, { schemes, signed, sign: hexEdit }, pick);
  const headers = {
    "x-slack-signature": forged.scheme + forged.signature,
    "x-slack-request-timestamp": forged.stamp,
  };
  return { body: pick(2) === 0 ? forged.body : Buffer.from(forged.body), headers, secret, now };
}, verifySlackWebhook);
