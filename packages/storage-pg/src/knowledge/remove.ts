import type { DeletionReceipt } from "@halo/core";
import type { Door } from "../tenant.ts";
import { dropChunks } from "./drop-chunks.ts";
import { writeReceipt } from "./receipts.ts";

/** Takes documents with all that was made of them away, in one transaction, and leaves a receipt, also for none. */
export async function removeDocuments(
  door: Door,
  orgId: string,
  by: { readonly prefix: string } | { readonly sourceKeys: readonly string[] },
  reason: string,
  at: Date,
): Promise<DeletionReceipt> {
  return door.inOrg(orgId, async (tx) => {
    const { rows } =
      "prefix" in by
        ? await tx.query<{ id: string; source_key: string }>(deleteByPrefix, [orgId, by.prefix])
        : await tx.query<{ id: string; source_key: string }>(deleteByKeys, [orgId, by.sourceKeys]);
    const dropped = await dropChunks(
      tx,
      orgId,
      rows.map(({ id }) => id),
    );
    return writeReceipt(
      tx,
      orgId,
      { documents: rows.map(({ source_key }) => source_key), ...dropped },
      reason,
      at,
    );
  });
}

/** A fact that was distilled of a document goes with it: its key is the document's behind `distilled:`. */
const deleteByPrefix = `
  delete from documents
  where org_id = $1 and (starts_with(source_key, $2) or starts_with(source_key, 'distilled:' || $2))
  returning id, source_key`;

const deleteByKeys = `
  delete from documents
  where org_id = $1 and source_key = any(
    $2::text[] || (select coalesce(array_agg('distilled:' || key), '{}') from unnest($2::text[]) as key))
  returning id, source_key`;
