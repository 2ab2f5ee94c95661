import { ConfigurationError } from "../errors.ts";

/**
 * The secrets to try, newest first or in any other order. Throws `configuration_invalid` for none at all and for an empty one
 * (an unset environment variable, say), whose MAC anybody could make.
 */
export function secretList(secret: string | readonly string[]): readonly string[] {
  if (typeof secret === "string") {
    if (secret.trim() === "") throw emptySecret();
    return [secret];
  }
  if (!Array.isArray(secret) || secret.length === 0) throw emptySecret();
  for (let at = 0; at < secret.length; at++) {
    const one: unknown = secret[at];
    if (typeof one !== "string" || one.trim() === "") throw emptySecret();
  }
  return secret;
}

function emptySecret(): ConfigurationError {
  return new ConfigurationError("Give the webhook's signing secret: it is missing or empty.", {
    option: "secret",
  });
}
