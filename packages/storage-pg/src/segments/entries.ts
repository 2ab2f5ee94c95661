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
  await tx.query(settle, [
    orgId,
    entries.map(({ segmentId }) => segmentId),
    entries.map(({ customerId }) => customerId),
    entries.map(({ entry }) => entry),
  ]);
}

const selectEntries = `
  select m.segment_id, m.customer_id, m.entry, m.entered_at, s.kind, coalesce(u.name, o.name) as name, u.email, o.domain,
    e.name as company
  from segment_members m
  join segments s on s.org_id = $1 and s.id = m.segment_id
  left join end_users u on s.kind = 'end_user' and u.org_id = $1 and u.id = m.customer_id
  left join companies o on s.kind = 'company' and o.org_id = $1 and o.id = m.customer_id
  left join companies e on e.org_id = $1 and e.id = u.company_id
  where m.org_id = $1 and m.untold and (u.id is not null or o.id is not null)
  order by m.entered_at, m.customer_id, m.segment_id limit $2`;

const settle = `
  update segment_members m set untold = false
  from unnest($2::text[], $3::text[], $4::integer[]) as x(segment_id, customer_id, entry)
  where m.org_id = $1 and m.segment_id = x.segment_id and m.customer_id = x.customer_id and m.entry = x.entry`;
