import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { canonicalPath } from "../src/hubspot/paths.ts";
import { QUICKSTART_REQUESTS } from "../src/hubspot/quickstart-requests.ts";
import { findRoute } from "../src/hubspot/router.ts";
import { hubspotEmulator } from "../src/index.ts";
import { hubspotSpec } from "./specs.ts";

/** What `official-client.test.ts` calls, by canonical path; its kinds are a table there. */
const DRIVEN = [
  "/oauth/token",
  "/authorize",
  "/account-info/details",
  "/crm/objects/{type}",
  "/crm/objects/{type}/search",
  "/crm/objects/{type}/batch/read",
  "/crm/associations/{fromObjectType}/{toObjectType}/batch/read",
  "/crm/owners",
  "/crm/pipelines/deals",
  "/crm/properties/{objectType}",
  "/marketing/forms",
  "/form-integrations/submissions/forms/{formGuid}",
];

const canonical = (path: string) =>
  (canonicalPath(path) ?? path).replace(
    /^\/crm\/objects\/(?:contacts|companies|deals|emails|notes|calls|meetings)/,
    "/crm/objects/{type}",
  );

it("every request of the quickstart was driven by the official client or checked against the specs, but these", () => {
  const spec = hubspotSpec();
  const inSpecs = new Set(
    Object.values(spec?.groups ?? {}).flatMap((group) =>
      group.endpoints.map((e) => e.path.replace(/\/$/, "")),
    ),
  );
  const checked = QUICKSTART_REQUESTS.map(({ method, path, older }) => ({
    request: `${method} ${path}`,
    by: DRIVEN.includes(canonical(path))
      ? "driven by official client"
      : older !== undefined && older === path && inSpecs.has(older)
        ? "checked against spec"
        : "neither",
  }));
  expect(checked.filter(({ by }) => by === "neither").map(({ request }) => request)).toEqual([
    // Newer than the client, which reads and deletes tokens by other paths; written after vendors/hubspot.md §1 alone.
    "POST /oauth/2026-09/token/introspect",
    "POST /oauth/2026-09/token/revoke",
  ]);
});

it("the list of what the official client drives names only what its test contains", () => {
  const test = readFileSync(join(import.meta.dirname, "official-client.test.ts"), "utf8");
  const calls: Record<string, string> = {
    "/oauth/token": "tokensApi.create",
    "/authorize": "getAuthorizationUrl",
    "/account-info/details": "/account-info/v3/details",
    "/crm/objects/{type}": "basicApi.getPage(type",
    "/crm/objects/{type}/search": "searchApi.doSearch(type",
    "/crm/objects/{type}/batch/read": "batchApi.read(type",
    "/crm/associations/{fromObjectType}/{toObjectType}/batch/read": "associations.v4.batchApi.getPage",
    "/crm/owners": "ownersApi.getPage",
    "/crm/pipelines/deals": 'pipelinesApi.getAll("deals")',
    "/crm/properties/{objectType}": "coreApi.getAll",
    "/marketing/forms": "formsApi.getPage",
    "/form-integrations/submissions/forms/{formGuid}": "/form-integrations/v1/submissions/forms/",
  };
  for (const path of DRIVEN) expect(test).toContain(calls[path] ?? `a call for ${path}`);
});

it("an older path and its dated one lead to the same handler", () => {
  const emulator = hubspotEmulator({ size: { companies: 1, contacts: 1, deals: 1, engagements: 1 } });
  for (const { method, path, older } of QUICKSTART_REQUESTS) {
    if (older === undefined || path.startsWith("/oauth/")) continue;
    const fill = (text: string) => text.replace(/\{\w*[oO]bjectType\}/g, "deals");
    const [dated, old] = [findRoute(method, fill(path)), findRoute(method, fill(older))];
    expect(dated).toMatchObject({ handle: expect.any(Function) });
    expect(old).toEqual(dated);
  }
  emulator.close();
});
