import { createRequire } from "node:module";
import { type Lease, mirrorTable, type RecordRow, silentLogger, systemClock } from "@halo/core";
import { stripe } from "@halo/stripe";
import pg from "pg";
import { loadDomains } from "../packages/core/src/customers/domain.ts";
import { prepare } from "../packages/core/src/sync/prepare.ts";
import { mirrorReader } from "../packages/storage-pg/src/pages/mirror.ts";
import { upsertRecords } from "../packages/storage-pg/src/pages/upsert-records.ts";
import { readVersions } from "../packages/storage-pg/src/pages/versions.ts";
import { internals, type PgStorage, pgStorage } from "../packages/storage-pg/src/pg-storage.ts";
import { postgresBinaries, startPostgres } from "../packages/storage-pg/test/support/postgres-server.ts";
import type { Bench, Row } from "./bench.ts";
import { median } from "./measure.ts";

const COUNT = 5_000;
const ROUNDS = 5;
const PAGE = 1_000;
const LANES = 2;
const ORG = "org";
const CONNECTION = "c1";
/** What its own paging hands over at once. */
const THEIR_PAGE = 250;

interface SyncEngine {
  readonly StripeSync: new (
    config: object,
  ) => {
    upsertCustomers(customers: readonly object[]): Promise<unknown>;
    readonly postgresClient: { readonly pool: { end(): Promise<void> } };
  };
  readonly runMigrations: (config: object) => Promise<void>;
}
// Its ESM build creates no tables and says nothing of it: the CommonJS one works (PERFORMANCE §3).
const { StripeSync, runMigrations } = createRequire(import.meta.url)(
  "@supabase/stripe-sync-engine",
) as SyncEngine;

const integration = stripe();
const customers = integration.streams.find(({ id }) => id === "customers");
if (!customers) throw new Error("no customers");
const table = mirrorTable(integration, "customers");
const domains = await loadDomains();

const bench: Bench = {
  name: "stripe-ingest",
  about:
    "Stripe's customers, as Stripe sends them, into one server: Halo's mirror and its whole commits, against @supabase/stripe-sync-engine",
  async run({ log }) {
    const version = ([18, 15] as const).find((one) => postgresBinaries(one));
    if (!version) return { ratios: {}, rows: [], notes: ["SKIPPED: no PostgreSQL here."] };
    const server = await startPostgres({ version });
    try {
      const [ours, theirs] = [await server.createDatabase(), await server.createDatabase()];
      await runMigrations({ databaseUrl: theirs, schema: "stripe" });
      const sync = new StripeSync({
        schema: "stripe",
        stripeSecretKey: "sk_test_bench",
        stripeWebhookSecret: "whsec_bench",
        poolConfig: { connectionString: theirs, max: 10 },
      });
      const their = new pg.Client(theirs);
      await their.connect();
      const own = new pg.Client(ours);
      await own.connect();
      const storage = pgStorage(ours, { migrate: "auto" });
      await storage.open({
        mirrors: [{ table, integration: "stripe", stream: "customers", columns: customers.columns }],
        space: undefined,
        logger: silentLogger,
        clock: systemClock,
        strictRole: false,
      });
      const objects = Array.from({ length: COUNT }, (_, at) => customer(at));
      const times: Record<string, number[]> = { theirs: [], mirror: [], whole: [] };
      for (let round = -1; round < ROUNDS; round++) {
        log(`round ${round + 1} of ${ROUNDS}`);
        const note = async (name: string, work: () => Promise<unknown>) => {
          const began = performance.now();
          await work();
          if (round >= 0) times[name]?.push(performance.now() - began);
        };
        await their.query("truncate stripe.customers cascade");
        await note("theirs", async () => {
          for (const part of parts(objects, THEIR_PAGE)) await sync.upsertCustomers(part);
        });
        const stored = await their.query("select count(*)::int as n from stripe.customers");
        if (stored.rows[0]?.n !== COUNT) throw new Error("theirs did not store all");
        await empty(own);
        const rows = prepared(objects);
        await note("mirror", () => mirrorAll(storage, rows));
        await empty(own);
        const lease = await leaseOf(storage);
        await note("whole", () =>
          inLanes(parts(objects, PAGE), (part) => storage.pages.commit(commitOf(lease, part))),
        );
        const kept = await own.query(`select count(*)::int as n from halo.${table}`);
        if (kept.rows[0]?.n !== COUNT) throw new Error("ours did not store all");
      }
      await sync.postgresClient.pool.end();
      await their.end();
      await own.end();
      await storage.close();
      const against = (name: string) =>
        median((times[name] ?? []).map((time, at) => (times.theirs?.[at] ?? 0) / time));
      const row = (what: string, name: string): Row => ({
        where: `PostgreSQL ${version}`,
        what,
        "rows/s": Math.round((COUNT / median(times[name] ?? [])) * 1_000),
        "of theirs": Number(against(name).toFixed(2)),
      });
      return {
        ratios: {
          "P5.stripe-sync-engine": against("mirror"),
          "commitPath.stripe-sync-engine": against("whole"),
        },
        rows: [
          row("@supabase/stripe-sync-engine upsertCustomers, 250 at a time", "theirs"),
          row("Halo's mirror upsert, pages of 1,000", "mirror"),
          row("Halo's whole commits, from the object: checked, row, claim, links, customers", "whole"),
        ],
        notes: [
          `an object is ${JSON.stringify(objects[0]).length} bytes of JSON; every round begins with empty tables`,
        ],
      };
    } finally {
      await server.stop();
    }
  },
};
export default bench;

/** As Stripe sends one. */
function customer(at: number) {
  return {
    id: `cus_Halo${String(at).padStart(9, "0")}`,
    object: "customer",
    address: {
      city: "Zürich",
      country: "CH",
      line1: "Langstrasse 1",
      line2: null,
      postal_code: "8004",
      state: null,
    },
    balance: at % 7 === 0 ? -1_250 : 0,
    created: 1_700_000_000 + at,
    currency: "chf",
    default_source: null,
    delinquent: at % 50 === 0,
    description: `Customer number ${at}`,
    email: `person${at}@company${at % 2_000}.example`,
    invoice_prefix: `HALO${at}`,
    invoice_settings: { custom_fields: null, default_payment_method: `pm_${at}`, footer: null },
    livemode: false,
    metadata: { plan: at % 3 === 0 ? "pro" : "free", seats: String(at % 90) },
    name: `Person ${at}`,
    next_invoice_sequence: 1 + (at % 40),
    phone: `+41 44 ${at}`,
    preferred_locales: ["de"],
    shipping: null,
    tax_exempt: "none",
    test_clock: null,
  };
}

function prepared(objects: readonly object[]): readonly RecordRow[] {
  return prepare(objects, [], {
    integration,
    stream: customers as NonNullable<typeof customers>,
    connectionId: CONNECTION,
    refs: { products: new Map() },
    domains,
    observedAt: new Date(1_795_219_200_000),
    now: 1_795_219_200_000,
    priority: 0,
    reindex: false,
  }).records;
}

const commitOf = (lease: Lease, objects: readonly object[]) => ({
  lease,
  orgId: ORG,
  connectionId: CONNECTION,
  integration: "stripe",
  table,
  stream: "customers",
  records: prepared(objects),
  tombstones: [],
  quarantine: [],
  at: new Date(1_795_219_200_000),
});

async function leaseOf(storage: PgStorage): Promise<Lease> {
  const subject = `inbox-${Math.random()}`;
  await storage.leases.wake([{ kind: "inbox", orgId: ORG, subject }]);
  const [lease] = await storage.leases.claim({ holder: "bench", limit: 1, ttlMs: 600_000, kinds: ["inbox"] });
  if (lease?.subject !== subject) throw new Error("another lease was claimed");
  return lease;
}

async function empty(client: pg.Client): Promise<void> {
  const tables = `${table}, end_users, companies, customer_claims, customer_identities, record_links, leases, revenue_entries`;
  await client.query(`set search_path = halo; truncate ${tables}; set search_path = public`);
}

/** The mirror's part of a commit alone: what is stored, then what differs. */
async function mirrorAll(storage: PgStorage, rows: readonly RecordRow[]): Promise<void> {
  const { door } = storage[internals];
  const readMirror = mirrorReader(door);
  const place = { orgId: ORG, connectionId: CONNECTION };
  await inLanes(parts(rows, PAGE), (part) =>
    door.inOrg(ORG, async (tx) => {
      const own = await readMirror(tx, table);
      const keys = part.map(({ key }) => key);
      const stored = await readVersions(tx, own, place, keys);
      const fresh = part.filter(({ key, hash }) => stored.get(key)?.hash !== hash);
      await upsertRecords(tx, own, place, fresh, new Date(1_795_219_200_000), stored.size === 0);
    }),
  );
}

function parts<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, at) =>
    all.slice(at * size, (at + 1) * size),
  );
}

async function inLanes<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  let next = 0;
  const lane = async () => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) await work(item);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}
