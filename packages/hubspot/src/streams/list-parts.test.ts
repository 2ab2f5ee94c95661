import { describe, expect, it } from "vitest";
import { ListPart, partsOf, wholeList } from "./list-parts.ts";
import type { ObjectType } from "./object-type.ts";

interface Range {
  readonly from: number;
  readonly pages: number;
  readonly until: number | undefined;
}

/** Cuts a list of `records` ids that stand three apart, from 1; `ahead` pages are read before each search is answered. */
function cut(records: number, { ahead = 1, type = "contacts" as ObjectType } = {}) {
  const ranges: Range[] = [];
  let searches = 0;
  let told = 0;
  const indexOf = (id: string | null | undefined) => (id == null ? 0 : Math.ceil((Number(id) - 1) / 3));
  const waiting = [wholeList];
  const names = new Set<string>();
  for (let shard = waiting.shift(); shard; shard = waiting.shift()) {
    expect(names.has(shard.id)).toBe(false);
    names.add(shard.id);
    told += shard.records ?? 0;
    const part = ListPart.parse(shard.params);
    const first = indexOf(part.from);
    const end = part.until == null ? records : indexOf(part.until);
    const read = part.cut ? Math.min(end, first + ahead * 100) : end;
    ranges.push({ from: first, until: read, pages: Math.max(1, Math.ceil((read - first) / 100)) });
    if (!part.cut) continue;
    searches++;
    if (read >= end) continue;
    if (part.cut.records > 10_000) throw new Error("HubSpot refuses to page past 10,000.");
    const at = first + part.cut.records - 1;
    const id = at < records ? String(at * 3 + 1) : undefined;
    const from = String((read - 1) * 3 + 2);
    const shards = partsOf(type, part, { id, total: records - first }, { pages: ahead, from, after: "x" });
    waiting.push(...shards);
  }
  ranges.sort((a, b) => a.from - b.from || (a.until ?? 0) - (b.until ?? 0));
  return { ranges, searches, told };
}

const pages = (ranges: readonly Range[]) => ranges.reduce((sum, range) => sum + range.pages, 0);

const SIZES = [0, 1, 99, 5_001, 10_000, 10_001, 19_999, 20_000, 25_000, 25_001, 30_000, 100_000, 123_457];

describe("partsOf", () => {
  it.each(SIZES.flatMap((records) => [1, 2, 7, 60].map((ahead) => ({ records, ahead }))))(
    "cuts $records records without a gap, an overlap or a page more than there are, $ahead pages after each search was sent",
    ({ records, ahead }) => {
      const { ranges } = cut(records, { ahead });
      expect(ranges[0]?.from).toBe(0);
      expect(ranges.at(-1)?.until).toBe(records);
      expect(ranges.slice(1).map(({ from }) => from)).toEqual(ranges.slice(0, -1).map(({ until }) => until));
      expect(pages(ranges)).toBe(Math.max(1, Math.ceil(records / 100)));
    },
  );

  it("searches again when it has read past the place that a search brought", () => {
    const { ranges, searches } = cut(100_000, { ahead: 130 });
    expect(searches).toBeGreaterThan(3);
    expect(Math.max(...ranges.map((range) => range.pages))).toBeLessThanOrEqual(200);
    expect(pages(ranges)).toBe(1_000);
  });

  it("leaves no part longer than the limit can be kept busy with", () => {
    expect(Math.max(...cut(20_000).ranges.map((range) => range.pages))).toBeLessThanOrEqual(50);
    expect(Math.max(...cut(123_457).ranges.map((range) => range.pages))).toBeLessThanOrEqual(200);
    const longest = cut(123_457, { type: "emails" }).ranges.map((range) => range.pages);
    expect(Math.max(...longest)).toBeLessThanOrEqual(100);
  });

  it("tells how many records there are, once", () => {
    expect(cut(20_000).told).toBe(20_000);
    expect(cut(123_457).told).toBe(123_457);
  });

  it("asks once for a list that is not cut", () => {
    expect(cut(10_000).searches).toBe(1);
  });

  it("goes on with the list's own cursor, and with the smallest id that was not read", () => {
    const [own, next] = partsOf(
      "deals",
      ListPart.parse(wholeList.params),
      { id: "30000", total: 30_000 },
      { pages: 1, from: "301", after: "own" },
    );
    expect(own).toMatchObject({
      id: "from-301",
      params: { from: "301", after: "own", until: "30001" },
      pages: 99,
    });
    expect(next).toMatchObject({
      id: "from-30001",
      params: { from: "30001", cut: { records: 10_000, of: 20_000 } },
    });
  });

  it("does not cut a part again beyond its own end", () => {
    const part = ListPart.parse({ read: "list", from: "5", until: "50", cut: { records: 4_900, of: 9_900 } });
    const shards = partsOf(
      "deals",
      part,
      { id: "77", total: 20_000 },
      { pages: 1, from: "9", after: undefined },
    );
    expect(shards).toEqual([{ id: "from-9", params: { read: "list", from: "9", until: "50" }, pages: 98 }]);
  });

  it("P17 reads the portal of PERFORMANCE §8 with 3,330 requests at most", () => {
    const portal = { contacts: 100_000, companies: 10_000, deals: 20_000, emails: 120_000, notes: 30_000 };
    const others = { calls: 20_000, meetings: 30_000 };
    const kinds = Object.entries({ ...portal, ...others }).map(([type, records]) =>
      cut(records, { type: type as ObjectType }),
    );
    const lists = kinds.reduce((sum, { ranges }) => sum + pages(ranges), 0);
    const searches = kinds.reduce((sum, kind) => sum + kind.searches, 0);
    expect(lists).toBe(3_300);
    expect(lists + searches).toBeLessThanOrEqual(3_330);
  });
});
