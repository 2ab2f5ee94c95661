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
  const { rows } = await tx.query<{ key: string; existed: boolean }>(statementFor(mirror), [
    place.orgId,
    place.connectionId,
    at,
    `[${records.map(recordJson).join(",")}]`,
  ]);
  return rows;
}

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

const statements = new WeakMap<Mirror, string>();

function statementFor(mirror: Mirror): string {
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
  const replaced = [...given.slice(1), "deleted_at", "synced_at"].map((name) => `${name} = excluded.${name}`);
  const version = "(coalesce(excluded.source_updated_at, excluded.observed_at), excluded.observed_at)";
  const stored = `(${versionSql}, t.observed_at)`;
  const text = `
    insert into ${mirror.table} as t (org_id, connection_id, synced_at, ${given.join(", ")})
    select $1, $2, $3, ${given.map((name) => `x.${name}`).join(", ")}
    from json_to_recordset($4::json) as x(external_id text, raw jsonb, source_updated_at timestamptz,
      observed_at timestamptz, content_hash text, fingerprint text${types.map((type) => `, ${type}`).join("")})
    on conflict (org_id, connection_id, external_id) do update set ${replaced.join(", ")}
    where case when t.deleted_at is null
      then ${stored} <= ${version} and t.content_hash <> excluded.content_hash
      else ${stored} < ${version} end
    returning external_id as key, t.xmax <> 0 as existed`;
  statements.set(mirror, text);
  return text;
}
