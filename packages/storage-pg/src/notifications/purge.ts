import type { Door } from "../tenant.ts";

/** Retention. Orgs come from their turns at work, which every org that was ever notified has had. */
export async function purge(door: Door, before: Date): Promise<number> {
  const orgIds = await door.asControl(async (tx) => {
    const { rows } = await tx.query<{ org_id: string }>(orgs);
    return rows.map(({ org_id }) => org_id);
  });
  let gone = 0;
  for (const orgId of orgIds) {
    gone += await door.inOrg(orgId, async (tx) => {
      await tx.query(blankEvents, [orgId, before]);
      const deliveries = await tx.query(purgeDeliveries, [orgId, before]);
      const questions = await tx.query(purgeQuestions, [orgId, before]);
      return deliveries.count + questions.count;
    });
  }
  return gone;
}

const orgs = "select org_id from org_turns order by org_id";
const blankEvents = `
  update notifications set event = null
  where org_id = $1 and created_at < $2 and routed_at < $2 and event is not null`;
const purgeDeliveries = "delete from notification_deliveries where org_id = $1 and settled_at < $2";
const purgeQuestions = "delete from knowledge_gaps where org_id = $1 and asked_at < $2";
