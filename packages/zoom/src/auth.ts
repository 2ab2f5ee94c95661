import { type AuthDefinition, isHaloError, type ScopeDefinition } from "@halo/core";
import * as z from "zod";
import type { AppClient } from "./app-client.ts";

/** Whose recordings an app may read: those of the person who installed it, or of the account's people. */
export type ZoomManagement = "user" | "admin";

/** Granular scopes: Zoom's reference of them, read 2026-11-21. An admin-managed app has the same ones with `:admin`. */
const SCOPES: readonly ScopeDefinition[] = [
  { scope: "user:read:user", reason: "Knows whose account it is." },
  { scope: "cloud_recording:read:list_user_recordings", reason: "Finds recorded meetings." },
  { scope: "cloud_recording:read:list_recording_files", reason: "Reads a recording's transcript." },
  {
    scope: "cloud_recording:read:recording",
    reason: "Hears by webhook when a transcript is ready, or a recording goes.",
    optional: true,
  },
  {
    scope: "cloud_recording:read:meeting_transcript",
    reason: "Reads transcripts of meetings that were not recorded.",
    optional: true,
  },
  {
    scope: "meeting:read:list_past_participants",
    reason: "Knows who was there, and so which customer a meeting is about.",
    optional: true,
  },
  {
    scope: "meeting:read:past_meeting",
    reason: "Knows meetings that were not recorded, and who hosted them.",
    optional: true,
  },
  { scope: "meeting:read:meeting", reason: "Hears by webhook when a meeting ended.", optional: true },
];

const ADMIN_ONLY: ScopeDefinition = {
  scope: "user:read:list_users:admin",
  reason: "Knows the account's people, whose recordings are read.",
};

export function scopesOf(management: ZoomManagement): readonly ScopeDefinition[] {
  if (management === "user") return SCOPES;
  return [...SCOPES.map((one) => ({ ...one, scope: `${one.scope}:admin` })), ADMIN_ONLY];
}

export const Me = z.object({
  id: z.string().min(1),
  account_id: z.string().min(1),
  email: z.string().nullish(),
  display_name: z.string().nullish(),
  first_name: z.string().nullish(),
  last_name: z.string().nullish(),
  role_name: z.string().nullish(),
  timezone: z.string().nullish(),
});

const TokenResponse = z.object({ scope: z.string().nullish() });

/** The grant is over, or was none; only a person can mend that ("OAuth errors" in Zoom's references, read 2026-11-21). */
const DEAD_GRANT = /\b(4711|4733|4734|4735|4737|4738|4741)\b/;
const BAD_CLIENT = /\b(4702|4704)\b/;

export interface AuthOptions {
  readonly management: ZoomManagement;
  /** Where people log in. */
  readonly appOrigin: string;
  readonly client: AppClient | undefined;
}

export function auth({ management, appOrigin, client }: AuthOptions): AuthDefinition {
  const revokeUrl = new URL("/oauth/revoke", appOrigin).href;
  return {
    scopes: scopesOf(management),
    ...(client && {
      oauth: {
        clientId: client.id,
        clientSecret: client.secret,
        authorizeUrl: new URL("/oauth/authorize", appOrigin).href,
        tokenUrl: new URL("/oauth/token", appOrigin).href,
        pkce: true,
        // As every example of Zoom's writes it: without the encoding of RFC 6749, 2.3.1.
        clientAuthentication: "client_secret_basic_plain" as const,
        // They are chosen where the app is made.
        scopesInRequest: false,
        readTokenResponse,
        readsRefusals: true,
      },
      async revoke({ http, credential, signal }) {
        // Zoom wants the access token named, and ends both.
        const form = { token: credential.reveal() };
        await http.post(revokeUrl, { token: client.basic, form, signal });
        return true;
      },
    }),
    async identify({ http, tokenResponse, signal }) {
      const me = await http.get("/users/me", { schema: Me, signal });
      const { scope } = TokenResponse.safeParse(tokenResponse).data ?? {};
      const known = { user_id: me.id, email: me.email, role: me.role_name, time_zone: me.timezone };
      const details = Object.entries(known).filter((entry): entry is [string, string] => !!entry[1]);
      return {
        account: {
          id: me.account_id,
          ...(me.email && { name: me.email }),
          details: Object.fromEntries(details),
        },
        ...(scope && { scopes: scope.split(/[\s,]+/).filter(Boolean) }),
      };
    },
  };
}

/** Zoom names a refusal's cause in words and numbers of its own, in whichever field. */
export function readTokenResponse(answer: { readonly [field: string]: unknown }) {
  if (typeof answer.access_token === "string") return answer;
  const told = [answer.error, answer.reason, answer.code, answer.errorMessage].map(String).join(" ");
  if (DEAD_GRANT.test(told) || /invalid_grant|invalid token/i.test(told)) return { error: "invalid_grant" };
  if (BAD_CLIENT.test(told) || /invalid_client/.test(told)) return { error: "invalid_client" };
  return { error: typeof answer.error === "string" ? answer.error : "unknown" };
}

/** True where the token may not, although it is good: then what it would bring is left out. */
export const isForbidden = (error: unknown): boolean => isHaloError(error, "gate_closed");
