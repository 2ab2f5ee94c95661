import type { PageShape } from "../fault-effects.ts";

interface Paging {
  readonly next?: { readonly after?: string; readonly link?: string };
}

export const HUBSPOT_PAGE: PageShape = {
  listOf: (body) => (Array.isArray(body.results) ? "results" : undefined),
  repeatCursor(body, cursor) {
    const next = (body.paging as Paging | undefined)?.next;
    return { ...body, paging: { next: { ...next, after: cursor ?? next?.after ?? "0" } } };
  },
  malform(record, how) {
    const { id, conversionId: _, ...nameless } = record;
    switch (how) {
      case "no-id":
        return nameless;
      case "id-number":
        return { ...record, id: Number(id) };
      case "properties-null":
        return { ...record, properties: null };
      case "wrong-types":
        return { ...record, id: { nested: true }, properties: ["not", "a", "map"], updatedAt: 12 };
      default:
        return { ...record, updatedAt: "yesterday-ish", createdAt: "", submittedAt: "soon" };
    }
  },
  pad: (record, filler) => ({
    id: "0",
    ...record,
    properties: { ...(record.properties as object | undefined), hs_note_body: filler },
  }),
};
