import { createHalo, type HaloOptions, type IntegrationDefinition } from "@halo/core";
import { memoryStorage } from "@halo/core/memory";
import { fakeClock, loadLate, receivingFetch, workFor } from "@halo/core/testing";
import { type FathomEmulatorOptions, fathomEmulator } from "@halo/emulators/fathom";
import { fathom } from "../src/index.ts";

export const orgId = "acme";
const HOUR = 3_600_000;
export const START = Date.UTC(2026, 8, 2, 9);

await loadLate();

export interface WorldOptions {
  readonly emulator?: Partial<FathomEmulatorOptions>;
  readonly halo?: Partial<HaloOptions>;
  /** Meetings of no use to the test; none unless told. */
  readonly meetings?: number;
  /** Other integrations of the same Halo. */
  readonly beside?: readonly IntegrationDefinition[];
}

/** A Halo and a Fathom organisation, joined through the emulator's handler and signed deliveries. */
export async function fathomWorld({
  emulator: settings = {},
  halo: more = {},
  meetings = 0,
  beside = [],
}: WorldOptions = {}) {
  const clock = fakeClock(START);
  const received: number[] = [];
  const emulator = fathomEmulator({
    seed: 7,
    clock,
    limits: "none",
    size: { users: 3, meetings, days: 60 },
    awkward: false,
    fetch: receivingFetch("fathom", () => halo, received),
    ...settings,
  });
  const options: HaloOptions = {
    storage: memoryStorage({ clock }),
    integrations: [fathom(), ...beside],
    publicUrl: "https://app.example.com",
    encryptionKey: crypto.getRandomValues(new Uint8Array(32)),
    clock,
    fetch: (input, init) => emulator.fetch(new Request(input, init)),
    ...more,
  };
  const halo = await createHalo(options);

  return {
    clock,
    emulator,
    halo,
    options,
    received,
    account: emulator.account,
    connect: (key = emulator.issueKey(), request: { connectionId?: string; switchAccount?: boolean } = {}) =>
      clock.run(halo.connections.connectWithKey({ orgId, integration: "fathom", key, ...request })),
    connectCrm: () => clock.run(halo.connections.connectWithKey({ orgId, integration: "crm", key: "k" })),
    /**
     * What Fathom had to tell is taken in, and then a worker works for so long. One beside the other, whether two events are
     * read together would depend on how fast this machine seals them.
     */
    async work(ms = 60_000) {
      emulator.webhooks.flush();
      await clock.run(emulator.webhooks.settled());
      await workFor(halo, clock, ms);
    },
    /** So many hours, with a worker for a minute at the end of each: it takes up what became due. */
    async hours(count: number) {
      for (let hour = 0; hour < count; hour++) {
        await clock.advance(HOUR);
        emulator.webhooks.flush();
        await clock.run(emulator.webhooks.settled());
        await workFor(halo, clock, 60_000);
      }
    },
    /** What is found of what was said. */
    find: async (
      query: string,
      scope: Parameters<typeof halo.knowledge.search>[0]["scope"] = { kind: "staff" },
    ) => {
      const hits = await halo.knowledge.search({ orgId, query, scope, prefix: "fathom:" });
      return hits.map(({ text }) => text);
    },
    /** Of the shared table, by recording_id. */
    meeting: async (id: number) =>
      (await halo.meetings.list(orgId, { limit: 200 })).find(({ key }) => key === String(id)),
    calls: (kind: string) => emulator.ledger.count({ kind }),
  };
}

export type FathomWorld = Awaited<ReturnType<typeof fathomWorld>>;

/** What is said, a line of each in turn. */
export const turns = (...lines: readonly (readonly [speaker: string, text: string, email?: string])[]) =>
  lines.map(([speaker, text, email], at) => ({ speaker, text, email, atMs: at * 10_000 }));
