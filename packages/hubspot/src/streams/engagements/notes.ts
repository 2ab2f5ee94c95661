import { text } from "../property-values.ts";
import { citation, type EngagementKind, hasText } from "./kind.ts";

/** What staff wrote for staff: never shareable. */
export const notes: EngagementKind = {
  columns: () => ({}),
  document: (note, refs) => {
    const body = text(note, "hs_note_body");
    if (body === null || !hasText(body)) return undefined;
    return {
      kind: "note",
      title: "Note",
      body,
      format: "html",
      audience: "internal",
      ...citation(note, refs),
    };
  },
  addresses: () => [],
};
