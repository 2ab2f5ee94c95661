import type { DecidedDocument, Lease, QueuedDistillation, Wake, Walk } from "@halo/core";
import { dropChunks } from "../knowledge/drop-chunks.ts";
import { writeReceipt } from "../knowledge/receipts.ts";
import { checkFence } from "../leases/fence.ts";
import { wakeIn } from "../leases/wake.ts";
import { lookUpByIndex } from "../pages/by-index.ts";
import type { Door, Tx } from "../tenant.ts";
import { dropDistilled } from "./drop-learned.ts";
import { queueDistillations } from "./queue-distillations.ts";

export async function decide(
  door: Door,
  lease: Lease,
  change: {
    readonly decisions: readonly DecidedDocument[];
    readonly queue?: readonly QueuedDistillation[];
    readonly walk?: Pick<Walk, "prefix" | "token" | "next">;
  },
  at: Date,
): Promise<void> {
  const { decisions, queue = [], walk } = change;
  const { orgId } = lease;
  await door.inOrg(orgId, async (tx) => {
    await checkFence(tx, lease);
    await lookUpByIndex(tx);
    const current = await lockDocuments(tx, orgId, [...decisions, ...queue]);
    const wakes = await applyDecisions(tx, orgId, decisions.filter(isCurrent(current)), current, at);
    if (await queueDistillations(tx, orgId, queue.filter(isCurrent(current)), at))
      wakes.push({ kind: "distil", orgId, subject: orgId });
    if (walk?.next !== undefined) await tx.query(moveWalk, [orgId, walk.prefix, walk.token, walk.next]);
    else if (walk) await tx.query(endWalk, [orgId, walk.prefix, walk.token]);
    await wakeIn(tx, wakes);
  });
}

const moveWalk = "update learning_walks set after = $4 where org_id = $1 and prefix = $2 and token = $3";
const endWalk = "delete from learning_walks where org_id = $1 and prefix = $2 and token = $3";

export async function requeue(door: Door, lease: Lease, queued: QueuedDistillation, at: Date): Promise<void> {
  const { orgId } = lease;
  await door.inOrg(orgId, async (tx) => {
    await checkFence(tx, lease);
    const current = await lockDocuments(tx, orgId, [queued]);
    const { rows } = await tx.query(selectQueued, [orgId, queued.documentId]);
    if (rows.length === 0 || !isCurrent(current)(queued)) return;
    if (await queueDistillations(tx, orgId, [queued], at))
      await wakeIn(tx, [{ kind: "distil", orgId, subject: orgId }]);
  });
}

const selectQueued = `
  select from distillations where org_id = $1 and document_id = $2 and status = 'waiting' for update`;

/** The document still waits for this judgement, and then has it. */
export async function storeJudgement(
  door: Door,
  lease: Lease,
  decision: DecidedDocument,
  waitedBy: string,
  at: Date,
): Promise<boolean> {
  const { orgId } = lease;
  return door.inOrg(orgId, async (tx) => {
    await checkFence(tx, lease);
    await lookUpByIndex(tx);
    const current = await lockDocuments(tx, orgId, [decision]);
    if (![decision].every(isCurrent(current))) return false;
    const { rows } = await tx.query(selectWaiting, [orgId, decision.documentId, waitedBy, decision.revision]);
    if (rows.length === 0) return false;
    await wakeIn(tx, await applyDecisions(tx, orgId, [decision], current, at));
    return true;
  });
}

const selectWaiting = `
  select from learning_decisions
  where org_id = $1 and document_id = $2 and stamp = $3 and revision = $4 and outcome = 'waiting' for update`;

type Current = ReadonlyMap<
  string,
  { readonly revision: number; readonly status: string; readonly key: string }
>;

const isCurrent =
  (current: Current) =>
  ({ documentId, revision }: { readonly documentId: string; readonly revision: number }): boolean =>
    current.get(documentId)?.revision === revision;

/** In the order in which pages lock them. */
async function lockDocuments(
  tx: Tx,
  orgId: string,
  documents: readonly { readonly documentId: string }[],
): Promise<Current> {
  if (documents.length === 0) return new Map();
  const { rows } = await tx.query<{ id: string; revision: number; status: string; source_key: string }>(
    selectLocked,
    [orgId, [...new Set(documents.map(({ documentId }) => documentId))]],
  );
  return new Map(
    rows.map(({ id, revision, source_key, status }) => [id, { revision, status, key: source_key }]),
  );
}

const selectLocked = `
  select d.id, d.revision, d.status, d.source_key from (
    select d.id, d.connection_id, d.stream, d.external_id from unnest($2::text[]) as k(id)
    cross join lateral (
      select id, connection_id, stream, external_id from documents where org_id = $1 and id = k.id offset 0) as d
    order by d.connection_id, d.stream, d.external_id) as k
  cross join lateral (
    select id, revision, status, source_key from documents where org_id = $1 and id = k.id for update) as d`;

async function applyDecisions(
  tx: Tx,
  orgId: string,
  decisions: readonly DecidedDocument[],
  current: Current,
  at: Date,
): Promise<Wake[]> {
  if (decisions.length === 0) return [];
  await tx.query(upsertDecisions, [orgId, at, JSON.stringify(decisions)]);
  const of = (outcome: DecidedDocument["outcome"], ...statuses: readonly string[]) =>
    decisions
      .filter((decision) => decision.outcome === outcome)
      .map(({ documentId }) => documentId)
      .filter((id) => statuses.length === 0 || statuses.includes(current.get(id)?.status ?? ""));
  const learned = of("learned", "skipped", "judging");
  const waiting = of("waiting");
  const held = of("waiting", "pending", "skipped", "judging");
  if (learned.length > 0) await tx.query(toPending, [orgId, learned]);
  if (held.length > 0) await tx.query(toJudging, [orgId, held]);
  await skip(tx, orgId, of("skipped"), current, at);
  return [
    ...(learned.length > 0 ? [{ kind: "index", orgId, subject: orgId } as const] : []),
    ...(waiting.length > 0 ? [{ kind: "judge", orgId, subject: orgId } as const] : []),
  ];
}

const upsertDecisions = `
  insert into learning_decisions (org_id, document_id, revision, outcome, reason, rule_id, rule_version, note, model,
    verdicts, stamp, at)
  select $1, x."documentId", x.revision, x.outcome, x.reason, x."ruleId", x."ruleVersion", x.note, x.model, x.verdicts,
    x.stamp, $2
  from json_to_recordset($3::json) as x("documentId" text, revision integer, outcome text, reason text, "ruleId" text,
    "ruleVersion" integer, note text, model text, verdicts jsonb, stamp text)
  on conflict (org_id, document_id) do update set revision = excluded.revision, outcome = excluded.outcome,
    reason = excluded.reason, rule_id = excluded.rule_id, rule_version = excluded.rule_version, note = excluded.note,
    model = excluded.model, verdicts = excluded.verdicts, stamp = excluded.stamp, at = excluded.at, attempts = 0,
    failure = null, next_attempt_at = null`;

const toPending = `
  update documents set status = 'pending', attempts = 0, next_attempt_at = null, reason = null
  where org_id = $1 and id = any($2::text[])`;

const toJudging = "update documents set status = 'judging' where org_id = $1 and id = any($2::text[])";

/** The text stays, unseen: of one that never was indexed as it came, of any other as it was indexed. */
async function skip(
  tx: Tx,
  orgId: string,
  ids: readonly string[],
  current: Current,
  at: Date,
): Promise<void> {
  if (ids.length === 0) return;
  await tx.query(toSkipped, [orgId, ids]);
  const distilled = await dropDistilled(tx, orgId, ids, { forget: true });
  const { rows } = await tx.query<{ document_id: string }>(selectIndexed, [orgId, ids]);
  const dropped = await dropChunks(tx, orgId, [...ids, ...distilled.map(({ id }) => id)]);
  const keys = [
    ...rows.map(({ document_id }) => current.get(document_id)?.key ?? ""),
    ...distilled.map(({ sourceKey }) => sourceKey),
  ];
  if (keys.length > 0)
    await writeReceipt(tx, orgId, { documents: keys, ...dropped }, "a learning rule skips it", at);
}

const toSkipped = `
  update documents set status = 'skipped', text = case when body is null then text end
  where org_id = $1 and id = any($2::text[])`;

const selectIndexed = `
  select distinct document_id from chunks where org_id = $1 and document_id = any($2::text[])`;
