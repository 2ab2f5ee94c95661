import { contractSetup, storageTest } from "@halo/core/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seededRandom } from "../../../core/src/testing/ids.ts";
import { note, tombstone, world } from "../../../core/src/testing/storage-world.ts";
import { openers } from "../../test/support/open.ts";
import { internals, type PgStorage } from "../pg-storage.ts";
import { beginWords, mostReadEntries, placeWords, rankWords } from "./lexical.ts";
import { firstPlaced, placesIn } from "./places.ts";
import { entry } from "./postings.ts";
import { rankPostings } from "./rank-postings.ts";

const one = (term: string) => ({ term, weight: 1 });

describe("rankPostings", () => {
  it("reads ids beyond 53 bits exactly, and gives equals by their ids", () => {
    const great = 2 ** 38 + 1;
    const entries = `{${entry(great, 2, 10)},${entry(9, 1, 10)},${entry(7, 1, 10)}}`;
    const ranked = rankPostings([{ place: 0, size: 3, entries }], [one("a")], { chunks: 9, length: 90 });
    const best = ranked.best(9);
    expect(best.map(({ chunkId }) => chunkId)).toEqual([great, 7, 9]);
    expect(best[0]).toMatchObject({ frequencies: [2], length: 10 });
    expect(ranked.best(2)).toEqual(best.slice(0, 2));
    expect(ranked.size).toBe(3);
    expect(rankPostings([], [one("a")], { chunks: 0, length: 0 }).best(5)).toEqual([]);
  });
});

describe.each(openers)("%s", (_, open) => {
  let opened: Awaited<ReturnType<typeof open>>;
  beforeAll(async () => {
    opened = await open(contractSetup);
  }, 60_000);
  afterAll(() => opened?.close());

  it("words rank alike in this process and in SQL, whoever may be seen and whatever is gone", async () => {
    const seed = Date.now() % 1e9;
    const random = seededRandom(seed);
    const self = await world(storageTest(opened));
    const { door } = (opened.storage as PgStorage)[internals];
    const words = ["alpha", "bravo", "tango", "delta", "echo", "golf"];
    const line = () =>
      Array.from({ length: 1 + Math.floor(random() * 9) }, () => words[Math.floor(random() ** 2 * 6)] ?? "");
    for (let batch = 0; batch < 3; batch++) {
      const records = Array.from({ length: 60 }, (_, i) =>
        note(`${batch}-${i}`, 1, line().join(" "), { audience: i % 3 === 0 ? "internal" : "shareable" }),
      );
      await self.commit({ stream: "notes", records });
      await self.index();
    }
    const gone = Array.from({ length: 40 }, (_, i) => tombstone(`1-${i}`, 1_000));
    await self.commit({ stream: "notes", tombstones: gone });

    const shareable = { kind: "many", where: "d.audience = $2", values: ["shareable"] } as const;
    for (const allowed of [{ kind: "all" } as const, shareable]) {
      for (const limit of [1, 10, 500]) {
        const terms = [one("alpha"), { term: "golf", weight: 0.4 }, one("absent"), one("echo")];
        await door.inOrg(self.orgId, async (tx) => {
          const expected = await rankWords(tx, self.orgId, terms, allowed, limit);
          const begun = await beginWords(tx, self.orgId, terms, limit, allowed.kind === "many");
          const places = placesIn(tx, self.orgId, allowed);
          const leg = begun && (await placeWords(places, begun, limit));
          const told = `seed ${seed}, ${allowed.kind}, ${limit}`;
          expect(
            leg?.hits.map(({ score, ...hit }) => hit),
            told,
          ).toEqual(expected.hits.map(({ score, ...hit }) => hit));
          for (const [i, { score }] of (leg?.hits ?? []).entries())
            expect(score, told).toBeCloseTo(expected.hits[i]?.score ?? 0, 9);
          expect(leg?.averageLength, told).toBeCloseTo(expected.averageLength, 9);
          for (const [i, rarity] of (leg?.rarities ?? []).entries())
            expect(rarity, told).toBeCloseTo(expected.rarities[i] ?? 0, 9);
        });
      }
    }
  });

  it("more entries than are read are ranked in SQL, and a small org's chunks are asked for at once", async () => {
    const self = await world(storageTest(opened));
    const { door } = (opened.storage as PgStorage)[internals];
    await self.commit({ stream: "notes", records: [note("a", 1, "alpha"), note("b", 1, "alpha bravo")] });
    await self.index();
    await door.inOrg(self.orgId, async (tx) => {
      const asked: string[] = [];
      const heard = {
        ...tx,
        query: ((text, values) => {
          asked.push(text);
          return tx.query(text, values);
        }) as typeof tx.query,
      };
      const places = placesIn(heard, self.orgId, { kind: "all" });
      await places.ofFew(1);
      expect([...(await places.of([])).keys()]).toEqual([]);
      await places.ofFew(2);
      expect((await places.of([1e9])).size).toBe(2);
      expect(asked).toHaveLength(2);
      const { rows } = await tx.query<{ id: number }>(
        "update postings set size = $2 where org_id = $1 and term = 'alpha' returning 1 as id",
        [self.orgId, mostReadEntries + 1],
      );
      expect(rows.length).toBeGreaterThan(0);
      expect(await beginWords(tx, self.orgId, [one("alpha")], 9, false)).toBeUndefined();
      expect(await beginWords(tx, self.orgId, [one("bravo")], 9, false)).toBeDefined();
    });
    const { hits } = await self.storage.knowledge.lexical(
      self.orgId,
      [one("alpha")],
      { scope: { kind: "staff" } },
      9,
    );
    expect(hits).toHaveLength(2);
  });

  it("a ranking is asked for more until enough of it may be seen, and to its end at most", async () => {
    const self = await world(storageTest(opened));
    const { door } = (opened.storage as PgStorage)[internals];
    await self.commit({ stream: "notes", records: [note("a", 1, "alpha"), note("b", 1, "bravo")] });
    await self.index();
    await door.inOrg(self.orgId, async (tx) => {
      const { rows } = await tx.query<{ id: number }>("select id from chunks where org_id = $1 order by id", [
        self.orgId,
      ]);
      const [first, second] = rows.map(({ id }) => Number(id));
      const ranking = [1e9, 1e9 + 1, second ?? 0, 1e9 + 2, first ?? 0].map((chunkId) => ({ chunkId }));
      const asked: number[] = [];
      const from = (count: number) => {
        asked.push(count);
        return {
          items: ranking.slice(0, count),
          more: count < ranking.length ? async (further: number) => from(further) : undefined,
        };
      };
      const places = placesIn(tx, self.orgId, { kind: "all" });
      const found = await firstPlaced(places, from(2), 1);
      expect(found.map(({ chunkId }) => chunkId)).toEqual([second]);
      expect(asked).toEqual([2, 16]);
      expect((await firstPlaced(places, from(2), 9)).map(({ chunkId }) => chunkId)).toEqual([second, first]);
    });
  });
});
