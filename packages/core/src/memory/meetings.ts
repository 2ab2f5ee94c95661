import type { Meeting, MeetingStore } from "../ports/meeting-store.ts";
import type { RecordRow } from "../ports/page-store.ts";
import { linked } from "./people.ts";
import { byText, copy, type KeptTranscript, type Org, orgOf, type Row, type State } from "./state.ts";

export function memoryMeetings(state: State): MeetingStore {
  return {
    async list(orgId, { endUserId, companyId, connectionId, key, after, limit }) {
      const org = orgOf(state, orgId);
      const wanted = [endUserId, companyId].filter((id) => id !== undefined);
      const all = rowsOf(org, connectionId)
        .filter((row) => row.meeting !== undefined && (key === undefined || row.key === key))
        .map((row) => toMeeting(org, row))
        .sort(latestFirst)
        .filter(
          ({ endUserIds, companyIds }) =>
            wanted.length === 0 || wanted.some((id) => endUserIds.includes(id) || companyIds.includes(id)),
        );
      return copy(all.filter((one) => after === undefined || latestFirst(after, one) < 0).slice(0, limit));
    },

    async transcript(orgId, connectionId, key) {
      const found = rowsOf(orgOf(state, orgId), connectionId).find(
        (row) => row.key === key && row.transcript !== undefined,
      )?.transcript;
      if (!found) return undefined;
      const { availableAt: _, ...transcript } = found;
      return copy(transcript);
    },

    async stats(orgId, connectionId, since) {
      const org = orgOf(state, orgId);
      const rows = rowsOf(org, connectionId);
      const meetings = rows.filter(({ meeting }) => meeting !== undefined);
      const texts = rows.filter(({ transcript }) => transcript?.status === "available");
      return {
        meetings: meetings.length,
        linked: meetings.filter((row) => customersOf(org, row).length > 0).length,
        transcripts: texts.length,
        recent: texts.filter(({ transcript }) => (transcript?.availableAt ?? since) >= since).length,
      };
    },
  };
}

/** The record's rows in the shared tables follow it. */
export function keepShared(row: Row, { meeting, transcript }: RecordRow, at: Date): void {
  row.meeting = meeting;
  const before = row.transcript?.availableAt;
  row.transcript = transcript && {
    ...transcript,
    availableAt: before ?? (transcript.status === "available" ? copy(at) : undefined),
  };
}

export function dropShared(row: Row): void {
  row.meeting = undefined;
  row.transcript = undefined;
}

const rowsOf = (org: Org, connectionId: string | undefined): Row[] =>
  [...org.collections]
    .filter(([id]) => connectionId === undefined || id === connectionId)
    .flatMap(([, streams]) => [...streams.values()])
    .flatMap(({ rows }) => [...rows.values()])
    .filter(({ deletedAt }) => deletedAt === undefined);

type Place = Pick<Meeting, "startedAt" | "connectionId" | "key">;

/** By their beginning; those without one last. */
function latestFirst(one: Place, other: Place): number {
  const [a, b] = [one, other].map(({ startedAt }) => startedAt?.getTime() ?? Number.NEGATIVE_INFINITY);
  if (a !== b) return (a ?? 0) < (b ?? 0) ? 1 : -1;
  return byText(one.connectionId, other.connectionId) || byText(one.key, other.key);
}

const customersOf = (org: Org, row: Row) =>
  row.links.flatMap((link) => linked(org, row.collection.connectionId, link) ?? []);

function toMeeting(org: Org, row: Row): Meeting {
  const { connectionId, integration } = row.collection;
  const meeting = row.meeting as NonNullable<Row["meeting"]>;
  const transcript = transcriptOf(org, row);
  const customers = customersOf(org, row);
  const ids = (kind: string) => [
    ...new Set(customers.filter((customer) => customer.kind === kind).map(({ id }) => id)),
  ];
  return {
    ...meeting,
    connectionId,
    key: row.key,
    provider: integration,
    endUserIds: ids("end_user"),
    companyIds: ids("company"),
    transcript: transcript && {
      status: transcript.status,
      reason: transcript.reason,
      language: transcript.language,
      turns: transcript.turns.length,
      summary: transcript.summary,
      actionItems: transcript.actionItems,
    },
  };
}

/** It may come from another stream of the connection, under the same key. */
function transcriptOf(org: Org, row: Row): KeptTranscript | undefined {
  return rowsOf(org, row.collection.connectionId).find(
    ({ key, transcript }) => key === row.key && transcript !== undefined,
  )?.transcript;
}

/** Keys of a stream's records whose transcript is not there, and may be by now. */
export const unheardIn = (org: Org, connectionId: string, stream: string): string[] =>
  rowsOf(org, connectionId)
    .filter(
      ({ collection, transcript }) =>
        collection.stream === stream && transcript !== undefined && mayCome.has(transcript.status),
    )
    .map(({ key }) => key);

const mayCome: ReadonlySet<string> = new Set(["pending", "none", "unavailable"]);
