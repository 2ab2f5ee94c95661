import { describe, expect, it } from "vitest";
import * as z from "zod";
import { acme } from "../../test/acme.ts";
import { bench, orgId } from "../../test/harness.ts";
import { defineStream, type PullScope } from "../define/stream.ts";
import type { RunMode } from "../ports/run-store.ts";

const File = z.object({ id: z.string(), size: z.number(), words: z.string() });
type File = z.infer<typeof File>;

/** A vendor whose list shows files by their size, and whose words have to be fetched one by one. */
async function shelf({ outlined = true } = {}) {
  const files = new Map<string, File>();
  const fetched: string[] = [];
  const put = (id: string, size: number, words = `${id} of ${size}`) => files.set(id, { id, size, words });
  const wanted = async (held: PullScope<unknown>["held"], listed: readonly File[]) => {
    const known = await held(new Map(listed.map(({ id, size }) => [id, { size }])));
    const fresh = listed.filter(({ id }) => !known.has(id));
    fetched.push(...fresh.map(({ id }) => id));
    return fresh;
  };
  const stream = defineStream<File>({
    id: "files",
    name: "Files",
    record: File,
    key: ({ id }) => id,
    columns: {},
    row: () => ({}),
    ...(outlined && { outline: ({ size, words }) => (words === "" ? undefined : { size }) }),
    async *pull({ held }) {
      yield { records: await wanted(held, [...files.values()]), cursor: null, done: true };
    },
    partialBackfill: true,
    manual: ["backfill_transcripts"],
    read: async ({ held, keys }) => {
      const there = keys.flatMap(({ key }) => files.get(key) ?? []);
      const missing = keys.flatMap(({ key }) => (files.has(key) ? [] : [key]));
      return { records: await wanted(held, there), missing };
    },
  });
  const halo = await bench({ integration: acme({ streams: [stream] }) });
  const { id: connectionId } = await halo.connection();
  return {
    halo,
    put,
    /** What one run fetched, besides what its settle pass did. */
    async sync(mode: RunMode = "incremental") {
      fetched.length = 0;
      const [run] = await halo.start({ mode });
      await halo.settle();
      expect((await halo.run(run?.id ?? "")).status).toBe("succeeded");
      return [...fetched].sort();
    },
    words: async (id: string) =>
      ((await halo.storage.pages.get(orgId, connectionId, "acme_files", id))?.raw as File | null)?.words,
  };
}

describe("what is held", () => {
  it("is left out of the next pull while it looks the same, and read again when it does not", async () => {
    const { put, sync, words } = await shelf();
    put("a", 1);
    put("b", 1);
    expect(await sync("backfill")).toEqual(["a", "b"]);
    expect(await sync()).toEqual([]);
    put("a", 2);
    put("c", 1);
    expect(await sync()).toEqual(["a", "c"]);
    expect(await words("a")).toBe("a of 2");
    expect(await words("b")).toBe("b of 1");
    expect(await sync()).toEqual([]);
  });

  it("is what its stream says is through: the rest is read again", async () => {
    const { put, sync, words } = await shelf();
    put("a", 1, "");
    expect(await sync("backfill")).toEqual(["a", "a"]);
    put("a", 1, "words");
    expect(await sync()).toEqual(["a"]);
    expect(await words("a")).toBe("words");
    expect(await sync()).toEqual([]);
  });

  it("is nothing where everything is wanted anew, nor of a stream without outlines", async () => {
    const { put, sync } = await shelf();
    put("a", 1);
    await sync("backfill");
    expect(await sync("full_resync")).toEqual(["a"]);
    expect(await sync("catch_up")).toEqual([]);
    const plain = await shelf({ outlined: false });
    plain.put("a", 1);
    await plain.sync("backfill");
    expect(await plain.sync()).toEqual(["a"]);
  });
});

describe("a settle pass", () => {
  it("does not follow a short run, although the vendor's clock stands since the last one's answers", async () => {
    const halo = await bench();
    await halo.start();
    await halo.settle();
    halo.vendor.now += 60 * 60_000;
    let first = true;
    halo.vendor.before = () => {
      // The first answer of the run tells how late it is.
      if (first) halo.vendor.now += 60 * 60_000;
      first = false;
    };
    const calls = halo.vendor.calls.length;
    await halo.start({ mode: "incremental" });
    await halo.settle();
    expect(halo.vendor.calls.slice(calls).filter((path) => path === "deleted")).toHaveLength(1);
  });
});
