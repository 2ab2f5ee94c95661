import type { LinkRow } from "@halo/core";
import { type Column, columns, int16, text } from "../pages/columns.ts";
import type { Tx } from "../tenant.ts";
import { fieldValue } from "./revenue.ts";

export interface RecordLinks {
  readonly key: string;
  readonly links: readonly LinkRow[];
}

/**
 * Stores all links of records, each with its customer where that is known already. `known`: what had links before.
 * Returns whether a company was among those that are known.
 */
export async function writeLinks(
  tx: Tx,
  place: { readonly orgId: string; readonly connectionId: string; readonly stream: string },
  records: readonly RecordLinks[],
  known: readonly string[],
): Promise<boolean> {
  const { orgId, connectionId, stream } = place;
  await dropLinks(tx, place, known);
  let company = false;
  for (const { kind, field, ref, reason, score, links } of byShape(records)) {
    const values = columns(links, linkColumns);
    const given = [
      orgId,
      connectionId,
      stream,
      kind,
      reason,
      score,
      ...values,
      ...(ref === undefined && field === undefined ? [] : [ref ?? field]),
    ];
    const insert = field === undefined ? (ref === undefined ? insertByIdentity : insertByRef) : insertByField;
    if (kind !== "company") {
      await tx.send(insert, given);
      continue;
    }
    const { rows } = await tx.query<{ found: boolean }>(sayFound(insert), given);
    company ||= rows[0]?.found === true;
  }
  return company;
}

interface Shape extends Pick<LinkRow, "kind" | "reason" | "score"> {
  /** The stream that the links' references lead to; undefined for links by identity. */
  readonly ref: string | undefined;
  /** The field whose value the links name. */
  readonly field: string | undefined;
  readonly links: { readonly key: string; readonly seq: number; readonly name: string }[];
}

/** In the order of the statements' parameters. */
const linkColumns: readonly Column<Shape["links"][number]>[] = [
  text(({ key }) => key),
  int16(({ seq }) => seq),
  text(({ name }) => name),
];

/** Links that differ by their record and what they name only: a page has a few such groups. */
function byShape(records: readonly RecordLinks[]): Iterable<Shape> {
  const shapes = new Map<string, Shape>();
  for (const { key, links } of records) {
    links.forEach(({ kind, field, ref, identity, reason, score }, seq) => {
      const by = ref ? `ref ${ref.stream}` : field ? `field ${field.name}` : "id";
      const id = `${kind} ${score} ${by} ${reason}`;
      let shape = shapes.get(id);
      if (!shape) {
        shape = { kind, reason, score, ref: ref?.stream, field: field?.name, links: [] };
        shapes.set(id, shape);
      }
      shape.links.push({ key, seq, name: ref?.key ?? field?.value ?? identity ?? "" });
    });
  }
  return shapes.values();
}

export async function dropLinks(
  tx: Tx,
  place: { readonly orgId: string; readonly connectionId: string; readonly stream: string },
  keys: readonly string[],
): Promise<void> {
  if (keys.length === 0) return;
  await tx.query(deleteLinks, [place.orgId, place.connectionId, place.stream, keys]);
}

const deleteLinks = `
  delete from record_links
  where org_id = $1 and ctid = any(array(
    select l.ctid from unnest($4::text[]) as k(key)
    cross join lateral (
      select ctid from record_links
      where org_id = $1 and connection_id = $2 and stream = $3 and external_id = k.key offset 0) as l))`;

/** Where there is none at all, as early in a first sync, none is looked up. */
const insertLinks = (target: string, lookUp: string) => `
  insert into record_links
    (org_id, connection_id, stream, external_id, seq, kind, target, customer_id, reason, score)
  select $1, $2, $3, x.key, x.seq, $4, ${target}, c.customer_id, $5, $6
  from unnest($7::text[], $8::smallint[], $9::text[]) as x(key, seq, name)
  left join lateral (${lookUp} offset 0) as c on true`;

const sayFound = (insert: string) => `
  with made as (${insert} returning customer_id)
  select coalesce(bool_or(customer_id is not null), false) as found from made`;

/** Targets as in `targets.ts`. */
const insertByRef = insertLinks(
  "'ref:' || $2 || '/' || $10::text || '/' || x.name",
  `select customer_id from customer_claims
    where org_id = $1 and connection_id = $2 and stream = $10 and external_id = x.name and kind = $4
      and (select exists (
        select from customer_claims where org_id = $1 and connection_id = $2 and stream = $10))`,
);

/** One look at the companies for all links of a page: few vendors' settings name a field. */
const insertByField = `
  with company as materialized (
    select ${fieldValue("$10::text")} as value, min(c.id) as id from companies c where c.org_id = $1 group by 1)
  insert into record_links
    (org_id, connection_id, stream, external_id, seq, kind, target, customer_id, reason, score)
  select $1, $2, $3, x.key, x.seq, $4, 'field:' || $10::text || '=' || x.name, company.id, $5, $6
  from unnest($7::text[], $8::smallint[], $9::text[]) as x(key, seq, name)
  left join company on company.value = x.name and $4 = 'company'`;

const insertByIdentity = insertLinks(
  "'id:' || x.name",
  `select customer_id from customer_identities
    where org_id = $1 and kind = $4 and value = x.name
      and (select exists (select from customer_identities where org_id = $1 and kind = $4))`,
);

/**
 * Links that waited for a customer who is known now. `found` is asked only if any link waits, and told for which kinds.
 * Returns the records of those that name a company.
 */
export async function relink(
  tx: Tx,
  orgId: string,
  found: (
    kinds: ReadonlySet<string>,
  ) => readonly { readonly kind: string; readonly target: string; readonly customerId: string }[],
): Promise<readonly { connection_id: string; stream: string; external_id: string }[]> {
  const { rows: waiting } = await tx.query<{ kind: string }>(selectWaiting, [orgId]);
  if (waiting.length === 0) return [];
  const wanted = found(new Set(waiting.map(({ kind }) => kind)));
  if (wanted.length === 0) return [];
  const { rows } = await tx.query<{ connection_id: string; stream: string; external_id: string }>(
    relinkOpen,
    [orgId, JSON.stringify(wanted)],
  );
  return rows;
}

/** Which kinds have links that wait at all: in a first sync none do for long stretches. */
const selectWaiting = `
  select k.kind from (values ('company'), ('end_user')) as k(kind)
  cross join lateral (
    select from record_links where org_id = $1 and customer_id is null and kind = k.kind limit 1) as l`;

const relinkOpen = `
  with found as materialized (
    select l.ctid as at, x."customerId" as customer_id
    from json_to_recordset($2::json) as x(kind text, target text, "customerId" text)
    cross join lateral (
      select ctid from record_links
      where org_id = $1 and customer_id is null and target = x.target and kind = x.kind offset 0) as l
  ), linked as (
    update record_links l set customer_id = found.customer_id from found
    where l.org_id = $1 and l.ctid = found.at
    returning l.kind, l.connection_id, l.stream, l.external_id
  )
  select distinct connection_id, stream, external_id from linked where kind = 'company'`;
