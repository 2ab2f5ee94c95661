import {
  createHalo,
  createVendorHttp,
  fixedAuthorization,
  type HaloOptions,
  type IntegrationDefinition,
  silentLogger,
  systemClock,
} from "@halo/core";
import { memoryStorage } from "@halo/core/memory";
import { type FakeClock, fakeClock } from "@halo/core/testing";
import { type FathomEmulatorOptions, fathomEmulator } from "@halo/emulators/fathom";
import { API_ORIGIN, http } from "../src/http.ts";
import { fathom } from "../src/index.ts";

export const orgId = "acme";
const HOUR = 3_600_000;
export const START = Date.UTC(2026, 8, 2, 9);

// The client loads ky at its first call, which takes real time: fake deadlines must not pass meanwhile.
await createVendorHttp({
  definition: http(API_ORIGIN),
  authorization: fixedAuthorization("warm-up"),
  clock: systemClock,
  logger: silentLogger,
  fetch: async () => Response.json({}),
}).get("/meetings");

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
    // What the vendor sends arrives at Halo's receiver, as its handler would hand it over.
    fetch: async (input, init) => {
      const request = new Request(input, init);
      const { pathname } = new URL(request.url);
      const [, routeKey] = pathname.split("/webhook/");
      try {
        await halo.deliveries.receive({
          integration: "fathom",
          method: request.method,
          pathAndQuery: pathname,
          headers: request.headers,
          body: new Uint8Array(await request.arrayBuffer()),
          ...(routeKey !== undefined && { routeKey }),
        });
        received.push(200);
        return new Response();
      } catch {
        received.push(401);
        return new Response(null, { status: 401 });
      }
    },
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

export async function workFor(halo: Awaited<ReturnType<typeof createHalo>>, clock: FakeClock, ms: number) {
  const stop = new AbortController();
  const working = halo.work({ signal: stop.signal });
  await clock.advance(ms);
  stop.abort(new Error("over"));
  await clock.run(working);
}

/** What is said, a line of each in turn. */
export const turns = (...lines: readonly (readonly [speaker: string, text: string, email?: string])[]) =>
  lines.map(([speaker, text, email], at) => ({ speaker, text, email, atMs: at * 10_000 }));
