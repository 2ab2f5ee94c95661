import { createHalo, type HaloOptions, type IntegrationDefinition } from "@halo/core";
import { memoryStorage } from "@halo/core/memory";
import {
  connectByConsent,
  fakeClock,
  heldSchedule,
  loadLate,
  meetingsWorld,
  receivingFetch,
} from "@halo/core/testing";
import { type NewZoomMeeting, type ZoomEmulatorOptions, zoomEmulator } from "@halo/emulators/zoom";
import { type ZoomOptions, zoom } from "../src/index.ts";
import { parseVtt } from "../src/vtt/parse-vtt.ts";

export const orgId = "acme";
export const REDIRECT = "https://app.example.com/api/integrations/zoom/callback";
export const EVENTS = "https://app.example.com/api/integrations/zoom/webhook";
export const START = Date.UTC(2026, 8, 2, 9);

// The first transcript loads its parser. That takes real time, in which fake time would run through leases and deadlines: a
// recording was read twice, or not indexed, where the machine was busy.
await parseVtt("WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nAda: Hello.\n");
await loadLate();

export interface WorldOptions {
  readonly emulator?: Partial<ZoomEmulatorOptions>;
  readonly zoom?: Partial<ZoomOptions>;
  readonly halo?: Partial<HaloOptions>;
  /** A few meetings of no use to the test; none unless told. */
  readonly meetings?: number;
  /** Shown each request of Halo's. */
  readonly onRequest?: (request: Request) => void;
  /** Other integrations of the same Halo. */
  readonly beside?: readonly IntegrationDefinition[];
}

/** A Halo and a Zoom account, joined through the emulator's handler and signed deliveries. */
export async function zoomWorld({
  emulator: settings = {},
  zoom: given = {},
  halo: more = {},
  meetings = 0,
  beside = [],
  onRequest = () => {},
}: WorldOptions = {}) {
  const clock = fakeClock(START);
  const received: number[] = [];
  const emulator = zoomEmulator({
    seed: 7,
    clock,
    limits: "none",
    management: "admin",
    size: { users: 3, meetings, days: 60 },
    awkward: false,
    fetch: receivingFetch("zoom", () => halo, received),
    ...settings,
  });
  const { clientId, clientSecret, secretToken } = emulator;
  const definition = zoom({
    clientId,
    clientSecret,
    webhookSecretTokens: [secretToken],
    management: settings.management ?? "admin",
    registerWebhooks: false,
    ...given,
  });
  const { begin, integration } = heldSchedule(definition, clock);
  const options: HaloOptions = {
    storage: memoryStorage({ clock }),
    integrations: [integration, ...beside],
    publicUrl: "https://app.example.com",
    encryptionKey: crypto.getRandomValues(new Uint8Array(32)),
    clock,
    fetch: (input, init) => {
      const request = new Request(input, init);
      onRequest(request);
      return emulator.fetch(request);
    },
    ...more,
  };
  const halo = await createHalo(options);
  if (given.registerWebhooks !== true) emulator.webhooks.subscribe({ targetUrl: EVENTS });

  const joined = { clock, emulator, halo };
  return {
    ...joined,
    ...meetingsWorld(joined, { begin, integration: "zoom", orgId }),
    options,
    received,
    account: emulator.account,
    /** A meeting whose guests all signed in, so that Zoom knows their addresses; in the emulator only most of them did. */
    hold(meeting: NewZoomMeeting) {
      const held = emulator.hold(meeting);
      for (const guest of meeting.guests ?? [])
        for (const one of held.participants)
          if (one.name === guest.name) Object.assign(one, { email: guest.email ?? "" });
      return held;
    },
    connect: () => connectByConsent(joined, { orgId, integration: "zoom", redirectUri: REDIRECT }),
    /** An event of the test's own making, signed; to an address of its own where there is a path. */
    deliver(body: unknown, path = "", secret?: string) {
      const signed = emulator.webhooks.sign(JSON.stringify(body), secret === undefined ? {} : { secret });
      const receiving = halo.deliveries.receive({
        integration: "zoom",
        method: "POST",
        pathAndQuery: `/api/integrations/zoom/webhook${path ? `/${path}` : ""}`,
        headers: signed.headers,
        body: new TextEncoder().encode(signed.body),
        ...(path && { routeKey: path }),
      });
      return clock.run(receiving);
    },
  };
}

/** A Halo that has synced, so that what happens next comes by event alone. */
export async function listening(options: WorldOptions = {}) {
  const world = await zoomWorld(options);
  const connection = await world.connect();
  await world.work();
  return { world, connection };
}

export type ZoomWorld = Awaited<ReturnType<typeof zoomWorld>>;

/** A file as Zoom writes it. */
export function vtt(...lines: readonly (readonly [speaker: string, text: string])[]): string {
  const cues = lines.map(([speaker, text], at) => {
    const time = (second: number) =>
      `00:${String(Math.floor(second / 60)).padStart(2, "0")}:${String(second % 60).padStart(2, "0")}.000`;
    return `${at + 1}\r\n${time(at * 10)} --> ${time(at * 10 + 9)}\r\n${speaker}: ${text}\r\n`;
  });
  return `WEBVTT\r\n\r\n${cues.join("\r\n")}`;
}
