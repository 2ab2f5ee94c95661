import { describe, expect, it, vi } from "vitest";
import type { AcmeEvent } from "../../test/acme.ts";
import { bench, orgId, snapshot, tamper } from "../../test/harness.ts";
import { isHaloError, StorageError, VendorError } from "../errors.ts";
import { uuidv7 } from "../ids.ts";
import { groupCommit } from "./group-commit.ts";

type Halo = Awaited<ReturnType<typeof bench>>;

async function deliver(halo: Halo, ...events: Partial<AcmeEvent>[]): Promise<readonly boolean[]> {
  const { id } = await halo.connection();
  return await halo.storage.deliveries.accept(
    events.map((event, index) => {
      const whole = { id: `e${index}-${Math.random()}`, account: "acct-1", type: "person.changed", ...event };
      return {
        id: uuidv7(Date.now()),
        orgId,
        connectionId: id,
        integration: "acme",
        eventKey: whole.id,
        type: whole.type,
        occurredAt: new Date(event.at ?? halo.vendor.now),
        payload: { at: new Date(halo.vendor.now).toISOString(), person: "00001", ...whole },
        status: "pending" as const,
        receivedAt: new Date(),
      };
    }),
  );
}

async function synced(people = 20): Promise<Halo> {
  const halo = await bench({ people });
  await halo.start();
  await halo.settle();
  return halo;
}

const statuses = async (halo: Halo) =>
  (await halo.storage.deliveries.list(orgId, {})).map((one) => one.status);

describe("a delivery", () => {
  it("reads what its event points at, and stores it like a page", async () => {
    const halo = await synced();
    halo.vendor.put({ id: "00021", name: "Came by webhook" });
    await deliver(halo, { person: "00021" });
    await halo.settle();
    expect(await halo.rows()).toEqual(snapshot(halo.vendor));
    expect(await statuses(halo)).toEqual(["done"]);
  });

  it("F50 has one effect however often it comes", async () => {
    const halo = await synced();
    halo.vendor.put({ id: "00021" });
    const calls = halo.vendor.calls.length;
    for (let time = 0; time < 10; time++) await deliver(halo, { id: "same", person: "00021" });
    await Promise.all(Array.from({ length: 50 }, () => deliver(halo, { id: "same", person: "00021" })));
    await halo.settle();
    expect(await statuses(halo)).toEqual(["done"]);
    expect(halo.vendor.calls.length - calls).toBe(1);
  });

  it("F51 leads to the vendor's state in whatever order events come", async () => {
    const halo = await synced();
    halo.vendor.put({ id: "00003", name: "First" });
    const early = new Date(halo.vendor.now).toISOString();
    halo.vendor.put({ id: "00003", name: "Second" });
    await deliver(halo, { person: "00003", at: new Date(halo.vendor.now).toISOString() });
    await deliver(halo, { person: "00003", at: early });
    await halo.settle();
    expect((await halo.rows()).get("00003")).toMatchObject({ name: "Second" });
  });

  it("F52 of a deletion that comes late does not delete what was restored since", async () => {
    const halo = await synced();
    const deletedAt = new Date(halo.vendor.now).toISOString();
    halo.vendor.put({ id: "00004", name: "Restored" });
    await deliver(halo, { person: "00004" });
    await halo.settle();
    await deliver(halo, { person: "00004", type: "person.deleted", at: deletedAt });
    await halo.settle();
    expect((await halo.rows()).get("00004")).toMatchObject({ name: "Restored" });
  });

  it("F33 of a deletion takes the row and its knowledge away", async () => {
    const halo = await synced();
    const before = await halo.storage.knowledge.counts(orgId);
    halo.vendor.delete("00005");
    await deliver(halo, {
      person: "00005",
      type: "person.deleted",
      at: new Date(halo.vendor.now).toISOString(),
    });
    await halo.settle();
    expect(await halo.rows()).toEqual(snapshot(halo.vendor));
    expect((await halo.storage.knowledge.counts(orgId)).documents).toBe(before.documents - 1);
  });

  it("F33 of a request to be forgotten erases the content too, and leaves a receipt", async () => {
    const halo = await synced();
    halo.vendor.delete("00006");
    await deliver(halo, {
      person: "00006",
      type: "person.forgotten",
      at: new Date(halo.vendor.now).toISOString(),
    });
    await halo.settle();
    const { id } = await halo.connection();
    const row = await halo.storage.pages.get(orgId, id, "acme_people", "00006");
    expect(JSON.stringify(row ?? {})).not.toContain("p00006@");
    expect(await halo.storage.knowledge.receipts(orgId)).toMatchObject([{ sourceKeys: ["acme:note:00006"] }]);
  });

  it("of an unknown kind is done, and does nothing", async () => {
    const halo = await synced();
    const calls = halo.vendor.calls.length;
    await deliver(halo, { type: "noise" });
    await halo.settle();
    expect(await statuses(halo)).toEqual(["done"]);
    expect(halo.vendor.calls.length).toBe(calls);
  });

  it("F54 F55 that waits when ingest is turned off or the connection ends is skipped", async () => {
    const halo = await synced();
    const connection = await halo.connection();
    await halo.storage.connections.change(orgId, connection.id, { modes: { ingest: false } });
    const calls = halo.vendor.calls.length;
    await deliver(halo, { person: "00001" });
    await halo.settle();
    expect(await statuses(halo)).toEqual(["skipped"]);
    expect(halo.vendor.calls.length).toBe(calls);
  });

  it("does not hold up the others when it alone cannot be processed", async () => {
    const halo = await synced();
    halo.vendor.put({ id: "00022" });
    const answer = halo.vendor.answer.bind(halo.vendor);
    halo.vendor.answer = async (path, query) => {
      if (path === "read" && String(query["ids"]).includes("00007")) {
        throw new VendorError("The vendor failed.", { status: 500 });
      }
      return await answer(path, query);
    };
    await deliver(halo, { person: "00007" }, { person: "00022" });
    await Promise.race([halo.settle().catch(() => {}), new Promise((resolve) => setTimeout(resolve, 600))]);
    const deliveries = await halo.storage.deliveries.list(orgId, {});
    expect(deliveries.map((one) => one.status).sort()).toEqual(["done", "pending"]);
    expect((await halo.rows()).has("00022")).toBe(true);
  });
});

describe("group commit", () => {
  it("lets one request go at once, and carries many together while a transaction is under way", async () => {
    const batches: number[] = [];
    const release: (() => void)[] = [];
    const commit = groupCommit(
      async (rows: readonly number[]) => {
        batches.push(rows.length);
        await new Promise<void>((resolve) => release.push(resolve));
        return rows.map((row) => row * 2);
      },
      { maxRows: 4, maxInFlight: 1, maxWaiting: 100 },
    );
    const results = Array.from({ length: 6 }, (_, index) => commit([index]));
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(batches).toEqual([4]);
    release.shift()?.();
    await results[0];
    release.shift()?.();
    expect((await Promise.all(results)).flat()).toEqual([0, 2, 4, 6, 8, 10]);
    expect(batches).toEqual([4, 2]);
  });

  it("F61 fails every request of a batch that could not be stored", async () => {
    const commit = groupCommit(
      async () => {
        throw new StorageError("down", { retryable: true });
      },
      { maxRows: 10, maxInFlight: 1, maxWaiting: 10 },
    );
    const results = await Promise.allSettled([commit([1]), commit([2])]);
    expect(results.map((one) => one.status)).toEqual(["rejected", "rejected"]);
  });

  it("F62 refuses more than it can hold, and loses nothing that it took", async () => {
    const commit = groupCommit(async (rows: readonly number[]) => rows, {
      maxRows: 10,
      maxInFlight: 1,
      maxWaiting: 20,
    });
    const results = await Promise.allSettled(Array.from({ length: 50 }, (_, index) => commit([index])));
    const refused = results.filter((one) => one.status === "rejected");
    expect(refused.length).toBe(30);
    expect(refused.every((one) => isHaloError((one as PromiseRejectedResult).reason, "storage_failed"))).toBe(
      true,
    );
  });
});

describe("an inbox whose workers crashed", () => {
  it("F07 takes events up alone at first, and more at a time as it goes well", async () => {
    const limits: number[] = [];
    const halo = await bench({
      people: 40,
      storage: (inner) =>
        tamper(inner, "deliveries", {
          pending: (lease, connectionId, limit, now) => {
            limits.push(limit);
            return inner.deliveries.pending(lease, connectionId, limit, now);
          },
        }),
    });
    await halo.start();
    await halo.settle();
    await deliver(halo, ...Array.from({ length: 15 }, () => ({ person: "00003" })));
    for (let crash = 0; crash < 3; crash++) {
      // Whoever claims and does not come back has crashed.
      const request = { holder: `crash-${crash}`, limit: 1, ttlMs: 1, kinds: ["inbox"] as const };
      await vi.waitFor(async () => expect(await halo.storage.leases.claim(request)).toHaveLength(1));
    }
    limits.length = 0;
    await halo.settle();
    expect(limits.slice(0, 5)).toEqual([1, 2, 4, 8, 16]);
    expect(await statuses(halo)).toEqual(Array(15).fill("done"));
  });

  it("F07 counts an attempt before it is made alone, so that an event that ends processes becomes a dead letter", async () => {
    const seen: unknown[] = [];
    const halo = await bench({
      people: 5,
      storage: (inner) =>
        tamper(inner, "pages", {
          commit: async (page) => {
            for (const id of page.deliveries ?? []) seen.push(await inner.deliveries.get(orgId, id));
            return await inner.pages.commit(page);
          },
        }),
    });
    await halo.start();
    await halo.settle();
    await deliver(halo, { person: "00003" });
    for (let crash = 0; crash < 3; crash++) {
      const request = { holder: `crash-${crash}`, limit: 1, ttlMs: 1, kinds: ["inbox"] as const };
      await vi.waitFor(async () => expect(await halo.storage.leases.claim(request)).toHaveLength(1));
    }
    await halo.settle();
    expect(seen).toMatchObject([{ attempts: 1, reason: "crashed", status: "pending" }]);
    expect(await statuses(halo)).toEqual(["done"]);
  });
});
