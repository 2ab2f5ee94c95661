import type { Meeting, MeetingStore } from "@halo/core";
import type { Door } from "../tenant.ts";

interface Row {
  readonly connection_id: string;
  readonly external_id: string;
  readonly provider: string;
  readonly title: string;
  readonly started_at: Date | null;
  readonly ended_at: Date | null;
  readonly duration_seconds: number | null;
  readonly url: string | null;
  readonly host: Meeting["host"] | null;
  readonly participants: Meeting["participants"];
  readonly end_users: readonly string[];
  readonly companies: readonly string[];
  readonly status: NonNullable<Meeting["transcript"]>["status"] | null;
  readonly reason: string | null;
  readonly language: string | null;
  readonly turns: number | null;
  readonly summary: string | null;
  readonly action_items: NonNullable<Meeting["transcript"]>["actionItems"] | null;
}

export async function listMeetings(
  door: Door,
  orgId: string,
  { endUserId, companyId, connectionId, key, after, limit }: Parameters<MeetingStore["list"]>[1],
): Promise<readonly Meeting[]> {
  const values: unknown[] = [orgId, limit];
  const bind = (value: unknown) => `$${values.push(value)}`;
  const conditions: string[] = [];
  if (connectionId !== undefined) conditions.push(`m.connection_id = ${bind(connectionId)}`);
  if (key !== undefined) conditions.push(`m.external_id = ${bind(key)}`);
  const customers = [endUserId, companyId].filter((id) => id !== undefined);
  if (customers.length > 0) conditions.push(linkedTo(bind(customers)));
  if (after) {
    const { startedAt, connectionId: connection, key: last } = after;
    conditions.push(behind(bind(startedAt ?? null), bind(connection), bind(last)));
  }
  const where = conditions.map((condition) => ` and ${condition}`).join("");
  const { rows } = await door.inOrg(orgId, (tx) => tx.query<Row>(selectMeetings(where), values));
  return rows.map(toMeeting);
}

const linkedTo = (customers: string) => `exists (
  select from record_links l
  where l.org_id = $1 and l.customer_id = any(${customers}::text[]) and l.connection_id = m.connection_id
    and l.stream = m.stream and l.external_id = m.external_id)`;

/** Those without a beginning stand last, as if they had begun before all others. */
const behind = (startedAt: string, connection: string, key: string) => `(
  coalesce(m.started_at, '-infinity') < coalesce(${startedAt}::timestamptz, '-infinity')
  or coalesce(m.started_at, '-infinity') = coalesce(${startedAt}::timestamptz, '-infinity')
    and (m.connection_id, m.external_id) > (${connection}::text collate "C", ${key}::text collate "C"))`;

const customersOf = (kind: string) => `
  (select coalesce(array_agg(distinct l.customer_id), '{}') from record_links l
   where l.org_id = $1 and l.connection_id = m.connection_id and l.stream = m.stream
     and l.external_id = m.external_id and l.kind = '${kind}' and l.customer_id is not null)`;

const selectMeetings = (where: string) => `
  select m.connection_id, m.external_id, m.provider, m.title, m.started_at, m.ended_at, m.duration_seconds, m.url,
    m.host, m.participants, ${customersOf("end_user")} as end_users, ${customersOf("company")} as companies,
    t.status, t.reason, t.language, jsonb_array_length(t.turns) as turns, t.summary, t.action_items
  from (
    select m.* from meetings m where m.org_id = $1${where}
    order by m.started_at desc nulls last, m.connection_id, m.external_id limit $2) as m
  left join meeting_transcripts t
    on t.org_id = $1 and t.connection_id = m.connection_id and t.external_id = m.external_id
  order by m.started_at desc nulls last, m.connection_id, m.external_id`;

function toMeeting(row: Row): Meeting {
  return {
    connectionId: row.connection_id,
    key: row.external_id,
    provider: row.provider,
    title: row.title,
    startedAt: row.started_at ?? undefined,
    endedAt: row.ended_at ?? undefined,
    durationSeconds: row.duration_seconds ?? undefined,
    url: row.url ?? undefined,
    host: row.host ?? undefined,
    participants: row.participants,
    endUserIds: row.end_users,
    companyIds: row.companies,
    transcript:
      row.status === null
        ? undefined
        : {
            status: row.status,
            reason: row.reason ?? undefined,
            language: row.language ?? undefined,
            turns: row.turns ?? 0,
            summary: row.summary ?? undefined,
            actionItems: row.action_items ?? [],
          },
  };
}
