import { createHmac, timingSafeEqual } from "node:crypto";
import { ConfigurationError } from "../errors.ts";
import type { Decision } from "../ports/approval-store.ts";
import type { KeyRing } from "../ports/key-ring.ts";

interface Decided {
  readonly orgId: string;
  readonly id: string;
  readonly decision: Omit<Decision, "proof">;
}

/** What a person says became of a call that nobody could tell of. */
interface Told {
  readonly orgId: string;
  readonly id: string;
  readonly told: {
    readonly by: string;
    readonly at: Date;
    /** The vendor's id of what was done; undefined: it did not happen. */
    readonly vendorId: string | undefined;
  };
}

/**
 * A MAC over what one person said, under the ring's current key: whoever can write rows, and has not the key, can decide
 * nothing (T37). "<key id>.<hex>"
 */
export function proofOf(ring: KeyRing, decided: Decided | Told): string {
  const key = ring.key(ring.current);
  if (key === undefined) {
    throw new ConfigurationError("The key ring has no current key.", { option: "encryptionKey" });
  }
  return `${ring.current}.${mac(key, decided).toString("hex")}`;
}

/** Whether the proof is of this very word. */
export function isProven(ring: KeyRing, decided: Decided | Told, proof: string): boolean {
  const at = proof.lastIndexOf(".");
  const key = ring.key(proof.slice(0, at));
  const given = Buffer.from(proof.slice(at + 1), "hex");
  if (at === -1 || key === undefined) return false;
  const expected = mac(key, decided);
  return given.byteLength === expected.byteLength && timingSafeEqual(given, expected);
}

function mac(key: Uint8Array, decided: Decided | Told): Buffer {
  // Another use of the key than sealing: another key; and one for each kind of word.
  const own = createHmac("sha256", key)
    .update("told" in decided ? "halo.reconciled.1" : "halo.approval.1")
    .digest();
  return createHmac("sha256", own).update(wordOf(decided)).digest();
}

function wordOf(decided: Decided | Told): string {
  const { id, orgId } = decided;
  if ("told" in decided) {
    const { at, by, vendorId } = decided.told;
    return JSON.stringify([orgId, id, by, vendorId ?? null, at.getTime()]);
  }
  const { at, by, hash, kind, reason } = decided.decision;
  return JSON.stringify([orgId, id, kind, by, hash, reason ?? null, at.getTime()]);
}
