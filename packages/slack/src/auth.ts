import { type AuthDefinition, isHaloError, type ScopeDefinition, VendorError } from "@halo/core";
import * as z from "zod";
import { PASSING_ERRORS, path } from "./http.ts";

/** Which bot scopes Halo asks for and why: Slack's reference of scopes, read 2026-11-21. None reads direct messages. */
export const scopes: readonly ScopeDefinition[] = [
  { scope: "chat:write", reason: "Posts notifications and what agents say, into channels where the app is." },
  { scope: "channels:read", reason: "Knows public channels by name." },
  { scope: "channels:join", reason: "Joins a public channel once it is mapped or told to." },
  { scope: "channels:history", reason: "Reads public channels that are mapped to an agent." },
  {
    scope: "groups:read",
    reason: "Knows private channels, to which the app was invited, by name.",
    optional: true,
  },
  {
    scope: "groups:history",
    reason: "Reads private channels that are mapped to an agent, once the app was invited.",
    optional: true,
  },
  { scope: "app_mentions:read", reason: "Hears when somebody calls the app in a channel.", optional: true },
  {
    scope: "users:read",
    reason: "Shows people by name instead of by id, and tells who clicked.",
    optional: true,
  },
  {
    scope: "users:read.email",
    reason: "Finds by their address the customer that a guest is, and who of the team decides a proposal.",
    optional: true,
  },
  { scope: "reactions:write", reason: "Marks a message that an agent has seen.", optional: true },
];

const Test = z.object({
  team_id: z.string().min(1),
  team: z.string().nullish(),
  url: z.string().nullish(),
  bot_id: z.string().nullish(),
});

const TokenResponse = z.object({
  app_id: z.string().nullish(),
  scope: z.string().nullish(),
});

/** The grant is over: only the org's admin can mend that. Names from `oauth.v2.access`, read 2026-11-21. */
const DEAD_GRANT = new Set([
  "invalid_code",
  "code_already_used",
  "code_expired",
  "invalid_refresh_token",
  "token_revoked",
  "token_expired",
  "invalid_auth",
  "account_inactive",
]);
const BAD_CLIENT = new Set(["invalid_client_id", "bad_client_secret", "invalid_client"]);

export interface AuthOptions {
  readonly clientId?: string | undefined;
  readonly clientSecret?: string | undefined;
  readonly apiOrigin: string;
  /** Where people agree. */
  readonly appOrigin: string;
}

export function auth({ apiOrigin, appOrigin, clientId, clientSecret }: AuthOptions): AuthDefinition {
  return {
    scopes,
    key: {
      label: "Bot token",
      check: (key) =>
        /^(xoxe\.)?xoxb-[\w-]+$/.test(key)
          ? undefined
          : "A Slack bot token begins with xoxb-. It stands in your app's settings under OAuth & Permissions.",
    },
    ...(clientId &&
      clientSecret && {
        oauth: {
          clientId,
          clientSecret,
          authorizeUrl: new URL("/oauth/v2/authorize", appOrigin).href,
          tokenUrl: new URL(path("oauth.v2.access"), apiOrigin).href,
          // Turning it on makes an app a public client, for good ("Using PKCE", read 2026-11-21).
          pkce: false,
          clientAuthentication: "client_secret_basic" as const,
          scopeSeparator: ",",
          readTokenResponse,
        },
      }),
    async identify({ http, signal, tokenResponse }) {
      let told: string | null = null;
      const onHeaders = (headers: Headers) => {
        told = headers.get("x-oauth-scopes");
      };
      const test = await http.get(path("auth.test"), { schema: Test, signal, onHeaders });
      const answer = TokenResponse.safeParse(tokenResponse).data;
      const known = { url: test.url, app_id: answer?.app_id, bot_id: test.bot_id };
      const details = Object.entries(known).filter((entry): entry is [string, string] => !!entry[1]);
      const granted = (answer?.scope ?? told ?? "").split(/[\s,]+/).filter(Boolean);
      return {
        account: {
          id: test.team_id,
          ...(test.team && { name: test.team }),
          details: Object.fromEntries(details),
        },
        ...(granted.length > 0 && { scopes: granted }),
      };
    },
    async revoke({ http, signal }) {
      try {
        await http.get(path("auth.revoke"), { signal });
        return true;
      } catch (error) {
        // Dead already: nobody can use it.
        if (isHaloError(error, "reconnect_required")) return true;
        throw error;
      }
    },
  };
}

/** Slack refuses with `ok: false` and status 200, and calls its tokens' type `bot`. */
export function readTokenResponse(answer: { readonly [field: string]: unknown }) {
  if (answer.ok === true) return { ...answer, token_type: "bearer" };
  const error = typeof answer.error === "string" ? answer.error : "unknown";
  if (PASSING_ERRORS.has(error) || error === "ratelimited" || error === "rate_limited") {
    throw new VendorError("Slack's token endpoint could not answer now.", { reason: error, retryable: true });
  }
  if (DEAD_GRANT.has(error)) return { error: "invalid_grant" };
  return { error: BAD_CLIENT.has(error) ? "invalid_client" : error };
}
