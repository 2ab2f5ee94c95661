/** One method and path, as a reader of a whole account uses it. */
export interface VendorRequest {
  readonly method: string;
  readonly path: string;
  /** The older path of the same thing, which the vendor's own client calls; none where the client has nothing. */
  readonly older: string | undefined;
}

const KINDS = ["contacts", "companies", "deals", "emails", "notes", "calls", "meetings"] as const;
const VERSION = "2026-09";

/**
 * Every request that a full read of an account, its upkeep, its connection and an agent need: what `npm start` uses. The tests
 * say of each whether the vendor's own client drove it, or it was checked against the specs, or neither.
 */
export const QUICKSTART_REQUESTS: readonly VendorRequest[] = [
  { method: "GET", path: "/oauth/authorize", older: undefined },
  { method: "POST", path: `/oauth/${VERSION}/token`, older: "/oauth/v1/token" },
  { method: "POST", path: `/oauth/${VERSION}/token/introspect`, older: "/oauth/v1/access-tokens/{token}" },
  { method: "POST", path: `/oauth/${VERSION}/token/revoke`, older: "/oauth/v1/refresh-tokens/{token}" },
  { method: "GET", path: `/account-info/${VERSION}/details`, older: "/account-info/v3/details" },
  ...KINDS.flatMap((kind) => [
    { method: "GET", path: `/crm/objects/${VERSION}/${kind}`, older: `/crm/v3/objects/${kind}` },
    {
      method: "POST",
      path: `/crm/objects/${VERSION}/${kind}/search`,
      older: `/crm/v3/objects/${kind}/search`,
    },
    {
      method: "POST",
      path: `/crm/objects/${VERSION}/${kind}/batch/read`,
      older: `/crm/v3/objects/${kind}/batch/read`,
    },
  ]),
  // What its agent does.
  { method: "POST", path: `/crm/objects/${VERSION}/deals`, older: "/crm/v3/objects/deals" },
  {
    method: "PATCH",
    path: `/crm/objects/${VERSION}/contacts/{contactId}`,
    older: "/crm/v3/objects/contacts/{contactId}",
  },
  {
    method: "POST",
    path: `/crm/associations/${VERSION}/{fromObjectType}/{toObjectType}/batch/read`,
    older: "/crm/v4/associations/{fromObjectType}/{toObjectType}/batch/read",
  },
  { method: "GET", path: `/crm/owners/${VERSION}`, older: "/crm/v3/owners" },
  { method: "GET", path: `/crm/pipelines/${VERSION}/deals`, older: "/crm/v3/pipelines/{objectType}" },
  {
    method: "GET",
    path: `/crm/properties/${VERSION}/{objectType}`,
    older: "/crm/v3/properties/{objectType}",
  },
  { method: "GET", path: "/marketing/v3/forms", older: "/marketing/v3/forms" },
  { method: "GET", path: "/form-integrations/v1/submissions/forms/{formGuid}", older: undefined },
];
