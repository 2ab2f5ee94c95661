import type { RecordRow } from "@halo/core";
import type { Tx } from "../tenant.ts";
import type { Mirror } from "./mirror.ts";
import { fillStage, type Stage, stageOf } from "./stage.ts";
import { versionSql } from "./versions.ts";

interface Place {
  readonly orgId: string;
  readonly connectionId: string;
}

interface Written {
  readonly key: string;
  readonly existed: boolean;
}

/**
 * Writes rows of a mirror: one statement text for every number of rows, so that one plan serves them all. The version
 * rule stands in it again, for what another transaction wrote since. Returns the keys that were written, and whether
 * they were there before. `fresh`: none of them was stored a moment ago.
 */
export async function upsertRecords(
  tx: Tx,
  mirror: Mirror,
  place: Place,
  records: readonly RecordRow[],
  at: Date,
  fresh = false,
): Promise<readonly Written[]> {
  if (records.length === 0) return [];
  const values = [place.orgId, place.connectionId, at];
  const statements = statementsFor(mirror);
  const upsert = async (rows: readonly RecordRow[]) =>
    (await tx.query<Written>(statements.fromJson, [...values, `[${rows.map(recordJson).join(",")}]`])).rows;
  // COPY is what is fast, on every server: JSON costs more to parse than the rows to write (PERFORMANCE §3).
  if (records.length < leastCopied || !mirror.mayStage) return upsert(records);
  await fillStage(tx, mirror, statements.stage, records);
  if (!fresh) return (await tx.query<Written>(statements.fromStage, values)).rows;
  const { count } = await tx.query(statements.insertStage, values);
  if (count === records.length) return records.map(({ key }) => ({ key, existed: false }));
  // Another transaction stored some of them first.
  const { rows } = await tx.query<{ key: string }>(statements.selectOwn, [
    ...values.slice(0, 2),
    records.map(({ key }) => key),
  ]);
  const own = new Set(rows.map(({ key }) => key));
  const others = await upsert(records.filter(({ key }) => !own.has(key)));
  return [...[...own].map((key) => ({ key, existed: false })), ...others];
}

/** Below it, the messages for the stage cost more than they save. */
const leastCopied = 100;

/** The vendor's object goes in as it came, not parsed and written again. */
function recordJson(record: RecordRow): string {
  const own = JSON.stringify({
    ...record.columns,
    external_id: record.key,
    source_updated_at: record.updatedAt,
    observed_at: record.observedAt,
    content_hash: record.hash,
    fingerprint: record.fingerprint,
  });
  // First, so that whatever stands in it, what follows is ours: of a name given twice the last one counts.
  return `{"raw":${record.raw},${own.slice(1)}`;
}

interface Statements {
  readonly fromJson: string;
  readonly fromStage: string;
  /** Only what is not there; neither writes nor locks what is. */
  readonly insertStage: string;
  /** Which of these keys this transaction inserted. */
  readonly selectOwn: string;
  readonly stage: Stage;
}

const statements = new WeakMap<Mirror, Statements>();

function statementsFor(mirror: Mirror): Statements {
  const known = statements.get(mirror);
  if (known) return known;
  const given = new Map([
    ["external_id", "text"],
    ["raw", "jsonb"],
    ["source_updated_at", "timestamptz"],
    ["observed_at", "timestamptz"],
    ["content_hash", "text"],
    ["fingerprint", "text"],
    ...[...mirror.columns.values()].map(({ quoted, type }) => [quoted, type] as const),
  ]);
  const names = [...given.keys()];
  const typed = [...given].map(([name, type]) => `${name} ${type}`).join(", ");
  const replaced = [...names.slice(1), "deleted_at", "synced_at"].map((name) => `${name} = excluded.${name}`);
  const version = "(coalesce(excluded.source_updated_at, excluded.observed_at), excluded.observed_at)";
  const stored = `(${versionSql}, t.observed_at)`;
  const insertFrom = (source: string) => `
    insert into ${mirror.table} as t (org_id, connection_id, synced_at, ${names.join(", ")})
    select $1, $2, $3::timestamptz, ${names.map((name) => `x.${name}`).join(", ")} from ${source}
    on conflict (org_id, connection_id, external_id)`;
  const newer = ` do update set ${replaced.join(", ")}
    where case when t.deleted_at is null
      then ${stored} <= ${version} and t.content_hash <> excluded.content_hash
      else ${stored} < ${version} end
    returning external_id as key, t.xmax <> 0 as existed`;
  const stage = stageOf(mirror, given);
  const made = {
    fromJson: `${insertFrom(`json_to_recordset($4::json) as x(${typed})`)}${newer}`,
    fromStage: `${insertFrom(`${stage.table} as x`)}${newer}`,
    insertStage: `${insertFrom(`${stage.table} as x`)} do nothing`,
    selectOwn: `
      select k.key from unnest($3::text[]) as k(key)
      cross join lateral (
        select t.xmin as made from ${mirror.table} t
        where org_id = $1 and connection_id = $2 and external_id = k.key offset 0) as t
      where t.made = pg_current_xact_id()::xid`,
    stage,
  };
  statements.set(mirror, made);
  return made;
}
