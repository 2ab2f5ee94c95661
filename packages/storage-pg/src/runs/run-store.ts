import type { QuarantinedRecord, RunStore } from "@halo/core";
import { sqlState } from "../connect/storage-errors.ts";
import { wakeIn } from "../leases/wake.ts";
import type { Door } from "../tenant.ts";
import { changeRun } from "./change-run.ts";
import { finishRun } from "./finish-run.ts";
import { purgeRuns } from "./purge-runs.ts";
import { appendEvents, readEvents } from "./run-log.ts";
import { type RunRow, runColumns, toRun } from "./run-row.ts";
import { planShards, restartShard, shardsOf } from "./shards.ts";
import { startRuns } from "./start-runs.ts";

export function runStore(door: Door): RunStore {
  const ofStream = async (orgId: string, connectionId: string, stream: string) =>
    door.inOrg(orgId, async (tx) => {
      const { rows } = await tx.query<{ watermark: Date | null; rechecked_at: Date | null }>(
        selectWatermark,
        [orgId, connectionId, stream],
      );
      return rows[0];
    });
  return {
    start: (runs) => startRuns(door, runs),
    get: (orgId, runId) =>
      door.inOrg(orgId, async (tx) => {
        const { rows } = await tx.query<RunRow>(selectOne, [orgId, runId]);
        return rows[0] && toRun(rows[0]);
      }),
    list: (orgId, { connectionId, stream, active, syncId, limit = 100 } = {}) =>
      door.inOrg(orgId, async (tx) => {
        const { rows } = await tx.query<RunRow>(selectNewest, [
          orgId,
          connectionId ?? null,
          stream ?? null,
          active ?? null,
          syncId ?? null,
          limit,
        ]);
        return rows.map(toRun);
      }),
    watermark: async (orgId, connectionId, stream) =>
      (await ofStream(orgId, connectionId, stream))?.watermark ?? undefined,
    recheckedAt: async (orgId, connectionId, stream) =>
      (await ofStream(orgId, connectionId, stream))?.rechecked_at ?? undefined,
    change: (lease, change) => changeRun(door, lease, change),
    planShards: (lease, phase, shards) => planShards(door, lease, phase, shards),
    shards: (lease, phase) => shardsOf(door, lease, phase),
    restartShard: (lease, phase, shardId) => restartShard(door, lease, phase, shardId),
    finish: (lease, end) => finishRun(door, lease, end),
    cancel: (orgId, runId) => changeAndWake(door, orgId, runId, cancel),
    confirm: async (orgId, runId) => {
      try {
        return await changeAndWake(door, orgId, runId, confirm);
      } catch (error) {
        // One run per connection and stream: a newer one that is under way goes first.
        if (sqlState(error) === "23505" || (error as { state?: string }).state === "23505") return false;
        throw error;
      }
    },
    log: (orgId, runId, events) => appendEvents(door, orgId, runId, events),
    events: (orgId, runId, limit) => readEvents(door, orgId, runId, limit),
    quarantine: (orgId, { connectionId, limit = 100 }) =>
      door.inOrg(orgId, async (tx) => {
        const { rows } = await tx.query<Omit<QuarantinedRecord, "connectionId">>(selectQuarantine, [
          orgId,
          connectionId,
          limit,
        ]);
        return rows.map(({ stream, key, reason, at }) => ({ connectionId, stream, key, reason, at }));
      }),
    purge: (before) => purgeRuns(door, before),
  };
}

async function changeAndWake(door: Door, orgId: string, runId: string, statement: string): Promise<boolean> {
  return door.inOrg(orgId, async (tx) => {
    const { count } = await tx.query(statement, [orgId, runId]);
    if (count > 0) await wakeIn(tx, [{ kind: "run", orgId, subject: runId }]);
    return count > 0;
  });
}

const selectOne = `select ${runColumns} from runs where org_id = $1 and id = $2`;

const selectNewest = `
  select ${runColumns} from runs
  where org_id = $1
    and ($2::text is null or connection_id = $2::text)
    and ($3::text is null or stream = $3::text)
    and ($4::boolean is null or (status in ('pending', 'running')) = $4::boolean)
    and ($5::text is null or sync_id = $5::text)
  order by created_at desc, id desc limit $6`;

const selectWatermark = `
  select watermark, rechecked_at from watermarks where org_id = $1 and connection_id = $2 and stream = $3`;

const cancel = `
  update runs set cancel_requested = true where org_id = $1 and id = $2 and status in ('pending', 'running')`;

const confirm = `
  update runs set status = 'pending', options = options || '{"confirmed": true}', error = null, finished_at = null
  where org_id = $1 and id = $2 and status = 'needs_confirmation'`;

const selectQuarantine = `
  select stream, key, reason, at from quarantine where org_id = $1 and connection_id = $2
  order by at desc, stream, key limit $3`;
