import * as z from "zod";
import type { Engine } from "../engine/engine.ts";
import { ValidationError } from "../errors.ts";
import type { SearchHit, SearchRequest } from "../halo/surface.ts";
import type { KnowledgeStore, LegHit, SearchFilter, SearchLegs } from "../ports/knowledge-store.ts";
import { piecesFor } from "./embedders/embed-in-pieces.ts";
import { fuse, type RankedChunk, vectorWeight } from "./fuse/fuse.ts";
import { rankTogether } from "./fuse/together.ts";
import { analyzeQuery } from "./lexical/analyze.ts";
import { timeSpan } from "./transcript/time-span.ts";

/** Candidates of the lexical leg: as many as neighbours that count for each other want (with 200, .01 of hit8k less). */
const lexicalCandidates = 400;
const vectorCandidates = 200;

const customer = { endUserId: z.string().min(1).optional(), companyId: z.string().min(1).optional() };
const Request = z.strictObject({
  orgId: z.string().min(1),
  query: z.string().max(10_000),
  scope: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("general") }),
    z
      .strictObject({ kind: z.literal("customer"), ...customer })
      .refine((scope) => scope.endUserId || scope.companyId, "endUserId or companyId"),
    z.strictObject({ kind: z.literal("staff"), ...customer }),
  ]),
  prefix: z.string().min(1).optional(),
  since: z.date().optional(),
  until: z.date().optional(),
  limit: z.int().min(1).max(50).optional(),
  around: z.int().min(0).max(5).optional(),
  agentId: z.string().min(1).max(200).optional(),
});

/**
 * What the org's knowledge says to a question: a lexical leg (BM25) and a vector leg, fused so that it is never worse
 * than the lexical one. `scope` says who asks; nothing outside it is even ranked.
 */
export async function search(engine: Engine, request: SearchRequest): Promise<readonly SearchHit[]> {
  const parsed = Request.safeParse(request);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new ValidationError("The search request does not fit: see `path` and `reason`.", {
      path: issue?.path.join(".") ?? "",
      reason: issue?.message ?? "invalid",
    });
  }
  const { orgId, query, scope, prefix, since, until, limit = 8, around = 0 } = request;
  const filter: SearchFilter = { scope, prefix, since, until };
  const terms = analyzeQuery(query);
  const weight = vectorWeight(engine.embedder);
  // A leg that weighs nothing is not asked: hashed words know nothing that the words themselves don't.
  const vector = weight.vectorWeight === 0 ? undefined : await embedded(engine, query);
  const legs = await legsOf(engine, orgId, { terms, vector }, filter);
  const words = rankTogether(legs.lexical, terms);
  const meanings = legs.nearest;
  const ranked = fuse<RankedChunk>(words, meanings, {
    ...weight,
    // In a narrow scope or under a prefix both legs agree by chance more easily: what the vector leg found is all there is.
    searchable: await searchable(engine, orgId, meanings),
  });
  const first = await hits(engine, orgId, ranked.slice(0, limit), words, meanings);
  let told = withoutRepeats(first);
  // Some of them said the same: whole documents are read for their texts, so the next ones only now.
  if (told.length < limit && ranked.length > limit) {
    const next = await hits(engine, orgId, ranked.slice(limit, limit * 2), words, meanings);
    told = withoutRepeats([...first, ...next]).slice(0, limit);
  }
  return around === 0 ? told : await withSurroundings(engine, orgId, told, around);
}

/** How many chunks could have been found; counted only where the answer does not tell. */
async function searchable(engine: Engine, orgId: string, meanings: readonly LegHit[]): Promise<number> {
  if (meanings.length < vectorCandidates) return meanings.length;
  return (await engine.storage.knowledge.counts(orgId)).chunks;
}

/** Words alone still answer: a search must not fail because a model is down. */
async function embedded({ embedder, logger }: Engine, query: string): Promise<Float32Array | undefined> {
  if (!embedder || query.trim() === "") return undefined;
  try {
    const [vector] = await embedder.embed(piecesFor(embedder, query).slice(0, 1), { kind: "query" });
    return vector;
  } catch (error) {
    missing(logger, error);
    return undefined;
  }
}

async function legsOf(
  { logger, storage: { knowledge } }: Engine,
  orgId: string,
  asked: Parameters<KnowledgeStore["legs"]>[1],
  filter: SearchFilter,
): Promise<SearchLegs> {
  const limits = { lexical: lexicalCandidates, nearest: vectorCandidates };
  if (asked.vector === undefined) return await knowledge.legs(orgId, asked, filter, limits);
  try {
    return await knowledge.legs(orgId, asked, filter, limits);
  } catch (error) {
    // The vector may be what it failed of: if the store is, it says so again.
    const legs = await knowledge.legs(orgId, { ...asked, vector: undefined }, filter, limits);
    missing(logger, error);
    return legs;
  }
}

function missing(logger: Engine["logger"], error: unknown): void {
  logger.warn("The vector leg is missing from a search", {
    error: error instanceof Error ? error.name : "unknown",
  });
}

async function hits(
  engine: Engine,
  orgId: string,
  ranked: readonly RankedChunk[],
  words: readonly LegHit[],
  meanings: readonly LegHit[],
): Promise<readonly SearchHit[]> {
  if (ranked.length === 0) return [];
  const [texts, heads] = await Promise.all([
    engine.storage.knowledge.chunks(
      orgId,
      ranked.map((hit) => hit.chunkId),
    ),
    engine.storage.knowledge.heads(orgId, [...new Set(ranked.map((hit) => hit.documentId))]),
  ]);
  const textOf = new Map(texts.map((text) => [text.chunkId, text]));
  const headOf = new Map(heads.map((head) => [head.id, head]));
  const rankIn = (leg: readonly LegHit[], chunkId: string) => {
    const at = leg.findIndex((hit) => hit.chunkId === chunkId);
    return at < 0 ? undefined : at + 1;
  };
  return ranked.flatMap((hit): readonly SearchHit[] => {
    const text = textOf.get(hit.chunkId);
    const head = headOf.get(hit.documentId);
    // Deleted between the ranking and now.
    if (!text || !head) return [];
    const { sourceKey, kind, title, occurredAt, author, url, endUsers, companies } = head;
    return [
      {
        text: text.text,
        score: hit.score,
        documentId: hit.documentId,
        chunkId: hit.chunkId,
        start: text.start,
        end: text.end,
        ...(kind === "transcript" && { span: timeSpan(text.text) }),
        citation: { sourceKey, kind, title, occurredAt, author, url },
        endUsers,
        companies,
        ranks: { lexical: rankIn(words, hit.chunkId), vector: rankIn(meanings, hit.chunkId) },
      },
    ];
  });
}

/** A text that stands word for word in a better hit, or is one, tells nothing more: forwarded mails, copied notes. */
function withoutRepeats(hits: readonly SearchHit[]): readonly SearchHit[] {
  const told: string[] = [];
  return hits.filter(({ text }) => {
    const words = text.replaceAll(/\s+/g, " ").trim();
    if (told.some((one) => one.includes(words))) return false;
    told.push(words);
    return true;
  });
}

/** Each hit with what stands before and behind it in its document, which is in the scope since the hit is. */
async function withSurroundings(
  engine: Engine,
  orgId: string,
  hits: readonly SearchHit[],
  around: number,
): Promise<readonly SearchHit[]> {
  const ids = hits.map(({ chunkId }) => chunkId);
  const near = await engine.storage.knowledge.chunks(orgId, ids, around);
  const placeOf = new Map(near.map((chunk) => [chunk.chunkId, chunk.index]));
  return hits.map((hit) => {
    const place = placeOf.get(hit.chunkId);
    // Indexed anew between the ranking and now.
    if (place === undefined) return hit;
    const own = near
      .filter(({ documentId, index }) => documentId === hit.documentId && Math.abs(index - place) <= around)
      .toSorted((a, b) => a.index - b.index);
    const surroundings = {
      text: own.map(({ text }) => text).join("\n"),
      start: own[0]?.start ?? hit.start,
      end: own.at(-1)?.end ?? hit.end,
    };
    return { ...hit, surroundings };
  });
}
