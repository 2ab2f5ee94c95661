import { type SegmentFilter, type SegmentQuery, silentLogger, systemClock } from "@halo/core";
import { internals, type PgStorage, pgStorage } from "../packages/storage-pg/src/pg-storage.ts";
import { postgresBinaries, startPostgres } from "../packages/storage-pg/test/support/postgres-server.ts";
import type { Bench, Row } from "./bench.ts";
import { median } from "./measure.ts";

const ROUNDS = 9;
const PEOPLE = 100_000;
const COMPANIES = 5_000;
const DEALS = 50_000;
const orgId = "bench";
const now = new Date("2026-11-21T12:00:00Z");

interface Case {
  readonly name: string;
  readonly filter: SegmentFilter;
  /** What a person would write for it, who knows the tables. */
  readonly byHand: string;
}

const cases: readonly Case[] = [
  {
    name: "fields",
    filter: {
      all: [
        { field: "lifecycle_stage", operator: "is", value: "lead" },
        { field: "last_seen", operator: "in_last_days", value: 30 },
        { not: { field: "job_title", operator: "contains", value: "intern" } },
      ],
    },
    byHand: `
      select count(*) as count from end_users
      where org_id = $1 and lower(lifecycle_stage) = 'lead'
        and last_seen between $2::timestamptz - interval '30 days' and $2::timestamptz
        and (job_title is null or job_title not ilike '%intern%')`,
  },
  {
    name: "company",
    filter: {
      all: [
        { field: "company.industry", operator: "in", value: ["Tools", "Rockets"] },
        { field: "company.mrr:usd", operator: "at_least", value: 500 },
      ],
    },
    byHand: `
      select count(*) as count from end_users u join companies c on c.org_id = u.org_id and c.id = u.company_id
      where u.org_id = $1 and $2::timestamptz is not null and lower(c.industry) in ('tools', 'rockets')
        and (c.mrr ->> 'usd')::numeric >= 500`,
  },
  {
    name: "custom",
    filter: {
      any: [
        { field: "custom:tier", operator: "is", value: "gold" },
        { field: "custom:seats", operator: "more_than", value: 90 },
      ],
    },
    byHand: `
      select count(*) as count from end_users
      where org_id = $1 and $2::timestamptz is not null
        and (lower(custom_fields ->> 'tier') = 'gold' or (custom_fields ->> 'seats')::numeric > 90)`,
  },
  {
    name: "deals",
    filter: {
      has: "deal",
      where: {
        all: [
          { field: "won", operator: "is", value: false },
          { field: "amount", operator: "at_least", value: 9_000 },
        ],
      },
    },
    byHand: `
      select count(*) as count from end_users u
      where u.org_id = $1 and $2::timestamptz is not null and exists (
        select from record_links l join bench_deals d
          on d.org_id = l.org_id and d.connection_id = l.connection_id and d.external_id = l.external_id
        where l.org_id = $1 and l.customer_id = u.id and l.stream = 'deals' and d.deleted_at is null
          and not d.won and d.amount >= 9000)`,
  },
];

const bench: Bench = {
  name: "segments",
  about: `a segment's count over ${PEOPLE.toLocaleString("en")} people against SQL written by hand for the same filter`,
  async run({ log }) {
    const version = ([18, 15] as const).find((one) => postgresBinaries(one));
    if (!version) return { ratios: {}, rows: [], notes: ["SKIPPED: no PostgreSQL here."] };
    const server = await startPostgres({ version });
    try {
      const storage = pgStorage(await server.createDatabase(), { migrate: "auto" });
      await open(storage);
      log(`filling PostgreSQL ${version}`);
      await fill(storage);
      const rows: Row[] = [];
      const ratios: Record<string, number> = {};
      for (const one of cases) rows.push(await measure(storage, one, ratios));
      await storage.close();
      return {
        ratios,
        rows,
        notes: [
          "One statement each, in a transaction with row security. A ratio of 1: as fast as by hand; 0.5: half.",
        ],
      };
    } finally {
      await server.stop();
    }
  },
};
export default bench;

async function open(storage: PgStorage): Promise<void> {
  await storage.open({
    mirrors: [
      {
        table: "bench_deals",
        integration: "bench",
        stream: "deals",
        columns: { stage: "text", amount: "numeric", won: "boolean", closes_at: "timestamptz" },
        counts: [{ as: "deal", columns: { stage: "stage", amount: "amount", won: "won", at: "closes_at" } }],
      },
    ],
    space: undefined,
    logger: silentLogger,
    clock: systemClock,
    strictRole: false,
  });
}

async function measure(
  storage: PgStorage,
  { byHand, filter, name }: Case,
  ratios: Record<string, number>,
): Promise<Row> {
  const { door } = storage[internals];
  const query: SegmentQuery = { kind: "end_user", filter, now };
  const own = () => storage.segments.count(orgId, query);
  const hand = () =>
    door.inOrg(orgId, async (tx) => {
      const { rows } = await tx.queryOnce<{ count: number }>(byHand, [orgId, now]);
      return Number(rows[0]?.count ?? 0);
    });
  const [found, expected] = [await own(), await hand()];
  if (found !== expected) throw new Error(`${name}: ${found} fit, and ${expected} by hand`);
  const times: { own: number[]; hand: number[] } = { own: [], hand: [] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const [which, work] of [["own", own] as const, ["hand", hand] as const]) {
      const began = performance.now();
      await work();
      times[which].push(performance.now() - began);
    }
  }
  const [ownMs, handMs] = [median(times.own), median(times.hand)];
  ratios[`segments.${name}`] = handMs / ownMs;
  return {
    filter: name,
    fit: found,
    "halo ms": ownMs.toFixed(1),
    "by hand ms": handMs.toFixed(1),
    ratio: (handMs / ownMs).toFixed(2),
  };
}

/** As the owner, past the door: how it came in is not what is measured. */
async function fill(storage: PgStorage): Promise<void> {
  const session = await storage[internals].connector.acquire();
  try {
    const schema = storage[internals].door.names.schema;
    await session.exec(`set search_path = ${schema}; ${filling}`);
    await session.exec("reset search_path");
  } finally {
    session.release(true);
  }
}

const filling = `
  insert into companies (org_id, id, name, domain, industry, employee_count, mrr, created_at, updated_at)
  select '${orgId}', 'c' || n, 'Company ' || n, 'c' || n || '.test', (array['Tools', 'Toys', 'Rockets', 'Bread'])[n % 4 + 1],
    n % 300, jsonb_build_object('usd', (n % 1000)::text || '.00'), now(), now()
  from generate_series(1, ${COMPANIES}) n;
  insert into end_users (org_id, id, email, name, job_title, lifecycle_stage, company_id, custom_fields, last_seen,
    created_at, updated_at)
  select '${orgId}', 'u' || n, 'u' || n || '@c.test', 'Person ' || n, (array['Intern', 'CTO', null, 'Pilot'])[n % 4 + 1],
    (array['lead', 'Lead', 'customer', 'other'])[n % 4 + 1], 'c' || (n % ${COMPANIES} + 1),
    jsonb_build_object('tier', (array['gold', 'silver', 'bronze'])[n % 3 + 1], 'seats', n % 100),
    timestamptz '2026-11-21 12:00Z' - (n % 90) * interval '1 day', now(), now()
  from generate_series(1, ${PEOPLE}) n;
  insert into bench_deals (org_id, connection_id, external_id, stage, amount, won, raw, content_hash, observed_at, synced_at)
  select '${orgId}', 'k', 'd' || n, 'open', n % 10000, n % 3 = 0, '{}', '', now(), now() from generate_series(1, ${DEALS}) n;
  insert into record_links (org_id, connection_id, stream, external_id, seq, kind, target, customer_id, reason, score)
  select '${orgId}', 'k', 'deals', 'd' || n, 0, 'end_user', 'ref:x', 'u' || (n * 7 % ${PEOPLE} + 1), 'association', 1
  from generate_series(1, ${DEALS}) n;
  analyze companies; analyze end_users; analyze bench_deals; analyze record_links;`;
