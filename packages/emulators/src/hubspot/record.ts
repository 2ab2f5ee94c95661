import { type ObjectType, TYPE_FACTS } from "./object-types.ts";

export type Fields = Readonly<Record<string, string>>;

/** One end of an association, as the record that holds it sees it. */
export interface Link {
  readonly type: ObjectType;
  readonly id: string;
  /** Every type between the two, such as [279, 1] for a primary company. */
  types: readonly number[];
}

/** What search knew of a record at some time; it learns of a change only after the lag. */
export interface IndexedVersion {
  readonly visibleAt: number;
  /** Undefined: the record was not there. */
  readonly state: { readonly fields: Fields; readonly updatedAt: number } | undefined;
}

export interface PropertyChange {
  readonly name: string;
  readonly before: string | undefined;
  readonly value: string;
  readonly at: number;
}

export interface StoredRecord {
  readonly type: ObjectType;
  readonly id: string;
  /** The id as a number, for order. */
  readonly key: number;
  readonly createdAt: number;
  updatedAt: number;
  archivedAt: number | undefined;
  /** Archived by a privacy request: its content is gone for good. */
  forgotten: boolean;
  mergedInto: string | undefined;
  /** Never changed in place, so that earlier versions stay as they were. */
  fields: Fields;
  /** Long texts of the seed, made when they are read: a portal of 67,000 records stays small. */
  readonly text: (() => Fields) | undefined;
  readonly links: Link[];
  versions: IndexedVersion[] | undefined;
  /** Changes of properties since the record was made, oldest first. */
  history?: PropertyChange[];
}

/** Names whose values are made by `text`; asking for others does not cost a body. */
export const TEXT_PROPERTIES = new Set([
  "hs_email_subject",
  "hs_email_text",
  "hs_email_html",
  "hs_email_headers",
  "hs_note_body",
  "hs_call_title",
  "hs_call_body",
  "hs_meeting_title",
  "hs_meeting_body",
  "hs_internal_meeting_notes",
  "hs_task_subject",
  "hs_task_body",
  "hs_body_preview",
]);

const iso = (epochMs: number) => new Date(epochMs).toISOString();

/** A reader of one record's properties that makes its texts at most once. */
export function propertyReader(
  record: StoredRecord,
  fields: Fields = record.fields,
  updatedAt: number = record.updatedAt,
): (name: string) => string | undefined {
  const { createdProperty, modifiedProperty } = TYPE_FACTS[record.type];
  let text: Fields | undefined;
  return (name) => {
    if (name === "hs_object_id") return record.id;
    if (name === createdProperty) return iso(record.createdAt);
    if (name === modifiedProperty) return iso(updatedAt);
    const own = fields[name];
    if (own !== undefined) return own === "" ? undefined : own;
    if (!record.text || !TEXT_PROPERTIES.has(name)) return undefined;
    text ??= record.text();
    return text[name] || undefined;
  };
}

/** Every property that has a value, texts included. */
export function allProperties(record: StoredRecord): Record<string, string> {
  const { createdProperty, modifiedProperty } = TYPE_FACTS[record.type];
  const all: Record<string, string> = {
    ...record.text?.(),
    ...record.fields,
    hs_object_id: record.id,
    [createdProperty]: iso(record.createdAt),
    [modifiedProperty]: iso(record.updatedAt),
  };
  for (const [name, value] of Object.entries(all)) if (value === "") delete all[name];
  return all;
}

/** A record in the vendor's envelope, without associations. */
export interface SimplePublicObject {
  id: string;
  properties: Record<string, string | null>;
  propertiesWithHistory?: Record<string, unknown>;
  createdAt: string;
  updatedAt: string;
  archived: boolean;
  archivedAt?: string;
  associations?: Record<string, unknown>;
}

/** The values that a property has had, newest first; the first one is as old as the record. */
export function propertyHistory(record: StoredRecord, name: string) {
  const changes = (record.history ?? []).filter((change) => change.name === name);
  const first = changes.length > 0 ? changes[0]?.before : record.fields[name];
  const values = [{ value: first ?? "", at: record.createdAt }, ...changes];
  return values
    .filter(({ value }, i) => i > 0 || value !== "")
    .map(({ value, at }) => ({ value, timestamp: iso(at), sourceType: "API" }))
    .reverse();
}

/**
 * Writes the envelope. Known names without a value come as null, unknown ones are left out
 * (vendors/hubspot.md §2).
 */
export function present(
  record: StoredRecord,
  requested: readonly string[],
  isKnown: (name: string) => boolean,
  fields?: Fields,
  updatedAt?: number,
): SimplePublicObject {
  const read = propertyReader(record, fields, updatedAt);
  const { createdProperty, modifiedProperty, defaultProperties } = TYPE_FACTS[record.type];
  const properties: Record<string, string | null> = {};
  const names =
    requested.length > 0
      ? [...requested, "hs_object_id", createdProperty, modifiedProperty]
      : defaultProperties;
  for (const name of names) {
    if (name in properties) continue;
    const value = read(name);
    if (value !== undefined) properties[name] = value;
    else if (isKnown(name)) properties[name] = null;
  }
  return {
    id: record.id,
    properties,
    createdAt: iso(record.createdAt),
    updatedAt: iso(updatedAt ?? record.updatedAt),
    archived: record.archivedAt !== undefined,
    ...(record.archivedAt !== undefined && { archivedAt: iso(record.archivedAt) }),
  };
}
