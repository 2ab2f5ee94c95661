import type { Client } from "pg";
import { compare } from "../../examples/quickstart/compare.ts";
import type { Vendor } from "../../examples/quickstart/vendor.ts";
import { checkIndex } from "./oracle-index.ts";
import type { VendorSide } from "./vendor-side.ts";

/** What is not as it has to be, each in words. */
export interface Findings {
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
}

export interface Expectation {
  readonly orgId: string;
  readonly vendor: VendorSide;
  /** Runs read a portal that stood still: their counters have to be exact. */
  readonly still: boolean;
}

const streams = ["contacts", "companies", "deals", "engagements"] as const;

/** O* of THREATS-AND-FAULTS §2, by SQL on what is stored. Every active thing has to be through. */
export async function examine(client: Client, expected: Expectation): Promise<Findings> {
  const { orgId, vendor } = expected;
  const found = { lost: [] as string[], doubled: [] as string[] };
  const { counts, differences } = await compare(client, vendor as unknown as Vendor, orgId);
  for (const difference of differences) {
    (difference.endsWith("gone at the vendor") ? found.doubled : found.lost).push(difference);
  }
  const live = {
    contacts: counts.contacts ?? 0,
    companies: counts.companies ?? 0,
    deals: counts.deals ?? 0,
    engagements: ["emails", "notes", "calls", "meetings", "submissions"].reduce(
      (sum, kind) => sum + (counts[kind] ?? 0),
      0,
    ),
  };
  await checkRuns(client, expected, live, found);
  await checkDeliveries(client, expected, found);
  await checkCustomers(client, orgId, found);
  await checkIndex(client, orgId, found);
  return found;
}

interface Lists {
  readonly lost: string[];
  readonly doubled: string[];
}

interface RunRow {
  readonly stream: string;
  readonly mode: string;
  readonly status: string;
  readonly read: number;
  readonly written: number;
  readonly unchanged: number;
  readonly pages: number;
  readonly finished_lines: number;
}

/** F04: each run ended once, and counted every record and page once. */
async function checkRuns(
  client: Client,
  { orgId, still }: Expectation,
  live: Readonly<Record<(typeof streams)[number], number>>,
  { lost, doubled }: Lists,
): Promise<void> {
  const { rows } = await client.query<RunRow>(
    `select stream, mode, status, read_count::int as read, written_count::int as written,
       unchanged_count::int as unchanged, page_count::int as pages,
       (select count(*)::int from halo.run_events e
        where e.org_id = r.org_id and e.run_id = r.id and e.message = 'Finished') as finished_lines
     from halo.runs r where org_id = $1 order by id`,
    [orgId],
  );
  const pages = new Map<string, number>();
  for (const run of rows) {
    const name = `${run.mode} of ${run.stream}`;
    if (run.status !== "succeeded") lost.push(`${name} is ${run.status}`);
    if (run.finished_lines > 1) doubled.push(`${name} finished ${run.finished_lines} times`);
    if (!still || (run.mode !== "backfill" && run.mode !== "full_resync")) continue;
    const records = live[run.stream as "contacts"];
    if (run.read > records) doubled.push(`${name} counted ${run.read} of ${records} records`);
    if (run.read < records) lost.push(`${name} counted ${run.read} of ${records} records`);
    if (run.mode === "backfill" && run.unchanged > 0) doubled.push(`${name} wrote ${run.unchanged} twice`);
    const first = pages.get(run.stream) ?? run.pages;
    pages.set(run.stream, first);
    if (run.pages !== first) doubled.push(`${name} counted ${run.pages} pages, and ${first} before`);
  }
  const backfills = rows.filter(({ mode }) => mode === "backfill").map(({ stream }) => stream);
  for (const stream of streams) {
    const times = backfills.filter((one) => one === stream).length;
    if (times === 0) lost.push(`${stream} has no backfill`);
    if (times > 1) doubled.push(`${stream} was backfilled ${times} times`);
  }
  const [connection] = (
    await client.query<{ synced: boolean; connections: number }>(
      `select bool_and(last_synced_at is not null) as synced, count(*)::int as connections
       from halo.connections where org_id = $1`,
      [orgId],
    )
  ).rows;
  if (!connection?.synced) lost.push("the connection does not know when it was synced last");
  if ((connection?.connections ?? 0) > 1) doubled.push("there are several connections");
  const { rows: left } = await client.query<{ what: string; count: number }>(
    `select 'cursors' as what, count(*)::int as count from halo.cursors where org_id = $1
     union all select 'seen keys', count(*)::int from halo.seen_keys where org_id = $1
     union all select 'quarantined records', count(*)::int from halo.quarantine where org_id = $1`,
    [orgId],
  );
  for (const { what, count } of left) if (count > 0) doubled.push(`${count} ${what} are left over`);
}

/** F06, F07: whatever was acknowledged is there once, and worked. */
async function checkDeliveries(
  client: Client,
  { orgId, vendor }: Expectation,
  { lost, doubled }: Lists,
): Promise<void> {
  const { rows } = await client.query<{ event: string; status: string; count: number }>(
    `select payload->>'eventId' as event, min(status) as status, count(*)::int as count
     from halo.deliveries where org_id = $1 group by 1`,
    [orgId],
  );
  const stored = new Map(rows.map((row) => [Number(row.event), row]));
  for (const id of vendor.acknowledged()) {
    if (!stored.has(id)) lost.push(`event ${id} was acknowledged and is not stored`);
  }
  for (const { event, status, count } of rows) {
    if (count > 1) doubled.push(`event ${event} is stored ${count} times`);
    if (status !== "done") lost.push(`event ${event} is ${status}`);
  }
}

async function checkCustomers(client: Client, orgId: string, { lost, doubled }: Lists): Promise<void> {
  const { rows } = await client.query<{ kind: string; count: number }>(
    `select 'link' as kind, count(*)::int as count from halo.record_links l
       where org_id = $1 and customer_id is null and exists (
         select from halo.customer_identities i
         where i.org_id = $1 and i.kind = l.kind and l.target = 'id:' || i.value)
     union all
     select 'person', count(*)::int from halo.end_users u
       where org_id = $1 and not exists (
         select from halo.customer_claims c where c.org_id = $1 and c.customer_id = u.id)
     union all
     select 'company', count(*)::int from halo.companies u
       where org_id = $1 and not exists (
         select from halo.customer_claims c where c.org_id = $1 and c.customer_id = u.id)`,
    [orgId],
  );
  for (const { kind, count } of rows) {
    if (count === 0) continue;
    if (kind === "link") lost.push(`${count} links lead to nobody though their customer is known`);
    else doubled.push(`${count} customers (${kind}) are claimed by no record`);
  }
}
