import type { CustomerKind, SegmentEntry } from "@halo/core";
import type { Tx } from "../tenant.ts";

interface EntryRow {
  readonly segment_id: string;
  readonly customer_id: string;
  readonly entry: number;
  readonly entered_at: Date;
  readonly kind: CustomerKind;
  readonly name: string | null;
  readonly email: string | null;
  readonly domain: string | null;
  readonly company: string | null;
}

/** Entries that nobody was told of; those of customers who are gone since tell of nobody. */
export async function readEntries(tx: Tx, orgId: string, limit: number): Promise<readonly SegmentEntry[]> {
  const { rows } = await tx.query<EntryRow>(selectEntries, [orgId, limit]);
  return rows.map((row) => ({
    segmentId: row.segment_id,
    kind: row.kind,
    customerId: row.customer_id,
    entry: row.entry,
    enteredAt: row.entered_at,
    name: row.name ?? undefined,
    email: row.email ?? undefined,
    domain: row.domain ?? undefined,
    company: row.company ?? undefined,
  }));
}

export async function settleEntries(
  tx: Tx,
  orgId: string,
  entries: readonly Pick<SegmentEntry, "segmentId" | "customerId" | "entry">[],
): Promise<void> {
  if (entries.length === 0) return;
  const values = [
    orgId,
    entries.map(({ segmentId }) => segmentId),
    entries.map(({ customerId }) => customerId),
    entries.map(({ entry }) => entry),
  ];
  // A statement of its own: one that waits for a row of a refresh would then miss it.
  await tx.query(lock, values);
  await tx.query(settle, values);
}

const selectEntries = `
  select m.segment_id, m.customer_id, m.entry, m.entered_at, s.kind, coalesce(u.name, o.name) as name, u.email, o.domain,
    e.name as company
  from segment_members m
  cross join lateral (select kind from segments where org_id = $1 and id = m.segment_id offset 0) as s
  left join lateral (
    select id, name, email, company_id from end_users
    where s.kind = 'end_user' and org_id = $1 and id = m.customer_id offset 0) as u on true
  left join lateral (
    select id, name, domain from companies
    where s.kind = 'company' and org_id = $1 and id = m.customer_id offset 0) as o on true
  left join lateral (select name from companies where org_id = $1 and id = u.company_id offset 0) as e on true
  where m.org_id = $1 and m.untold and (u.id is not null or o.id is not null)
  order by m.entered_at, m.customer_id, m.segment_id limit $2`;

const found = `
  select s.ctid from unnest($2::text[], $3::text[], $4::integer[]) as x(segment_id, customer_id, entry)
  cross join lateral (
    select ctid from segment_members
    where org_id = $1 and segment_id = x.segment_id and customer_id = x.customer_id and entry = x.entry`;

const lock = `${found} for update) as s`;

const settle = `
  update segment_members m set untold = false where m.org_id = $1 and m.ctid = any(array(${found} offset 0) as s))`;
