import { type HubSpotEmulator, hubspotEmulator } from "@halo/emulators/hubspot";
import { serve } from "@halo/emulators/serve";

/** What the vendor did for one wish. */
export interface Deed {
  readonly key: string;
  readonly type: string;
  readonly id: string;
}

/** The vendor of one round: it performs what it is asked, and some of its answers get lost. */
export interface ActionVendor {
  readonly emulator: HubSpotEmulator;
  readonly url: string;
  readonly apiKey: string;
  /** Addresses of contacts that were there long before. */
  readonly emails: readonly string[];
  /** Records that were made with a wish's key in their text, each as often as the ledger has it. */
  made(): readonly Deed[];
  /** Writes to contacts, by contact. */
  updates(): ReadonlyMap<string, number>;
  /** What stands in the contact of an address. */
  jobTitle(email: string): string | undefined;
  /** Writes of deals whose answer was not the vendor's own. */
  deafDeals(): number;
  /** Deeds whose answer was not the vendor's own, or never came. */
  lostAnswers(): number;
  /** People write a note. */
  note(text: string): void;
  /** Resolves when every event was taken; what the vendor gave up on is sent again. False after `ms`. */
  delivered(ms: number): Promise<boolean>;
  close(): Promise<void>;
}

const scopes = [
  "oauth",
  "crm.objects.contacts.read",
  "crm.objects.contacts.write",
  "crm.objects.companies.read",
  "crm.objects.deals.read",
  "crm.objects.deals.write",
  "crm.objects.owners.read",
  "sales-email-read",
  "forms",
];

const keyIn = /wish-\d+-\d+/;
const write = { method: "POST", path: /\/(?:deals|notes|tasks)$/ };

export async function startActionVendor(seed: string): Promise<ActionVendor> {
  const emulator = hubspotEmulator({
    seed,
    size: { companies: 2, contacts: 150, deals: 0, engagements: 6 },
    latency: { medianMs: 8, sigma: 0.3 },
    // Search shows what was made only later: a look-up that trusts it would make it twice.
    searchLagMs: 2_500,
    limits: {
      burst: { max: 20_000, windowMs: 10_000 },
      search: { perSecond: 1_000 },
      associations: { max: 20_000, windowMs: 10_000 },
      daily: 10_000_000,
    },
  });
  emulator.webhooks.behaviour.retrySpanMs = 30_000;
  const { faults, ledger, portal } = emulator;
  // Performed, and then: an error, silence, half an answer. And some that were never performed.
  const each = (first: number, every: number) => ({
    ...write,
    nth: Array.from({ length: 500 }, (_, at) => first + at * every),
  });
  faults.add({ match: each(3, 16), effect: { type: "status", status: 502, executed: true } });
  faults.add({ match: each(7, 16), effect: { type: "reset", afterBytes: 0 } });
  faults.add({ match: each(11, 32), effect: { type: "truncate" } });
  faults.add({ match: each(14, 32), effect: { type: "status", status: 503 } });
  faults.add({ match: each(20, 64), effect: { type: "status", status: 429, retryAfter: 1 } });
  const contacts = [...emulator.snapshot(["contacts"]).records.contacts.values()];
  const idOf = new Map(contacts.map(({ id, properties }) => [properties["email"] ?? "", id]));
  idOf.delete("");
  const served = await serve(emulator);
  const effects = (operation: "create" | "update") =>
    ledger.requests.filter(({ effect }) => effect?.operation === operation);
  return {
    emulator,
    url: served.url,
    apiKey: emulator.issueKey({ scopes }),
    emails: [...idOf.keys()],
    made: () =>
      effects("create").flatMap(({ effect, objectType }): Deed[] => {
        const type = objectType as "deals" | "notes" | "tasks";
        const id = effect?.id ?? "";
        const key = keyIn.exec(JSON.stringify(portal.find(type, id)?.fields ?? {}))?.[0];
        return key === undefined ? [] : [{ key, type, id }];
      }),
    updates() {
      const counts = new Map<string, number>();
      for (const { effect } of effects("update")) {
        if (effect) counts.set(effect.id, (counts.get(effect.id) ?? 0) + 1);
      }
      return counts;
    },
    jobTitle: (email) => portal.find("contacts", idOf.get(email) ?? "")?.fields["jobtitle"],
    deafDeals: () => ledger.count(({ faults, objectType }) => faults.length > 0 && objectType === "deals"),
    lostAnswers: () => ledger.count(({ effect, faults }) => effect !== undefined && faults.length > 0),
    note(text) {
      const [contact] = contacts;
      const properties = {
        hs_timestamp: new Date(emulator.clock.now()).toISOString(),
        hs_note_body: text,
      };
      const to = contact ? [{ to: { type: "contacts" as const, id: contact.id } }] : [];
      portal.create("notes", properties, to);
    },
    async delivered(ms) {
      const until = performance.now() + ms;
      const settled = await Promise.race([
        emulator.webhooks.settled().then(() => true),
        new Promise<boolean>((resolve) => setTimeout(resolve, ms, false).unref()),
      ]);
      if (!settled) return false;
      const { lost } = emulator.webhooks;
      for (let at = 0; at < lost.length; at += 100) {
        const events = lost.slice(at, at + 100);
        for (;;) {
          const { status } = await emulator.webhooks.send(Number(events[0]?.subscriptionId), events);
          if (status >= 200 && status < 300) break;
          if (performance.now() > until) return false;
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      }
      return true;
    },
    async close() {
      emulator.close();
      await served.close();
    },
  };
}
