import { createHalo, type HaloOptions, type IntegrationDefinition } from "@halo/core";
import { memoryStorage } from "@halo/core/memory";
import { fakeClock, heldSchedule, loadLate, meetingsWorld, receivingFetch } from "@halo/core/testing";
import { type FathomEmulatorOptions, fathomEmulator } from "@halo/emulators/fathom";
import { fathom } from "../src/index.ts";

export const orgId = "acme";
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
  const { begin, integration } = heldSchedule(fathom(), clock);
  const options: HaloOptions = {
    storage: memoryStorage({ clock }),
    integrations: [integration, ...beside],
    publicUrl: "https://app.example.com",
    encryptionKey: crypto.getRandomValues(new Uint8Array(32)),
    clock,
    fetch: (input, init) => emulator.fetch(new Request(input, init)),
    ...more,
  };
  const halo = await createHalo(options);

  const joined = { clock, emulator, halo };
  return {
    ...joined,
    ...meetingsWorld(joined, { begin, integration: "fathom", orgId }),
    options,
    received,
    account: emulator.account,
    connect: (key = emulator.issueKey(), request: { connectionId?: string; switchAccount?: boolean } = {}) =>
      clock.run(halo.connections.connectWithKey({ orgId, integration: "fathom", key, ...request })),
  };
}

export type FathomWorld = Awaited<ReturnType<typeof fathomWorld>>;

/** What is said, a line of each in turn. */
export const turns = (...lines: readonly (readonly [speaker: string, text: string, email?: string])[]) =>
  lines.map(([speaker, text, email], at) => ({ speaker, text, email, atMs: at * 10_000 }));
