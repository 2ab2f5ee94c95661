import { type Change, defineWebhook, defineWebhooks, type Json } from "@halo/core";
import { engagementKey } from "../streams/engagements/record.ts";
import { OBJECT_TYPES, type ObjectType } from "../streams/object-type.ts";
import { type HubSpotEvent, requireEvents } from "./event.ts";
import { receiveHubSpotWebhook } from "./receive.ts";

/** The singular names that stand in event types and association types. */
const TYPES: { readonly [singular: string]: ObjectType } = {
  contact: "contacts",
  company: "companies",
  deal: "deals",
  email: "emails",
  note: "notes",
  call: "calls",
  meeting: "meetings",
};

const SINGULARS = new Map(Object.entries(TYPES).map(([singular, type]) => [type, singular]));
const BY_TYPE_ID = new Map(
  (Object.keys(OBJECT_TYPES) as ObjectType[]).map((type) => [OBJECT_TYPES[type].objectTypeId, type]),
);
const CRM = ["contact", "company", "deal", "object"];

const named = (subjects: readonly string[], happening: string) =>
  subjects.map((subject) => `${subject}.${happening}`);

/** A record came, changed or went: the record itself tells which, whatever the order of the events. */
const touched = defineWebhook<HubSpotEvent>({
  events: [
    ...named(CRM, "creation"),
    ...named(CRM, "propertyChange"),
    ...named(CRM, "deletion"),
    ...named(CRM, "restore"),
    // HubSpot documents engagements under `object.creation` only; these names are what Halo's own guide promises.
    ...named(["email", "note", "call", "meeting"], "creation"),
  ],
  changes: (event) => {
    const type = typeOf(event);
    return type && event.objectId ? [record(type, event.objectId)] : [];
  },
});

const merged = defineWebhook<HubSpotEvent>({
  events: named(CRM, "merge"),
  changes: (event) => {
    const type = typeOf(event);
    const winner = event.newObjectId ?? event.primaryObjectId;
    if (!type || winner === null || winner === undefined) return [];
    const losers = new Set([event.primaryObjectId, ...(event.mergedObjectIds ?? [])]);
    losers.delete(winner);
    return [
      record(type, winner),
      ...[...losers]
        .filter((id) => id !== null && id !== undefined)
        .map((id): Change => {
          const { stream, key } = record(type, id);
          const mergedInto = record(type, winner).key;
          return { stream, tombstone: { key, deletedAt: new Date(event.occurredAt), mergedInto } };
        }),
    ];
  },
});

/** Moves no timestamp, so this event and the recheck are all that tell. */
const associated = defineWebhook<HubSpotEvent>({
  events: named(CRM, "associationChange"),
  changes: (event) => {
    const [from, to] = endsOf(event);
    return [...holder(from, to, event.fromObjectId), ...holder(to, from, event.toObjectId)];
  },
});

/** A person asked to be forgotten. Comes beside a deletion, in any order. */
const forgotten = defineWebhook<HubSpotEvent>({
  events: ["contact.privacyDeletion"],
  changes: ({ objectId, occurredAt }) =>
    objectId
      ? [
          {
            stream: "contacts",
            tombstone: { key: String(objectId), deletedAt: new Date(occurredAt), purge: true },
          },
        ]
      : [],
});

/** What each of HubSpot's events touches; `secrets` are the app's client secrets. */
export function webhooks(secrets: readonly string[]) {
  return defineWebhooks<HubSpotEvent>({
    receive: receiveHubSpotWebhook,
    ...(secrets.length > 0 && { secrets }),
    type: (event) => event.subscriptionType,
    account: (event) => String(event.portalId),
    // "Order is not promised and eventId is not unique": vendors' page on webhooks, read 2026-11-21.
    key: ({ eventId, fromObjectId, objectId, occurredAt, portalId, subscriptionType, toObjectId }) => {
      const ends = fromObjectId && toObjectId ? `:${fromObjectId}:${toObjectId}` : "";
      return `${portalId}:${subscriptionType}:${objectId ?? ""}:${eventId}:${occurredAt}${ends}`;
    },
    occurredAt: (event) => new Date(event.occurredAt),
    payload: (event) => event as unknown as Json,
    parse: (payload) => requireEvents([payload])[0] as HubSpotEvent,
    definitions: [touched, merged, associated, forgotten],
    instructions: (url) =>
      [
        "In your HubSpot developer project, open the app's webhooks component (src/app/webhooks).",
        `Set its target URL to ${url}`,
        "Subscribe to object.creation, object.propertyChange, object.deletion, object.merge, object.restore and",
        "object.associationChange for contact, company, deal, email, note, call and meeting, and to",
        "contact.privacyDeletion. Upload the project, then activate the subscriptions: new ones are paused.",
        "Deliveries are verified with the app's client secret (signature version 3).",
      ].join("\n"),
  });
}

function typeOf({ subscriptionType, objectTypeId }: HubSpotEvent): ObjectType | undefined {
  const subject = subscriptionType.split(".", 1)[0] ?? "";
  return subject === "object" ? BY_TYPE_ID.get(objectTypeId ?? "") : TYPES[subject];
}

/** A record to read. */
function record(type: ObjectType, id: number): { readonly stream: string; readonly key: string } {
  if (type === "contacts" || type === "companies" || type === "deals") {
    return { stream: type, key: String(id) };
  }
  return { stream: "engagements", key: engagementKey(SINGULARS.get(type) ?? type, String(id)) };
}

/** The kinds that an association change joins: `DEAL_TO_CONTACT`, with a label perhaps. */
function endsOf(event: HubSpotEvent): readonly [ObjectType | undefined, ObjectType | undefined] {
  const [from = "", to = ""] = (event.associationType ?? "").toLowerCase().split("_to_", 2);
  // guess: a label would stand behind the second name, after an underscore.
  return [TYPES[from] ?? typeOf(event), TYPES[to] ?? TYPES[to.split("_", 1)[0] ?? ""]];
}

/** The end to read, if records of its kind keep the ids of the other's. */
function holder(
  type: ObjectType | undefined,
  other: ObjectType | undefined,
  id: number | null | undefined,
): readonly Change[] {
  if (!type || !other || id === null || id === undefined) return [];
  return OBJECT_TYPES[type].associations.includes(other) ? [record(type, id)] : [];
}
