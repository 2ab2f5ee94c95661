import type { RecordRow, TombstoneRow } from "@halo/core";
import type { Tx } from "../tenant.ts";
import { columns, text } from "./columns.ts";
import type { Mirror } from "./mirror.ts";

/** What is stored of a record, as far as it decides whether another version replaces it. */
export interface StoredVersion {
  readonly updated: number;
  readonly observed: number;
  readonly hash: string;
  readonly deleted: boolean;
}

/** By the version rule: `write` only what is not older and differs; what was deleted comes back only if it is later. */
export function verdict(
  record: RecordRow,
  stored: StoredVersion | undefined,
): "write" | "unchanged" | "stale" {
  if (!stored) return "write";
  const observed = record.observedAt.getTime();
  const updated = record.updatedAt?.getTime() ?? observed;
  const order = updated - stored.updated || observed - stored.observed;
  if (order < 0) return "stale";
  if (stored.deleted) return order > 0 ? "write" : "stale";
  return record.hash === stored.hash ? "unchanged" : "write";
}

/** The last of each key by version, in the order of the keys: every transaction locks rows in that order (F63). */
export function newestOfEach<Row extends RecordRow | TombstoneRow>(rows: readonly Row[]): readonly Row[] {
  const newest = new Map<string, Row>();
  for (const row of rows) {
    const other = newest.get(row.key);
    if (!other || !isOlder(row, other)) newest.set(row.key, row);
  }
  return [...newest.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}

function isOlder(one: RecordRow | TombstoneRow, other: RecordRow | TombstoneRow): boolean {
  return (timeOf(one) - timeOf(other) || one.observedAt.getTime() - other.observedAt.getTime()) < 0;
}

function timeOf(row: RecordRow | TombstoneRow): number {
  return ("deletedAt" in row ? row.deletedAt : (row.updatedAt ?? row.observedAt)).getTime();
}

/** The first half of a stored version: when it changed at the vendor, deletions included; else when it was seen. */
export const versionSql = "coalesce(greatest(t.source_updated_at, t.deleted_at), t.observed_at)";

/**
 * Key by key on purpose (`lateral … offset 0`, here and in the spine): of a table that was never analysed, an embedded
 * store's always, the planner expects one row of a connection and would compare each of its rows with each key. Where
 * nothing is stored between the least and the greatest key, as in most of a first sync, no key is looked up at all.
 */
export async function readVersions(
  tx: Tx,
  mirror: Mirror,
  place: { readonly orgId: string; readonly connectionId: string },
  keys: readonly string[],
): Promise<ReadonlyMap<string, StoredVersion>> {
  if (keys.length === 0) return new Map();
  interface Row {
    readonly key: string;
    readonly updated: number;
    readonly observed: number;
    readonly hash: string;
    readonly deleted: boolean;
  }
  const { rows } = await tx.query<Row>(
    `select external_id as key, extract(epoch from ${versionSql})::float8 * 1000 as updated,
       extract(epoch from t.observed_at)::float8 * 1000 as observed, content_hash as hash,
       deleted_at is not null as deleted
     from unnest($3::text[]) as k(key)
     cross join lateral (
       select external_id, source_updated_at, deleted_at, observed_at, content_hash from ${mirror.table}
       where org_id = $1 and connection_id = $2 and external_id = k.key offset 0) as t
     where (select exists (
       select from ${mirror.table}
       where org_id = $1 and connection_id = $2 and external_id >= $4 and external_id <= $5))`,
    [place.orgId, place.connectionId, ...columns(keys, [text((key) => key)]), ...ends(keys)],
  );
  return new Map(
    rows.map(({ key, updated, observed, hash, deleted }) => [
      key,
      { updated: Math.round(updated), observed: Math.round(observed), hash, deleted },
    ]),
  );
}

/** The least and the greatest of keys as the database orders them: by their bytes in UTF-8. */
export function ends(keys: readonly string[]): readonly [least: string, greatest: string] {
  // JavaScript orders by UTF-16 units, which differs where a character takes two of them.
  const isBefore = keys.some((key) => surrogate.test(key))
    ? (one: string, other: string) => Buffer.compare(Buffer.from(one), Buffer.from(other)) < 0
    : (one: string, other: string) => one < other;
  let [least = "", greatest = ""] = [keys[0], keys[0]];
  for (const key of keys) {
    if (isBefore(key, least)) least = key;
    else if (isBefore(greatest, key)) greatest = key;
  }
  return [least, greatest];
}

const surrogate = /[\ud800-\udfff]/;
