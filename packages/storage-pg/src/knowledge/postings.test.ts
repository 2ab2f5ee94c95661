import { contractSetup, storageTest } from "@halo/core/testing";
import { describe, expect, it } from "vitest";
import { seededRandom } from "../../../core/src/testing/ids.ts";
import { note, tombstone, world } from "../../../core/src/testing/storage-world.ts";
import { openers } from "../../test/support/open.ts";
import { internals, type PgStorage } from "../pg-storage.ts";
import { entry } from "./postings.ts";

const staff = { scope: { kind: "staff" } } as const;
/** As the analyser leaves them. */
const words = ["alpha", "bravo", "tango", "delta", "echo"];

/** BM25 by the book over chunks that are arrays of terms. */
function bm25(chunks: readonly (readonly string[])[], terms: readonly string[]): number[] {
  const average = chunks.reduce((sum, { length }) => sum + length, 0) / chunks.length;
  return chunks
    .map((chunk) =>
      terms.reduce((sum, term) => {
        const tf = chunk.filter((word) => word === term).length;
        const df = chunks.filter((other) => other.includes(term)).length;
        const idf = Math.log(1 + (chunks.length - df + 0.5) / (df + 0.5));
        return (
          sum + (tf === 0 ? 0 : (idf * 2.2 * tf) / (tf + 1.2 * (0.25 + (0.75 * chunk.length) / average)))
        );
      }, 0),
    )
    .filter((score) => score > 0)
    .sort((a, b) => b - a);
}

describe("entry", () => {
  it("packs ids beyond 53 bits exactly, and cuts what is too great", () => {
    expect(entry(1, 2, 3)).toBe(String((1 << 24) + (2 << 16) + 3));
    expect(BigInt(entry(2 ** 38, 300, 70_000))).toBe((BigInt(2 ** 38) << 24n) + (255n << 16n) + 65_535n);
    expect(entry(536_870_911, 1, 1)).toBe(String(536_870_911n * 16_777_216n + 65_537n));
  });
});

describe.each(openers)("%s", (_, open) => {
  it("segments fold, by level and when a fifth is dead, and every score stays what it is by the book", async () => {
    const opened = await open(contractSetup);
    const seed = Date.now() % 1e9;
    const random = seededRandom(seed);
    try {
      const self = await world(storageTest(opened));
      const { door } = (opened.storage as PgStorage)[internals];
      const line = () =>
        Array.from({ length: 1 + Math.floor(random() * 6) }, () => words[Math.floor(random() * 5)] ?? "");
      const documents = new Map<string, string[][]>();
      const write = async (key: string, lines: string[][]) => {
        documents.set(key, lines);
        const body = lines.map((line) => line.join(" ")).join("\n");
        await self.commit({ stream: "notes", records: [note(key, documents.size, body)] });
        await self.index();
      };
      const segments = () =>
        door.inOrg(self.orgId, async (tx) => {
          const { rows } = await tx.query<{ level: number; chunks: number; rows: number }>(
            `select level, chunks, (select count(*) from postings p where p.org_id = s.org_id and p.segment = s.id) as rows
             from posting_segments s where org_id = $1 order by level, id`,
            [self.orgId],
          );
          return rows.map((row) => ({ level: row.level, chunks: row.chunks, rows: Number(row.rows) }));
        });
      const byTheBook = async (terms: string[]) => {
        const asked = terms.map((term) => ({ term, weight: 1 }));
        const { hits } = await self.storage.knowledge.lexical(self.orgId, asked, staff, 100_000);
        const expected = bm25([...documents.values()].flat(), terms);
        expect(hits.length, `seed ${seed}`).toBe(expected.length);
        hits.forEach(({ score }, i) => {
          expect(score, `seed ${seed}, hit ${i}`).toBeCloseTo(expected[i] ?? 0, 5);
        });
      };

      for (let i = 0; i < 15; i++) await write(`n${i}`, [line(), line()]);
      expect((await segments()).map(({ level }) => level)).toEqual(Array(15).fill(0));
      await byTheBook(["alpha", "echo"]);
      await write("n15", [line()]);
      const [folded, ...more] = await segments();
      expect(more).toEqual([]);
      expect(folded).toMatchObject({ level: 1, chunks: 31 });
      expect(folded?.rows).toBeLessThanOrEqual(words.length);
      await byTheBook(["alpha", "echo"]);

      await write("great", Array.from({ length: 1_100 }, line));
      await self.commit({ stream: "notes", tombstones: [tombstone("great", 1_000)] });
      documents.delete("great");
      expect((await segments()).find(({ level }) => level < 0)).toMatchObject({ chunks: -1_100 });
      expect((await self.storage.knowledge.counts(self.orgId)).chunks).toBe(31);
      await write("last", [line()]);
      const clean = await segments();
      expect(clean.map(({ level, chunks }) => [level, chunks])).toEqual([[1, 32]]);
      await byTheBook(["alpha", "echo"]);
      await byTheBook(words);
    } finally {
      await opened.close();
    }
  });
});
