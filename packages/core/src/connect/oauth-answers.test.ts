import { describe, expect, it } from "vitest";
import type { OAuthDefinition } from "../define/auth.ts";
import { VendorError } from "../errors.ts";
import { secret } from "../http/secret.ts";
import { systemClock } from "../ports/clock.ts";
import { createOAuthClient } from "./oauth.ts";

/** A client whose vendor answers so, by a definition that reads it so. */
function client(
  answer: { readonly status?: number; readonly body: string },
  readTokenResponse?: OAuthDefinition["readTokenResponse"],
) {
  return createOAuthClient({
    definition: {
      clientId: "id",
      clientSecret: "secret",
      authorizeUrl: "https://vendor.example/authorize",
      tokenUrl: "https://vendor.example/token",
      pkce: false,
      clientAuthentication: "client_secret_basic",
      ...(readTokenResponse && { readTokenResponse }),
    },
    clock: systemClock,
    unsafeLoopback: false,
    fetch: async () =>
      new Response(answer.body, {
        status: answer.status ?? 200,
        headers: { "content-type": "application/json" },
      }),
  });
}

const strange = { ok: true, access_token: "a", token_type: "bot", refresh_token: "r", expires_in: 60 };
const made: OAuthDefinition["readTokenResponse"] = (answer) =>
  answer.ok === true ? { ...answer, token_type: "bearer" } : { error: "invalid_grant" };

describe("a token endpoint's answer that is not RFC 6749's", () => {
  it("is taken as its definition reads it", async () => {
    const grant = await client({ body: JSON.stringify(strange) }, made).refresh(secret("old"));
    expect(grant.accessToken.reveal()).toBe("a");
    expect(grant.refreshToken?.reveal()).toBe("r");
    expect(grant.expiresInMs).toBe(60_000);
  });

  it("is refused where no definition reads it", async () => {
    const refreshing = client({ body: JSON.stringify(strange) }).refresh(secret("old"));
    await expect(refreshing).rejects.toMatchObject({ code: "vendor_failed" });
  });

  it("is a refusal where it says so, although its status is 200", async () => {
    const refreshing = client({ body: '{"ok":false}' }, made).refresh(secret("old"));
    await expect(refreshing).rejects.toMatchObject({ code: "reconnect_required" });
  });

  it("can be one that passes", async () => {
    const away = client({ body: '{"ok":false}' }, () => {
      throw new VendorError("Away.", { retryable: true, reason: "away" });
    });
    await expect(away.refresh(secret("old"))).rejects.toMatchObject({ retryable: true, reason: "away" });
  });

  it.each(["<html>", "null", '"text"'])(
    "F43 %s is nothing to read, and no reason to reconnect",
    async (body) => {
      const refreshing = client({ body }, made).refresh(secret("old"));
      await expect(refreshing).rejects.toMatchObject({ code: "vendor_failed", retryable: true });
    },
  );

  it("F43 an error of the vendor's is not read as a refusal", async () => {
    const refreshing = client({ status: 503, body: '{"ok":false}' }, made).refresh(secret("old"));
    await expect(refreshing).rejects.toMatchObject({ code: "vendor_failed", retryable: true });
  });
});

describe("a client that is its secret alone", () => {
  it("gives the secret as the user, with no password, and nothing of it in the body", async () => {
    const seen: Request[] = [];
    const oauth = createOAuthClient({
      definition: {
        clientId: "ca_1",
        clientSecret: "sk_canary",
        authorizeUrl: "https://vendor.example/authorize",
        tokenUrl: "https://vendor.example/token",
        pkce: false,
        clientAuthentication: "client_secret_as_user",
        scopesInRequest: false,
      },
      clock: systemClock,
      unsafeLoopback: false,
      fetch: async (input, init) => {
        seen.push(new Request(input, init));
        return Response.json({ access_token: "a", token_type: "bearer" });
      },
    });
    await oauth.refresh(secret("old"));
    expect(seen[0]?.headers.get("authorization")).toBe(`Basic ${btoa("sk_canary:")}`);
    expect(await seen[0]?.text()).toBe("refresh_token=old&grant_type=refresh_token");
    const url = new URL(
      oauth.authorizeUrl({
        redirectUri: "https://app.example/callback",
        state: "s",
        verifier: "v",
        scopes: [{ scope: "customers", reason: "Reads them." }],
      }),
    );
    expect(url.searchParams.has("scope")).toBe(false);
    expect(url.searchParams.get("client_id")).toBe("ca_1");
  });
});
