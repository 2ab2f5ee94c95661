import type { Change } from "@halo/core";
import { hubspotEmulator } from "@halo/emulators/hubspot";
import { describe, expect, it } from "vitest";
import type { HubSpotEvent } from "./event.ts";
import { webhooks } from "./events.ts";

const receiver = webhooks(["s3cret"]);
const at = Date.UTC(2026, 10, 21);

function event(more: Partial<HubSpotEvent>): HubSpotEvent {
  return {
    eventId: 1,
    portalId: 9,
    objectId: 42,
    subscriptionType: "contact.creation",
    occurredAt: at,
    ...more,
  };
}

function changes(more: Partial<HubSpotEvent>): readonly Change[] {
  const given = event(more);
  const definition = receiver.definitions.find(({ events }) => events.includes(given.subscriptionType));
  return definition?.changes(given) ?? [];
}

describe("what an event touches", () => {
  it.each([
    ["contact.creation", undefined, "contacts", "42"],
    ["company.propertyChange", undefined, "companies", "42"],
    ["deal.restore", undefined, "deals", "42"],
    ["contact.deletion", undefined, "contacts", "42"],
    ["email.creation", undefined, "engagements", "email:42"],
    ["note.creation", undefined, "engagements", "note:42"],
    ["call.creation", undefined, "engagements", "call:42"],
    ["meeting.creation", undefined, "engagements", "meeting:42"],
    ["object.creation", "0-1", "contacts", "42"],
    ["object.propertyChange", "0-2", "companies", "42"],
    ["object.deletion", "0-3", "deals", "42"],
    ["object.creation", "0-46", "engagements", "note:42"],
    ["object.creation", "0-47", "engagements", "meeting:42"],
    ["object.creation", "0-48", "engagements", "call:42"],
    ["object.creation", "0-49", "engagements", "email:42"],
  ])("%s of %s reads %s %s", (subscriptionType, objectTypeId, stream, key) => {
    expect(changes({ subscriptionType, objectTypeId: objectTypeId ?? null })).toEqual([{ stream, key }]);
  });

  it.each([
    ["object.creation", "0-27"],
    ["object.creation", null],
    ["ticket.creation", null],
    ["conversation.newMessage", null],
    ["object.merge", "0-5"],
  ])("%s of %s touches nothing", (subscriptionType, objectTypeId) => {
    expect(changes({ subscriptionType, objectTypeId, primaryObjectId: 1, mergedObjectIds: [2] })).toEqual([]);
  });

  it("F33 a merge reads the winner and ends the others, a new id included", () => {
    const merge = {
      subscriptionType: "contact.merge",
      primaryObjectId: 1,
      mergedObjectIds: [2, 3],
      newObjectId: 4,
    };
    const gone = (key: string) => ({
      stream: "contacts",
      tombstone: { key, deletedAt: new Date(at), mergedInto: "4" },
    });
    expect(changes(merge)).toEqual([{ stream: "contacts", key: "4" }, gone("1"), gone("2"), gone("3")]);
  });

  it("F33 a privacy deletion purges", () => {
    expect(changes({ subscriptionType: "contact.privacyDeletion" })).toEqual([
      { stream: "contacts", tombstone: { key: "42", deletedAt: new Date(at), purge: true } },
    ]);
  });

  it.each([
    ["deal.associationChange", null, "DEAL_TO_CONTACT", [{ stream: "deals", key: "1" }]],
    ["contact.associationChange", null, "CONTACT_TO_DEAL", [{ stream: "deals", key: "2" }]],
    ["contact.associationChange", null, "CONTACT_TO_COMPANY", [{ stream: "contacts", key: "1" }]],
    ["company.associationChange", null, "COMPANY_TO_CONTACT", [{ stream: "contacts", key: "2" }]],
    ["object.associationChange", "0-46", "NOTE_TO_CONTACT", [{ stream: "engagements", key: "note:1" }]],
    ["object.associationChange", "0-1", "CONTACT_TO_EMAIL", [{ stream: "engagements", key: "email:2" }]],
    ["deal.associationChange", null, "DEAL_TO_TICKET", []],
  ])(
    "%s (%s, %s) reads the side that keeps the ids",
    (subscriptionType, objectTypeId, associationType, read) => {
      const ends = { associationType, fromObjectId: 1, toObjectId: 2 };
      expect(changes({ subscriptionType, objectTypeId, ...ends })).toEqual(read);
    },
  );
});

describe("the receiver", () => {
  it("tells events apart by all that HubSpot says makes them differ", () => {
    const keys = [
      event({}),
      event({ portalId: 10 }),
      event({ subscriptionType: "contact.deletion" }),
      event({ objectId: 43 }),
      event({ eventId: 2 }),
      event({ occurredAt: at + 1 }),
    ].map(receiver.key);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("F50 takes another attempt for the same event", () => {
    expect(receiver.key(event({ attemptNumber: 3 }))).toBe(receiver.key(event({ attemptNumber: 0 })));
  });

  it("names the account, and keeps the event whole", () => {
    const given = event({ propertyName: "email" });
    expect(receiver.account(given)).toBe("9");
    expect(receiver.parse(JSON.parse(JSON.stringify(receiver.payload(given))))).toEqual(given);
  });

  it("has an app-wide secret only where an app is configured", () => {
    expect(receiver.secrets).toEqual(["s3cret"]);
    expect(webhooks([]).secrets).toBeUndefined();
  });

  it("tells an admin which address to paste", () => {
    expect(receiver.instructions("https://app.example.com/hook")).toContain("https://app.example.com/hook");
  });

  it("understands what the emulator sends, signed", async () => {
    const url = "https://app.example.com/api/integrations/hubspot/webhook";
    const received: unknown[] = [];
    let secret = "";
    const fetch = async (input: RequestInfo | URL, init?: RequestInit) => {
      const request = new Request(input, init);
      const body = new Uint8Array(await request.arrayBuffer());
      const now = Date.now();
      received.push(
        ...receiver.receive({
          method: "POST",
          url: request.url,
          headers: request.headers,
          body,
          secret: [secret],
          now,
        }),
      );
      return new Response(null, { status: 204 });
    };
    const emulator = hubspotEmulator({ limits: "none", fetch });
    secret = emulator.clientSecret;
    emulator.webhooks.subscribe({ targetUrl: url, events: ["object.creation", "note.creation"] });
    const note = emulator.portal.create("notes", {
      hs_timestamp: new Date().toISOString(),
      hs_note_body: "Hi",
    });
    await emulator.webhooks.settled();
    emulator.close();
    const touched = (received as HubSpotEvent[]).flatMap((given) => changes(given));
    expect(touched).toEqual(Array(2).fill({ stream: "engagements", key: `note:${note.id}` }));
  });
});
