import type { ModelUsage } from "@halo/core";
import type { Door } from "../tenant.ts";

/** One statement: of callers at the same time none spends what another has. */
export async function spend(
  door: Door,
  orgId: string,
  day: string,
  wanted: ModelUsage,
  budget: ModelUsage,
): Promise<boolean> {
  if (wanted.calls > budget.calls || wanted.characters > budget.characters) return false;
  const values = [orgId, day, wanted.calls, wanted.characters, budget.calls, budget.characters];
  const { rows } = await door.inOrg(orgId, (tx) => tx.query(take, values));
  return rows.length > 0;
}

const take = `
  insert into model_usage as u (org_id, day, calls, characters) values ($1, $2::date, $3, $4)
  on conflict (org_id, day) do update set calls = u.calls + excluded.calls,
    characters = u.characters + excluded.characters
  where u.calls + excluded.calls <= $5 and u.characters + excluded.characters <= $6
  returning calls`;

export async function readUsage(door: Door, orgId: string, day: string): Promise<ModelUsage> {
  const { rows } = await door.inOrg(orgId, (tx) =>
    tx.query<{ calls: number; characters: number }>(selectUsage, [orgId, day]),
  );
  return { calls: Number(rows[0]?.calls ?? 0), characters: Number(rows[0]?.characters ?? 0) };
}

const selectUsage = "select calls, characters from model_usage where org_id = $1 and day = $2::date";
