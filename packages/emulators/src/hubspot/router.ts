import type { Reply } from "../reply.ts";
import {
  listAssociations,
  listLabels,
  putAssociation,
  readAssociations,
  writeAssociations,
} from "./associations.ts";
import type { Call } from "./call.ts";
import { getForm, listForms, listSubmissions } from "./forms.ts";
import { batchRead, getObject, listObjects } from "./objects/read.ts";
import {
  archiveObject,
  batchWrite,
  createObject,
  gdprDelete,
  mergeObjects,
  updateObject,
} from "./objects/write.ts";
import { canonicalPath } from "./paths.ts";
import { searchObjects } from "./search/search.ts";
import {
  accountDetails,
  getOwner,
  getPipeline,
  getProperty,
  listOwners,
  listPipelines,
  listProperties,
} from "./settings-api.ts";

/** What a request is for; stands in the ledger as `kind`. */
export type RequestKind =
  | "list"
  | "get"
  | "batch_read"
  | "search"
  | "create"
  | "update"
  | "archive"
  | "batch_write"
  | "merge"
  | "gdpr_delete"
  | "associations"
  | "owners"
  | "pipelines"
  | "properties"
  | "forms"
  | "submissions"
  | "account";

interface Route {
  readonly method: string;
  readonly pattern: RegExp;
  readonly kind: RequestKind;
  readonly handle: (call: Call) => Reply;
}

const route = (method: string, path: string, kind: RequestKind, handle: Route["handle"]): Route => ({
  method,
  // Ids may be e-mail addresses, so a parameter is anything but a slash.
  pattern: new RegExp(`^${path.replace(/\{(\w+)\}/g, "(?<$1>[^/]+)")}$`),
  kind,
  handle,
});

const object = "/crm/objects/{type}";
const pair = "/crm/associations/{from}/{to}";

/** The first that fits answers: fixed words stand before parameters. */
const ROUTES: readonly Route[] = [
  route("GET", object, "list", listObjects),
  route("POST", object, "create", createObject),
  route("POST", `${object}/search`, "search", searchObjects),
  route("POST", `${object}/batch/read`, "batch_read", batchRead),
  route("POST", `${object}/batch/(?<operation>create|update|archive|upsert)`, "batch_write", batchWrite),
  route("POST", `${object}/merge`, "merge", mergeObjects),
  route("POST", "/crm/objects/contacts/gdpr-delete", "gdpr_delete", gdprDelete),
  route("GET", `${object}/{id}`, "get", getObject),
  route("PATCH", `${object}/{id}`, "update", updateObject),
  route("DELETE", `${object}/{id}`, "archive", archiveObject),
  route("GET", `${object}/{id}/associations/{to}`, "associations", listAssociations),
  route("PUT", `${object}/{id}/associations/(?<default>default)/{to}/{toId}`, "associations", putAssociation),
  route("PUT", `${object}/{id}/associations/{to}/{toId}`, "associations", putAssociation),
  route("DELETE", `${object}/{id}/associations/{to}/{toId}`, "associations", putAssociation),
  route("POST", `${pair}/batch/read`, "associations", readAssociations),
  route("POST", `${pair}/batch/(?<operation>create|archive)`, "associations", writeAssociations),
  route("GET", `${pair}/labels`, "associations", listLabels),
  route("GET", "/crm/owners", "owners", listOwners),
  route("GET", "/crm/owners/{id}", "owners", getOwner),
  route("GET", "/crm/pipelines/{type}", "pipelines", listPipelines),
  route("GET", "/crm/pipelines/{type}/{id}", "pipelines", getPipeline),
  route("GET", "/crm/pipelines/{type}/{id}/(?<stages>stages)", "pipelines", getPipeline),
  route("GET", "/crm/properties/{type}", "properties", listProperties),
  route("GET", "/crm/properties/{type}/{name}", "properties", getProperty),
  route("GET", "/marketing/forms", "forms", listForms),
  route("GET", "/marketing/forms/{id}", "forms", getForm),
  route("GET", "/form-integrations/submissions/forms/{id}", "submissions", listSubmissions),
  route("GET", "/account-info/details", "account", accountDetails),
];

export interface Routed {
  readonly kind: RequestKind;
  readonly params: Record<string, string>;
  readonly handle: (call: Call) => Reply;
}

/** The route of an API request; undefined for a 404, `"method"` for a 405. */
export function findRoute(method: string, path: string): Routed | "method" | undefined {
  const canonical = canonicalPath(path);
  if (canonical === undefined) return undefined;
  let known = false;
  for (const { method: allowed, pattern, kind, handle } of ROUTES) {
    const match = pattern.exec(canonical);
    if (!match) continue;
    known = true;
    if (allowed !== method) continue;
    const params: Record<string, string> = {};
    for (const [name, value] of Object.entries(match.groups ?? {})) {
      if (value !== undefined) params[name] = decodeSafely(value);
    }
    return { kind, params, handle };
  }
  return known ? "method" : undefined;
}

function decodeSafely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
