import { randomUUID } from "node:crypto";
import type { DeletionReceipt } from "@halo/core";
import type { Door, Tx } from "../tenant.ts";

/** Keeps what a deletion took away: keys and counts, never content. */
export async function writeReceipt(
  tx: Tx,
  orgId: string,
  taken: { readonly documents: readonly string[]; readonly chunks: number; readonly vectors: number },
  reason: string,
  at: Date,
): Promise<DeletionReceipt> {
  const distilled = taken.documents.filter((key) => key.startsWith("distilled:")).length;
  const receipt: DeletionReceipt = {
    id: randomUUID(),
    orgId,
    at,
    reason,
    documents: taken.documents.length - distilled,
    chunks: taken.chunks,
    vectors: taken.vectors,
    distilled,
    sourceKeys: [...taken.documents].sort(),
  };
  await tx.query(insertReceipt, [
    orgId,
    receipt.id,
    at,
    reason,
    receipt.documents,
    receipt.chunks,
    receipt.vectors,
    receipt.distilled,
    receipt.sourceKeys,
  ]);
  return receipt;
}

const insertReceipt = `
  insert into deletion_receipts (org_id, id, at, reason, documents, chunks, vectors, distilled, source_keys)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9::text[])`;

export async function readReceipts(
  door: Door,
  orgId: string,
  limit: number,
): Promise<readonly DeletionReceipt[]> {
  interface Row extends Omit<DeletionReceipt, "orgId" | "sourceKeys"> {
    readonly source_keys: readonly string[];
  }
  const { rows } = await door.inOrg(orgId, (tx) => tx.query<Row>(selectReceipts, [orgId, limit]));
  return rows.map(({ source_keys, ...row }) => ({ ...row, orgId, sourceKeys: source_keys }));
}

const selectReceipts = `
  select id, at, reason, documents, chunks, vectors, distilled, source_keys from deletion_receipts
  where org_id = $1 order by at desc, id desc limit $2`;
