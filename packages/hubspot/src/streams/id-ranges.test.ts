import type { VendorHttp } from "@halo/core";
import { describe, expect, it } from "vitest";
import { paths } from "../paths.ts";
import { idRanges } from "./id-ranges.ts";

interface Body {
  after?: string;
  filterGroups?: { filters: { value: string }[] }[];
}

/** Search over `records` ids that stand three apart, from 1. */
async function cut(records: number) {
  let searches = 0;
  const post = async (_path: string, { json }: { json: Body }) => {
    searches++;
    const offset = Number(json.after ?? 0);
    if (offset + 1 > 10_000) throw new Error("HubSpot refuses to page past 10,000.");
    const after = Number(json.filterGroups?.[0]?.filters[0]?.value ?? 0);
    const before = Math.floor((after + 2) / 3);
    const index = before + offset;
    return { total: records - before, results: index < records ? [{ id: String(index * 3 + 1) }] : [] };
  };
  const http = { post } as unknown as VendorHttp;
  const ranges = await idRanges(
    { http, signal: new AbortController().signal, paths: paths("x") },
    "contacts",
  );
  return { ranges, searches };
}

const pages = (ranges: readonly { records: number }[]) =>
  ranges.reduce((sum, { records }) => sum + Math.max(1, Math.ceil(records / 100)), 0);

describe("idRanges", () => {
  it.each([0, 1, 99, 5_001, 10_000, 10_001, 19_999, 20_000, 25_000, 25_001, 30_000, 100_000, 123_457])(
    "cuts %i records without a gap, an overlap or a page more than there are",
    async (records) => {
      const { ranges } = await cut(records);
      expect(ranges.reduce((sum, range) => sum + range.records, 0)).toBe(records);
      expect(pages(ranges)).toBe(Math.max(1, Math.ceil(records / 100)));
      expect(ranges[0]?.from).toBeUndefined();
      expect(ranges.at(-1)?.until).toBeUndefined();
      expect(ranges.slice(1).map(({ from }) => from)).toEqual(ranges.slice(0, -1).map(({ until }) => until));
      for (const [at, range] of ranges.entries()) {
        const from = range.from === undefined ? 0 : Math.ceil((Number(range.from) - 1) / 3);
        expect(from).toBe(ranges.slice(0, at).reduce((sum, { records }) => sum + records, 0));
      }
    },
  );

  it("asks once for a list that is not cut", async () => {
    expect((await cut(10_000)).searches).toBe(1);
  });

  it("P17 reads the portal of PERFORMANCE §8 with 3,330 requests at most", async () => {
    const portal = [100_000, 10_000, 20_000, 120_000, 30_000, 20_000, 30_000];
    const kinds = await Promise.all(portal.map(cut));
    const lists = kinds.reduce((sum, { ranges }) => sum + pages(ranges), 0);
    const searches = kinds.reduce((sum, kind) => sum + kind.searches, 0);
    expect(lists).toBe(3_300);
    expect(lists + searches).toBeLessThanOrEqual(3_330);
  });
});
