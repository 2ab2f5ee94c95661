import { describe, expect, it } from "vitest";
import { orgId, stripeWorld } from "./stripe-world.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

async function synced(options: Parameters<typeof stripeWorld>[0] = {}) {
  const world = await stripeWorld(options);
  const connection = await world.connect();
  await world.work(2 * MINUTE);
  return { ...world, id: connection.id, connection };
}

describe("the first sync", () => {
  it("brings every customer, subscription, invoice and payment as Stripe has it", async () => {
    const { differences, halo, id } = await synced();
    expect(await differences(id)).toEqual([]);
    const detail = await halo.detail(orgId, "stripe");
    expect(detail.banners).toEqual([]);
    expect(detail.stats.every(({ value }) => value > 0)).toBe(true);
  });

  it("brings those that were cancelled, and those on trial", async () => {
    const { emulator, id, row } = await synced();
    const statuses = new Set<unknown>();
    for (const key of emulator.snapshot().objects.subscription.keys())
      statuses.add((await row(id, "subscription", key))?.columns.status);
    expect([...statuses]).toEqual(expect.arrayContaining(["active", "canceled", "trialing"]));
  });

  it("reads lists inside objects to their ends", async () => {
    const { emulator, id, row } = await synced();
    const { tables } = emulator.account.book;
    const inner = async (
      kind: "subscription" | "invoice",
      field: string,
      held: "subscription_item" | "line_item",
    ) => {
      let long = 0;
      for (const key of emulator.snapshot().objects[kind].keys()) {
        const raw = (await row(id, kind, key))?.raw as Record<string, { data: unknown[]; has_more: boolean }>;
        const all = tables[held].by(kind, key) ?? [];
        expect([key, raw[field]?.data.length, raw[field]?.has_more]).toEqual([key, all.length, false]);
        if (all.length > 10) long++;
      }
      return long;
    };
    expect(await inner("subscription", "items", "subscription_item")).toBeGreaterThan(0);
    expect(await inner("invoice", "lines", "line_item")).toBeGreaterThan(0);
  });
});

const CHANGES = { edits: 6, creations: 4, deletions: 3, payments: 4, refunds: 3, cancellations: 3 } as const;

describe("after the first sync", () => {
  it.each([1, 2, 3])("webhooks bring what changed, and deletions too (seed %i)", async (seed) => {
    const { differences, emulator, id, received, work } = await synced();
    const { deleted, refunded } = emulator.account.mutate({ seed, ...CHANGES, subscriptionChanges: 3 });
    expect(deleted.length + refunded.length).toBeGreaterThan(3);
    await work(2 * MINUTE);
    expect(received.length).toBeGreaterThan(20);
    expect(new Set(received)).toEqual(new Set([200]));
    expect(await differences(id)).toEqual([]);
  });

  it("F51 events in any order, twins and repeats end in what Stripe has", async () => {
    const { differences, emulator, id, received, work } = await synced();
    Object.assign(emulator.webhooks.behaviour, { shuffle: true, copies: 3 });
    emulator.webhooks.twins.on = true;
    emulator.account.mutate({ seed: 9, ...CHANGES, subscriptionChanges: 4 });
    await work(5 * MINUTE);
    expect(received.length).toBeGreaterThan(60);
    expect(await differences(id)).toEqual([]);
  });

  it.each([1, 2, 3])(
    "F31 changes of the very second in which events are read converge (seed %i)",
    async (seed) => {
      const { clock, differences, emulator, halo, id, reachable, work } = await synced();
      reachable(false);
      const [customer = ""] = emulator.snapshot().objects.customer.keys();
      for (let round = 0; round < 4; round++) {
        // Many events of one second, and more of the same second behind the reader's back, at each page that it reads.
        emulator.account.mutate({ seed: seed * 10 + round, ...CHANGES, subscriptionChanges: 3 });
        for (const name of ["One", "Two", "Three"]) emulator.account.updateCustomer(customer, { name });
        const stop = emulator.faults.add({
          match: { path: /^\/v1\/events/ },
          effect: { type: "drift", edits: 2, creations: 1, deletions: 1 },
        });
        await halo.sync.start({ orgId, connectionId: id, mode: "catch_up" });
        await work(MINUTE);
        stop();
      }
      await clock.advance(MINUTE);
      await halo.sync.start({ orgId, connectionId: id, mode: "catch_up" });
      await work(2 * MINUTE);
      expect(await differences(id)).toEqual([]);
    },
  );

  it("F54 a missed webhook heals in the settle pass, which nobody has to start", async () => {
    const { clock, differences, emulator, halo, id, reachable, work } = await synced();
    reachable(false);
    emulator.account.mutate({ seed: 4, ...CHANGES, subscriptionChanges: 3 });
    await work(MINUTE);
    expect((await differences(id)).length).toBeGreaterThan(5);
    await clock.advance(7 * HOUR);
    await work(2 * MINUTE);
    expect(await differences(id)).toEqual([]);
    const { nextSyncAt } = await halo.connections.get(orgId, id);
    expect(nextSyncAt).toBeInstanceOf(Date);
  });

  it("the settle pass reads what changed, and nothing that did not", async () => {
    const { emulator, halo, clock, id, reachable, work } = await synced();
    reachable(false);
    await clock.advance(HOUR);
    const [customer = ""] = emulator.snapshot().objects.customer.keys();
    for (const name of ["One", "Two", "Three"]) emulator.account.updateCustomer(customer, { name });
    emulator.ledger.clear();
    await halo.sync.start({ orgId, connectionId: id, mode: "catch_up", streams: ["customers"] });
    await work(MINUTE);
    const paths = emulator.ledger.requests.map(({ path }) => path);
    expect(paths.filter((path) => path.startsWith("/v1/customers"))).toEqual([`/v1/customers/${customer}`]);
  });

  it("F52 what is 28 days old is found by events; after 40 everything is read again, and what is gone goes", async () => {
    const { differences, emulator, id, reachable, work, clock, halo } = await synced();
    reachable(false);
    await halo.connections.setMode(orgId, id, "ingest", false);
    await clock.advance(28 * DAY);
    emulator.account.mutate({ seed: 5, ...CHANGES });
    await halo.connections.setMode(orgId, id, "ingest", true);
    await halo.sync.start({ orgId, connectionId: id, mode: "catch_up" });
    await work(5 * MINUTE);
    expect(await differences(id)).toEqual([]);

    await halo.connections.setMode(orgId, id, "ingest", false);
    emulator.account.mutate({ seed: 6, ...CHANGES });
    await clock.advance(40 * DAY);
    await halo.connections.setMode(orgId, id, "ingest", true);
    await halo.sync.start({ orgId, connectionId: id, mode: "catch_up" });
    await work(5 * MINUTE);
    expect(await differences(id)).toEqual([]);
  });

  it("F33 a full resync takes what was deleted while nobody listened", async () => {
    const { differences, emulator, halo, id, reachable, work } = await synced();
    reachable(false);
    emulator.account.mutate({ seed: 8, deletions: 3 });
    await halo.sync.start({ orgId, connectionId: id, mode: "full_resync" });
    await work(5 * MINUTE);
    expect(await differences(id)).toEqual([]);
  });

  it("F30 what changes while the first sync goes on is there when it ends", async () => {
    const world = await stripeWorld();
    world.reachable(false);
    const { id } = await world.connect();
    const list = {
      match: { kind: "list" },
      effect: { type: "drift", edits: 3, creations: 1, deletions: 1 },
    } as const;
    world.emulator.faults.add({ ...list, times: 6 });
    await world.work(5 * MINUTE);
    expect(await world.differences(id)).toEqual([]);
  });
});
