import { createHalo, type Halo, type HaloOptions } from "@halo/core";
import { memoryStorage } from "@halo/core/memory";
import { hubspotEmulator } from "@halo/emulators/hubspot";
import { hubspot } from "@halo/hubspot";
import { afterEach } from "vitest";
import type { Caller } from "../../src/index.ts";

export const publicUrl = "https://halo.example.com";
export const base = `${publicUrl}/api/integrations`;

const scopes = ["oauth", "crm.objects.contacts.read", "crm.objects.companies.read", "crm.objects.deals.read"];
const open: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

/** A Halo with two orgs, each connected to a portal of its own in the emulator. */
export async function world(options: Partial<HaloOptions> = {}) {
  const small = { size: { companies: 2, contacts: 3, deals: 1, engagements: 2 } };
  const emulator = hubspotEmulator(small);
  const { clientId, clientSecret } = emulator;
  const halo = await createHalo({
    storage: memoryStorage(),
    integrations: [hubspot({ clientId, clientSecret })],
    encryptionKey: crypto.getRandomValues(new Uint8Array(32)),
    publicUrl,
    fetch: (input, init) => emulator.fetch(new Request(input, init)),
    ...options,
  });
  open.push(async () => {
    await halo.close();
    emulator.close();
  });
  const connect = (orgId: string, portal = emulator.portal) =>
    halo.connections.connectWithKey({ orgId, integration: "hubspot", key: portal.issueKey({ scopes }) });
  return { emulator, halo, connect };
}

/** A signed delivery of one event, each with an id of its own. */
export function delivery(
  emulator: ReturnType<typeof hubspotEmulator>,
  path = "/hubspot/webhook/acme",
  origin = base,
) {
  eventId += 1;
  const event = {
    eventId,
    subscriptionId: 2_000_001,
    portalId: emulator.portal.id,
    appId: 1,
    occurredAt: emulator.clock.now(),
    subscriptionType: "contact.creation",
    attemptNumber: 0,
    objectId: 55,
    changeSource: "CRM",
  };
  const targetUrl = origin + path;
  return { path, targetUrl, ...emulator.webhooks.sign([event as never], { targetUrl }) };
}

let eventId = 1_000;

export const acmeAdmin: Caller = {
  orgId: "acme",
  actor: { id: "ada", kind: "human" },
  roles: ["admin"],
};

/** Says who asks by a header, as a host says it by a session. */
export function authorize(request: Request): Caller | null {
  const text = request.headers.get("x-caller");
  return text === null ? null : (JSON.parse(text) as Caller);
}

export function as(caller: Caller): Record<string, string> {
  return { "x-caller": JSON.stringify(caller) };
}

export async function stored(halo: Halo, orgId = "acme"): Promise<number> {
  return (await halo.deliveries.list(orgId, { limit: 200 })).length;
}
