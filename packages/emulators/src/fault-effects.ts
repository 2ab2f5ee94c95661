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

/** Changes the vendor's own answer. */
export function distort(effect: AnswerEffect, reply: Reply, asked: { after: string | null }): Reply {
  switch (effect.type) {
    case "truncate":
      return truncated(reply, effect.atByte);
    case "malformedRecord":
      return withPage(reply, (page) => {
        const at = Math.min(effect.index ?? 0, page.results.length - 1);
        if (at >= 0) page.results[at] = malform(page.results[at], effect.how ?? "no-id");
      });
    case "repeatCursor":
      return withPage(reply, (page) => {
        const next = asked.after ?? page.paging?.next?.after ?? "0";
        page.paging = { next: { ...page.paging?.next, after: next } };
      });
    case "duplicateRecords":
      return withPage(reply, (page) => {
        page.results.push(...page.results.slice(0, effect.count ?? 1));
      });
    case "hugePage":
      return withPage(reply, (page) => pad(page, effect.bytes ?? 50_000_000));
    case "gzipBomb":
      return bomb(reply, effect.bytes ?? 256_000_000);
    case "transform":
      return { ...reply, body: effect.apply(structuredClone(reply.body)) };
    default:
      return reply;
  }
}

interface Page {
  results: unknown[];
  paging?: { next?: { after?: string; link?: string } };
}

function withPage(reply: Reply, change: (page: Page) => void): Reply {
  const body = reply.body as Page | undefined;
  if (typeof body !== "object" || body === null || !Array.isArray(body.results)) return reply;
  const copy: Page = { ...body, results: [...body.results] };
  change(copy);
  return { ...reply, body: copy };
}

function malform(record: unknown, how: MalformedRecord): unknown {
  const copy = { ...(record as Record<string, unknown>) };
  switch (how) {
    case "no-id":
      delete copy.id;
      delete copy.conversionId;
      return copy;
    case "id-number":
      return { ...copy, id: Number(copy.id) };
    case "properties-null":
      return { ...copy, properties: null };
    case "wrong-types":
      return { ...copy, id: { nested: true }, properties: ["not", "a", "map"], updatedAt: 12 };
    case "not-an-object":
      return "a string where a record belongs";
    case "bad-date":
      return { ...copy, updatedAt: "yesterday-ish", createdAt: "", submittedAt: "soon" };
  }
}

function truncated(reply: Reply, atByte: number | undefined): Reply {
  const whole = replyBytes(reply);
  if (whole === undefined) return reply;
  const bytes = typeof whole === "string" ? new TextEncoder().encode(whole) : whole;
  return { ...reply, body: bytes.slice(0, atByte ?? Math.floor(bytes.length / 2)) };
}

function pad(page: Page, bytes: number): void {
  const first = page.results[0];
  const filler = "x".repeat(bytes);
  if (typeof first === "object" && first !== null) {
    const record = first as { properties?: Record<string, unknown> };
    page.results[0] = { ...record, properties: { ...record.properties, hs_note_body: filler } };
  } else page.results.push({ id: "0", properties: { hs_note_body: filler } });
}

const bombs = new Map<number, Uint8Array>();

function bomb(reply: Reply, bytes: number): Reply {
  const body = bombs.get(bytes) ?? new Uint8Array(gzipSync(Buffer.alloc(bytes, 0x20)));
  bombs.set(bytes, body);
  return { ...reply, headers: { ...reply.headers, "content-encoding": "gzip" }, body };
}
