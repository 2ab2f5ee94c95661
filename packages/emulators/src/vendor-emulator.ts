import type { RequestHandler } from "msw";
import { type Clock, systemClock } from "./clock.ts";
import type { ExchangeSettings } from "./exchange.ts";
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

/** The ways in which an emulator can be asked, all of which end in `handle`. */
export function frontOf(
  handle: VendorEmulator["handle"],
  clock: Clock,
  origins: readonly string[],
): Pick<VendorEmulator, "handle" | "fetch" | "handlers"> {
  const fetch = async (request: Request) => toResponse(await handle(request), clock, request.signal);
  return { handle, fetch, handlers: mswHandlers(origins, { fetch }) };
}
