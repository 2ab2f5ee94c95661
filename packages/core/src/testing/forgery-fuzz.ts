import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { it } from "vitest";
import { isHaloError } from "../errors.ts";
import type { SignedDelivery } from "../signing/delivery.ts";

/** Whole numbers below `limit`, the same for the same seed. */
export type Pick = (limit: number) => number;

/**
 * T01: no forged delivery is accepted. `forge` makes one that is genuine but for what it changes; most have to reach the
 * MAC, since a fuzz that is turned away at the door proves little. HALO_FUZZ=1000000 is the full run.
 */
export function forgeryFuzz(
  forge: (pick: Pick) => SignedDelivery,
  verify: (delivery: SignedDelivery) => void,
): void {
  const runs = Number(process.env["HALO_FUZZ"] ?? 100_000);
  const seed = Number(process.env["HALO_SEED"] ?? randomInt(2 ** 31));
  it(`T01 no forged delivery of ${runs.toLocaleString("en")} is accepted (seed ${seed})`, () => {
    const random = mulberry32(seed);
    const pick: Pick = (limit) => Math.floor(random() * limit);
    let malformed = 0;
    for (let run = 0; run < runs; run++) {
      const forged = forge(pick);
      const reason = refusal(() => verify(forged), run, seed);
      if (reason === undefined) assert.fail(`run ${run}, seed ${seed}: ${JSON.stringify(forged)}`);
      if (reason !== "signature_mismatch") malformed++;
    }
    assert.ok(malformed < runs / 2, `${malformed} of ${runs} never reached the MAC`);
  }, 600_000);
}

/** The text with one letter changed to another of the alphabet. */
export function withEdit(text: string, alphabet: string, pick: Pick): string {
  const at = pick(text.length);
  let letter = alphabet[pick(alphabet.length)] ?? "0";
  if (letter === text[at]) letter = alphabet[(alphabet.indexOf(letter) + 1) % alphabet.length] ?? "0";
  return text.slice(0, at) + letter + text.slice(at + 1);
}

/** A delivery whose signature covers a stamp and a body, as most vendors' do. */
export interface SignedParts {
  readonly body: string;
  readonly signature: string;
  /** Unix seconds. */
  readonly stamp: string;
  /** What stands before the signature and says of which scheme it is. */
  readonly scheme: string;
}

/**
 * One to three parts of a genuine delivery changed, each once: two edits of one could undo each other. `schemes` are wrong
 * ones, and `signed` what the signature is of: a body that is already what it signs must not pass for it.
 */
export function withForgedParts(
  genuine: SignedParts,
  {
    schemes,
    signed,
    sign,
  }: {
    readonly schemes: readonly string[];
    readonly signed: (body: string) => string;
    /** Another signature of the same length. */
    readonly sign: (signature: string, pick: Pick) => string;
  },
  pick: Pick,
): SignedParts {
  let { body, scheme, signature, stamp } = genuine;
  const first = pick(4);
  for (let step = 0; step <= pick(3); step++) {
    const part = (first + step) % 4;
    if (part === 0)
      body =
        pick(4) === 0 ? body + "x".repeat(1 + pick(64)) : withEdit(body, '{}[]":,.0123456789abcxyz', pick);
    else if (part === 1) signature = sign(signature, pick);
    else if (part === 2) stamp = String(Number(genuine.stamp) - 1 - pick(298));
    else if (pick(8) === 0) scheme = schemes[pick(schemes.length)] ?? "";
    else body = signed(body);
    if (step >= 3) break;
  }
  return { body, scheme, signature, stamp };
}

export const hexEdit = (text: string, pick: Pick): string => withEdit(text, "0123456789abcdef", pick);

const base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** The last letters hold bits that mean nothing, and stay. */
export const base64Edit = (text: string, pick: Pick): string =>
  `${withEdit(text.slice(0, -2), base64, pick)}${text.slice(-2)}`;

function refusal(verify: () => void, run: number, seed: number): string | undefined {
  try {
    verify();
    return undefined;
  } catch (error) {
    if (!isHaloError(error, "webhook_unverified"))
      throw new Error(`run ${run}, seed ${seed}`, { cause: error });
    return (error as unknown as { readonly reason: string }).reason;
  }
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
