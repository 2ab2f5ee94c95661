import type { AuthDefinition, ScopeDefinition, VendorAccount } from "@halo/core";
import * as z from "zod";
import type { Paths } from "./paths.ts";
import { unlessForbidden } from "./streams/unless-forbidden.ts";

/** Which scopes Halo asks for and why: "Scopes" in HubSpot's developer documentation, read 2026-11-21. */
export const scopes: readonly ScopeDefinition[] = [
  { scope: "oauth", reason: "HubSpot requires it of every app." },
  { scope: "crm.objects.contacts.read", reason: "Reads contacts, notes, calls and meetings." },
  { scope: "crm.objects.contacts.write", reason: "Lets agents update contacts and add notes and tasks." },
  { scope: "crm.objects.companies.read", reason: "Reads companies, to know whom a contact works for." },
  { scope: "crm.objects.deals.read", reason: "Reads deals, with their pipelines and stages." },
  { scope: "crm.objects.deals.write", reason: "Lets agents open deals." },
  { scope: "sales-email-read", reason: "Reads the text of logged e-mails, so that they can be searched." },
  { scope: "forms", reason: "Reads forms and what people submitted." },
  {
    scope: "crm.objects.owners.read",
    reason: "Shows owners by name instead of by number.",
    optional: true,
  },
];

/**
 * The account of a key that may not ask which account it belongs to: one of its own each time, since two such keys may
 * open two accounts, whose records must never meet in one connection. Another key for it is an explicit switch.
 */
const unidentified = (): VendorAccount => ({
  id: `unidentified-${crypto.randomUUID()}`,
  name: "HubSpot account (this key cannot tell which)",
});

const TokenResponse = z.object({
  hub_id: z.union([z.number(), z.string()]),
  scopes: z.array(z.string()).nullish(),
});

const AccountDetails = z.object({
  portalId: z.union([z.number(), z.string()]),
  accountType: z.string().nullish(),
  timeZone: z.string().nullish(),
  companyCurrency: z.string().nullish(),
  dataHostingLocation: z.string().nullish(),
});

export interface AuthOptions {
  readonly clientId?: string | undefined;
  readonly clientSecret?: string | undefined;
  /** Where people log in. */
  readonly appOrigin: string;
  readonly apiOrigin: string;
  readonly paths: Paths;
}

export function auth({ clientId, clientSecret, appOrigin, apiOrigin, paths }: AuthOptions): AuthDefinition {
  return {
    scopes,
    key: {
      label: "Service key or private app token",
      check: (key) =>
        /^pat-[a-z0-9]+-\S+$/.test(key)
          ? undefined
          : "A HubSpot service key or private app token begins with pat- and a region, such as pat-eu1-.",
    },
    ...(clientId &&
      clientSecret && {
        oauth: {
          clientId,
          clientSecret,
          authorizeUrl: new URL("/oauth/authorize", appOrigin).href,
          tokenUrl: new URL(paths.token, apiOrigin).href,
          revokeUrl: new URL(paths.revoke, apiOrigin).href,
          pkce: true,
          clientAuthentication: "client_secret_post" as const,
          optionalScopeParameter: "optional_scope",
          // The OpenAPI document names the field `token`, the guide after the hint: send both (read 2026-11-21).
          revokeFields: (token: string) => ({
            token,
            token_type_hint: "refresh_token",
            refresh_token: token,
          }),
        },
      }),
    async identify({ http, tokenResponse, signal }) {
      const granted = TokenResponse.safeParse(tokenResponse).data;
      if (granted) {
        return {
          account: { id: String(granted.hub_id) },
          ...(granted.scopes && { scopes: granted.scopes }),
        };
      }
      const details = await unlessForbidden(() =>
        http.get(paths.accountDetails, { schema: AccountDetails, signal }),
      );
      if (details) return { account: describeAccount(details) };
      // No source says whether a service key may ask for its account. A key that may not is good if the CRM knows it:
      // a wrong one is refused with 401, a narrow one with 403.
      await unlessForbidden(() => http.get(paths.objects("contacts"), { query: { limit: 1 }, signal }));
      return { account: unidentified() };
    },
  };
}

function describeAccount(details: z.infer<typeof AccountDetails>): VendorAccount {
  const shown = {
    type: details.accountType,
    time_zone: details.timeZone,
    currency: details.companyCurrency,
    region: details.dataHostingLocation,
  };
  const known = Object.entries(shown).filter((entry): entry is [string, string] => !!entry[1]);
  return { id: String(details.portalId), details: Object.fromEntries(known) };
}
