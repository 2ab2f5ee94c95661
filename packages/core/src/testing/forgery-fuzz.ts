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
