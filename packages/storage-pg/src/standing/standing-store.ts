import type { ChangedCustomer, Json, StandingStore } from "@halo/core";
import { knownOrgs } from "../known-orgs.ts";
import { checkFence } from "../leases/fence.ts";
import { wakeIn } from "../leases/wake.ts";
import type { Door } from "../tenant.ts";
import { healthHistory, healthInputs, readHealth, saveHealth } from "./health.ts";
import { readRenewal, renewalInputs, saveRenewals } from "./renewals.ts";
import { report } from "./report.ts";
import { noteAll, unwatch, watch } from "./watch.ts";

export function standingStore(door: Door): StandingStore {
  return {
    settings: (orgId, topic) =>
      door.inOrg(orgId, async (tx) => {
        const { rows } = await tx.query<{ settings: Json }>(selectSettings, [orgId, topic]);
        return rows[0]?.settings;
      }),

    setSettings: (orgId, topic, settings, at) =>
      door.inOrg(orgId, async (tx) => {
        if (settings === null) {
          await tx.query(deleteSettings, [orgId, topic]);
          for (const computed of computedBy[topic]) await tx.query(computed, [orgId]);
          await noteAll(tx, orgId);
          await unwatch(tx, orgId);
        } else {
          await watch(tx, orgId);
          await tx.query(upsertSettings, [orgId, topic, JSON.stringify(settings), at]);
          await noteAll(tx, orgId);
        }
        await wakeIn(tx, [{ kind: "standing", orgId, subject: orgId }]);
      }),

    report: (orgId, signals) => door.inOrg(orgId, (tx) => report(tx, orgId, signals)),

    changes: (lease, limit) =>
      door.inOrg(lease.orgId, async (tx) => {
        await checkFence(tx, lease);
        const { rows } = await tx.query<ChangedCustomer>(selectChanges, [lease.orgId, limit]);
        return rows;
      }),

    settle: (lease, changes) =>
      door.inOrg(lease.orgId, async (tx) => {
        await checkFence(tx, lease);
        await tx.query(settleChanges, [
          lease.orgId,
          changes.map(({ customerId }) => customerId),
          changes.map(({ seq }) => seq),
        ]);
      }),

    sweep: (lease, slot) =>
      door.inOrg(lease.orgId, async (tx) => {
        await checkFence(tx, lease);
        const { count } = await tx.query(takeSlot, [lease.orgId, slot]);
        if (count > 0) await noteAll(tx, lease.orgId);
        return count > 0;
      }),

    healthInputs: (lease, kind, ids, since) =>
      door.inOrg(lease.orgId, async (tx) => {
        await checkFence(tx, lease);
        return healthInputs(tx, lease.orgId, kind, ids, since);
      }),
    saveHealth: (lease, scores, notifications) =>
      door.inOrg(lease.orgId, async (tx) => {
        await checkFence(tx, lease);
        await saveHealth(tx, lease.orgId, scores, notifications);
      }),
    health: (orgId, kind, id) => door.inOrg(orgId, (tx) => readHealth(tx, orgId, kind, id)),
    async purge(before) {
      let gone = 0;
      for (const orgId of await knownOrgs(door))
        gone += await door.inOrg(orgId, async (tx) => (await tx.query(purgeHistory, [orgId, before])).count);
      return gone;
    },
    healthHistory: (orgId, kind, id, limit) =>
      door.inOrg(orgId, (tx) => healthHistory(tx, orgId, kind, id, limit)),

    renewalInputs: (lease, kind, ids) =>
      door.inOrg(lease.orgId, async (tx) => {
        await checkFence(tx, lease);
        return renewalInputs(tx, lease.orgId, kind, ids);
      }),
    saveRenewals: (lease, renewals) =>
      door.inOrg(lease.orgId, async (tx) => {
        await checkFence(tx, lease);
        await saveRenewals(tx, lease.orgId, renewals);
      }),
    renewal: (orgId, kind, id) => door.inOrg(orgId, (tx) => readRenewal(tx, orgId, kind, id)),
  };
}

const purgeHistory = "delete from health_history where org_id = $1 and computed_at < $2";
const selectSettings = "select settings from customer_settings where org_id = $1 and topic = $2";
const deleteSettings = "delete from customer_settings where org_id = $1 and topic = $2";
const upsertSettings = `
  insert into customer_settings (org_id, topic, settings, updated_at) values ($1, $2, $3::jsonb, $4)
  on conflict (org_id, topic) do update set settings = excluded.settings, updated_at = excluded.updated_at`;
const computedBy = {
  health: ["delete from health_scores where org_id = $1", "delete from health_history where org_id = $1"],
  renewals: ["delete from customer_renewals where org_id = $1"],
} as const;

const selectChanges = `
  select kind, customer_id as "customerId", seq from customer_changes where org_id = $1 order by seq limit $2`;
const settleChanges = `
  delete from customer_changes where org_id = $1 and ctid = any(array(
    select c.ctid from unnest($2::text[], $3::bigint[]) as x(customer_id, seq)
    cross join lateral (
      select ctid from customer_changes
      where org_id = $1 and customer_id = x.customer_id and seq = x.seq for update) as c))`;
/** An org that nothing is worked out for has no row here. */
const takeSlot = `
  update standing set swept_at = $2 where org_id = $1 and (swept_at is null or swept_at < $2)`;
