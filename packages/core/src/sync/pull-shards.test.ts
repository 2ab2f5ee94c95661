import { expect, it } from "vitest";
import { acme, people } from "../../test/acme.ts";
import { bench, tamper } from "../../test/harness.ts";
import { StorageError } from "../errors.ts";

const record = (id: string) => ({
  id,
  email: null,
  name: "Somebody",
  note: "",
  team: "blue",
  updatedAt: "2026-01-01T00:00:00.000Z",
});

it("holds no more records that are not stored than a run may, however many shards and however slow the store", async () => {
  let unstored = 0;
  let most = 0;
  const wide = {
    ...people,
    shards: async () => Array.from({ length: 20 }, (_, at) => ({ id: `s${at}`, pages: 4 })),
    async *pull({ shard }: { readonly shard: { readonly id: string } }) {
      for (let page = 0; page < 4; page++) {
        unstored += 250;
        most = Math.max(most, unstored);
        const records = Array.from({ length: 250 }, (_, at) => record(`${shard.id}-${page}-${at}`));
        yield { records, cursor: page, done: page === 3 };
      }
    },
  };
  const halo = await bench({
    integration: acme({ streams: [wide] }),
    storage: (inner) =>
      tamper(inner, "pages", {
        commit: async (page) => {
          await new Promise((resolve) => setTimeout(resolve, 10));
          if (page.progress) unstored -= page.records.length;
          return await inner.pages.commit({ ...page, records: [] });
        },
      }),
  });
  const [run] = await halo.start();
  await halo.settle();
  expect((await halo.run(run?.id ?? "")).status).toBe("succeeded");
  expect(most).toBeGreaterThan(1_000);
  // 4,000, and a page of each open shard.
  expect(most).toBeLessThanOrEqual(4_000 + 20 * 250);
});

it("reads shards so that the longer ones do not remain alone at the end", async () => {
  const order: string[] = [];
  const lengths: { readonly [id: string]: number } = { short: 3, long: 12, middle: 6 };
  const uneven = {
    ...people,
    shards: async () => Object.entries(lengths).map(([id, pages]) => ({ id, pages })),
    async *pull({ shard }: { readonly shard: { readonly id: string } }) {
      const pages = lengths[shard.id] ?? 1;
      for (let page = 0; page < pages; page++) {
        order.push(shard.id);
        yield { records: [], cursor: page, done: page === pages - 1 };
      }
    },
  };
  const integration = acme({ streams: [uneven] });
  const halo = await bench({
    integration: { ...integration, http: { ...integration.http, concurrency: 1 } },
  });
  await halo.start();
  await halo.settle();
  // In turn, without regard to their length, six pages of the long one would come last.
  const backfill = order.slice(0, 21);
  const last = backfill.at(-1);
  expect(backfill.length - 1 - backfill.findLastIndex((id) => id !== last)).toBeLessThanOrEqual(3);
});

/** A stream whose one part names two more with its second page, and each of them what it ends with. */
function growing() {
  const begun: string[] = [];
  const stream = {
    ...people,
    shards: async () => [{ id: "all", records: 2 }],
    async *pull({ shard, cursor }: { readonly shard: { readonly id: string }; readonly cursor?: unknown }) {
      if (cursor === undefined) begun.push(shard.id);
      const first = cursor === undefined ? 0 : Number(cursor) + 1;
      for (let page = first; page < 2; page++) {
        const records = [record(`${shard.id}-${page}`)];
        const named = shard.id === "all" && page === 1 ? ["left", "right"] : [];
        const shards = named.map((id) => ({ id, params: { of: "all" }, pages: 2, records: 2 }));
        yield { records, cursor: page, done: page === 1, shards };
      }
    },
  };
  return { begun, stream };
}

const everything = ["all-0", "all-1", "left-0", "left-1", "right-0", "right-1"];

it("reads parts that turn up while another is read, and expects their records", async () => {
  const { begun, stream } = growing();
  const halo = await bench({ integration: acme({ streams: [stream] }) });
  const [run] = await halo.start();
  await halo.settle();
  expect(await halo.run(run?.id ?? "")).toMatchObject({
    status: "succeeded",
    expectedRecords: 6,
    counters: { read: 12 },
  });
  expect([...(await halo.rows()).keys()].sort()).toEqual(everything);
  // Once for the backfill, once for the settle pass.
  expect(begun.filter((id) => id === "left")).toHaveLength(2);
});

it("reads parts that turn up in the same slice, and one that is named again not again", async () => {
  const { begun, stream } = growing();
  const twice = {
    ...stream,
    async *pull(scope: { readonly shard: { readonly id: string }; readonly cursor?: unknown }) {
      for await (const page of stream.pull(scope)) {
        const again = [{ id: "all" }, { id: "left" }, { id: "right" }];
        yield scope.shard.id === "all" ? page : { ...page, shards: again };
      }
    },
  };
  let looks = 0;
  const halo = await bench({
    integration: acme({ streams: [twice] }),
    storage: (inner) =>
      tamper(inner, "runs", {
        shards: async (lease, phase) => {
          looks++;
          return await inner.runs.shards(lease, phase);
        },
      }),
  });
  const [run] = await halo.start();
  await halo.settle();
  expect((await halo.run(run?.id ?? "")).counters.read).toBe(12);
  for (const id of ["all", "left", "right"]) expect(begun.filter((one) => one === id)).toHaveLength(2);
  // At the beginning and at the end of the backfill, and of the settle pass: one slice worked it all.
  expect(looks).toBe(4);
});

it("F02 parts that turned up are there after a crash, and a finished part is never begun again", async () => {
  const { begun, stream } = growing();
  let crash = 0;
  const halo = await bench({
    integration: acme({ streams: [stream] }),
    storage: (inner) =>
      tamper(inner, "pages", {
        commit: async (page) => {
          if (page.progress?.shardId !== "all" && crash++ < 1)
            throw new StorageError("gone for a moment", { retryable: true });
          return await inner.pages.commit(page);
        },
      }),
  });
  const [run] = await halo.start();
  await halo.settle();
  expect((await halo.run(run?.id ?? "")).status).toBe("succeeded");
  expect([...(await halo.rows()).keys()].sort()).toEqual(everything);
  expect(begun.filter((id) => id === "all")).toHaveLength(2);
});
