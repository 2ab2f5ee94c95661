import type { ReportedSignal } from "@halo/core";
import type { Tx } from "../tenant.ts";
import { noteChanged } from "./watch.ts";

/** Of known customers only; of two words on one signal the later counts. */
export async function report(tx: Tx, orgId: string, signals: readonly ReportedSignal[]): Promise<void> {
  if (signals.length === 0) return;
  const rows = signals.map(({ at, customerId, kind, signal, value }) => ({
    at,
    customer_id: customerId,
    kind,
    signal,
    value,
  }));
  const { rows: written } = await tx.query<{ customer_id: string }>(upsert, [orgId, JSON.stringify(rows)]);
  await tx.query(dropTakenBack, [orgId, [...new Set(written.map(({ customer_id }) => customer_id))]]);
  await noteChanged(tx, orgId, [...new Set(written.map(({ customer_id }) => customer_id))].sort());
}

const upsert = `
  insert into customer_signals as s (org_id, customer_id, signal, value, at)
  select distinct on (x.customer_id, x.signal) $1, x.customer_id, x.signal, coalesce(x.value, 'null'::jsonb), x.at
  from json_to_recordset($2::json) as x(customer_id text, kind text, signal text, value jsonb, at timestamptz)
  where case x.kind
    when 'end_user' then exists (select from end_users where org_id = $1 and id = x.customer_id)
    else exists (select from companies where org_id = $1 and id = x.customer_id) end
  order by x.customer_id, x.signal, x.at desc
  on conflict (org_id, customer_id, signal) do update set value = excluded.value, at = excluded.at
  where s.at <= excluded.at
  returning customer_id`;

const dropTakenBack = `
  delete from customer_signals where org_id = $1 and customer_id = any($2::text[]) and value = 'null'::jsonb`;
