import type { Tx } from "../tenant.ts";

/**
 * Who writes claims has the org's customers for itself until it commits; who only links records to them shares them.
 * Without it a link and the claim that it waits for could each miss the other, and two pages could lock the same
 * customers in different order (F63). Taken after the mirror's rows and before everything of the spine.
 */
export async function lockCustomers(tx: Tx, orgId: string, how: "alone" | "shared"): Promise<void> {
  // Embedded there is one connection, and so one transaction.
  if (tx.embedded) return;
  await tx.query(how === "alone" ? lockAlone : lockShared, [orgId]);
}

const lockAlone = "select pg_advisory_xact_lock(hashtextextended('halo.customers ' || $1, 0))";
const lockShared = "select pg_advisory_xact_lock_shared(hashtextextended('halo.customers ' || $1, 0))";
