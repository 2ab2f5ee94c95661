import { describe, expect, it } from "vitest";
import { acme, cursorExpired, people } from "../../test/acme.ts";
import { bench, orgId, snapshot, tamper } from "../../test/harness.ts";
import { defineStream } from "../define/stream.ts";
import { ConflictError, RateLimitError, StorageError, VendorError } from "../errors.ts";
import { systemClock } from "../ports/clock.ts";
import type { RunMode } from "../ports/run-store.ts";
import { slotBefore } from "./schedule.ts";

const passing = () => new VendorError("The vendor failed.", { retryable: true, status: 503 });

describe("a backfill", () => {
  it("brings every record once, and leaves the rows as the vendor has them", async () => {
    const halo = await bench();
    const [run] = await halo.start();
    await halo.settle();
    expect(await halo.rows()).toEqual(snapshot(halo.vendor));
    const ended = await halo.run(run!.id);
    expect(ended.status).toBe("succeeded");
    expect(ended.counters).toMatchObject({ written: 95, quarantined: 0 });
  });

  it("F04 sets last_synced once all streams are through, and the watermark to when the run began", async () => {
    const halo = await bench();
    const before = halo.vendor.now;
    await halo.start();
    expect((await halo.connection()).lastSyncedAt).toBeUndefined();
    await halo.settle();
    expect((await halo.connection()).lastSyncedAt).toBeInstanceOf(Date);
    const watermark = await halo.storage.runs.watermark(orgId, (await halo.connection()).id, "people");
    expect(watermark!.getTime()).toBeGreaterThanOrEqual(before);
    expect(watermark!.getTime()).toBeLessThanOrEqual(halo.vendor.now);
  });

  it("F01 asks for the same page again after a failure while fetching, and doubles nothing", async () => {
    const halo = await bench();
    let failures = 1;
    halo.vendor.before = (path) => {
      // No answer of the vendor, and nothing that Halo knows: the slice dies, and the run with it goes on from its cursor.
      if (path === "people" && halo.vendor.calls.length === 5 && failures-- > 0) {
        throw new StorageError("cut off", { retryable: true });
      }
    };
    await halo.start();
    await halo.settle();
    expect(await halo.rows()).toEqual(snapshot(halo.vendor));
  });

  it("F02 F03 keeps neither rows nor cursor of a commit that fails, and goes on from the one before", async () => {
    let failures = 2;
    const halo = await bench({
      storage: (inner) =>
        tamper(inner, "pages", {
          commit: async (page) => {
            if (page.progress && failures-- > 0) throw new StorageError("gone", { retryable: true });
            return await inner.pages.commit(page);
          },
        }),
    });
    await halo.start();
    await halo.settle();
    expect(await halo.rows()).toEqual(snapshot(halo.vendor));
  });

  it("F27 sets a malformed record aside with its reason, and stores the rest of its page", async () => {
    const halo = await bench();
    (halo.vendor.people.get("00012") as unknown as { name: unknown }).name = 12;
    await halo.start();
    await halo.settle();
    expect((await halo.rows()).size).toBe(94);
    const [aside] = await halo.storage.runs.quarantine(orgId, { connectionId: (await halo.connection()).id });
    expect(aside).toMatchObject({ key: "00012", stream: "people", reason: "name: invalid_type" });
  });

  it("F28 stops with a typed error when the vendor repeats a cursor", async () => {
    const circling = {
      ...people,
      shards: async () => [{ id: "all" }],
      async *pull() {
        for (;;) yield { records: [], cursor: "same", done: false };
      },
    };
    const halo = await bench({ integration: acme({ streams: [circling] }) });
    const [run] = await halo.start();
    await halo.settle();
    expect(await halo.run(run!.id)).toMatchObject({
      status: "failed",
      error: { code: "vendor_response_invalid" },
    });
  });

  it("F29 begins a part anew when the vendor no longer takes its cursor, at most twice", async () => {
    const halo = await bench();
    let expiries = 2;
    halo.vendor.before = (path) => {
      if (path === "people" && halo.vendor.calls.length % 6 === 0 && expiries-- > 0) throw cursorExpired();
    };
    const [run] = await halo.start();
    await halo.settle();
    expect((await halo.run(run!.id)).status).toBe("succeeded");
    expect(await halo.rows()).toEqual(snapshot(halo.vendor));
  });

  it("F30 reads again what changed while it paged", async () => {
    const halo = await bench();
    halo.vendor.before = () => {
      const calls = halo.vendor.calls.length;
      if (calls === 6) {
        halo.vendor.put({ id: "00003", name: "Changed behind the reader" });
        halo.vendor.put({ id: "00001a", name: "New behind the reader" });
        halo.vendor.delete("00005");
      }
    };
    await halo.start();
    await halo.settle();
    expect(await halo.rows()).toEqual(snapshot(halo.vendor));
  });

  it("F18 F89 is one run however often it is asked for", async () => {
    const halo = await bench();
    const first = await halo.start();
    const second = await halo.start();
    expect(second.map((run) => run.id)).toEqual(first.map((run) => run.id));
    await halo.settle();
    expect(await halo.storage.runs.list(orgId)).toHaveLength(1);
  });

  it("F19 stops when its lease is lost, and writes nothing more", async () => {
    let lost = true;
    const halo = await bench({
      storage: (inner) =>
        tamper(inner, "pages", {
          commit: async (page) => {
            if (page.progress && lost) {
              lost = false;
              throw new ConflictError("The lease moved on.", { code: "lease_lost" });
            }
            return await inner.pages.commit(page);
          },
        }),
    });
    await halo.start();
    await halo.settle();
    expect(await halo.rows()).toEqual(snapshot(halo.vendor));
  });
});

describe("a vendor in trouble", () => {
  it("F22 keeps the run and its cursor, says sync_error with the next try, and resumes", async () => {
    const halo = await bench({ engine: { sliceMs: 60 } });
    let down = true;
    halo.vendor.before = (path) => {
      if (path === "people" && halo.vendor.calls.length > 5 && down) throw passing();
    };
    const [run] = await halo.start();
    const stop = setTimeout(() => {}, 0);
    clearTimeout(stop);
    await Promise.race([halo.settle().catch(() => {}), new Promise((resolve) => setTimeout(resolve, 400))]);
    const failing = await halo.run(run!.id);
    expect(failing).toMatchObject({ status: "running", error: { code: "vendor_failed" } });
    expect(Date.parse(failing.error!.retryAt!)).toBeGreaterThan(Date.now());
    const had = (await halo.rows()).size;
    expect(had).toBeGreaterThan(0);
    down = false;
    await halo.storage.leases.wake([{ kind: "run", orgId, subject: run!.id }]);
    await halo.settle();
    expect(await halo.run(run!.id)).toMatchObject({ status: "succeeded", error: undefined });
    expect(await halo.rows()).toEqual(snapshot(halo.vendor));
  }, 20_000);

  it("F22 waits as long as the vendor said", async () => {
    const halo = await bench();
    const retryAt = Date.now() + 60_000;
    halo.vendor.before = () => {
      throw new RateLimitError("Slow down.", { retryAt });
    };
    const [run] = await halo.start();
    await Promise.race([halo.settle().catch(() => {}), new Promise((resolve) => setTimeout(resolve, 200))]);
    expect(Date.parse((await halo.run(run!.id)).error!.retryAt!)).toBe(retryAt);
    expect(halo.vendor.calls).toHaveLength(2);
  }, 20_000);

  it("ends the run with a typed error when only a person can help", async () => {
    const halo = await bench();
    halo.vendor.before = () => {
      throw new VendorError("The vendor refused.", { status: 400 });
    };
    const [run] = await halo.start();
    await halo.settle();
    expect(await halo.run(run!.id)).toMatchObject({ status: "failed", error: { code: "vendor_failed" } });
  });
});

describe("an incremental sync", () => {
  it("F33 brings edits and deletions since the last run began", async () => {
    const halo = await bench();
    await halo.start();
    await halo.settle();
    halo.vendor.put({ id: "00007", name: "Edited" });
    halo.vendor.put({ id: "00200", name: "New" });
    halo.vendor.delete("00009");
    const calls = halo.vendor.calls.length;
    await halo.start({ mode: "incremental" });
    await halo.settle();
    expect(await halo.rows()).toEqual(snapshot(halo.vendor));
    expect(halo.vendor.calls.length - calls).toBeLessThan(6 + 6);
  });

  it("finds by catch_up what moved no timestamp", async () => {
    const halo = await bench();
    await halo.start();
    await halo.settle();
    halo.vendor.moveTeam("00050", "b");
    await halo.start({ mode: "incremental" });
    await halo.settle();
    expect((await halo.rows()).get("00050")).toMatchObject({ team: "a" });
    await halo.start({ mode: "catch_up" });
    await halo.settle();
    expect((await halo.rows()).get("00050")).toMatchObject({ team: "b" });
  });

  it("is a backfill for a stream that never had one", async () => {
    const halo = await bench();
    await halo.start({ mode: "incremental" });
    await halo.settle();
    expect(await halo.rows()).toEqual(snapshot(halo.vendor));
  });
});

describe("a full resync", () => {
  const silently = async (mode: RunMode, gone: number) => {
    const halo = await bench({ people: 400 });
    await halo.start();
    await halo.settle();
    for (let index = 1; index <= gone; index++) {
      // Gone without a trace: no list of deletions tells of it.
      halo.vendor.people.delete(String(index).padStart(5, "0"));
    }
    const [run] = await halo.start({ mode });
    await halo.settle();
    return { halo, run: await halo.run(run!.id) };
  };

  it("sweeps what the vendor no longer shows", async () => {
    const { halo, run } = await silently("full_resync", 40);
    expect(run.status).toBe("succeeded");
    expect(await halo.rows()).toEqual(snapshot(halo.vendor));
  });

  /** A resync after which `read` answers what `answer` says of the keys that the list no longer shows. */
  const asked = async (answer: NonNullable<typeof people.read>, { gone = 3, total = 400 } = {}) => {
    const calls: (readonly string[])[] = [];
    const stream = defineStream({
      ...people,
      read: async (scope) => {
        calls.push(scope.keys.map(({ key }) => key));
        return await answer(scope);
      },
    });
    const halo = await bench({ people: total, integration: acme({ streams: [stream] }) });
    await halo.start();
    await halo.settle();
    for (let index = 1; index <= gone; index++) halo.vendor.people.delete(String(index).padStart(5, "0"));
    const [run] = await halo.start({ mode: "full_resync" });
    await halo.settle();
    if (await halo.storage.runs.confirm(orgId, run!.id)) await halo.settle();
    const { id } = await halo.connection();
    const row = (key: string) => halo.storage.pages.get(orgId, id, "acme_people", key);
    return { halo, calls, row, run: await halo.run(run!.id) };
  };

  it("F33 asks about what it sweeps, and forgets whom the vendor has erased", async () => {
    const { calls, row, run } = await asked(async () => ({
      records: [],
      missing: ["00001"],
      tombstones: [{ key: "00002", purge: true, deletedAt: new Date("2001-01-01") }],
    }));
    expect(run.status).toBe("succeeded");
    expect(calls).toEqual([["00001", "00002", "00003"]]);
    const [missing, erased, silent] = await Promise.all(["00001", "00002", "00003"].map(row));
    expect(missing).toMatchObject({ deletedAt: expect.any(Date), columns: { name: "Person 00001" } });
    expect(silent).toMatchObject({ deletedAt: expect.any(Date), columns: { name: "Person 00003" } });
    expect(erased?.deletedAt).toBeInstanceOf(Date);
    expect(JSON.stringify(erased)).not.toContain("Person");
  });

  it("F33 sweeps nothing that the vendor still has, and follows a merge", async () => {
    const { calls, halo, row, run } = await asked(async ({ keys }) => ({
      records: keys.slice(0, 1).map(({ key }) => ({
        id: key,
        name: "Still there",
        updatedAt: "2026-03-01T10:00:01.000Z",
      })),
      missing: [],
      tombstones: [{ key: "00002", mergedInto: "00010" }],
    }));
    expect(run.status).toBe("succeeded");
    expect(calls).toHaveLength(1);
    expect([...(await halo.rows()).keys()].slice(0, 2)).toEqual(["00001", "00004"]);
    expect(await row("00002")).toMatchObject({ deletedAt: expect.any(Date) });
    const led = await halo.storage.customers.endUser(orgId, { email: "p00002@team2.example" });
    expect(led).toMatchObject({ name: "Person 00010" });
  });

  it("asks about no more than 2,000 of them, 100 at a time, and says how many it did not ask about", async () => {
    const answer = async ({ keys }: { readonly keys: readonly { readonly key: string }[] }) => ({
      records: [],
      missing: keys.map(({ key }) => key),
    });
    const { calls, halo, run } = await asked(answer, { gone: 2_150, total: 2_200 });
    expect(run.status).toBe("succeeded");
    expect(calls.map(({ length }) => length)).toEqual(Array(20).fill(100));
    expect((await halo.rows()).size).toBe(50);
    const log = await halo.storage.runs.events(orgId, run.id);
    const warnings = log
      .filter(({ level }) => level === "warn")
      .map(({ fields, message }) => [message, fields]);
    expect(warnings.at(-1)).toEqual([
      "Swept without asking the vendor whether they were erased",
      expect.objectContaining({ records: 150 }),
    ]);
  });

  it("asks a person before it deletes more than 5 % and 100 rows, and goes on when they confirm", async () => {
    const { halo, run } = await silently("full_resync", 150);
    expect(run).toMatchObject({ status: "needs_confirmation", error: { code: "needs_confirmation" } });
    expect((await halo.rows()).size).toBe(400);
    expect(await halo.storage.runs.confirm(orgId, run.id)).toBe(true);
    await halo.settle();
    expect((await halo.run(run.id)).status).toBe("succeeded");
    expect(await halo.rows()).toEqual(snapshot(halo.vendor));
  });
});

describe("stopping", () => {
  it("F16 finishes the page in hand, frees the lease at once, and the next worker goes on from there", async () => {
    const halo = await bench({ engine: { sliceMs: 30 } });
    halo.vendor.before = () => new Promise((resolve) => setTimeout(resolve, 8));
    const [run] = await halo.start();
    await halo.settle();
    expect((await halo.run(run!.id)).status).toBe("succeeded");
    expect(await halo.rows()).toEqual(snapshot(halo.vendor));
    const pages = halo.vendor.calls.filter((path) => path === "people").length;
    // Ten pages, and one for what changed meanwhile: nothing that was fetched is fetched again.
    expect(pages).toBe(10 + 1);
  });

  it("F46 stops within about a second when the connection is disconnected, and keeps what came", async () => {
    const halo = await bench({ people: 400 });
    halo.vendor.before = () => new Promise((resolve) => setTimeout(resolve, 60));
    const [run] = await halo.start();
    const settling = halo.settle();
    await new Promise((resolve) => setTimeout(resolve, 300));
    const connection = await halo.connection();
    await halo.storage.connections.change(orgId, connection.id, {
      state: "disconnected",
      credentials: undefined,
    });
    await settling;
    expect((await halo.run(run!.id)).status).toBe("cancelled");
    const calls = halo.vendor.calls.length;
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(halo.vendor.calls.length).toBe(calls);
    expect((await halo.rows()).size).toBeGreaterThan(0);
  });

  it("a cancelled run stops at a page's end and says so", async () => {
    const halo = await bench({ people: 400 });
    halo.vendor.before = () => new Promise((resolve) => setTimeout(resolve, 60));
    const [run] = await halo.start();
    const settling = halo.settle();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await halo.storage.runs.cancel(orgId, run!.id)).toBe(true);
    await settling;
    expect((await halo.run(run!.id)).status).toBe("cancelled");
  });
});

describe("the schedule", () => {
  it("F86 F87 has one newest slot, whatever time passed since the last", () => {
    const hour = 3_600_000;
    const first = slotBefore("c", hour, 1_000_000_000_000);
    expect(slotBefore("c", hour, first)).toBe(first);
    expect(slotBefore("c", hour, first + hour - 1)).toBe(first);
    expect(slotBefore("c", hour, first + 5 * hour + 3)).toBe(first + 5 * hour);
  });

  it("F08 starts the first sync of a connection whose process died before it could", async () => {
    const halo = await bench();
    await halo.settle();
    expect(await halo.rows()).toEqual(snapshot(halo.vendor));
    expect(await halo.storage.runs.list(orgId)).toMatchObject([{ trigger: "connect", mode: "backfill" }]);
  });

  it("F87 catches up once after a downtime, and tells when the next sync is", async () => {
    let shift = 0;
    const now = () => Date.now() + shift;
    const halo = await bench({ engine: { clock: { ...systemClock, now } } });
    await halo.start();
    await halo.settle();
    const scheduled = async () =>
      (await halo.storage.runs.list(orgId)).filter((run) => run.trigger === "schedule").length;
    const before = await scheduled();
    shift = 5 * 60 * 60_000;
    const { id } = await halo.connection();
    for (let time = 0; time < 3; time++) {
      await halo.storage.leases.wake([{ kind: "schedule", orgId, subject: id }]);
      await halo.settle();
    }
    expect((await scheduled()) - before).toBe(1);
    expect((await halo.connection()).nextSyncAt!.getTime()).toBeGreaterThan(now());
  });
});
