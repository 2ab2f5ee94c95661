import * as z from "zod";

/** Associations as the list endpoint sends them inside a record: ids, one entry for each label, 100 at most. */
const InlineAssociations = z.record(
  z.string(),
  z.object({ results: z.array(z.object({ id: z.union([z.string(), z.number()]) })) }),
);

/** The envelope of every CRM record. Every property value is a string, numbers and booleans too. */
export const CrmObject = z.object({
  id: z.string().min(1),
  properties: z.record(z.string(), z.string().nullable()),
  createdAt: z.iso.datetime({ offset: true }),
  updatedAt: z.iso.datetime({ offset: true }),
  archived: z.boolean().nullish(),
  url: z.string().nullish(),
  associations: InlineAssociations.nullish(),
});

export type CrmObject = z.infer<typeof CrmObject>;

/** A page of the list endpoint; the records are checked one by one later, so that one odd record costs only itself. */
export const ObjectPage = z.object({
  results: z.array(z.unknown()),
  paging: z.object({ next: z.object({ after: z.string().min(1) }).nullish() }).nullish(),
});

/** A page of search; `after` is an offset here, and not used: see `search-window.ts`. */
export const SearchPage = z.object({
  total: z.number(),
  results: z.array(z.unknown()),
  paging: z.object({ next: z.object({ after: z.string() }).nullish() }).nullish(),
});

export type RawObject = { readonly [field: string]: unknown };

export function isRawObject(value: unknown): value is RawObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The id of a record that has not been checked yet; undefined for an odd one, which is left to the quarantine. */
export function idOf(raw: unknown): string | undefined {
  return isRawObject(raw) && typeof raw.id === "string" && /^\d{1,18}$/.test(raw.id) ? raw.id : undefined;
}

/** Below, at or above, as numbers: an id may have more digits than a double holds. */
export function compareIds(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The smallest id after this one. */
export function following(id: string): string {
  return String(BigInt(id) + 1n);
}

/** The greatest id before this one; "0" before what is no id. */
export function preceding(id: string): string {
  return /^\d{1,18}$/.test(id) && id !== "0" ? String(BigInt(id) - 1n) : "0";
}

/** The associated ids of one kind: each once, in order, so that equal sets look equal. */
export function associatedIds(record: Pick<CrmObject, "associations">, type: string): readonly string[] {
  const entry = record.associations?.[type];
  return entry ? sortedIds(entry.results.map((result) => String(result.id))) : [];
}

export function sortedIds(ids: Iterable<string>): string[] {
  return [...new Set(ids)].sort(compareIds);
}
