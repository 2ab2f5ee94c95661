import type { PageCommit } from "@halo/core";
import { raiseIn } from "../notifications/outbox.ts";
import type { Tx } from "../tenant.ts";

/** Records that fit no schema, each with its reason; what fits again, or is deleted, leaves quarantine. */
export async function writeQuarantine(tx: Tx, page: PageCommit, fitting: readonly string[]): Promise<void> {
  const { orgId, connectionId, stream, quarantine, at } = page;
  const held = new Set(quarantine.map(({ key }) => key));
  const freed = fitting.filter((key) => !held.has(key));
  if (freed.length > 0) {
    // Mostly nothing is quarantined: asked before any key is sent.
    const { rows } = await tx.query(selectAny, [orgId, connectionId, stream]);
    if (rows.length > 0) await tx.send(freeQuarantined, [orgId, connectionId, stream, freed]);
  }
  if (quarantine.length === 0) return;
  const rows = new Map(quarantine.map(({ key, reason, raw }) => [key, { key, reason, raw: asJson(raw) }]));
  await tx.query(insertQuarantine, [orgId, connectionId, stream, at, JSON.stringify([...rows.values()])]);
}

/** What is no JSON is kept as a JSON string. */
function asJson(raw: string): unknown {
  try {
    return JSON.parse(raw);
  } catch {
    return raw;
  }
}

/** `fresh`: keys of records that this commit stored for the first time. */
export async function writeNotifications(
  tx: Tx,
  page: PageCommit,
  fresh: (recordKey: string) => boolean,
): Promise<void> {
  const { connectionId, notifications = [] } = page;
  const told = notifications.filter(({ recordKey }) => recordKey === undefined || fresh(recordKey));
  await raiseIn(
    tx,
    page.orgId,
    told.map(({ type, key, event }) => ({ type, key, event, connectionId })),
    page.at,
  );
}

export async function settleDeliveries(tx: Tx, page: PageCommit): Promise<void> {
  if (page.deliveries?.length) await tx.query(settleDone, [page.orgId, page.deliveries, page.at]);
}

const selectAny = `
  select 1 from quarantine where org_id = $1 and connection_id = $2 and stream = $3 limit 1`;

const freeQuarantined = `
  delete from quarantine where org_id = $1 and connection_id = $2 and stream = $3 and key = any($4::text[])`;

const insertQuarantine = `
  insert into quarantine (org_id, connection_id, stream, key, reason, raw, at)
  select $1, $2, $3, x.key, x.reason, x.raw, $4
  from json_to_recordset($5::json) as x(key text, reason text, raw jsonb)
  on conflict (org_id, connection_id, stream, key) do update set
    reason = excluded.reason, raw = excluded.raw, at = excluded.at`;

const settleDone = `
  update deliveries set status = 'done', settled_at = $3, reason = null, next_attempt_at = null
  where org_id = $1 and id = any($2::text[]) and status <> 'done'`;
