import type { Clock } from "../ports/clock.ts";
import { systemClock } from "../ports/clock.ts";
import { silentLogger } from "../ports/logger.ts";
import type { MirrorTable, Storage, StorageSetup } from "../ports/storage.ts";

/** A storage to be tested, empty, and open. */
export interface OpenedStorage {
  readonly storage: Storage;
  close(): Promise<void>;
  /** The store's own clock, where it is not the system's. */
  readonly clock?: Clock;
  /** Moves that clock. Absent: the suite waits, for 200 ms at most at a time. */
  advance?(ms: number): Promise<void> | void;
}

/** Opens a new, empty storage with what the suite needs of it. */
export type OpenStorage = (setup: StorageSetup) => Promise<OpenedStorage>;

/** One promise of a port, as a sentence that is true and a program that rejects where it is not. */
export interface StoragePromise {
  /** Begins with the ids of the threats and faults that it answers, if any. */
  readonly title: string;
  /** True: needs a storage in which nothing has happened yet. */
  readonly fresh?: boolean;
  run(test: StorageTest): Promise<void>;
}

export interface StorageTest {
  readonly storage: Storage;
  /** By the store's clock, epoch ms. */
  now(): number;
  wait(ms: number): Promise<void>;
}

/** A stream with a column of each type, one of companies, and one of texts that become documents. */
export const contractMirrors: readonly MirrorTable[] = [
  {
    table: "acme_people",
    integration: "acme",
    stream: "people",
    columns: {
      name: "text",
      active: "boolean",
      visits: "bigint",
      balance: "numeric",
      joined_at: "timestamptz",
      born_on: "date",
      tags: "jsonb",
    },
  },
  { table: "acme_companies", integration: "acme", stream: "companies", columns: { name: "text" } },
  { table: "acme_notes", integration: "acme", stream: "notes", columns: { subject: "text" } },
  {
    table: "acme_deals",
    integration: "acme",
    stream: "deals",
    columns: { kind: "text", stage: "text", amount: "numeric", won: "boolean", closes_at: "timestamptz" },
    counts: [
      {
        as: "deal",
        when: { column: "kind", is: "deal" },
        columns: { stage: "stage", amount: "amount", won: "won", at: "closes_at" },
      },
      {
        as: "meeting",
        when: { column: "kind", is: "meeting" },
        columns: { title: "stage", at: "closes_at" },
      },
    ],
  },
];

export const contractSetup: StorageSetup = {
  mirrors: contractMirrors,
  space: { id: "contract-3", dimensions: 3 },
  logger: silentLogger,
  clock: systemClock,
  strictRole: false,
};

export function storageTest({ storage, clock = systemClock, advance }: OpenedStorage): StorageTest {
  return {
    storage,
    now: () => clock.now(),
    wait: async (ms) => {
      if (advance !== undefined) await advance(ms);
      else await new Promise((resolve) => setTimeout(resolve, ms));
    },
  };
}
