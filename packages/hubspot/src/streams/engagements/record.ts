import * as z from "zod";
import { CrmObject } from "../crm-object.ts";
import { FormSubmission } from "./form-submissions.ts";

/** The kinds that are CRM records, by the word that stands in keys, rows and citations. */
export const ENGAGEMENT_TYPES = {
  email: "emails",
  note: "notes",
  call: "calls",
  meeting: "meetings",
} as const;

export type CrmEngagementKind = keyof typeof ENGAGEMENT_TYPES;
export type CrmEngagementType = (typeof ENGAGEMENT_TYPES)[CrmEngagementKind];

export const CRM_ENGAGEMENT_KINDS = Object.keys(ENGAGEMENT_TYPES) as readonly CrmEngagementKind[];

/** HubSpot's record, and beside it what kind it is: the record does not tell. */
export const CrmEngagement = CrmObject.extend({ kind: z.enum(["email", "note", "call", "meeting"]) });
export type CrmEngagement = z.infer<typeof CrmEngagement>;

export const Engagement = z.discriminatedUnion("kind", [CrmEngagement, FormSubmission]);
export type Engagement = z.infer<typeof Engagement>;

/** Ids are unique within a kind only. */
export function engagementKey(kind: string, id: string): string {
  return `${kind}:${id}`;
}

/** The kind and id of a key that names a CRM record; undefined for a form submission. */
export function parseEngagementKey(
  key: string,
): { readonly kind: CrmEngagementKind; readonly id: string } | undefined {
  const [kind, id] = key.split(":", 2);
  const known = CRM_ENGAGEMENT_KINDS.find((name) => name === kind);
  return known && id ? { kind: known, id } : undefined;
}
