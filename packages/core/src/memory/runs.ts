import { ValidationError } from "../errors.ts";
import type { Lease } from "../ports/lease-store.ts";
import type { NewRun, NewShard, Run, RunStore, ShardState } from "../ports/run-store.ts";
import { requireLease, wake } from "./leases.ts";
import { copy, type Mutable, type Org, orgOf, type RunState, type State, tuple } from "./state.ts";

const keptEvents = 1000;

export const isActive = ({ status }: Run): boolean => status === "pending" || status === "running";

export function memoryRuns(state: State): RunStore {
  const underLease = (lease: Lease): RunState => {
    requireLease(state, lease);
    return required(orgOf(state, lease.orgId), lease.subject);
  };

  const wakeRun = ({ orgId, id }: Run, at?: Date) =>
    wake(state, { kind: "run", orgId, subject: id, ...(at === undefined ? {} : { at }) });

  return {
    async start(runs) {
      return runs.map((wanted) => {
        const org = orgOf(state, wanted.orgId);
        const unfinished = activeRun(org, wanted.connectionId, wanted.stream);
        if (unfinished !== undefined) return copy(unfinished);
        const run = newRun(wanted, new Date(state.clock.now()));
        org.runs.set(run.id, {
          run,
          order: ++state.sequence,
          shards: new Map(),
          seen: new Set(),
          events: [],
        });
        wakeRun(run, wanted.at);
        return copy(run);
      });
    },

    async get(orgId, runId) {
      return copy(orgOf(state, orgId).runs.get(runId)?.run);
    },

    async list(orgId, { connectionId, stream, active, syncId, limit = 100 } = {}) {
      const found = [...orgOf(state, orgId).runs.values()]
        .filter(
          ({ run }) =>
            (connectionId === undefined || run.connectionId === connectionId) &&
            (stream === undefined || run.stream === stream) &&
            (active === undefined || isActive(run) === active) &&
            (syncId === undefined || run.syncId === syncId),
        )
        .sort((a, b) => b.run.createdAt.getTime() - a.run.createdAt.getTime() || b.order - a.order);
      return copy(found.slice(0, limit).map(({ run }) => run));
    },

    async watermark(orgId, connectionId, stream) {
      return copy(orgOf(state, orgId).streams.get(tuple(connectionId, stream))?.watermark);
    },

    async recheckedAt(orgId, connectionId, stream) {
      return copy(orgOf(state, orgId).streams.get(tuple(connectionId, stream))?.recheckedAt);
    },

    async change(lease, change) {
      const stored = underLease(lease);
      stored.run = { ...stored.run, ...copy(change) };
      return copy(stored.run);
    },

    async planShards(lease, phase, shards) {
      const stored = underLease(lease);
      if (!stored.shards.has(phase)) {
        stored.shards.set(phase, []);
        addShards(stored, phase, shards);
      }
      return copy(stored.shards.get(phase) ?? []);
    },

    async shards(lease, phase) {
      return copy(orgOf(state, lease.orgId).runs.get(lease.subject)?.shards.get(phase) ?? []);
    },

    async restartShard(lease, phase, shardId) {
      const shard = shardOf(underLease(lease), phase, shardId);
      shard.cursor = undefined;
      shard.done = false;
      shard.restarts++;
      return copy(shard);
    },

    async finish(lease, { status, at, error, watermark, recheckedAt }) {
      const stored = underLease(lease);
      const org = orgOf(state, lease.orgId);
      const { connectionId, stream, syncId } = stored.run;
      stored.run = { ...stored.run, status, finishedAt: copy(at), error: copy(error) };
      const key = tuple(connectionId, stream);
      org.streams.set(key, {
        ...org.streams.get(key),
        ...(watermark === undefined ? {} : { watermark: copy(watermark) }),
        ...(recheckedAt === undefined ? {} : { recheckedAt: copy(recheckedAt) }),
      });
      // A stopped sweep goes on from what it saw, once a person confirms it.
      if (status !== "needs_confirmation") {
        stored.shards.clear();
        stored.seen.clear();
      }
      const connection = org.connections.get(connectionId);
      const ofSync = [...org.runs.values()].filter(({ run }) => run.syncId === syncId);
      if (connection !== undefined && ofSync.every(({ run }) => run.status === "succeeded"))
        org.connections.set(connectionId, {
          ...connection,
          lastSyncedAt: copy(at),
          revision: connection.revision + 1,
        });
      return copy(stored.run);
    },

    async cancel(orgId, runId) {
      const stored = orgOf(state, orgId).runs.get(runId);
      if (stored === undefined || !isActive(stored.run)) return false;
      stored.run = { ...stored.run, cancelRequested: true };
      wakeRun(stored.run);
      return true;
    },

    async confirm(orgId, runId) {
      const org = orgOf(state, orgId);
      const stored = org.runs.get(runId);
      if (stored?.run.status !== "needs_confirmation") return false;
      // One run per connection and stream: a newer one that is under way goes first.
      if (activeRun(org, stored.run.connectionId, stored.run.stream) !== undefined) return false;
      stored.run = {
        ...stored.run,
        status: "pending",
        options: { ...stored.run.options, confirmed: true },
        error: undefined,
        finishedAt: undefined,
      };
      wakeRun(stored.run);
      return true;
    },

    async log(orgId, runId, events) {
      const stored = orgOf(state, orgId).runs.get(runId);
      if (stored !== undefined) stored.events = [...stored.events, ...copy(events)].slice(-keptEvents);
    },

    async events(orgId, runId, limit = keptEvents) {
      const events = orgOf(state, orgId).runs.get(runId)?.events ?? [];
      return copy(limit > 0 ? events.slice(-limit) : []);
    },

    async quarantine(orgId, { connectionId, limit = 100 }) {
      const collections = orgOf(state, orgId).collections.get(connectionId)?.values() ?? [];
      return [...collections]
        .flatMap(({ quarantine }) => [...quarantine.values()])
        .sort((a, b) => b.at.getTime() - a.at.getTime())
        .slice(0, limit)
        .map(({ stream, key, reason, at }) => ({ connectionId, stream, key, reason, at: copy(at) }));
    },

    async purge(before) {
      let gone = 0;
      for (const { collections, runs } of state.orgs.values()) {
        const newest = new Map<string, RunState>();
        for (const stored of runs.values()) {
          const key = tuple(stored.run.connectionId, stored.run.stream);
          if (stored.order > (newest.get(key)?.order ?? 0)) newest.set(key, stored);
        }
        const kept = new Set(newest.values());
        for (const [id, stored] of runs) {
          const { finishedAt } = stored.run;
          if (kept.has(stored) || finishedAt === undefined || finishedAt >= before) continue;
          runs.delete(id);
          gone++;
        }
        for (const { quarantine } of [...collections.values()].flatMap((all) => [...all.values()]))
          for (const [key, { at }] of quarantine) if (at < before && quarantine.delete(key)) gone++;
      }
      return gone;
    },
  };
}

function newRun({ at: _at, ...wanted }: NewRun, createdAt: Date): Run {
  return {
    ...copy(wanted),
    status: "pending",
    phase: "pull",
    since: undefined,
    beganAt: undefined,
    settleBeganAt: undefined,
    counters: { read: 0, written: 0, unchanged: 0, deleted: 0, quarantined: 0, pages: 0 },
    expectedRecords: undefined,
    error: undefined,
    failures: 0,
    cancelRequested: false,
    createdAt,
    startedAt: undefined,
    finishedAt: undefined,
  };
}

function activeRun(org: Org, connectionId: string, stream: string): Run | undefined {
  for (const { run } of org.runs.values())
    if (run.connectionId === connectionId && run.stream === stream && isActive(run)) return run;
  return undefined;
}

function required(org: Org, runId: string): RunState {
  const stored = org.runs.get(runId);
  if (stored !== undefined) return stored;
  throw new ValidationError("There is no such run: list the connection's runs.", {
    code: "not_found",
    path: "runId",
    reason: "unknown",
  });
}

export function addShards(stored: RunState, phase: ShardState["phase"], shards: readonly NewShard[]): void {
  const known = stored.shards.get(phase) ?? [];
  stored.shards.set(phase, known);
  for (const shard of shards)
    if (!known.some(({ id }) => id === shard.id))
      known.push({ ...copy(shard), phase, cursor: undefined, done: false, restarts: 0 });
}

export function shardOf(stored: RunState, phase: ShardState["phase"], shardId: string): Mutable<ShardState> {
  const shard = stored.shards.get(phase)?.find(({ id }) => id === shardId);
  if (shard !== undefined) return shard;
  throw new ValidationError("There is no such shard: plan the shards of the phase first.", {
    code: "not_found",
    path: "shardId",
    reason: "not planned",
  });
}
