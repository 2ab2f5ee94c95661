import { expect, it } from "vitest";
import { QUICKSTART_REQUESTS } from "../src/hubspot/quickstart-requests.ts";
import { findRoute } from "../src/hubspot/router.ts";
import { hubspotEmulator } from "../src/index.ts";
import { canonicalRequest, DRIVEN_BY_CLIENT } from "./driven.ts";
import { hubspotSpec } from "./specs.ts";

it("every request of the quickstart was driven by the official client or checked against the specs, but these", () => {
  const spec = hubspotSpec();
  const inSpecs = new Set(
    Object.values(spec?.groups ?? {}).flatMap((group) =>
      group.endpoints.map((e) => e.path.replace(/\/$/, "")),
    ),
  );
  const checked = QUICKSTART_REQUESTS.map(({ method, path, older }) => ({
    request: `${method} ${path}`,
    by: DRIVEN_BY_CLIENT.includes(canonicalRequest(method, path))
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
