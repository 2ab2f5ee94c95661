import type { Tx } from "../tenant.ts";
import type { Place } from "./apply-claims.ts";

/** Which of these records claim a customer. */
export async function hasClaims(tx: Tx, place: Place, keys: readonly string[]): Promise<readonly string[]> {
  const { rows } = await tx.query<{ key: string }>(selectClaiming, [
    place.orgId,
    place.connectionId,
    place.stream,
    keys,
  ]);
  return rows.map(({ key }) => key);
}

const selectClaiming = `
  select k.key from unnest($4::text[]) as k(key)
  cross join lateral (
    select from customer_claims
    where org_id = $1 and connection_id = $2 and stream = $3 and external_id = k.key offset 0) as c`;
