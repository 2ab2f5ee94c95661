import {
  type HubSpotEmulator,
  type HubSpotEmulatorOptions,
  hubspotEmulator,
  manualClock,
} from "../src/index.ts";

export const ALL_SCOPES = [
  "oauth",
  "crm.objects.contacts.read",
  "crm.objects.contacts.write",
  "crm.objects.companies.read",
  "crm.objects.companies.write",
  "crm.objects.deals.read",
  "crm.objects.deals.write",
  "crm.objects.owners.read",
  "sales-email-read",
  "forms",
];

// biome-ignore lint/suspicious/noExplicitAny: answers are read freely in tests
export type Answer = { status: number; headers: Headers; body: any };

/** An emulator with a clock that stands still and a way to ask it. */
export function setUp(options: HubSpotEmulatorOptions = {}, scopes: readonly string[] = ALL_SCOPES) {
  const clock = manualClock();
  const emulator = hubspotEmulator({ seed: 5, clock, limits: "none", ...options });
  const token = emulator.portal.issueAccessToken({ scopes, expiresInMs: 365 * 86_400_000 });
  return { clock, emulator, token, ask: asker(emulator, token) };
}

export function asker(emulator: HubSpotEmulator, token: string) {
  return async (method: string, path: string, body?: unknown): Promise<Answer> => {
    const answer = await emulator.fetch(
      new Request(`https://api.hubapi.com${path}`, {
        method,
        headers: { authorization: `Bearer ${token}` },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    );
    const text = await answer.text();
    const json = answer.headers.get("content-type")?.includes("json") && text !== "";
    return { status: answer.status, headers: answer.headers, body: json ? JSON.parse(text) : text };
  };
}
