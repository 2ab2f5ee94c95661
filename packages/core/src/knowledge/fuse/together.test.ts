import { describe, expect, it } from "vitest";
import type { LexicalHit, LexicalLeg } from "../../ports/knowledge-store.ts";
import { termWeight, weighTerms } from "../lexical/bm25.ts";
import { rankTogether } from "./together.ts";

const terms = [
  { term: "price", weight: 1 },
  { term: "team", weight: 0.4 },
];
const weighed = { terms, rarities: [2, 1], averageLength: 100 };

function leg(...hits: readonly (readonly [string, number, readonly number[], number?])[]): LexicalLeg {
  const found = hits.map(([documentId, index, frequencies, length = 100]): LexicalHit => {
    const score = weighTerms(weighed, frequencies, length);
    return { chunkId: `${documentId}${index}`, documentId, index, score, length, frequencies };
  });
  return { hits: found.sort((a, b) => b.score - a.score), averageLength: 100, rarities: weighed.rarities };
}
const order = (of: LexicalLeg) => rankTogether(of, terms).map(({ chunkId }) => chunkId);
const scoreOf = (of: LexicalLeg, id: string) =>
  rankTogether(of, terms).find(({ chunkId }) => chunkId === id)?.score ?? Number.NaN;

describe("rankTogether", () => {
  it("adds to each chunk half of what it and its neighbours weigh as one text", () => {
    const own = weighTerms(weighed, [2, 0], 100);
    const together = 2 * termWeight(2, 300, 300);
    expect(scoreOf(leg(["a", 5, [2, 0]]), "a5")).toBeCloseTo(own + together / 2, 12);
  });

  it("counts a word once for three chunks that say it, and each of several words that meet there", () => {
    const same = leg(["a", 1, [1, 0]], ["a", 2, [1, 0]]);
    const different = leg(["a", 1, [1, 0]], ["a", 2, [0, 1]]);
    const lentOnly = (of: LexicalLeg) => {
      const [one, other] = of.hits;
      return (one?.score ?? 0) + 0.4 * (other?.score ?? 0);
    };
    const gain = (of: LexicalLeg) => scoreOf(of, "a1") - lentOnly(of);
    expect(gain(same)).toBeCloseTo(0.5 * 2 * termWeight(2, 300, 300), 12);
    expect(gain(different)).toBeCloseTo(
      0.5 * (2 * termWeight(1, 300, 300) + 0.4 * termWeight(1, 300, 300)),
      12,
    );
  });

  it("takes only the chunks right beside a chunk, of its own document", () => {
    const alone = scoreOf(leg(["a", 5, [1, 0]]), "a5");
    expect(scoreOf(leg(["a", 5, [1, 0]], ["b", 6, [0, 3]]), "a5")).toBe(alone);
    expect(scoreOf(leg(["a", 5, [1, 0]], ["a", 8, [0, 3]]), "a5")).toBe(alone);
    // Two further on lends its score, but is not read together with it.
    expect(scoreOf(leg(["a", 5, [1, 0]], ["a", 7, [0, 3]]), "a5")).toBeCloseTo(
      alone + 0.16 * weighTerms(weighed, [0, 3], 100),
      12,
    );
    expect(scoreOf(leg(["a", 5, [1, 0]], ["a", 6, [0, 3]]), "a5")).toBeGreaterThan(alone + 0.5);
  });

  it("holds long neighbours back, and takes those that are no candidates for as long as the average", () => {
    const beside = (length: number) => scoreOf(leg(["a", 5, [1, 0]], ["a", 6, [0, 1], length]), "a5");
    expect(beside(400)).toBeLessThan(beside(20));
  });

  it("lifts a passage where the question's words meet above one that repeats a single word", () => {
    const meeting = leg(["x", 1, [2, 0]], ["y", 1, [1, 1]], ["y", 2, [1, 2]]);
    expect(order(meeting)[0]).toBe("y2");
  });

  it("gives nothing for nothing, and the same order whatever order the hits came in", () => {
    expect(order({ hits: [], averageLength: 0, rarities: [0, 0] })).toEqual([]);
    const some = leg(["b", 1, [1, 0]], ["a", 9, [1, 0]], ["a", 4, [1, 0]]);
    expect(order({ ...some, hits: [...some.hits].reverse() })).toEqual(order(some));
  });
});
