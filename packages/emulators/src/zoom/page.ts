import type { PageShape } from "../fault-effects.ts";

/** Lists of the vendor's answers, by the field that holds them. */
const LISTS = ["meetings", "participants", "users", "event_subscriptions"] as const;

/** How faults see the vendor's pages. */
export const ZOOM_PAGE: PageShape = {
  listOf: (body) => LISTS.find((name) => Array.isArray(body[name])),
  repeatCursor: (body, cursor) => ({ ...body, next_page_token: cursor ?? body.next_page_token ?? "" }),
  malform(record, how) {
    const { id: _, uuid: __, ...nameless } = record;
    switch (how) {
      case "no-id":
        return nameless;
      case "id-number":
        return { ...record, uuid: 7, id: 7 };
      case "properties-null":
        return {
          ...record,
          topic: null,
          recording_files: null,
          user_email: null,
          name: null,
          start_time: null,
        };
      case "wrong-types":
        return {
          ...record,
          uuid: { nested: true },
          topic: ["not", "text"],
          recording_files: "none",
          name: 7,
        };
      default:
        return { ...record, start_time: "soon", join_time: "", created_at: "yesterday-ish" };
    }
  },
  pad: (record, filler) => ({ ...record, topic: filler }),
};
