import { ValidationError } from "../errors.ts";

export interface JsonLimits {
  /** Of the body as received, or of its characters when a string was given. */
  readonly maxBytes?: number;
  readonly maxDepth?: number;
}

// guess: no vendor's delivery comes near either; what V8 parses without complaint (100,000 levels) overflows the stack of
// whoever walks or stringifies it next.
const MAX_BYTES = 10_000_000;
const MAX_DEPTH = 256;

/** True when the body is well-formed UTF-8 (or a well-formed string) that begins with no byte order mark (T05). */
export function isPlainText(body: Uint8Array | string): boolean {
  return textOf(body) !== undefined;
}

/**
 * Parses a verified body, once. Throws `input_invalid` for a body that is too large, empty, compressed, not UTF-8, begins with a
 * byte order mark, is no JSON, or is nested too deep. Of a key written twice the last one counts.
 */
export function parseJsonBody(
  body: Uint8Array | string,
  { maxBytes = MAX_BYTES, maxDepth = MAX_DEPTH }: JsonLimits = {},
): unknown {
  if (body.length > maxBytes) throw refused("larger than the limit");
  const text = textOf(body);
  if (text === undefined) throw refused("not plain UTF-8");
  if (isDeeper(text, maxDepth)) throw refused("nested too deep");
  try {
    return JSON.parse(text);
  } catch {
    // Without its cause: V8 quotes the body in the message.
    throw refused("not JSON");
  }
}

let decoder: TextDecoder | undefined;

function textOf(body: Uint8Array | string): string | undefined {
  let text = body;
  if (typeof text === "string") {
    if (!text.isWellFormed()) return undefined;
  } else {
    try {
      // Made at the first call: nothing global is touched at import. ignoreBOM keeps the mark, so that it can be seen.
      decoder ??= new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
      text = decoder.decode(text);
    } catch {
      return undefined;
    }
  }
  return text.charCodeAt(0) === 0xfeff ? undefined : text;
}

/**
 * Depth cannot exceed the number of opening brackets, and counting those costs a hundredth of parsing; only a body with
 * more of them than levels allowed is walked.
 */
function isDeeper(text: string, maxDepth: number): boolean {
  let openings = 0;
  for (let at = text.indexOf("{"); at !== -1 && openings <= maxDepth; at = text.indexOf("{", at + 1))
    openings++;
  for (let at = text.indexOf("["); at !== -1 && openings <= maxDepth; at = text.indexOf("[", at + 1))
    openings++;
  return openings > maxDepth && depthOf(text, maxDepth) > maxDepth;
}

function depthOf(text: string, enough: number): number {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < text.length && deepest <= enough; at++) {
    const char = text[at];
    if (char === '"') at = endOfString(text, at);
    else if (char === "{" || char === "[") deepest = Math.max(deepest, ++depth);
    else if (char === "}" || char === "]") depth--;
  }
  return deepest;
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at;
}

function refused(reason: string): ValidationError {
  return new ValidationError(
    `The delivery's body is ${reason}: answer 400; sending it again will not help.`,
    {
      path: "body",
      reason,
    },
  );
}
