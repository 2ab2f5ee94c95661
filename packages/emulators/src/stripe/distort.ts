import type { PageShape } from "../fault-effects.ts";

type Fields = Readonly<Record<string, unknown>>;

export const STRIPE_PAGE: PageShape = {
  listOf: (body) => (body.object === "list" && Array.isArray(body.data) ? "data" : undefined),
  // The cursor is the last object's id: it comes again when that object stands last.
  repeatCursor(body, cursor) {
    const data = body.data as readonly Fields[];
    const last = cursor === undefined ? data.at(-1) : { ...data.at(-1), id: cursor };
    return { ...body, data: [...data.slice(0, -1), last ?? {}], has_more: true };
  },
  malform(record, how) {
    const { id: _, ...nameless } = record;
    switch (how) {
      case "no-id":
        return nameless;
      case "id-number":
        return { ...record, id: 7 };
      case "properties-null":
        return { ...record, metadata: null, items: null, status: null };
      case "wrong-types":
        return { ...record, id: { nested: true }, amount: "twelve", status: ["active"], items: "none" };
      default:
        return { ...record, created: "yesterday-ish" };
    }
  },
  pad: (record, filler) => ({ ...record, description: filler }),
};
