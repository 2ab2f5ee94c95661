import type { Tx } from "../tenant.ts";

/**
 * For the rest of the transaction rows are looked up by index. Plans are kept, and one made while a table was nearly
 * empty would read all of it for each key ever after; an embedded store never learns better by itself.
 */
export async function lookUpByIndex(tx: Tx): Promise<void> {
  await tx.query("select set_config('enable_seqscan', 'off', true)");
}
