import type { PortalChange } from "./changes.ts";
import { type ObjectType, TYPE_FACTS } from "./object-types.ts";

/** One event of a delivery, as the vendor writes it (vendors/hubspot.md §4). */
export type WebhookEvent = Record<string, unknown> & {
  eventId: number;
  portalId: number;
  objectId: number;
  occurredAt: number;
  subscriptionType: string;
  attemptNumber: number;
};

/**
 * Names that a subscription may list. `object.*` is what the vendor has for every kind; `contact.*`, `company.*`
 * and `deal.*` are its classic ones; `email.creation`, `note.creation`, `call.creation` and `meeting.creation`
 * exist in no vendor page, only in products that document them so.
 */
export const DOCUMENTED_EVENTS = [
  "email.creation",
  "note.creation",
  "call.creation",
  "meeting.creation",
] as const;

export const CLASSIC_EVENTS = (["contact", "company", "deal"] as const).flatMap((singular) =>
  ["creation", "deletion", "merge", "restore", "propertyChange", "associationChange"].map(
    (kind) => `${singular}.${kind}`,
  ),
);

export const GENERIC_EVENTS = [
  "object.creation",
  "object.deletion",
  "object.merge",
  "object.restore",
  "object.propertyChange",
  "object.associationChange",
] as const;

// Not subscribable (vendors/hubspot.md §4).
const SILENT_PROPERTIES: Readonly<Partial<Record<ObjectType, readonly string[]>>> = {
  emails: ["hs_email_html", "hs_email_subject"],
};

export interface EventNames {
  readonly subscriptionType: string;
  readonly generic: boolean;
}

/** The names under which a change may be told, of those that a subscription lists. */
export function namesOf(change: PortalChange, events: readonly string[]): EventNames[] {
  if (change.property && SILENT_PROPERTIES[change.type]?.includes(change.property.name)) return [];
  const own = `${TYPE_FACTS[change.type].singular}.${change.kind}`;
  const names: EventNames[] = [];
  if (events.includes(own)) names.push({ subscriptionType: own, generic: false });
  const generic = `object.${change.kind}`;
  if (events.includes(generic)) names.push({ subscriptionType: generic, generic: true });
  return names;
}

/** Writes the event. */
export function eventOf(
  change: PortalChange,
  { subscriptionType, generic }: EventNames,
  ids: { eventId: number; subscriptionId: number; appId: number },
): WebhookEvent {
  return {
    ...ids,
    portalId: change.portalId,
    occurredAt: change.at,
    subscriptionType,
    attemptNumber: 0,
    objectId: Number(change.objectId),
    ...(generic && { objectTypeId: TYPE_FACTS[change.type].objectTypeId }),
    changeSource: change.source,
    sourceId: "userId:4200000",
    ...(change.kind === "creation" && { changeFlag: generic ? "CREATED" : "NEW" }),
    ...(change.kind === "deletion" && { changeFlag: "DELETED" }), // guess: the word
    ...(change.property && {
      propertyName: change.property.name,
      propertyValue: change.property.value,
      ...(generic && { isSensitive: false }),
    }),
    ...(change.association && {
      associationType: associationName(change.type, change.association.toType),
      fromObjectId: Number(change.objectId),
      toObjectId: Number(change.association.toId),
      associationRemoved: change.association.removed,
      isPrimaryAssociation: change.association.primary,
    }),
    ...(change.merge && {
      primaryObjectId: Number(change.objectId),
      mergedObjectIds: change.merge.mergedIds.map(Number),
      newObjectId: Number(change.objectId),
      numberOfPropertiesMoved: change.merge.movedProperties,
    }),
  };
}

const associationName = (from: ObjectType, to: ObjectType) =>
  `${TYPE_FACTS[from].singular}_TO_${TYPE_FACTS[to].singular}`.toUpperCase();
