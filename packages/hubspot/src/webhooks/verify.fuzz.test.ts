import { createHash, createHmac } from "node:crypto";
import { forgeryFuzz, type Pick, withEdit } from "@halo/core/testing";
import { type HubSpotDelivery, verifyHubSpotWebhook } from "./verify.ts";

const secret = "3f1c9a52-7d0e-4c7b-9a8e-5b2f6d1e0c44";
const url = "https://app.example.org/hooks/hubspot?portal=1";
const now = 1_795_219_200_000;
const time = String(now - 1_000);
const body = '[{"eventId":100,"portalId":62515,"objectId":123,"subscriptionType":"contact.creation"}]';
const v3 = createHmac("sha256", secret).update(`POST${url}${body}${time}`).digest("base64");
const v1 = createHash("sha256")
  .update(secret + body)
  .digest("hex");
const v2 = createHash("sha256").update(`${secret}POST${url}${body}`).digest("hex");

/** A genuine delivery with one to three of its parts changed. */
function forge(pick: Pick): HubSpotDelivery {
  const kind = pick(3);
  let text = body;
  let target = url;
  let method = "POST";
  let signature = kind === 0 ? v3 : kind === 1 ? v1 : v2;
  let stamp = time;
  const alphabet =
    kind === 0 ? "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/" : "0123456789abcdef";
  // v1 signs the body alone, so there only the body and the signature can be forged.
  const parts = kind === 0 ? 5 : kind === 1 ? 2 : 4;
  // Different parts, each changed once, or two edits could undo each other.
  const first = pick(parts);
  for (let step = 0; step <= pick(3); step++) {
    const part = (first + step) % parts;
    if (part === 0)
      text =
        pick(4) === 0 ? text + "x".repeat(1 + pick(64)) : withEdit(text, '{}[]":,0123456789abcxyz', pick);
    else if (part === 1)
      signature =
        signature.slice(0, 40) + withEdit(signature.slice(40, 42), alphabet, pick) + signature.slice(42);
    else if (part === 2)
      target = `https://${withEdit(target.slice(8), "abcdefghijklmnopqrstuvwxyz/?&=.", pick)}`;
    else if (part === 3) method = ["GET", "PUT", "post", "POSTS", ""][pick(5)] ?? "GET";
    else stamp = String(now - 2_000 - pick(298_000));
    if (step >= parts - 1) break;
  }
  const headers: Record<string, string> =
    kind === 0
      ? { "x-hubspot-signature-v3": signature, "x-hubspot-request-timestamp": stamp }
      : { "x-hubspot-signature": signature, "x-hubspot-signature-version": kind === 1 ? "v1" : "v2" };
  return { method, url: target, body: text, headers, secret, now, versions: ["v1", "v2", "v3"] };
}

forgeryFuzz(forge, verifyHubSpotWebhook);
