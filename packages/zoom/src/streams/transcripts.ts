import { type DocumentSource, defineStream, type Json, transcriptText, type VendorHttp } from "@halo/core";
import * as z from "zod";
import { isForbidden } from "../auth.ts";
import { paths } from "../paths.ts";
import type { ZoomReferences } from "../references.ts";
import { OVERLAP_MS } from "./meetings.ts";
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
import { type Located, locateTranscript, type ReadTranscript, readTranscript } from "./transcript-file.ts";

const Turn = z.object({
  speaker: z.string().optional(),
  email: z.string().optional(),
  startMs: z.number().optional(),
  endMs: z.number().optional(),
  text: z.string(),
});

const Transcript = HeldMeeting.extend({
  transcript: z.object({
    status: z.enum(["available", "empty", "pending", "none", "unavailable"]),
    reason: z.string().optional(),
    turns: z.array(Turn),
  }),
});

export type Transcript = z.infer<typeof Transcript>;

/** What the event brought: an address, and a token that opens it for a day. */
const Hint = z.object({ url: z.string().optional(), token: z.string().optional() });

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
  async *pull({ cursor, http, shard, signal }) {
    const window = shard.params as unknown as Window;
    for await (const page of recordingPages(http, window, cursor, signal)) {
      const records = await Promise.all(
        page.meetings.map(async (listed) => {
          const meeting = RecordedMeeting.safeParse(listed).data;
          return meeting ? await transcribed(http, listed, meeting, undefined, signal) : listed;
        }),
      );
      yield { records, cursor: page.cursor, done: page.done };
    }
  },
  partialBackfill: true,
  manual: ["backfill_transcripts"],
  transcriptKinds: ["transcript"],
  readBatch: 20,
  async read({ http, keys, signal }) {
    const read = await Promise.all(keys.map(({ hint, key }) => readOne(http, key, hint, signal)));
    const missing = keys.flatMap(({ key }, at) => (read[at] === undefined ? [key] : []));
    return { records: read.filter((one) => one !== undefined), missing };
  },
});

/** Whether a meeting is this connection's to read, its own token says; what an event brought only helps. */
async function readOne(http: VendorHttp, uuid: string, given: Json | undefined, signal: AbortSignal) {
  const recording = await readRecording(http, uuid, signal);
  if (!recording) return await unrecorded(http, uuid, signal);
  const { download_access_token: token, ...listed } = recording;
  const hint = Hint.safeParse(given).data;
  const fresh = { url: undefined, token: token ?? undefined };
  return await transcribed(http, listed, recording, hint?.token ? { ...hint } : fresh, signal);
}

const Unrecorded = z.object({
  download_url: z.string().nullish(),
  download_restriction_reason: z.string().nullish(),
});

/** A meeting without a recording may have a transcript all the same. */
async function unrecorded(http: VendorHttp, uuid: string, signal: AbortSignal) {
  let told: z.infer<typeof Unrecorded> | undefined;
  try {
    told = await http.get(paths.meetingTranscript(uuid), {
      schema: Unrecorded.optional(),
      absentOn: [400, 404],
      signal,
    });
  } catch (error) {
    if (!isForbidden(error)) throw error;
  }
  const reason = told?.download_restriction_reason;
  const located: Located | undefined = told?.download_url
    ? { status: "ready", url: told.download_url }
    : reason === "NOT_READY"
      ? { status: "pending" }
      : undefined;
  const meeting = located && (await readPastMeeting(http, uuid, signal));
  return meeting && (await transcribed(http, meeting, meeting, undefined, signal, located));
}

async function transcribed(
  http: VendorHttp,
  listed: object | unknown,
  meeting: RecordedMeeting,
  brought: z.infer<typeof Hint> | undefined,
  signal: AbortSignal,
  located: Located = locateTranscript(meeting.recording_files ?? []),
) {
  // Without text nobody needs to know who was there.
  if (located.status !== "ready") {
    return { meeting: listed, participants: [], transcript: { status: located.status, turns: [] } };
  }
  const participants = await readParticipants(http, meeting.uuid, signal);
  const people = participants.map(({ name, user_email }) => ({
    name: name ?? undefined,
    email: user_email || undefined,
  }));
  const first = { url: brought?.url ?? located.url, token: brought?.token, people, signal };
  let read = await readTranscript(http, first);
  if (read.status === "unavailable" && read.again)
    read = (await withNewUrl(http, meeting.uuid, first)) ?? read;
  return { meeting: listed, participants, transcript: told(read) };
}

/** F79: one new address, with a token of its own; after that it is unavailable until somebody asks again. */
async function withNewUrl(
  http: VendorHttp,
  uuid: string,
  first: Parameters<typeof readTranscript>[1],
): Promise<ReadTranscript | undefined> {
  const recording = await readRecording(http, uuid, first.signal);
  const located = locateTranscript(recording?.recording_files ?? []);
  if (located.status !== "ready") return undefined;
  return await readTranscript(http, {
    ...first,
    url: located.url,
    token: recording?.download_access_token ?? undefined,
  });
}

const told = (read: ReadTranscript): Transcript["transcript"] => {
  if (read.status === "available") return { status: "available", turns: [...read.turns] };
  return read.status === "empty"
    ? { status: "empty", turns: [] }
    : { status: "unavailable", reason: read.reason, turns: [] };
};
