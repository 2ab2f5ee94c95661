import { type DocumentSource, defineStream, transcriptText } from "@halo/core";
import type { ZoomReferences } from "../references.ts";
import { OVERLAP_MS } from "./meetings.ts";
import { readMet } from "./read-met.ts";
import { attendance, contentOf, RecordedMeeting, startedAt, titleOf } from "./recorded-meeting.ts";
import { recordingPages, recordingShards, type Window } from "./recordings.ts";
import { isFinal, Transcript, transcribeNew, whoMet } from "./transcribe.ts";

/** What was said in recorded meetings, turn by turn. */
export const transcripts = defineStream<Transcript, ZoomReferences>({
  id: "transcripts",
  name: "Transcripts",
  record: Transcript,
  key: ({ meeting }) => meeting.uuid,
  overlapMs: OVERLAP_MS,
  columns: {
    meeting_id: "text",
    topic: "text",
    started_at: "timestamptz",
    status: "text",
    reason: "text",
    turns: "bigint",
    speakers: "jsonb",
  },
  row: ({ meeting, transcript }) => ({
    meeting_id: meeting.id === null || meeting.id === undefined ? undefined : String(meeting.id),
    topic: meeting.topic,
    started_at: startedAt(meeting),
    status: transcript.status,
    reason: transcript.reason,
    turns: transcript.turns.length,
    speakers: [...new Set(transcript.turns.flatMap(({ speaker }) => speaker ?? []))],
  }),
  content: (record) => ({ ...contentOf(record), transcript: record.transcript }),
  // guess: words that are corrected by hand give the file another size, where no other field would tell.
  outline: (record) => (isFinal(record.transcript) ? contentOf(record) : undefined),
  attendance,
  transcript: ({ transcript }) => ({
    status: transcript.status,
    reason: transcript.reason,
    turns: transcript.turns,
  }),
  document: ({ meeting, transcript }): DocumentSource | undefined =>
    transcript.status !== "available"
      ? undefined
      : {
          kind: "transcript",
          title: titleOf(meeting),
          body: transcriptText(transcript.turns),
          format: "transcript",
          audience: "shareable",
          occurredAt: startedAt(meeting),
          url: meeting.share_url ?? undefined,
        },
  shards: async (scope) => recordingShards(scope),
  async *pull({ cursor, held, http, shard, signal }) {
    const window = shard.params as unknown as Window;
    for await (const page of recordingPages(http, window, cursor, signal)) {
      const listed = page.meetings.map((one) => ({ one, meeting: RecordedMeeting.safeParse(one).data }));
      const odd = listed.flatMap(({ meeting, one }) => (meeting ? [] : [one]));
      const met = await Promise.all(
        listed.flatMap(({ meeting, one }) =>
          meeting ? [whoMet(http, { listed: one, meeting, signal })] : [],
        ),
      );
      const records = [...odd, ...(await transcribeNew(http, met, held, signal))];
      yield { records, cursor: page.cursor, done: page.done };
    }
  },
  partialBackfill: true,
  manual: ["backfill_transcripts"],
  transcriptKinds: ["transcript"],
  readBatch: 20,
  async read({ held, http, keys, signal }) {
    const met = await Promise.all(keys.map(({ hint, key }) => readMet(http, key, hint, signal)));
    const missing = keys.flatMap(({ key }, at) => (met[at] === undefined ? [key] : []));
    const there = met.filter((one) => one !== undefined);
    return { records: await transcribeNew(http, there, held, signal), missing };
  },
});
