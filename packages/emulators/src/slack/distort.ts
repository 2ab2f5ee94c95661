import type { PageShape } from "../fault-effects.ts";

/** Lists of the vendor's answers, by the field that holds them. */
const LISTS = ["messages", "channels", "members"] as const;

export const SLACK_PAGE: PageShape = {
  listOf: (body) => LISTS.find((name) => Array.isArray(body[name])),
  repeatCursor(body, cursor) {
    const given = (body.response_metadata as { next_cursor?: string } | undefined)?.next_cursor;
    const next_cursor = cursor ?? given ?? "";
    return { ...body, ...("has_more" in body && { has_more: true }), response_metadata: { next_cursor } };
  },
  malform(record, how) {
    const { id: _, ts: __, ...nameless } = record;
    switch (how) {
      case "no-id":
        return nameless;
      case "id-number":
        return { ...record, ...("ts" in record ? { ts: Number(record.ts) } : { id: 7 }) };
      case "properties-null":
        return { ...record, text: null, user: null, name: null };
      case "wrong-types":
        return { ...record, text: ["not", "text"], user: 7, name: { nested: true } };
      default:
        return { ...record, ts: "soon", updated: "yesterday-ish", created: "" };
    }
  },
  pad: (record, filler) => ({ ...record, text: filler }),
};
