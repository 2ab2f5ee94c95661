import { type AuthDefinition, isHaloError, type ScopeDefinition, type VendorAccount } from "@halo/core";
import * as z from "zod";
import { accountId } from "./account.ts";

/**
 * Permissions that reading needs, as a restricted key or an app's manifest gives them: "Restricted API keys" in Stripe's
 * documentation, read 2026-11-21. What Stripe gives is not told, so each is tried at connect.
 */
export const scopes: readonly ScopeDefinition[] = [
  { scope: "customers", reason: "Reads customers, whom everything else belongs to." },
  { scope: "subscriptions", reason: "Reads subscriptions: status, plan, what they bring in." },
  { scope: "invoices", reason: "Reads invoices and whether they are paid." },
  { scope: "payment_intents", reason: "Reads payments under way." },
  { scope: "charges", reason: "Reads payments and refunds: what was paid, and when." },
  { scope: "events", reason: "Finds what changed without a webhook." },
];

/** Stripe tells no end of an access token: they live an hour ("OAuth 2.0" of Stripe Apps, read 2026-11-21). */
const TOKEN_LIFE_S = 3_600;

const Account = z.object({
  id: z.string().min(1),
  email: z.string().nullish(),
  country: z.string().nullish(),
  default_currency: z.string().nullish(),
  business_profile: z.object({ name: z.string().nullish() }).nullish(),
  settings: z.object({ dashboard: z.object({ display_name: z.string().nullish() }).nullish() }).nullish(),
});

const TokenResponse = z.object({ stripe_user_id: z.string().min(1), livemode: z.boolean() });

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
      label: "Restricted key",
      check: (key) => {
        if (/^[rs]k_(live|test)_\w+$/.test(key)) return undefined;
        return key.startsWith("pk_")
          ? "This is a publishable key, which may read nothing: make a restricted key."
          : "A restricted key of Stripe begins with rk_live_ or rk_test_.";
      },
    },
    ...(clientId &&
      clientSecret && {
        oauth: {
          clientId,
          clientSecret,
          authorizeUrl: new URL("/oauth/v2/authorize", appOrigin).href,
          tokenUrl: new URL("/v1/oauth/token", apiOrigin).href,
          pkce: false,
          // The developer's secret key is the user, and nobody the password.
          clientAuthentication: "client_secret_as_user" as const,
          // What the app may do stands in its manifest, and is not asked for.
          scopesInRequest: false,
          readTokenResponse: (answer: { readonly [field: string]: unknown }) =>
            "access_token" in answer ? { expires_in: TOKEN_LIFE_S, ...answer } : answer,
        },
      }),
    async identify({ credential, http, signal, tokenResponse }) {
      const granted = TokenResponse.safeParse(tokenResponse).data;
      const missing = new Set<string>();
      const tried = await Promise.all(
        scopes.map(async ({ scope }) => {
          try {
            await http.get(`/v1/${scope}`, { query: { limit: 1 }, signal });
          } catch (error) {
            if (!isHaloError(error, "gate_closed")) throw error;
            missing.add(scope);
          }
          return scope;
        }),
      );
      const account = await unlessForbidden(() => http.get("/v1/account", { schema: Account, signal }));
      const key = credential?.reveal() ?? "";
      const live = granted?.livemode ?? !/^[rs]k_test_/.test(key);
      return {
        account: describe(account, granted?.stripe_user_id, live),
        scopes: tried.filter((scope) => !missing.has(scope)),
        ...(granted === undefined &&
          key.startsWith("sk_") && {
            notices: [
              "This is a secret key, which may do everything. Make a restricted key with what Halo needs, and reconnect with it.",
            ],
          }),
      };
    },
  };
}

/**
 * A key that may not ask for its account is one of its own each time: two such keys may open two accounts, whose records
 * must never meet in one connection. Another key for it is an explicit switch.
 */
function describe(
  account: z.infer<typeof Account> | undefined,
  told: string | undefined,
  live: boolean,
): VendorAccount {
  const id = account?.id ?? told ?? `unidentified-${crypto.randomUUID()}`;
  const name =
    account?.settings?.dashboard?.display_name ?? account?.business_profile?.name ?? account?.email;
  const shown = {
    mode: live ? "live" : "test",
    // What core holds objects against before it moves money (T09).
    livemode: String(live),
    country: account?.country,
    currency: account?.default_currency,
  };
  const details = Object.entries(shown).filter((entry): entry is [string, string] => !!entry[1]);
  return {
    id: accountId(id, live),
    name: name ?? (account || told ? undefined : "Stripe account (this key cannot tell which)"),
    details: Object.fromEntries(details),
  };
}

/** No source says which permission opens `/v1/account`. */
async function unlessForbidden<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isHaloError(error, "gate_closed")) return undefined;
    throw error;
  }
}
