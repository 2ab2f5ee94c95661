/**
 * HubSpot's version of its API is a date in the path. Newest at the time of writing; supported at least 18 months
 * from 2026-09-08 ("Migration guide", read 2026-11-21).
 */
export const API_VERSION = "2026-09";

/** Every path that this package calls. Prefixes are not uniform: the date stands where HubSpot put it. */
export interface Paths {
  readonly objects: (type: string) => string;
  readonly search: (type: string) => string;
  readonly batchRead: (type: string) => string;
  readonly associations: (from: string, to: string) => string;
  readonly owners: string;
  readonly dealPipelines: string;
  readonly accountDetails: string;
  readonly token: string;
  readonly revoke: string;
  /** Forms have no dated version that is generally available. */
  readonly forms: string;
  readonly submissions: (formId: string) => string;
}

export function paths(version: string): Paths {
  const objects = (type: string) => `/crm/objects/${version}/${type}`;
  return {
    objects,
    search: (type) => `${objects(type)}/search`,
    batchRead: (type) => `${objects(type)}/batch/read`,
    associations: (from, to) => `/crm/associations/${version}/${from}/${to}/batch/read`,
    owners: `/crm/owners/${version}`,
    dealPipelines: `/crm/pipelines/${version}/deals`,
    accountDetails: `/account-info/${version}/details`,
    token: `/oauth/${version}/token`,
    revoke: `/oauth/${version}/token/revoke`,
    forms: "/marketing/v3/forms",
    submissions: (formId) => `/form-integrations/v1/submissions/forms/${encodeURIComponent(formId)}`,
  };
}
