import { ConfigurationError } from "../errors.ts";
import type { MacKey } from "./runtime.ts";

/**
 * The secrets to try, newest first or in any other order. Throws `configuration_invalid` for none at all and for an empty one
 * (an unset environment variable, say), whose MAC anybody could make.
 */
export function secretList<Key extends MacKey>(secret: Key | readonly Key[]): readonly Key[] {
  const secrets = Array.isArray(secret) ? (secret as readonly Key[]) : [secret as Key];
  if (secrets.length === 0) throw emptySecret();
  for (const one of secrets) {
    // `every` would step over the holes of a list.
    if (typeof one === "string" ? !one.trim() : !(one instanceof Uint8Array) || !one.length)
      throw emptySecret();
  }
  return secrets;
}

function emptySecret(): ConfigurationError {
  return new ConfigurationError("Give the webhook's signing secret.", {
    option: "secret",
  });
}
