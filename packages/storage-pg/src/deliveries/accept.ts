import type { NewDelivery } from "@halo/core";
import { registerIn } from "../leases/wake.ts";
import { type Column, json, text, time, withColumns } from "../pages/columns.ts";
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
  const inboxes = new Map(
    batch
      .filter(({ status }) => status === "pending")
      .map(({ orgId, connectionId }) => [
        JSON.stringify([orgId, connectionId]),
        { kind: "inbox", orgId, subject: connectionId } as const,
      ]),
  );
  // Woken even if all of them were there already: that costs a look, and saves every other batch a round trip.
  const { made, due } = await withColumns(sorted, columns, (values) =>
    door.inOrgs(
      orgIds,
      async (tx) => {
        const [{ rows }, due] = await tx.both(
          () => tx.query<{ made: readonly string[] | null }>(insert, values),
          () => registerIn(tx, [...inboxes.values()]),
        );
        return { made: rows[0]?.made ?? [], due };
      },
      true,
    ),
  );
  // Only where nobody was at work. A kick that is lost costs a second: the events are stored, and the leases say so.
  if (due) await door.asControl((tx) => tx.kick()).catch(() => {});
  // The usual case is that all of them are new.
  if (made.length === batch.length) return batch.map(() => true);
  const ids = new Set(made);
  return batch.map(({ id }) => ids.has(id));
}

const columns: readonly Column<NewDelivery>[] = [
  text(({ orgId }) => orgId),
  text(({ id }) => id),
  text(({ connectionId }) => connectionId),
  text(({ integration }) => integration),
  text(({ eventKey }) => eventKey),
  text(({ type }) => type),
  time(({ occurredAt }) => occurredAt),
  json(({ payload }) => JSON.stringify(payload)),
  text(({ status }) => status),
  time(({ receivedAt }) => receivedAt),
];

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

// Ids come back in one field: a row for each would cost both sides a message.
const insert = `
  with made as (
  insert into deliveries (org_id, id, connection_id, integration, event_key, type, occurred_at, payload, status,
    received_at, settled_at)
  select org_id, id, connection_id, integration, event_key, type, occurred_at, payload, status, received_at,
    case when status = 'skipped' then received_at end
  from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::jsonb[],
    $9::text[], $10::timestamptz[])
    as x(org_id, id, connection_id, integration, event_key, type, occurred_at, payload, status, received_at)
  on conflict (org_id, connection_id, event_key) do nothing
  returning id
  ) select json_agg(id) as made from made`;
