import type { UnroutedDelivery } from "@halo/core";
import type { Door } from "../tenant.ts";

interface UnroutedRow {
  readonly id: string;
  readonly integration: string;
  readonly account_hash: string;
  readonly event_key: string;
  readonly sealed: Uint8Array;
  readonly received_at: Date;
}

/** F53: verified, but of nobody we know yet. The same event is kept once. */
export async function park(door: Door, batch: readonly UnroutedDelivery[]): Promise<void> {
  if (batch.length === 0) return;
  await door.asControl((tx) =>
    tx.query(insert, [
      batch.map(({ id }) => id),
      batch.map(({ integration }) => integration),
      batch.map(({ accountHash }) => accountHash),
      batch.map(({ eventKey }) => eventKey),
      batch.map(({ sealed }) => Buffer.from(sealed)),
      batch.map(({ receivedAt }) => receivedAt),
    ]),
  );
}

export async function unrouted(
  door: Door,
  integration: string,
  accountHash: string,
): Promise<readonly UnroutedDelivery[]> {
  return door.asControl(async (tx) => {
    const { rows } = await tx.query<UnroutedRow>(select, [integration, accountHash]);
    return rows.map((row) => ({
      id: row.id,
      integration: row.integration,
      accountHash: row.account_hash,
      eventKey: row.event_key,
      sealed: row.sealed,
      receivedAt: row.received_at,
    }));
  });
}

export async function dropUnrouted(door: Door, ids: readonly string[]): Promise<void> {
  await door.asControl((tx) => tx.query(drop, [ids]));
}

export async function unroutedCounts(door: Door): Promise<{ readonly [integration: string]: number }> {
  return door.asControl(async (tx) => {
    const { rows } = await tx.query<{ integration: string; waiting: number }>(count);
    return Object.fromEntries(rows.map(({ integration, waiting }) => [integration, waiting]));
  });
}

const insert = `
  insert into unrouted (id, integration, account_hash, event_key, sealed, received_at)
  select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::timestamptz[])
  on conflict do nothing`;

const select = `
  select id, integration, account_hash, event_key, sealed, received_at from unrouted
  where integration = $1 and account_hash = $2 order by received_at, id`;

const drop = "delete from unrouted where id = any($1::text[])";

const count =
  "select integration, count(*) as waiting from unrouted group by integration order by integration";
