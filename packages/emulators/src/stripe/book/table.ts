/** An object of the vendor's, as the API of the newest version shows it; lists inside it stand in their own tables. */
export interface StripeObject {
  readonly id: string;
  readonly object: string;
  /** Unix seconds. */
  readonly created: number;
  [field: string]: unknown;
}

/** One kind of object, in the order of its creation. */
export interface Table {
  readonly size: number;
  get(id: string): StripeObject | undefined;
  has(id: string): boolean;
  insert(object: StripeObject): void;
  /** It stays readable as a remainder, but stands in no list. */
  delete(id: string): void;
  isDeleted(id: string): boolean;
  /** As if it had never been. */
  remove(id: string): void;
  /** Oldest first, deleted ones among them. */
  readonly rows: readonly StripeObject[];
  /** Those whose field names `id`, oldest first. Undefined for a field that is not kept in an index. */
  by(field: string, id: string): readonly StripeObject[] | undefined;
  /** Where it stands in the order of creation. */
  place(object: StripeObject): Place;
}

/** Creation, then turn: objects of one second keep their order. */
export type Place = readonly [created: number, turn: number];

export const comparePlaces = (a: Place, b: Place): number => a[0] - b[0] || a[1] - b[1];

/** Fields by which other objects name their owner; they do not change. */
const INDEXED = ["customer", "subscription", "invoice", "charge", "payment_intent", "product"] as const;

export function createTable(): Table {
  const objects = new Map<string, StripeObject>();
  const turns = new Map<string, number>();
  const deleted = new Set<string>();
  const rows: StripeObject[] = [];
  const indexes = new Map<string, Map<string, StripeObject[]>>(INDEXED.map((field) => [field, new Map()]));
  let turn = 0;
  let sorted = true;

  /** Seeds come in the order of their owners, not of time: they are put in order when somebody looks. */
  const inOrder = (): StripeObject[] => {
    if (!sorted) rows.sort((a, b) => comparePlaces(place(a), place(b)));
    sorted = true;
    return rows;
  };

  const place = (object: StripeObject): Place => [object.created, turns.get(object.id) ?? 0];
  const insertSorted = (list: StripeObject[], object: StripeObject) => {
    const own = place(object);
    list.splice(
      firstAtOrAbove(list, (row) => comparePlaces(place(row), own)),
      0,
      object,
    );
  };
  const indexOf = (field: string, object: StripeObject): StripeObject[] | undefined => {
    const index = indexes.get(field);
    const owner = ownerOf(object, field);
    if (!index || owner === undefined) return undefined;
    const list = index.get(owner) ?? [];
    index.set(owner, list);
    return list;
  };
  const drop = (list: StripeObject[], object: StripeObject) => void list.splice(list.indexOf(object), 1);

  return {
    get size() {
      return objects.size - deleted.size;
    },
    get: (id) => objects.get(id),
    has: (id) => objects.has(id),
    insert(object) {
      if (objects.has(object.id)) throw new RangeError(`There is a ${object.object} ${object.id} already.`);
      objects.set(object.id, object);
      turns.set(object.id, ++turn);
      const last = rows.at(-1);
      if (last && comparePlaces(place(last), place(object)) > 0) sorted = false;
      rows.push(object);
      for (const field of INDEXED) {
        const list = indexOf(field, object);
        if (list) insertSorted(list, object);
      }
    },
    delete: (id) => void deleted.add(id),
    isDeleted: (id) => deleted.has(id),
    remove(id) {
      const object = objects.get(id);
      if (!object) return;
      drop(rows, object);
      for (const field of INDEXED) {
        const list = indexOf(field, object);
        if (list) drop(list, object);
      }
      objects.delete(id);
      deleted.delete(id);
    },
    get rows() {
      return inOrder();
    },
    by: (field, id) => {
      const index = indexes.get(field);
      return index && (index.get(id) ?? []);
    },
    place,
  };
}

/** The id by which an object names its owner. An invoice names its subscription deeper down. */
export function ownerOf(object: StripeObject, field: string): string | undefined {
  const parent = object.parent as
    | { subscription_details?: { subscription?: string } | null }
    | null
    | undefined;
  const owner =
    field === "subscription" && object.object === "invoice"
      ? parent?.subscription_details?.subscription
      : object[field];
  return typeof owner === "string" ? owner : undefined;
}

/** The first index whose row is not below, in rows that are sorted. */
export function firstAtOrAbove(
  rows: readonly StripeObject[],
  compare: (row: StripeObject) => number,
): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compare(rows[middle] as StripeObject) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
