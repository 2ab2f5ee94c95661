import type { NewRun, Run } from "@halo/core";
import { wakeIn } from "../leases/wake.ts";
import type { Door, Tx } from "../tenant.ts";
import { type RunRow, runColumns, toRun } from "./run-row.ts";

/**
 * One run per connection and stream: the partial unique index decides who starts it, and everybody gets that one. Runs
 * of several orgs are several transactions.
 */
export async function startRuns(door: Door, runs: readonly NewRun[]): Promise<readonly Run[]> {
  const started = new Map<NewRun, Run>();
  for (const orgId of new Set(runs.map((run) => run.orgId))) {
    const ofOrg = runs.filter((run) => run.orgId === orgId);
    await door.inOrg(orgId, async (tx) => {
      for (const run of ofOrg) started.set(run, await startRun(tx, run));
    });
  }
  return runs.flatMap((run) => started.get(run) ?? []);
}

/** The run that is under way may end between our two looks: then we may start after all. */
const looks = 3;

async function startRun(tx: Tx, run: NewRun): Promise<Run> {
  const values = [
    run.orgId,
    run.id,
    run.connectionId,
    run.integration,
    run.stream,
    run.syncId,
    run.trigger,
    run.mode,
    run.position,
    JSON.stringify(run.options),
    run.generation,
  ];
  for (let look = 0; look < looks; look++) {
    const { rows: made } = await tx.query<RunRow>(insert, values);
    if (made[0]) {
      await wakeIn(tx, [
        { kind: "run", orgId: run.orgId, subject: run.id, ...(run.at ? { at: run.at } : {}) },
      ]);
      return toRun(made[0]);
    }
    const { rows: found } = await tx.query<RunRow>(selectUnfinished, [
      run.orgId,
      run.connectionId,
      run.stream,
    ]);
    if (found[0]) return toRun(found[0]);
  }
  throw new Error("A run was neither started nor found under way");
}

const insert = `
  insert into runs (org_id, id, connection_id, integration, stream, sync_id, trigger, mode, status, position, options,
    generation)
  values ($1, $2, $3, $4, $5, $6, $7, $8, 'pending', $9, $10::jsonb, $11)
  on conflict (org_id, connection_id, stream) where status in ('pending', 'running') do nothing
  returning ${runColumns}`;

const selectUnfinished = `
  select ${runColumns} from runs
  where org_id = $1 and connection_id = $2 and stream = $3 and status in ('pending', 'running')`;
