import { type HubSpotEmulator, hubspotEmulator } from "@halo/emulators/hubspot";
import { serve } from "@halo/emulators/serve";
import type { SnapshotRecord } from "../../examples/quickstart/vendor.ts";

/** The vendor of one round: a small portal, and people who change things in it. */
export interface VendorSide {
  readonly emulator: HubSpotEmulator;
  readonly url: string;
  readonly key: string;
  snapshot(kind: string): AsyncGenerator<SnapshotRecord>;
  /** Some changes of which every effect is told by a webhook. */
  change(round: number): void;
  /** Ids of the events that were answered with a 2xx at least once. */
  acknowledged(): ReadonlySet<number>;
  /** Resolves when everything was acknowledged; what the vendor gave up on is sent again, and counted. */
  delivered(ms: number): Promise<{ readonly resent: number; readonly all: boolean }>;
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
const engagements = ["emails", "notes", "calls", "meetings"] as const;

/** Retries of the vendor come within seconds instead of a day. */
const retrySpanMs = 30_000;

export async function startVendorSide(seed: string, scale = 1): Promise<VendorSide> {
  const emulator = hubspotEmulator({
    seed,
    size: {
      companies: Math.round(60 * scale),
      contacts: Math.round(400 * scale),
      deals: Math.round(100 * scale),
      engagements: Math.round(800 * scale),
    },
    latency: { medianMs: 8, sigma: 0.3 },
    limits: {
      burst: { max: 20_000, windowMs: 10_000 },
      search: { perSecond: 1_000 },
      associations: { max: 20_000, windowMs: 10_000 },
      daily: 10_000_000,
    },
  });
  emulator.webhooks.behaviour.retrySpanMs = retrySpanMs;
  const served = await serve(emulator);
  return {
    emulator,
    url: served.url,
    key: emulator.issueKey({ scopes }),
    async *snapshot(kind) {
      if (kind === "submissions") yield* emulator.snapshot([]).submissions.values();
      else {
        const type = kind as "contacts";
        for (const record of emulator.snapshot([type]).records[type].values()) {
          yield record as SnapshotRecord;
        }
      }
    },
    change(round) {
      // What goes away is engagements only: nothing that is stored keeps their ids, so no record changes untold.
      emulator.portal.mutate({ seed: `${seed}/${round}`, edits: 3, associationChanges: 1, creations: 2 });
      if (round % 3 === 0) {
        emulator.portal.mutate({ seed: `${seed}/${round}/gone`, deletions: 1, types: engagements });
      }
    },
    acknowledged() {
      const ids = new Set<number>();
      for (const { events, status } of emulator.webhooks.attempts) {
        if (status >= 200 && status < 300) for (const { eventId } of events) ids.add(eventId);
      }
      return ids;
    },
    async delivered(ms) {
      const until = performance.now() + ms;
      let resent = 0;
      const waited = await Promise.race([
        emulator.webhooks.settled().then(() => true),
        new Promise<boolean>((resolve) => setTimeout(resolve, ms, false).unref()),
      ]);
      if (!waited) return { resent, all: false };
      const { lost } = emulator.webhooks;
      for (let at = 0; at < lost.length; at += 100) {
        const events = lost.slice(at, at + 100);
        resent += events.length;
        for (;;) {
          const { status } = await emulator.webhooks.send(Number(events[0]?.subscriptionId), events);
          if (status >= 200 && status < 300) break;
          if (performance.now() > until) return { resent, all: false };
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      }
      return { resent, all: true };
    },
    async close() {
      emulator.close();
      await served.close();
    },
  };
}
