import { mixSeed, seededRandom } from "../random.ts";
import { primaryAssociation } from "./association-types.ts";
import type { PortalChange } from "./changes.ts";
import { link, unlink } from "./links.ts";
import { type Mutation, type MutationReport, mutate } from "./mutate.ts";
import { OBJECT_TYPES, type ObjectType, TYPE_FACTS } from "./object-types.ts";
import type { Portal, Submission } from "./portal.ts";
import type { Fields, IndexedVersion, StoredRecord } from "./record.ts";

/** Who makes a change; it stands in webhooks as `changeSource`. */
export interface ChangeOptions {
  source?: PortalChange["source"];
}

export interface NewAssociation {
  to: { type: ObjectType; id: string };
  /** The unlabelled one unless told. */
  types?: readonly number[];
}

/** What people do in an account, for tests and demonstrations. Every change moves `updatedAt` as the vendor would. */
export interface PortalApi {
  readonly portal: Portal;
  create(
    type: ObjectType,
    properties: Readonly<Record<string, string>>,
    associations?: readonly NewAssociation[],
    options?: ChangeOptions,
  ): StoredRecord;
  update(
    type: ObjectType,
    id: string,
    properties: Readonly<Record<string, string>>,
    options?: ChangeOptions,
  ): StoredRecord;
  archive(type: ObjectType, id: string, options?: ChangeOptions): void;
  restore(type: ObjectType, id: string, options?: ChangeOptions): void;
  /** The primary keeps its id; the other one answers under it from then on. */
  merge(type: ObjectType, primaryId: string, mergedId: string, options?: ChangeOptions): StoredRecord;
  /** Removes a contact and its content for good, as a privacy request does. */
  gdprDelete(contactId: string): void;
  /** Moves no timestamp. */
  associate(
    from: { type: ObjectType; id: string },
    to: { type: ObjectType; id: string },
    types?: readonly number[],
  ): void;
  /** Moves no timestamp. */
  dissociate(from: { type: ObjectType; id: string }, to: { type: ObjectType; id: string }): void;
  submitForm(formId: string, values: Readonly<Record<string, string>>): Submission;
  /** Many random changes at once, the same for the same seed and portal. */
  mutate(mutation: Mutation): MutationReport;
  /** The live record, following a merge; undefined when there is none. */
  find(type: ObjectType, id: string): StoredRecord | undefined;
}

export function createPortalApi(portal: Portal, onChange: (change: PortalChange) => void): PortalApi {
  const now = () => portal.clock.now();
  const isLive = (record: StoredRecord | undefined): record is StoredRecord =>
    record !== undefined && record.archivedAt === undefined && record.mergedInto === undefined;

  const get = (type: ObjectType, id: string): StoredRecord => {
    const record = portal.objects[type].get(id);
    if (!record) throw new RangeError(`No ${TYPE_FACTS[type].singular} ${id} in portal ${portal.id}.`);
    return record;
  };

  /** Keeps what search still shows, then lets the change happen. */
  const change = (record: StoredRecord, apply: () => void) => {
    const collection = portal.objects[record.type];
    if (portal.searchLagMs > 0) {
      const visibleAt = now() + portal.searchLagMs;
      const before = record.versions ?? [{ visibleAt: 0, state: versionOf(record) }];
      apply();
      record.versions = [...before, { visibleAt, state: versionOf(record) }];
      collection.unsettledUntil = Math.max(collection.unsettledUntil, visibleAt);
    } else apply();
    collection.revision++;
  };

  /** Keeps what `propertiesWithHistory` shows. */
  const remember = (record: StoredRecord, properties: Readonly<Record<string, string>>) => {
    record.history ??= [];
    for (const [name, value] of Object.entries(properties)) {
      record.history.push({ name, before: record.fields[name], value, at: now() });
    }
  };

  const versionOf = (record: StoredRecord): IndexedVersion["state"] =>
    isLive(record) ? { fields: record.fields, updatedAt: record.updatedAt } : undefined;

  const emit = (record: StoredRecord, kind: PortalChange["kind"], more: Partial<PortalChange> = {}) =>
    onChange({
      kind,
      portalId: portal.id,
      type: record.type,
      objectId: record.id,
      at: now(),
      source: "CRM_UI",
      ...more,
    });

  const from = (options?: ChangeOptions) => ({ source: options?.source ?? "CRM_UI" }) as const;

  const associated = (a: StoredRecord, b: StoredRecord, removed: boolean, types: readonly number[] = []) => {
    const primary = types.includes(primaryAssociation(a.type, b.type) ?? -1);
    emit(a, "associationChange", { association: { toType: b.type, toId: b.id, removed, primary } });
    emit(b, "associationChange", { association: { toType: a.type, toId: a.id, removed, primary } });
  };

  const api: PortalApi = {
    portal,
    find(type, id) {
      let record = portal.objects[type].get(id);
      while (record?.mergedInto !== undefined) record = portal.objects[type].get(record.mergedInto);
      return isLive(record) ? record : undefined;
    },
    create(type, properties, associations = [], options) {
      const collection = portal.objects[type];
      const key = collection.nextKey();
      const at = now();
      const state = { fields: withDerived(portal, type, properties), updatedAt: at };
      const record: StoredRecord = {
        type,
        id: String(key),
        key,
        createdAt: at,
        ...state,
        archivedAt: undefined,
        forgotten: false,
        mergedInto: undefined,
        text: undefined,
        links: [],
        versions:
          portal.searchLagMs > 0
            ? [
                { visibleAt: 0, state: undefined },
                { visibleAt: at + portal.searchLagMs, state },
              ]
            : undefined,
      };
      collection.add(record);
      if (portal.searchLagMs > 0) collection.unsettledUntil = at + portal.searchLagMs;
      for (const { to, types } of associations) link(record, get(to.type, to.id), types);
      emit(record, "creation", from(options));
      for (const { to, types } of associations) associated(record, get(to.type, to.id), false, types);
      return record;
    },
    update(type, id, properties, options) {
      const record = get(type, id);
      remember(record, properties);
      change(record, () => {
        record.fields = withDerived(portal, type, { ...record.fields, ...properties });
        record.updatedAt = now();
      });
      for (const [name, value] of Object.entries(properties)) {
        emit(record, "propertyChange", { ...from(options), property: { name, value } });
      }
      return record;
    },
    archive(type, id, options) {
      const record = get(type, id);
      if (!isLive(record)) return;
      change(record, () => {
        record.archivedAt = now();
      });
      emit(record, "deletion", from(options));
    },
    restore(type, id, options) {
      const record = get(type, id);
      if (record.archivedAt === undefined || record.forgotten) return;
      change(record, () => {
        record.archivedAt = undefined;
        record.updatedAt = now();
      });
      emit(record, "restore", from(options));
    },
    merge(type, primaryId, mergedId, options) {
      const primary = get(type, primaryId);
      const merged = get(type, mergedId);
      if (primary === merged || !isLive(primary) || !isLive(merged)) {
        throw new RangeError("A merge needs two live records.");
      }
      const inherited = Object.entries(merged.fields).filter(
        ([name, value]) => value && !primary.fields[name],
      );
      change(merged, () => {
        merged.mergedInto = primary.id;
      });
      for (const end of [...merged.links]) {
        const other = portal.objects[end.type].get(end.id);
        if (!other) continue;
        unlink(merged, other);
        if (other !== primary) link(primary, other, end.types);
      }
      const gained = { ...Object.fromEntries(inherited), ...mergedNames(primary.fields, merged) };
      remember(primary, gained);
      change(primary, () => {
        primary.fields = { ...primary.fields, ...gained };
        primary.updatedAt = now();
      });
      emit(primary, "merge", {
        ...from(options),
        merge: { mergedIds: [merged.id], movedProperties: inherited.length },
      });
      return primary;
    },
    gdprDelete(contactId) {
      const record = get("contacts", contactId);
      change(record, () => {
        record.archivedAt = now();
        record.forgotten = true;
        record.fields = {};
      });
      for (const end of [...record.links]) {
        const other = portal.objects[end.type].get(end.id);
        if (other) unlink(record, other);
      }
      // Both fire, in any order (vendors/hubspot.md §4).
      emit(record, "privacyDeletion");
      emit(record, "deletion");
    },
    associate(a, b, types) {
      const [first, second] = [get(a.type, a.id), get(b.type, b.id)];
      if (!link(first, second, types)) return;
      portal.objects[a.type].revision++;
      portal.objects[b.type].revision++;
      associated(first, second, false, types);
    },
    dissociate(a, b) {
      const [first, second] = [get(a.type, a.id), get(b.type, b.id)];
      if (!unlink(first, second)) return;
      portal.objects[a.type].revision++;
      portal.objects[b.type].revision++;
      associated(first, second, true);
    },
    submitForm(formId, values) {
      const form = portal.forms.find((f) => f.id === formId);
      if (!form) throw new RangeError(`No form ${formId} in portal ${portal.id}.`);
      const at = now();
      // Like every id here, the same after a restart with the same seed.
      const nth = form.submissions.length;
      const random = seededRandom(mixSeed(portal.id, portal.forms.indexOf(form), nth));
      const submission: Submission = {
        conversionId: `${random.int(0x10000000, 0x7fffffff).toString(16)}-1111-4000-8000-${(portal.forms.indexOf(form) * 0x1000000 + nth).toString(16).padStart(12, "0")}`,
        submittedAt: at,
        values: Object.entries(values).map(([name, value]) => ({ name, value, objectTypeId: "0-1" })),
        pageUrl: `https://www.${portal.domain}/contact`,
      };
      form.submissions.unshift(submission);
      return submission;
    },
    mutate: (mutation) => mutate(api, mutation),
  };
  return api;
}

/** What the vendor computes: whether a deal's stage closes it. */
function withDerived(portal: Portal, type: ObjectType, fields: Fields): Fields {
  if (type !== "deals") return { ...fields };
  const stage = portal.pipelines
    .find(({ id }) => id === (fields.pipeline || "default"))
    ?.stages.find(({ id }) => id === fields.dealstage);
  const closed = {
    hs_is_closed: String(stage?.isClosed ?? false),
    hs_is_closed_won: String(stage?.probability === "1.0"),
  };
  return { ...fields, ...closed };
}

function mergedNames(fields: Fields, merged: StoredRecord): Record<string, string> {
  const list = (...values: (string | undefined)[]) =>
    [...new Set(values.flatMap((value) => (value ?? "").split(";")).filter(Boolean))].join(";");
  const names: Record<string, string> = {
    hs_merged_object_ids: list(fields.hs_merged_object_ids, merged.id, merged.fields.hs_merged_object_ids),
  };
  if (merged.type === "contacts" && fields.email) {
    names.hs_additional_emails = list(
      fields.hs_additional_emails,
      merged.fields.email,
      merged.fields.hs_additional_emails,
    );
  }
  return names;
}

/** Every live record of a portal's kind. */
export function liveRecords(portal: Portal, type: ObjectType): StoredRecord[] {
  return portal.objects[type].records.filter(
    (record) => record.archivedAt === undefined && record.mergedInto === undefined,
  );
}

export const isObjectType = (value: string): value is ObjectType =>
  (OBJECT_TYPES as readonly string[]).includes(value);
