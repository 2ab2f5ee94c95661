import type { RecordAbout } from "@halo/core";
import type { Door } from "../tenant.ts";

interface AboutRow {
  readonly person: boolean;
  readonly person_name: string | null;
  readonly email: string | null;
  readonly company: boolean;
  readonly company_name: string | null;
  readonly domain: string | null;
}

/** Whom records are about, in their order. */
export async function readAbout(
  door: Door,
  orgId: string,
  records: readonly { readonly connectionId: string; readonly stream: string; readonly key: string }[],
): Promise<readonly RecordAbout[]> {
  if (records.length === 0) return [];
  const { rows } = await door.inOrg(orgId, (tx) =>
    tx.query<AboutRow>(selectAbout, [
      orgId,
      records.map(({ connectionId }) => connectionId),
      records.map(({ stream }) => stream),
      records.map(({ key }) => key),
    ]),
  );
  return rows.map((row) => ({
    person: row.person ? { email: row.email ?? undefined, name: row.person_name ?? undefined } : undefined,
    company: row.company
      ? { domain: row.domain ?? undefined, name: row.company_name ?? undefined }
      : undefined,
  }));
}

/** The customer of the surest link of a kind. */
const surest = (kind: string, table: string) => `
    select c.* from record_links l
    join ${table} c on c.org_id = $1 and c.id = l.customer_id
    where l.org_id = $1 and l.connection_id = x.connection_id collate "C" and l.stream = x.stream collate "C"
      and l.external_id = x.key collate "C" and l.kind = '${kind}'
    order by l.score desc, l.seq limit 1`;

const selectAbout = `
  select u.id is not null as person, u.name as person_name, u.email,
    coalesce(o.id, c.id) is not null as company,
    case when o.id is null then c.name else o.name end as company_name,
    case when o.id is null then c.domain else o.domain end as domain
  from unnest($2::text[], $3::text[], $4::text[]) with ordinality as x(connection_id, stream, key, place)
  left join lateral (${surest("end_user", "end_users")}) as u on true
  left join lateral (${surest("company", "companies")}) as o on true
  left join companies c on c.org_id = $1 and c.id = u.company_id
  order by x.place`;
