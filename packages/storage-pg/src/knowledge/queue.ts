import type { DocumentSource, IndexCounts, Lease, PendingDocument } from "@halo/core";
import { checkFence } from "../leases/fence.ts";
import type { Door } from "../tenant.ts";

interface PendingRow {
  readonly id: string;
  readonly source_key: string;
  readonly kind: string;
  readonly title: string;
  readonly body: string | null;
  readonly format: DocumentSource["format"];
  readonly author: string | null;
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
  return rows.map(({ id, source_key, kind, title, body, format, author, revision, attempts }) => ({
    id,
    sourceKey: source_key,
    kind,
    title,
    body: body ?? "",
    format,
    author: author ?? undefined,
    revision,
    attempts,
  }));
}

const selectPending = `
  select id, source_key, kind, title, body, format, author, revision, attempts from documents
  where org_id = $1 and status = 'pending' and (next_attempt_at is null or next_attempt_at <= $2)
  order by priority desc, coalesce(occurred_at, queued_at) desc limit $3`;

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
  const [documents, pending, failed] = [of("all"), of("pending"), of("failed")];
  return { documents, indexed: documents - pending - failed, pending, failed, chunks: of("chunks") };
}

/** Each from an index that holds just that. */
const selectCounts = `
  select status, count(*) as count from documents where org_id = $1 and status <> 'indexed' group by status
  union all
  select 'all', count(*) from documents where org_id = $1
  union all
  select 'chunks', coalesce(sum(chunks), 0) from posting_segments where org_id = $1`;
