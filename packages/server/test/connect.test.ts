import { createHalo } from "@halo/core";
import { memoryStorage } from "@halo/core/memory";
import { hubspotEmulator } from "@halo/emulators/hubspot";
import { type Served, serve } from "@halo/emulators/serve";
import { hubspot } from "@halo/hubspot";
import { afterEach, describe, expect, it } from "vitest";
import { type Caller, createHandler } from "../src/index.ts";
import { acmeAdmin, as, authorize, base, publicUrl } from "./support/world.ts";

const closing: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of closing.splice(0)) await one.close();
});

const eve: Caller = { orgId: "evil", actor: { id: "eve", kind: "human" }, roles: ["admin"] };

/** A Halo that speaks to a served emulator, and a browser in front of its handler. */
async function opened() {
  const emulator = hubspotEmulator({ size: { companies: 1, contacts: 1, deals: 1, engagements: 1 } });
  const vendor: Served = await serve(emulator);
  const { clientId, clientSecret } = emulator;
  const halo = await createHalo({
    storage: memoryStorage(),
    integrations: [hubspot({ clientId, clientSecret, origins: { api: vendor.url, app: vendor.url } })],
    encryptionKey: crypto.getRandomValues(new Uint8Array(32)),
    publicUrl,
    unsafeLoopback: true,
    returnTo: ["/settings"],
  });
  closing.push(halo, vendor, emulator);
  const handler = createHandler(halo, { authorize });
  const get = (url: string, headers: Record<string, string> = {}) => handler(new Request(url, { headers }));
  /** Presses Connect and agrees at the vendor; what comes back is the callback's address and the cookie. */
  const agree = async (caller = acmeAdmin, query = "") => {
    const begun = await get(`${base}/hubspot/connect${query}`, as(caller));
    expect(begun.status).toBe(302);
    const cookie = begun.headers.get("set-cookie") ?? "";
    const consent = await fetch(begun.headers.get("location") ?? "", { redirect: "manual" });
    return { callback: consent.headers.get("location") ?? "", cookie, pair: cookie.split(";")[0] ?? "" };
  };
  return { agree, emulator, get, halo, handler };
}

describe("connecting", () => {
  it("goes to the vendor and back, with a cookie that only this way needs", async () => {
    const { agree, emulator, get, halo } = await opened();
    const { callback, cookie, pair } = await agree(acmeAdmin, "?returnTo=/settings/crm%3Ftab%3D1");
    expect(cookie).toMatch(
      /^__Secure-halo-connect=[0-9a-f]{64}; Path=\/api\/integrations\/hubspot; Max-Age=600; HttpOnly; SameSite=Lax; Secure$/,
    );
    const back = await get(callback, { ...as(acmeAdmin), cookie: `theme=dark; ${pair}` });
    expect([back.status, back.headers.get("location")]).toEqual([303, `${publicUrl}/settings/crm?tab=1`]);
    expect(back.headers.get("set-cookie")).toContain("Max-Age=0");
    expect(await halo.connections.list("acme")).toMatchObject([
      { state: "connected", account: { id: String(emulator.portal.id) } },
    ]);
  });

  it("ends on a page, or as JSON, where there is nowhere to go back to", async () => {
    const { agree, get } = await opened();
    const first = await agree();
    const page = await get(first.callback, { ...as(acmeAdmin), cookie: first.pair, accept: "text/html,*/*" });
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining("HubSpot is connected")]);
    const second = await agree();
    const answer = await get(second.callback, { ...as(acmeAdmin), cookie: second.pair });
    const { connection } = (await answer.json()) as { connection: Record<string, unknown> };
    expect(connection).toMatchObject({ orgId: "acme", hasCredentials: true });
    expect(connection).not.toHaveProperty("credentials");
  });

  it("T10 is refused in another browser, by another person, with a planted cookie, and a second time", async () => {
    const { agree, get, halo } = await opened();
    const { callback, pair } = await agree(eve);
    const refused = async (headers: Record<string, string>) => {
      const answer = await get(callback, headers);
      return [answer.status, ((await answer.json()) as { error: { code: string } }).error.code];
    };
    const invalid = [400, "oauth_state_invalid"];
    expect(await refused(as(eve))).toEqual(invalid);
    expect(
      await refused({ ...as(eve), cookie: pair.replace(/.$/, (last) => (last === "0" ? "1" : "0")) }),
    ).toEqual(invalid);
    expect(await refused({ ...as(eve), cookie: `${pair}; ${pair}` })).toEqual(invalid);
    // Eve plants her cookie in Ada's browser and sends her the address: Ada's account must not end up in Eve's org.
    expect(await refused({ ...as(acmeAdmin), cookie: pair })).toEqual(invalid);
    expect(await halo.connections.list("evil")).toEqual([]);
    expect((await get(callback, { ...as(eve), cookie: pair })).status).toBe(200);
    expect(await refused({ ...as(eve), cookie: pair })).toEqual(invalid);
  });

  it("T10 begins from no link on another site", async () => {
    const { get } = await opened();
    const from = (site: string) =>
      get(`${base}/hubspot/connect`, { ...as(acmeAdmin), "sec-fetch-site": site });
    expect((await from("cross-site")).status).toBe(403);
    expect((await from("none")).status).toBe(302);
  });

  it.each(["https://evil.example", "//evil.example", "/\\evil.example", "/settings/../other", "/other"])(
    "T13 sends nobody back to %s",
    async (returnTo) => {
      const { get } = await opened();
      const url = `${base}/hubspot/connect?returnTo=${encodeURIComponent(returnTo)}`;
      const answer = await get(url, as(acmeAdmin));
      expect([answer.status, answer.headers.get("location")]).toEqual([400, null]);
    },
  );

  it("believes no Host header about where the vendor sends the code", async () => {
    const { handler } = await opened();
    const answer = await handler(
      new Request("http://evil.example/api/integrations/hubspot/connect", {
        headers: { ...as(acmeAdmin), "x-forwarded-host": "evil.example" },
      }),
    );
    const url = new URL(answer.headers.get("location") ?? "");
    expect(url.searchParams.get("redirect_uri")).toBe(`${base}/hubspot/callback`);
  });

  it("T28 tells what went wrong without the code, the state, or what an attacker wrote", async () => {
    const { get } = await opened();
    const url = `${base}/hubspot/callback?code=sekret-code&state=sekret-state&error=<script>alert(1)</script>`;
    const page = await get(url, { ...as(acmeAdmin), accept: "text/html" });
    const text = await page.text();
    expect(page.status).toBe(400);
    expect(text).toContain("oauth_state_invalid");
    expect(text).not.toMatch(/sekret|<script>/);
    expect(page.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
  });

  it("says that the person refused at the vendor", async () => {
    const { agree, emulator, get } = await opened();
    const consent = emulator.consent;
    expect(consent).toBeDefined();
    const { callback, pair } = await agree();
    const denied = new URL(callback);
    denied.searchParams.delete("code");
    denied.searchParams.set("error", "access_denied");
    const answer = await get(denied.href, { ...as(acmeAdmin), cookie: pair });
    expect([answer.status, await answer.json()]).toMatchObject([403, { error: { code: "oauth_denied" } }]);
  });

  it("with a key answers with the connection, and keeps the key to itself", async () => {
    const { emulator, handler } = await opened();
    const key = emulator.issueKey({ scopes: ["oauth", "crm.objects.contacts.read"] });
    const post = (body: unknown) =>
      handler(
        new Request(`${base}/hubspot/key`, {
          method: "POST",
          headers: { ...as(acmeAdmin), "content-type": "application/json" },
          body: JSON.stringify(body),
        }),
      );
    const answer = await post({ key });
    const text = await answer.text();
    expect([answer.status, text.includes(key)]).toEqual([201, false]);
    const wrong = await post({ key: "pat-na1-not-a-key" });
    expect([wrong.status >= 400, (await wrong.text()).includes("pat-na1-not-a-key")]).toEqual([true, false]);
  });
});
