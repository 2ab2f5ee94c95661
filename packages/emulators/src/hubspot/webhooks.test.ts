import { describe, expect, it } from "vitest";
import { setUp } from "../../test/requests.ts";
import { signHubSpot } from "./sign.ts";

const TARGET = "https://halo.example.com/api/integrations/hubspot/webhook/org-1";

/** A receiver that answers with the given statuses in turn, then with 200; 0 is a refused connection. */
function receiver(...statuses: number[]) {
  const received: { events: Record<string, unknown>[]; headers: Headers; body: string }[] = [];
  const fetch: typeof globalThis.fetch = async (_, init) => {
    const body = String(init?.body);
    received.push({ events: JSON.parse(body), headers: new Headers(init?.headers), body });
    const status = statuses.shift() ?? 200;
    if (status === 0) throw new TypeError("connection refused");
    return new Response(null, { status });
  };
  return { received, fetch };
}

const note = { hs_timestamp: "2026-11-21T00:00:00.000Z", hs_note_body: "n" };

describe("events", () => {
  it("tells a new note as note.creation and as object.creation with its objectTypeId", async () => {
    const { received, fetch } = receiver();
    const { emulator } = setUp({ fetch });
    emulator.webhooks.subscribe({ targetUrl: TARGET });
    const { id } = emulator.portal.create("notes", note);
    await emulator.webhooks.settled();
    expect(received).toHaveLength(1);
    const base = {
      portalId: emulator.portal.id,
      objectId: Number(id),
      attemptNumber: 0,
      appId: emulator.appId,
    };
    expect(received[0]?.events).toEqual([
      expect.objectContaining({ ...base, subscriptionType: "note.creation" }),
      expect.objectContaining({ ...base, subscriptionType: "object.creation", objectTypeId: "0-46" }),
    ]);
  });

  it("the two styles can be had alone", async () => {
    for (const [style, names] of [
      ["documented", ["contact.creation"]],
      ["generic", ["object.creation"]],
    ] as const) {
      const { received, fetch } = receiver();
      const { emulator } = setUp({ fetch });
      emulator.webhooks.subscribe({ targetUrl: TARGET, style });
      emulator.portal.create("contacts", { firstname: "N" });
      await emulator.webhooks.settled();
      expect(received.flatMap((r) => r.events.map((e) => e.subscriptionType))).toEqual(names);
    }
  });

  it("merges, property changes, association changes and privacy deletions carry their fields", async () => {
    const { received, fetch } = receiver();
    const { emulator } = setUp({ fetch });
    const [a = "", b = "", c = ""] = emulator.snapshot(["contacts"]).records.contacts.keys();
    const [company = ""] = emulator.snapshot(["companies"]).records.companies.keys();
    emulator.webhooks.subscribe({ targetUrl: TARGET, style: "documented" });
    emulator.portal.update("contacts", a, { jobtitle: "Boss" });
    emulator.portal.merge("contacts", a, b);
    emulator.portal.dissociate({ type: "contacts", id: c }, { type: "companies", id: company });
    const deal = emulator.portal.create("deals", { dealname: "D" });
    emulator.portal.associate({ type: "deals", id: deal.id }, { type: "contacts", id: a });
    emulator.portal.gdprDelete(c);
    await emulator.webhooks.settled();
    const events = received.flatMap((r) => r.events);
    const find = (type: string) => events.find((e) => e.subscriptionType === type);
    expect(find("contact.propertyChange")).toMatchObject({ propertyName: "jobtitle", propertyValue: "Boss" });
    expect(find("contact.merge")).toMatchObject({ primaryObjectId: Number(a), mergedObjectIds: [Number(b)] });
    expect(find("deal.associationChange")).toMatchObject({
      associationType: "DEAL_TO_CONTACT",
      fromObjectId: Number(deal.id),
      toObjectId: Number(a),
      associationRemoved: false,
    });
    expect(find("contact.privacyDeletion")).toMatchObject({ objectId: Number(c) });
    expect(find("contact.deletion")).toMatchObject({ objectId: Number(c) });
  });

  it("puts at most 100 events into one request", async () => {
    const { received, fetch } = receiver();
    const { emulator } = setUp({ fetch });
    emulator.webhooks.subscribe({ targetUrl: TARGET, style: "generic" });
    for (let i = 0; i < 250; i++) emulator.portal.create("notes", note);
    await emulator.webhooks.settled();
    expect(received.map((r) => r.events.length).sort()).toEqual([100, 100, 50]);
  });
});

describe("signatures", () => {
  it.each([
    ["v1 and v3 together unless told", undefined, ["v1", "v3"]],
    ["v2 alone", ["v2"], ["v2"]],
  ] as const)("T01 signs %s, over the bytes that are sent", async (_, versions, expected) => {
    const { received, fetch } = receiver();
    const { emulator, clock } = setUp({ fetch });
    emulator.webhooks.subscribe({ targetUrl: TARGET, ...(versions && { versions }) });
    emulator.portal.create("contacts", { firstname: "Zoë 東京 😀" });
    await emulator.webhooks.settled();
    const { body = "", headers = new Headers() } = received[0] ?? {};
    for (const version of expected) {
      const secret = emulator.clientSecret;
      const signed = signHubSpot({
        version,
        secret,
        method: "POST",
        url: TARGET,
        body,
        timestamp: clock.now(),
      });
      for (const [name, value] of Object.entries(signed)) expect(headers.get(name)).toBe(value);
    }
    expect(headers.has("x-hubspot-signature-v3")).toBe((expected as readonly string[]).includes("v3"));
  });
});

describe("delivery", () => {
  it("tries again with a growing attemptNumber until the receiver says 2xx", async () => {
    const { received, fetch } = receiver(500, 0, 302, 404, 204);
    const { emulator, clock } = setUp({ fetch });
    emulator.webhooks.subscribe({ targetUrl: TARGET, style: "generic" });
    emulator.portal.create("notes", note);
    await clock.advance(24 * 3_600_000);
    await emulator.webhooks.settled();
    expect(received.map((r) => r.events[0]?.attemptNumber)).toEqual([0, 1, 2, 3, 4]);
    expect(new Set(received.map((r) => r.events[0]?.eventId)).size).toBe(1);
    expect(emulator.webhooks.attempts.map((a) => a.status)).toEqual([500, 0, 302, 404, 204]);
  });

  it("gives up after ten retries within a day", async () => {
    const { received, fetch } = receiver(...Array<number>(20).fill(503));
    const { emulator, clock } = setUp({ fetch });
    emulator.webhooks.subscribe({ targetUrl: TARGET, style: "generic" });
    emulator.portal.create("notes", note);
    const start = clock.now();
    await clock.advance(48 * 3_600_000);
    await emulator.webhooks.settled();
    expect(received).toHaveLength(11);
    expect(emulator.webhooks.lost).toHaveLength(1);
    expect((emulator.webhooks.attempts.at(-1)?.at ?? 0) - start).toBeLessThan(24 * 3_600_000);
  });

  it("counts a receiver that takes longer than five seconds as failed", async () => {
    let calls = 0;
    const fetch: typeof globalThis.fetch = () =>
      ++calls === 1 ? new Promise<Response>(() => undefined) : Promise.resolve(new Response());
    const { emulator, clock } = setUp({ fetch });
    emulator.webhooks.subscribe({ targetUrl: TARGET, style: "generic" });
    emulator.portal.create("notes", note);
    await clock.advance(5_000);
    expect(emulator.webhooks.attempts.map((a) => a.status)).toEqual([0]);
    await clock.advance(3_600_000);
    expect(emulator.webhooks.attempts.map((a) => a.status)).toEqual([0, 200]);
  });

  it("F50 F51 F52 sends copies, in another order, and late, when told to", async () => {
    const { received, fetch } = receiver();
    const { emulator, clock } = setUp({ fetch });
    emulator.webhooks.subscribe({ targetUrl: TARGET, style: "generic" });
    Object.assign(emulator.webhooks.behaviour, {
      copies: 3,
      shuffle: true,
      batchSize: 1,
      delayMs: 3 * 86_400_000,
    });
    for (let i = 0; i < 10; i++) emulator.portal.create("notes", note);
    await clock.advance(3 * 86_400_000 - 1);
    expect(received).toHaveLength(0);
    await clock.advance(1);
    await emulator.webhooks.settled();
    const order = received.map((r) => Number(r.events[0]?.eventId));
    expect(order).toHaveLength(30);
    expect(new Set(order).size).toBe(10);
    expect(order).not.toEqual([...order].sort((a, b) => a - b));
  });
});
