import type { TombstoneRow } from "@halo/core";
import type { Tx } from "../tenant.ts";
import type { Mirror } from "./mirror.ts";
import { type StoredVersion, versionSql } from "./versions.ts";

interface Place {
  readonly orgId: string;
  readonly connectionId: string;
}

export interface AppliedTombstones {
  /** All whose effect has to go, also those that were never stored. */
  readonly applied: readonly TombstoneRow[];
  /** Records that lived until now. */
  readonly deleted: number;
}

/**
 * Marks records deleted unless a later version is stored. One that was never stored leaves its mark too: a page that
 * was read before the deletion, and comes after it, must not bring it to life. A later tombstone moves the version on.
 */
export async function applyTombstones(
  tx: Tx,
  mirror: Mirror,
  place: Place,
  tombstones: readonly TombstoneRow[],
  known: { readonly stored: ReadonlyMap<string, StoredVersion>; readonly written: ReadonlySet<string> },
  at: Date,
): Promise<AppliedTombstones> {
  if (tombstones.length === 0) return { applied: [], deleted: 0 };
  const { orgId, connectionId } = place;
  const { rows } = await tx.query<{ key: string }>(
    `insert into ${mirror.table} as t
       (org_id, connection_id, external_id, observed_at, deleted_at, synced_at, content_hash)
     select $1, $2, x.key, x."observedAt", x."deletedAt", $3, ''
     from json_to_recordset($4::json) as x(key text, "observedAt" timestamptz, "deletedAt" timestamptz, purge boolean)
     on conflict (org_id, connection_id, external_id) do update set
       deleted_at = excluded.deleted_at, synced_at = excluded.synced_at, observed_at = excluded.observed_at
     where case when t.deleted_at is null
       then (${versionSql}, t.observed_at) <= (excluded.deleted_at, excluded.observed_at)
       else (${versionSql}, t.observed_at) < (excluded.deleted_at, excluded.observed_at) end
     returning external_id as key`,
    [
      orgId,
      connectionId,
      at,
      JSON.stringify(tombstones.map(({ key, observedAt, deletedAt }) => ({ key, observedAt, deletedAt }))),
    ],
  );
  const marked = new Set(rows.map(({ key }) => key));
  const lived = (key: string) => known.written.has(key) || known.stored.get(key)?.deleted === false;
  // Who asks to be forgotten after a deletion has to be forgotten too.
  const purged = tombstones.filter(
    ({ key, purge }) => purge && (marked.has(key) || known.stored.get(key)?.deleted === true),
  );
  if (purged.length > 0) await purgeRecords(tx, mirror, place, purged);
  const forgotten = new Set(purged.map(({ key }) => key));
  return {
    applied: tombstones.filter(({ key }) => marked.has(key) || forgotten.has(key)),
    deleted: rows.filter(({ key }) => lived(key)).length,
  };
}

/** What the row held goes; the row stays, so that an older version of the record is not taken for a new one. */
async function purgeRecords(
  tx: Tx,
  mirror: Mirror,
  { orgId, connectionId }: Place,
  purged: readonly TombstoneRow[],
): Promise<void> {
  const emptied = [...mirror.columns.values()].map(({ quoted }) => `, ${quoted} = null`).join("");
  await tx.query(
    `update ${mirror.table} set raw = null, fingerprint = null, content_hash = ''${emptied}
     where org_id = $1 and connection_id = $2 and external_id = any($3::text[]) and deleted_at is not null`,
    [orgId, connectionId, purged.map(({ key }) => key)],
  );
}
