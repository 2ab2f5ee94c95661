import type { PgBoss } from "pg-boss";
import type { Door, Tx } from "../tenant.ts";

/** pg-boss over our door: every statement of it runs as the application role. */
export interface Boss {
  readonly boss: PgBoss;
  /** NOTIFY's channel; the payload is the queue. */
  readonly channel: string;
  /** A queue must be known before the first send inside a transaction, or that waits for the connection it holds. */
  know(queue: string): Promise<void>;
}

/** What pg-boss asks of a database: here, one open transaction. */
export function within(tx: Tx): {
  executeSql(text: string, values?: unknown[]): Promise<{ rows: never[] }>;
} {
  return {
    async executeSql(text, values = []) {
      const { rows } = await tx.query(text, values);
      return { rows: rows as never[] };
    },
  };
}

/** Loads pg-boss and starts it, with none of its own loops: what they do is in maintain.ts and job-store.ts. */
export async function startBoss(door: Door): Promise<Boss> {
  const { PgBoss } = await import("pg-boss");
  const { jobSchema } = door.names;
  const boss = new PgBoss({
    db: { executeSql: (text, values) => door.asControl((tx) => within(tx).executeSql(text, values)) },
    ...(door.embedded ? { backend: "pglite" as const } : {}),
    schema: jobSchema,
    migrate: false,
    supervise: false,
    schedule: false,
  });
  boss.on("error", () => {});
  await boss.start();
  const known = new Set<string>();
  return {
    boss,
    channel: await channelOf(door, jobSchema),
    async know(queue) {
      if (known.has(queue)) return;
      await door.asControl((tx) => tx.query(createQueue(jobSchema), [queue, JSON.stringify(queueOptions)]));
      // pg-boss reads what it knows of a queue at the first use; this one touches no job.
      await boss.complete(queue, noJob);
      known.add(queue);
    },
  };
}

/** Jobs are kicks and hosts' small affairs: kept an hour when done, a day when nobody wants them. */
export const queueOptions = {
  policy: "standard",
  notify: true,
  retryLimit: 2,
  expireInSeconds: 300,
  retentionSeconds: 86_400,
  deleteAfterSeconds: 3_600,
} as const;

const noJob = "00000000-0000-0000-0000-000000000000";

const createQueue = (schema: string) => `select ${schema}.create_queue($1, $2::jsonb)`;

/** As pg-boss 12 names it (`notifyChannelSql` in its plans); a test sends and hears. */
async function channelOf(door: Door, schema: string): Promise<string> {
  const { rows } = await door.asControl((tx) =>
    tx.query<{ channel: string }>(
      "select 'pgboss_' || left(encode(sha224(convert_to($1, 'UTF8')), 'hex'), 24) as channel",
      [schema],
    ),
  );
  const [row] = rows;
  if (!row) throw new Error("The database did not answer a select");
  return row.channel;
}
