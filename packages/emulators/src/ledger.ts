/** One request as the vendor saw it. Holds no header, no body and no token, only a hash that tells tokens apart. */
export interface LedgerEntry {
  /** 1 for the first request. */
  readonly n: number;
  /** Arrival by the emulator's clock, epoch ms. */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  /** First 12 hex digits of the SHA-256 of the bearer token; empty without one. */
  readonly token: string;
  /** What was asked for, in the vendor's own division: `list`, `search`, `token`, … */
  kind: string;
  /** The kind of record, where there is one. */
  objectType: string;
  /** Which one it was about, such as a channel's id, where the path does not say it. */
  subject: string;
  /** Which account answered; 0 before it is known. */
  account: number;
  /** 0 while the request runs, or when no answer was ever given. */
  status: number;
  /** When the answer was ready, epoch ms; 0 while the request runs. */
  endAt: number;
  /** Names of the faults that hit it. */
  faults: string[];
  /** Whether the vendor's state was read or changed, also when the answer never arrived. */
  executed: boolean;
  /** The record that it made or changed, also when the answer never arrived. */
  effect?: LedgerEffect;
}

export interface LedgerEffect {
  readonly operation: "create" | "update" | "delete";
  readonly id: string;
  /** The request's idempotency key, or the last word of the record's long text, where clients put marks of their own. */
  readonly mark: string;
}

/** Fields that must be equal, or a function. */
export type LedgerFilter =
  | Partial<Omit<LedgerEntry, "faults" | "effect">>
  | ((entry: LedgerEntry) => boolean);

export interface Ledger {
  readonly requests: readonly LedgerEntry[];
  count(filter?: LedgerFilter): number;
  find(filter?: LedgerFilter): LedgerEntry[];
  /** Most requests that arrived within any `windowMs`. */
  peak(windowMs: number, filter?: LedgerFilter): number;
  clear(): void;
  open(entry: Pick<LedgerEntry, "at" | "method" | "path" | "query" | "token">): LedgerEntry;
}

export function createLedger(): Ledger {
  let requests: LedgerEntry[] = [];
  let n = 0;
  const find = (filter?: LedgerFilter) => (filter ? requests.filter(matcher(filter)) : [...requests]);
  return {
    get requests() {
      return requests;
    },
    count: (filter) => find(filter).length,
    find,
    peak(windowMs, filter) {
      const times = find(filter).map((entry) => entry.at);
      let first = 0;
      let most = 0;
      times.forEach((time, last) => {
        while ((times[first] ?? time) <= time - windowMs) first++;
        most = Math.max(most, last - first + 1);
      });
      return most;
    },
    clear() {
      requests = [];
    },
    open(begin) {
      const entry: LedgerEntry = {
        n: ++n,
        ...begin,
        kind: "unknown",
        objectType: "",
        subject: "",
        account: 0,
        status: 0,
        endAt: 0,
        faults: [],
        executed: false,
      };
      requests.push(entry);
      return entry;
    },
  };
}

function matcher(filter: LedgerFilter): (entry: LedgerEntry) => boolean {
  if (typeof filter === "function") return filter;
  const wanted = Object.entries(filter);
  return (entry) => wanted.every(([name, value]) => entry[name as keyof LedgerEntry] === value);
}
