import { describe, expect, it } from "vitest";
import { fuse, type RankedChunk, vectorWeight } from "./fuse.ts";
import { lendToNeighbours } from "./lend.ts";

const hit = (documentId: string, index: number, score: number): RankedChunk => ({
  chunkId: `${documentId}${index}`,
  documentId,
  index,
  score,
});
const ranked = (...ids: number[]): RankedChunk[] => ids.map((id, rank) => hit("d", id, 100 - rank));
const ids = (hits: readonly RankedChunk[]): string[] => hits.map(({ chunkId }) => chunkId);

describe("fuse", () => {
  const lexical = ranked(...Array.from({ length: 40 }, (_, i) => i));

  it.each([
    ["absent", undefined],
    ["of quality lexical", { quality: "lexical" as const }],
    ["weighed 0 by its host", { quality: "semantic" as const, weight: 0 }],
  ])("leaves the lexical order as it is where the embedder is %s", (_, embedder) => {
    const fused = fuse(lexical, ranked(900, 39, 38, 37), { ...vectorWeight(embedder), searchable: 1_000 });
    expect(ids(fused)).toEqual(ids(lexical));
  });

  it("leaves the lexical order as it is where the vector leg agrees with it no more than chance", () => {
    const random = ranked(
      500,
      12,
      501,
      502,
      503,
      504,
      505,
      506,
      507,
      508,
      509,
      510,
      511,
      512,
      513,
      514,
      515,
      516,
      517,
      518,
    );
    const options = { ...vectorWeight({ quality: "semantic" }), searchable: 1_000 };
    expect(ids(fuse(lexical, random, options))).toEqual(ids(lexical));
  });

  it("knows that in a small corpus chance alone brings agreement", () => {
    const shuffled = ranked(33, 7, 21, 2, 38, 15, 29, 11, 36, 4, 25, 18, 31, 9, 39, 23, 13, 27, 35, 17);
    const options = { ...vectorWeight({ quality: "semantic" }), searchable: 40 };
    expect(ids(fuse(lexical, shuffled, options))).toEqual(ids(lexical));
  });

  it("lets a vector leg that agrees lift what both found", () => {
    const agreeing = ranked(10, 0, 1, 2, 3, 600);
    const fused = ids(
      fuse(lexical, agreeing, { ...vectorWeight({ quality: "semantic" }), searchable: 1_000 }),
    );
    expect(fused.indexOf("d10")).toBeLessThan(7);
    expect(fused).toContain("d600");
    expect(new Set(fused).size).toBe(fused.length);
  });

  it("takes a measured weight as it is", () => {
    const { vectorWeight: weight, measured } = vectorWeight({ quality: "semantic", weight: 0.9 });
    expect([weight, measured]).toEqual([0.9, true]);
    expect(
      ids(fuse(lexical, ranked(700), { vectorWeight: weight, measured, searchable: 1_000 })).slice(0, 2),
    ).toEqual(["d0", "d1"]);
    expect(ids(fuse(lexical, ranked(700), { vectorWeight: weight, measured, searchable: 1_000 }))[2]).toBe(
      "d700",
    );
  });

  it("counts only the 30 nearest vectors beside lexical hits", () => {
    const many = ranked(...Array.from({ length: 200 }, (_, i) => (i < 5 ? i : 1_000 + i)));
    const fused = ids(fuse(lexical, many, { vectorWeight: 0.2, measured: true, searchable: 5_000 }));
    expect(fused).toContain("d1029");
    expect(fused).not.toContain("d1030");
  });

  it("answers from vectors alone where no word was found, but not from hashed ones", () => {
    expect(ids(fuse([], ranked(3, 1), { ...vectorWeight({ quality: "semantic" }), searchable: 9 }))).toEqual([
      "d3",
      "d1",
    ]);
    expect(fuse([], ranked(3, 1), { ...vectorWeight({ quality: "lexical" }), searchable: 9 })).toEqual([]);
  });

  it("counts a chunk once that was embedded in pieces, at its best piece", () => {
    const pieces = [hit("d", 3, 9), hit("d", 3, 8), hit("d", 1, 7)];
    expect(ids(fuse([], pieces, { vectorWeight: 1, measured: true, searchable: 9 }))).toEqual(["d3", "d1"]);
  });

  it("keeps what else the hits carry", () => {
    const fused = fuse([{ ...hit("d", 1, 1), extra: "x" }], [], { vectorWeight: 0, searchable: 1 });
    expect(fused[0]?.extra).toBe("x");
  });
});

describe("lendToNeighbours", () => {
  it("lends 0.4 to the next chunks and 0.16 to those after, of the same document only", () => {
    const lent = lendToNeighbours([
      hit("a", 5, 10),
      hit("a", 6, 1),
      hit("a", 7, 0),
      hit("a", 8, 0),
      hit("b", 6, 1),
    ]);
    expect(Object.fromEntries(lent.map((h) => [h.chunkId, Number(h.score.toFixed(3))]))).toEqual({
      a5: 10.4,
      a6: 5,
      a7: 2,
      a8: 0.16,
      b6: 1,
    });
  });

  it("lifts a cluster of good chunks above a lone better one", () => {
    expect(ids(lendToNeighbours([hit("x", 1, 10), hit("y", 1, 8), hit("y", 2, 7)]))[0]).toBe("y1");
  });

  it("orders equals by document and position, whatever order they came in", () => {
    const hits = [hit("b", 1, 1), hit("a", 9, 1), hit("a", 4, 1)];
    expect(ids(lendToNeighbours(hits))).toEqual(["a4", "a9", "b1"]);
    expect(ids(lendToNeighbours(hits.reverse()))).toEqual(["a4", "a9", "b1"]);
  });
});
