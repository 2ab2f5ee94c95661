import { createHash } from "node:crypto";
import type { Client } from "pg";
import type { SnapshotRecord, Vendor } from "./vendor.ts";

export interface Comparison {
  /** Live rows by what they are called in the summary. */
  readonly counts: Record<string, number>;
  readonly differences: readonly string[];
}

/** Kinds at the vendor, and where their rows are: table, and what their keys begin with. */
const kinds = [
  { kind: "contacts", table: "hubspot_contacts", prefix: "" },
  { kind: "companies", table: "hubspot_companies", prefix: "" },
  { kind: "deals", table: "hubspot_deals", prefix: "" },
  { kind: "emails", table: "hubspot_engagements", prefix: "email:" },
  { kind: "notes", table: "hubspot_engagements", prefix: "note:" },
  { kind: "calls", table: "hubspot_engagements", prefix: "call:" },
  { kind: "meetings", table: "hubspot_engagements", prefix: "meeting:" },
  { kind: "submissions", table: "hubspot_engagements", prefix: "form_submission:" },
] as const;

interface Raw {
  readonly properties?: Readonly<Record<string, string | null>>;
  readonly associations?: Readonly<
    Record<string, { readonly results: readonly { readonly id: string }[] }>
  > | null;
  readonly values?: readonly { readonly name: string; readonly value: string }[];
}

/** Holds every stored row against what the vendor has now: ids, every property that was asked for, associations. */
export async function compare(client: Client, vendor: Vendor, orgId: string): Promise<Comparison> {
  const counts: Record<string, number> = {};
  const differences: string[] = [];
  for (const { kind, table, prefix } of kinds) {
    const { asked, rows } = await stored(client, table, prefix, orgId);
    counts[kind] = rows.size;
    let there = 0;
    for await (const record of vendor.snapshot(kind)) {
      const id = record.id ?? record.conversionId ?? "";
      const row = rows.get(id);
      there += 1;
      if (row === undefined) differences.push(`${kind} ${id} is missing`);
      else if (row !== digest(ofSnapshot(record, asked))) differences.push(`${kind} ${id} differs`);
      rows.delete(id);
    }
    for (const id of rows.keys()) differences.push(`${kind} ${id} is gone at the vendor`);
    if (there === 0) differences.push(`the vendor has no ${kind}: nothing was compared`);
  }
  return { counts, differences };
}

/** Digests of a kind's rows by id, a thousand rows at a time, and which properties and associations they hold. */
async function stored(client: Client, table: string, prefix: string, orgId: string) {
  const rows = new Map<string, string>();
  const asked = { properties: new Set<string>(), associations: new Set<string>() };
  const raws: { id: string; raw: Raw }[] = [];
  let after = "";
  for (;;) {
    const page = await client.query<{ external_id: string; raw: Raw }>(
      `select external_id, raw from halo.${table}
       where org_id = $1 and deleted_at is null and external_id like $2 and external_id > $3
       order by external_id limit 1000`,
      [orgId, `${prefix}%`, after],
    );
    for (const { external_id, raw } of page.rows) {
      raws.push({ id: external_id.slice(prefix.length), raw });
      for (const [name, value] of Object.entries(raw.properties ?? {})) if (value) asked.properties.add(name);
      for (const name of Object.keys(raw.associations ?? {})) asked.associations.add(name);
    }
    const last = page.rows.at(-1);
    if (!last || page.rows.length < 1_000) break;
    after = last.external_id;
  }
  for (const { id, raw } of raws) rows.set(id, digest(ofRaw(raw)));
  return { asked, rows };
}

interface Asked {
  readonly properties: ReadonlySet<string>;
  readonly associations: ReadonlySet<string>;
}

function ofRaw(raw: Raw): unknown {
  const associations = Object.entries(raw.associations ?? {}).flatMap(([kind, { results }]) =>
    results.map(({ id }) => `${kind}:${id}`),
  );
  return shape(Object.entries(raw.properties ?? {}), associations, raw.values);
}

function ofSnapshot(record: SnapshotRecord, asked: Asked): unknown {
  const properties = Object.entries(record.properties ?? {}).filter(([name]) => asked.properties.has(name));
  const associations = Object.entries(record.associations ?? {}).flatMap(([kind, ends]) =>
    asked.associations.has(kind) ? ends.map(({ id }) => `${kind}:${id}`) : [],
  );
  return shape(properties, associations, record.values);
}

function shape(
  properties: readonly (readonly [string, string | null])[],
  associations: readonly string[],
  values: readonly { readonly name: string; readonly value: string }[] | undefined,
): unknown {
  return [
    properties
      .filter(([, value]) => value !== null && value !== "")
      .map(([name, value]) => [name, (value ?? "").replaceAll("\0", "").toWellFormed()])
      .sort(([a = ""], [b = ""]) => (a < b ? -1 : 1)),
    [...new Set(associations)].sort(),
    (values ?? []).map(({ name, value }) => [name, value]),
  ];
}

function digest(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("base64");
}
