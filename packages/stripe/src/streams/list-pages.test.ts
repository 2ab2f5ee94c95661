import type { Json, Page, VendorCall, VendorHttp } from "@halo/core";
import { describe, expect, it } from "vitest";
import { listPages, stretches } from "./list-pages.ts";

interface Thing {
  readonly id: string;
  readonly created: number;
}

const NOW = new Date(Date.UTC(2026, 10, 21));
const now = NOW.getTime() / 1_000;
const DAY = 86_400;

/** A list as the vendor keeps one: newest first, cut by `created`, read on after an id. */
function vendor(things: readonly Thing[]) {
  const calls: NonNullable<VendorCall["query"]>[] = [];
  const sorted = [...things].sort((a, b) => b.created - a.created || (a.id < b.id ? 1 : -1));
  const get = async (_path: string, { query = {} }: VendorCall = {}) => {
    calls.push(query);
    const { gte = 0, lt = Number.POSITIVE_INFINITY } = query.created as { gte?: number; lt?: number };
    const range = sorted.filter(({ created }) => created >= gte && created < lt);
    const from = query.starting_after ? range.findIndex(({ id }) => id === query.starting_after) + 1 : 0;
    const data = range.slice(from, from + Number(query.limit));
    return { data, has_more: from + data.length < range.length };
  };
  return { calls, http: { get } as unknown as VendorHttp };
}

/** Reads every stretch, those that turn up too; resumes after each page where told. */
async function readAll(http: VendorHttp, resume = false) {
  const shards = [...stretches("/v1/things", NOW)];
  const read: string[] = [];
  for (let shard = shards.shift(); shard; shard = shards.shift()) {
    let cursor: Json | undefined;
    for (let done = false; !done; ) {
      const pages = listPages({
        http,
        shard,
        cursor,
        query: {},
        complete: async (object) => object,
        signal: new AbortController().signal,
      });
      for await (const page of pages as AsyncIterable<Page>) {
        read.push(...page.records.map((record) => (record as Thing).id));
        shards.push(...(page.shards ?? []));
        cursor = page.cursor;
        done = page.done;
        if (resume) break;
      }
    }
  }
  return read;
}

const many = (count: number, spacing: number): Thing[] =>
  Array.from({ length: count }, (_, at) => ({
    id: `t${String(at).padStart(6, "0")}`,
    created: now - at * spacing,
  }));

describe("a list that is read by stretches of time", () => {
  it.each<[string, readonly Thing[]]>([
    ["nothing", []],
    ["a few of one day", many(7, 60)],
    ["thousands over years", many(4_000, 40_000)],
    ["thousands of one month", many(3_000, 600)],
    ["hundreds of one second", Array.from({ length: 350 }, (_, at) => ({ id: `s${at}`, created: now - 5 }))],
    [
      "one on each border",
      stretches("/v1/things", NOW).flatMap(({ params }, at) => {
        const { gte } = params as { gte?: number };
        return gte === undefined ? [] : [0, 1].map((less) => ({ id: `b${at}-${less}`, created: gte - less }));
      }),
    ],
    ["one older than Stripe", [{ id: "old", created: 5 }]],
  ])("brings each once: %s", async (_, things) => {
    for (const resume of [false, true]) {
      const read = await readAll(vendor(things).http, resume);
      expect(read.toSorted()).toEqual(things.map(({ id }) => id).toSorted());
    }
  });

  it("is cut where its first page shows that it is long", async () => {
    const { calls, http } = vendor(many(6_000, 300));
    await readAll(http);
    const borders = new Set(calls.map(({ created }) => JSON.stringify(created)));
    expect(borders.size).toBeGreaterThan(stretches("/v1/things", NOW).length + 4);
  });

  it("covers all time with stretches that do not overlap", () => {
    const bounds = stretches("/v1/things", NOW).map(({ params }) => params as { gte?: number; lt?: number });
    expect(bounds[0]).toMatchObject({ gte: now - 30 * DAY });
    expect(bounds[0]?.lt).toBeUndefined();
    expect(bounds.at(-1)?.gte).toBeUndefined();
    for (let at = 1; at < bounds.length; at++) expect(bounds[at]?.lt).toBe(bounds[at - 1]?.gte);
  });
});
