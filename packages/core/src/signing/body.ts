import { decodeUtf8 } from "#runtime";
import { ValidationError } from "../errors.ts";

// guess: no vendor's delivery comes near either; what V8 parses without complaint (100,000 levels) overflows the stack of
// whoever walks or stringifies it next.
const MAX_BYTES = 10_000_000;
const MAX_DEPTH = 64;

/** True when the body is well-formed UTF-8 (or a well-formed string) that begins with no byte order mark (T05). */
export function isPlainText(body: Uint8Array | string): boolean {
  return textOf(body) !== undefined;
}

/**
 * Parses a verified body, once. Throws `input_invalid` for a body that is too large, empty, compressed, not UTF-8, begins with a
 * byte order mark, is no JSON, or is nested too deep. Of a key written twice the last one counts.
 */
export function parseJsonBody(body: Uint8Array | string): unknown {
  if (body.length > MAX_BYTES) throw refused("larger than the limit");
  const text = textOf(body);
  if (text === undefined) throw refused("not plain UTF-8");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Without its cause: V8 quotes the body in the message.
    throw refused("not JSON");
  }
  if (isDeeper([value], MAX_DEPTH + 1)) throw refused("nested too deep");
  return value;
}

function textOf(body: Uint8Array | string): string | undefined {
  // A string is looked at only when it was given: what comes of decoding is well-formed.
  const text = typeof body !== "string" ? decodeUtf8(body) : body.isWellFormed() ? body : undefined;
  return text?.charCodeAt(0) === 0xfeff ? undefined : text;
}

/** Costs 3 to 4 % of parsing: only what holds something is walked, and never further than `levels`. */
function isDeeper(value: object, levels: number): boolean {
  if (levels === 0) return true;
  // The last child is walked when the keys are done with: a loop over keys that is never left is a tenth quicker.
  let child: unknown;
  if (Array.isArray(value)) {
    for (const one of value) if (isHolder(one) && isDeeper(one, levels - 1)) return true;
  } else {
    for (const key in value) {
      const one = (value as Readonly<Record<string, unknown>>)[key];
      if (!isHolder(one)) continue;
      if (isHolder(child) && isDeeper(child, levels - 1)) return true;
      child = one;
    }
  }
  return isHolder(child) && isDeeper(child, levels - 1);
}

const isHolder = (value: unknown): value is object => typeof value === "object" && value !== null;

function refused(reason: string): ValidationError {
  return new ValidationError(`The delivery's body is ${reason}: answer 400.`, {
    path: "body",
    reason,
  });
}
