import type { RecordRow } from "@halo/core";
import type { Tx } from "../tenant.ts";
import type { Mirror } from "./mirror.ts";
import { fillStage, isStagedBinary, type Stage, stageOf, stageRows } from "./stage.ts";
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
 * they were there before. `fresh`: none of them is stored, as far as is known; if one is, the transaction fails with 23505.
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
  // COPY is what is fast, on every server: JSON costs more to parse than the rows to write (PERFORMANCE §3).
  const staged = records.length < leastCopied || !mirror.mayStage ? undefined : stageRows(mirror, records);
  if (!staged) {
    const json = `[${records.map(recordJson).join(",")}]`;
    return (await tx.query<Written>(statements.fromJson, [...values, json])).rows;
  }
  await fillStage(tx, mirror, statements.stage, staged);
  if (!fresh) return (await tx.query<Written>(statements.fromStage, values)).rows;
  await tx.send(statements.insertStage, values);
  return records.map(({ key }) => ({ key, existed: false }));
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
  readonly insertStage: string;
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
  const insertFrom = (source: string, values = names.map((name) => `x.${name}`)) => `
    insert into ${mirror.table} as t (org_id, connection_id, synced_at, ${names.join(", ")})
    select $1, $2, $3::timestamptz, ${values.join(", ")} from ${source}`;
  const newer = `
    on conflict (org_id, connection_id, external_id) do update set ${replaced.join(", ")}
    where case when t.deleted_at is null
      then ${stored} <= ${version} and t.content_hash <> excluded.content_hash
      else ${stored} < ${version} end
    returning external_id as key, t.xmax <> 0 as existed`;
  const stage = stageOf(mirror, given);
  const read = [...given].map(([name, type]) => `x.${name}${isStagedBinary(type) ? "" : `::${type}`}`);
  const made = {
    fromJson: `${insertFrom(`json_to_recordset($4::json) as x(${typed})`)}${newer}`,
    fromStage: `${insertFrom(`${stage.table} as x`, read)}${newer}`,
    insertStage: insertFrom(`${stage.table} as x`, read),
    stage,
  };
  statements.set(mirror, made);
  return made;
}
