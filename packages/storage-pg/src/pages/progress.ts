import { ConflictError, type PageCommit } from "@halo/core";
import { addShards } from "../runs/shards.ts";
import type { Tx } from "../tenant.ts";

export interface PageCounts {
  readonly read: number;
  readonly written: number;
  readonly unchanged: number;
  readonly deleted: number;
  readonly quarantined: number;
}

/** Moves the shard's cursor and the run's counters with the rows that they stand for. */
export async function moveCursor(
  tx: Tx,
  orgId: string,
  progress: NonNullable<PageCommit["progress"]>,
  counts: PageCounts,
): Promise<void> {
  const { runId, phase, shardId } = progress;
  const { count } = await tx.query(moveShard, [
    orgId,
    runId,
    phase,
    shardId,
    JSON.stringify(progress.cursor ?? null),
    progress.done,
    progress.pages,
  ]);
  if (count !== 1) {
    throw new ConflictError("The run has no such shard any more: plan it again.", { code: "conflict" });
  }
  if (progress.found && progress.found.shards.length > 0) {
    await addShards(tx, orgId, runId, phase, progress.found.shards);
  }
  await tx.send(countPage, [
    orgId,
    runId,
    counts.read,
    counts.written,
    counts.unchanged,
    counts.deleted,
    counts.quarantined,
    progress.pages,
    progress.found?.records ?? 0,
  ]);
}

export async function noteSeen(tx: Tx, orgId: string, runId: string, keys: readonly string[]): Promise<void> {
  if (keys.length > 0) await tx.query(insertSeen, [orgId, runId, keys]);
}

const moveShard = `
  update cursors set cursor = $5::jsonb, done = $6, expected_pages = greatest(0, expected_pages - $7::int)
  where org_id = $1 and run_id = $2 and phase = $3 and shard_id = $4`;

const countPage = `
  update runs set read_count = read_count + $3, written_count = written_count + $4,
    unchanged_count = unchanged_count + $5, deleted_count = deleted_count + $6,
    quarantined_count = quarantined_count + $7, page_count = page_count + $8,
    expected_records = case when $9::bigint > 0 then coalesce(expected_records, 0) + $9 else expected_records end
  where org_id = $1 and id = $2`;

const insertSeen = `
  insert into seen_keys (org_id, run_id, external_id)
  select $1, $2, key from unnest($3::text[]) as key
  on conflict do nothing`;
