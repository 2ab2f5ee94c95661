import { createHmac } from "node:crypto";
import { invalidField, refuse } from "./errors.ts";

const TOKEN_MS = 15 * 60_000;
const DEFAULT_SIZE = 30;
const MAX_SIZE = 300;

export interface Page<T> {
  readonly items: readonly T[];
  readonly fields: {
    readonly next_page_token: string;
    readonly page_count: number;
    readonly page_size: number;
    readonly total_records: number;
  };
}

/** Signs with what was asked for: a token of one list is none of another. */
const mac = (text: string) => createHmac("sha256", "page").update(text).digest("base64url").slice(0, 16);

/** A page by its token, which lives 15 minutes; what is added or taken away meanwhile moves the rest. */
export function pageOf<T>(all: readonly T[], what: string, query: URLSearchParams, now: number): Page<T> {
  const size = sizeOf(query.get("page_size"));
  const token = query.get("next_page_token") ?? "";
  const start = token === "" ? 0 : offsetOf(token, what, now);
  const items = all.slice(start, start + size);
  const next = start + size < all.length ? tokenAt(start + size, what, now) : "";
  return {
    items,
    fields: {
      next_page_token: next,
      page_count: Math.max(1, Math.ceil(all.length / size)),
      page_size: size,
      total_records: all.length,
    },
  };
}

function sizeOf(text: string | null): number {
  if (text === null || text === "") return DEFAULT_SIZE;
  const size = Number(text);
  if (!Number.isInteger(size) || size < 1) throw invalidField("page_size", "Invalid field.");
  // guess: more than the vendor allows is cut, not refused.
  return Math.min(size, MAX_SIZE);
}

function tokenAt(offset: number, what: string, now: number): string {
  const text = Buffer.from(JSON.stringify([offset, now + TOKEN_MS])).toString("base64url");
  return `${text}.${mac(`${what}:${text}`)}`;
}

function offsetOf(token: string, what: string, now: number): number {
  const [text = "", sign] = token.split(".");
  // guess: status, code and words.
  const refused = () => refuse(400, 300, "The next page token is invalid or expired.");
  if (sign !== mac(`${what}:${text}`)) throw refused();
  const [offset, expiresAt] = JSON.parse(Buffer.from(text, "base64url").toString()) as [number, number];
  if (expiresAt <= now) throw refused();
  return offset;
}
