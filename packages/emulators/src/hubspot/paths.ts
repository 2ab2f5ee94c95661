/**
 * The vendor's versions as one table: dated paths and the older v1/v3/v4 ones lead to the same canonical path, which
 * carries no version. Prefixes are not uniform (vendors/hubspot.md §0).
 */
const DATED = "2026-03|2026-09";

const FORMS: readonly (readonly [pattern: RegExp, canonical: string])[] = [
  [new RegExp(`^/crm/objects/(?:${DATED})/`), "/crm/objects/"],
  [/^\/crm\/v[34]\/objects\//, "/crm/objects/"],
  [new RegExp(`^/crm/associations/(?:v4|${DATED})/`), "/crm/associations/"],
  [/^\/crm\/v4\/associations\//, "/crm/associations/"],
  [new RegExp(`^/crm/(?:v3/owners|owners/(?:${DATED}))(?=/|$)`), "/crm/owners"],
  [new RegExp(`^/crm/(?:v3/pipelines|pipelines/(?:${DATED}))/`), "/crm/pipelines/"],
  [new RegExp(`^/crm/(?:v3/properties|properties/(?:${DATED}))/`), "/crm/properties/"],
  [new RegExp(`^/account-info/(?:v3|${DATED})/`), "/account-info/"],
  [new RegExp(`^/oauth/(?:v1|v3|${DATED})/`), "/oauth/"],
  [/^\/marketing\/(?:v3\/forms|forms\/2026-09-beta)(?=\/|$)/, "/marketing/forms"],
  [/^\/form-integrations\/v1\//, "/form-integrations/"],
  [new RegExp(`^/appinstalls/(?:${DATED}|v3)/`), "/appinstalls/"],
  [/^\/oauth(?:\/\d+)?\/authorize$/, "/authorize"],
];

/** The path without its version; undefined for a path or version that the vendor does not have. */
export function canonicalPath(path: string): string | undefined {
  for (const [pattern, canonical] of FORMS) {
    if (pattern.test(path)) return path.replace(pattern, canonical).replace(/(?<=.)\/$/, "");
  }
  return undefined;
}
