import type { Random } from "../../random.ts";
import type { ObjectType } from "../object-types.ts";
import type { Portal } from "../portal.ts";
import type { Fields, StoredRecord } from "../record.ts";
import type { Identities } from "./identity.ts";
import type { PlantedFact } from "./planted.ts";

export const DAY = 86_400_000;

/** What the makers of each kind share while a portal is filled. */
export interface Seeding {
  readonly portal: Portal;
  readonly seed: number;
  readonly until: number;
  readonly identities: Identities;
  readonly live: Record<"companies" | "contacts" | "deals", StoredRecord[]>;
  readonly planted: PlantedFact[];
}

export const KIND: Readonly<Record<ObjectType | "submissions", number>> = {
  companies: 11,
  contacts: 12,
  deals: 13,
  emails: 14,
  notes: 15,
  calls: 16,
  meetings: 17,
  tasks: 18,
  submissions: 19,
};

/**
 * Calls `make` for `count` live records and about one archived record in a hundred between them. The ordinal of an
 * archived one continues after the live ones.
 */
export function interleave(count: number, make: (ordinal: number, archived: boolean) => void): void {
  const extras = count === 0 ? 0 : Math.max(2, Math.round(count / 100));
  const step = Math.max(1, Math.floor(count / extras));
  let extra = 0;
  for (let i = 0; i < count; i++) {
    make(i, false);
    if (i % step === step - 1 && extra < extras) make(count + extra++, true);
  }
}

export function addRecord(
  { portal, until }: Seeding,
  type: ObjectType,
  random: Random,
  times: { createdAt: number; updatedAt: number },
  fields: Fields,
  archived: boolean,
  text?: () => Fields,
): StoredRecord {
  const collection = portal.objects[type];
  const key = collection.nextKey() + random.int(0, 6);
  const record: StoredRecord = {
    type,
    id: String(key),
    key,
    createdAt: times.createdAt,
    updatedAt: times.updatedAt,
    archivedAt: archived ? until - random.int(1, 60) * DAY : undefined,
    forgotten: false,
    mergedInto: undefined,
    fields,
    text,
    links: [],
    versions: undefined,
  };
  collection.add(record);
  return record;
}

/** When a record was made and last changed; most changes follow soon. */
export function times(random: Random, until: number, days = 730): { createdAt: number; updatedAt: number } {
  const createdAt = until - random.int(3_600_000, days * DAY);
  return { createdAt, updatedAt: createdAt + Math.floor(random.next() ** 3 * (until - createdAt)) };
}

export const iso = (epochMs: number) => new Date(epochMs).toISOString();
