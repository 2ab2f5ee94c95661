import { ConfigurationError } from "../errors.ts";
import type { KeyRing } from "../ports/key-ring.ts";

const KEY_BYTES = 32;
const KEY_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** The id of a key that came without one. A ring that takes it over later names it so. */
export const DEFAULT_KEY_ID = "default";

/**
 * A ring of the option `encryptionKey`: one key, or a ring. Throws `configuration_invalid` for anything that is not a
 * key of 32 bytes: without one nothing can be sealed, and Halo does not start (T16).
 */
export function keyRing(option: string | Uint8Array | KeyRing | undefined): KeyRing {
  if (option === undefined || option === null || option === "") {
    throw unusable(
      "there is none. Make one with `openssl rand -base64 32` and keep it where secrets are kept",
    );
  }
  if (typeof option === "string" || option instanceof Uint8Array) {
    return createKeyRing({ current: DEFAULT_KEY_ID, keys: { [DEFAULT_KEY_ID]: option } });
  }
  const key = option.key?.(option.current);
  if (!KEY_ID.test(option.current) || key === undefined) throw unusable("its ring has no current key");
  checked(key);
  return option;
}

/**
 * A ring for rotation: `current` seals what is new, the other keys open what is old. After
 * `halo.connections.rotateKeys` an old key can go.
 *
 * @example createKeyRing({ current: "2026-11", keys: { "2026-11": newKey, default: oldKey } })
 */
export function createKeyRing(options: {
  readonly current: string;
  readonly keys: { readonly [id: string]: string | Uint8Array };
}): KeyRing {
  const keys = new Map<string, Uint8Array>();
  for (const [id, key] of Object.entries(options.keys)) {
    if (!KEY_ID.test(id)) throw unusable("a key's id may have letters, digits, - and _ only, 64 at most");
    keys.set(id, checked(typeof key === "string" ? decoded(key) : Uint8Array.from(key)));
  }
  if (!keys.has(options.current)) throw unusable("its ring has no current key");
  return Object.freeze({ current: options.current, key: (id: string) => keys.get(id) });
}

/** Base64, base64url or hex; anything else would be a passphrase, which is no key. */
function decoded(text: string): Uint8Array {
  const trimmed = text.trim();
  if (/^[0-9a-f]{64}$/i.test(trimmed)) return Uint8Array.from(Buffer.from(trimmed, "hex"));
  if (/^[A-Za-z0-9+/]{43}=?$/.test(trimmed)) return Uint8Array.from(Buffer.from(trimmed, "base64"));
  if (/^[A-Za-z0-9_-]{43}=?$/.test(trimmed)) return Uint8Array.from(Buffer.from(trimmed, "base64url"));
  throw unusable(`it is not ${KEY_BYTES} bytes in base64 or hex`);
}

/** A key of zeros, of one repeated byte or of typed letters was not made by a generator: 32 random bytes have 30 values. */
function checked(key: Uint8Array): Uint8Array {
  if (key.byteLength !== KEY_BYTES) throw unusable(`it has ${key.byteLength} bytes instead of ${KEY_BYTES}`);
  if (new Set(key).size < 16) throw unusable("it is not random: make one with `openssl rand -base64 32`");
  return key;
}

function unusable(reason: string): ConfigurationError {
  return new ConfigurationError(`The encryption key cannot be used: ${reason}.`, { option: "encryptionKey" });
}
