import type { Lease } from "@halo/core";
import { knownOrgs } from "../known-orgs.ts";
import { checkFence } from "../leases/fence.ts";
import type { Door } from "../tenant.ts";

/** Orgs whose deliveries are purged in one transaction. */
const orgsAtOnce = 200;

/** Retention. */
export async function purge(door: Door, settledBefore: Date, unroutedBefore: Date): Promise<number> {
  let gone = await door.asControl(async (tx) => {
    // A slot is asked for around its due time; long after that nobody does.
    await tx.query(purgeSlots, [unroutedBefore]);
    return (await tx.query(purgeUnrouted, [unroutedBefore])).count;
  });
  const orgIds = await knownOrgs(door);
  for (let at = 0; at < orgIds.length; at += orgsAtOnce) {
    const some = orgIds.slice(at, at + orgsAtOnce);
    gone += await door.inOrgs(
      some,
      async (tx) => (await tx.query(purgeSettled, [some, settledBefore])).count,
    );
  }
  return gone;
}

export async function forget(door: Door, lease: Lease, connectionId: string): Promise<number> {
  return door.inOrg(lease.orgId, async (tx) => {
    await checkFence(tx, lease);
    return (await tx.query(forgetAll, [lease.orgId, connectionId])).count;
  });
}

const forgetAll = "delete from deliveries where org_id = $1 and connection_id = $2";
const purgeUnrouted = "delete from unrouted where received_at < $1";
const purgeSlots = "delete from schedule_slots where taken_at < $1";
const purgeSettled = `
  delete from deliveries where org_id = any($1::text[]) and settled_at < $2`;
