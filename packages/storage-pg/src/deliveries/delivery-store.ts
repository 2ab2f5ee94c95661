import type { DeliveryStatus, DeliveryStore } from "@halo/core";
import { wakeIn } from "../leases/wake.ts";
import type { Door } from "../tenant.ts";
import { acceptor } from "./accept.ts";
import { type DeliveryRow, deliveryColumns, toDelivery } from "./delivery-row.ts";
import { forget, purge } from "./purge.ts";
import { nextDue, pending, settle } from "./settle.ts";
import { dropUnrouted, park, unrouted, unroutedCounts } from "./unrouted.ts";

const mostListed = 1_000;

export function deliveryStore(door: Door): DeliveryStore {
  return {
    accept: acceptor(door),
    pending: (lease, connectionId, limit, now) => pending(door, lease, connectionId, limit, now),
    settle: (lease, outcomes, at) => settle(door, lease, outcomes, at),
    nextDue: (lease, connectionId) => nextDue(door, lease, connectionId),
    get: (orgId, id) =>
      door.inOrg(orgId, async (tx) => {
        const { rows } = await tx.query<DeliveryRow>(selectOne, [orgId, id]);
        return rows[0] && toDelivery(rows[0]);
      }),
    list: (orgId, { connectionId, status, limit }) =>
      door.inOrg(orgId, async (tx) => {
        const values = [orgId, connectionId ?? null, status ?? null, Math.min(limit ?? 100, mostListed)];
        const { rows } = await tx.query<DeliveryRow>(selectNewest, values);
        return rows.map(toDelivery);
      }),
    counts: (orgId, connectionId) =>
      door.inOrg(orgId, async (tx) => {
        const { rows } = await tx.query<{ status: DeliveryStatus; many: number }>(count, [
          orgId,
          connectionId,
        ]);
        const none: Record<DeliveryStatus, number> = { pending: 0, done: 0, skipped: 0, dead: 0 };
        return { ...none, ...Object.fromEntries(rows.map(({ status, many }) => [status, many])) };
      }),
    replay: (orgId, ids) =>
      door.inOrg(orgId, async (tx) => {
        const { rows } = await tx.query<{ connection_id: string }>(replay, [orgId, ids]);
        const inboxes = [...new Set(rows.map(({ connection_id }) => connection_id))];
        await wakeIn(
          tx,
          inboxes.map((subject) => ({ kind: "inbox", orgId, subject })),
        );
        return rows.length;
      }),
    park: (batch) => park(door, batch),
    unrouted: (integration, accountHash) => unrouted(door, integration, accountHash),
    dropUnrouted: (ids) => dropUnrouted(door, ids),
    unroutedCounts: () => unroutedCounts(door),
    forget: (lease, connectionId) => forget(door, lease, connectionId),
    purge: (settledBefore, unroutedBefore) => purge(door, settledBefore, unroutedBefore),
  };
}

const selectOne = `select ${deliveryColumns} from deliveries where org_id = $1 and id = $2`;

const selectNewest = `
  select ${deliveryColumns} from deliveries
  where org_id = $1 and ($2::text is null or connection_id = $2::text) and ($3::text is null or status = $3::text)
  order by received_at desc, id desc limit $4`;

const count = `
  select status, count(*) as many from deliveries where org_id = $1 and connection_id = $2 group by status`;

const replay = `
  update deliveries set status = 'pending', attempts = 0, next_attempt_at = null, reason = null, settled_at = null
  where org_id = $1 and id = any($2::text[])
  returning connection_id`;
