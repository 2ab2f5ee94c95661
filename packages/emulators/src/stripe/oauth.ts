import type { Clock } from "../clock.ts";
import { codeDigest, errorPage, redirectTo, wayBack } from "../consent-page.ts";
import { jsonReply, type Reply } from "../reply.ts";
import type { StripeAccount } from "./account.ts";
import { type Grant, type Keys, keyOf } from "./keys.ts";

/** What the person at the page does where the app is installed. */
export interface StripeConsent {
  /** False: they press cancel. */
  approve: boolean;
  /** The account they choose; the first one unless told. */
  accountId?: string;
  /** The mode of the link that they followed; the account's own unless told. */
  mode?: "test" | "live";
}

/** The app, and its developer's own account, which is the platform of Connect. */
export interface StripeApp {
  readonly clientId: string;
  /** The developer's secret keys: the client secret of the token endpoint in that mode, and the key of Connect. */
  readonly secretKeys: { readonly test: string; readonly live: string };
}

export interface StripeOAuth {
  /** The next visits to the page; lasting until changed. */
  consent: StripeConsent;
  authorize(url: URL): Reply;
  /** `POST https://api.stripe.com/v1/oauth/token`. */
  token(request: Request, form: URLSearchParams): Reply;
  /** `POST https://connect.stripe.com/oauth/token`: its tokens are the account's keys and do not expire. */
  connectToken(request: Request, form: URLSearchParams): Reply;
  deauthorize(request: Request, form: URLSearchParams): Reply;
}

interface Code {
  readonly accountId: string;
  readonly livemode: boolean;
  readonly expiresAt: number;
}

const CODE_MS = 5 * 60_000;
const HOUR = 3_600_000;
export const ACCESS_TOKEN_MS = HOUR;
const REFRESH_TOKEN_MS = 365 * 24 * HOUR;

const oauthError = (error: string, error_description: string, status = 400): Reply =>
  jsonReply(status, { error, error_description });

export const deadGrant = (): Reply =>
  oauthError("invalid_grant", "Refresh token does not exist, has expired or was used already.");

export function createOAuth(options: {
  readonly app: StripeApp;
  readonly accounts: ReadonlyMap<string, StripeAccount>;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly permissions: readonly string[];
  readonly defaultMode: "test" | "live";
  install(account: StripeAccount, mode: "test" | "live"): void;
  uninstall(account: StripeAccount, mode: "test" | "live"): void;
}): StripeOAuth {
  const { accounts, app, clock, keys, permissions } = options;
  const codes = new Map<string, Code>();
  let serial = 0;

  /** The mode of the developer's key that the request carries, as Basic, as bearer or in the form. */
  const modeOf = (request: Request, form: URLSearchParams): "test" | "live" | undefined => {
    const key = keyOf(request) ?? form.get("client_secret");
    return key === app.secretKeys.live ? "live" : key === app.secretKeys.test ? "test" : undefined;
  };

  const grantOf = (accountId: string, livemode: boolean): Grant => ({
    accountId,
    livemode,
    kind: "oauth",
    permissions,
  });

  const tokens = (grant: Grant): Reply =>
    jsonReply(200, {
      access_token: keys.issueAccess(grant, clock.now() + ACCESS_TOKEN_MS),
      livemode: grant.livemode,
      refresh_token: keys.issueRefresh(grant, clock.now() + REFRESH_TOKEN_MS),
      scope: "stripe_apps",
      stripe_publishable_key: publishable(grant),
      stripe_user_id: grant.accountId,
      token_type: "bearer",
    });

  const publishable = ({ accountId, livemode }: Pick<Grant, "accountId" | "livemode">) =>
    `pk_${livemode ? "live" : "test"}_51${accountId.slice(6)}`;

  /** Takes the code: it is good once. */
  const exchange = (form: URLSearchParams, mode: "test" | "live"): Code | Reply => {
    const value = form.get("code") ?? "";
    const code = codes.get(value);
    codes.delete(value);
    if (!code || code.expiresAt <= clock.now())
      return oauthError("invalid_grant", `Authorization code does not exist: ${value.slice(0, 6)}…`);
    // guess: which error a code of the other mode gives.
    if (code.livemode !== (mode === "live"))
      return oauthError("invalid_grant", "This code was not issued in the mode of this key.");
    const account = accounts.get(code.accountId);
    if (account) options.install(account, mode);
    return code;
  };

  const badClient = () => oauthError("invalid_client", "No such API key.", 401);

  return {
    consent: { approve: true },
    authorize(url) {
      const query = url.searchParams;
      const back = wayBack(query, app.clientId);
      if (!back) return errorPage("This app cannot be installed");
      const account = accounts.get(this.consent.accountId ?? [...accounts.keys()][0] ?? "");
      if (!this.consent.approve || !account) {
        back.searchParams.set("error", "access_denied");
        back.searchParams.set("error_description", "The user denied your request");
        return redirectTo(back);
      }
      const mode = this.consent.mode ?? options.defaultMode;
      const code = `ac_${codeDigest(app.clientId, clock.now(), ++serial).slice(0, 32)}`;
      const { id } = account.facts;
      codes.set(code, { accountId: id, livemode: mode === "live", expiresAt: clock.now() + CODE_MS });
      back.searchParams.set("code", code);
      // guess: install links of Stripe Apps come back with the account and the mode as well.
      back.searchParams.set("stripe_user_id", id);
      return redirectTo(back);
    },
    token(request, form) {
      const mode = modeOf(request, form);
      if (!mode) return badClient();
      if (form.get("grant_type") === "authorization_code") {
        const code = exchange(form, mode);
        return "status" in code ? code : tokens(grantOf(code.accountId, code.livemode));
      }
      if (form.get("grant_type") !== "refresh_token")
        return oauthError("unsupported_grant_type", "grant_type must be authorization_code or refresh_token");
      const token = form.get("refresh_token") ?? "";
      const grant = keys.readRefresh(token, clock.now());
      if (!grant || grant.livemode !== (mode === "live")) return deadGrant();
      // The old one dies with the exchange (vendors/stripe.md §1).
      keys.revoke(token);
      return tokens(grant);
    },
    connectToken(request, form) {
      const mode = modeOf(request, form);
      if (!mode) return badClient();
      if (form.get("grant_type") !== "authorization_code")
        return oauthError("unsupported_grant_type", "grant_type must be authorization_code");
      const code = exchange(form, mode);
      if ("status" in code) return code;
      const grant: Grant = { ...code, kind: "secret", permissions: undefined };
      return jsonReply(200, {
        access_token: keys.issueKey(grant),
        livemode: code.livemode,
        refresh_token: keys.issueRefresh(grant, clock.now() + REFRESH_TOKEN_MS),
        scope: "read_write",
        stripe_publishable_key: publishable(code),
        stripe_user_id: code.accountId,
        token_type: "bearer",
      });
    },
    deauthorize(request, form) {
      const mode = modeOf(request, form);
      if (!mode) return badClient();
      if (form.get("client_id") !== app.clientId)
        return oauthError("invalid_client", "No application matches the supplied client identifier", 401);
      const account = accounts.get(form.get("stripe_user_id") ?? "");
      if (!account?.installed.has(mode)) {
        return oauthError(
          "invalid_client",
          "This application is not connected to the stripe account, or that account does not exist.",
          401,
        );
      }
      options.uninstall(account, mode);
      return jsonReply(200, { stripe_user_id: account.facts.id });
    },
  };
}
