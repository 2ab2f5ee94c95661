import { createHash } from "node:crypto";
import type { Clock } from "./clock.ts";
import { distort, type PageShape, replacement, type VendorAnswers } from "./fault-effects.ts";
import { type AnswerEffect, type Fault, type Faults, isWireEffect } from "./faults.ts";
import { type Latency, sampleLatency } from "./latency.ts";
import type { Ledger, LedgerEntry } from "./ledger.ts";
import type { Random } from "./random.ts";
import { refusedOr } from "./refusal.ts";
import { emptyReply, type Reply } from "./reply.ts";
import type { Handled } from "./wire.ts";

/** What differs from vendor to vendor on a request's way. */
export interface VendorSide {
  /** Fills in what path and token tell, before anything is decided. */
  describe(entry: LedgerEntry, request: Request, url: URL): void;
  /** The vendor's work. A refusal that it throws is answered. */
  answer(request: Request, url: URL, text: string, entry: LedgerEntry): Reply;
  /** The cursor that the request carries. */
  cursorOf(url: URL, text: string): string | undefined;
  /** Where records and cursor stand in an answer that a fault changes. */
  readonly page: PageShape;
  readonly answers: VendorAnswers;
  /** Changes records behind the reader. */
  drift(entry: LedgerEntry, change: Drift): void;
  /** The key or token of a request; that of `Authorization: Bearer` unless told. */
  tokenOf?(request: Request): string | undefined;
  /** The answer is about to leave: what was held for this request ends. */
  leaving?(entry: LedgerEntry): void;
  /** A fault gives this answer, and the vendor keeps it under the request's idempotency key. */
  keep?(request: Request, url: URL, text: string, reply: Reply): void;
}

export interface Drift {
  readonly seed: number;
  readonly edits: number;
  readonly creations: number;
  readonly deletions: number;
}

export interface ExchangeSettings {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly faults: Faults;
  readonly latency: Latency;
  /** Draws response times. */
  readonly delays: Random;
  /** Draws what drifts. */
  readonly random: Random;
}

/** One request's way through an emulator: written down, struck by faults, answered, delayed. */
export function createExchange(
  { clock, delays, faults, latency, ledger, random }: ExchangeSettings,
  vendor: VendorSide,
): (request: Request) => Promise<Handled> {
  const withFaults = (
    struck: readonly Fault[],
    cursor: string | undefined,
    run: () => Reply,
    keep: (reply: Reply) => void,
  ): Reply => {
    const effects = struck
      .map((fault) => fault.effect)
      .filter((effect) => !isWireEffect(effect)) as AnswerEffect[];
    for (const effect of effects) {
      const instead = replacement(effect, vendor.answers, cursor !== undefined);
      if (!instead) continue;
      if (effect.type === "status" && effect.executed) run();
      if (effect.type === "status" && effect.kept) keep(instead);
      return instead;
    }
    return effects.reduce((reply, effect) => distort(effect, reply, cursor, vendor.page), run());
  };

  const drift = (struck: readonly Fault[], entry: LedgerEntry) => {
    for (const { effect } of struck) {
      if (effect.type !== "drift") continue;
      const { creations = 1, deletions = 1, edits = 5 } = effect;
      vendor.drift(entry, { seed: random.int(0, 1e9), edits, creations, deletions });
    }
  };

  return async (request) => {
    const url = new URL(request.url);
    const token = (vendor.tokenOf ?? bearerOf)(request);
    const entry = ledger.open({
      at: clock.now(),
      method: request.method,
      path: url.pathname,
      query: url.search,
      token: token ? createHash("sha256").update(token).digest("hex").slice(0, 12) : "",
    });
    vendor.describe(entry, request, url);
    const text = request.method === "GET" || request.method === "HEAD" ? "" : await request.text();
    const struck = faults.strike(entry);
    entry.faults = struck.map((fault) => fault.name ?? fault.effect.type);
    const wire = struck.map((fault) => fault.effect).find(isWireEffect);
    const swallowed = wire?.type === "blackHole" && wire.executed === false;
    try {
      const reply = swallowed
        ? emptyReply()
        : withFaults(
            struck,
            vendor.cursorOf(url, text),
            () => refusedOr(() => vendor.answer(request, url, text, entry)),
            (kept) => vendor.keep?.(request, url, text, kept),
          );
      reply.headers.date ??= new Date(clock.now()).toUTCString();
      const slower = struck.reduce((sum, { effect }) => sum + (effect.type === "latency" ? effect.ms : 0), 0);
      await clock.sleep(sampleLatency(latency, delays) + slower, request.signal);
      drift(struck, entry);
      entry.status = wire && (wire.type === "blackHole" || wire.type === "reset") ? 0 : reply.status;
      entry.endAt = clock.now();
      return { reply, wire };
    } finally {
      vendor.leaving?.(entry);
    }
  };
}

export const bearerOf = (request: Request): string | undefined =>
  /^Bearer\s+(.+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
