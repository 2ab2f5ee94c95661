import { VendorError, type VendorHttp } from "@halo/core";
import * as z from "zod";
import type { Paths } from "../paths.ts";
import { associatedIds, type CrmObject, idOf, isRawObject, type RawObject, sortedIds } from "./crm-object.ts";
import { OBJECT_TYPES, type ObjectType } from "./object-type.ts";
import { unlessForbidden } from "./unless-forbidden.ts";

/** Inputs of one call: "Associate records" in HubSpot's developer documentation, read 2026-11-21. */
const BATCH = 1_000;

/** The model says string, the documented sample shows a number. */
const Id = z.union([z.string(), z.number()]).transform(String);

const BatchAnswer = z.object({
  results: z.array(
    z.object({
      from: z.object({ id: Id }),
      to: z.array(z.object({ toObjectId: Id })),
      paging: z.object({ next: z.object({ after: z.string() }).nullish() }).nullish(),
    }),
  ),
  errors: z.array(z.object({ category: z.string().nullish(), subCategory: z.string().nullish() })).nullish(),
});

export interface Caller {
  readonly http: VendorHttp;
  readonly signal: AbortSignal;
  readonly paths: Paths;
}

/**
 * What the records of one kind are associated with, by id; a record without any has an empty list. Needs the scopes of
 * both kinds: what the connection may not read counts as none.
 */
export async function readAssociations(
  { http, signal, paths }: Caller,
  from: ObjectType,
  to: ObjectType,
  ids: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, string[]>(ids.map((id) => [id, []]));
  let inputs: { id: string; after?: string }[] = [...found.keys()].map((id) => ({ id }));
  while (inputs.length > 0) {
    const batch = inputs.slice(0, BATCH);
    const answer = await unlessForbidden(() =>
      http.post(paths.associations(from, to), {
        json: { inputs: batch },
        schema: BatchAnswer,
        repeatable: true,
        signal,
      }),
    );
    if (answer === undefined) break;
    requireOnlyAbsences(answer.errors ?? []);
    const asked = new Map(batch.map(({ id, after }) => [id, after]));
    const rest: { id: string; after: string }[] = [];
    for (const { from: source, to: targets, paging } of answer.results) {
      found.get(source.id)?.push(...targets.map((target) => target.toObjectId));
      const after = paging?.next?.after;
      if (after === undefined) continue;
      if (after === asked.get(source.id)) throw repeatedCursor();
      rest.push({ id: source.id, after });
    }
    inputs = [...rest, ...inputs.slice(BATCH)];
  }
  return new Map([...found].map(([id, targets]) => [id, sortedIds(targets)]));
}

/** The same records with their associations, in the shape that the list endpoint sends. */
export async function withAssociations(
  caller: Caller,
  type: ObjectType,
  records: readonly unknown[],
): Promise<readonly unknown[]> {
  const ids = records.map(idOf).filter((id) => id !== undefined);
  if (ids.length === 0) return records;
  let filled = records;
  for (const to of OBJECT_TYPES[type].associations) {
    const found = await readAssociations(caller, type, to, ids);
    filled = filled.map((record) => put(record, to, found));
  }
  return filled;
}

/** Reads on where a listed record has more associations than the list sends with it. */
export async function completeAssociations(
  caller: Caller,
  type: ObjectType,
  records: readonly unknown[],
): Promise<readonly unknown[]> {
  let filled = records;
  for (const to of OBJECT_TYPES[type].associations) {
    const cut = filled.filter((record) => isCut(record, to)).map(idOf);
    const ids = cut.filter((id) => id !== undefined);
    if (ids.length === 0) continue;
    const found = await readAssociations(caller, type, to, ids);
    filled = filled.map((record) => put(record, to, found));
  }
  return filled;
}

/** Equal for equal sets of associations, whatever their order and labels. */
export function associationFingerprint(
  type: ObjectType,
  idsOf: (to: ObjectType) => readonly string[],
): string {
  return OBJECT_TYPES[type].associations.map((to) => `${to}=${idsOf(to).join(",")}`).join(";");
}

export function recordFingerprint(type: ObjectType, record: CrmObject): string {
  return associationFingerprint(type, (to) => associatedIds(record, to));
}

/** The fingerprints that HubSpot has now. */
export async function readFingerprints(
  caller: Caller,
  type: ObjectType,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const kinds = OBJECT_TYPES[type].associations;
  const maps = await Promise.all(
    kinds.map(async (to) => [to, await readAssociations(caller, type, to, ids)] as const),
  );
  const byKind = new Map(maps);
  return new Map(ids.map((id) => [id, associationFingerprint(type, (to) => byKind.get(to)?.get(id) ?? [])]));
}

function put(record: unknown, to: string, found: ReadonlyMap<string, readonly string[]>): unknown {
  const ids = found.get(idOf(record) ?? "");
  if (!ids || !isRawObject(record)) return record;
  const others: RawObject = isRawObject(record.associations) ? record.associations : {};
  const { [to]: _replaced, ...kept } = others;
  const associations = ids.length === 0 ? kept : { ...kept, [to]: { results: ids.map((id) => ({ id })) } };
  return { ...record, associations };
}

function isCut(record: unknown, to: string): boolean {
  if (!isRawObject(record) || !isRawObject(record.associations)) return false;
  const entry = record.associations[to];
  return isRawObject(entry) && isRawObject(entry.paging) && isRawObject(entry.paging.next);
}

// Records without associations may be left out or come as errors; anything else that failed must not pass for "none".
function requireOnlyAbsences(
  errors: readonly { category?: string | null | undefined; subCategory?: string | null | undefined }[],
): void {
  for (const { category, subCategory } of errors) {
    const absent = /NOT_FOUND|NO_ASSOCIATIONS/.test(`${category} ${subCategory}`);
    if (!absent) {
      throw new VendorError("HubSpot could not read some associations; the page is read again later.", {
        retryable: true,
        reason: category ?? undefined,
      });
    }
  }
}

/** The vendor sent the same cursor again: reading on would never end. */
export function repeatedCursor(): VendorError {
  return new VendorError("HubSpot repeated a page's cursor; the page is asked for again later.", {
    code: "vendor_response_invalid",
    reason: "cursor_repeated",
    retryable: true,
  });
}
