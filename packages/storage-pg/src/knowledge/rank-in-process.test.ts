import { describe, expect, it } from "vitest";
import type { Tx } from "../tenant.ts";
import { rankInProcess } from "./rank-in-process.ts";

/** A table of vectors by chunk id, newest first as the statement has them; counts what is read. */
function table(vectors: ReadonlyMap<number, readonly (readonly number[])[]>) {
  const read = { rows: 0, batches: 0 };
  const tx = {
    async query(_: string, [, before, most]: readonly [string, number, number]) {
      const ids = [...vectors.keys()].filter((id) => id < before).sort((a, b) => b - a);
      const rows = ids.slice(0, most).flatMap((id) =>
        (vectors.get(id) ?? []).map((vector) => ({
          id,
          document_id: `d${id}`,
          index: 0,
          embedding: Buffer.from(Float32Array.from(vector).buffer),
        })),
      );
      read.rows += rows.length;
      read.batches++;
      return { rows, count: rows.length };
    },
  } as unknown as Tx;
  return { tx, read };
}

const space = { table: "vectors_b_0", dimensions: 2, kind: "bytes" } as const;
const along = Float32Array.of(1, 0);

describe("rankInProcess", () => {
  it("finds the nearest of all, beyond its first batch, and of a chunk with several vectors the best", async () => {
    const vectors = new Map(Array.from({ length: 4_500 }, (_, id) => [id, [[id / 5_000, 1]]] as const));
    const { tx, read } = table(
      new Map<number, readonly (readonly number[])[]>([
        ...vectors,
        [
          7,
          [
            [0, 1],
            [1, 0],
          ],
        ],
      ]),
    );
    const hits = await rankInProcess(tx, space, "org", along, { kind: "all" }, 3);
    expect(hits.map(({ chunkId }) => chunkId)).toEqual(["7", "4499", "4498"]);
    expect(hits[0]?.score).toBeCloseTo(1);
    expect(read.batches).toBe(3);
  });

  it("stops at its limit of bytes, with the newest chunks read", async () => {
    const { tx, read } = table(new Map(Array.from({ length: 20_000 }, (_, id) => [id, [[1, id]]] as const)));
    const hits = await rankInProcess(tx, space, "org", along, { kind: "all" }, 5, 2_000 * 8);
    expect(read).toEqual({ rows: 2_000, batches: 1 });
    expect(Math.min(...hits.map(({ chunkId }) => Number(chunkId)))).toBeGreaterThanOrEqual(18_000);
  });
});
