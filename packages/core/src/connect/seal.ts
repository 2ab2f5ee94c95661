import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { AuthenticationError } from "../errors.ts";
import type { KeyRing } from "../ports/key-ring.ts";

/** Where a sealed text belongs; it opens nowhere else (T15). */
export interface SealPlace {
  readonly orgId: string;
  /** The integration's id. */
  readonly provider: string;
  readonly connectionId: string;
  /** "access_token", "refresh_token", "webhook_secret", "state", … */
  readonly field: string;
}

const VERSION = "v1";
const ALGORITHM = "aes-256-gcm";
const IV_BYTES = 12;
const TAG_BYTES = 16;
const ENVELOPE = /^v1\.([A-Za-z0-9_-]{1,64})\.([A-Za-z0-9_-]{16})\.([A-Za-z0-9_-]{22,})$/;

/** Seals a text under the ring's current key: `v1.<key id>.<iv>.<ciphertext and tag>`, base64url (T14). */
export function seal(ring: KeyRing, text: string, place: SealPlace): string {
  const key = ring.key(ring.current);
  if (key === undefined) throw unreadable("the ring has no current key", place);
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(boundTo(ring.current, place));
  const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
  return `${VERSION}.${ring.current}.${iv.toString("base64url")}.${sealed.toString("base64url")}`;
}

/** Throws `credentials_unreadable` for an unknown version or key, for damage, and for what was sealed elsewhere (F49). */
export function unseal(ring: KeyRing, sealed: string, place: SealPlace): string {
  const [, keyId = "", iv = "", rest = ""] = ENVELOPE.exec(sealed) ?? [];
  if (keyId === "") throw unreadable("it is no envelope of a known version", place);
  const key = ring.key(keyId);
  if (key === undefined) throw unreadable(`the key "${keyId}" is not in the ring`, place);
  const bytes = Buffer.from(rest, "base64url");
  try {
    const decipher = createDecipheriv(ALGORITHM, key, Buffer.from(iv, "base64url"), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(boundTo(keyId, place));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    return decipher.update(bytes.subarray(0, -TAG_BYTES), undefined, "utf8") + decipher.final("utf8");
  } catch {
    throw unreadable("it was damaged, or sealed for another place", place);
  }
}

/** Which key sealed it; undefined for what is no envelope. */
export function sealedUnder(sealed: string): string | undefined {
  return ENVELOPE.exec(sealed)?.[1];
}

/** Each part with its length before it, so that no two places make the same bytes. */
function boundTo(keyId: string, { orgId, provider, connectionId, field }: SealPlace): Buffer {
  const parts: Buffer[] = [];
  for (const part of [VERSION, keyId, orgId, provider, connectionId, field]) {
    const bytes = Buffer.from(part, "utf8");
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.byteLength);
    parts.push(length, bytes);
  }
  return Buffer.concat(parts);
}

function unreadable(reason: string, { connectionId, field }: SealPlace): AuthenticationError {
  return new AuthenticationError(
    `The stored ${field} cannot be opened: ${reason}. Put the key that sealed it back into the ring, or reconnect.`,
    { code: "credentials_unreadable", connectionId: connectionId === "" ? undefined : connectionId },
  );
}
