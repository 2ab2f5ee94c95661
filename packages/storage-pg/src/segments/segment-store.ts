import type { MirrorTable, SegmentStore } from "@halo/core";
import { StorageError } from "@halo/core";
import { companyColumns, toCompany, toEndUser, userColumns } from "../customers/read-customers.ts";
import { checkFence } from "../leases/fence.ts";
import { wakeIn } from "../leases/wake.ts";
import { raiseIn } from "../notifications/outbox.ts";
import { unwatch, watch } from "../standing/watch.ts";
import type { Door, Tx } from "../tenant.ts";
import { type CompileOptions, compileFilter } from "./compile.ts";
import { readEntries, settleEntries } from "./entries.ts";
import { refresh } from "./refresh.ts";
import { type SegmentRow, segmentColumns, toSegment } from "./segment-row.ts";

export function segmentStore(door: Door, mirrors: () => readonly MirrorTable[]): SegmentStore {
  const wide = ({ embedded }: Tx, before: readonly unknown[]): CompileOptions => ({
    mirrors: mirrors(),
    before,
    embedded,
  });
  return {
    upsert: (segment) =>
      door.inOrg(segment.orgId, async (tx) => {
        const { orgId, id, name, kind, filter, announce, updatedAt } = segment;
        await watch(tx, orgId);
        const values = [orgId, id, name, kind, JSON.stringify(filter), announce, updatedAt];
        const { rows } = await tx.query<SegmentRow>(upsert, values);
        const [row] = rows;
        if (!row) throw new StorageError("The segment was not written.", { retryable: false });
        await wakeIn(tx, [{ kind: "standing", orgId, subject: orgId }]);
        return toSegment(row);
      }),

    get: (orgId, id) =>
      door.inOrg(orgId, async (tx) => {
        const { rows } = await tx.query<SegmentRow>(selectOne, [orgId, id]);
        return rows[0] && toSegment(rows[0]);
      }),

    list: (orgId) =>
      door.inOrg(orgId, async (tx) => {
        const { rows } = await tx.query<SegmentRow>(selectAll, [orgId]);
        return rows.map(toSegment);
      }),

    delete: (orgId, id) =>
      door.inOrg(orgId, async (tx) => {
        const { count } = await tx.query(deleteOne, [orgId, id]);
        await tx.query(deleteMembers, [orgId, id]);
        await unwatch(tx, orgId);
        return count > 0;
      }),

    count: (orgId, query) =>
      door.inOrg(orgId, async (tx) => {
        const { from, values, where } = compileFilter(query, wide(tx, [orgId]));
        const { rows } = await tx.queryOnce<{ count: number }>(
          `select count(*) as count from ${from} where u.org_id = $1 and ${where}`,
          values,
        );
        return Number(rows[0]?.count ?? 0);
      }),

    customers: (orgId, query, { after = "", limit }) =>
      door.inOrg(orgId, async (tx) => {
        const { from, values, where } = compileFilter(query, wide(tx, [orgId, after, limit]));
        const person = query.kind === "end_user";
        const { rows } = await tx.queryOnce(
          `select ${person ? userColumns : companyColumns} from ${person ? "end_users" : "companies"}
           where org_id = $1 and id in (
             select u.id from ${from} where u.org_id = $1 and u.id > $2 and ${where} order by u.id limit $3)
           order by id`,
          values,
        );
        return person
          ? rows.map((row) => toEndUser(row as unknown as Parameters<typeof toEndUser>[0]))
          : rows.map((row) => toCompany(row as unknown as Parameters<typeof toCompany>[0]));
      }),

    matching: (orgId, query, ids) =>
      door.inOrg(orgId, async (tx) => {
        if (ids.length === 0) return [];
        const { from, values, where } = compileFilter(query, {
          ...wide(tx, [orgId, ids]),
          narrow: "select distinct unnest($2::text[])",
        });
        const { rows } = await tx.queryOnce<{ id: string }>(
          `select u.id from ${from} where u.org_id = $1 and ${where} order by u.id`,
          values,
        );
        return rows.map(({ id }) => id);
      }),

    refresh: (lease, segment, query, only) =>
      door.inOrg(lease.orgId, async (tx) => {
        await checkFence(tx, lease);
        return refresh(tx, lease.orgId, segment, query, mirrors(), only);
      }),

    filled: (lease) =>
      door.inOrg(lease.orgId, async (tx) => {
        await checkFence(tx, lease);
        const { rows } = await tx.query<{ id: string }>(selectFilled, [lease.orgId]);
        return new Set(rows.map(({ id }) => id));
      }),

    members: (orgId, id) =>
      door.inOrg(orgId, async (tx) => {
        const { rows } = await tx.query<{ count: number }>(countMembers, [orgId, id]);
        return Number(rows[0]?.count ?? 0);
      }),

    entries: (lease, limit) =>
      door.inOrg(lease.orgId, async (tx) => {
        await checkFence(tx, lease);
        return readEntries(tx, lease.orgId, limit);
      }),

    tell: (lease, entries, notifications, at) =>
      door.inOrg(lease.orgId, async (tx) => {
        await checkFence(tx, lease);
        await raiseIn(tx, lease.orgId, notifications, at);
        await settleEntries(tx, lease.orgId, entries);
      }),
  };
}

const upsert = `
  insert into segments as s (org_id, id, name, kind, filter, announce, revision, created_at, updated_at)
  values ($1, $2, $3, $4, $5::jsonb, $6, 1, $7, $7)
  on conflict (org_id, id) do update set name = excluded.name, kind = excluded.kind, filter = excluded.filter,
    announce = excluded.announce, updated_at = excluded.updated_at,
    revision = s.revision + case when s.kind = excluded.kind and s.filter = excluded.filter then 0 else 1 end
  returning ${segmentColumns}`;
const selectOne = `select ${segmentColumns} from segments where org_id = $1 and id = $2`;
const selectAll = `select ${segmentColumns} from segments where org_id = $1 order by name, id`;
const selectFilled = "select id from segments where org_id = $1 and filled = revision";
const deleteOne = "delete from segments where org_id = $1 and id = $2";
const deleteMembers = "delete from segment_members where org_id = $1 and segment_id = $2";
const countMembers =
  "select count(*) as count from segment_members where org_id = $1 and segment_id = $2 and inside";
