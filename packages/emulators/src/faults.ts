import type { Random } from "./random.ts";

/** Which requests a fault hits. All named conditions must hold; an empty match hits every request. */
export interface FaultMatch {
  /** Kind of the request in the ledger: `list`, `search`, `token`, … */
  kind?: string | readonly string[];
  method?: string;
  /** Beginning of the path, or an expression over the whole path. */
  path?: string | RegExp;
  objectType?: string;
  account?: number;
  /** Only the nth request that meets the other conditions, from 1; a list for several. */
  nth?: number | readonly number[];
  /** Chance from 0 to 1, drawn from the emulator's seed. */
  probability?: number;
}

/** What goes wrong above the socket. */
export type AnswerEffect =
  /** Answers so instead. `executed: true` lets the vendor do the work first: done, yet told otherwise. */
  | {
      type: "status";
      status: number;
      body?: unknown;
      headers?: Record<string, string>;
      /** Seconds as a number, or an HTTP date given as text. */
      retryAfter?: number | string;
      executed?: boolean;
      /** The vendor keeps this answer under the request's idempotency key, where it has such keys. */
      kept?: boolean;
    }
  /** A page of a proxy with status 200 where JSON is expected. */
  | { type: "html"; body?: string }
  /** The body ends in the middle of the JSON, with a content-length that fits. */
  | { type: "truncate"; atByte?: number }
  /** One record of the page is not what the model says. */
  | { type: "malformedRecord"; how?: MalformedRecord; index?: number }
  /** `paging.next.after` is the cursor that was asked for (or the first page's own). */
  | { type: "repeatCursor" }
  /** A request with `after` is refused as unknown. */
  | { type: "expireCursor" }
  /** The first `count` records of the page come twice. */
  | { type: "duplicateRecords"; count?: number }
  /** Records change, vanish or appear behind the reader, after the answer was made. */
  | { type: "drift"; edits?: number; creations?: number; deletions?: number }
  /** 401 as for a token that has expired. */
  | { type: "expiredToken" }
  /** The token endpoint says that the grant is dead. */
  | { type: "invalidGrant" }
  /** The answer takes this much longer by the emulator's clock. */
  | { type: "latency"; ms: number }
  /** A valid page padded to so many bytes (50 MB by default). */
  | { type: "hugePage"; bytes?: number }
  /** A small gzip body that unpacks to so many bytes (256 MB by default). */
  | { type: "gzipBomb"; bytes?: number }
  /** Any change of the answer; only in-process. */
  | { type: "transform"; apply: (body: unknown) => unknown };

/** What goes wrong on the socket, after the vendor did its work. Real under `/serve`, imitated in-process. */
export type WireEffect =
  /** The connection is reset after so many bytes of body (half of it by default; 0 = before the headers). */
  | { type: "reset"; afterBytes?: number }
  /** `bytes` at a time, every `everyMs`. */
  | { type: "trickle"; bytes?: number; everyMs?: number }
  /** content-length differs from the truth by so many bytes. */
  | { type: "lieAboutLength"; by: number }
  /** No answer, no end. `executed: false` swallows the request before the vendor sees it. */
  | { type: "blackHole"; executed?: boolean };

export type FaultEffect = AnswerEffect | WireEffect;

export type MalformedRecord =
  | "no-id"
  | "id-number"
  | "properties-null"
  | "wrong-types"
  | "not-an-object"
  | "bad-date";

export interface Fault {
  name?: string;
  match?: FaultMatch;
  /** How often it strikes; for ever unless told. */
  times?: number;
  effect: FaultEffect;
}

/** What a fault is matched against. */
export interface FaultSubject {
  kind: string;
  method: string;
  path: string;
  objectType: string;
  account: number;
}

export interface Faults {
  /** Returns a function that takes the fault away again. */
  add(fault: Fault): () => void;
  clear(): void;
  readonly active: readonly Fault[];
  /** The faults that strike this request, counted as struck. */
  strike(subject: FaultSubject): Fault[];
}

interface Armed {
  fault: Fault;
  seen: number;
  left: number;
}

export function createFaults(random: Random): Faults {
  let armed: Armed[] = [];
  return {
    add(fault) {
      const entry: Armed = { fault, seen: 0, left: fault.times ?? Number.POSITIVE_INFINITY };
      armed.push(entry);
      return () => {
        armed = armed.filter((other) => other !== entry);
      };
    },
    clear() {
      armed = [];
    },
    get active() {
      return armed.map((entry) => entry.fault);
    },
    strike(subject) {
      const struck: Fault[] = [];
      for (const entry of armed) {
        const match = entry.fault.match ?? {};
        if (entry.left <= 0 || !concerns(match, subject)) continue;
        entry.seen++;
        if (match.nth !== undefined && !list(match.nth).includes(entry.seen)) continue;
        if (match.probability !== undefined && !random.chance(match.probability)) continue;
        entry.left--;
        struck.push(entry.fault);
      }
      armed = armed.filter((entry) => entry.left > 0);
      return struck;
    },
  };
}

const list = <T>(value: T | readonly T[]): readonly T[] => (Array.isArray(value) ? value : [value as T]);

function concerns(match: FaultMatch, subject: FaultSubject): boolean {
  if (match.kind !== undefined && !list(match.kind).includes(subject.kind)) return false;
  if (match.method !== undefined && match.method !== subject.method) return false;
  if (match.objectType !== undefined && match.objectType !== subject.objectType) return false;
  if (match.account !== undefined && match.account !== subject.account) return false;
  if (match.path === undefined) return true;
  return typeof match.path === "string" ? subject.path.startsWith(match.path) : match.path.test(subject.path);
}

const WIRE = new Set<string>(["reset", "trickle", "lieAboutLength", "blackHole"]);

export const isWireEffect = (effect: FaultEffect): effect is WireEffect => WIRE.has(effect.type);
