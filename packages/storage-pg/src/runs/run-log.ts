import type { RunEvent } from "@halo/core";
import type { Door } from "../tenant.ts";

/** Lines that a run's log keeps. */
const kept = 1_000;

interface EventRow {
  readonly at: Date;
  readonly level: RunEvent["level"];
  readonly message: string;
  readonly fields: RunEvent["fields"];
}

export async function appendEvents(
  door: Door,
  orgId: string,
  runId: string,
  events: readonly RunEvent[],
): Promise<void> {
  if (events.length === 0) return;
  const newest = events.slice(-kept);
  await door.inOrg(orgId, async (tx) => {
    await tx.query(insert, [
      orgId,
      runId,
      newest.map(({ at }) => at),
      newest.map(({ level }) => level),
      newest.map(({ message }) => message),
      newest.map(({ fields }) => JSON.stringify(fields)),
    ]);
    await tx.query(trim, [orgId, runId, kept]);
  });
}

/** The newest lines, oldest first. */
export async function readEvents(
  door: Door,
  orgId: string,
  runId: string,
  limit = kept,
): Promise<readonly RunEvent[]> {
  return door.inOrg(orgId, async (tx) => {
    const { rows } = await tx.query<EventRow>(select, [orgId, runId, Math.min(limit, kept)]);
    return rows.map(({ at, level, message, fields }) => ({ at, level, message, fields }));
  });
}

const insert = `
  insert into run_events (org_id, run_id, at, level, message, fields)
  select $1, $2, x.at, x.level, x.message, x.fields
  from unnest($3::timestamptz[], $4::text[], $5::text[], $6::jsonb[]) with ordinality
    as x(at, level, message, fields, position)
  where exists (select from runs where org_id = $1 and id = $2)
  order by x.position`;

const trim = `
  delete from run_events where org_id = $1 and run_id = $2 and id <= (
    select id from run_events where org_id = $1 and run_id = $2 order by id desc offset $3 limit 1
  )`;

const select = `
  select at, level, message, fields from (
    select id, at, level, message, fields from run_events where org_id = $1 and run_id = $2 order by id desc limit $3
  ) as newest order by id`;
