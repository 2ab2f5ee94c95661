import type { RequestHandler } from "msw";
import { type Clock, systemClock } from "./clock.ts";
import { createExchange, type ExchangeSettings, type VendorSide } from "./exchange.ts";
import { createFaults, type Faults } from "./faults.ts";
import type { Latency } from "./latency.ts";
import { createLedger, type Ledger } from "./ledger.ts";
import { mswHandlers } from "./msw-handlers.ts";
import { hashSeed, mixSeed, type Random, seededRandom } from "./random.ts";
import { type Handled, toResponse } from "./wire.ts";

/** What every vendor's emulator is. */
export interface VendorEmulator {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly faults: Faults;
  readonly latency: Latency;
  /** Answers a request to any host, by its path alone. */
  fetch(request: Request): Promise<Response>;
  /** As `fetch`, with what the socket should do to the answer. For servers. */
  handle(request: Request): Promise<Handled>;
  /** For msw's `getResponse` and `setupServer`: the vendor's hosts. */
  readonly handlers: readonly RequestHandler[];
  /** Answers under `/_emulator/`; `serve` opens it on request only. Undefined for a path it does not know. */
  control(request: Request): Promise<Response | undefined>;
  /** Stops webhooks and their retries. */
  close(): void;
}

/** What every vendor's emulator can be told at its making. */
export interface VendorEmulatorOptions {
  /** The machine's clock unless told. */
  readonly clock?: Clock;
  /** No delay unless told. */
  readonly latency?: Partial<Latency>;
  /** How webhooks leave; the global fetch unless told, looked up when it is needed. */
  readonly fetch?: typeof globalThis.fetch;
}

/** The newest date of a seeded record unless told, epoch ms; now where that is earlier. */
export const SEEDED_UNTIL = Date.UTC(2026, 8, 1);

/** What every emulator stands on. */
export interface Ground extends ExchangeSettings {
  /** 32 bits of the seed that was given. */
  readonly seed: number;
  /** Deliveries have random numbers of their own: requests do not change which of them are lost. */
  readonly deliveryRandom: Random;
}

/** `stream` keeps one vendor's random numbers apart from another's with the same seed. */
export function groundOf(
  options: VendorEmulatorOptions & { readonly seed?: number | string },
  stream: number,
): Ground {
  const seed = hashSeed(options.seed ?? 1);
  const random = seededRandom(mixSeed(seed, stream + 1));
  return {
    seed,
    random,
    delays: seededRandom(mixSeed(seed, stream + 2)),
    deliveryRandom: seededRandom(mixSeed(seed, stream + 3)),
    clock: options.clock ?? systemClock(),
    // Log-normal with the spread of measured services; no delay unless a median is given.
    latency: { medianMs: 0, sigma: 0.35, ...options.latency },
    ledger: createLedger(),
    faults: createFaults(random),
  };
}

/** What is the same in every emulator; the rest of `Emulator` is its vendor's own. */
type Shared = keyof VendorEmulator | "behaviour" | "consent" | "limits" | "webhooks";

export interface Making<Emulator extends Emulating> {
  readonly vendor: VendorSide;
  readonly origins: readonly string[];
  readonly oauth: { consent: Emulator["consent"] };
  readonly webhooks: Emulator["webhooks"];
  readonly behaviour: Emulator["behaviour"];
  readonly limits: { readonly values: Emulator["limits"] };
  readonly control: (emulator: Emulator, request: Request) => Promise<Response | undefined>;
  /** What else ends with it than its webhooks. */
  readonly closing?: () => void;
}

interface Emulating extends VendorEmulator {
  consent: unknown;
  readonly webhooks: { close(): void };
  readonly behaviour: unknown;
  readonly limits: unknown;
}

/** Makes of what is a vendor's own an emulator: it can be asked in every way, and ends as all do. */
export function emulatorOf<Emulator extends Emulating>(
  ground: Ground,
  { behaviour, closing, control, limits, oauth, origins, vendor, webhooks }: Making<Emulator>,
  own: Omit<Emulator, Shared>,
): Emulator {
  const { clock, faults, latency, ledger } = ground;
  const handle = createExchange(ground, vendor);
  const fetch = async (request: Request) => toResponse(await handle(request), clock, request.signal);
  const shared: Pick<Emulating, Shared> = {
    clock,
    ledger,
    faults,
    latency,
    webhooks,
    behaviour,
    limits: limits.values,
    get consent() {
      return oauth.consent;
    },
    set consent(consent) {
      oauth.consent = consent as Emulator["consent"];
    },
    handle,
    fetch,
    handlers: mswHandlers(origins, { fetch }),
    control: (request) => control(emulator, request),
    close() {
      webhooks.close();
      closing?.();
    },
  };
  // Not by spreading, which would read `consent`, and what a vendor computes, once and for all.
  const emulator = Object.defineProperties(
    own,
    Object.getOwnPropertyDescriptors(shared),
  ) as unknown as Emulator;
  return emulator;
}
