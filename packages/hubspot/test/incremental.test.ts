import { type ManualClock, manualClock } from "@halo/emulators";
import { type HubSpotEmulatorOptions, hubspotEmulator } from "@halo/emulators/hubspot";
import { describe, expect, it } from "vitest";
import { Mirror } from "./mirror.ts";
import { differences } from "./snapshot-rows.ts";

const STREAMS = ["contacts", "companies", "deals", "engagements"];

function open(options: HubSpotEmulatorOptions = {}) {
  return hubspotEmulator({ seed: 11, limits: "none", ...options });
}

async function backfilled(options: HubSpotEmulatorOptions = {}) {
  const emulator = open(options);
  const mirror = new Mirror(emulator);
  for (const stream of STREAMS) await mirror.pull(stream);
  return { emulator, mirror, since: new Date(emulator.clock.now()) };
}

describe("incremental", () => {
  it.each([1, 2, 3])("equals HubSpot after edits, merges and deletions (seed %i)", async (seed) => {
    const { emulator, mirror, since } = await backfilled();
    const report = emulator.portal.mutate({
      seed,
      edits: 40,
      merges: 6,
      deletions: 12,
      creations: 9,
      submissions: 3,
    });
    expect(report.merged.length).toBe(6);
    for (const stream of STREAMS) await mirror.pull(stream, "incremental", since);
    // A merge or a deletion changes what others are associated with, and moves nobody's time.
    for (const stream of STREAMS) await mirror.recheck(stream);
    for (const stream of STREAMS) expect(differences(emulator, mirror, stream)).toEqual([]);
  });

  it("F33 tells what was merged into what", async () => {
    const { emulator, mirror, since } = await backfilled();
    const [primary, merged] = [...emulator.snapshot(["contacts"]).records.contacts.keys()];
    emulator.portal.merge("contacts", primary!, merged!);
    await mirror.pull("contacts", "incremental", since);
    expect(mirror.tombstones).toContainEqual({ stream: "contacts", key: merged, mergedInto: primary });
  });

  it("F33 makes tombstones of what lies in the recycle bin, with its time", async () => {
    const { emulator, mirror, since } = await backfilled();
    const [id] = emulator.snapshot(["notes"]).records.notes.keys();
    emulator.portal.archive("notes", id!);
    await mirror.pull("engagements", "incremental", since);
    const tombstone = mirror.tombstones.find(({ key }) => key === `note:${id}`);
    expect(tombstone?.deletedAt?.getTime()).toBeGreaterThanOrEqual(since.getTime());
  });

  it("sees an association change only by the recheck, which reads just the records that differ", async () => {
    const { emulator, mirror, since } = await backfilled();
    const { records } = emulator.snapshot();
    const deal = [...records.deals.keys()][0]!;
    const contact = [...records.contacts.keys()].find(
      (id) => !records.deals.get(deal)!.associations.contacts?.some((end) => end.id === id),
    )!;
    emulator.portal.associate({ type: "deals", id: deal }, { type: "contacts", id: contact });
    await mirror.pull("deals", "incremental", since);
    expect(differences(emulator, mirror, "deals")).toEqual([deal]);
    expect(await mirror.recheck("deals")).toBe(1);
    expect(differences(emulator, mirror, "deals")).toEqual([]);
  });

  it("has the same content from search, batch read and list", async () => {
    const { emulator, mirror } = await backfilled();
    const before = new Map([...mirror.rows.get("contacts")!].map(([key, row]) => [key, row.content]));
    await mirror.pull("contacts", "incremental", new Date(0));
    await mirror.read("contacts", [...before.keys()]);
    expect(new Map([...mirror.rows.get("contacts")!].map(([key, row]) => [key, row.content]))).toEqual(
      before,
    );
    expect(differences(emulator, mirror, "contacts")).toEqual([]);
  });

  it("F31 reads more than 10,000 records of one millisecond, and those behind it", async () => {
    const emulator = open({ size: { companies: 0, contacts: 10_350, deals: 0, engagements: 0 } });
    const mirror = new Mirror(emulator);
    const collection = emulator.portal.portal.objects.contacts;
    const at = emulator.clock.now();
    let n = 0;
    for (const record of collection.records)
      record.updatedAt = n++ < 10_300 ? at - 5_000 : at - 1_000 + (n % 7);
    collection.revision++;
    await mirror.pull("contacts", "incremental", new Date(at - 5_000));
    expect(differences(emulator, mirror, "contacts")).toEqual([]);
  });

  it("F32 includes the watermark's own millisecond", async () => {
    const { emulator, mirror } = await backfilled();
    const [id] = emulator.snapshot(["deals"]).records.deals.keys();
    emulator.portal.update("deals", id!, { description: "changed" });
    const at = emulator.snapshot(["deals"]).records.deals.get(id!)!.updatedAt;
    const less = mirror.stream("deals").overlapMs!;
    await mirror.pull("deals", "incremental", new Date(at + less));
    expect(differences(emulator, mirror, "deals")).toEqual([]);
  });

  it("F30 converges when records change behind the reader, after the settle pass", async () => {
    const emulator = open({ size: { companies: 30, contacts: 450, deals: 250, engagements: 900 } });
    const mirror = new Mirror(emulator);
    const began = new Date(emulator.clock.now());
    emulator.faults.add({
      match: { kind: "list" },
      effect: { type: "drift", edits: 6, creations: 2, deletions: 2 },
    });
    for (const stream of STREAMS) await mirror.pull(stream);
    emulator.faults.clear();
    for (const stream of STREAMS) await mirror.pull(stream, "settle", began);
    for (const stream of STREAMS) await mirror.recheck(stream);
    for (const stream of STREAMS) expect(differences(emulator, mirror, stream)).toEqual([]);
  });

  it("finds new form submissions from the top and stops at the first old page", async () => {
    const emulator = open({ clock: manualClock() });
    const form = emulator.portal.portal.forms[0]!;
    for (let n = 0; n < 160; n++)
      emulator.portal.submitForm(form.id, { email: `n${n}@example.com`, message: "Hi" });
    const mirror = new Mirror(emulator);
    await mirror.pull("engagements");
    await (emulator.clock as ManualClock).advance(3_600_000);
    const since = new Date(emulator.clock.now());
    emulator.portal.submitForm(form.id, { email: "new@example.com", message: "Hello" });
    emulator.ledger.clear();
    await mirror.pull("engagements", "incremental", since);
    expect(emulator.ledger.count({ kind: "submissions" })).toBe(emulator.portal.portal.forms.length);
    expect(differences(emulator, mirror, "engagements")).toEqual([]);
  });
});

describe("email_catch_up", () => {
  it("reads the e-mails of the last days again and nothing else", async () => {
    const emulator = open();
    const mirror = new Mirror(emulator);
    const emails = [...emulator.snapshot(["emails"]).records.emails.values()];
    const times = emails.map((email) => Date.parse(email.properties.hs_timestamp!)).sort((a, b) => b - a);
    const days = Math.ceil((emulator.clock.now() - times[20]!) / 86_400_000);
    await mirror.pull("engagements", { kind: "email_catch_up", days });
    const lower = emulator.clock.now() - days * 86_400_000;
    expect(mirror.rows.get("engagements")!.size).toBe(times.filter((time) => time >= lower).length);
    expect([...mirror.rows.get("engagements")!.keys()].every((key) => key.startsWith("email:"))).toBe(true);
  });
});
