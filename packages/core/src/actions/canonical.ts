import type { ActionSubject } from "../define/action.ts";
import type { Json } from "../define/json.ts";
import { ValidationError } from "../errors.ts";
import { sha256 } from "../signing/runtime-portable.ts";

const maxDepth = 32;
const maxCharacters = 65_536;

export interface CanonicalArguments {
  /** A plain copy: what is hashed is what is checked, stored and executed. */
  readonly json: Json;
  /** Keys sorted by code unit, no white space, nothing undefined. Strings as they came: no Unicode normalisation. */
  readonly text: string;
}

/**
 * Arguments in the one form that is hashed. Throws `input_invalid` for what JSON cannot hold exactly (functions, NaN,
 * class instances, half surrogate pairs), for NUL, which stores cannot hold, and for more than 32 levels or 64 KiB.
 */
export function canonicalArguments(input: unknown): CanonicalArguments {
  const text = canonicalText(input, "", 0);
  if (text.length > maxCharacters) throw refused("", `more than ${maxCharacters} characters`);
  return { json: JSON.parse(text) as Json, text };
}

function canonicalText(value: unknown, path: string, depth: number): string {
  if (depth > maxDepth) throw refused(path, `nested deeper than ${maxDepth}`);
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw refused(path, "not a finite number");
    return JSON.stringify(value);
  }
  if (typeof value === "string") return textOf(value, path);
  if (Array.isArray(value)) {
    return `[${value.map((one, at) => canonicalText(one, `${path}[${at}]`, depth + 1)).join(",")}]`;
  }
  if (typeof value !== "object") throw refused(path, "not JSON");
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw refused(path, "not a plain object");
  const parts: string[] = [];
  for (const [key, inner] of Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (inner === undefined) continue;
    const shown = /^[\w$-]{1,40}$/.test(key) ? key : "…";
    const at = path === "" ? shown : `${path}.${shown}`;
    parts.push(`${textOf(key, at)}:${canonicalText(inner, at, depth + 1)}`);
  }
  return `{${parts.join(",")}}`;
}

function textOf(text: string, path: string): string {
  if (!text.isWellFormed() || text.includes("\0")) throw refused(path, "not well-formed text");
  return JSON.stringify(text);
}

function refused(path: string, reason: string): ValidationError {
  return new ValidationError("The arguments do not fit: see `path` and `reason`.", { path, reason });
}

/** What one call is about, without which its arguments say nothing. */
export interface CallPlace {
  readonly orgId: string;
  readonly connectionId: string;
  /** The vendor's account: another one behind the same connection makes another call. */
  readonly account: string;
  readonly integration: string;
  readonly action: string;
  readonly version: number;
  readonly subject: ActionSubject | undefined;
}

/** SHA-256, hex, that consent and approval are bound to (A2). */
export function argumentsHash(place: CallPlace, input: CanonicalArguments): string {
  const { orgId, connectionId, account, integration, action, version, subject } = place;
  const about = canonicalText({ ...subject }, "", 0);
  const head = JSON.stringify([orgId, connectionId, account, integration, action, version]);
  return hexDigest(`halo.action.1\n${head}\n${about}\n${input.text}`);
}

const digits = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

export function hexDigest(text: string): string {
  let hex = "";
  for (const byte of sha256.hash([text])) hex += digits[byte];
  return hex;
}
