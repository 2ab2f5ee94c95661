import { distort as distortPage } from "../fault-effects.ts";
import type { AnswerEffect, MalformedRecord } from "../faults.ts";
import type { Reply } from "../reply.ts";

type Body = Record<string, unknown>;

/** Lists of the vendor's answers, by the field that holds them. */
const LISTS = ["messages", "channels", "members"] as const;

/** Changes the vendor's own answer, as a fault says. */
export function distort(effect: AnswerEffect, reply: Reply, cursor: string | undefined): Reply {
  switch (effect.type) {
    case "malformedRecord":
      return withList(reply, (list) => {
        const at = Math.min(effect.index ?? 0, list.length - 1);
        return at < 0 ? list : list.with(at, malform(list[at], effect.how ?? "no-id"));
      });
    case "duplicateRecords":
      return withList(reply, (list) => [...list, ...list.slice(0, effect.count ?? 1)]);
    case "hugePage":
      return withList(reply, (list) => [
        { ...(list[0] as Body | undefined), text: "x".repeat(effect.bytes ?? 50_000_000) },
        ...list.slice(1),
      ]);
    case "repeatCursor": {
      const body = reply.body as Body;
      if (typeof body !== "object" || listOf(body) === undefined) return reply;
      const given = (body.response_metadata as { next_cursor?: string } | undefined)?.next_cursor;
      const next_cursor = cursor ?? given ?? "";
      return {
        ...reply,
        body: { ...body, ...("has_more" in body && { has_more: true }), response_metadata: { next_cursor } },
      };
    }
    default:
      return distortPage(effect, reply, { after: cursor ?? null });
  }
}

const listOf = (body: Body) => LISTS.find((name) => Array.isArray(body[name]));

function withList(reply: Reply, change: (list: unknown[]) => unknown[]): Reply {
  const body = reply.body as Body | undefined;
  if (typeof body !== "object" || body === null) return reply;
  const name = listOf(body);
  return name === undefined
    ? reply
    : { ...reply, body: { ...body, [name]: change(body[name] as unknown[]) } };
}

function malform(record: unknown, how: MalformedRecord): unknown {
  if (typeof record !== "object" || record === null) return null;
  const { id: _, ts: __, ...nameless } = record as Body;
  switch (how) {
    case "no-id":
      return nameless;
    case "id-number":
      return { ...(record as Body), ...("ts" in record ? { ts: Number(record.ts) } : { id: 7 }) };
    case "properties-null":
      return { ...(record as Body), text: null, user: null, name: null };
    case "wrong-types":
      return { ...(record as Body), text: ["not", "text"], user: 7, name: { nested: true } };
    case "not-an-object":
      return "a string where a record belongs";
    case "bad-date":
      return { ...(record as Body), ts: "soon", updated: "yesterday-ish", created: "" };
  }
}
