import { ConflictError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import { isSame, sha256 } from "../signing/runtime-portable.ts";

export const confirmationMs = 15 * 60_000;

/** 256 random bits, as hex. */
export function randomToken(): string {
  return hex(crypto.getRandomValues(new Uint8Array(32)));
}

export function isSameText(one: string, other: string): boolean {
  const encoder = new TextEncoder();
  return isSame(encoder.encode(one), encoder.encode(other));
}

export function staleConfirmation(why: string): ConflictError {
  return new ConflictError(`The confirmation ${why}: call without one, and ask the user again.`, {
    code: "approval_stale",
    current: why,
  });
}

/**
 * Confirmations without a store: signed with a key that never leaves this process. They hold until it ends, so that what
 * was asked in one process can only be confirmed in the same one.
 */
export interface Confirmations {
  issue(argumentsHash: string): { readonly confirmation: string; readonly expiresAt: Date };
  /** Uses it up. Throws `approval_stale`. */
  take(confirmation: string, argumentsHash: string): void;
}

export function createConfirmations(clock: Clock): Confirmations {
  const key = randomToken();
  /** Used ones, until they would have expired. */
  const used = new Map<string, number>();
  const sign = (nonce: string, expires: string, hash: string) =>
    hex(sha256.hmac(key, [`${nonce}.${expires}.${hash}`]));
  return {
    issue(argumentsHash) {
      const nonce = randomToken().slice(0, 32);
      const expires = String(clock.now() + confirmationMs);
      const confirmation = `${nonce}.${expires}.${sign(nonce, expires, argumentsHash)}`;
      return { confirmation, expiresAt: new Date(Number(expires)) };
    },
    take(confirmation, argumentsHash) {
      const [nonce = "", expires = "", mac = ""] = confirmation.split(".");
      if (!isSameText(mac, sign(nonce, expires, argumentsHash))) {
        throw staleConfirmation("is not for these arguments");
      }
      const now = clock.now();
      for (const [old, until] of used) if (until <= now) used.delete(old);
      if (Number(expires) <= now) throw staleConfirmation("has expired");
      if (used.has(nonce)) throw staleConfirmation("was used");
      used.set(nonce, Number(expires));
    },
  };
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
