import { knownOrgs } from "../known-orgs.ts";
import type { Door } from "../tenant.ts";

/** Retention. */
export async function purge(door: Door, before: Date): Promise<number> {
  let gone = 0;
  for (const orgId of await knownOrgs(door)) {
    gone += await door.inOrg(orgId, async (tx) => {
      await tx.query(blankEvents, [orgId, before]);
      const deliveries = await tx.query(purgeDeliveries, [orgId, before]);
      const questions = await tx.query(purgeQuestions, [orgId, before]);
      return deliveries.count + questions.count;
    });
  }
  return gone;
}

const blankEvents = `
  update notifications set event = null
  where org_id = $1 and created_at < $2 and routed_at < $2 and event is not null`;
const purgeDeliveries = "delete from notification_deliveries where org_id = $1 and settled_at < $2";
const purgeQuestions = "delete from knowledge_gaps where org_id = $1 and asked_at < $2";
