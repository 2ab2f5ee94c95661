import type { ObjectType } from "./object-types.ts";
import type { StoredRecord } from "./record.ts";

/** All records of one kind, live and archived, in the order of their ids. */
export interface Collection {
  readonly type: ObjectType;
  readonly records: readonly StoredRecord[];
  /** Grows with every change: what was derived from an older one is stale. */
  revision: number;
  /** Until when search may still know an older version of some record. */
  unsettledUntil: number;
  get(id: string): StoredRecord | undefined;
  add(record: StoredRecord): void;
  /** Up to `limit` records from `fromKey` on that `include` admits, and the record after them. */
  page(
    fromKey: number,
    limit: number,
    include: (record: StoredRecord) => boolean,
  ): { results: StoredRecord[]; next: StoredRecord | undefined };
  /** An id larger than any given so far. */
  nextKey(): number;
  /** Records by the time of their last change, then by id. */
  byModified(): readonly StoredRecord[];
}

export function createCollection(type: ObjectType, firstKey: number): Collection {
  const byId = new Map<string, StoredRecord>();
  const records: StoredRecord[] = [];
  let sorted: { revision: number; records: StoredRecord[] } | undefined;

  const firstAtOrAfter = (key: number) => {
    let low = 0;
    let high = records.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((records[middle]?.key ?? 0) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  return {
    type,
    records,
    revision: 0,
    unsettledUntil: 0,
    get: (id) => byId.get(id),
    add(record) {
      const last = records.at(-1);
      if (last && last.key >= record.key) throw new RangeError(`${type}: ids must grow`);
      records.push(record);
      byId.set(record.id, record);
      this.revision++;
    },
    page(fromKey, limit, include) {
      const results: StoredRecord[] = [];
      for (let i = firstAtOrAfter(fromKey); i < records.length; i++) {
        const record = records[i];
        if (!record || !include(record)) continue;
        if (results.length === limit) return { results, next: record };
        results.push(record);
      }
      return { results, next: undefined };
    },
    nextKey: () => (records.at(-1)?.key ?? firstKey) + 1,
    byModified() {
      if (sorted?.revision !== this.revision) {
        sorted = {
          revision: this.revision,
          records: [...records].sort((a, b) => a.updatedAt - b.updatedAt || a.key - b.key),
        };
      }
      return sorted.records;
    },
  };
}
