import { defineStream } from "@halo/core";
import { documentOf } from "./document.ts";
import { EVERYTHING, listMeetings, lookback, placeOf, WHAT_CHANGES } from "./list-meetings.ts";
import { attendance, dateOf, durationMs, endedAt, Meeting, startedAt, titleOf } from "./meeting.ts";
import { notHeld, outlineOf, withTranscript } from "./transcript.ts";
import { turnsOf } from "./turns.ts";

const DAY_MS = 86_400_000;
/** Transcripts that are asked for one by one, of a page of ten. */
const MOST_ALONE = 3;

/** Meetings with what was said in them, Fathom's summary and its action items. */
export const meetings = defineStream<Meeting>({
  id: "meetings",
  name: "Meetings",
  record: Meeting,
  key: (meeting) => String(meeting.recording_id),
  // A transcript is ready after its meeting, edits move no time, and no filter finds either: the last days are read again.
  overlapMs: 2 * DAY_MS,
  columns: {
    title: "text",
    url: "text",
    share_url: "text",
    started_at: "timestamptz",
    ended_at: "timestamptz",
    duration_ms: "bigint",
    host: "text",
    recorded_by: "text",
    language: "text",
    invitees: "jsonb",
    turns: "bigint",
    has_summary: "boolean",
    action_items: "bigint",
    created_at: "timestamptz",
  },
  row: (meeting) => ({
    title: titleOf(meeting),
    url: meeting.url,
    share_url: meeting.share_url,
    started_at: startedAt(meeting),
    ended_at: dateOf(meeting.recording_end_time),
    duration_ms: durationMs(meeting),
    host: meeting.recorded_by?.name ?? meeting.recorded_by?.email,
    recorded_by: meeting.recorded_by?.email,
    language: meeting.transcript_language,
    invitees: (meeting.calendar_invitees ?? []).map(({ email, is_external, name }) => ({
      name,
      email,
      is_external,
    })),
    turns: meeting.transcript?.length,
    has_summary: !!meeting.default_summary?.markdown_formatted,
    action_items: meeting.action_items?.length,
    created_at: dateOf(meeting.created_at),
  }),
  // The same, whether it came with a list, alone or by event.
  content: (meeting) => meeting,
  outline: outlineOf,
  counts: [
    {
      as: "meeting",
      columns: { title: "title", at: "started_at", duration_ms: "duration_ms", owner: "host" },
    },
  ],
  attendance,
  meeting(meeting) {
    const ms = durationMs(meeting);
    return {
      title: titleOf(meeting),
      startedAt: startedAt(meeting),
      endedAt: endedAt(meeting),
      durationSeconds: ms === undefined ? undefined : ms / 1_000,
      url: meeting.url ?? undefined,
    };
  },
  transcript(meeting) {
    const turns = turnsOf(meeting.transcript ?? []);
    return {
      status: turns.length > 0 ? "available" : meeting.transcript ? "empty" : "pending",
      language: meeting.transcript_language ?? undefined,
      turns,
      summary: meeting.default_summary?.markdown_formatted ?? undefined,
      actionItems: (meeting.action_items ?? []).flatMap(({ assignee, completed, description }) =>
        description
          ? [
              {
                text: description,
                assignee: assignee?.name ?? assignee?.email ?? undefined,
                done: completed ?? undefined,
              },
            ]
          : [],
      ),
    };
  },
  document: documentOf,
  async *pull({ cursor, held, http, now, settings, signal, since }) {
    const { everything, next: from } = placeOf(cursor) ?? { everything: since === undefined };
    const list = { after: since ?? lookback(settings, now), cursor: from, signal };
    if (!everything) {
      for await (const page of listMeetings(http, { ...list, parts: WHAT_CHANGES })) {
        const fresh = await notHeld(page.items, held);
        // After a pause most is new: then a list brings ten transcripts at one call.
        if (from === undefined && !page.done && fresh.length > MOST_ALONE) break;
        const records = await Promise.all(fresh.map((item) => withTranscript(http, item, signal)));
        yield { records, cursor: { everything, next: page.cursor }, done: page.done };
        if (page.done) return;
      }
    }
    for await (const page of listMeetings(http, { ...list, parts: EVERYTHING })) {
      yield { records: page.items, cursor: { everything: true, next: page.cursor }, done: page.done };
    }
  },
  // Fathom tells of no deletion, and what lies before the look-back is not gone.
  partialBackfill: true,
  manual: ["backfill_transcripts"],
  transcriptKinds: ["transcript"],
  readBatch: 1_000,
  async read({ http, keys, now, settings, signal }) {
    const wanted = new Set(keys.map(({ key }) => key));
    const records: unknown[] = [];
    // There is no way to one meeting: the list is read until all are found.
    const wants = { after: lookback(settings, now), parts: EVERYTHING, signal };
    for await (const { items } of listMeetings(http, wants)) {
      for (const item of items) {
        const id = (item as { recording_id?: unknown } | null)?.recording_id;
        if (wanted.delete(String(id))) records.push(item);
      }
      if (wanted.size === 0) break;
    }
    const missing: string[] = [];
    for (const key of wanted) {
      const path = `/recordings/${encodeURIComponent(key)}/transcript`;
      // One that lies before the look-back is there, and stays as it is.
      if ((await http.get(path, { absentOn: [404], signal })) === undefined) missing.push(key);
    }
    return { records, missing };
  },
});
