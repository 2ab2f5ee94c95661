import type {
  Insight,
  InsightKind,
  LearningCounts,
  LearningDecision,
  LearningOutcome,
  LearningReason,
  SearchFilter,
} from "@halo/core";
import { allowedDocuments, shifted } from "../knowledge/scope.ts";
import type { Door, Tx } from "../tenant.ts";

interface InsightRow {
  readonly id: string;
  readonly document_id: string;
  readonly kind: InsightKind;
  readonly summary: string;
  readonly quote: string;
  readonly start: number;
  readonly end: number;
  readonly source_key: string;
  readonly title: string;
  readonly occurred_at: Date | null;
  readonly url: string | null;
  readonly model: string | null;
  readonly rule_version: string | null;
  readonly distilled_at: Date;
}

/** The scope decides first, as for a search (T33). */
export async function readInsights(
  door: Door,
  orgId: string,
  filter: SearchFilter & {
    readonly kinds?: readonly InsightKind[] | undefined;
    readonly after?: string | undefined;
    readonly limit: number;
  },
): Promise<readonly Insight[]> {
  return door.inOrg(orgId, async (tx) => {
    const allowed = await allowedDocuments(tx, orgId, filter);
    const fixed = [orgId, filter.kinds ?? null, filter.after ?? null, filter.limit];
    const { values, where } =
      allowed.kind === "all"
        ? { where: "true", values: [] }
        : allowed.kind === "some"
          ? { where: "d.id = any($5::text[])", values: [allowed.documents] }
          : { where: shifted(allowed.where, 4), values: allowed.values };
    const { rows } = await tx.query<InsightRow>(selectInsights(where), [...fixed, ...values]);
    const customers = await readCustomers(
      tx,
      orgId,
      rows.map(({ document_id }) => document_id),
    );
    return rows.map((row) => toInsight(row, customers));
  });
}

const selectInsights = (where: string) => `
  with found as (
    select i.id, i.document_id, i.kind, i.summary, i.quote, i.start, i."end", d.source_key, d.title, d.occurred_at,
      d.url, x.model, x.rule_version, x.distilled_at, coalesce(d.occurred_at, x.distilled_at) as time
    from insights i
    join documents d on d.org_id = $1 and d.id = i.document_id
    join distillations x on x.org_id = $1 and x.document_id = i.document_id
    where i.org_id = $1 and ($2::text[] is null or i.kind = any($2::text[])) and ${where})
  select id, document_id, kind, summary, quote, start, "end", source_key, title, occurred_at, url, model, rule_version,
    distilled_at
  from found
  where $3::text is null or (time, id) < (select time, id from found where id = $3)
  order by time desc, id desc limit $4`;

type Customers = ReadonlyMap<string, { readonly kind: string; readonly id: string }[]>;

async function readCustomers(tx: Tx, orgId: string, documents: readonly string[]): Promise<Customers> {
  const found = new Map<string, { kind: string; id: string }[]>();
  if (documents.length === 0) return found;
  const { rows } = await tx.query<{ document_id: string; kind: string; id: string }>(selectCustomers, [
    orgId,
    [...new Set(documents)],
  ]);
  for (const { document_id, id, kind } of rows)
    found.set(document_id, [...(found.get(document_id) ?? []), { kind, id }]);
  return found;
}

const selectCustomers = `
  select distinct d.id as document_id, l.kind, l.customer_id as id
  from documents d
  join record_links l on l.org_id = $1 and l.connection_id = d.connection_id and l.stream = d.stream
    and l.external_id = d.external_id and l.customer_id is not null
  where d.org_id = $1 and d.id = any($2::text[])
  order by document_id, kind, id`;

function toInsight(row: InsightRow, customers: Customers): Insight {
  const about = (kind: string) =>
    (customers.get(row.document_id) ?? []).filter((one) => one.kind === kind).map(({ id }) => id);
  return {
    id: row.id,
    kind: row.kind,
    summary: row.summary,
    quote: row.quote,
    start: row.start,
    end: row.end,
    sourceKey: row.source_key,
    sourceTitle: row.title,
    occurredAt: row.occurred_at ?? undefined,
    url: row.url ?? undefined,
    model: row.model ?? "",
    ruleVersion: row.rule_version ?? "",
    distilledAt: row.distilled_at,
    endUsers: about("end_user"),
    companies: about("company"),
  };
}

interface DecisionRow {
  readonly document_id: string;
  readonly source_key: string;
  readonly title: string;
  readonly outcome: LearningOutcome;
  readonly reason: LearningReason | null;
  readonly rule_id: string | null;
  readonly rule_version: number | null;
  readonly note: string | null;
  readonly model: string | null;
  readonly failure: string | null;
  readonly at: Date;
}

export async function readDecisions(
  door: Door,
  orgId: string,
  filter: {
    readonly outcome?: LearningOutcome | undefined;
    readonly prefix?: string | undefined;
    readonly after?: string | undefined;
    readonly limit: number;
  },
): Promise<readonly LearningDecision[]> {
  const values = [orgId, filter.outcome ?? null, filter.prefix ?? "", filter.after ?? null, filter.limit];
  const { rows } = await door.inOrg(orgId, (tx) => tx.query<DecisionRow>(selectDecisions, values));
  return rows.map((row) => ({
    documentId: row.document_id,
    sourceKey: row.source_key,
    title: row.title,
    outcome: row.outcome,
    reason: row.reason ?? undefined,
    ruleId: row.rule_id ?? undefined,
    ruleVersion: row.rule_version ?? undefined,
    note: row.note ?? undefined,
    model: row.model ?? undefined,
    failure: row.failure ?? undefined,
    at: row.at,
  }));
}

/** Ids grow with time, so those of the newest documents come first. */
const selectDecisions = `
  select c.document_id, d.source_key, d.title, c.outcome, c.reason, c.rule_id, c.rule_version, c.note, c.model,
    c.failure, c.at
  from learning_decisions c join documents d on d.org_id = $1 and d.id = c.document_id
  where c.org_id = $1 and ($2::text is null or c.outcome = $2) and starts_with(d.source_key, $3)
    and ($4::text is null or c.document_id < $4)
  order by c.document_id desc limit $5`;

export async function countLearned(door: Door, orgId: string): Promise<LearningCounts> {
  const { rows } = await door.inOrg(orgId, (tx) =>
    tx.query<{ name: string; detail: string | null; count: number }>(selectCounts, [orgId]),
  );
  const of = (name: string, detail?: string) =>
    Number(
      rows.find((row) => row.name === name && (detail === undefined || row.detail === detail))?.count ?? 0,
    );
  const failures: Record<string, number> = {};
  for (const { count, detail, name } of rows)
    if (name === "failure" && detail !== null) failures[detail] = (failures[detail] ?? 0) + Number(count);
  return {
    learned: of("learned"),
    skipped: { keyword: of("skipped", "keyword"), no_topic: of("skipped", "no_topic") },
    judging: of("judging"),
    distilled: of("distilled"),
    distilling: of("status", "waiting"),
    cancelled: of("status", "cancelled"),
    undistillable: of("status", "failed"),
    insights: of("insights"),
    droppedQuotes: of("dropped"),
    failures,
  };
}

const selectCounts = `
  select 'learned' as name, null as detail, count(*) as count from documents
    where org_id = $1 and status = 'indexed' and stream not like 'distilled:%'
  union all
  select 'skipped', reason, count(*) from learning_decisions where org_id = $1 and outcome = 'skipped' group by reason
  union all
  select 'judging', null, count(*) from learning_decisions where org_id = $1 and outcome = 'waiting'
  union all
  select 'status', status, count(*) from distillations where org_id = $1 group by status
  union all
  select 'distilled', null, count(*) from distillations where org_id = $1 and distilled_at is not null
  union all
  select 'dropped', null, coalesce(sum(dropped), 0) from distillations where org_id = $1
  union all
  select 'insights', null, count(*) from insights where org_id = $1
  union all
  select 'failure', failure, count(*) from learning_decisions
    where org_id = $1 and outcome = 'waiting' and failure is not null group by failure
  union all
  select 'failure', failure, count(*) from distillations
    where org_id = $1 and status in ('waiting', 'failed') and failure is not null group by failure`;
