import type { LegHit } from "@halo/core";
import type { Tx } from "../tenant.ts";
import { type Allowed, shifted } from "./scope.ts";
import type { SpaceTable } from "./space.ts";

/** So many bytes of vectors are read for one search; beyond it, the newest chunks are ranked and older ones are not. */
export const mostRankedBytes = 256 * 1024 * 1024;

/** What the store's status says where pgvector is missing: also, that there is an end to what is looked at. */
export function noPgvector(dimensions: number): string {
  const most = Math.floor(mostRankedBytes / (4 * dimensions)).toLocaleString("en-US");
  return `Vectors are ranked in this process, for the server has no pgvector: a search compares the newest ${most} vectors that it may see, and none beyond. Install pgvector for more, and for speed.`;
}

const batch = 2_000;

/** Exact ranking on a server without pgvector: reads the vectors in batches, the newest first, and keeps the best. */
export async function rankInProcess(
  tx: Tx,
  space: SpaceTable,
  orgId: string,
  vector: Float32Array,
  allowed: Allowed,
  limit: number,
  mostBytes = mostRankedBytes,
): Promise<readonly LegHit[]> {
  const some = allowed.kind === "some" ? [allowed.documents] : allowed.kind === "many" ? allowed.values : [];
  const where =
    allowed.kind === "some"
      ? "c.document_id = any($4::text[])"
      : allowed.kind === "many"
        ? shifted(allowed.where, 3)
        : "true";
  const statement = `
    select c.id, c.document_id, c.index, v.embedding
    from (
      select c.id, c.document_id, c.index from chunks c
      ${allowed.kind === "many" ? "join documents d on d.org_id = $1 and d.id = c.document_id" : ""}
      where c.org_id = $1 and c.id < $2 and ${where}
      order by c.id desc limit $3) as c
    left join ${space.table} v on v.org_id = $1 and v.chunk_id = c.id
    order by c.id desc`;

  const best = new Map<number, LegHit>();
  const size = lengthOf(vector);
  let before = Number.MAX_SAFE_INTEGER;
  for (let bytes = 0; bytes < mostBytes; ) {
    const { rows } = await tx.query<{
      id: number;
      document_id: string;
      index: number;
      embedding: Uint8Array | null;
    }>(statement, [orgId, before, batch, ...some]);
    let chunks = 0;
    for (const { id, document_id, index, embedding } of rows) {
      if (id < before) chunks++;
      before = Math.min(before, id);
      if (!embedding) continue;
      bytes += embedding.length;
      const score = cosine(vector, size, floats(embedding));
      const known = best.get(id);
      if (!known || known.score < score) {
        best.set(id, { chunkId: String(id), documentId: document_id, index, score });
      }
    }
    prune(best, limit);
    if (chunks < batch) break;
  }
  return ranked(best).slice(0, limit);
}

/** A chunk's vectors come together, so one that is not among the best now never will be. */
function prune(best: Map<number, LegHit>, limit: number): void {
  if (best.size <= limit * 4) return;
  const keep = ranked(best).slice(0, limit);
  best.clear();
  for (const hit of keep) best.set(Number(hit.chunkId), hit);
}

function ranked(best: ReadonlyMap<number, LegHit>): LegHit[] {
  return [...best.values()].sort((a, b) => b.score - a.score || Number(a.chunkId) - Number(b.chunkId));
}

/** A view where the bytes lie so that one is possible, a copy where not. */
export function floats(bytes: Uint8Array): Float32Array {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  return new Float32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4);
}

function cosine(query: Float32Array, size: number, vector: Float32Array): number {
  let dot = 0;
  let square = 0;
  for (let i = 0; i < query.length; i++) {
    const value = vector[i] as number;
    dot += (query[i] as number) * value;
    square += value * value;
  }
  return square > 0 && size > 0 ? dot / (size * Math.sqrt(square)) : 0;
}

function lengthOf(vector: Float32Array): number {
  let square = 0;
  for (const value of vector) square += value * value;
  return Math.sqrt(square);
}
