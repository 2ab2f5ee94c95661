import type { NewDelivery } from "@halo/core";
import { registerIn } from "../leases/wake.ts";
import type { Door } from "../tenant.ts";

/**
 * One insert for a batch of any orgs, and the wakes of their inboxes, in one transaction (I5): group commit is the
 * caller's, who gathers the batch. Sorted, so that two batches with the same events cannot wait for each other.
 */
export async function accept(door: Door, batch: readonly NewDelivery[]): Promise<readonly boolean[]> {
  if (batch.length === 0) return [];
  const orgIds = [...new Set(batch.map(({ orgId }) => orgId))];
  const sorted = [...batch].sort(
    (a, b) => compare(a.connectionId, b.connectionId) || compare(a.eventKey, b.eventKey),
  );
  const values = columnsOf(sorted);
  const inboxes = new Map(
    batch
      .filter(({ status }) => status === "pending")
      .map(({ orgId, connectionId }) => [
        JSON.stringify([orgId, connectionId]),
        { kind: "inbox", orgId, subject: connectionId } as const,
      ]),
  );
  // Woken even if all of them were there already: that costs a look, and saves every other batch a round trip.
  const { made, due } = await door.inOrgs(
    orgIds,
    async (tx) => {
      const [{ rows }, due] = await tx.both(
        () => tx.query<{ id: string }>(insert, values),
        () => registerIn(tx, [...inboxes.values()]),
      );
      return { made: new Set(rows.map(({ id }) => id)), due };
    },
    true,
  );
  // Only where nobody was at work. A kick that is lost costs a second: the events are stored, and the leases say so.
  if (due) await door.asControl((tx) => tx.kick()).catch(() => {});
  return batch.map(({ id }) => made.has(id));
}

function columnsOf(batch: readonly NewDelivery[]): readonly unknown[] {
  return [
    batch.map(({ orgId }) => orgId),
    batch.map(({ id }) => id),
    batch.map(({ connectionId }) => connectionId),
    batch.map(({ integration }) => integration),
    batch.map(({ eventKey }) => eventKey),
    batch.map(({ type }) => type),
    batch.map(({ occurredAt }) => occurredAt ?? null),
    batch.map(({ payload }) => JSON.stringify(payload)),
    batch.map(({ status }) => status),
    batch.map(({ receivedAt }) => receivedAt),
  ];
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

const insert = `
  insert into deliveries (org_id, id, connection_id, integration, event_key, type, occurred_at, payload, status,
    received_at, settled_at)
  select org_id, id, connection_id, integration, event_key, type, occurred_at, payload, status, received_at,
    case when status = 'skipped' then received_at end
  from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::jsonb[],
    $9::text[], $10::timestamptz[])
    as x(org_id, id, connection_id, integration, event_key, type, occurred_at, payload, status, received_at)
  on conflict (org_id, connection_id, event_key) do nothing
  returning id`;
