import type { MeetingPeople } from "../customers/attendance.ts";
import type { AnyStream } from "../define/stream.ts";
import type { MeetingRow, SharedTable, TranscriptRow } from "../ports/meeting-store.ts";
import { storableText } from "../storable-json.ts";

/** Turns of one transcript; what is beyond is in the document, and is searched. */
const mostTurns = 20_000;

/** The shared tables that a stream's records fill. */
export function sharedTables(stream: AnyStream): readonly SharedTable[] {
  return [
    ...(stream.meeting ? (["meetings"] as const) : []),
    ...(stream.transcript ? (["meeting_transcripts"] as const) : []),
  ];
}

/** A record's rows in the shared tables. */
export function sharedRows(
  stream: AnyStream,
  record: unknown,
  refs: unknown,
  people: MeetingPeople | undefined,
): { readonly meeting?: MeetingRow; readonly transcript?: TranscriptRow } {
  const meeting = stream.meeting?.(record, refs);
  const transcript = stream.transcript?.(record, refs);
  return {
    ...(meeting && {
      meeting: {
        title: storableText(meeting.title).slice(0, 500),
        startedAt: validDate(meeting.startedAt),
        endedAt: validDate(meeting.endedAt),
        durationSeconds: wholeOrNothing(meeting.durationSeconds),
        url: meeting.url === undefined ? undefined : storableText(meeting.url),
        host: people?.host && storablePerson(people.host),
        participants: (people?.participants ?? []).map(storablePerson),
      },
    }),
    ...(transcript && {
      transcript: {
        status: transcript.status,
        reason: transcript.reason,
        language: transcript.language === undefined ? undefined : storableText(transcript.language),
        summary: transcript.summary === undefined ? undefined : storableText(transcript.summary),
        actionItems: (transcript.actionItems ?? []).map(({ text, assignee, done }) => ({
          text: storableText(text),
          ...(assignee !== undefined && { assignee: storableText(assignee) }),
          ...(done !== undefined && { done }),
        })),
        turns: transcript.turns.slice(0, mostTurns).map((turn) => ({
          ...(turn.speaker !== undefined && { speaker: storableText(turn.speaker) }),
          ...(turn.email !== undefined && { email: storableText(turn.email) }),
          ...(turn.startMs !== undefined && { startMs: turn.startMs }),
          ...(turn.endMs !== undefined && { endMs: turn.endMs }),
          text: storableText(turn.text),
        })),
      },
    }),
  };
}

function storablePerson<
  P extends { readonly name?: string | undefined; readonly email?: string | undefined },
>(person: P): P {
  return {
    ...person,
    ...(person.name !== undefined && { name: storableText(person.name) }),
    ...(person.email !== undefined && { email: storableText(person.email) }),
  };
}

const validDate = (date: Date | undefined) => (date && !Number.isNaN(date.getTime()) ? date : undefined);
const wholeOrNothing = (value: number | undefined) =>
  value !== undefined && Number.isFinite(value) && value >= 0 ? Math.round(value) : undefined;
