import type { Lease, Run, RunStore } from "@halo/core";
import { checkFence } from "../leases/fence.ts";
import type { Door } from "../tenant.ts";
import { noRun, type RunRow, runColumns, toRun } from "./run-row.ts";

/** The end of a run and all that follows from it, in one transaction. */
export async function finishRun(
  door: Door,
  lease: Lease,
  { status, at, error, watermark, recheckedAt }: Parameters<RunStore["finish"]>[1],
): Promise<Run> {
  const { orgId, subject: runId } = lease;
  return door.inOrg(orgId, async (tx) => {
    await checkFence(tx, lease);
    const { rows } = await tx.query<RunRow>(end, [
      orgId,
      runId,
      status,
      at,
      error ? JSON.stringify(error) : null,
    ]);
    if (!rows[0]) throw noRun();
    const run = toRun(rows[0]);
    if (watermark || recheckedAt) {
      const values = [orgId, run.connectionId, run.stream, watermark ?? null, recheckedAt ?? null];
      await tx.query(moveWatermark, values);
    }
    // A stopped sweep goes on from what it saw, once a person confirms it.
    if (status !== "needs_confirmation") {
      await tx.query(dropShards, [orgId, runId]);
      await tx.query(dropSeen, [orgId, runId]);
    }
    if (status === "succeeded") {
      await tx.query(lockConnection, [orgId, run.connectionId]);
      await tx.query(noteSynced, [orgId, run.connectionId, run.syncId, at]);
    }
    return run;
  });
}

const end = `
  update runs set status = $3, finished_at = $4, error = $5::jsonb where org_id = $1 and id = $2
  returning ${runColumns}`;

const moveWatermark = `
  insert into watermarks as w (org_id, connection_id, stream, watermark, rechecked_at) values ($1, $2, $3, $4, $5)
  on conflict (org_id, connection_id, stream) do update set
    watermark = coalesce(excluded.watermark, w.watermark),
    rechecked_at = coalesce(excluded.rechecked_at, w.rechecked_at)`;

const dropShards = "delete from cursors where org_id = $1 and run_id = $2";
const dropSeen = "delete from seen_keys where org_id = $1 and run_id = $2";

// Of two last runs of a sync that end at once the second has to see the first: by a statement of its own, since one
// that waited for the lock still sees the other tables as they were when it began.
const lockConnection = "select from connections where org_id = $1 and id = $2 for no key update";

const noteSynced = `
  update connections c set last_synced_at = $4, updated_at = now(), revision = c.revision + 1
  where c.org_id = $1 and c.id = $2
    and not exists (select from runs where org_id = $1 and sync_id = $3 and status <> 'succeeded')`;
