import type { RecordRow } from "@halo/core";
import type { Tx } from "../tenant.ts";
import type { Mirror } from "./mirror.ts";
import { versionSql } from "./versions.ts";

interface Place {
  readonly orgId: string;
  readonly connectionId: string;
}

/**
 * Writes rows of a mirror: one statement text for every number of rows, so that one plan serves them all. The version
 * rule stands in it again, for what another transaction wrote since. Returns the keys that were written, and whether
 * they were there before.
 */
export async function upsertRecords(
  tx: Tx,
  mirror: Mirror,
  place: Place,
  records: readonly RecordRow[],
  at: Date,
): Promise<readonly { readonly key: string; readonly existed: boolean }[]> {
  if (records.length === 0) return [];
  const { orgId, connectionId } = place;
  const { fromJson, fromStage, stage, createStage } = statementsFor(mirror);
  // Embedded, COPY is what is fast: JSON is parsed in WebAssembly otherwise (PERFORMANCE §3).
  if (tx.embedded && records.length >= leastCopied) {
    await tx.exec(createStage);
    await tx.copyIn(stage, stageLines(mirror, records));
    await tx.exec(`set local role ${mirror.app}`);
    return (await tx.query<Written>(fromStage, [orgId, connectionId, at])).rows;
  }
  const json = `[${records.map(recordJson).join(",")}]`;
  return (await tx.query<Written>(fromJson, [orgId, connectionId, at, json])).rows;
}

interface Written {
  readonly key: string;
  readonly existed: boolean;
}

/** Below it, the two more messages cost more than they save. */
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
  /** What COPY fills. */
  readonly stage: string;
  readonly createStage: string;
}

const statements = new WeakMap<Mirror, Statements>();

function statementsFor(mirror: Mirror): Statements {
  const known = statements.get(mirror);
  if (known) return known;
  const names = [...mirror.columns.values()].map(({ quoted }) => quoted);
  const types = [...mirror.columns.values()].map(({ quoted, type }) => `${quoted} ${type}`);
  const given = [
    "external_id",
    "raw",
    "source_updated_at",
    "observed_at",
    "content_hash",
    "fingerprint",
    ...names,
  ];
  const typed = [
    "external_id text, raw jsonb, source_updated_at timestamptz, observed_at timestamptz, content_hash text",
    "fingerprint text",
    ...types,
  ].join(", ");
  const replaced = [...given.slice(1), "deleted_at", "synced_at"].map((name) => `${name} = excluded.${name}`);
  const version = "(coalesce(excluded.source_updated_at, excluded.observed_at), excluded.observed_at)";
  const stored = `(${versionSql}, t.observed_at)`;
  const insertFrom = (source: string) => `
    insert into ${mirror.table} as t (org_id, connection_id, synced_at, ${given.join(", ")})
    select $1, $2, $3, ${given.map((name) => `x.${name}`).join(", ")} from ${source}
    on conflict (org_id, connection_id, external_id) do update set ${replaced.join(", ")}
    where case when t.deleted_at is null
      then ${stored} <= ${version} and t.content_hash <> excluded.content_hash
      else ${stored} < ${version} end
    returning external_id as key, t.xmax <> 0 as existed`;
  const stage = `pg_temp."stage ${mirror.table.slice(1, -1)}"`;
  const made = {
    fromJson: insertFrom(`json_to_recordset($4::json) as x(${typed})`),
    fromStage: insertFrom(`${stage} as x`),
    stage: `${stage} (${given.join(", ")})`,
    // PGlite's COPY reads a device, which the application role may not; the merge is that role's, and row security's.
    createStage: `set local role none;
      create temporary table if not exists ${stage} (${typed}) on commit delete rows;
      grant select on ${stage} to ${mirror.app}`,
  };
  statements.set(mirror, made);
  return made;
}

/** COPY's text format, in the order of the stage's columns. */
function* stageLines(mirror: Mirror, records: readonly RecordRow[]): Generator<string> {
  const columns = [...mirror.columns].map(([name, { type }]) => ({ name, json: type === "jsonb" }));
  for (const { key, raw, updatedAt, observedAt, hash, fingerprint, columns: values } of records) {
    let line = `${escaped(key)}\t${escaped(raw)}\t${updatedAt?.toISOString() ?? "\\N"}`;
    line += `\t${observedAt.toISOString()}\t${escaped(hash)}\t${fingerprint === undefined ? "\\N" : escaped(fingerprint)}`;
    for (const { name, json } of columns) {
      const value = Object.hasOwn(values, name) ? values[name] : undefined;
      if (value === undefined || value === null) line += "\t\\N";
      else line += `\t${escaped(json || typeof value === "object" ? JSON.stringify(value) : String(value))}`;
    }
    yield `${line}\n`;
  }
}

const special = /[\\\n\r\t]/;
const escapes: { readonly [character: string]: string } = {
  "\\": "\\\\",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

function escaped(text: string): string {
  return special.test(text)
    ? text.replace(/[\\\n\r\t]/g, (character) => escapes[character] ?? character)
    : text;
}
