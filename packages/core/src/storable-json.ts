import { hash } from "node:crypto";
import type { Json } from "./define/json.ts";

/**
 * JSON text that a Postgres `jsonb` takes: no NUL characters, no half surrogate pairs, which vendors do send and
 * Postgres refuses. Everything else is kept as it came.
 */
export function storableJson(value: unknown): string {
  const text = JSON.stringify(value) ?? "null";
  return suspicious.test(text) ? JSON.stringify(value, storableString) : text;
}

// JSON.stringify writes a lone surrogate and a NUL as an escape, so both are seen in the text.
const suspicious = /\\u0000|\\u[dD][89a-fA-F]/;

function storableString(_: string, value: unknown): unknown {
  if (typeof value === "string") return storableText(value);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value);
  if (entries.every(([key]) => isStorableText(key))) return value;
  return Object.fromEntries(entries.map(([key, inner]) => [storableText(key), inner]));
}

/** The value itself where a store takes it as it is, which costs a look and no copy; else as `storableJson` would have it. */
export function storableValue<T extends Json>(value: T): Json {
  return isStorable(value) ? value : (JSON.parse(storableJson(value)) as Json);
}

function isStorable(value: Json): boolean {
  if (typeof value === "string") return isStorableText(value);
  if (typeof value !== "object" || value === null) return true;
  if (Array.isArray(value)) return value.every(isStorable);
  const held = value as { readonly [key: string]: Json };
  for (const key in held) if (!isStorableText(key) || !isStorable(held[key] ?? null)) return false;
  return true;
}

function isStorableText(text: string): boolean {
  return text.isWellFormed() && !text.includes("\0");
}

/** A string that a Postgres `text` column takes. */
export function storableText(text: string): string {
  const whole = text.isWellFormed() ? text : text.toWellFormed();
  return whole.includes("\0") ? whole.replaceAll("\0", "") : whole;
}

/** SHA-256, hex, of a value whose objects are compared without regard to the order of their keys. */
export function contentHash(value: unknown): string {
  return hash("sha256", canonicalJson(value), "hex");
}

/** JSON with the keys of every object sorted, and without undefined ones. */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "null";
  if (value instanceof Date) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const object = value as Record<string, unknown>;
  const { heads, sorted } = shapeOf(Object.keys(object));
  let text = "";
  for (let at = 0; at < sorted.length; at++) {
    const inner = object[sorted[at] as string];
    if (inner !== undefined) text += `${text === "" ? "" : ","}${heads[at]}${canonicalJson(inner)}`;
  }
  return `{${text}}`;
}

/** The keys that an object has, as they came and in order, and how each begins in JSON. */
interface Shape {
  readonly keys: readonly string[];
  readonly sorted: readonly string[];
  readonly heads: readonly string[];
}

// A vendor's records come with the same keys in the same order, again and again: half the time of the whole went into sorting
// and quoting them. The last shape of each number of keys is kept, with at most so many keys.
const shapes: Shape[] = [];
const mostKeys = 256;

function shapeOf(keys: readonly string[]): Shape {
  const known = shapes[keys.length];
  if (known?.keys.every((key, at) => key === keys[at])) return known;
  const sorted = [...keys].sort();
  const shape = { keys, sorted, heads: sorted.map((key) => `${JSON.stringify(key)}:`) };
  if (keys.length <= mostKeys) shapes[keys.length] = shape;
  return shape;
}
