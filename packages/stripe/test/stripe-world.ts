import { createHalo, type HaloOptions, type IntegrationDefinition } from "@halo/core";
import { memoryStorage } from "@halo/core/memory";
import { fakeClock, loadLate, receivingFetch, workFor } from "@halo/core/testing";
import { type StripeEmulatorOptions, type StripeKind, stripeEmulator } from "@halo/emulators/stripe";
import { type StripeOptions, stripe } from "../src/index.ts";

export const orgId = "acme";
export const PUBLIC_URL = "https://app.example.com";
const REDIRECT = `${PUBLIC_URL}/api/integrations/stripe/callback`;

/** What reading needs, and an endpoint of its own. */
export const READING = [
  ..."accounts_kyc_basic_read customer_read subscription_read invoice_read payment_intent_read".split(" "),
  ..."charge_read event_read product_read webhook_write".split(" "),
];

await loadLate();

/** Which mirror table holds the emulator's objects of a kind. */
export const TABLES = {
  customer: "stripe_customers",
  subscription: "stripe_subscriptions",
  invoice: "stripe_invoices",
  payment_intent: "stripe_payments",
  charge: "stripe_payments",
  refund: "stripe_payments",
} as const satisfies Partial<Record<StripeKind, string>>;

/** A Halo and a Stripe, joined by the emulator's handler and its signed deliveries. */
export async function stripeWorld({
  emulator: settings = {},
  stripe: given = {},
  halo: more = {},
  others = [],
}: {
  emulator?: Partial<StripeEmulatorOptions>;
  stripe?: Partial<StripeOptions>;
  halo?: Partial<HaloOptions>;
  /** Integrations beside Stripe. */
  others?: readonly IntegrationDefinition[];
} = {}) {
  const clock = fakeClock(Date.UTC(2026, 10, 21, 9));
  const received: number[] = [];
  let open = true;
  const receive = receivingFetch("stripe", () => halo, received);
  const emulator = stripeEmulator({
    seed: 7,
    clock,
    limits: "none",
    fetch: async (input, init) => (open ? await receive(input, init) : new Response(null, { status: 503 })),
    ...settings,
  });
  const storage = memoryStorage({ clock });
  const halo = await createHalo({
    storage,
    integrations: [
      stripe({ clientId: emulator.clientId, clientSecret: emulator.secretKeys.test, ...given }),
      ...others,
    ],
    publicUrl: PUBLIC_URL,
    encryptionKey: crypto.getRandomValues(new Uint8Array(32)),
    clock,
    fetch: async (input, init) => emulator.fetch(new Request(input, init)),
    ...more,
  });

  return {
    clock,
    emulator,
    halo,
    received,
    storage,
    /** False: nothing that Stripe sends arrives. */
    reachable(yes: boolean) {
      open = yes;
    },
    /** With a restricted key. */
    async connect({
      key = emulator.issueKey({ permissions: READING }),
      ...rest
    }: {
      key?: string;
      connectionId?: string;
      switchAccount?: boolean;
      webhookSecret?: string;
      orgId?: string;
    } = {}) {
      return await clock.run(halo.connections.connectWithKey({ orgId, integration: "stripe", key, ...rest }));
    },
    /** Through the app's page and back. */
    async install() {
      const session = "browser";
      const { url } = await halo.connections.begin({
        orgId,
        integration: "stripe",
        session,
        redirectUri: REDIRECT,
      });
      const page = await clock.run(emulator.fetch(new Request(url)));
      const completed = halo.connections.complete({
        integration: "stripe",
        session,
        redirectUri: REDIRECT,
        parameters: new URL(page.headers.get("location") ?? "").searchParams,
      });
      return { url, connection: (await clock.run(completed)).connection };
    },
    /** A worker for so long, and whatever Stripe has to tell meanwhile. */
    work: (ms: number) => workFor(halo, clock, ms, () => emulator.webhooks.flush()),
    async row(connectionId: string, kind: keyof typeof TABLES, key: string) {
      return await storage.pages.get(orgId, connectionId, TABLES[kind], key);
    },
    /** Ids of a kind whose stored object is not the one at Stripe, or that are on one side only. */
    async differences(connectionId: string, kinds = Object.keys(TABLES) as (keyof typeof TABLES)[]) {
      const { objects } = emulator.snapshot();
      const wrong: string[] = [];
      for (const table of new Set(kinds.map((kind) => TABLES[kind]))) {
        const expected = new Map(
          kinds.filter((kind) => TABLES[kind] === table).flatMap((kind) => [...objects[kind]]),
        );
        const keys = await storage.pages.keys(orgId, connectionId, table, { after: undefined, limit: 1e6 });
        const stored = new Set(keys.map(({ key }) => key));
        for (const key of stored) if (!expected.has(key)) wrong.push(`${key} is not at Stripe`);
        for (const [key, object] of expected) {
          const row = stored.has(key) ? await storage.pages.get(orgId, connectionId, table, key) : undefined;
          if (row === undefined) wrong.push(`${key} is missing`);
          else if (same(row.raw) !== same(object)) wrong.push(`${key} differs`);
        }
      }
      return wrong;
    },
  };
}

export type StripeWorld = Awaited<ReturnType<typeof stripeWorld>>;

/** The first of a list inside: the emulator shows no more of one. How far it was read has tests of its own. */
function same(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner !== "object" || inner === null || Array.isArray(inner)) return inner;
    const { data, object } = inner as { data?: readonly unknown[]; object?: unknown };
    if (object === "list") return data?.slice(0, 10);
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
