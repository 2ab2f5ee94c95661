import { AuthorizationError, type VendorHttp } from "@halo/core";
import { hubspotEmulator } from "@halo/emulators/hubspot";
import { describe, expect, it } from "vitest";
import { emulatorHttp } from "../test/emulator-http.ts";
import { auth, scopes } from "./auth.ts";
import { hubspot } from "./integration.ts";
import { paths } from "./paths.ts";

const { signal } = new AbortController();
const definition = auth({
  clientId: "id",
  clientSecret: "secret",
  apiOrigin: "https://api.hubapi.com",
  appOrigin: "https://app.hubspot.com",
  paths: paths("2026-09"),
});

/** The emulator's account through a key, with some paths forbidden. */
function keyHttp(forbidden: RegExp = /$^/): { http: VendorHttp; portalId: number } {
  const emulator = hubspotEmulator({ limits: "none" });
  const key = emulator.issueKey({ scopes: ["oauth", "crm.objects.contacts.read"] });
  const http = emulatorHttp(emulator, hubspot().http, key);
  const get: VendorHttp["get"] = (path, call) =>
    forbidden.test(path)
      ? Promise.reject(new AuthorizationError("no", { gate: "scope" }))
      : http.get(path, call);
  return { http: { ...http, get }, portalId: emulator.portal.id };
}

describe("auth", () => {
  it("asks for the seven documented scopes, the base one, and owners optionally", () => {
    const required = scopes.filter(({ optional }) => !optional).map(({ scope }) => scope);
    expect(required).toEqual([
      "oauth",
      "crm.objects.contacts.read",
      "crm.objects.contacts.write",
      "crm.objects.companies.read",
      "crm.objects.deals.read",
      "crm.objects.deals.write",
      "sales-email-read",
      "forms",
    ]);
    expect(scopes.filter(({ optional }) => optional).map(({ scope }) => scope)).toEqual([
      "crm.objects.owners.read",
    ]);
  });

  it("uses the dated token endpoints", () => {
    expect(definition.oauth).toMatchObject({
      authorizeUrl: "https://app.hubspot.com/oauth/authorize",
      tokenUrl: "https://api.hubapi.com/oauth/2026-09/token",
      revokeUrl: "https://api.hubapi.com/oauth/2026-09/token/revoke",
    });
  });

  it("sends a token to revoke under both of its names", () => {
    expect(definition.oauth?.revokeFields?.("t0")).toEqual({
      token: "t0",
      refresh_token: "t0",
      token_type_hint: "refresh_token",
    });
  });

  it("has no OAuth without an app", () => {
    expect(hubspot().auth.oauth).toBeUndefined();
  });

  it("moves to other origins as a whole", () => {
    const moved = hubspot({ clientId: "a", clientSecret: "b", origins: { api: "http://127.0.0.1:9" } });
    expect(moved.http.baseUrl).toBe("http://127.0.0.1:9");
    expect(moved.auth.oauth?.authorizeUrl).toBe("http://127.0.0.1:9/oauth/authorize");
    expect(moved.auth.oauth?.tokenUrl).toBe("http://127.0.0.1:9/oauth/2026-09/token");
  });

  it.each(["pat-eu1-1234", "pat-na1-00000000-0000"])("takes a key of the shape %s", (key) => {
    expect(definition.key?.check?.(key)).toBeUndefined();
  });

  it.each(["", "sk_live_1", "pat-", "Bearer pat-eu1-1"])("says what is wrong with the key %j", (key) => {
    expect(definition.key?.check?.(key)).toMatch(/pat-/);
  });
});

describe("identify", () => {
  it("takes the account and the scopes from the token endpoint's answer, without a call", async () => {
    const http = {} as VendorHttp;
    const tokenResponse = { access_token: "a", hub_id: 123, scopes: ["oauth"] };
    await expect(definition.identify({ http, tokenResponse, signal })).resolves.toEqual({
      account: { id: "123" },
      scopes: ["oauth"],
    });
  });

  it("asks which account a key belongs to", async () => {
    const { http, portalId } = keyHttp();
    const { account } = await definition.identify({ http, signal });
    expect(account).toMatchObject({ id: String(portalId), details: { type: "STANDARD" } });
  });

  it.each([/account-info/, /account-info|contacts/])(
    "takes a key that is good but narrow (%s)",
    async (forbidden) => {
      const { http } = keyHttp(forbidden);
      const { account } = await definition.identify({ http, signal });
      expect(account.id).toMatch(/^unidentified-/);
    },
  );

  it("refuses a key that is not good", async () => {
    const http = emulatorHttp(hubspotEmulator({ limits: "none" }), hubspot().http, "pat-eu1-wrong");
    await expect(definition.identify({ http, signal })).rejects.toMatchObject({ code: "reconnect_required" });
  });
});
