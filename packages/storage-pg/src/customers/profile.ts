import {
  type CountedThing,
  type CustomerKind,
  type CustomerProfile,
  countedThings,
  type Json,
  type MirrorTable,
  type ThingFacts,
  ValidationError,
} from "@halo/core";
import { thingColumn } from "../segments/field-sql.ts";
import { noteChanged } from "../standing/watch.ts";
import type { Door, Tx } from "../tenant.ts";

export async function noteSeen(
  door: Door,
  orgId: string,
  sightings: readonly { readonly id: string; readonly at: Date }[],
): Promise<number> {
  if (sightings.length === 0) return 0;
  return door.inOrg(orgId, async (tx) => {
    const ids = sightings.map(({ id }) => id);
    await tx.query(lockPeople, [orgId, [...new Set(ids)].sort()]);
    const { rows } = await tx.query<{ id: string; moved: boolean }>(widen, [
      orgId,
      ids,
      sightings.map(({ at }) => at.toISOString()),
    ]);
    await noteChanged(
      tx,
      orgId,
      rows.filter(({ moved }) => moved).map(({ id }) => id),
    );
    return rows.length;
  });
}

const tables = { end_user: "end_users", company: "companies" } as const;

export async function setContext(
  door: Door,
  orgId: string,
  kind: CustomerKind,
  id: string,
  entries: { readonly [label: string]: Json },
): Promise<void> {
  const taken = Object.keys(entries).filter((label) => entries[label] === null);
  const set = Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== null));
  const { count } = await door.inOrg(orgId, (tx) =>
    tx.query(mergeContext[kind], [orgId, id, taken, JSON.stringify(set)]),
  );
  if (count > 0) return;
  throw new ValidationError("There is no such customer: look it up again, it may have been merged.", {
    code: "not_found",
    path: "id",
    reason: "unknown",
  });
}

interface ProfileRow {
  readonly context: { readonly [label: string]: Json };
  readonly first_seen: Date | null;
  readonly last_seen: Date | null;
}

export async function readProfile(
  door: Door,
  mirrors: readonly MirrorTable[],
  orgId: string,
  kind: CustomerKind,
  id: string,
  limit: number,
): Promise<CustomerProfile | undefined> {
  return door.inOrg(orgId, async (tx) => {
    const { rows } = await tx.query<ProfileRow>(selectProfile[kind], [orgId, id]);
    const [row] = rows;
    if (!row) return undefined;
    const of = (thing: CountedThing) => readThings(tx, mirrors, thing, [orgId, kind, id, limit]);
    return {
      context: row.context,
      firstSeen: row.first_seen ?? undefined,
      lastSeen: row.last_seen ?? undefined,
      things: { deal: await of("deal"), meeting: await of("meeting"), activity: await of("activity") },
    };
  });
}

/** Of every stream that declares such things, as one JSON object each. */
async function readThings(
  tx: Tx,
  mirrors: readonly MirrorTable[],
  thing: CountedThing,
  [orgId, kind, id, limit]: readonly [string, CustomerKind, string, number],
): Promise<readonly ThingFacts[]> {
  const values: unknown[] = [orgId, kind, id, limit];
  const add = (value: unknown) => `$${values.push(value)}`;
  const types: { readonly [field: string]: string } = countedThings[thing];
  const selects = mirrors.flatMap((mirror) =>
    (mirror.counts ?? []).flatMap(({ as, columns, when }) => {
      if (as !== thing) return [];
      const named = Object.keys(types).flatMap((field) => {
        const column = thingColumn(mirror, columns, field);
        return column === undefined
          ? []
          : [`'${field}', ${column}${types[field] === "number" ? "::text" : ""}`];
      });
      const only = when && thingColumn(mirror, { it: when.column }, "it");
      const fitting = when ? ` and ${only === undefined ? "false" : `${only} = ${add(when.is)}::text`}` : "";
      return [
        `select jsonb_strip_nulls(jsonb_build_object(${named.join(", ")})) as thing,
           ${thingColumn(mirror, columns, "at") ?? "null"}::timestamptz as at, t.external_id
         from (
           select distinct connection_id, external_id from record_links
           where org_id = $1 and customer_id = $3 and kind = $2 and stream = ${add(mirror.stream)}::text) as l
         cross join lateral (
           select * from ${mirror.table}
           where org_id = $1 and connection_id = l.connection_id and external_id = l.external_id offset 0) as t
         where t.deleted_at is null${fitting}`,
      ];
    }),
  );
  if (selects.length === 0) return [];
  const { rows } = await tx.queryOnce<{ thing: { readonly [field: string]: string | number | boolean } }>(
    `select thing from (${selects.join(" union all ")}) as x order by at desc nulls last, external_id limit $4`,
    values,
  );
  return rows.map(({ thing: said }) =>
    Object.fromEntries(
      Object.entries(said).map(([field, value]) => [
        field,
        types[field] === "date" ? new Date(String(value)) : value,
      ]),
    ),
  );
}

/** A statement of its own, and in order: one that waits for a row still sees all others as they were when it began. */
const lockPeople = `
  select u.id from unnest($2::text[]) as k(id)
  cross join lateral (select id from end_users where org_id = $1 and id = k.id for update) as u`;

const widen = `
  with given as (
    select x.id, min(x.at) as first, max(x.at) as last from unnest($2::text[], $3::timestamptz[]) as x(id, at) group by x.id
  ), found as materialized (
    select g.*, u.at from given g
    cross join lateral (select ctid as at from end_users where org_id = $1 and id = g.id offset 0) as u
  ), moved as (
    update end_users u set first_seen = least(u.first_seen, g.first), last_seen = greatest(u.last_seen, g.last)
    from found g
    where u.org_id = $1 and u.ctid = g.at
      and (u.first_seen is null or u.last_seen is null or g.first < u.first_seen or g.last > u.last_seen)
    returning u.id
  )
  select f.id, f.id in (select id from moved) as moved from found f`;

const mergeContext = {
  end_user: `update ${tables.end_user} set context = (context - $3::text[]) || $4::jsonb where org_id = $1 and id = $2`,
  company: `update ${tables.company} set context = (context - $3::text[]) || $4::jsonb where org_id = $1 and id = $2`,
};

const selectProfile = {
  end_user: "select context, first_seen, last_seen from end_users where org_id = $1 and id = $2",
  company: `
    select o.context, s.first_seen, s.last_seen from companies o
    cross join lateral (
      select min(first_seen) as first_seen, max(last_seen) as last_seen from end_users
      where org_id = $1 and company_id = o.id) as s
    where o.org_id = $1 and o.id = $2`,
};
