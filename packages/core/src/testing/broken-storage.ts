import { storageOver } from "../memory/memory-storage.ts";
import { createState, type LeaseState, orgOf, type State, tuple } from "../memory/state.ts";
import type { Lease } from "../ports/lease-store.ts";
import type { PageCommit, RecordRow } from "../ports/page-store.ts";
import type { Storage, StorageSetup } from "../ports/storage.ts";
import { actionGateBreakages } from "./broken-action-gates.ts";
import { actionBreakages } from "./broken-actions.ts";
import { agentBreakages } from "./broken-agents.ts";
import { approvalBreakages } from "./broken-approvals.ts";
import { learnedBreakages, learningBreakages } from "./broken-learning.ts";
import { meetingBreakages } from "./broken-meetings.ts";
import { notificationBreakages } from "./broken-notifications.ts";
import { revenueBreakages } from "./broken-revenue.ts";
import { standingBreakages } from "./broken-standing.ts";
import type { FakeClock } from "./fake-clock.ts";
import type { storagePromises } from "./storage-contract.ts";

type Room = keyof typeof storagePromises;

/** One way for a storage to be wrong, and the promise that must notice. */
export interface Breakage {
  readonly name: string;
  readonly room: Room;
  /** Begins the title of the promise that this breaks. */
  readonly breaks: string;
  /** The rooms that are wrong; the rest stays right. */
  readonly rooms: (good: Storage, state: State) => { readonly [room in Room]?: Partial<Storage[room]> };
}

/** A memory storage that is right but for one thing. */
export async function brokenStorage(
  { rooms }: Pick<Breakage, "rooms">,
  setup: StorageSetup,
  clock: FakeClock,
): Promise<Storage> {
  const state = createState(clock);
  const good = storageOver(state, clock);
  await good.open(setup);
  const broken: Record<string, unknown> = { ...good };
  for (const [room, methods] of Object.entries(rooms(good, state)))
    broken[room] = { ...good[room as Room], ...methods };
  return broken as unknown as Storage;
}

const leaseOf = (state: State, { kind, orgId, subject }: Lease): LeaseState | undefined =>
  state.leases.get(tuple(kind, orgId, subject));

/** The lease as it would have to be now. */
const forged = (state: State, lease: Lease): Lease => {
  const { fence, holder } = leaseOf(state, lease) ?? lease;
  return { ...lease, fence, holder: holder ?? lease.holder };
};

const everywhere = async <T>(
  state: State,
  read: (orgId: string) => Promise<T | undefined>,
): Promise<T | undefined> => {
  for (const orgId of state.orgs.keys()) {
    const found = await read(orgId);
    if (found !== undefined) return found;
  }
  return undefined;
};

/** Every record of a page another one. */
const pagesWith = (change: (record: RecordRow, page: PageCommit) => RecordRow) => (good: Storage) => ({
  pages: {
    commit: (page: PageCommit) =>
      good.pages.commit({ ...page, records: page.records.map((record) => change(record, page)) }),
  },
});

const pagesAs =
  (change: (page: PageCommit, state: State) => PageCommit) => (good: Storage, state: State) => ({
    pages: { commit: async (page: PageCommit) => good.pages.commit(change(page, state)) },
  });

const neverDue = (state: State, kind: LeaseState["kind"]) => {
  for (const lease of state.leases.values())
    if (lease.kind === kind && lease.holder === undefined) lease.dueAt = undefined;
};

let grows = 0;

export const breakages: readonly Breakage[] = [
  // Pages
  {
    name: "the cursor moves before the records",
    room: "pages",
    breaks: "F03 a page that fails",
    rooms: (good) => ({
      pages: {
        commit: async (page) => {
          await good.pages.commit({ ...page, records: [], tombstones: [], quarantine: [], deliveries: [] });
          return good.pages.commit(page);
        },
      },
    }),
  },
  {
    name: "records are stored one by one",
    room: "pages",
    breaks: "F03 a page that fails",
    rooms: (good) => ({
      pages: {
        commit: async (page) => {
          for (const record of page.records)
            await good.pages.commit({ ...page, records: [record], tombstones: [], quarantine: [] });
          return good.pages.commit(page);
        },
      },
    }),
  },
  {
    name: "an older version replaces a newer one",
    room: "pages",
    breaks: "F52 an older version",
    rooms: pagesWith((record) => ({ ...record, updatedAt: new Date(Date.UTC(2027, 0, 1) + ++grows) })),
  },
  {
    name: "the time of observation does not count",
    room: "pages",
    breaks: "F32 of two versions",
    rooms: pagesWith((record) => ({ ...record, observedAt: record.updatedAt ?? record.observedAt })),
  },
  {
    name: "the fence is not checked",
    room: "pages",
    breaks: "F19 a page of a holder",
    rooms: pagesAs((page, state) => ({ ...page, lease: forged(state, page.lease) })),
  },
  {
    name: "shards that a page found are forgotten",
    room: "pages",
    breaks: "F03 shards that a page found",
    rooms: pagesAs(({ progress, ...page }) => {
      const { found: _, ...rest } = progress ?? { found: undefined };
      return progress ? { ...page, progress: rest as typeof progress } : page;
    }),
  },
  {
    name: "shards that a page found begin the others anew",
    room: "pages",
    breaks: "F03 shards that a page found",
    rooms: (good) => ({
      pages: {
        commit: async (page) => {
          const { progress, lease } = page;
          for (const { id } of progress?.found?.shards ?? [])
            await good.runs.restartShard(lease, progress?.phase ?? "pull", id).catch(() => {});
          if (!progress?.found) return good.pages.commit(page);
          return good.pages.commit({ ...page, progress: { ...progress, cursor: null } });
        },
      },
    }),
  },
  {
    name: "an unchanged row is written again",
    room: "pages",
    breaks: "an unchanged record is not touched",
    rooms: pagesWith((record) => ({ ...record, hash: `${record.hash} ${++grows}` })),
  },
  {
    name: "a forced document is left alone",
    room: "pages",
    breaks: "an unchanged record is not touched",
    rooms: pagesWith((record) =>
      record.document === undefined ? record : { ...record, document: { ...record.document, force: false } },
    ),
  },
  {
    name: "tombstones are ignored",
    room: "pages",
    breaks: "F33 a deletion at the vendor",
    rooms: pagesAs((page) => ({ ...page, tombstones: [] })),
  },
  {
    name: "a tombstone of an unseen record is forgotten",
    room: "pages",
    breaks: "F51 a record that comes after its tombstone",
    rooms: pagesAs((page, state) => {
      const collection = orgOf(state, page.orgId).collections.get(page.connectionId)?.get(page.stream);
      return { ...page, tombstones: page.tombstones.filter(({ key }) => collection?.rows.has(key)) };
    }),
  },
  {
    name: "a tombstone deletes what is newer",
    room: "pages",
    breaks: "F33 a tombstone applies unless",
    rooms: pagesAs((page) => ({
      ...page,
      tombstones: page.tombstones.map((one) => ({ ...one, deletedAt: new Date(Date.UTC(2027, 0, 1)) })),
    })),
  },
  {
    name: "a purge only hides",
    room: "pages",
    breaks: "F33 a purge",
    rooms: pagesAs((page) => ({
      ...page,
      tombstones: page.tombstones.map((one) => ({ ...one, purge: false })),
    })),
  },
  {
    name: "a deletion leaves the chunks",
    room: "pages",
    breaks: "F33 a deletion at the vendor",
    rooms: (good, state) => ({
      pages: {
        commit: async (page) => {
          const { documents } = orgOf(state, page.orgId);
          const before = [...documents];
          const result = await good.pages.commit(page);
          for (const [id, document] of before) documents.set(id, document);
          return result;
        },
      },
    }),
  },
  {
    name: "fingerprints of deleted records are told",
    room: "pages",
    breaks: "fingerprints are found by key",
    rooms: (_, state) => ({
      pages: {
        fingerprints: async (orgId, connectionId, _table, keys) =>
          new Map(
            [...(orgOf(state, orgId).collections.get(connectionId)?.values() ?? [])].flatMap(({ rows }) =>
              keys.flatMap((key) => {
                const print = rows.get(key)?.fingerprint;
                return print === undefined ? [] : [[key, print] as const];
              }),
            ),
          ),
      },
    }),
  },
  {
    name: "fingerprints of a page's first key alone are told",
    room: "pages",
    breaks: "fingerprints are found by key",
    rooms: (good) => ({
      pages: {
        fingerprints: (orgId, connectionId, table, keys) =>
          good.pages.fingerprints(orgId, connectionId, table, keys.slice(0, 1)),
      },
    }),
  },
  {
    name: "an erasure overlooks what was deleted before",
    room: "pages",
    breaks: "what rows hold is found for an erasure",
    rooms: (good) => ({
      pages: {
        kept: async (orgId, connectionId, table, page) =>
          (await good.pages.keys(orgId, connectionId, table, page)).map(({ key }) => key),
      },
    }),
  },
  {
    name: "an erasure leaves settled events",
    room: "deliveries",
    breaks: "an erasure takes every event",
    rooms: (good, state) => ({
      deliveries: {
        forget: async (lease, connectionId) => {
          const org = orgOf(state, lease.orgId);
          const before = [...org.deliveries].filter(([, { status }]) => status !== "pending");
          const gone = await good.deliveries.forget(lease, connectionId);
          for (const [id, delivery] of before) org.deliveries.set(id, delivery);
          return gone;
        },
      },
    }),
  },
  {
    name: "a deleted record stays dead",
    room: "pages",
    breaks: "a record that comes back",
    rooms: pagesAs((page, state) => {
      const rows = orgOf(state, page.orgId).collections.get(page.connectionId)?.get(page.stream)?.rows;
      return { ...page, records: page.records.filter(({ key }) => !rows?.get(key)?.deletedAt) };
    }),
  },
  {
    name: "one bad record refuses its page",
    room: "pages",
    breaks: "F27 a record that fits no schema",
    rooms: pagesAs((page) => (page.quarantine.length > 0 ? { ...page, records: [], quarantine: [] } : page)),
  },
  {
    name: "a sweep takes what is in quarantine",
    room: "pages",
    breaks: "a full resync finds",
    rooms: (good, state) => ({
      pages: {
        commit: async (page) => {
          const result = await good.pages.commit(page);
          const run = orgOf(state, page.orgId).runs.get(page.progress?.runId ?? "");
          for (const { key } of page.quarantine) run?.seen.delete(key);
          return result;
        },
      },
    }),
  },
  {
    name: "the indexer is not woken",
    room: "pages",
    breaks: "F05 a commit that brings documents",
    rooms: (good, state) => ({
      pages: {
        commit: async (page) => {
          const result = await good.pages.commit(page);
          neverDue(state, "index");
          return result;
        },
      },
    }),
  },
  {
    name: "deliveries are not settled with their page",
    room: "pages",
    breaks: "F03 rows, cursor, counters",
    rooms: pagesAs((page) => ({ ...page, deliveries: [] })),
  },
  {
    name: "counters are lost",
    room: "pages",
    breaks: "F63 of an event and a backfill",
    rooms: (good, state) => ({
      pages: {
        commit: async (page) => {
          const run = orgOf(state, page.orgId).runs.get(page.progress?.runId ?? "");
          const before = run?.run.counters;
          await Promise.resolve();
          const result = await good.pages.commit(page);
          if (run !== undefined && before !== undefined)
            run.run = { ...run.run, counters: { ...before, pages: before.pages + 1 } };
          return result;
        },
      },
    }),
  },
  {
    name: "what is read is what is stored",
    room: "pages",
    breaks: "callers cannot change",
    rooms: (good, state) => ({
      pages: {
        get: async (orgId, connectionId, _table, key) => {
          const row = orgOf(state, orgId).collections.get(connectionId)?.get("people")?.rows.get(key);
          return row && { ...row, raw: null };
        },
      },
      connections: { get: good.connections.get },
    }),
  },
  {
    name: "another org's row can be read",
    room: "pages",
    breaks: "T30 one org",
    rooms: (good, state) => ({
      pages: {
        get: (_, connectionId, table, key) =>
          everywhere(state, (orgId) => good.pages.get(orgId, connectionId, table, key)),
      },
    }),
  },
  {
    name: "keys come from a plain object",
    room: "pages",
    breaks: "T26 keys and fields",
    rooms: pagesAs((page) => {
      const byKey: Record<string, RecordRow> = {};
      for (const record of page.records) byKey[record.key] = record;
      return { ...page, records: Object.values(byKey) };
    }),
  },
  {
    name: "a key's quotes are doubled",
    room: "pages",
    breaks: "T27 hostile keys",
    rooms: pagesWith((record) => ({ ...record, key: record.key.replaceAll("'", "''") })),
  },
  // Leases
  {
    name: "a held lease is given again",
    room: "leases",
    breaks: "F18 of many workers",
    rooms: (good, state) => ({
      leases: {
        claim: (request) => {
          for (const lease of state.leases.values()) lease.expiresAt = 0;
          return good.leases.claim(request);
        },
      },
    }),
  },
  {
    name: "a lease never runs out",
    room: "leases",
    breaks: "F07 a lease that ran out",
    rooms: (good) => ({
      leases: { claim: (request) => good.leases.claim({ ...request, ttlMs: 1e12 }) },
    }),
  },
  {
    name: "a heartbeat is always granted",
    room: "leases",
    breaks: "F19 a holder whose lease",
    rooms: () => ({ leases: { heartbeat: async () => true } }),
  },
  {
    name: "a heartbeat extends nothing",
    room: "leases",
    breaks: "a heartbeat keeps",
    rooms: () => ({ leases: { heartbeat: async () => true } }),
  },
  {
    name: "a release ignores the fence",
    room: "leases",
    breaks: "F19 a holder whose lease",
    rooms: (good, state) => ({
      leases: { release: (lease, again) => good.leases.release(forged(state, lease), again) },
    }),
  },
  {
    name: "a release ignores who woke meanwhile",
    room: "leases",
    breaks: "work that somebody woke since the claim",
    rooms: (good, state) => ({
      leases: {
        release: (lease, again) => {
          const stored = leaseOf(state, lease);
          if (stored?.fence === lease.fence) stored.dueAt = undefined;
          return good.leases.release(lease, again);
        },
      },
    }),
  },
  {
    name: "a release ignores when it is due again",
    room: "leases",
    breaks: "released work is due again",
    rooms: (good) => ({ leases: { release: (lease) => good.leases.release(lease, undefined) } }),
  },
  {
    name: "fences begin again",
    room: "leases",
    breaks: "the fence of a key grows",
    rooms: (good, state) => ({
      leases: {
        release: async (lease, again) => {
          await good.leases.release(lease, again);
          state.sequence = 0;
        },
      },
    }),
  },
  {
    name: "every wake is a piece of work",
    room: "leases",
    breaks: "many wakes of one key",
    rooms: (good) => {
      let many = 0;
      return {
        leases: {
          wake: async (wakes) => {
            await good.leases.wake(wakes);
            await good.leases.wake(wakes.map((one) => ({ ...one, subject: `${one.subject} ${++many}` })));
          },
          release: (lease, again) => good.leases.release(lease, again ?? new Date(0)),
        },
      };
    },
  },
  {
    name: "a wake for later is due now",
    room: "leases",
    breaks: "a piece is due no sooner",
    rooms: (good) => ({
      leases: { wake: (wakes) => good.leases.wake(wakes.map(({ at: _, ...now }) => now)) },
    }),
  },
  {
    name: "an ending process keeps what it holds",
    room: "leases",
    breaks: "F16 a process",
    rooms: () => ({ leases: { releaseAll: async () => {} } }),
  },
  {
    name: "the loudest org is served first",
    room: "leases",
    breaks: "T46 no org",
    rooms: (good, state) => ({
      leases: {
        claim: async (request) => {
          const order = [...state.leases.keys()];
          const all = await good.leases.claim({ ...request, limit: 1_000 });
          const place = ({ kind, orgId, subject }: Lease) => order.indexOf(tuple(kind, orgId, subject));
          const sorted = all.toSorted((a, b) => place(a) - place(b));
          for (const lease of sorted.slice(request.limit)) await good.leases.release(lease, new Date(0));
          return sorted.slice(0, request.limit);
        },
      },
    }),
  },
  {
    name: "a slot is given to everybody",
    room: "leases",
    breaks: "F88 a slot",
    rooms: () => ({ leases: { takeSlot: async () => true } }),
  },
  // Runs
  {
    name: "triggers do not coalesce",
    room: "runs",
    breaks: "F89 a second trigger",
    rooms: (good, state) => ({
      runs: {
        start: async (runs) => {
          const all = runs.flatMap(({ orgId }) => [...orgOf(state, orgId).runs.values()]);
          const before = all.map((stored) => ({ stored, run: stored.run }));
          for (const { stored, run } of before) stored.run = { ...run, status: "failed" };
          const started = await good.runs.start(runs);
          for (const { stored, run } of before) stored.run = run;
          return started;
        },
      },
    }),
  },
  {
    name: "a run's fence is not checked",
    room: "runs",
    breaks: "F19 a run is neither",
    rooms: (good, state) => ({
      runs: { change: (lease, change) => good.runs.change(forged(state, lease), change) },
    }),
  },
  {
    name: "a run ends without its fence",
    room: "runs",
    breaks: "F19 a run is neither",
    rooms: (good, state) => ({
      runs: { finish: (lease, end) => good.runs.finish(forged(state, lease), end) },
    }),
  },
  {
    name: "shards are planned again",
    room: "runs",
    breaks: "the shards of a phase",
    rooms: (good, state) => ({
      runs: {
        planShards: (lease, phase, shards) => {
          orgOf(state, lease.orgId).runs.get(lease.subject)?.shards.delete(phase);
          return good.runs.planShards(lease, phase, shards);
        },
      },
    }),
  },
  {
    name: "a restarted shard keeps its cursor",
    room: "runs",
    breaks: "F29 a shard",
    rooms: (good) => ({
      runs: {
        restartShard: async (lease, phase, id) => {
          const shard = (await good.runs.shards(lease, phase)).find((one) => one.id === id);
          if (shard === undefined) throw new TypeError("no shard");
          return { ...shard, restarts: shard.restarts + 1 };
        },
      },
    }),
  },
  {
    name: "the watermark stays",
    room: "runs",
    breaks: "F04 a run that is finished",
    rooms: (good) => ({
      runs: { finish: (lease, { watermark: _, ...end }) => good.runs.finish(lease, end) },
    }),
  },
  {
    name: "the first run that succeeds counts for its sync",
    room: "runs",
    breaks: "F04 a connection was last synced",
    rooms: (good, state) => ({
      runs: {
        finish: async (lease, end) => {
          const run = await good.runs.finish(lease, end);
          const { connections } = orgOf(state, lease.orgId);
          const connection = connections.get(run.connectionId);
          if (connection !== undefined)
            connections.set(run.connectionId, { ...connection, lastSyncedAt: end.at });
          return run;
        },
      },
    }),
  },
  {
    name: "a stopped sweep forgets what it saw",
    room: "runs",
    breaks: "a stopped sweep",
    rooms: (good, state) => ({
      runs: {
        finish: (lease, end) => {
          orgOf(state, lease.orgId).runs.get(lease.subject)?.seen.clear();
          return good.runs.finish(lease, end);
        },
      },
    }),
  },
  {
    name: "a cancelled run is not woken",
    room: "runs",
    breaks: "F46 cancelling",
    rooms: (good, state) => ({
      runs: {
        cancel: async (orgId, runId) => {
          const lease = state.leases.get(tuple("run", orgId, runId));
          const dueAt = lease?.dueAt;
          const done = await good.runs.cancel(orgId, runId);
          if (lease !== undefined) lease.dueAt = dueAt;
          return done;
        },
      },
    }),
  },
  {
    name: "another org's run can be read",
    room: "runs",
    breaks: "T30 one org",
    rooms: (good, state) => ({
      runs: { get: (_, id) => everywhere(state, (orgId) => good.runs.get(orgId, id)) },
    }),
  },
  // Deliveries
  {
    name: "a duplicate is accepted twice",
    room: "deliveries",
    breaks: "F50 an event that is delivered ten times",
    rooms: (good, state) => ({
      deliveries: {
        accept: (batch) => {
          for (const { orgId } of batch) orgOf(state, orgId).eventKeys.clear();
          return good.deliveries.accept(batch);
        },
      },
    }),
  },
  {
    name: "a settled event is forgotten",
    room: "deliveries",
    breaks: "F50 an event that is delivered ten times",
    rooms: (good, state) => ({
      deliveries: {
        settle: async (lease, outcomes, at) => {
          await good.deliveries.settle(lease, outcomes, at);
          orgOf(state, lease.orgId).eventKeys.clear();
        },
      },
    }),
  },
  {
    name: "two at once look before either stores",
    room: "deliveries",
    breaks: "F50 of fifty deliveries",
    rooms: (good, state) => ({
      deliveries: {
        accept: async (batch) => {
          const known = batch.map(({ orgId, connectionId, eventKey }) =>
            orgOf(state, orgId).eventKeys.has(tuple(connectionId, eventKey)),
          );
          await Promise.resolve();
          for (const { orgId } of batch) orgOf(state, orgId).eventKeys.clear();
          const accepted = await good.deliveries.accept(batch.filter((_, i) => !known[i]));
          return known.map((was, i) => !was && accepted[i] === true);
        },
      },
    }),
  },
  {
    name: "one org's event key hides another's",
    room: "deliveries",
    breaks: "one batch holds events",
    rooms: (good) => {
      const seen = new Set<string>();
      return {
        deliveries: {
          accept: async (batch) => {
            const fresh = batch.filter(({ eventKey }) => !seen.has(eventKey) && seen.add(eventKey));
            await good.deliveries.accept(fresh);
            return batch.map((event) => fresh.includes(event));
          },
        },
      };
    },
  },
  {
    name: "the inbox is not woken",
    room: "deliveries",
    breaks: "an accepted event",
    rooms: (good, state) => ({
      deliveries: {
        accept: async (batch) => {
          const answers = await good.deliveries.accept(batch);
          neverDue(state, "inbox");
          return answers;
        },
      },
    }),
  },
  {
    name: "what is skipped is worked",
    room: "deliveries",
    breaks: "F54 an event that came",
    rooms: (good) => ({
      deliveries: {
        accept: (batch) => good.deliveries.accept(batch.map((event) => ({ ...event, status: "pending" }))),
      },
    }),
  },
  {
    name: "an inbox settles without its fence",
    room: "deliveries",
    breaks: "F19 an inbox",
    rooms: (good, state) => ({
      deliveries: {
        settle: (lease, outcomes, at) => good.deliveries.settle(forged(state, lease), outcomes, at),
      },
    }),
  },
  {
    name: "what is not due is pending",
    room: "deliveries",
    breaks: "pending events come oldest first",
    rooms: (good) => ({
      deliveries: {
        pending: (lease, connectionId, limit) =>
          good.deliveries.pending(lease, connectionId, limit, new Date(8.64e15)),
      },
    }),
  },
  {
    name: "a replay wakes nobody",
    room: "deliveries",
    breaks: "a replayed event",
    rooms: (good, state) => ({
      deliveries: {
        replay: async (orgId, ids) => {
          const count = await good.deliveries.replay(orgId, ids);
          neverDue(state, "inbox");
          return count;
        },
      },
    }),
  },
  {
    name: "every unrouted event is everybody's",
    room: "deliveries",
    breaks: "F53 events of an unknown account",
    rooms: (_, state) => ({ deliveries: { unrouted: async () => [...state.unrouted.values()] } }),
  },
  {
    name: "retention takes what still waits",
    room: "deliveries",
    breaks: "retention takes",
    rooms: (good, state) => ({
      deliveries: {
        purge: async (settledBefore, unroutedBefore) => {
          for (const org of state.orgs.values())
            for (const { id, status, receivedAt } of org.deliveries.values())
              if (status === "pending" && receivedAt < settledBefore) org.deliveries.delete(id);
          return good.deliveries.purge(settledBefore, unroutedBefore);
        },
      },
    }),
  },
  {
    name: "another org's delivery can be replayed",
    room: "deliveries",
    breaks: "T30 one org",
    rooms: (good, state) => ({
      deliveries: {
        replay: async (_, ids) => {
          let count = 0;
          for (const orgId of state.orgs.keys()) count += await good.deliveries.replay(orgId, ids);
          return count;
        },
      },
    }),
  },
  // Connections
  {
    name: "the revision is not checked",
    room: "connections",
    breaks: "a change at a revision",
    rooms: (good) => ({
      connections: { change: (orgId, id, change) => good.connections.change(orgId, id, change) },
    }),
  },
  {
    name: "credentials are not locked",
    room: "connections",
    breaks: "F41 holders of the credentials",
    rooms: (good) => ({
      connections: {
        withCredentials: async (orgId, id, work) => {
          const connection = await good.connections.get(orgId, id);
          if (connection === undefined) throw new TypeError("no connection");
          const { change, result } = await work(connection);
          if (change !== undefined) await good.connections.change(orgId, id, change);
          return result;
        },
      },
    }),
  },
  {
    name: "a route keeps to the first org",
    room: "connections",
    breaks: "an account that several orgs share",
    rooms: (good) => ({
      connections: { route: async (...by) => (await good.connections.route(...by)).slice(0, 1) },
    }),
  },
  {
    name: "an attempt can be used again",
    room: "connections",
    breaks: "T10 an OAuth attempt",
    rooms: (_, state) => ({
      connections: {
        useAttempt: async (orgId, nonce, now) =>
          now.getTime() < (orgOf(state, orgId).attempts.get(nonce) ?? 0),
      },
    }),
  },
  {
    name: "another org's connection can be read",
    room: "connections",
    breaks: "T30 one org",
    rooms: (good, state) => ({
      connections: { get: (_, id) => everywhere(state, (orgId) => good.connections.get(orgId, id)) },
    }),
  },
  // Customers
  {
    name: "only primary addresses match",
    room: "customers",
    breaks: "records that claim one address",
    rooms: pagesWith((record) =>
      record.claim === undefined
        ? record
        : { ...record, claim: { ...record.claim, identities: record.claim.identities.slice(0, 1) } },
    ),
  },
  {
    name: "the last claim wins whatever its rank",
    room: "customers",
    breaks: "fields fold one by one",
    rooms: pagesWith((record) =>
      record.claim === undefined ? record : { ...record, claim: { ...record.claim, rank: ++grows } },
    ),
  },
  {
    name: "a record is about whoever its last link leads to",
    room: "customers",
    breaks: "a record is about the surest",
    rooms: pagesWith((record) => ({
      ...record,
      links: record.links.toReversed().map((link) => ({ ...link, score: 1 })),
    })),
  },
  {
    name: "whom records are about comes in no order",
    room: "customers",
    breaks: "a record is about the surest",
    rooms: (good) => ({
      customers: {
        about: async (orgId, records) => [...(await good.customers.about(orgId, records))].reverse(),
      },
    }),
  },
  {
    name: "whom a record is about is known in every org",
    room: "customers",
    breaks: "a record is about the surest",
    rooms: (good, state) => ({
      customers: {
        about: async (_, records) => {
          for (const orgId of state.orgs.keys()) {
            const about = await good.customers.about(orgId, records);
            if (about.some(({ person }) => person)) return about;
          }
          return records.map(() => ({ person: undefined, company: undefined }));
        },
      },
    }),
  },
  {
    name: "nothing is ever merged",
    room: "customers",
    breaks: "two customers that turn out to be one",
    rooms: () => ({ customers: { reconcile: async () => 0 } }),
  },
  {
    name: "the customers' worker is not woken",
    room: "customers",
    breaks: "two customers that turn out to be one",
    rooms: (good, state) => ({
      pages: {
        commit: async (page) => {
          const result = await good.pages.commit(page);
          neverDue(state, "customers");
          return result;
        },
      },
    }),
  },
  {
    name: "what a person typed is overwritten",
    room: "customers",
    breaks: "what a person typed",
    rooms: (good, state) => ({
      pages: {
        commit: (page) => {
          for (const { manual } of orgOf(state, page.orgId).customers.values()) manual.clear();
          return good.pages.commit(page);
        },
      },
    }),
  },
  {
    name: "a deleted record goes on speaking",
    room: "customers",
    breaks: "F33 a deleted record",
    rooms: pagesAs((page) => ({ ...page, tombstones: [] })),
  },
  {
    name: "a merge at the vendor is only a deletion",
    room: "customers",
    breaks: "F33 records that the vendor merged",
    rooms: pagesAs((page) => ({
      ...page,
      tombstones: page.tombstones.map((one) => ({ ...one, mergedInto: undefined })),
    })),
  },
  {
    name: "links are made only to who is known already",
    room: "customers",
    breaks: "what came before a customer",
    rooms: pagesAs((page, state) => {
      const { identities } = orgOf(state, page.orgId);
      const known = page.records.map((record) => ({
        ...record,
        links: record.links.filter(({ kind, identity = "" }) => identities[kind].has(identity)),
      }));
      return { ...page, records: known };
    }),
  },
  {
    name: "another org's customer can be read",
    room: "customers",
    breaks: "T30 one org",
    rooms: (good, state) => ({
      customers: { endUser: (_, by) => everywhere(state, (orgId) => good.customers.endUser(orgId, by)) },
    }),
  },
  // Knowledge
  {
    name: "the oldest document is indexed first",
    room: "knowledge",
    breaks: "documents wait to be indexed",
    rooms: (good) => ({
      knowledge: { pending: async (...by) => (await good.knowledge.pending(...by)).toReversed() },
    }),
  },
  {
    name: "an index of an older revision is stored",
    room: "knowledge",
    breaks: "an index made of an older revision",
    rooms: (good, state) => ({
      knowledge: {
        replace: (lease, documents, at) => {
          const stored = orgOf(state, lease.orgId).documents;
          const moved = documents.map((one) => ({
            ...one,
            revision: stored.get(one.id)?.revision ?? one.revision,
          }));
          return good.knowledge.replace(lease, moved, at);
        },
      },
    }),
  },
  {
    name: "new chunks join the old ones",
    room: "knowledge",
    breaks: "F05 a changed document",
    rooms: (good, state) => ({
      knowledge: {
        replace: (lease, documents, at) => {
          const stored = orgOf(state, lease.orgId).documents;
          const joined = documents.map((one) => ({
            ...one,
            chunks: [
              ...one.chunks,
              ...(stored.get(one.id)?.chunks ?? []).map((chunk) => ({ ...chunk, vectors: [] })),
            ],
          }));
          return good.knowledge.replace(lease, joined, at);
        },
      },
    }),
  },
  {
    name: "an index is stored without its fence",
    room: "knowledge",
    breaks: "F19 an index",
    rooms: (good, state) => ({
      knowledge: {
        replace: (lease, documents, at) => good.knowledge.replace(forged(state, lease), documents, at),
      },
    }),
  },
  {
    name: "the nearest are only some of the near",
    room: "knowledge",
    breaks: "the vector leg is exact",
    rooms: (good) => ({
      knowledge: {
        nearest: async (orgId, vector, filter, limit) =>
          (await good.knowledge.nearest(orgId, vector, filter, limit + 5)).slice(5),
      },
    }),
  },
  {
    name: "a customer's search ignores which customer",
    room: "knowledge",
    breaks: "T33 a customer's search",
    rooms: (good) => {
      const wide = (filter: Parameters<typeof good.knowledge.lexical>[2]) =>
        filter.scope.kind === "customer" ? { ...filter, scope: { kind: "staff" as const } } : filter;
      return {
        knowledge: {
          lexical: (orgId, terms, filter, limit) => good.knowledge.lexical(orgId, terms, wide(filter), limit),
          nearest: (orgId, vector, filter, limit) =>
            good.knowledge.nearest(orgId, vector, wide(filter), limit),
        },
      };
    },
  },
  {
    name: "only the lexical leg keeps to the scope",
    room: "knowledge",
    breaks: "T33 a general search",
    rooms: (good) => ({
      knowledge: {
        nearest: (orgId, vector, filter, limit) =>
          good.knowledge.nearest(orgId, vector, { ...filter, scope: { kind: "staff" } }, limit),
      },
    }),
  },
  {
    name: "both legs at once forget the scope",
    room: "knowledge",
    breaks: "T33 a general search",
    rooms: (good) => ({
      knowledge: {
        legs: (orgId, asked, filter, limits) =>
          good.knowledge.legs(orgId, asked, { ...filter, scope: { kind: "staff" } }, limits),
      },
    }),
  },
  {
    name: "both legs at once have one limit",
    room: "knowledge",
    breaks: "both legs at once",
    rooms: (good) => ({
      knowledge: {
        legs: (orgId, asked, filter, { lexical }) =>
          good.knowledge.legs(orgId, asked, filter, { lexical, nearest: lexical }),
      },
    }),
  },
  {
    name: "what is about a stranger is about nobody",
    room: "knowledge",
    breaks: "T33 a general search",
    rooms: pagesWith((record) => ({
      ...record,
      links: record.links.filter(({ identity }) => !identity?.startsWith("stranger")),
    })),
  },
  {
    name: "another org's chunks are found",
    room: "knowledge",
    breaks: "T33 one org finds nothing",
    rooms: (good, state) => ({
      knowledge: {
        chunks: async (_, ids, around) => {
          const all = [...state.orgs.keys()].map((orgId) => good.knowledge.chunks(orgId, ids, around));
          return (await Promise.all(all)).flat();
        },
      },
    }),
  },
  {
    name: "a prefix is a pattern",
    room: "knowledge",
    breaks: "T27 a prefix",
    rooms: (good) => ({
      knowledge: {
        lexical: (orgId, terms, { prefix, ...filter }, limit) =>
          good.knowledge.lexical(orgId, terms, { ...filter, prefix: prefix?.replace(/[%_].*$/, "") }, limit),
        nearest: (orgId, vector, { prefix, ...filter }, limit) =>
          good.knowledge.nearest(orgId, vector, { ...filter, prefix: prefix?.replace(/[%_].*$/, "") }, limit),
      },
    }),
  },
  {
    name: "a removal leaves the vectors",
    room: "knowledge",
    breaks: "F33 a removal",
    rooms: (good) => {
      const kept = new Map<string, readonly Float32Array[]>();
      return {
        knowledge: {
          replace: (lease, documents, at) => {
            for (const { chunks } of documents)
              for (const { hash, vectors } of chunks) kept.set(hash, vectors);
            return good.knowledge.replace(lease, documents, at);
          },
          vectorsOf: async (_, hashes) => new Map([...kept].filter(([hash]) => hashes.includes(hash))),
        },
      };
    },
  },
  {
    name: "a removal leaves no receipt",
    room: "knowledge",
    breaks: "F33 a removal",
    rooms: () => ({ knowledge: { receipts: async () => [] } }),
  },
  {
    name: "a failure is forgotten",
    room: "knowledge",
    breaks: "F77 a document that could not be indexed",
    rooms: () => ({ knowledge: { postpone: async () => {} } }),
  },
  {
    name: "the oldest document is embedded first",
    room: "knowledge",
    breaks: "chunks without a vector",
    rooms: (good) => ({
      knowledge: { unembedded: async (...by) => (await good.knowledge.unembedded(...by)).toReversed() },
    }),
  },
  {
    name: "every added vector is said to be kept, and none is",
    room: "knowledge",
    breaks: "vectors are added to chunks",
    rooms: () => ({ knowledge: { addVectors: async (_, added) => added.length } }),
  },
  {
    name: "a vector replaces the one that was there",
    room: "knowledge",
    breaks: "vectors are added to chunks",
    rooms: (good, state) => ({
      knowledge: {
        addVectors: (lease, added) => {
          for (const { chunks } of orgOf(state, lease.orgId).documents.values())
            for (const { id, vectors } of chunks)
              if (added.some(({ chunkId }) => chunkId === id)) vectors.clear();
          return good.knowledge.addVectors(lease, added);
        },
      },
    }),
  },
  {
    name: "vectors of an older index go to the chunk in that place",
    room: "knowledge",
    breaks: "F33 vectors for chunks",
    rooms: (good, state) => ({
      knowledge: {
        addVectors: (lease, added) => {
          const chunks = [...orgOf(state, lease.orgId).documents.values()].flatMap(({ chunks }) => chunks);
          const placeOf = (id: string) => id.replace(/:\d+:/, ":");
          const moved = added.map(({ chunkId, vectors }) => ({
            chunkId: chunks.find(({ id }) => placeOf(id) === placeOf(chunkId))?.id ?? chunkId,
            vectors,
          }));
          return good.knowledge.addVectors(lease, moved);
        },
      },
    }),
  },
  {
    name: "vectors are added without a fence",
    room: "knowledge",
    breaks: "F19 vectors of a worker",
    rooms: (good, state) => ({
      knowledge: { addVectors: (lease, added) => good.knowledge.addVectors(forged(state, lease), added) },
    }),
  },
  {
    name: "a vector of another space is cut to fit",
    room: "knowledge",
    breaks: "F77 an added vector",
    rooms: (good) => ({
      knowledge: {
        addVectors: (lease, added) =>
          good.knowledge.addVectors(
            lease,
            added.map(({ chunkId, vectors }) => ({
              chunkId,
              vectors: vectors.map((one) => one.slice(0, 3)),
            })),
          ),
      },
    }),
  },
  // Jobs
  {
    name: "a batch whose handler throws is lost",
    room: "jobs",
    breaks: "a batch whose handler throws",
    rooms: (good) => ({
      jobs: {
        work: (queue, options) =>
          good.jobs.work(queue, { ...options, handler: (jobs) => options.handler(jobs).catch(() => {}) }),
      },
    }),
  },
  {
    name: "nobody is kicked",
    room: "jobs",
    breaks: "waking work that is due",
    rooms: (good, state) => ({
      leases: {
        wake: async (wakes) => {
          await good.leases.wake(wakes);
          for (const queue of state.queues.values()) queue.jobs = [];
        },
      },
    }),
  },
  ...meetingBreakages,
  ...agentBreakages,
  ...actionGateBreakages,
  ...actionBreakages,
  ...approvalBreakages,
  ...learningBreakages,
  ...learnedBreakages,
  ...notificationBreakages,
  ...revenueBreakages,
  ...standingBreakages,
];
