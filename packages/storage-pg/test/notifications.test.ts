import { createHalo, type NotificationSink, type SinkRequest } from "@halo/core";
import { describe, expect, it } from "vitest";
import { pgStorage } from "../src/index.ts";
import { freshDatabase, servers } from "./support/open.ts";

const stores = [
  ["PGlite", async () => ["memory://"]],
  ...servers.map(
    ([name, server]) =>
      [
        name,
        async () => {
          const url = await freshDatabase(server);
          return [url, url];
        },
      ] as const,
  ),
] as const;

const intervalMs = 20;

describe.each(stores)("notifications on %s", (_, open) => {
  it("are sent once each by all workers together, in order, and never too close to each other", async () => {
    const sent: (SinkRequest & { readonly time: number })[] = [];
    const board: NotificationSink = {
      id: "board",
      targetIntervalMs: intervalMs,
      send: async (request) => {
        sent.push({ ...request, time: performance.now() });
        return { ref: `m-${sent.length}` };
      },
    };
    const encryptionKey = crypto.getRandomValues(new Uint8Array(32));
    const stop = new AbortController();
    const halos = [];
    for (const target of await open()) {
      const storage = pgStorage(target, { migrate: "auto" });
      halos.push(await createHalo({ storage, integrations: [], encryptionKey, sinks: [board] }));
    }
    const [halo] = halos;
    if (!halo) throw new Error("no store");
    const working = halos.map((one) => one.work({ signal: stop.signal }));
    try {
      const orgs = ["org-1", "org-2"];
      for (const orgId of orgs)
        await halo.notifications.subscribe({
          orgId,
          type: "new_ticket",
          sink: "board",
          target: orgId,
          filter: { field: "priority", operator: "is_not", value: "low" },
        });
      const raise = (orgId: string, at: number) =>
        halo.notify({
          orgId,
          type: "new_ticket",
          key: `k-${String(at).padStart(3, "0")}`,
          event: { ticketId: `t-${at}`, subject: `No. ${at}`, priority: at % 5 === 4 ? "low" : "high" },
        });
      for (let at = 0; at < 25; at++) for (const orgId of orgs) expect(await raise(orgId, at)).toBe(true);
      expect(await raise("org-1", 3)).toBe(false);
      await expect.poll(() => sent.length, { timeout: 20_000, interval: 20 }).toBe(40);
      for (const orgId of orgs) {
        const own = sent.filter(({ target }) => target === orgId);
        const numbers = own.map(({ event }) => (event.data as { subject: string }).subject);
        expect(numbers).toEqual([...Array(25).keys()].filter((at) => at % 5 !== 4).map((at) => `No. ${at}`));
        expect(own.every(({ repeated }) => !repeated)).toBe(true);
        for (const [at, { time }] of own.slice(1).entries())
          expect(time - (own[at]?.time ?? 0)).toBeGreaterThanOrEqual(intervalMs - 5);
        await expect
          .poll(async () => (await halo.notifications.deliveries.list(orgId, { status: "sent" })).length)
          .toBe(20);
      }
    } finally {
      stop.abort();
      await Promise.all(working);
      for (const one of halos) await one.close();
    }
  });
});
