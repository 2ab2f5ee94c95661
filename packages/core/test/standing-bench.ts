import { loadDomains } from "../src/customers/domain.ts";
import type { Engine } from "../src/engine/engine.ts";
import { createEvents } from "../src/events.ts";
import { createCustomers } from "../src/halo/customers-service.ts";
import { createSegments } from "../src/halo/segments-service.ts";
import { createHealth, createRenewals } from "../src/halo/standing-service.ts";
import { type Storage, silentLogger } from "../src/index.ts";
import { memoryStorage } from "../src/memory/index.ts";
import { standingSlice } from "../src/standing/standing-slice.ts";
import { fakeClock } from "../src/testing/fake-clock.ts";
import { contractSetup } from "../src/testing/storage-promise.ts";
import { claimRow, record, world } from "../src/testing/storage-world.ts";
import { runSlice } from "../src/work/slice.ts";

/** Saturday noon, in winter. */
export const start = Date.parse("2026-11-21T12:00:00Z");
export const day = 24 * 60 * 60_000;

export type StandingBench = Awaited<ReturnType<typeof standingBench>>;

/** An org whose customers' standing is worked out when the test says so, on a store in memory. */
export async function standingBench(
  options: { readonly storage?: (inner: Storage) => Storage; readonly at?: number } = {},
) {
  const clock = fakeClock(options.at ?? start);
  const inner = memoryStorage({ clock });
  const storage = options.storage?.(inner) ?? inner;
  await storage.open({ ...contractSetup, clock });
  const self = await world({ storage: inner, now: () => clock.now(), wait: (ms) => clock.advance(ms) });
  const engine = {
    storage,
    clock,
    logger: silentLogger,
    events: createEvents(silentLogger),
    domains: await loadDomains(),
    sliceMs: 30_000,
    leaseMs: 15_000,
  } as unknown as Engine;
  const { connectionId, orgId } = self;
  let version = 0;

  return {
    clock,
    engine,
    storage: inner,
    orgId,
    connectionId,
    world: self,
    segments: createSegments(engine),
    health: createHealth(engine),
    renewals: createRenewals(engine),
    customers: createCustomers(engine),

    async company(domain: string, fields: { readonly [field: string]: string } = {}): Promise<string> {
      const claim = claimRow({ kind: "company", identities: [domain], fields: { name: domain, ...fields } });
      const row = record(domain, ++version, { text: `${version}`, claim });
      await self.commit({ stream: "companies", records: [row] });
      return (await inner.customers.company(orgId, { domain }))?.id ?? "";
    },

    async person(
      email: string,
      fields: { readonly [field: string]: string } = {},
      like: {
        readonly custom?: { readonly [field: string]: string | number | boolean };
        readonly companyKey?: string;
      } = {},
    ): Promise<string> {
      const { companyKey, custom = {} } = like;
      const company =
        companyKey === undefined ? undefined : { ref: { stream: "companies", key: companyKey } };
      const claim = claimRow({ identities: [email], fields, custom, company });
      await self.commit({ records: [record(email, ++version, { text: `${version}`, claim })] });
      return (await inner.customers.endUser(orgId, { email }))?.id ?? "";
    },

    /** Works until nothing is due, as a worker would; when it wants to go on. */
    async work(): Promise<Date | undefined> {
      for (;;) {
        const lease = await self.lease("standing");
        const again = await runSlice(engine, lease, new AbortController().signal, (slice) =>
          standingSlice(engine, slice),
        ).finally(() => inner.leases.release(lease, undefined));
        if (again === undefined || again.getTime() > clock.now()) return again;
      }
    },

    /** What is in the outbox, as the notify work would find it. */
    async raised() {
      const lease = await self.lease("notify");
      const all = await inner.notifications.unrouted(lease, 1_000);
      await inner.leases.release(lease, undefined);
      return all;
    },
  };
}

/** A store that fails once at the named call, before or after it did its work. */
export function failingOnce(room: "segments" | "standing", method: string, when: "before" | "after") {
  let failed = false;
  return (inner: Storage): Storage => ({
    ...inner,
    [room]: new Proxy(inner[room], {
      get: (target, name: string) => {
        const call = target[name as keyof typeof target] as (...given: unknown[]) => Promise<unknown>;
        if (name !== method || failed) return call;
        return async (...given: unknown[]) => {
          failed = true;
          if (when === "after") await call(...given);
          throw new Error("the process died");
        };
      },
    }),
  });
}
