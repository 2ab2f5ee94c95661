import { describe, expect, it } from "vitest";
import { digestSnapshot, hubspotEmulator, manualClock, type PortalSize } from "../../index.ts";
import { FREE_MAIL } from "./names.ts";
import { engagementCounts } from "./seed-portal.ts";

const make = (seed: string | number, size: Partial<PortalSize> = {}) =>
  hubspotEmulator({ seed, size, clock: manualClock() });

describe("a seeded portal", () => {
  it("is the same for the same seed and another for another", () => {
    const digest = (seed: number) => digestSnapshot(make(seed).snapshot());
    expect(digest(1)).toEqual(digest(1));
    expect(digest(1)).not.toEqual(digest(2));
  });

  it("does not change what was written when its people change", () => {
    const emulator = make(1);
    const before = digestSnapshot(emulator.snapshot()).emails;
    for (const id of emulator.snapshot(["contacts"]).records.contacts.keys()) {
      emulator.portal.update("contacts", id, { firstname: "Renamed" });
    }
    expect(digestSnapshot(emulator.snapshot()).emails).toEqual(before);
  });

  it("has exactly the live records that were asked for, and archived and merged ones besides", () => {
    const size = { companies: 30, contacts: 500, deals: 60, engagements: 1_000 };
    const snapshot = make(4, size).snapshot();
    const counts = engagementCounts(size.engagements);
    expect(snapshot.records.companies.size).toBe(30);
    expect(snapshot.records.contacts.size).toBe(500);
    expect(snapshot.records.deals.size).toBe(60);
    for (const kind of ["emails", "notes", "calls", "meetings"] as const) {
      expect(snapshot.records[kind].size).toBe(counts[kind]);
      expect(snapshot.archived[kind].length).toBeGreaterThan(0);
    }
    expect(snapshot.submissions.size).toBe(counts.submissions);
    expect(snapshot.merged.size).toBeGreaterThan(0);
    expect(Object.values(counts).reduce((a, b) => a + b)).toBe(1_000);
  });

  it.each([1, 2, 3, "quickstart"])("plants each fact in exactly one engagement (seed %s)", (seed) => {
    const emulator = make(seed);
    expect(emulator.planted.length).toBeGreaterThanOrEqual(6);
    const { records, submissions } = emulator.snapshot();
    for (const { phrase, kind, engagementId, customer } of emulator.planted) {
      const streams = { ...records, submissions };
      const holders = Object.entries(streams).flatMap(([name, all]) =>
        [...all].filter(([, record]) => JSON.stringify(record).includes(phrase)).map(([id]) => [name, id]),
      );
      expect(holders).toEqual([[kind, engagementId]]);
      expect(customer.email).toMatch(/^[a-z0-9.]+@/);
    }
  });

  it.each([
    { companies: 0, contacts: 50, deals: 5, engagements: 100 },
    { companies: 5, contacts: 0, deals: 5, engagements: 100 },
    { companies: 0, contacts: 0, deals: 0, engagements: 0 },
    { companies: 1, contacts: 1, deals: 1, engagements: 1 },
  ])("can be as small or lopsided as $companies/$contacts/$deals/$engagements", (size) => {
    const { records, submissions } = make(1, size).snapshot();
    const { emails, notes, calls, meetings } = records;
    expect(records.contacts.size).toBe(size.contacts);
    expect(emails.size + notes.size + calls.size + meetings.size + submissions.size).toBe(size.engagements);
  });

  it("has the awkward records that break readers", () => {
    const { records } = make(9, { contacts: 2_000, companies: 300, engagements: 3_000 }).snapshot();
    const contacts = [...records.contacts.values()].map((r) => r.properties);
    expect(contacts.some((c) => c.email === undefined)).toBe(true);
    expect(contacts.some((c) => c.email !== undefined && c.email !== c.email.toLowerCase())).toBe(true);
    expect(contacts.some((c) => c.hs_additional_emails?.includes("@"))).toBe(true);
    expect(contacts.some((c) => /[\u0590-\u06ff]/.test(c.firstname ?? ""))).toBe(true);
    expect(contacts.some((c) => c.firstname?.includes("DROP TABLE"))).toBe(true);
    const domains = [...records.companies.values()].map((r) => r.properties.domain);
    expect(domains).toContain(undefined);
    for (const wanted of [/^www\./, /^https:\/\//, /^[A-Z]/])
      expect(domains.some((d) => wanted.test(d ?? ""))).toBe(true);
    expect(domains.some((d) => FREE_MAIL.some((host) => host === d))).toBe(true);
    const notes = [...records.notes.values()].map((r) => r.properties.hs_note_body ?? "");
    expect(Math.max(...notes.map((n) => n.length))).toBeGreaterThanOrEqual(65_000);
    expect(notes.some((n) => n.includes("<script>"))).toBe(true);
    expect(notes.some((n) => n === "")).toBe(true);
    const emails = [...records.emails.values()];
    expect(emails.some((e) => e.associations.contacts === undefined)).toBe(true);
    expect(emails.some((e) => (e.associations.contacts?.length ?? 0) > 1)).toBe(true);
    expect(
      emails.some((e) =>
        /^<div dir="ltr"><div|^<br><div class="gmail_quote"/.test(e.properties.hs_email_html ?? ""),
      ),
    ).toBe(true);
    const times = new Map<number, number>();
    for (const { updatedAt } of records.contacts.values())
      times.set(updatedAt, (times.get(updatedAt) ?? 0) + 1);
    expect(Math.max(...times.values())).toBeGreaterThanOrEqual(200);
  });

  it("varies its texts: of a thousand emails no two read the same", () => {
    const emails = [...make(2, { engagements: 2_000 }).snapshot(["emails"]).records.emails.values()];
    const texts = emails.map((e) => e.properties.hs_email_text).filter(Boolean);
    expect(new Set(texts).size).toBe(texts.length);
    expect(new Set(emails.map((e) => e.properties.hs_email_subject)).size).toBeGreaterThan(500);
  });
});

describe("random changes", () => {
  it("are the same for the same seed, and the snapshot shows them", () => {
    const run = () => {
      const emulator = make(6);
      const report = emulator.portal.mutate({
        seed: "m",
        edits: 20,
        associationChanges: 5,
        merges: 2,
        deletions: 4,
        creations: 3,
        gdprDeletions: 1,
        submissions: 2,
      });
      return { report, digest: digestSnapshot(emulator.snapshot()), emulator };
    };
    const [one, two] = [run(), run()];
    expect(one.report).toEqual(two.report);
    expect(one.digest).toEqual(two.digest);
    expect(one.digest).not.toEqual(digestSnapshot(make(6).snapshot()));
    for (const { type, id } of one.report.deleted) {
      expect(one.emulator.snapshot([type]).records[type].has(id)).toBe(false);
    }
    expect(one.report.merged).toHaveLength(2);
  });
});
