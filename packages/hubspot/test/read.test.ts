import { hubspotEmulator } from "@halo/emulators/hubspot";
import { describe, expect, it } from "vitest";
import { ALL_SCOPES, Mirror } from "./mirror.ts";
import { differences } from "./snapshot-rows.ts";

async function opened(options: ConstructorParameters<typeof Mirror>[1] = {}) {
  const emulator = hubspotEmulator({ seed: 5, limits: "none" });
  const mirror = new Mirror(emulator, options);
  const ids = (type: "contacts" | "deals" | "notes" | "emails") => [
    ...emulator.snapshot([type]).records[type].keys(),
  ];
  return { emulator, mirror, ids };
}

describe("read", () => {
  it("brings records with their associations, kinds mixed", async () => {
    const { emulator, mirror, ids } = await opened();
    await mirror.pull("engagements");
    const keys = [`email:${ids("emails")[0]}`, `note:${ids("notes")[0]}`];
    for (const key of keys) mirror.rows.get("engagements")!.delete(key);
    const result = await mirror.read("engagements", keys);
    expect(result.records).toHaveLength(2);
    expect(differences(emulator, mirror, "engagements")).toEqual([]);
  });

  it("leaves form submissions alone: HubSpot gives none by itself", async () => {
    const { mirror } = await opened();
    await expect(mirror.read("engagements", ["form_submission:1"])).resolves.toMatchObject({
      records: [],
      missing: [],
    });
  });

  it("F33 tells a deleted record by its tombstone", async () => {
    const { emulator, mirror, ids } = await opened();
    const [id] = ids("deals");
    emulator.portal.archive("deals", id!);
    const { tombstones, missing } = await mirror.read("deals", [id!]);
    expect(tombstones).toEqual([{ key: id, deletedAt: expect.any(Date) }]);
    expect(missing).toEqual([]);
  });

  it("F33 follows a merge to the record that it became", async () => {
    const { emulator, mirror, ids } = await opened();
    const [winner, loser] = ids("contacts");
    emulator.portal.merge("contacts", winner!, loser!);
    const { tombstones, records } = await mirror.read("contacts", [loser!]);
    expect(tombstones).toEqual([{ key: loser, mergedInto: winner }]);
    expect(records).toMatchObject([{ id: winner }]);
  });

  it("purges a contact that HubSpot has erased", async () => {
    const { emulator, mirror, ids } = await opened();
    const [id] = ids("contacts");
    emulator.portal.gdprDelete(id!);
    const { tombstones } = await mirror.read("contacts", [id!]);
    expect(tombstones).toEqual([{ key: id, purge: true }]);
  });

  it("says of other kinds that they are missing", async () => {
    const { mirror } = await opened();
    expect((await mirror.read("deals", ["123"])).missing).toEqual(["123"]);
    expect((await mirror.read("engagements", ["call:123"])).missing).toEqual(["call:123"]);
  });

  it("asks for a hundred at a time", async () => {
    const { emulator, mirror, ids } = await opened();
    await mirror.read("contacts", ids("contacts"));
    expect(emulator.ledger.count((entry) => entry.path.endsWith("/contacts/batch/read"))).toBe(2);
    expect(differences(emulator, mirror, "contacts")).toEqual([]);
  });
});

describe("missing scopes", () => {
  const without = (scope: string) => ALL_SCOPES.filter((granted) => granted !== scope);

  it.each([true, false])("skips e-mails and says so (scopes told: %s)", async (tellScopes) => {
    const { emulator, mirror } = await opened({ scopes: without("sales-email-read"), tellScopes });
    await mirror.pull("engagements");
    await mirror.pull("engagements", "incremental", new Date(0));
    expect(mirror.warnings).toContainEqual({ kind: "email", scope: "sales-email-read" });
    const missing = differences(emulator, mirror, "engagements");
    expect(missing.length).toBeGreaterThan(10);
    expect(missing.every((key) => key.startsWith("email:"))).toBe(true);
  });

  it("skips form submissions and says so", async () => {
    const { emulator, mirror } = await opened({ scopes: without("forms"), tellScopes: false });
    await mirror.pull("engagements");
    expect(mirror.warnings).toEqual([{ kind: "form_submission", scope: "forms" }]);
    const missing = differences(emulator, mirror, "engagements");
    expect(missing.every((key) => key.startsWith("form_submission:"))).toBe(true);
  });

  it("shows owners by name, and by number where the scope is missing", async () => {
    const named = (await opened()).mirror;
    await named.readReferences();
    await named.pull("contacts");
    expect(named.notices).toEqual([]);
    const { mirror } = await opened({ scopes: without("crm.objects.owners.read"), tellScopes: false });
    await mirror.readReferences();
    await mirror.pull("contacts");
    expect(mirror.notices).toEqual([expect.stringContaining("crm.objects.owners.read")]);
    const owned = [...mirror.rows.get("contacts")!].find(([, row]) => row.columns.owner_id !== null)!;
    expect(owned[1].columns.owner_name).toBeNull();
    expect(named.rows.get("contacts")!.get(owned[0])!.columns.owner_name).toMatch(/\w+ \w+/);
  });

  it("fails the whole stream when contacts themselves may not be read", async () => {
    const { mirror } = await opened({ scopes: without("crm.objects.contacts.read") });
    await expect(mirror.pull("engagements")).rejects.toMatchObject({ code: "gate_closed" });
  });
});
