import type { CustomerLink } from "@halo/core";
import { associatedIds, type CrmObject } from "./crm-object.ts";

/** The people and companies that HubSpot itself says a record is about. */
export function customerLinks(record: CrmObject): readonly CustomerLink[] {
  const people = associatedIds(record, "contacts").map(
    (key): CustomerLink => ({ kind: "end_user", ref: { stream: "contacts", key }, reason: "association" }),
  );
  const companies = associatedIds(record, "companies").map(
    (key): CustomerLink => ({ kind: "company", ref: { stream: "companies", key }, reason: "association" }),
  );
  return [...people, ...companies];
}
