import type { DistillableDocument, DocumentSource, JudgedDocument, LearningFailure, Lease } from "@halo/core";
import { checkFence } from "../leases/fence.ts";
import type { Door } from "../tenant.ts";
import { type LearningRow, learningColumns, toLearning } from "./learning-documents.ts";

export async function readToJudge(
  door: Door,
  lease: Lease,
  limit: number,
  now: Date,
): Promise<readonly JudgedDocument[]> {
  const { rows } = await door.inOrg(lease.orgId, async (tx) => {
    await checkFence(tx, lease);
    return tx.query<LearningRow & { readonly attempts: number }>(selectToJudge, [lease.orgId, now, limit]);
  });
  return rows.map((row) => ({ ...toLearning(row), attempts: row.attempts }));
}

const selectToJudge = `
  select ${learningColumns}, c.attempts
  from learning_decisions c
  join documents d on d.org_id = $1 and d.id = c.document_id and d.revision = c.revision
  where c.org_id = $1 and c.outcome = 'waiting' and (c.next_attempt_at is null or c.next_attempt_at <= $2)
  order by coalesce(c.next_attempt_at, c.at), c.document_id limit $3`;

export async function postponeJudging(
  door: Door,
  lease: Lease,
  failures: readonly LearningFailure[],
): Promise<void> {
  await change(door, lease, postponeDecisions, failures);
}

export async function postponeDistilling(
  door: Door,
  lease: Lease,
  failures: readonly LearningFailure[],
): Promise<void> {
  await change(door, lease, postponeDistillations, failures);
}

async function change(
  door: Door,
  lease: Lease,
  statement: string,
  failures: readonly LearningFailure[],
): Promise<void> {
  if (failures.length === 0) return;
  await door.inOrg(lease.orgId, async (tx) => {
    await checkFence(tx, lease);
    await tx.query(statement, [lease.orgId, JSON.stringify(failures)]);
  });
}

const failed = `json_to_recordset($2::json) as x("documentId" text, stamp text, reason text, "nextAttemptAt" timestamptz)`;

const postponeDecisions = `
  update learning_decisions c set attempts = c.attempts + 1, failure = x.reason, next_attempt_at = x."nextAttemptAt"
  from ${failed}
  where c.org_id = $1 and c.document_id = x."documentId" and c.stamp = x.stamp and c.outcome = 'waiting'`;

const postponeDistillations = `
  update distillations c set attempts = c.attempts + 1, failure = x.reason, next_attempt_at = x."nextAttemptAt",
    status = case when x."nextAttemptAt" is null then 'failed' else 'waiting' end
  from ${failed}
  where c.org_id = $1 and c.document_id = x."documentId" and c.key = x.stamp and c.status = 'waiting'`;

export async function nextDue(door: Door, lease: Lease): Promise<Date | undefined> {
  const { rows } = await door.inOrg(lease.orgId, async (tx) => {
    await checkFence(tx, lease);
    const statement = lease.kind === "judge" ? selectJudgingDue : selectDistillingDue;
    return tx.query<{ due: Date | null }>(statement, [lease.orgId]);
  });
  return rows[0]?.due ?? undefined;
}

const selectJudgingDue = `
  select min(coalesce(c.next_attempt_at, c.at)) as due from learning_decisions c
  join documents d on d.org_id = $1 and d.id = c.document_id and d.revision = c.revision
  where c.org_id = $1 and c.outcome = 'waiting'`;

/** What is not indexed yet is no work yet: its index wakes for it. */
const selectDistillingDue = `
  select min(coalesce(c.next_attempt_at, 'epoch'::timestamptz)) as due from distillations c
  join documents d on d.org_id = $1 and d.id = c.document_id and d.status = 'indexed'
  where c.org_id = $1 and c.status = 'waiting'`;

interface DistillableRow {
  readonly id: string;
  readonly revision: number;
  readonly key: string;
  readonly source_key: string;
  readonly kind: string;
  readonly title: string;
  readonly format: DocumentSource["format"];
  readonly text: string | null;
  readonly attempts: number;
}

export async function readToDistil(
  door: Door,
  lease: Lease,
  limit: number,
  now: Date,
): Promise<readonly DistillableDocument[]> {
  const { rows } = await door.inOrg(lease.orgId, async (tx) => {
    await checkFence(tx, lease);
    return tx.query<DistillableRow>(selectToDistil, [lease.orgId, now, limit]);
  });
  return rows.map(({ id, source_key, text, ...row }) => ({
    ...row,
    documentId: id,
    sourceKey: source_key,
    text: text ?? "",
  }));
}

const selectToDistil = `
  select d.id, d.revision, c.key, d.source_key, d.kind, d.title, d.format, d.text, c.attempts
  from distillations c
  join documents d on d.org_id = $1 and d.id = c.document_id and d.status = 'indexed'
  where c.org_id = $1 and c.status = 'waiting' and (c.next_attempt_at is null or c.next_attempt_at <= $2)
  order by coalesce(d.occurred_at, d.queued_at) desc, d.id limit $3`;

export async function isWanted(door: Door, lease: Lease, documentId: string, key: string): Promise<boolean> {
  const { rows } = await door.inOrg(lease.orgId, async (tx) => {
    await checkFence(tx, lease);
    return tx.query(selectWanted, [lease.orgId, documentId, key]);
  });
  return rows.length > 0;
}

const selectWanted = `
  select from distillations where org_id = $1 and document_id = $2 and key = $3 and status = 'waiting'`;

export async function cancelDistilling(door: Door, orgId: string, prefix: string): Promise<number> {
  const { count } = await door.inOrg(orgId, (tx) => tx.query(cancelWaiting, [orgId, prefix]));
  return count;
}

const cancelWaiting = `
  update distillations c set status = 'cancelled' from documents d
  where c.org_id = $1 and c.status = 'waiting' and d.org_id = $1 and d.id = c.document_id
    and starts_with(d.source_key, $2)`;
