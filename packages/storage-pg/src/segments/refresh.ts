import type { MirrorTable, Segment, SegmentQuery } from "@halo/core";
import type { Tx } from "../tenant.ts";
import { compileFilter } from "./compile.ts";

/** Brings members in line with who fits; all of it is one statement, or two where the filter changed. */
export async function refresh(
  tx: Tx,
  orgId: string,
  { id, revision }: Pick<Segment, "id" | "revision">,
  query: SegmentQuery,
  mirrors: readonly MirrorTable[],
  only: readonly string[] | undefined,
): Promise<{ readonly entered: number; readonly left: number }> {
  const { rows } = await tx.query<{ revision: number; filled: number | null; announce: boolean }>(
    selectSegment,
    [orgId, id],
  );
  const [stored] = rows;
  if (stored?.revision !== revision) return { entered: 0, left: 0 };
  if (stored.filled !== revision) {
    const { from, values, where } = compileFilter(query, {
      mirrors,
      before: [orgId, id, query.now],
      embedded: tx.embedded,
    });
    await tx.query("delete from segment_members where org_id = $1 and segment_id = $2", [orgId, id]);
    await tx.queryOnce(
      `insert into segment_members (org_id, segment_id, customer_id, inside, entry, entered_at, untold)
       select $1, $2, u.id, true, 0, $3, false from ${from} where u.org_id = $1 and ${where}`,
      values,
    );
    await tx.query("update segments set filled = revision where org_id = $1 and id = $2", [orgId, id]);
    return { entered: 0, left: 0 };
  }
  const before = [orgId, id, query.now, stored.announce, ...(only ? [only] : [])];
  const { from, values, where } = compileFilter(query, {
    mirrors,
    before,
    embedded: tx.embedded,
    narrow: only && askedOf(query),
  });
  const concerned = only ? concernedMembers(tx.embedded) : "true";
  const { rows: done } = await tx.queryOnce<{ entered: number; left: number }>(
    `with fitting as materialized (
       select u.id from ${from} where u.org_id = $1 and ${where}
     ), entered as (
       insert into segment_members as m (org_id, segment_id, customer_id, inside, entry, entered_at, untold)
       select $1, $2, f.id, true, 1, $3, $4::boolean from fitting f order by f.id
       on conflict (org_id, segment_id, customer_id) do update set
         inside = true, entry = m.entry + 1, entered_at = excluded.entered_at, untold = excluded.untold
       where not m.inside
       returning 1
     ), gone as (
       update segment_members m set inside = false
       where m.org_id = $1 and m.segment_id = $2 and m.inside and ${concerned}
         and m.customer_id not in (select id from fitting)
       returning 1
     )
     select (select count(*) from entered) as entered, (select count(*) from gone) as left`,
    values,
  );
  return { entered: Number(done[0]?.entered ?? 0), left: Number(done[0]?.left ?? 0) };
}

/** With a company that changed come its people. */
const askedOf = ({ kind }: SegmentQuery): string =>
  kind === "company" ? "select distinct unnest($5::text[])" : asked;

const asked = `select unnest($5::text[]) union
  select p.id from end_users p where p.org_id = $1 and p.company_id = any($5::text[])`;

/** Without statistics the planner would compare each with each: COALESCE keeps it from making a join of it. */
const concernedMembers = (embedded: boolean): string =>
  embedded ? `coalesce(m.customer_id in (${asked}), false)` : `m.customer_id in (${asked})`;

const selectSegment = `
  select revision, filled, announce from segments where org_id = $1 and id = $2 for no key update`;
