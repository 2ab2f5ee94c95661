import { createHmac } from "node:crypto";
import { base64Edit, forgeryFuzz, withForgedParts } from "@halo/core/testing";
import { verifyFathomWebhook } from "./verify.ts";

const key = Buffer.from("fathom-test-key-\xff", "latin1");
const secret = `whsec_${key.toString("base64")}`;
const id = "msg_2x2zwLOcWaRTzsLK8KtbQt1FTk9";
const now = 1_795_219_200_000;
const stamp = String(now / 1_000 - 1);
const signed = (text: string) => `${id}.${stamp}.${text}`;
const body = '{"recording_id":123,"title":"Review","created_at":"2026-11-20T17:01:30Z","transcript":null}';
const signature = createHmac("sha256", key).update(signed(body)).digest("base64");
const genuine = { body, signature, stamp, scheme: "v1," };
const schemes = ["v2,", "", "V1,", "v1", "v1,,"];

forgeryFuzz((pick) => {
  const forged = withForgedParts(genuine, { schemes, signed, sign: base64Edit }, pick);
  const headers = {
    "webhook-id": id,
    "webhook-timestamp": forged.stamp,
    "webhook-signature": forged.scheme + forged.signature,
  };
  return { body: pick(2) === 0 ? forged.body : Buffer.from(forged.body), headers, secret, now };
}, verifyFathomWebhook);
