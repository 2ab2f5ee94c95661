import { associationTypes } from "../association-types.ts";
import type { Call } from "../call.ts";
import { liveLinks } from "../links.ts";
import { type ObjectType, TYPE_FACTS } from "../object-types.ts";
import type { StoredRecord } from "../record.ts";

/** How many associations of one kind a listed record carries before it pages (PERFORMANCE §8; a guess there too). */
export const INLINE_ASSOCIATIONS = 100;

/**
 * The `associations` of a listed record: ids and the name of each type, one entry for each type. A record with more
 * than a page of them says where to go on.
 */
export function inlineAssociations(
  call: Call,
  record: StoredRecord,
  kinds: readonly ObjectType[],
): Record<string, unknown> | undefined {
  let associations: Record<string, unknown> | undefined;
  for (const kind of kinds) {
    const ends = liveLinks(record, kind, (type, id) => isListed(call, type, id));
    if (ends.length === 0) continue;
    const page = ends.slice(0, INLINE_ASSOCIATIONS);
    const next = ends[INLINE_ASSOCIATIONS];
    associations ??= {};
    associations[kind] = {
      results: page.flatMap((end) =>
        end.types.map((typeId) => ({ id: end.id, type: typeName(record.type, kind, typeId) })),
      ),
      ...(next && { paging: { next: { after: next.id, link: moreLink(call, record, kind, next.id) } } }),
    };
  }
  return associations;
}

export function isListed(call: Pick<Call, "portal">, type: ObjectType, id: string): boolean {
  const record = call.portal.objects[type].get(id);
  return record !== undefined && record.archivedAt === undefined && record.mergedInto === undefined;
}

// guess: a company's primary link reads `contact_to_company`, the plain one has `_unlabeled` behind it.
function typeName(from: ObjectType, to: ObjectType, typeId: number): string {
  const name = `${TYPE_FACTS[from].singular}_to_${TYPE_FACTS[to].singular}`;
  const types = associationTypes(from, to);
  return types.length > 1 && types[0]?.typeId === typeId ? `${name}_unlabeled` : name;
}

// guess: the address of the rest.
function moreLink(call: Call, record: StoredRecord, kind: ObjectType, after: string): string {
  const base = call.url.origin + call.url.pathname.replace(new RegExp(`/${record.id}$`), "");
  return `${base}/${record.id}/associations/${kind}?after=${after}`;
}
