import { text, time } from "../property-values.ts";
import { citation, type EngagementKind, hasText } from "./kind.ts";

/** The invitation's text, which the guests saw. Internal notes (`hs_internal_meeting_notes`) stay in `raw`. */
export const meetings: EngagementKind = {
  columns: (meeting) => {
    const start = time(meeting, "hs_meeting_start_time");
    const end = time(meeting, "hs_meeting_end_time");
    const duration = start && end ? end.getTime() - start.getTime() : -1;
    return {
      subject: text(meeting, "hs_meeting_title"),
      status: text(meeting, "hs_meeting_outcome"),
      duration_ms: duration >= 0 ? String(duration) : null,
    };
  },
  document: (meeting, refs) => {
    const body = text(meeting, "hs_meeting_body");
    if (body === null || !hasText(body)) return undefined;
    return {
      kind: "meeting",
      title: text(meeting, "hs_meeting_title") ?? "Meeting",
      body,
      format: "html",
      audience: "shareable",
      ...citation(meeting, refs),
    };
  },
  addresses: () => [],
};
