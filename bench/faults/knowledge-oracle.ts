import type { Client } from "pg";

export interface KnowledgeFindings {
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
  /** Parts of nothing: chunks without a document, vectors without a chunk, insights without a source. */
  readonly orphans: readonly string[];
  readonly indexed: number;
  readonly distilled: number;
}

/** One look at what waits, while it does. */
export interface BacklogSample {
  readonly transcripts: number;
  /** Indexed and distilled. */
  readonly finished: number;
  /** Runs, documents and distillations that the store shows as waiting. */
  readonly waiting: number;
  /** Of these, with the reason why. */
  readonly reasons: number;
}

interface SourceRow {
  readonly id: string;
  readonly key: string;
  readonly status: string;
  readonly text: string | null;
}

/** Each transcript indexed once and whole, distilled once, with quotes that stand where they say. */
export async function examineKnowledge(
  client: Client,
  orgId: string,
  transcripts: number,
  times: ReadonlyMap<string, number>,
): Promise<KnowledgeFindings> {
  const [lost, doubled, orphans]: [string[], string[], string[]] = [[], [], []];
  const rows = async <Row extends object>(text: string) => (await client.query<Row>(text, [orgId])).rows;
  const sources = await rows<SourceRow>(
    `select id, external_id as key, status, text from halo.documents where org_id = $1 and stream = 'calls'`,
  );
  const made = await rows<SourceRow & { source: string }>(
    `select d.id, d.external_id as key, d.status, d.text, x.document_id as source
     from halo.documents d left join halo.distillations x on x.org_id = d.org_id and x.distilled_id = d.id
     where d.org_id = $1 and d.stream = 'distilled:calls'`,
  );
  const chunks = await rows<{ id: string; document_id: string; index: number; start: number; end: number }>(
    `select id::text, document_id, index, start, "end" from halo.chunks where org_id = $1 order by document_id, index`,
  );
  const byDocument = Map.groupBy(chunks, (chunk) => chunk.document_id);
  if (sources.length < transcripts) lost.push(`${transcripts - sources.length} transcripts have no document`);
  if (sources.length > transcripts) doubled.push(`${sources.length - transcripts} documents too many`);
  for (const { id, key, status, text } of [...sources, ...made]) {
    if (status !== "indexed") lost.push(`the document of ${key} is ${status}`);
    const own = byDocument.get(id) ?? [];
    byDocument.delete(id);
    if (own.length === 0) lost.push(`the document of ${key} has no chunk`);
    let covered = 0;
    for (const [place, { end, index, start }] of own.entries()) {
      if (index !== place) doubled.push(`the document of ${key} has chunk ${index} at place ${place}`);
      if ((text ?? "").slice(covered, start).trim() !== "") lost.push(`the document of ${key} has a gap`);
      covered = Math.max(covered, end);
    }
    if ((text ?? "").slice(covered).trim() !== "") lost.push(`the document of ${key} is cut off`);
  }
  for (const id of byDocument.keys()) orphans.push(`chunks of no document ${id}`);
  await checkVectors(client, orgId, lost, orphans);
  await checkDistilled(rows, sources, { lost, doubled, orphans });
  for (const [id, count] of times)
    if (count > 1) doubled.push(`the document ${id} was distilled ${count} times`);
  const distilled = await rows<{ count: string }>(
    `select count(*) from halo.distillations where org_id = $1 and status = 'done'`,
  );
  const indexed = sources.filter(({ status }) => status === "indexed").length;
  return { lost, doubled, orphans, indexed, distilled: Number(distilled[0]?.count ?? 0) };
}

async function checkVectors(client: Client, orgId: string, lost: string[], orphans: string[]): Promise<void> {
  const { rows: tables } = await client.query<{ name: string }>(
    `select relname::text as name from pg_class where relnamespace = 'halo'::regnamespace and relkind = 'r'
       and relname ~ '^vectors_(b_)?[0-9a-f]{16}$'`,
  );
  for (const { name } of tables) {
    const { rows } = await client.query<{ without: string; orphan: string }>(
      `select (select count(*) from halo.chunks c where c.org_id = $1 and not exists
           (select from halo.${name} v where v.org_id = $1 and v.chunk_id = c.id)) as without,
         (select count(*) from halo.${name} v where v.org_id = $1 and not exists
           (select from halo.chunks c where c.org_id = $1 and c.id = v.chunk_id)) as orphan`,
      [orgId],
    );
    const [found] = rows;
    if (Number(found?.without) > 0) lost.push(`${found?.without} chunks have no vector`);
    if (Number(found?.orphan) > 0) orphans.push(`${found?.orphan} vectors of no chunk`);
  }
}

async function checkDistilled(
  rows: <Row extends object>(text: string) => Promise<Row[]>,
  sources: readonly SourceRow[],
  { doubled, lost, orphans }: { lost: string[]; doubled: string[]; orphans: string[] },
): Promise<void> {
  const texts = new Map(sources.map(({ id, text }) => [id, text ?? ""]));
  const states = await rows<{ document_id: string; status: string; made: boolean }>(
    `select x.document_id, x.status, d.id is not null as made from halo.distillations x
     left join halo.documents d on d.org_id = x.org_id and d.id = x.distilled_id where x.org_id = $1`,
  );
  const done = new Set(states.filter(({ status }) => status === "done").map((row) => row.document_id));
  for (const { id, key } of sources) if (!done.has(id)) lost.push(`the transcript ${key} is not distilled`);
  const insights = await rows<{ document_id: string; quote: string; start: number; end: number }>(
    `select document_id, quote, start, "end" from halo.insights where org_id = $1`,
  );
  const seen = new Set<string>();
  for (const { document_id, end, quote, start } of insights) {
    const text = texts.get(document_id);
    if (text === undefined) orphans.push(`an insight of no source ${document_id}`);
    else if (text.slice(start, end) !== quote) lost.push("a quote does not stand where it says");
    const place = `${document_id} ${start}`;
    if (seen.has(place)) doubled.push(`the source ${document_id} has an insight twice`);
    seen.add(place);
  }
  const links = await rows<{ count: string }>(
    `select count(*) from halo.record_links l where l.org_id = $1 and l.stream = 'distilled:calls' and not exists
       (select from halo.documents d where d.org_id = $1 and d.stream = l.stream and d.external_id = l.external_id)`,
  );
  if (Number(links[0]?.count) > 0) orphans.push(`${links[0]?.count} links of no distilled document`);
}

/** In one statement: what it counts stood at one time. */
export async function sampleBacklog(client: Client, orgId: string): Promise<BacklogSample> {
  const { rows } = await client.query<{ [name in keyof BacklogSample]: string }>(
    `select
       (select count(*) from halo.documents where org_id = $1 and stream = 'calls') as transcripts,
       (select count(*) from halo.documents d join halo.distillations x
          on x.org_id = $1 and x.document_id = d.id and x.status = 'done'
          left join halo.documents m on m.org_id = $1 and m.id = x.distilled_id
          where d.org_id = $1 and d.status = 'indexed' and coalesce(m.status, 'indexed') = 'indexed') as finished,
       (select count(*) from halo.documents where org_id = $1 and status in ('pending', 'judging'))
         + (select count(*) from halo.distillations where org_id = $1 and status = 'waiting') as waiting,
       (select count(*) from halo.documents where org_id = $1 and status = 'pending' and reason is not null)
         + (select count(*) from halo.distillations where org_id = $1 and status = 'waiting' and failure is not null)
         + (select count(*) from halo.learning_decisions where org_id = $1 and failure is not null) as reasons`,
    [orgId],
  );
  const [row] = rows;
  const of = (name: keyof BacklogSample) => Number(row?.[name] ?? 0);
  return {
    transcripts: of("transcripts"),
    finished: of("finished"),
    waiting: of("waiting"),
    reasons: of("reasons"),
  };
}
