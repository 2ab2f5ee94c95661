import { randomBytes, randomUUID } from "node:crypto";
import { createHalo, defineAction, defineIntegration, type Halo } from "@halo/core";
import pg from "pg";
import * as z from "zod";
import { connectionOf } from "../packages/core/src/testing/connection-of.ts";
import { internals, type PgStorage, pgStorage } from "../packages/storage-pg/src/pg-storage.ts";
import { postgresBinaries, startPostgres } from "../packages/storage-pg/test/support/postgres-server.ts";
import type { Bench, BenchContext, Row } from "./bench.ts";
import { median } from "./measure.ts";

const ROUNDS = 800;
const WARM_UP = 100;
const ORG = "org";
const AGENT = "agent";

const bench: Bench = {
  name: "actions",
  about: "Gate, validation and audit of an action that calls nobody, against one single-row transaction",
  async run(context) {
    const ratios: Record<string, number> = {};
    const rows: Row[] = [];
    const notes = [
      "The floor: begin, set local, insert, commit. An action: begin (gates, call, audit, lease), end (call, audit, lease).",
      "Both of an action's transactions wait for the disk: where that is slow the ratio nears 2, where it costs nothing it is the processor's alone, and higher.",
    ];
    const version = ([18, 15] as const).find((one) => postgresBinaries(one));
    if (version) {
      const server = await startPostgres({ version });
      try {
        await compare(
          await server.createDatabase(),
          `PostgreSQL ${version}`,
          "actionGate",
          ratios,
          rows,
          notes,
          context,
        );
      } finally {
        await server.stop();
      }
    } else notes.push("SKIPPED on a server: no PostgreSQL here.");
    await compare("memory://", "PGlite", "actionGate.pglite", ratios, rows, notes, context);
    return { ratios, rows, notes };
  },
};
export default bench;

/** It succeeds at once: what is left is ours. */
const nothing = defineAction({
  id: "do_nothing",
  name: "Do nothing",
  description: "Does nothing.",
  input: z.strictObject({ name: z.string().max(100), amount: z.number().int().min(0) }),
  config: z.strictObject({ most: z.number().default(1_000) }),
  permit: ({ input, config }) => input.amount <= config.most || "That is too much.",
  run: async () => ({ id: "1" }),
});

const acme = defineIntegration({
  id: "acme",
  name: "Acme",
  auth: { key: { label: "Key" }, scopes: [], identify: async () => ({ account: { id: "a" } }) },
  http: { baseUrl: "https://api.acme.example", budgets: [], classify: () => ({ kind: "ok" }) },
  modes: { ingest: false, actions: true, notifications: false },
  streams: [],
  actions: [nothing],
});

interface Candidate {
  readonly name: string;
  readonly run: () => Promise<unknown>;
}

async function compare(
  target: string,
  where: string,
  ratio: string,
  ratios: Record<string, number>,
  rows: Row[],
  notes: string[],
  { log }: BenchContext,
): Promise<void> {
  log(where);
  const storage = pgStorage(target, { migrate: "auto" });
  const halo = await createHalo({
    storage,
    integrations: [acme],
    encryptionKey: randomBytes(32),
    embedder: null,
  });
  const server = target.startsWith("postgres");
  const client = server ? new pg.Client({ connectionString: target }) : undefined;
  await client?.connect();
  try {
    const session = await storage[internals].connector.acquire();
    await session.exec(plainTable).finally(() => session.release(false));
    const connection = connectionOf(ORG, { account: { id: "a" } });
    await storage.connections.create(connection);
    await halo.agents.upsert({ orgId: ORG, id: AGENT });
    await halo.agents.setAction({ orgId: ORG, agentId: AGENT, action: nothing.id, enabled: true });
    const candidates: readonly Candidate[] = [
      { name: "one row through the door", run: () => oneRow(storage) },
      ...(client ? [{ name: "one row, pg alone", run: () => oneRowAlone(client) }] : []),
      { name: "halo.actions.invoke", run: () => invoked(halo) },
    ];
    const times = await inTurns(candidates);
    const [floor = Number.NaN] = times.map(median);
    for (const [at, { name }] of candidates.entries()) {
      const all = [...(times[at] ?? [])].sort((a, b) => a - b);
      const p50 = median(all);
      rows.push({
        where,
        what: name,
        "p50 ms": p50,
        "p95 ms": all[Math.floor(all.length * 0.95)] ?? Number.NaN,
        "of first": p50 / floor,
      });
    }
    notes.push(`${where}: an action sends the database ${await messagesOf(() => invoked(halo))} messages.`);
    const action = median(times.at(-1) ?? []);
    ratios[ratio] = action / floor;
    if (client) ratios[`${ratio}.bare`] = action / median(times[1] ?? []);
  } finally {
    await client?.end();
    await halo.close();
  }
}

/** One of each a round, and another one first each time: whatever else the machine does hits them alike. */
async function inTurns(candidates: readonly Candidate[]): Promise<number[][]> {
  const times: number[][] = candidates.map(() => []);
  for (let round = 0; round < WARM_UP + ROUNDS; round++)
    for (let step = 0; step < candidates.length; step++) {
      const at = (round + step) % candidates.length;
      const began = performance.now();
      await candidates[at]?.run();
      if (round >= WARM_UP) times[at]?.push(performance.now() - began);
    }
  return times;
}

/** What the driver sends, each waited for by nobody but the next step. */
async function messagesOf(work: () => Promise<unknown>): Promise<number> {
  const { query } = pg.Client.prototype;
  let sent = 0;
  pg.Client.prototype.query = function (this: pg.Client, ...given: unknown[]) {
    sent++;
    return Reflect.apply(query, this, given);
  } as typeof query;
  try {
    await work();
  } finally {
    pg.Client.prototype.query = query;
  }
  return sent;
}

const invoked = (halo: Halo) =>
  halo.actions.invoke({
    orgId: ORG,
    agentId: AGENT,
    action: nothing.id,
    input: { name: "Renewal", amount: 12 },
    context: { conversationId: "conversation" },
    idempotencyKey: randomUUID(),
  });

const columns = "org_id, call_id, seq, to_state, actor_kind, actor_id, at";
const insert = `insert into plain_rows (${columns}) values ($1, $2, 1, 'refused', 'engine', 'bench', now())`;

/** As the audit's, but nothing happens to a row on its way. */
const plainTable = `
  create table halo.plain_rows (like halo.action_audit including all);
  alter table halo.plain_rows enable row level security;
  alter table halo.plain_rows force row level security;
  create policy tenant on halo.plain_rows using (org_id = (select current_setting('halo.org', true)));
  grant select, insert on halo.plain_rows to halo_app`;

const oneRow = (storage: PgStorage) =>
  storage[internals].door.inOrg(ORG, (tx) => tx.query(insert, [ORG, randomUUID()]));

/** As a program without Halo writes it, one answer after the other. */
async function oneRowAlone(client: pg.Client): Promise<void> {
  await client.query("begin");
  await client.query(`set local "halo.org" = '${ORG}'`);
  await client.query({
    name: "one_row",
    text: insert.replace("plain_rows", "halo.plain_rows"),
    values: [ORG, randomUUID()],
  });
  await client.query("commit");
}
