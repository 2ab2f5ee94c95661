import { knownOrgs } from "../known-orgs.ts";
import type { Door } from "../tenant.ts";

/** Lines in one transaction: whoever writes one in the org waits for it. */
const linesAtOnce = 2_000;

/** Retention of what calls did: `prune_audit` says up to where, since the application may delete nothing. */
export async function prune(door: Door, before: Date): Promise<number> {
  const orgIds = await knownOrgs(door);
  let gone = 0;
  for (const orgId of orgIds) {
    for (let some = linesAtOnce; some === linesAtOnce; gone += some) {
      some = await door.inOrg(orgId, async (tx) => {
        const { rows } = await tx.query<{ gone: number }>(pruneOne, [orgId, before, linesAtOnce]);
        return rows[0]?.gone ?? 0;
      });
    }
  }
  return gone;
}

const pruneOne = "select prune_audit($1, $2::timestamptz, $3) as gone";
