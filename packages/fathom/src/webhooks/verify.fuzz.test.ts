import { createHmac, randomInt } from "node:crypto";
import { isHaloError } from "@halo/core/signing";
import { expect, it } from "vitest";
import { type FathomDelivery, verifyFathomWebhook } from "./verify.ts";

// HALO_FUZZ=1000000 is the full run.
const RUNS = Number(process.env["HALO_FUZZ"] ?? 100_000);
const seed = Number(process.env["HALO_SEED"] ?? randomInt(2 ** 31));

const key = Buffer.from("fathom-test-key-\xff", "latin1");
const secret = `whsec_${key.toString("base64")}`;
const id = "msg_2x2zwLOcWaRTzsLK8KtbQt1FTk9";
const now = 1_795_219_200_000;
const time = String(now / 1_000 - 1);
const body = '{"recording_id":123,"title":"Review","created_at":"2026-11-20T17:01:30Z","transcript":null}';
const genuine = createHmac("sha256", key).update(`${id}.${time}.${body}`).digest("base64");

it(`T01 no forged delivery of ${RUNS.toLocaleString("en")} is accepted (seed ${seed})`, () => {
  const random = mulberry32(seed);
  let malformed = 0;
  for (let run = 0; run < RUNS; run++) {
    const forged = forge(random);
    try {
      verifyFathomWebhook(forged);
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
function forge(random: () => number): FathomDelivery {
  const pick = (limit: number) => Math.floor(random() * limit);
  let text = body;
  let signature = genuine;
  let stamp = time;
  let version = "v1,";
  const edit = (value: string, alphabet: string): string => {
    const at = pick(value.length);
    let letter = alphabet[pick(alphabet.length)] ?? "0";
    if (letter === value[at]) letter = alphabet[(alphabet.indexOf(letter) + 1) % alphabet.length] ?? "0";
    return value.slice(0, at) + letter + value.slice(at + 1);
  };
  // Different parts, each changed once, or two edits could undo each other.
  const first = pick(4);
  for (let step = 0; step <= pick(3); step++) {
    const part = (first + step) % 4;
    if (part === 0)
      text = pick(4) === 0 ? text + "x".repeat(1 + pick(64)) : edit(text, '{}[]":,.0123456789abcxyz');
    else if (part === 1)
      signature = `${edit(signature.slice(0, -2), "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")}${signature.slice(-2)}`;
    else if (part === 2) stamp = String(now / 1_000 - 2 - pick(298));
    else if (pick(8) === 0) version = ["v2,", "", "V1,", "v1", "v1,,"][pick(5)] ?? "";
    else text = `${id}.${time}.${text}`;
    if (step >= 3) break;
  }
  const headers = {
    "webhook-id": id,
    "webhook-timestamp": stamp,
    "webhook-signature": version + signature,
  };
  return { body: pick(2) === 0 ? text : Buffer.from(text), headers, secret, now };
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
