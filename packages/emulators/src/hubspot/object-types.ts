/** The kinds of record this emulator keeps, by their name in paths. */
export const OBJECT_TYPES = [
  "contacts",
  "companies",
  "deals",
  "emails",
  "notes",
  "calls",
  "meetings",
  "tasks",
] as const;

export type ObjectType = (typeof OBJECT_TYPES)[number];

interface TypeFacts {
  readonly singular: string;
  readonly objectTypeId: string;
  readonly createdProperty: string;
  /** Moves on every property change; what search sorts an incremental read by. */
  readonly modifiedProperty: string;
  /** Scopes to read, every one needed; writing replaces `.read` by `.write`. */
  readonly readScopes: readonly string[];
  readonly writeScopes: readonly string[];
  /** What a reader gets who names no properties. */
  readonly defaultProperties: readonly string[];
  /** What `query` looks into. */
  readonly searchedProperties: readonly string[];
}

const engagement = {
  createdProperty: "hs_createdate",
  modifiedProperty: "hs_lastmodifieddate",
  readScopes: ["crm.objects.contacts.read"],
  writeScopes: ["crm.objects.contacts.write"],
  defaultProperties: ["hs_createdate", "hs_lastmodifieddate", "hs_object_id"],
} as const;

// Source of ids, scopes and cursor properties: vendors/hubspot.md §1, §2. Default properties of engagements
// follow its search tables.
export const TYPE_FACTS: Readonly<Record<ObjectType, TypeFacts>> = {
  contacts: {
    singular: "contact",
    objectTypeId: "0-1",
    createdProperty: "createdate",
    modifiedProperty: "lastmodifieddate",
    readScopes: ["crm.objects.contacts.read"],
    writeScopes: ["crm.objects.contacts.write"],
    defaultProperties: ["createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"],
    searchedProperties: ["email", "firstname", "lastname", "phone", "company", "hs_additional_emails"],
  },
  companies: {
    singular: "company",
    objectTypeId: "0-2",
    createdProperty: "createdate",
    modifiedProperty: "hs_lastmodifieddate",
    readScopes: ["crm.objects.companies.read"],
    writeScopes: ["crm.objects.companies.write"],
    defaultProperties: ["createdate", "domain", "hs_lastmodifieddate", "hs_object_id", "name"],
    searchedProperties: ["name", "domain", "website", "phone"],
  },
  deals: {
    singular: "deal",
    objectTypeId: "0-3",
    createdProperty: "createdate",
    modifiedProperty: "hs_lastmodifieddate",
    readScopes: ["crm.objects.deals.read"],
    writeScopes: ["crm.objects.deals.write"],
    defaultProperties: [
      "amount",
      "closedate",
      "createdate",
      "dealname",
      "dealstage",
      "hs_lastmodifieddate",
      "hs_object_id",
      "pipeline",
    ],
    searchedProperties: ["dealname", "pipeline", "dealstage", "description", "dealtype"],
  },
  emails: {
    ...engagement,
    singular: "email",
    objectTypeId: "0-49", // guess: general knowledge, in no source at hand
    readScopes: ["crm.objects.contacts.read", "sales-email-read"],
    searchedProperties: ["hs_email_subject", "hs_email_text"],
  },
  notes: {
    ...engagement,
    singular: "note",
    objectTypeId: "0-46", // guess: as above
    searchedProperties: ["hs_note_body"],
  },
  calls: {
    ...engagement,
    singular: "call",
    objectTypeId: "0-48", // guess: as above
    searchedProperties: ["hs_call_title", "hs_call_body"],
  },
  meetings: {
    ...engagement,
    singular: "meeting",
    objectTypeId: "0-47", // guess: as above
    searchedProperties: ["hs_meeting_title", "hs_meeting_body"],
  },
  tasks: {
    ...engagement,
    singular: "task",
    objectTypeId: "0-27", // guess: as above
    searchedProperties: ["hs_task_subject", "hs_task_body"],
  },
};

const BY_NAME = new Map<string, ObjectType>(
  OBJECT_TYPES.flatMap((type) => {
    const { singular, objectTypeId } = TYPE_FACTS[type];
    return [
      [type, type],
      [singular, type],
      [objectTypeId, type],
    ] as [string, ObjectType][];
  }),
);

/** Accepts `contacts`, `contact` and `0-1` alike; undefined for a kind that is not kept. */
export const objectType = (name: string): ObjectType | undefined => BY_NAME.get(name.toLowerCase());
