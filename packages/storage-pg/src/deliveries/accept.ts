import { type NewDelivery, StorageError } from "@halo/core";
import { registerIn } from "../leases/wake.ts";
import { type Column, json, text, time, withColumns } from "../pages/columns.ts";
import type { Door } from "../tenant.ts";

/** After one in which an event came again, so many batches are taken to hold such events too. */
const waryBatches = 16;

/**
 * One insert for a batch of any orgs, and the wakes of their inboxes, in one transaction (I5): group commit is the
 * caller's, who gathers the batch. Sorted, so that two batches with the same events cannot wait for each other. Nearly
 * always all events are new: then nothing is asked of each row, and nothing said.
 */
export function acceptor(door: Door): (batch: readonly NewDelivery[]) => Promise<readonly boolean[]> {
  let wary = 0;
  return async (batch) => {
    if (batch.length === 0) return [];
    const sorted = [...batch].sort(
      (a, b) => compare(a.connectionId, b.connectionId) || compare(a.eventKey, b.eventKey),
    );
    const { made, due } = await withColumns(sorted, columns, async (values) => {
      if (wary === 0 && !holdsTwice(sorted)) {
        try {
          return await store(door, batch, values, insert);
        } catch (error) {
          if (!(error instanceof StorageError && error.state === "23505")) throw error;
        }
        wary = waryBatches;
      }
      return await store(door, batch, values, insertNew);
    });
    // Only where nobody was at work. A kick that is lost costs a second: the events are stored, and the leases say so.
    if (due) await door.asControl((tx) => tx.kick()).catch(() => {});
    if (made === "all" || made.length === batch.length) {
      if (wary > 0) wary--;
      return batch.map(() => true);
    }
    wary = waryBatches;
    const ids = new Set(made);
    return batch.map(({ id }) => ids.has(id));
  };
}

/** Woken even if all of them were there already: that costs a look, and saves every other batch a round trip. */
function store(
  door: Door,
  batch: readonly NewDelivery[],
  values: readonly Buffer[],
  statement: string,
): Promise<{ readonly made: "all" | readonly string[]; readonly due: boolean }> {
  const inboxes = new Map(
    batch
      .filter(({ status }) => status === "pending")
      .map(({ orgId, connectionId }) => [
        JSON.stringify([orgId, connectionId]),
        { kind: "inbox", orgId, subject: connectionId } as const,
      ]),
  );
  return door.inOrgs(
    [...new Set(batch.map(({ orgId }) => orgId))],
    async (tx) => {
      const [{ rows }, due] = await tx.both(
        () => tx.query<{ made: readonly string[] | null }>(statement, values),
        () => registerIn(tx, [...inboxes.values()]),
      );
      return { made: statement === insert ? "all" : (rows[0]?.made ?? []), due };
    },
    true,
  );
}

/** Whether an event stands twice in a sorted batch. */
const holdsTwice = (sorted: readonly NewDelivery[]): boolean =>
  sorted.some(({ connectionId, eventKey, orgId }, at) => {
    const next = sorted[at + 1];
    return next?.eventKey === eventKey && next.connectionId === connectionId && next.orgId === orgId;
  });

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

const insert = `
  insert into deliveries (org_id, id, connection_id, integration, event_key, type, occurred_at, payload, status,
    received_at, settled_at)
  select org_id, id, connection_id, integration, event_key, type, occurred_at, payload, status, received_at,
    case when status = 'skipped' then received_at end
  from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::jsonb[],
    $9::text[], $10::timestamptz[])
    as x(org_id, id, connection_id, integration, event_key, type, occurred_at, payload, status, received_at)`;

// Ids come back in one field: a row for each would cost both sides a message.
const insertNew = `
  with made as (${insert}
  on conflict (org_id, connection_id, event_key) do nothing
  returning id
  ) select json_agg(id) as made from made`;
