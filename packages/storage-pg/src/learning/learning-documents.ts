import type {
  DocumentSource,
  DocumentStatus,
  LearningDocument,
  LearningOutcome,
  Lease,
  Walk,
} from "@halo/core";
import { checkFence } from "../leases/fence.ts";
import { lookUpByIndex } from "../pages/by-index.ts";
import type { Door, Tx } from "../tenant.ts";

export interface LearningRow {
  readonly id: string;
  readonly revision: number;
  readonly source_key: string;
  readonly kind: string;
  readonly title: string;
  readonly body: string;
  readonly format: DocumentSource["format"];
  readonly distil: boolean;
  readonly status: DocumentStatus;
  readonly verdicts: { readonly [rule: string]: boolean } | null;
  readonly stamp: string | null;
  readonly outcome: LearningOutcome | null;
  readonly distil_key: string | null;
}

/** What of a document is given, once `body` was cleared, is its cleaned text. */
export const contentColumns = `coalesce(d.body, d.text, '') as body,
  case when d.body is not null or d.format = 'transcript' then d.format else 'text' end as format`;

/** Of documents `d`, with what was decided of them in this revision. */
export const learningColumns = `d.id, d.revision, d.source_key, d.kind, d.title, ${contentColumns}, d.distil, d.status,
  c.verdicts, c.stamp, c.outcome,
  (select x.key from distillations x where x.org_id = $1 and x.document_id = d.id) as distil_key`;

export const toLearning = (row: LearningRow): LearningDocument => ({
  id: row.id,
  revision: row.revision,
  sourceKey: row.source_key,
  kind: row.kind,
  title: row.title,
  body: row.body,
  format: row.format,
  distil: row.distil,
  status: row.status,
  verdicts: row.verdicts ?? {},
  stamp: row.stamp ?? undefined,
  outcome: row.outcome ?? undefined,
  distilKey: row.distil_key ?? undefined,
});

export async function readWalk(door: Door, lease: Lease, limit: number): Promise<Walk | undefined> {
  const { orgId } = lease;
  return door.inOrg(orgId, async (tx) => {
    await checkFence(tx, lease);
    const { rows } = await tx.query<{ prefix: string; token: string; after: string | null }>(selectWalk, [
      orgId,
    ]);
    const [walk] = rows;
    if (!walk) return undefined;
    const { after, prefix, token } = walk;
    return { prefix, token, ...(await page(tx, orgId, prefix, after ?? undefined, limit)) };
  });
}

const selectWalk = `
  select prefix, token, after from learning_walks where org_id = $1 order by prefix limit 1`;

export async function readDocuments(
  door: Door,
  orgId: string,
  { after, limit, prefix }: { prefix: string; after: string | undefined; limit: number },
): Promise<Pick<Walk, "documents" | "next">> {
  return door.inOrg(orgId, (tx) => page(tx, orgId, prefix, after, limit));
}

/** A place is a source key and an id, which has no blank. */
async function page(tx: Tx, orgId: string, prefix: string, after: string | undefined, limit: number) {
  await lookUpByIndex(tx);
  const cut = after?.lastIndexOf(" ") ?? -1;
  const values = [orgId, prefix, after?.slice(0, cut) ?? "", after?.slice(cut + 1) ?? "", limit + 1];
  const { rows } = await tx.query<LearningRow>(selectPage, values);
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return {
    documents: rows.slice(0, limit).map(toLearning),
    next: last && `${last.source_key} ${last.id}`,
  };
}

/** No text that begins with the prefix is greater than the prefix with the greatest character behind it. */
const selectPage = `
  select ${learningColumns}
  from documents d
  left join learning_decisions c on c.org_id = $1 and c.document_id = d.id and c.revision = d.revision
  where d.org_id = $1 and d.source_key >= $2 and ($2 = '' or d.source_key < $2 || chr(1114111))
    and (d.source_key, d.id) > ($3, $4) and d.status in ('indexed', 'skipped', 'judging')
    and d.stream not like 'distilled:%'
  order by d.source_key, d.id limit $5`;
