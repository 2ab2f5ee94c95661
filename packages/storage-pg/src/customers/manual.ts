import { type CustomerKind, companyFields, endUserFields, ValidationError } from "@halo/core";
import type { Door } from "../tenant.ts";
import { lockCustomers } from "./lock.ts";
import { foldCustomers } from "./write-customers.ts";

/** No source can have a greater one. */
const manualRank = 2_147_483_647;

const own = {
  end_user: new Set<string>([...endUserFields, "email"]),
  company: new Set<string>([...companyFields, "domain"]),
};
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
  const names = Object.keys(fields);
  const said = Object.entries(fields).filter(([, value]) => value !== null);
  const known = Object.fromEntries(said.filter(([name]) => own[kind].has(name)));
  const custom = Object.fromEntries(said.filter(([name]) => !own[kind].has(name)));
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
      names,
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
    fields = (c.fields - $8::text[]) || excluded.fields, custom = (c.custom - $8::text[]) || excluded.custom,
    source_updated_at = excluded.source_updated_at`;
