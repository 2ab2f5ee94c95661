import { describe, expect, it } from "vitest";
import * as z from "zod";
import { type AnyStream, defineStream } from "../define/stream.ts";
import type { VendorHttp } from "../ports/vendor-http.ts";
import { type StreamUnderTest, streamContract, streamPromises } from "./stream-contract.ts";

interface Thing {
  id: number;
  at: number;
}
type Answer = { items: Thing[]; next: number | undefined };

/** A vendor of 25 things, ten a page by id. */
function vendor(): StreamUnderTest {
  let now = 1_000;
  const things: Thing[] = Array.from({ length: 25 }, (_, i) => ({ id: i + 1, at: 1 + i }));
  const list = async (_path: string, call: { query?: { [name: string]: unknown } } = {}): Promise<Answer> => {
    const { after = 0, since = 0 } = call.query as { after?: number; since?: number };
    const items = things.filter((thing) => thing.id > after && thing.at >= since);
    return { items: items.slice(0, 10), next: items.length > 10 ? items[9]?.id : undefined };
  };
  const http = { get: list, vendorNow: () => new Date(now) } as unknown as VendorHttp;
  const change = () => {
    now += 10;
    for (const thing of things.slice(3, 6)) thing.at = now;
    return ["4", "5", "6"];
  };
  return { http, change, keys: () => things.map(({ id }) => `${id}`) };
}

/** A right stream, and ways to be wrong. */
function things(wrong?: "skips" | "repeats" | "newest" | "never done" | "column"): AnyStream {
  return defineStream({
    id: "things",
    name: "Things",
    record: z.object({ id: z.number(), at: z.number() }),
    key: ({ id }) => `${id}`,
    updatedAt: ({ at }) => new Date(at),
    columns: { at: "bigint" },
    row: ({ at }) => (wrong === "column" ? { when: at } : { at }),
    read: async ({ http, keys }) => {
      const { items } = await http.get<Answer>("things", { query: { after: 0 } });
      const wanted = new Set(keys.map(({ key }) => key));
      const records = items.filter(({ id }) => wanted.has(`${id}`));
      const found = new Set(records.map(({ id }) => `${id}`));
      return { records, missing: [...wanted].filter((key) => !found.has(key)) };
    },
    async *pull({ http, since, cursor }) {
      let after = cursor as number | undefined;
      for (;;) {
        const from = wrong === "newest" ? 2_000 : since?.getTime();
        const { items, next } = await http.get<Answer>("things", {
          query: { after: after ?? 0, since: since && from },
        });
        const done = next === undefined;
        const last = items.at(-1)?.id ?? 0;
        after = wrong === "skips" ? last + 1 : wrong === "repeats" ? last - 1 : last;
        yield { records: items, cursor: after, done: done && wrong !== "never done" };
        if (done) return;
      }
    },
  });
}

streamContract(things(), vendor);

describe("the stream contract", () => {
  it.each([
    ["skips", "a backfill brings every record once"],
    ["repeats", "resuming after any page"],
    ["newest", "the next pull brings"],
    ["never done", "only the last page"],
    ["column", "its columns, links"],
  ] as const)("fails a stream that is wrong by: %s", async (wrong, breaks) => {
    const promise = streamPromises.find(({ title }) => title.startsWith(breaks));
    await expect(promise?.run(things(), vendor())).resolves.toBeUndefined();
    await expect(promise?.run(things(wrong), vendor())).rejects.toMatchObject({ name: "AssertionError" });
  });
});
