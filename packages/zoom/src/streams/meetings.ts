import { defineStream } from "@halo/core";
import type { ZoomReferences } from "../references.ts";
import { readParticipants } from "./participants.ts";
import { readPastMeeting, readRecording } from "./read-meeting.ts";
import {
  attendance,
  contentOf,
  HeldMeeting,
  RecordedMeeting,
  startedAt,
  titleOf,
} from "./recorded-meeting.ts";
import { recordingPages, recordingShards, type Window } from "./recordings.ts";

const DAY_MS = 86_400_000;

/**
 * Lists go by a meeting's day and never by when its recording came, and people are listed late: the last days are read
 * again each time.
 */
export const OVERLAP_MS = 3 * DAY_MS;

/** Meetings that were recorded; by webhook others too. Who was there decides which customers they are about. */
export const meetings = defineStream<HeldMeeting, ZoomReferences>({
  id: "meetings",
  name: "Meetings",
  record: HeldMeeting,
  key: ({ meeting }) => meeting.uuid,
  overlapMs: OVERLAP_MS,
  columns: {
    meeting_id: "text",
    topic: "text",
    host_id: "text",
    host: "text",
    started_at: "timestamptz",
    duration_ms: "bigint",
    timezone: "text",
    participants: "jsonb",
    recording_files: "bigint",
    recording_bytes: "bigint",
    url: "text",
  },
  row: (held, refs) => {
    const { meeting, participants } = held;
    const { host } = attendance(held, refs);
    return {
      meeting_id: meeting.id === null || meeting.id === undefined ? undefined : String(meeting.id),
      topic: meeting.topic,
      host_id: meeting.host_id,
      host: host?.name ?? host?.email,
      started_at: startedAt(meeting),
      duration_ms: typeof meeting.duration === "number" ? Math.round(meeting.duration * 60_000) : undefined,
      timezone: meeting.timezone,
      participants: participants.map(({ name, user_email }) => ({ name, email: user_email })),
      recording_files: meeting.recording_files?.length,
      recording_bytes: meeting.total_size,
      url: meeting.share_url,
    };
  },
  counts: [
    {
      as: "meeting",
      columns: { title: "topic", at: "started_at", duration_ms: "duration_ms", owner: "host" },
    },
  ],
  content: contentOf,
  attendance,
  meeting({ meeting }) {
    const began = startedAt(meeting);
    const minutes = meeting.duration ?? undefined;
    const ended = meeting.end_time
      ? new Date(meeting.end_time)
      : began && minutes !== undefined
        ? new Date(began.getTime() + minutes * 60_000)
        : undefined;
    return {
      title: titleOf(meeting),
      startedAt: began,
      endedAt: ended,
      durationSeconds: minutes === undefined ? undefined : minutes * 60,
      url: meeting.share_url ?? undefined,
    };
  },
  shards: async (scope) => recordingShards(scope),
  async *pull({ cursor, http, shard, signal }) {
    const window = shard.params as unknown as Window;
    for await (const page of recordingPages(http, window, cursor, signal)) {
      const records = await Promise.all(
        page.meetings.map(async (meeting) => {
          const { uuid } = RecordedMeeting.safeParse(meeting).data ?? {};
          return uuid === undefined
            ? meeting
            : { meeting, participants: await readParticipants(http, uuid, signal) };
        }),
      );
      yield { records, cursor: page.cursor, done: page.done };
    }
  },
  partialBackfill: true,
  readBatch: 20,
  async read({ http, keys, signal }) {
    const read = await Promise.all(
      keys.map(async ({ key }) => {
        const meeting =
          (await readRecording(http, key, signal)) ?? (await readPastMeeting(http, key, signal));
        if (!meeting) return undefined;
        const { download_access_token: _, ...told } = meeting;
        return { meeting: told, participants: await readParticipants(http, key, signal) };
      }),
    );
    const missing = keys.flatMap(({ key }, at) => (read[at] === undefined ? [key] : []));
    return { records: read.filter((one) => one !== undefined), missing };
  },
});
