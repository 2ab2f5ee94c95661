export type ObjectType = "contacts" | "companies" | "deals" | "emails" | "notes" | "calls" | "meetings";

export interface ObjectFacts {
  readonly objectTypeId: string;
  /** Moves on every change of a property, hidden ones included; never on a change of an association. */
  readonly modifiedProperty: string;
  /** Kinds that a record of this kind keeps the ids of. */
  readonly associations: readonly ObjectType[];
  /**
   * The properties to ask for; HubSpot sends no others. Short enough for a GET's URL (a long list is answered with 414)
   * and for a search's 3,000 characters.
   */
  readonly properties: readonly string[];
}

const ACTIVITY = [
  "hs_object_id",
  "hs_timestamp",
  "hubspot_owner_id",
  "hs_createdate",
  "hs_lastmodifieddate",
  "hs_attachment_ids",
  "hs_body_preview",
];
const ACTIVITY_FACTS = {
  modifiedProperty: "hs_lastmodifieddate",
  associations: ["contacts", "companies", "deals"],
} as const;

// Type ids: "Using object APIs". Names: "Search the CRM" and the guide of each activity in HubSpot's developer documentation, read 2026-11-21.
export const OBJECT_TYPES: { readonly [type in ObjectType]: ObjectFacts } = {
  contacts: {
    objectTypeId: "0-1",
    modifiedProperty: "lastmodifieddate",
    associations: ["companies"],
    properties: [
      "hs_object_id",
      "email",
      "hs_additional_emails",
      "firstname",
      "lastname",
      "phone",
      "mobilephone",
      "company",
      "jobtitle",
      "website",
      "lifecyclestage",
      "hs_lead_status",
      "hubspot_owner_id",
      "associatedcompanyid",
      "hs_merged_object_ids",
      "createdate",
      "lastmodifieddate",
    ],
  },
  companies: {
    objectTypeId: "0-2",
    modifiedProperty: "hs_lastmodifieddate",
    associations: [],
    properties: [
      "hs_object_id",
      "name",
      "domain",
      "hs_additional_domains", // guess: no source names it; an unknown property is silently absent
      "website",
      "phone",
      "industry",
      "city",
      "country",
      "numberofemployees",
      "annualrevenue",
      "lifecyclestage",
      "hubspot_owner_id",
      "hs_merged_object_ids",
      "createdate",
      "hs_lastmodifieddate",
    ],
  },
  deals: {
    objectTypeId: "0-3",
    modifiedProperty: "hs_lastmodifieddate",
    associations: ["contacts", "companies"],
    properties: [
      "hs_object_id",
      "dealname",
      "amount",
      "deal_currency_code",
      "pipeline",
      "dealstage",
      "closedate",
      "dealtype",
      "description",
      "hs_is_closed",
      "hs_is_closed_won",
      "hubspot_owner_id",
      "hs_merged_object_ids",
      "createdate",
      "hs_lastmodifieddate",
    ],
  },
  emails: {
    ...ACTIVITY_FACTS,
    objectTypeId: "0-49",
    properties: [
      ...ACTIVITY,
      "hs_email_direction",
      "hs_email_status",
      "hs_email_subject",
      "hs_email_text",
      "hs_email_html",
      "hs_email_headers",
      "hs_email_from_email",
      "hs_email_from_firstname",
      "hs_email_from_lastname",
      "hs_email_to_email",
    ],
  },
  notes: {
    ...ACTIVITY_FACTS,
    objectTypeId: "0-46",
    properties: [...ACTIVITY, "hs_note_body"],
  },
  calls: {
    ...ACTIVITY_FACTS,
    objectTypeId: "0-48",
    properties: [
      ...ACTIVITY,
      "hs_call_title",
      "hs_call_body",
      "hs_call_direction",
      "hs_call_duration",
      "hs_call_status",
      "hs_call_disposition",
      "hs_call_from_number",
      "hs_call_to_number",
      "hs_call_recording_url",
    ],
  },
  meetings: {
    ...ACTIVITY_FACTS,
    objectTypeId: "0-47",
    properties: [
      ...ACTIVITY,
      "hs_meeting_title",
      "hs_meeting_body",
      "hs_internal_meeting_notes",
      "hs_meeting_location",
      "hs_meeting_external_url",
      "hs_meeting_start_time",
      "hs_meeting_end_time",
      "hs_meeting_outcome",
    ],
  },
};
