import type { RecordRef } from "@halo/core";
import type { Paths } from "../paths.ts";
import { associatedIds, type CrmObject } from "./crm-object.ts";
import { crmStream } from "./crm-stream.ts";
import { ownerColumns } from "./owner-columns.ts";
import { list, text, timestamp } from "./property-values.ts";

export const contacts = (paths: Paths) =>
  crmStream(paths, "contacts", {
    name: "Contacts",
    columns: {
      email: "text",
      additional_emails: "jsonb",
      first_name: "text",
      last_name: "text",
      phone: "text",
      mobile_phone: "text",
      job_title: "text",
      company_name: "text",
      website: "text",
      lifecycle_stage: "text",
      lead_status: "text",
      owner_id: "text",
      owner_name: "text",
      company_id: "text",
      company_ids: "jsonb",
      created_at: "timestamptz",
    },
    row: (contact, { owners }) => ({
      email: text(contact, "email"),
      additional_emails: list(contact, "hs_additional_emails"),
      first_name: text(contact, "firstname"),
      last_name: text(contact, "lastname"),
      phone: text(contact, "phone"),
      mobile_phone: text(contact, "mobilephone"),
      job_title: text(contact, "jobtitle"),
      company_name: text(contact, "company"),
      website: text(contact, "website"),
      lifecycle_stage: text(contact, "lifecyclestage"),
      lead_status: text(contact, "hs_lead_status"),
      ...ownerColumns(contact, owners),
      company_id: primaryCompany(contact)?.key ?? null,
      company_ids: associatedIds(contact, "companies"),
      created_at: timestamp(contact, "createdate"),
    }),
    customer: (contact) => {
      const email = text(contact, "email");
      return {
        kind: "end_user",
        emails: [...(email ? [email] : []), ...list(contact, "hs_additional_emails")],
        fields: {
          name: [text(contact, "firstname"), text(contact, "lastname")].filter(Boolean).join(" ") || null,
          phone: text(contact, "phone") ?? text(contact, "mobilephone"),
          job_title: text(contact, "jobtitle"),
          lifecycle_stage: text(contact, "lifecyclestage"),
        },
        custom: {
          lead_status: text(contact, "hs_lead_status"),
          company_name: text(contact, "company"),
          website: text(contact, "website"),
        },
        company: primaryCompany(contact),
      };
    },
  });

/** The associated company, the primary one if there are several. */
function primaryCompany(contact: CrmObject): RecordRef | undefined {
  const ids = associatedIds(contact, "companies");
  const primary = text(contact, "associatedcompanyid");
  const key = primary !== null && ids.includes(primary) ? primary : ids[0];
  return key === undefined ? undefined : { stream: "companies", key };
}
