import type { DocumentSource, IndexCounts, Lease, PendingDocument } from "@halo/core";
import { contentColumns } from "../learning/learning-documents.ts";
import { checkFence } from "../leases/fence.ts";
import type { Door } from "../tenant.ts";

interface PendingRow {
  readonly id: string;
  readonly source_key: string;
  readonly kind: string;
  readonly title: string;
  readonly body: string;
  readonly format: DocumentSource["format"];
  readonly author: string | null;
  readonly distil: boolean;
  readonly verdicts: { readonly [rule: string]: boolean } | null;
  readonly decided: boolean;
  readonly stamp: string | null;
  readonly revision: number;
  readonly attempts: number;
}

export async function readPending(
  door: Door,
  lease: Lease,
  limit: number,
  now: Date,
): Promise<readonly PendingDocument[]> {
  const { rows } = await door.inOrg(lease.orgId, async (tx) => {
    await checkFence(tx, lease);
    return tx.query<PendingRow>(selectPending, [lease.orgId, now, limit]);
  });
  return rows.map(({ source_key, author, stamp, verdicts, ...row }) => ({
    ...row,
    stamp: stamp ?? undefined,
    sourceKey: source_key,
    author: author ?? undefined,
    verdicts: verdicts ?? {},
  }));
}

const selectPending = `
  select d.id, d.source_key, d.kind, d.title, ${contentColumns}, d.author, d.revision, d.attempts, d.distil,
    case when c.revision = d.revision then c.verdicts end as verdicts, c.document_id is not null as decided,
    case when c.revision = d.revision and c.outcome = 'learned' then c.stamp end as stamp
  from (
    select * from documents
    where org_id = $1 and status = 'pending' and (next_attempt_at is null or next_attempt_at <= $2)
    order by priority desc, coalesce(occurred_at, queued_at) desc limit $3) as d
  left join lateral (
    select document_id, revision, verdicts, outcome, stamp from learning_decisions
    where org_id = $1 and document_id = d.id offset 0) as c on true
  order by d.priority desc, coalesce(d.occurred_at, d.queued_at) desc`;

export async function postpone(
  door: Door,
  lease: Lease,
  failures: readonly {
    readonly id: string;
    readonly revision: number;
    readonly reason: string;
    readonly nextAttemptAt: Date | undefined;
  }[],
): Promise<void> {
  if (failures.length === 0) return;
  await door.inOrg(lease.orgId, async (tx) => {
    await checkFence(tx, lease);
    await tx.query(postponeDocuments, [lease.orgId, JSON.stringify(failures)]);
  });
}

const postponeDocuments = `
  update documents d set attempts = d.attempts + 1, reason = x.reason, next_attempt_at = x."nextAttemptAt",
    status = case when x."nextAttemptAt" is null then 'failed' else 'pending' end
  from json_to_recordset($2::json) as x(id text, revision integer, reason text, "nextAttemptAt" timestamptz)
  where d.org_id = $1 and d.id = x.id and d.revision = x.revision and d.status = 'pending'`;

export async function nextDue(door: Door, lease: Lease): Promise<Date | undefined> {
  const { rows } = await door.inOrg(lease.orgId, async (tx) => {
    await checkFence(tx, lease);
    return tx.query<{ due: Date | null }>(selectDue, [lease.orgId]);
  });
  return rows[0]?.due ?? undefined;
}

/** What was never tried is due since it was queued. */
const selectDue = `
  select min(coalesce(next_attempt_at, queued_at)) as due from documents
  where org_id = $1 and status = 'pending'`;

export async function countIndex(door: Door, orgId: string): Promise<IndexCounts> {
  const { rows } = await door.inOrg(orgId, (tx) =>
    tx.query<{ status: string; count: number }>(selectCounts, [orgId]),
  );
  const of = (status: string) => Number(rows.find((row) => row.status === status)?.count ?? 0);
  const [documents, failed, skipped] = [of("all"), of("failed"), of("skipped")];
  const pending = of("pending") + of("judging");
  const indexed = documents - pending - failed - skipped;
  return { documents, indexed, pending, failed, skipped, chunks: of("chunks") };
}

/** Each from an index that holds just that. */
const selectCounts = `
  select status, count(*) as count from documents where org_id = $1 and status <> 'indexed' group by status
  union all
  select 'all', count(*) from documents where org_id = $1
  union all
  select 'chunks', coalesce(sum(chunks), 0) from posting_segments where org_id = $1`;
