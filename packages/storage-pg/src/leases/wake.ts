import type { Wake } from "@halo/core";
import type { Tx } from "../tenant.ts";

/**
 * Registers work in the transaction that made it. A piece that is due already, or asked for already while it is held,
 * is locked and not written; its lock keeps others from claiming it before this transaction is through, so that
 * whoever claims it next sees what was committed here. Kicks when a piece became due by it.
 */
export async function wakeIn(tx: Tx, wakes: readonly Wake[]): Promise<void> {
  if (await registerIn(tx, wakes)) await tx.kick();
}

/** The same without the kick: whether a piece became due, and somebody has to be told once this is committed. */
export async function registerIn(tx: Tx, wakes: readonly Wake[]): Promise<boolean> {
  if (wakes.length === 0) return false;
  const asked = wakes.map(({ kind, orgId, subject, at }) => ({
    kind,
    org_id: orgId,
    subject,
    at: at ?? null,
  }));
  const { rows } = await tx.query<{ due: boolean }>(statement, [JSON.stringify(asked)]);
  return rows.some(({ due }) => due);
}

const statement = `
  with asked as materialized (
    select kind, org_id, subject, min(coalesce(at, now())) as at
    from json_to_recordset($1::json) as x(kind text, org_id text, subject text, at timestamptz)
    group by kind, org_id, subject
  ), settled as materialized (
    select l.kind, l.org_id, l.subject
    from leases l join asked a
      on l.kind = a.kind collate "C" and l.org_id = a.org_id collate "C" and l.subject = a.subject collate "C"
    where case when l.holder is null then l.due_at <= a.at else l.woken_at <= a.at end
    order by l.kind, l.org_id, l.subject
    for key share of l
  )
  insert into leases as l (kind, org_id, subject, due_at)
  select a.kind, a.org_id, a.subject, a.at
  from asked a
  where not exists (
    select from settled s
    where s.kind = a.kind collate "C" and s.org_id = a.org_id collate "C" and s.subject = a.subject collate "C"
  )
  order by a.kind collate "C", a.org_id collate "C", a.subject collate "C"
  on conflict (kind, org_id, subject) do update set
    due_at = case when l.holder is null then least(l.due_at, excluded.due_at) else l.due_at end,
    woken_at = case when l.holder is null then null else least(l.woken_at, excluded.due_at) end
  returning l.holder is null and l.due_at <= now() as due`;
