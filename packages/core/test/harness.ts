import { approvalPolicy } from "../src/approvals/policy.ts";
import { loadDomains } from "../src/customers/domain.ts";
import type { Engine } from "../src/engine/engine.ts";
import { createSessions } from "../src/engine/sessions.ts";
import { createEvents } from "../src/events.ts";
import { uuidv7 } from "../src/ids.ts";
import type { Connection, IntegrationDefinition, Lease, Run, Storage } from "../src/index.ts";
import { mirrorTable, silentLogger, systemClock } from "../src/index.ts";
import { hashingEmbedder } from "../src/knowledge/embedders/index.ts";
import { memoryStorage } from "../src/memory/index.ts";
import { type StartRequest, startSync } from "../src/sync/start.ts";
import { connectionOf } from "../src/testing/connection-of.ts";
import { work } from "../src/work/worker.ts";
import { Acme, acme } from "./acme.ts";

export const orgId = "org-1";
export const table = "acme_people";

export interface Bench {
  readonly vendor: Acme;
  readonly storage: Storage;
  readonly engine: Engine;
  connection(): Promise<Connection>;
  start(request?: Partial<StartRequest>): Promise<readonly Run[]>;
  /** Works until no run is active and nothing waits for the indexer or the inbox. */
  settle(): Promise<void>;
  run(id: string): Promise<Run>;
  /** Live rows by key. */
  rows(): Promise<Map<string, Record<string, unknown>>>;
}

/** The whole engine on a store in memory, against the made-up vendor. */
export async function bench(
  options: {
    people?: number;
    integration?: IntegrationDefinition;
    storage?: (inner: Storage) => Storage;
    engine?: Partial<Engine>;
  } = {},
): Promise<Bench> {
  const vendor = new Acme(options.people ?? 95);
  const integration = options.integration ?? acme();
  const inner = memoryStorage();
  const storage = options.storage?.(inner) ?? inner;
  const clock = systemClock;
  const embedder = hashingEmbedder({ dimensions: 64 });
  await storage.open({
    mirrors: integration.streams.map((stream) => ({
      table: mirrorTable(integration, stream.id),
      integration: integration.id,
      stream: stream.id,
      columns: stream.columns,
    })),
    space: { id: embedder.space, dimensions: embedder.dimensions },
    logger: silentLogger,
    clock,
    strictRole: false,
  });
  const integrations = new Map([[integration.id, integration]]);
  const engine: Engine = {
    storage,
    clock,
    logger: silentLogger,
    events: createEvents(silentLogger),
    ring: { current: "k1", key: (keyId) => (keyId === "k1" ? new Uint8Array(32).fill(7) : undefined) },
    integrations,
    embedder,
    model: undefined,
    learning: { budget: { calls: 1_000, characters: 10_000_000 }, concurrency: 2 },
    domains: await loadDomains(),
    sessions: createSessions(integrations, clock, () => vendor.http()),
    publicUrl: "https://app.example.com",
    base: "/api/integrations",
    notify: { sinks: new Map(), gapThreshold: 3, gapWindowMs: 7 * 24 * 60 * 60_000 },
    approvals: approvalPolicy(),
    sliceMs: 5_000,
    leaseMs: 600,
    ...options.engine,
  };
  const id = uuidv7(clock.now());
  const now = new Date(clock.now() - 3 * 60 * 60_000);
  const made = { id, integration: integration.id, account: { id: "acct-1" } };
  await storage.connections.create(connectionOf(orgId, made, now));
  const connection = async () => {
    const stored = await storage.connections.get(orgId, id);
    if (!stored) throw new Error("no connection");
    return stored;
  };
  return {
    vendor,
    storage,
    engine,
    connection,
    start: async (request) =>
      startSync(engine, await connection(), { trigger: "manual", mode: "backfill", ...request }),
    async settle() {
      const stop = new AbortController();
      const working = work(engine, 4, stop.signal);
      try {
        for (let tries = 0; tries < 1_000; tries++) {
          await new Promise((resolve) => setTimeout(resolve, 5));
          const active = await storage.runs.list(orgId, { active: true });
          const { pending } = await storage.knowledge.counts(orgId);
          const waiting = (await storage.deliveries.counts(orgId, id)).pending;
          if (active.length === 0 && pending === 0 && waiting === 0) return;
        }
        throw new Error("nothing settled within the time");
      } finally {
        stop.abort(new Error("settled"));
        await working;
      }
    },
    async run(runId) {
      const run = await storage.runs.get(orgId, runId);
      if (!run) throw new Error("no run");
      return run;
    },
    async rows() {
      const rows = new Map<string, Record<string, unknown>>();
      for (const { key } of await storage.pages.keys(orgId, id, table, {
        after: undefined,
        limit: 100_000,
      })) {
        const row = await storage.pages.get(orgId, id, table, key);
        if (row) rows.set(key, row.raw as Record<string, unknown>);
      }
      return rows;
    },
  };
}

/** The vendor's people as the store should have them. */
export function snapshot(vendor: Acme): Map<string, Record<string, unknown>> {
  return new Map([...vendor.people].map(([key, person]) => [key, { ...person }]));
}

/** A store whose commands can be tampered with, one at a time; everything else goes through. */
export function tamper<Room extends keyof Storage>(
  inner: Storage,
  room: Room,
  changes: Partial<Storage[Room]>,
): Storage {
  return { ...inner, [room]: { ...(inner[room] as object), ...changes } };
}

export type { Lease };
