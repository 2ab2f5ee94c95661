import type { PageShape } from "../fault-effects.ts";

/** How faults see the vendor's pages. */
export const FATHOM_PAGE: PageShape = {
  listOf: (body) => ["items", "transcript"].find((name) => Array.isArray(body[name])),
  repeatCursor: (body, cursor) => ({ ...body, next_cursor: cursor ?? body.next_cursor ?? null }),
  malform(record, how) {
    const { recording_id: _, ...nameless } = record;
    switch (how) {
      case "no-id":
        return nameless;
      case "id-number":
        return { ...record, recording_id: String(record.recording_id) };
      case "properties-null":
        return {
          ...record,
          title: null,
          calendar_invitees: null,
          recorded_by: null,
          speaker: null,
          text: null,
        };
      case "wrong-types":
        return {
          ...record,
          recording_id: { nested: true },
          title: ["not", "text"],
          calendar_invitees: "nobody",
        };
      default:
        return { ...record, created_at: "soon", recording_start_time: "", timestamp: "half past nine" };
    }
  },
  pad: (record, filler) => ({ ...record, ...("text" in record ? { text: filler } : { title: filler }) }),
};
