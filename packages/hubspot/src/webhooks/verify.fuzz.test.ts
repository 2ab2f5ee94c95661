import { createHash, createHmac, randomInt } from "node:crypto";
import { isHaloError } from "@halo/core/signing";
import { expect, it } from "vitest";
import { type HubSpotDelivery, verifyHubSpotWebhook } from "./verify.ts";

// HALO_FUZZ=1000000 is the full run (ten seconds here).
const RUNS = Number(process.env["HALO_FUZZ"] ?? 100_000);
const seed = Number(process.env["HALO_SEED"] ?? randomInt(2 ** 31));

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

it(`T01 no forged delivery of ${RUNS.toLocaleString("en")} is accepted (seed ${seed})`, () => {
  const random = mulberry32(seed);
  let malformed = 0;
  for (let run = 0; run < RUNS; run++) {
    const forged = forge(random);
    try {
      verifyHubSpotWebhook(forged);
    } catch (error) {
      if (!isHaloError(error, "webhook_unverified"))
        throw new Error(`run ${run}, seed ${seed}`, { cause: error });
      if (error instanceof Error && "reason" in error && error.reason !== "signature_mismatch") malformed++;
      continue;
    }
    expect.unreachable(`run ${run}, seed ${seed}: ${JSON.stringify(forged)}`);
  }
  // Most reach the MAC: a fuzz that is turned away at the door proves little.
  expect(malformed).toBeLessThan(RUNS / 2);
}, 600_000);

/** A genuine delivery with one to three of its parts changed. */
function forge(random: () => number): HubSpotDelivery {
  const pick = (limit: number) => Math.floor(random() * limit);
  const kind = pick(3);
  let text = body;
  let target = url;
  let method = "POST";
  let signature = kind === 0 ? v3 : kind === 1 ? v1 : v2;
  let stamp = time;
  const edit = (value: string, alphabet: string): string => {
    const at = pick(value.length);
    let letter = alphabet[pick(alphabet.length)] ?? "0";
    if (letter === value[at]) letter = alphabet[(alphabet.indexOf(letter) + 1) % alphabet.length] ?? "0";
    return value.slice(0, at) + letter + value.slice(at + 1);
  };
  const alphabet =
    kind === 0 ? "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/" : "0123456789abcdef";
  // v1 signs the body alone, so there only the body and the signature can be forged.
  const parts = kind === 0 ? 5 : kind === 1 ? 2 : 4;
  // Different parts, each changed once, or two edits could undo each other.
  const first = pick(parts);
  for (let step = 0; step <= pick(3); step++) {
    const part = (first + step) % parts;
    if (part === 0)
      text = pick(4) === 0 ? text + "x".repeat(1 + pick(64)) : edit(text, '{}[]":,0123456789abcxyz');
    else if (part === 1)
      signature = signature.slice(0, 40) + edit(signature.slice(40, 42), alphabet) + signature.slice(42);
    else if (part === 2) target = `https://${edit(target.slice(8), "abcdefghijklmnopqrstuvwxyz/?&=.")}`;
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

function mulberry32(from: number): () => number {
  let state = from;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
