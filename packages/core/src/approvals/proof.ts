import { createHmac, timingSafeEqual } from "node:crypto";
import { ConfigurationError } from "../errors.ts";
import type { Decision } from "../ports/approval-store.ts";
import type { KeyRing } from "../ports/key-ring.ts";

interface Decided {
  readonly orgId: string;
  readonly id: string;
  readonly decision: Omit<Decision, "proof">;
}

/**
 * A MAC over one decision, under the ring's current key: whoever can write rows, and has not the key, can decide nothing
 * (T37). "<key id>.<hex>"
 */
export function proofOf(ring: KeyRing, decided: Decided): string {
  const key = ring.key(ring.current);
  if (key === undefined) {
    throw new ConfigurationError("The key ring has no current key.", { option: "encryptionKey" });
  }
  return `${ring.current}.${mac(key, decided).toString("hex")}`;
}

/** Whether the proof is of this very decision. */
export function isProven(ring: KeyRing, decided: Decided, proof: string): boolean {
  const at = proof.lastIndexOf(".");
  const key = ring.key(proof.slice(0, at));
  const given = Buffer.from(proof.slice(at + 1), "hex");
  if (at === -1 || key === undefined) return false;
  const expected = mac(key, decided);
  return given.byteLength === expected.byteLength && timingSafeEqual(given, expected);
}

function mac(key: Uint8Array, { decision, id, orgId }: Decided): Buffer {
  const { at, by, hash, kind, reason } = decision;
  const said = JSON.stringify([orgId, id, kind, by, hash, reason ?? null, at.getTime()]);
  // Another use of the key than sealing: another key.
  const own = createHmac("sha256", key).update("halo.approval.1").digest();
  return createHmac("sha256", own).update(said).digest();
}
