import { defaultAssociation, inverseAssociation } from "./association-types.ts";
import type { ObjectType } from "./object-types.ts";
import type { StoredRecord } from "./record.ts";

/** Equal lists of types are one array: a portal has some hundred thousand links. */
const shared = new Map<string, readonly number[]>();

function share(types: readonly number[]): readonly number[] {
  const key = types.join();
  const known = shared.get(key);
  if (known) return known;
  shared.set(key, types);
  return types;
}

/**
 * Associates two records in both directions; without types by the unlabelled one. Moves no timestamp: that is what
 * the vendor does too. False when nothing changed.
 */
export function link(from: StoredRecord, to: StoredRecord, types?: readonly number[]): boolean {
  const unlabelled = defaultAssociation(from.type, to.type);
  if (unlabelled === undefined) throw new RangeError(`${from.type} and ${to.type} cannot be associated`);
  // A labelled association always comes with the unlabelled one.
  const forth = types ? [...new Set([unlabelled, ...types])] : [unlabelled];
  const back = forth.map((type) => inverseAssociation(from.type, to.type, type) ?? type);
  const changed = addEnd(from, to, forth);
  addEnd(to, from, back);
  return changed;
}

function addEnd(holder: StoredRecord, other: StoredRecord, types: readonly number[]): boolean {
  const existing = holder.links.find((l) => l.type === other.type && l.id === other.id);
  if (!existing) {
    holder.links.push({ type: other.type, id: other.id, types: share(types) });
    return true;
  }
  const merged = [...new Set([...existing.types, ...types])];
  if (merged.length === existing.types.length) return false;
  existing.types = share(merged);
  return true;
}

/** Takes the association away in both directions, all types. False when there was none. */
export function unlink(from: StoredRecord, to: StoredRecord): boolean {
  const before = from.links.length;
  removeEnd(from, to);
  removeEnd(to, from);
  return from.links.length < before;
}

function removeEnd(holder: StoredRecord, other: StoredRecord): void {
  const at = holder.links.findIndex((l) => l.type === other.type && l.id === other.id);
  if (at >= 0) holder.links.splice(at, 1);
}

/** The ends of one kind that are alive, in the order of their ids: the order that paging needs. */
export function liveLinks(
  record: StoredRecord,
  to: ObjectType,
  isLive: (type: ObjectType, id: string) => boolean,
) {
  return record.links
    .filter((l) => l.type === to && isLive(to, l.id))
    .sort((a, b) => Number(a.id) - Number(b.id));
}
