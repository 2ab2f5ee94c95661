import { knownOrgs } from "../known-orgs.ts";
import type { Door } from "../tenant.ts";

/** Runs in one transaction: each may have a thousand lines. */
const runsAtOnce = 200;

/** Retention. The newest run of a stream stays, however old: the status tells of it. */
export async function purgeRuns(door: Door, before: Date): Promise<number> {
  let gone = 0;
  for (const orgId of await knownOrgs(door)) {
    for (let some = runsAtOnce; some === runsAtOnce; gone += some) {
      some = await door.inOrg(orgId, async (tx) => {
        const { rows } = await tx.query<{ id: string }>(deleteRuns, [orgId, before, runsAtOnce]);
        const ids = rows.map(({ id }) => id);
        if (ids.length > 0) for (const statement of deleteOfRuns) await tx.query(statement, [orgId, ids]);
        return ids.length;
      });
    }
    gone += await door.inOrg(orgId, async (tx) => (await tx.query(deleteQuarantined, [orgId, before])).count);
  }
  return gone;
}

const deleteRuns = `
  delete from runs r
  where org_id = $1 and finished_at < $2 and status not in ('pending', 'running') and id in (
    select o.id from runs o
    where o.org_id = $1 and o.finished_at < $2 and exists (
      select from runs n
      where n.org_id = $1 and n.connection_id = o.connection_id and n.stream = o.stream
        and (n.created_at, n.id) > (o.created_at, o.id))
    limit $3)
  returning id`;
/** One that waited for a person's word still had what it saw. */
const deleteOfRuns = ["run_events", "cursors", "seen_keys"].map(
  (table) => `delete from ${table} where org_id = $1 and run_id = any($2::text[])`,
);
const deleteQuarantined = "delete from quarantine where org_id = $1 and at < $2";
