import { isHaloError, type Shard } from "@halo/core";
import { type HubSpotEmulatorOptions, hubspotEmulator } from "@halo/emulators/hubspot";
import { describe, expect, it } from "vitest";
import { Mirror } from "./mirror.ts";
import { differences } from "./snapshot-rows.ts";

const LARGE = { companies: 0, contacts: 20_450, deals: 0, engagements: 0 };

function open(options: HubSpotEmulatorOptions = {}) {
  return hubspotEmulator({ seed: 3, limits: "none", ...options });
}

describe("requests of a backfill", () => {
  it("cuts a long list into parts of full pages, and asks for no page twice", async () => {
    const emulator = open({ size: LARGE });
    const mirror = new Mirror(emulator);
    await mirror.pull("contacts");
    const lists = emulator.ledger.find((entry) => entry.kind === "list");
    expect(lists).toHaveLength(205);
    expect(new Set(lists.map(({ query }) => query)).size).toBe(205);
    expect(differences(emulator, mirror, "contacts")).toEqual([]);
    expect(emulator.ledger.count({ kind: "search" })).toBe(4);
  });

  it("asks once for the size of a short list", async () => {
    const emulator = open();
    const mirror = new Mirror(emulator);
    await mirror.pull("contacts");
    expect(emulator.ledger.count({ kind: "search" })).toBe(1);
    expect(emulator.ledger.count({ kind: "list" })).toBe(2);
  });

  it("spends of the shared limit what is the least possible", async () => {
    const emulator = open({ size: { companies: 150, contacts: 1_200, deals: 300, engagements: 2_500 } });
    const mirror = new Mirror(emulator);
    for (const { id } of mirror.integration.streams) await mirror.pull(id);
    const spent = emulator.ledger.count((entry) => entry.kind !== "search");
    expect(spent).toBe(emulator.theoretical({ settings: false }).requests);
  });

  it("brings all of a part when a record was deleted or made at its edge", async () => {
    const emulator = open({ size: LARGE });
    const mirror = new Mirror(emulator);
    const stream = mirror.stream("contacts");
    const scope = mirror.scope();
    const [whole] = await stream.shards!(scope);
    const parts: Shard[] = [];
    for await (const page of stream.pull({ ...scope, shard: whole!, cursor: undefined })) {
      mirror.store(stream, page);
      parts.push(...(page.shards ?? []));
    }
    expect(parts.map(({ pages }) => pages)).toEqual([99, 105]);
    const edge = (parts[1]!.params as { from: string }).from;
    const ids = [...emulator.snapshot(["contacts"]).records.contacts.keys()];
    const first = ids.find((id) => Number(id) >= Number(edge))!;
    emulator.portal.archive("contacts", first);
    emulator.portal.archive("contacts", ids[ids.indexOf(first) - 1]!);
    await mirror.pullShards(stream, scope, parts);
    expect(differences(emulator, mirror, "contacts")).toEqual([]);
  });

  it("reads a part by search where the list takes no id as its start", async () => {
    const emulator = open({ size: LARGE });
    const mirror = new Mirror(emulator);
    // The first pages of the part that takes over from the list as a whole, and of the one that takes over from it.
    emulator.faults.add({ match: { kind: "list", nth: [2, 3] }, effect: { type: "expireCursor" } });
    await mirror.pull("contacts");
    expect(differences(emulator, mirror, "contacts")).toEqual([]);
    expect(emulator.ledger.count({ kind: "list" })).toBeLessThan(205 - 40);
  });

  it("reads a list by one cursor where search does not tell how to cut it", async () => {
    const emulator = open({ size: LARGE });
    const mirror = new Mirror(emulator);
    emulator.faults.add({ match: { kind: "search" }, effect: { type: "status", status: 400 } });
    await mirror.pull("contacts");
    expect(differences(emulator, mirror, "contacts")).toEqual([]);
    expect(emulator.ledger.count({ kind: "list" })).toBe(205);
    expect(mirror.warnings).toContainEqual({ type: "contacts" });
  });

  it("reads a part by search where the list ignores its start", async () => {
    const emulator = open({ size: LARGE });
    const mirror = new Mirror(emulator);
    const [first] = emulator.snapshot(["contacts"]).records.contacts.keys();
    const ignored = { results: [{ id: first, properties: {} }], paging: { next: { after: "1" } } };
    emulator.faults.add({
      match: { kind: "list", nth: 2 },
      effect: { type: "transform", apply: () => ignored },
    });
    await mirror.pull("contacts");
    expect(differences(emulator, mirror, "contacts")).toEqual([]);
  });

  it("reads on where a record has more associations than the list sends with it", async () => {
    // A list sends 100 of them, a batch read 500 at a time.
    const emulator = open({ size: { contacts: 620 } });
    const contacts = [...emulator.snapshot(["contacts"]).records.contacts.keys()];
    const [deal] = emulator.snapshot(["deals"]).records.deals.keys();
    for (const id of contacts.slice(0, 610)) {
      emulator.portal.associate({ type: "deals", id: deal! }, { type: "contacts", id });
    }
    const mirror = new Mirror(emulator);
    await mirror.pull("deals");
    expect(differences(emulator, mirror, "deals")).toEqual([]);
  });
});

describe("faults of a list", () => {
  it("F28 a repeated cursor is an error, not an endless read", async () => {
    const emulator = open({ size: { contacts: 500 } });
    const mirror = new Mirror(emulator);
    emulator.faults.add({ match: { kind: "list" }, effect: { type: "repeatCursor" } });
    const pulled = mirror.pull("contacts").then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(isHaloError(await pulled, "vendor_response_invalid")).toBe(true);
    expect(emulator.ledger.count({ kind: "list" })).toBeLessThanOrEqual(3);
  });

  it("F29 a cursor that has expired is replaced by a search from the last id", async () => {
    const emulator = open({ size: { contacts: 900 } });
    const mirror = new Mirror(emulator);
    emulator.faults.add({ match: { kind: "list", nth: 4 }, effect: { type: "expireCursor" } });
    await mirror.pull("contacts");
    expect(differences(emulator, mirror, "contacts")).toEqual([]);
    expect(emulator.ledger.count({ kind: "list" })).toBe(4);
  });

  it.each(["no-id", "id-number", "properties-null", "wrong-types", "not-an-object", "bad-date"] as const)(
    "F27 a record that is odd (%s) costs only itself",
    async (how) => {
      const emulator = open();
      const mirror = new Mirror(emulator);
      emulator.faults.add({
        match: { kind: "list", nth: 1 },
        effect: { type: "malformedRecord", how, index: 3 },
      });
      await mirror.pull("contacts");
      expect(mirror.quarantined).toHaveLength(1);
      expect(differences(emulator, mirror, "contacts")).toHaveLength(1);
    },
  );

  it.each(["html", "truncate"] as const)("F26 a page that is no page (%s) is refused whole", async (type) => {
    const emulator = open();
    const mirror = new Mirror(emulator);
    emulator.faults.add({ match: { kind: "list" }, effect: { type } });
    await expect(mirror.pull("contacts")).rejects.toMatchObject({ code: "vendor_response_invalid" });
    expect(mirror.rows.get("contacts")!.size).toBe(0);
  });

  it("records that come twice on a page are one", async () => {
    const emulator = open();
    const mirror = new Mirror(emulator);
    emulator.faults.add({ match: { kind: "list" }, effect: { type: "duplicateRecords", count: 3 } });
    await mirror.pull("contacts");
    expect(differences(emulator, mirror, "contacts")).toEqual([]);
  });
});
