import { ConfigurationError } from "../errors.ts";

/**
 * The secrets to try, newest first or in any other order. Throws `configuration_invalid` for none at all and for an empty one
 * (an unset environment variable, say), whose MAC anybody could make.
 */
export function secretList(secret: string | readonly string[]): readonly string[] {
  const secrets = typeof secret === "string" ? [secret] : secret;
  if (!Array.isArray(secrets) || secrets.length === 0) throw emptySecret();
  // `every` would step over the holes of a list.
  for (const one of secrets) if (typeof one !== "string" || one.trim() === "") throw emptySecret();
  return secrets;
}

function emptySecret(): ConfigurationError {
  return new ConfigurationError("Give the webhook's signing secret.", {
    option: "secret",
  });
}
