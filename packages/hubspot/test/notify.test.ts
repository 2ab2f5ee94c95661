import { createHalo, type SinkRequest } from "@halo/core";
import { memoryStorage } from "@halo/core/memory";
import { fakeClock } from "@halo/core/testing";
import { hubspotEmulator } from "@halo/emulators/hubspot";
import { expect, it } from "vitest";
import { scopes } from "../src/auth.ts";
import { hubspot } from "../src/index.ts";
import { ADA } from "./action-world.ts";

const orgId = "acme";

/** An account that was read once, people who want to hear of engagements, and then a new note. */
async function afterANewNote(notifications: boolean): Promise<readonly SinkRequest[]> {
  const clock = fakeClock(Date.UTC(2026, 10, 21, 9));
  const emulator = hubspotEmulator({
    seed: 5,
    clock,
    limits: "none",
    size: { companies: 1, contacts: 1, deals: 0, engagements: 4 },
  });
  const company = emulator.portal.create("companies", { name: "Engines Ltd", domain: "engines.example" });
  const ada = emulator.portal.create("contacts", { email: ADA, firstname: "Ada", lastname: "Lovelace" }, [
    { to: { type: "companies", id: company.id } },
  ]);
  const sent: SinkRequest[] = [];
  const halo = await createHalo({
    storage: memoryStorage({ clock }),
    integrations: [hubspot()],
    sinks: [
      {
        id: "channel",
        send: async (request) => {
          sent.push(request);
          return {};
        },
      },
    ],
    encryptionKey: crypto.getRandomValues(new Uint8Array(32)),
    clock,
    fetch: (input, init) => emulator.fetch(new Request(input, init)),
  });
  const key = emulator.issueKey({ scopes: scopes.map(({ scope }) => scope) });
  const connected = halo.connections.connectWithKey({ orgId, integration: "hubspot", key });
  const connection = await clock.run(connected);
  await halo.connections.setMode(orgId, connection.id, "notifications", notifications);
  await halo.notifications.subscribe({ orgId, type: "new_hubspot_engagement", sink: "channel", target: "c" });
  const work = async (ms: number) => {
    const stop = new AbortController();
    const working = halo.work({ signal: stop.signal });
    await clock.advance(ms);
    stop.abort(new Error("over"));
    await clock.run(working);
  };
  await work(120_000);
  expect(sent).toEqual([]);
  emulator.portal.create(
    "notes",
    { hs_timestamp: new Date(clock.now()).toISOString(), hs_note_body: "<p>Wants <b>20</b> seats</p>" },
    [{ to: { type: "contacts", id: ada.id } }],
  );
  await halo.sync.start({ orgId, connectionId: connection.id, mode: "catch_up" });
  await work(60_000);
  return sent;
}

it("a new engagement is told once, and what the first sync brought is not", async () => {
  const sent = await afterANewNote(true);
  expect(sent.map(({ event }) => event.data)).toMatchObject([{ kind: "note", snippet: "Wants 20 seats" }]);
});

it("a note, whose record holds ids alone, names its contact and the contact's company", async () => {
  const [sent] = await afterANewNote(true);
  expect(sent?.message.title).toBe("New note: Engines Ltd");
  expect(sent?.message.fields).toEqual([
    { label: "Contact", value: `Ada Lovelace (${ADA})` },
    { label: "Company", value: "Engines Ltd" },
    { label: "Subject", value: "Note" },
  ]);
});

it("nothing is told while the connection's notifications are off", async () => {
  expect(await afterANewNote(false)).toEqual([]);
});
