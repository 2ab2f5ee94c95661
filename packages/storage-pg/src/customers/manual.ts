import { type CustomerKind, companyFields, endUserFields, renewalFields, ValidationError } from "@halo/core";
import type { Door } from "../tenant.ts";
import { lockCustomers } from "./lock.ts";
import { foldCustomers } from "./write-customers.ts";

/** No source can have a greater one. */
const manualRank = 2_147_483_647;

const own = {
  end_user: new Set<string>([...endUserFields, ...renewalFields, "email"]),
  company: new Set<string>([...companyFields, ...renewalFields, "domain"]),
};
/** A custom field is named "custom:seats" and kept as "seats", as sources keep theirs. */
const keyOf = (name: string) => (name.startsWith("custom:") ? name.slice("custom:".length) : name);
const table = { end_user: "end_users", company: "companies" } as const;

/** Keeps a person's word as a claim of no connection; null takes a field back. Other names are custom fields. */
export async function setManual(
  door: Door,
  orgId: string,
  kind: CustomerKind,
  id: string,
  fields: { readonly [field: string]: string | null },
  at: Date,
): Promise<void> {
  const isOwn = (name: string) => own[kind].has(name);
  const taken = Object.keys(fields).filter(isOwn);
  const takenCustom = Object.keys(fields)
    .filter((name) => !isOwn(name))
    .map(keyOf);
  const said = Object.entries(fields).filter(([, value]) => value !== null);
  const known = Object.fromEntries(said.filter(([name]) => isOwn(name)));
  const custom = Object.fromEntries(
    said.filter(([name]) => !isOwn(name)).map(([name, value]) => [keyOf(name), value]),
  );
  await door.inOrg(orgId, async (tx) => {
    await lockCustomers(tx, orgId, "alone");
    const { rows } = await tx.query(selectCustomer[kind], [orgId, id]);
    if (rows.length === 0) {
      throw new ValidationError(
        `There is no such ${kind} in this org: look it up again, it may have been merged.`,
        {
          code: "not_found",
          path: "id",
          reason: "unknown",
        },
      );
    }
    await tx.query(upsertManual, [
      orgId,
      id,
      kind,
      manualRank,
      at,
      JSON.stringify(known),
      JSON.stringify(custom),
      taken,
      takenCustom,
    ]);
    await foldCustomers(tx, orgId, [id], at);
  });
}

const selectCustomer = {
  end_user: `select from ${table.end_user} where org_id = $1 and id = $2`,
  company: `select from ${table.company} where org_id = $1 and id = $2`,
};

const upsertManual = `
  insert into customer_claims as c (org_id, connection_id, stream, external_id, kind, customer_id, rank, source,
    source_updated_at, reason, score, identities, fields, custom)
  values ($1, '', 'manual', $2, $3, $2, $4, 'manual', $5, 'manual', 1, '{}', $6::jsonb, $7::jsonb)
  on conflict (org_id, connection_id, stream, external_id) do update set
    fields = (c.fields - $8::text[]) || excluded.fields, custom = (c.custom - $9::text[]) || excluded.custom,
    source_updated_at = excluded.source_updated_at`;
