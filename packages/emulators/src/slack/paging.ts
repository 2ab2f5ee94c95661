import { type Arguments, textArg } from "./arguments.ts";
import type { SlackBehaviour } from "./call.ts";
import { refuse } from "./errors.ts";

export const encodeCursor = (what: string, key: string): string =>
  Buffer.from(`${what}:${key}`).toString("base64");

/** The key behind a cursor of this list; undefined without one. */
export function readCursor(args: Arguments, what: string): string | undefined {
  const cursor = textArg(args, "cursor");
  if (cursor === undefined) return undefined;
  const [kind, ...key] = Buffer.from(cursor, "base64").toString().split(":");
  if (kind !== what || key.length === 0) throw refuse("invalid_cursor");
  return key.join(":");
}

/** Undefined without a limit. guess: more than the vendor allows is cut, not refused. */
export function readLimit(args: Arguments, max: number): number | undefined {
  const text = textArg(args, "limit");
  if (text === undefined || text === "0") return undefined;
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 0) throw refuse("invalid_limit");
  return Math.min(limit, max);
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly cursor: string;
}

/**
 * One page of a list that is in the order of its keys. With `pages: "short"` the page is cut before the filter, as the vendor's
 * documentation warns, and every third one is empty although more follow.
 */
export function pageOf<T>(
  all: readonly T[],
  include: (item: T) => boolean,
  key: (item: T) => string,
  options: {
    readonly args: Arguments;
    readonly what: string;
    readonly limit: number;
    readonly behaviour: SlackBehaviour;
  },
): Page<T> {
  const { args, what, limit, behaviour } = options;
  const cursor = readCursor(args, what);
  const from = cursor?.replace(/!$/, "");
  const short = behaviour.pages === "short";
  const list = short ? all : all.filter(include);
  // The item that a cursor names may have gone: then the list goes on behind it.
  const start = from === undefined ? 0 : list.findIndex((item) => key(item) >= from);
  const first = start < 0 ? list.length : start;
  const empty = short && from !== undefined && cursor === from && Math.floor(first / limit) % 3 === 1;
  if (empty) return { items: [], cursor: encodeCursor(what, `${from}!`) };
  const page = list.slice(first, first + limit);
  const next = list[first + limit];
  return { items: page.filter(include), cursor: next === undefined ? "" : encodeCursor(what, key(next)) };
}
