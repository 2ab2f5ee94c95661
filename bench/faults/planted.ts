// Storage adapters that are broken on purpose, each in one way that the port forbids.
import type { Lease, PageCommit, RunPhase, ShardState, Storage } from "@halo/core";
import { internals, type PgStorage } from "../../packages/storage-pg/src/pg-storage.ts";
import type { PlantedBug } from "./steps.ts";

/** `between` is called where such a bug has a window that the port does not: a kill can be aimed at it. */
export function plant(storage: PgStorage, bug: PlantedBug | undefined, between: () => void): Storage {
  switch (bug) {
    case "cursor_first":
      return cursorFirst(storage, between);
    case "cursor_after":
      return cursorAfter(storage, between);
    case "no_fence":
      return noFence(storage);
    case "no_event_key":
      return noEventKey(storage);
    case undefined:
      return storage;
  }
}

const nothing = { records: [], tombstones: [], quarantine: [] } as const;

function without<Key extends keyof PageCommit>(page: PageCommit, key: Key): Omit<PageCommit, Key> {
  const { [key]: _, ...rest } = page;
  return rest;
}

/** Cursor, commit; rows, commit: a crash in between skips the rows for ever. */
function cursorFirst(storage: Storage, between: () => void): Storage {
  return {
    ...storage,
    pages: {
      ...storage.pages,
      async commit(page) {
        if (page.progress) {
          const moved = { ...without(page, "deliveries"), ...nothing };
          await storage.pages.commit({ ...moved, progress: { ...page.progress, pages: 0 } });
          between();
        }
        return await storage.pages.commit(page);
      },
    },
  };
}

/** Rows, commit; cursor, commit: a crash in between reads, writes and counts the page again. */
function cursorAfter(storage: Storage, between: () => void): Storage {
  const cursors = new Map<string, ShardState["cursor"]>();
  const keyOf = (runId: string, phase: RunPhase, shardId: string) => `${runId} ${phase} ${shardId}`;
  /** Null stands for "no cursor yet" in what this adapter stores. */
  const known = (lease: Lease, shards: readonly ShardState[]): readonly ShardState[] =>
    shards.map((shard) => {
      const cursor = shard.cursor ?? undefined;
      cursors.set(keyOf(lease.subject, shard.phase, shard.id), cursor);
      return { ...shard, cursor };
    });
  return {
    ...storage,
    runs: {
      ...storage.runs,
      planShards: async (lease, phase, shards) =>
        known(lease, await storage.runs.planShards(lease, phase, shards)),
      shards: async (lease, phase) => known(lease, await storage.runs.shards(lease, phase)),
    },
    pages: {
      ...storage.pages,
      async commit(page) {
        const { progress } = page;
        if (!progress) return await storage.pages.commit(page);
        const key = keyOf(progress.runId, progress.phase, progress.shardId);
        const before = { ...progress, cursor: cursors.get(key) ?? null, done: false };
        const result = await storage.pages.commit({ ...page, progress: before });
        between();
        await storage.pages.commit({
          ...without(page, "deliveries"),
          ...nothing,
          progress: { ...progress, pages: 0 },
        });
        cursors.set(key, progress.cursor);
        return result;
      },
    },
  };
}

/** Whoever writes is taken to hold the lease: a worker that lost it writes with its successor's fence. */
function noFence(storage: PgStorage): Storage {
  const unfenced = async (lease: Lease): Promise<Lease> => {
    const { rows } = await storage[internals].door.asControl((tx) =>
      tx.query<{ fence: number; holder: string | null }>(
        "select fence, holder from leases where kind = $1 and org_id = $2 and subject = $3",
        [lease.kind, lease.orgId, lease.subject],
      ),
    );
    const [now] = rows;
    return now?.holder ? { ...lease, fence: now.fence, holder: now.holder } : lease;
  };
  return {
    ...storage,
    pages: {
      ...storage.pages,
      commit: async (page) => await storage.pages.commit({ ...page, lease: await unfenced(page.lease) }),
    },
  };
}

/** Every arrival of an event is taken for a new one. */
function noEventKey(storage: Storage): Storage {
  return {
    ...storage,
    deliveries: {
      ...storage.deliveries,
      accept: (batch) =>
        storage.deliveries.accept(batch.map((row) => ({ ...row, eventKey: `${row.eventKey}:${row.id}` }))),
    },
  };
}
