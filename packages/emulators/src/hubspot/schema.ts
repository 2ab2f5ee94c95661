import { OBJECT_TYPES, type ObjectType, TYPE_FACTS } from "./object-types.ts";

type PropertyType = "string" | "number" | "date" | "datetime" | "enumeration" | "bool";

export interface PropertyDefinition {
  readonly name: string;
  readonly label: string;
  readonly type: PropertyType;
  readonly fieldType: string;
  readonly options: readonly string[];
  readonly readOnly: boolean;
  readonly calculated: boolean;
  readonly hubspotDefined: boolean;
  readonly searchable: boolean;
}

/** The properties of each kind. A host's tests may add their own. */
export interface Schema {
  of(type: ObjectType): ReadonlyMap<string, PropertyDefinition>;
  has(type: ObjectType, name: string): boolean;
  add(type: ObjectType, property: Pick<PropertyDefinition, "name"> & Partial<PropertyDefinition>): void;
}

/** `name` is text; `name:type`; `name:enumeration=a|b`; a leading `*` marks what only the vendor may set. */
const WORDS: Readonly<Record<ObjectType, string>> = {
  contacts: `email firstname lastname phone mobilephone company jobtitle website city country
    lifecyclestage:enumeration=subscriber|lead|marketingqualifiedlead|salesqualifiedlead|opportunity|customer|evangelist|other
    hs_lead_status:enumeration=NEW|OPEN|IN_PROGRESS|OPEN_DEAL|UNQUALIFIED|ATTEMPTED_TO_CONTACT|CONNECTED|BAD_TIMING
    hubspot_owner_id:enumeration associatedcompanyid:number createdate:datetime *lastmodifieddate:datetime
    hs_additional_emails:enumeration *hs_merged_object_ids:enumeration`,
  companies: `name domain website phone industry city country description numberofemployees:number annualrevenue:number
    lifecyclestage:enumeration=subscriber|lead|marketingqualifiedlead|salesqualifiedlead|opportunity|customer|evangelist|other
    hubspot_owner_id:enumeration createdate:datetime *hs_lastmodifieddate:datetime hs_additional_domains:enumeration
    *hs_merged_object_ids:enumeration`,
  deals: `dealname amount:number pipeline:enumeration dealstage:enumeration closedate:datetime
    dealtype:enumeration=newbusiness|existingbusiness description hubspot_owner_id:enumeration
    deal_currency_code:enumeration=USD|EUR|GBP *hs_is_closed:bool *hs_is_closed_won:bool createdate:datetime
    *hs_lastmodifieddate:datetime *hs_merged_object_ids:enumeration`,
  emails: `hs_email_direction:enumeration=EMAIL|INCOMING_EMAIL|FORWARDED_EMAIL
    hs_email_status:enumeration=BOUNCED|FAILED|SCHEDULED|SENDING|SENT hs_email_subject hs_email_text hs_email_html
    hs_email_headers *hs_email_from_email *hs_email_from_firstname *hs_email_from_lastname *hs_email_to_email`,
  notes: "hs_note_body",
  calls: `hs_call_title hs_call_body hs_call_direction:enumeration=INBOUND|OUTBOUND hs_call_duration:number
    hs_call_status:enumeration=BUSY|CALLING_CRM_USER|CANCELED|COMPLETED|CONNECTING|FAILED|IN_PROGRESS|NO_ANSWER|QUEUED|RINGING
    hs_call_disposition hs_call_from_number hs_call_to_number hs_call_recording_url`,
  meetings: `hs_meeting_title hs_meeting_body hs_internal_meeting_notes hs_meeting_location hs_meeting_external_url
    hs_meeting_start_time:datetime hs_meeting_end_time:datetime
    hs_meeting_outcome:enumeration=SCHEDULED|COMPLETED|RESCHEDULED|NO_SHOW|CANCELED`,
  tasks: `hs_task_subject hs_task_body hs_task_status:enumeration=NOT_STARTED|IN_PROGRESS|WAITING|DEFERRED|COMPLETED
    hs_task_priority:enumeration=LOW|MEDIUM|HIGH hs_task_type:enumeration=EMAIL|CALL|TODO hs_task_reminders:number`,
};

const ACTIVITY_WORDS = `hs_timestamp:datetime hubspot_owner_id:enumeration hs_createdate:datetime
  *hs_lastmodifieddate:datetime hs_attachment_ids:enumeration *hs_body_preview *hs_body_preview_html`;

// vendors/hubspot.md §2, "Not filterable".
const NOT_FILTERABLE: Readonly<Partial<Record<ObjectType, readonly string[]>>> = {
  emails: ["hs_email_html", "hs_body_preview"],
};

export function createSchema(): Schema {
  const tables = new Map<ObjectType, Map<string, PropertyDefinition>>();
  for (const type of OBJECT_TYPES) {
    const activity = "hs_createdate" === TYPE_FACTS[type].createdProperty;
    const words = `${WORDS[type]} ${activity ? ACTIVITY_WORDS : ""} *hs_object_id:number`;
    const hidden = ["hs_body_preview_html", ...(NOT_FILTERABLE[type] ?? [])];
    const table = new Map<string, PropertyDefinition>();
    for (const word of words.split(/\s+/).filter(Boolean)) {
      const property = parse(word, hidden);
      table.set(property.name, property);
    }
    tables.set(type, table);
  }
  const of = (type: ObjectType) => tables.get(type) ?? new Map<string, PropertyDefinition>();
  return {
    of,
    has: (type, name) => of(type).has(name),
    add(type, property) {
      tables.get(type)?.set(property.name, {
        label: labelOf(property.name),
        type: "string",
        fieldType: "text",
        options: [],
        readOnly: false,
        calculated: false,
        hubspotDefined: false,
        searchable: true,
        ...property,
      });
    },
  };
}

const FIELD_TYPES: Readonly<Record<PropertyType, string>> = {
  string: "text",
  number: "number",
  date: "date",
  datetime: "date",
  enumeration: "select",
  bool: "booleancheckbox",
};

function parse(word: string, hidden: readonly string[]): PropertyDefinition {
  const readOnly = word.startsWith("*");
  const [name = "", kind = "string"] = word.replace("*", "").split(":");
  const [type = "string", options = ""] = kind.split("=");
  return {
    name,
    label: labelOf(name),
    type: type as PropertyType,
    fieldType: FIELD_TYPES[type as PropertyType],
    options: options.split("|").filter(Boolean),
    readOnly,
    calculated: readOnly && name.startsWith("hs_is_"),
    hubspotDefined: true,
    searchable: !hidden.includes(name),
  };
}

function labelOf(name: string): string {
  const words = name.replace(/^hs_/, "").replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
