import type { Lease, StoredRecord, StreamStats } from "@halo/core";
import { checkFence } from "../leases/fence.ts";
import type { Door } from "../tenant.ts";
import { isOwnColumn, type MirrorReader } from "./mirror.ts";

export async function readRecord(
  door: Door,
  readMirror: MirrorReader,
  orgId: string,
  connectionId: string,
  table: string,
  key: string,
): Promise<StoredRecord | undefined> {
  return door.inOrg(orgId, async (tx) => {
    const mirror = await readMirror(tx, table);
    const { rows } = await tx.queryOnce<Record<string, unknown>>(
      `select * from ${mirror.table} where org_id = $1 and connection_id = $2 and external_id = $3`,
      [orgId, connectionId, key],
    );
    const [row] = rows;
    if (!row) return undefined;
    return {
      key,
      raw: row.raw,
      columns: Object.fromEntries(Object.entries(row).filter(([name]) => !isOwnColumn(name))),
      updatedAt: (row.source_updated_at as Date | null) ?? undefined,
      deletedAt: (row.deleted_at as Date | null) ?? undefined,
    };
  });
}

export async function readKeys(
  door: Door,
  readMirror: MirrorReader,
  orgId: string,
  connectionId: string,
  table: string,
  page: { readonly after: string | undefined; readonly limit: number },
): Promise<readonly { readonly key: string; readonly fingerprint: string | undefined }[]> {
  return door.inOrg(orgId, async (tx) => {
    const mirror = await readMirror(tx, table);
    const { rows } = await tx.query<{ key: string; fingerprint: string | null }>(
      `select external_id as key, fingerprint from ${mirror.table}
       where org_id = $1 and connection_id = $2 and external_id > $3 and deleted_at is null
       order by external_id limit $4`,
      [orgId, connectionId, page.after ?? "", page.limit],
    );
    return rows.map(({ key, fingerprint }) => ({ key, fingerprint: fingerprint ?? undefined }));
  });
}

export async function readFingerprints(
  door: Door,
  readMirror: MirrorReader,
  orgId: string,
  connectionId: string,
  table: string,
  keys: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  return door.inOrg(orgId, async (tx) => {
    const mirror = await readMirror(tx, table);
    const { rows } = await tx.query<{ key: string; fingerprint: string }>(
      `select t.external_id as key, t.fingerprint
       from (select distinct unnest($3::text[]) as key) as k
       cross join lateral (
         select external_id, fingerprint from ${mirror.table}
         where org_id = $1 and connection_id = $2 and external_id = k.key
           and deleted_at is null and fingerprint is not null offset 0) as t`,
      [orgId, connectionId, keys],
    );
    return new Map(rows.map(({ fingerprint, key }) => [key, fingerprint]));
  });
}

export async function readKept(
  door: Door,
  readMirror: MirrorReader,
  orgId: string,
  connectionId: string,
  table: string,
  page: { readonly after: string | undefined; readonly limit: number },
): Promise<readonly string[]> {
  return door.inOrg(orgId, async (tx) => {
    const mirror = await readMirror(tx, table);
    const { rows } = await tx.query<{ key: string }>(
      `select external_id as key from ${mirror.table}
       where org_id = $1 and connection_id = $2 and external_id > $3 and raw is not null
       order by external_id limit $4`,
      [orgId, connectionId, page.after ?? "", page.limit],
    );
    return rows.map(({ key }) => key);
  });
}

export async function readUnseen(
  door: Door,
  readMirror: MirrorReader,
  lease: Lease,
  request: {
    readonly connectionId: string;
    readonly table: string;
    readonly before: Date;
    readonly limit: number;
  },
): Promise<{ readonly keys: readonly string[]; readonly unseen: number; readonly live: number }> {
  const { orgId, subject: runId } = lease;
  return door.inOrg(orgId, async (tx) => {
    await checkFence(tx, lease);
    const mirror = await readMirror(tx, request.table);
    const { rows } = await tx.query<{ keys: string[] | null; unseen: number; live: number }>(
      `with live as (
         select t.external_id, t.observed_at < $4 and not exists (
           select from seen_keys s
           where s.org_id = $1 and s.run_id = $3 and s.external_id = t.external_id) as unseen
         from ${mirror.table} t
         where t.org_id = $1 and t.connection_id = $2 and t.deleted_at is null)
       select
         (select array_agg(external_id) from (
            select external_id from live where unseen order by external_id limit $5) as first) as keys,
         count(*) filter (where unseen) as unseen, count(*) as live
       from live`,
      [orgId, request.connectionId, runId, request.before, request.limit],
    );
    const [row] = rows;
    return { keys: row?.keys ?? [], unseen: Number(row?.unseen ?? 0), live: Number(row?.live ?? 0) };
  });
}

export async function readStats(
  door: Door,
  readMirror: MirrorReader,
  orgId: string,
  connectionId: string,
  mirrors: readonly { readonly table: string; readonly stream: string }[],
): Promise<readonly StreamStats[]> {
  return door.inOrg(orgId, async (tx) => {
    const stats: StreamStats[] = [];
    for (const { table, stream } of mirrors) {
      const mirror = await readMirror(tx, table);
      const { rows } = await tx.query<{
        [count in "records" | "deleted" | "linked" | "quarantined"]: number;
      }>(
        `select count(*) filter (where deleted_at is null) as records,
           count(*) filter (where deleted_at is not null) as deleted,
           (select count(*) from (
              select external_id from record_links
              where org_id = $1 and connection_id = $2 and stream = $3 and kind = 'end_user'
                and customer_id is not null
              union
              select external_id from customer_claims
              where org_id = $1 and connection_id = $2 and stream = $3 and kind = 'end_user'
                and alias_of is null) as linked) as linked,
           (select count(*) from quarantine
            where org_id = $1 and connection_id = $2 and stream = $3) as quarantined
         from ${mirror.table} where org_id = $1 and connection_id = $2`,
        [orgId, connectionId, stream],
      );
      const count = (name: "records" | "deleted" | "linked" | "quarantined") => Number(rows[0]?.[name] ?? 0);
      stats.push({
        stream,
        records: count("records"),
        linked: count("linked"),
        deleted: count("deleted"),
        quarantined: count("quarantined"),
      });
    }
    return stats;
  });
}
