import type { DeletionReceipt } from "@halo/core";
import { dropDistilledLinks, dropLearned } from "../learning/drop-learned.ts";
import type { Door } from "../tenant.ts";
import { dropChunks } from "./drop-chunks.ts";
import { writeReceipt } from "./receipts.ts";

interface GoneRow {
  readonly id: string;
  readonly source_key: string;
  readonly connection_id: string | null;
  readonly stream: string | null;
  readonly external_id: string | null;
}

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
        ? await tx.query<GoneRow>(deleteByPrefix, [orgId, by.prefix])
        : await tx.query<GoneRow>(deleteByKeys, [orgId, by.sourceKeys]);
    const ids = rows.map(({ id }) => id);
    const distilled = await dropLearned(tx, orgId, ids);
    await dropDistilledLinks(tx, orgId, rows);
    const dropped = await dropChunks(tx, orgId, [...ids, ...distilled.map(({ id }) => id)]);
    const documents = [
      ...rows.map(({ source_key }) => source_key),
      ...distilled.map(({ sourceKey }) => sourceKey),
    ];
    return writeReceipt(tx, orgId, { documents, ...dropped }, reason, at);
  });
}

/** A fact that was distilled of a document goes with it: its key is the document's behind `distilled:`. */
const deleteByPrefix = `
  delete from documents
  where org_id = $1 and (starts_with(source_key, $2) or starts_with(source_key, 'distilled:' || $2))
  returning id, source_key, connection_id, stream, external_id`;

const deleteByKeys = `
  delete from documents
  where org_id = $1 and source_key = any(
    $2::text[] || (select coalesce(array_agg('distilled:' || key), '{}') from unnest($2::text[]) as key))
  returning id, source_key, connection_id, stream, external_id`;
