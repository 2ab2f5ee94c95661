import type { Door } from "./tenant.ts";

/** Every org that was ever connected, or had a turn at work. */
export async function knownOrgs(door: Door): Promise<readonly string[]> {
  return await door.asControl(async (tx) => {
    const { rows } = await tx.query<{ org_id: string }>(orgs);
    return rows.map(({ org_id }) => org_id);
  });
}

const orgs = `
  select org_id from routes union select org_id from org_turns union select org_id from leases order by org_id`;
