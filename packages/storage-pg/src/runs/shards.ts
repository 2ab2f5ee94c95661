import { type Lease, type NewShard, type RunPhase, type ShardState, ValidationError } from "@halo/core";
import { checkFence } from "../leases/fence.ts";
import type { Door, Tx } from "../tenant.ts";
import { noRun } from "./run-row.ts";

interface ShardRow {
  readonly phase: RunPhase;
  readonly shard_id: string;
  readonly params: ShardState["params"] | null;
  readonly expected_pages: number | null;
  readonly cursor: ShardState["cursor"] | null;
  readonly done: boolean;
  readonly restarts: number;
}

const shardColumns = "phase, shard_id, params, expected_pages, cursor, done, restarts";

function toShard(row: ShardRow): ShardState {
  return {
    phase: row.phase,
    id: row.shard_id,
    params: row.params ?? undefined,
    expectedPages: row.expected_pages ?? undefined,
    cursor: row.cursor ?? undefined,
    done: row.done,
    restarts: row.restarts,
  };
}

/** Stores the plan of a phase, once; a plan of no shards is a plan. */
export async function planShards(
  door: Door,
  lease: Lease,
  phase: RunPhase,
  shards: readonly NewShard[],
): Promise<readonly ShardState[]> {
  return door.inOrg(lease.orgId, async (tx) => {
    await checkFence(tx, lease);
    const { rows } = await tx.query<{ first: boolean }>(notePlanned, [lease.orgId, lease.subject, phase]);
    if (!rows[0]) throw noRun();
    if (rows[0].first && shards.length > 0) await addShards(tx, lease.orgId, lease.subject, phase, shards);
    return readShards(tx, lease, phase);
  });
}

/** Adds shards to a phase; one that is there already stays as it is. */
export async function addShards(
  tx: Tx,
  orgId: string,
  runId: string,
  phase: RunPhase,
  shards: readonly NewShard[],
): Promise<void> {
  await tx.query(insertShards, [
    orgId,
    runId,
    phase,
    shards.map(({ id }) => id),
    shards.map(({ params }) => (params === undefined ? null : JSON.stringify(params))),
    shards.map(({ expectedPages }) => expectedPages ?? null),
  ]);
}

export async function shardsOf(door: Door, lease: Lease, phase: RunPhase): Promise<readonly ShardState[]> {
  return door.inOrg(lease.orgId, (tx) => readShards(tx, lease, phase));
}

export async function restartShard(
  door: Door,
  lease: Lease,
  phase: RunPhase,
  shardId: string,
): Promise<ShardState> {
  return door.inOrg(lease.orgId, async (tx) => {
    await checkFence(tx, lease);
    const { rows } = await tx.query<ShardRow>(restart, [lease.orgId, lease.subject, phase, shardId]);
    if (rows[0]) return toShard(rows[0]);
    throw new ValidationError("There is no such shard: plan the shards of the phase first.", {
      code: "not_found",
      path: "shardId",
      reason: "not planned",
    });
  });
}

async function readShards(tx: Tx, lease: Lease, phase: RunPhase): Promise<readonly ShardState[]> {
  const { rows } = await tx.query<ShardRow>(selectShards, [lease.orgId, lease.subject, phase]);
  return rows.map(toShard);
}

// The row as it was tells whether we are the first; its lock makes a second planner wait for the answer.
const notePlanned = `
  with before as (select planned_phases from runs where org_id = $1 and id = $2 for no key update)
  update runs r set planned_phases = case
    when $3::text = any(before.planned_phases) then before.planned_phases
    else before.planned_phases || $3::text
  end
  from before where r.org_id = $1 and r.id = $2
  returning not ($3::text = any(before.planned_phases)) as first`;

const insertShards = `
  insert into cursors (org_id, run_id, phase, shard_id, position, params, expected_pages)
  select $1, $2, $3, x.id, x.position + known.count, x.params, x.expected_pages
  from unnest($4::text[], $5::jsonb[], $6::int[]) with ordinality as x(id, params, expected_pages, position),
    (select count(*) from cursors where org_id = $1 and run_id = $2 and phase = $3) as known
  on conflict (org_id, run_id, phase, shard_id) do nothing`;

const selectShards = `
  select ${shardColumns} from cursors where org_id = $1 and run_id = $2 and phase = $3 order by position`;

const restart = `
  update cursors set cursor = null, done = false, restarts = restarts + 1
  where org_id = $1 and run_id = $2 and phase = $3 and shard_id = $4
  returning ${shardColumns}`;
