import { VerificationError } from "../errors.ts";
import type { HeadersLike, WebhookHeaders } from "./delivery.ts";

/**
 * The one value of a signature's header, or undefined. `name` is in lower case.
 * Throws `webhook_unverified` when a record holds it twice, as a list or in two spellings: two readers could pick
 * differently. `Headers` and node:http join duplicates with a comma, which the strict decoders refuse.
 */
export function readHeader(headers: WebhookHeaders, name: string): string | undefined {
  if (isHeadersLike(headers)) return headers.get(name) ?? undefined;
  let found: string | undefined;
  // The length is compared first, so that a usual request's twenty other headers cost nothing.
  for (const key in headers) {
    if (key.length !== name.length || (key !== name && key.toLowerCase() !== name)) continue;
    if (!Object.hasOwn(headers, key)) continue;
    const value = headers[key];
    if (value === undefined) continue;
    if (found !== undefined || (typeof value !== "string" && value.length !== 1)) {
      throw new VerificationError("header_duplicate");
    }
    found = String(value);
  }
  return found;
}

/** As `readHeader`, and throws `webhook_unverified` when the header is missing. */
export function requireHeader(headers: WebhookHeaders, name: string): string {
  const value = readHeader(headers, name);
  if (value === undefined) throw new VerificationError("header_missing");
  return value;
}

function isHeadersLike(headers: WebhookHeaders): headers is HeadersLike {
  return typeof headers.get === "function";
}
