import { gzipSync } from "node:zlib";
import type { AnswerEffect, MalformedRecord } from "./faults.ts";
import { jsonReply, type Reply, replyBytes } from "./reply.ts";

/** How a vendor's own words enter an effect that is otherwise the same everywhere. */
export interface VendorAnswers {
  tooMany(): unknown;
  error(status: number): unknown;
  expiredToken(): Reply;
  invalidGrant(): Reply;
  expiredCursor(): Reply;
}

/** The answer an effect gives in place of the vendor's, or undefined when it changes the vendor's own. */
export function replacement(
  effect: AnswerEffect,
  vendor: VendorAnswers,
  hasCursor: boolean,
): Reply | undefined {
  switch (effect.type) {
    case "status":
      return statusReply(effect, vendor);
    case "html":
      return {
        status: 200,
        headers: { "content-type": "text/html;charset=utf-8" },
        body: effect.body ?? "<!doctype html><title>Just a moment…</title><h1>We will be right back</h1>",
      };
    case "expiredToken":
      return vendor.expiredToken();
    case "invalidGrant":
      return vendor.invalidGrant();
    case "expireCursor":
      return hasCursor ? vendor.expiredCursor() : undefined;
    default:
      return undefined;
  }
}

function statusReply(effect: Extract<AnswerEffect, { type: "status" }>, vendor: VendorAnswers): Reply {
  const body = effect.body ?? (effect.status === 429 ? vendor.tooMany() : vendor.error(effect.status));
  const reply = jsonReply(effect.status, body, effect.headers);
  if (effect.retryAfter !== undefined) reply.headers["retry-after"] = String(effect.retryAfter);
  return reply;
}

/** Where a vendor's pages hold their records and cursors. */
export interface PageShape {
  /** The field that holds the records; undefined for an answer that is no page. */
  listOf(body: Fields): string | undefined;
  /** The page as if `cursor`, the one asked for, came next; without one its own first. */
  repeatCursor(body: Fields, cursor: string | undefined): Fields;
  /** One record made wrong. */
  malform(record: Fields, how: MalformedRecord): unknown;
  /** One record, or nothing, made long. */
  pad(record: Fields, filler: string): Fields;
}

type Fields = Readonly<Record<string, unknown>>;

/** Changes the vendor's own answer, as a fault says. */
export function distort(
  effect: AnswerEffect,
  reply: Reply,
  cursor: string | undefined,
  page: PageShape,
): Reply {
  switch (effect.type) {
    case "truncate":
      return truncated(reply, effect.atByte);
    case "malformedRecord":
      return withList(reply, page, (list) => {
        const at = Math.min(effect.index ?? 0, list.length - 1);
        return at < 0 ? list : list.with(at, malform(list[at], effect.how ?? "no-id", page));
      });
    case "repeatCursor":
      return withPage(reply, page, (body) => page.repeatCursor(body, cursor));
    case "duplicateRecords":
      return withList(reply, page, (list) => [...list, ...list.slice(0, effect.count ?? 1)]);
    case "hugePage":
      return withList(reply, page, (list) => [
        page.pad((list[0] ?? {}) as Fields, "x".repeat(effect.bytes ?? 50_000_000)),
        ...list.slice(1),
      ]);
    case "gzipBomb":
      return bomb(reply, effect.bytes ?? 256_000_000);
    case "transform":
      return { ...reply, body: effect.apply(structuredClone(reply.body)) };
    default:
      return reply;
  }
}

function withPage(reply: Reply, page: PageShape, change: (body: Fields) => Fields): Reply {
  const body = reply.body as Fields | undefined;
  if (typeof body !== "object" || body === null || page.listOf(body) === undefined) return reply;
  return { ...reply, body: change(body) };
}

const withList = (reply: Reply, page: PageShape, change: (list: unknown[]) => unknown[]): Reply =>
  withPage(reply, page, (body) => {
    const name = page.listOf(body) ?? "";
    return { ...body, [name]: change(body[name] as unknown[]) };
  });

function malform(record: unknown, how: MalformedRecord, page: PageShape): unknown {
  if (how === "not-an-object") return "a string where a record belongs";
  return typeof record === "object" && record !== null ? page.malform(record as Fields, how) : null;
}

function truncated(reply: Reply, atByte: number | undefined): Reply {
  const whole = replyBytes(reply);
  if (whole === undefined) return reply;
  const bytes = typeof whole === "string" ? new TextEncoder().encode(whole) : whole;
  return { ...reply, body: bytes.slice(0, atByte ?? Math.floor(bytes.length / 2)) };
}

const bombs = new Map<number, Uint8Array>();

function bomb(reply: Reply, bytes: number): Reply {
  const body = bombs.get(bytes) ?? new Uint8Array(gzipSync(Buffer.alloc(bytes, 0x20)));
  bombs.set(bytes, body);
  return { ...reply, headers: { ...reply.headers, "content-encoding": "gzip" }, body };
}
