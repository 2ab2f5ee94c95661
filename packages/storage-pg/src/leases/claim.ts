import type { Lease, WorkKind } from "@halo/core";
import type { Tx } from "../tenant.ts";

interface ClaimedRow {
  readonly kind: WorkKind;
  readonly org_id: string;
  readonly subject: string;
  readonly fence: number;
  readonly holder: string;
  readonly due_at: Date;
  readonly attempts: number;
}

/**
 * Claims what is due: first of all for orgs that have the least in work, among them for the org that had its turn the
 * longest ago.
 */
export async function claim(
  tx: Tx,
  request: {
    readonly holder: string;
    readonly limit: number;
    readonly ttlMs: number;
    readonly kinds?: readonly WorkKind[];
  },
): Promise<readonly Lease[]> {
  const { rows } = await tx.query<ClaimedRow>(statement, [
    request.holder,
    request.limit,
    request.ttlMs,
    request.kinds ?? null,
  ]);
  if (rows.length > 0) {
    await tx.query(noteTurns, [rows.map(({ org_id }) => org_id), rows.map(({ fence }) => fence)]);
  }
  return rows.map((row) => ({
    kind: row.kind,
    orgId: row.org_id,
    subject: row.subject,
    fence: row.fence,
    holder: row.holder,
    expiresAt: row.due_at,
    attempts: row.attempts,
  }));
}

// A row that is held is due when its lease runs out, so one condition finds both kinds. More candidates than asked for,
// since rows that somebody else has locked are skipped, and do not count. Of a lease that ran out, what was asked for
// meanwhile is done with the rest, unless it was asked for later than now.
const statement = `
  with working as (
    select org_id, count(*) as held from leases where holder is not null and due_at > now() group by org_id
  ), candidates as (
    select l.kind, l.org_id, l.subject, l.due_at, t.fence as before,
      row_number() over (partition by l.org_id order by l.due_at, l.kind, l.subject) + coalesce(w.held, 0) as turn
    from leases l
      left join working w on w.org_id = l.org_id
      left join org_turns t on t.org_id = l.org_id
    where l.due_at <= now() and ($4::text[] is null or l.kind = any($4::text[]))
    order by turn, before nulls first, l.due_at
    limit $2::bigint * 4 + 16
  ), locked as (
    select l.kind, l.org_id, l.subject
    from leases l join candidates c on c.kind = l.kind and c.org_id = l.org_id and c.subject = l.subject
    where l.due_at <= now()
    order by c.turn, c.before nulls first, c.due_at
    limit $2::bigint
    for update of l skip locked
  )
  update leases l set
    holder = $1,
    fence = nextval('lease_fences'),
    due_at = clock_timestamp() + $3::bigint * interval '1 millisecond',
    woken_at = case when l.woken_at > now() then l.woken_at end,
    attempts = l.attempts + 1
  from locked k
  where l.kind = k.kind and l.org_id = k.org_id and l.subject = k.subject
  returning l.kind, l.org_id, l.subject, l.fence, l.holder, l.due_at, l.attempts`;

// In one order, so that two claims cannot wait for each other.
const noteTurns = `
  insert into org_turns as t (org_id, fence)
  select org_id, max(fence) from unnest($1::text[], $2::bigint[]) as x(org_id, fence)
  group by org_id order by org_id
  on conflict (org_id) do update set fence = greatest(t.fence, excluded.fence)`;
