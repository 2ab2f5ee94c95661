import { describe, expect, it, vi } from "vitest";
import { bench, orgId, tamper } from "../../test/harness.ts";
import { pullSlice } from "../sync/pull-slice.ts";

describe("an index whose workers crashed", () => {
  it("F05 takes documents up alone at first, and more at a time as it goes well", async () => {
    const limits: number[] = [];
    const halo = await bench({
      people: 15,
      storage: (inner) =>
        tamper(inner, "knowledge", {
          pending: (lease, limit, now) => {
            limits.push(limit);
            return inner.knowledge.pending(lease, limit, now);
          },
        }),
    });
    await halo.start();
    const claim = (kind: "run" | "index", ttlMs: number) =>
      halo.storage.leases.claim({ holder: "w", limit: 1, ttlMs, kinds: [kind] });
    const [lease] = await claim("run", 60_000);
    if (!lease) throw new Error("no run to work");
    const signal = new AbortController().signal;
    await pullSlice(halo.engine, { lease, signal, ending: () => false, abort() {} });
    expect(await halo.storage.knowledge.counts(orgId)).toMatchObject({ pending: 15 });
    // Whoever claims and does not come back has crashed.
    for (let crash = 0; crash < 3; crash++) {
      await vi.waitFor(async () => expect(await claim("index", 1)).toHaveLength(1));
    }
    await halo.settle();
    expect(limits.slice(0, 5)).toEqual([1, 2, 4, 8, 16]);
    expect(await halo.storage.knowledge.counts(orgId)).toMatchObject({ pending: 0, indexed: 15 });
  });
});
