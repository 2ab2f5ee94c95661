import type { Stop } from "@halo/core";
import type { Door, Tx } from "../tenant.ts";

interface StopRow {
  readonly org_id: string;
  readonly stopped_at: Date;
  readonly resumed_at: Date | null;
  readonly by_id: string;
}

/** In no org's name: a row of the deployment's. */
const everyOrg = "";

/**
 * Committed first, so that nobody begins any more; then whoever looked just before is waited for, so that none does once this
 * has returned.
 */
export async function stop(door: Door, orgId: string | undefined, by: string): Promise<Stop> {
  const stopped = await within(door, orgId, async (tx) => {
    const { rows } = await tx.query<StopRow>(insert, [orgId ?? everyOrg, by]);
    if (rows[0] && orgId !== undefined) await tx.query(line, [orgId, "stopped", by, rows[0].stopped_at]);
    const standing = rows[0] ?? (await tx.query<StopRow>(one, [orgId ?? everyOrg])).rows[0];
    return standing && toStop(standing);
  });
  await door.asControl((tx) => tx.query(waitForOthers, [orgId ?? everyOrg]));
  return stopped ?? (await stop(door, orgId, by));
}

export function resume(door: Door, orgId: string | undefined, by: string): Promise<Stop | undefined> {
  return within(door, orgId, async (tx) => {
    const { rows } = await tx.query<StopRow>(end, [orgId ?? everyOrg]);
    if (rows[0] && orgId !== undefined) await tx.query(line, [orgId, "resumed", by, rows[0].resumed_at]);
    return rows[0] && toStop(rows[0]);
  });
}

export function stops(door: Door, orgId: string): Promise<readonly Stop[]> {
  return door.inOrg(orgId, async (tx) => {
    const { rows } = await tx.query<StopRow>(all, [orgId]);
    return rows.map(toStop);
  });
}

const within = <T>(door: Door, orgId: string | undefined, work: (tx: Tx) => Promise<T>): Promise<T> =>
  orgId === undefined ? door.asControl(work) : door.inOrg(orgId, work);

const toStop = ({ by_id, org_id, resumed_at, stopped_at }: StopRow): Stop => ({
  scope: org_id === everyOrg ? "deployment" : "org",
  by: by_id,
  stoppedAt: stopped_at,
  resumedAt: resumed_at ?? undefined,
});

const insert = `
  insert into action_stops as s (org_id, stopped_at, by_id) values ($1, clock_timestamp(), $2)
  on conflict (org_id) do update set stopped_at = excluded.stopped_at, resumed_at = null, by_id = excluded.by_id
    where s.resumed_at is not null
  returning *`;

const one = "select * from action_stops where org_id = $1";

const end = `
  update action_stops set resumed_at = clock_timestamp() where org_id = $1 and resumed_at is null returning *`;

const all = "select * from action_stops where org_id in ('', $1) order by org_id desc";

// Taken together with what `actions_stopped` takes.
const waitForOthers = "select pg_advisory_xact_lock(hashtextextended('halo.stop:' || $1::text, 0))";

const line = `
  insert into action_audit (org_id, call_id, seq, from_state, to_state, actor_kind, actor_id, at, note)
  select $1, 'kill-switch', coalesce(max(seq), 0) + 1, null, $2, 'human', $3, $4, null
  from action_audit where org_id = $1 and call_id = 'kill-switch'`;
