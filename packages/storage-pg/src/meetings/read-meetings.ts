import type { MeetingStats, TranscriptRow } from "@halo/core";
import type { Door } from "../tenant.ts";

interface Row {
  readonly status: TranscriptRow["status"];
  readonly reason: string | null;
  readonly language: string | null;
  readonly turns: TranscriptRow["turns"];
  readonly summary: string | null;
  readonly action_items: TranscriptRow["actionItems"];
}

export async function readTranscript(
  door: Door,
  orgId: string,
  connectionId: string,
  key: string,
): Promise<TranscriptRow | undefined> {
  const { rows } = await door.inOrg(orgId, (tx) =>
    tx.query<Row>(selectTranscript, [orgId, connectionId, key]),
  );
  const [row] = rows;
  if (!row) return undefined;
  return {
    status: row.status,
    reason: row.reason ?? undefined,
    language: row.language ?? undefined,
    turns: row.turns,
    summary: row.summary ?? undefined,
    actionItems: row.action_items,
  };
}

export async function readMeetingStats(
  door: Door,
  orgId: string,
  connectionId: string,
  since: Date,
): Promise<MeetingStats> {
  const { rows } = await door.inOrg(orgId, (tx) =>
    tx.query<{ [count in keyof MeetingStats]: number }>(countMeetings, [orgId, connectionId, since]),
  );
  const count = (name: keyof MeetingStats) => Number(rows[0]?.[name] ?? 0);
  return {
    meetings: count("meetings"),
    linked: count("linked"),
    transcripts: count("transcripts"),
    recent: count("recent"),
  };
}

const selectTranscript = `
  select status, reason, language, turns, summary, action_items from meeting_transcripts
  where org_id = $1 and connection_id = $2 and external_id = $3`;

const countMeetings = `
  select
    (select count(*) from meetings where org_id = $1 and connection_id = $2) as meetings,
    (select count(*) from meetings m where m.org_id = $1 and m.connection_id = $2 and exists (
      select from record_links l
      where l.org_id = $1 and l.connection_id = $2 and l.stream = m.stream and l.external_id = m.external_id
        and l.customer_id is not null)) as linked,
    (select count(*) from meeting_transcripts
     where org_id = $1 and connection_id = $2 and status = 'available') as transcripts,
    (select count(*) from meeting_transcripts
     where org_id = $1 and connection_id = $2 and status = 'available' and available_at >= $3) as recent`;
