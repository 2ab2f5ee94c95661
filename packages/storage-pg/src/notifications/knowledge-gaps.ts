import type { KnowledgeGap, Lease, NotificationStore, UnansweredQuestion } from "@halo/core";
import { checkFence } from "../leases/fence.ts";
import { wakeIn } from "../leases/wake.ts";
import type { Door, Tx } from "../tenant.ts";
import { raiseIn } from "./outbox.ts";

export async function unanswered(door: Door, orgId: string, question: UnansweredQuestion): Promise<void> {
  const { id, query, terms, agentId, askedAt } = question;
  await door.inOrg(orgId, async (tx) => {
    await tx.query(insert, [orgId, id, query, terms, agentId ?? null, askedAt]);
    await wakeIn(tx, [{ kind: "notify", orgId, subject: orgId }]);
  });
}

interface QuestionRow {
  readonly id: string;
  readonly query: string;
  readonly terms: readonly string[];
  readonly agent_id: string | null;
  readonly asked_at: Date;
}

export async function questions(
  door: Door,
  lease: Lease,
  { since, limit }: Parameters<NotificationStore["questions"]>[1],
) {
  return door.inOrg(lease.orgId, async (tx) => {
    await checkFence(tx, lease);
    const { rows } = await tx.query<QuestionRow>(selectUngrouped, [lease.orgId, limit]);
    // Mostly nobody asked in vain: then the gaps do not matter either.
    if (rows.length === 0) return { ungrouped: [], gaps: [] };
    const ungrouped = rows.map(
      ({ id, query, terms, agent_id, asked_at }): UnansweredQuestion => ({
        id,
        query,
        terms,
        agentId: agent_id ?? undefined,
        askedAt: asked_at,
      }),
    );
    return { ungrouped, gaps: await readGaps(tx, lease.orgId, since, undefined) };
  });
}

export async function group(
  door: Door,
  lease: Lease,
  grouped: Parameters<NotificationStore["group"]>[1],
  raised: Parameters<NotificationStore["group"]>[2],
  at: Date,
): Promise<void> {
  await door.inOrg(lease.orgId, async (tx) => {
    await checkFence(tx, lease);
    await tx.query(join, [
      lease.orgId,
      grouped.map(({ questionId }) => questionId),
      grouped.map(({ gapId }) => gapId),
    ]);
    if (raised.length === 0) return;
    await tx.query(markRaised, [lease.orgId, raised.map(({ gapId }) => gapId), at]);
    await raiseIn(
      tx,
      lease.orgId,
      raised.map(({ notification }) => notification),
      at,
    );
  });
}

export async function gaps(door: Door, orgId: string, since: Date, limit: number) {
  return door.inOrg(orgId, (tx) => readGaps(tx, orgId, since, limit));
}

interface GapRow {
  readonly id: string;
  readonly query: string;
  readonly terms: readonly string[];
  readonly raised_at: Date | null;
  readonly times: number;
  readonly asked: readonly string[];
}

async function readGaps(
  tx: Tx,
  orgId: string,
  since: Date,
  limit: number | undefined,
): Promise<readonly KnowledgeGap[]> {
  const { rows } = await tx.query<GapRow>(selectGaps, [orgId, since, limit ?? null]);
  return rows.map(({ id, query, terms, raised_at, times, asked }) => ({
    id,
    query,
    terms,
    raisedAt: raised_at ?? undefined,
    times,
    examples: [...new Set(asked)].slice(0, mostExamples),
  }));
}

const mostExamples = 5;

const insert = `
  insert into knowledge_gaps (org_id, id, query, terms, agent_id, asked_at) values ($1, $2, $3, $4, $5, $6)`;

const selectUngrouped = `
  select id, query, terms, agent_id, asked_at from knowledge_gaps
  where org_id = $1 and gap_id is null order by asked_at, id limit $2`;

const join = `
  update knowledge_gaps g set gap_id = x.gap_id
  from unnest($2::text[], $3::text[]) as x(id, gap_id)
  where g.org_id = $1 and g.id = x.id collate "C"`;

const markRaised = "update knowledge_gaps set raised_at = $3 where org_id = $1 and id = any($2::text[])";

const selectGaps = `
  select f.id, f.query, f.terms, f.raised_at, g.times, g.asked
  from (
    select gap_id, count(*) as times, (array_agg(query order by asked_at desc, id desc))[1:20] as asked
    from knowledge_gaps where org_id = $1 and asked_at >= $2 and gap_id is not null
    group by gap_id
  ) g
  join knowledge_gaps f on f.org_id = $1 and f.id = g.gap_id
  order by g.times desc, f.id limit $3`;
