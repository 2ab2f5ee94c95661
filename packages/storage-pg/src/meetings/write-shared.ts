import type { PageCommit, RecordRow } from "@halo/core";
import type { Tx } from "../tenant.ts";

/** What a page's changed and deleted records mean for the shared tables that its stream fills. */
export async function writeShared(
  tx: Tx,
  page: PageCommit,
  changed: readonly RecordRow[],
  existed: ReadonlyMap<string, boolean>,
  dead: readonly string[],
): Promise<void> {
  for (const table of page.shared ?? []) {
    const filled = changed.filter((record) => rowFor[table](record) !== undefined);
    const emptied = changed.filter(
      (record) => rowFor[table](record) === undefined && existed.get(record.key),
    );
    const gone = [...dead, ...emptied.map(({ key }) => key)];
    const { orgId, connectionId, stream, integration, at } = page;
    if (gone.length > 0) await tx.query(deleteFrom(table), [orgId, connectionId, stream, gone]);
    if (filled.length === 0) continue;
    const rows = filled.map((record) => ({ key: record.key, ...rowFor[table](record) }));
    await tx.query(upsertInto[table], [orgId, connectionId, stream, integration, at, JSON.stringify(rows)]);
  }
}

const rowFor = {
  meetings: ({ meeting }: RecordRow) => meeting,
  meeting_transcripts: ({ transcript }: RecordRow) => transcript,
} as const;

/** Of its own stream only: another one of the connection may fill the table under the same keys. */
const deleteFrom = (table: string) => `
  delete from ${table}
  where org_id = $1 and connection_id = $2 and stream = $3 and external_id = any($4::text[])`;

const upsertInto = {
  meetings: `
    insert into meetings (org_id, connection_id, stream, provider, updated_at, external_id, title, started_at,
      ended_at, duration_seconds, url, host, participants)
    select $1, $2, $3, $4, $5, x.key, x.title, x."startedAt", x."endedAt", x."durationSeconds", x.url, x.host,
      coalesce(x.participants, '[]')
    from json_to_recordset($6::json) as x(key text, title text, "startedAt" timestamptz, "endedAt" timestamptz,
      "durationSeconds" integer, url text, host jsonb, participants jsonb)
    on conflict (org_id, connection_id, external_id) do update set
      stream = excluded.stream, provider = excluded.provider, updated_at = excluded.updated_at,
      title = excluded.title, started_at = excluded.started_at, ended_at = excluded.ended_at,
      duration_seconds = excluded.duration_seconds, url = excluded.url, host = excluded.host,
      participants = excluded.participants`,
  meeting_transcripts: `
    insert into meeting_transcripts as t (org_id, connection_id, stream, provider, updated_at, external_id, status,
      reason, language, turns, summary, action_items, available_at)
    select $1, $2, $3, $4, $5, x.key, x.status, x.reason, x.language, coalesce(x.turns, '[]'), x.summary,
      coalesce(x."actionItems", '[]'), case when x.status = 'available' then $5::timestamptz end
    from json_to_recordset($6::json) as x(key text, status text, reason text, language text, turns jsonb,
      summary text, "actionItems" jsonb)
    on conflict (org_id, connection_id, external_id) do update set
      stream = excluded.stream, provider = excluded.provider, updated_at = excluded.updated_at,
      status = excluded.status, reason = excluded.reason, language = excluded.language, turns = excluded.turns,
      summary = excluded.summary, action_items = excluded.action_items,
      available_at = coalesce(t.available_at, excluded.available_at)`,
} as const;
