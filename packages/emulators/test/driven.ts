import { canonicalPath } from "../src/hubspot/paths.ts";

/** Requests that the official client makes in its test, which checks this list against the emulator's ledger. */
export const DRIVEN_BY_CLIENT = [
  "GET /authorize",
  "POST /oauth/token",
  "GET /account-info/details",
  "GET /crm/owners",
  "GET /crm/pipelines/deals",
  "GET /crm/properties/{objectType}",
  "GET /marketing/forms",
  "GET /form-integrations/submissions/forms/{formGuid}",
  "POST /crm/associations/{fromObjectType}/{toObjectType}/batch/read",
  "POST /crm/objects/deals",
  "PATCH /crm/objects/contacts/{contactId}",
  ...["contacts", "companies", "deals", "emails", "notes", "calls", "meetings"].flatMap((kind) => [
    `GET /crm/objects/${kind}`,
    `POST /crm/objects/${kind}/search`,
    `POST /crm/objects/${kind}/batch/read`,
  ]),
];

/** A request without its version, with the names of its parameters where ids or kinds may stand. */
export function canonicalRequest(method: string, path: string): string {
  const canonical = (canonicalPath(path) ?? path)
    .replace(/^(\/crm\/properties\/)\w+$/, "$1{objectType}")
    .replace(/^(\/form-integrations\/submissions\/forms\/)[\w-]+$/, "$1{formGuid}")
    .replace(/^(\/crm\/objects\/contacts\/)\d+$/, "$1{contactId}")
    .replace(/^(\/crm\/associations\/)\w+\/\w+\//, "$1{fromObjectType}/{toObjectType}/");
  return `${method} ${canonical}`;
}
