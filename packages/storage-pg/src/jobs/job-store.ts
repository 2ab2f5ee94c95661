import { type Job, type JobStore, kickQueue, StorageError } from "@halo/core";
import type { Connector } from "../connect/session.ts";
import type { Door, Tx } from "../tenant.ts";
import { type Bell, bell } from "./bell.ts";
import { type Boss, startBoss, within } from "./boss.ts";
import { maintain } from "./maintain.ts";

/** How long a worker that heard nothing waits before it looks by itself. */
const pollMs = 1_000;
const maintainMs = 60_000;

export interface Jobs extends JobStore {
  kick(tx: Tx): Promise<void>;
  /** Loads pg-boss. Before it, kicks are left out: nobody works yet. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export function jobStore(door: Door, connector: Connector): Jobs {
  let started: Boss | undefined;
  let listening: Promise<() => Promise<void>> | undefined;
  const bells = new Map<string, Set<Bell>>();

  const boss = (): Boss => {
    if (!started) throw new StorageError("The store is not open: call open() first.", { retryable: false });
    return started;
  };

  const listen = (channel: string) => {
    listening ??= connector.listen(channel, (queue) => {
      for (const heard of bells.get(queue) ?? []) heard.ring();
    });
    // A database that cannot be listened to (a pooler in between) is polled.
    listening.catch(() => {});
  };

  return {
    async start() {
      started ??= await startBoss(door);
      await started.know(kickQueue);
    },
    async stop() {
      await listening?.then(
        (stop) => stop(),
        () => {},
      );
      await started?.boss.stop({ graceful: false, close: false });
      started = undefined;
    },
    async kick(tx) {
      if (!started) return;
      const { count } = await tx.query(pendingKick(door.names.jobSchema), [kickQueue]);
      if (count === 0) await started.boss.send(kickQueue, {}, { db: within(tx) });
    },
    async send(queue, jobs) {
      if (jobs.length === 0) return;
      const { boss: pgBoss, know } = boss();
      await know(queue);
      await pgBoss.insert(
        queue,
        jobs.map((data) => ({ data: data as object })),
      );
    },
    async work(queue, options) {
      const current = boss();
      await current.know(queue);
      const mine = bell();
      const heard = bells.get(queue) ?? new Set();
      bells.set(queue, heard.add(mine));
      listen(current.channel);
      try {
        await workQueue(door, current, queue, options, mine);
      } finally {
        heard.delete(mine);
      }
    },
  };
}

interface FetchedJob {
  readonly id: string;
  readonly data: unknown;
}

/** A batch is completed in the transaction that fetches the next one: one commit a batch. */
async function workQueue(
  door: Door,
  { boss }: Boss,
  queue: string,
  { batchSize, signal, handler }: Parameters<JobStore["work"]>[1],
  heard: Bell,
): Promise<void> {
  const next = (done: readonly string[]) =>
    door.asControl(async (tx) => {
      const db = within(tx);
      if (done.length > 0) await boss.complete(queue, [...done], undefined, { db });
      return signal.aborted ? [] : ((await boss.fetch(queue, { batchSize, db })) as FetchedJob[]);
    });
  let done: readonly string[] = [];
  let maintained = 0;
  while (!signal.aborted || done.length > 0) {
    let jobs: readonly FetchedJob[];
    try {
      jobs = await next(done);
      done = [];
      if (jobs.length === 0 && performance.now() - maintained > maintainMs) {
        maintained = performance.now();
        await maintain(door, queue);
      }
    } catch {
      // The store is away for now; jobs are only hints, so the loop goes on and looks again.
      if (signal.aborted) return;
      await heard.wait(pollMs, signal);
      continue;
    }
    if (jobs.length === 0) {
      await heard.wait(pollMs, signal);
      continue;
    }
    const ids = jobs.map(({ id }) => id);
    try {
      await handler(jobs.map(({ id, data }): Job => ({ id, data: (data ?? null) as Job["data"] })));
      done = ids;
    } catch (error) {
      const reason = error instanceof Error ? error.name : "Error";
      await boss.fail(queue, ids, { reason }).catch(() => {});
    }
  }
}

const pendingKick = (schema: string) => `
  select 1 from ${schema}.job where name = $1 and state = 'created' and start_after <= now() limit 1`;
