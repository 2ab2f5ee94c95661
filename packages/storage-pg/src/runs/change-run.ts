import type { Lease, Run, RunChange } from "@halo/core";
import { checkFence } from "../leases/fence.ts";
import type { Door } from "../tenant.ts";
import { noRun, type RunRow, runColumns, runFieldColumns, toRun } from "./run-row.ts";

/** Changes the named fields; a field that is there and undefined is emptied. */
export async function changeRun(door: Door, lease: Lease, change: RunChange): Promise<Run> {
  const values: unknown[] = [lease.orgId, lease.subject];
  const sets = Object.entries(change).flatMap(([field, value]) => {
    const known = runFieldColumns[field as keyof RunChange];
    if (!known) return [];
    const [column, type] = known;
    values.push(type === "jsonb" && value !== undefined ? JSON.stringify(value) : (value ?? null));
    return [`${column} = $${values.length}::${type}`];
  });
  return door.inOrg(lease.orgId, async (tx) => {
    await checkFence(tx, lease);
    const { rows } = await tx.queryOnce<RunRow>(
      sets.length > 0
        ? `update runs set ${sets.join(", ")} where org_id = $1 and id = $2 returning ${runColumns}`
        : `select ${runColumns} from runs where org_id = $1 and id = $2`,
      values,
    );
    if (!rows[0]) throw noRun();
    return toRun(rows[0]);
  });
}
