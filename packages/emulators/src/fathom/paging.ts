import { jsonReply, type Reply } from "../reply.ts";
import { refuse } from "./errors.ts";

/** A page in the order of the items, from behind the one that the cursor names. */
export function pageReply<T>(
  all: readonly T[],
  options: {
    readonly query: URLSearchParams;
    readonly size: number;
    /** Names an item; what the cursor holds. */
    readonly key: (item: T) => string;
    readonly render: (item: T) => unknown;
    /** Whether an item comes after the one of this key, which may have gone. */
    readonly isAfter: (item: T, key: string) => boolean;
  },
): Reply {
  const { isAfter, key, query, render, size } = options;
  const cursor = query.get("cursor") ?? "";
  const last = cursor === "" ? undefined : readCursor(cursor);
  const rest = last === undefined ? all : all.filter((item) => isAfter(item, last));
  const items = rest.slice(0, size);
  const end = items.at(-1);
  const next_cursor = rest.length > size && end !== undefined ? writeCursor(key(end)) : null;
  return jsonReply(200, { limit: size, next_cursor, items: items.map(render) });
}

const writeCursor = (key: string): string => Buffer.from(`after:${key}`).toString("base64url");

function readCursor(cursor: string): string {
  const text = Buffer.from(cursor, "base64url").toString();
  if (!text.startsWith("after:")) throw refuse(400, "Invalid cursor");
  return text.slice("after:".length);
}
