import type { Clock } from "../clock.ts";
import { codeDigest, errorPage, redirectTo, wayBack } from "../consent-page.ts";
import { jsonReply, type Reply } from "../reply.ts";
import type { FathomAccount } from "./account.ts";
import type { FathomBehaviour } from "./options.ts";
import type { FathomGrant, FathomTokens } from "./tokens.ts";

/** What the person at the consent page does. */
export interface FathomConsent {
  /** False: they decline. */
  approve: boolean;
  /** Number of their organisation; 1 unless told. */
  account?: number;
  /** Who they are; the owner unless told. */
  email?: string;
}

export interface FathomApp {
  readonly clientId: string;
  readonly clientSecret: string;
}

export interface FathomOAuth {
  /** The next visits to the consent page; lasting until changed. */
  consent: FathomConsent;
  authorize(url: URL): Reply;
  /** `POST /external/v1/oauth2/token`; the client in the body. */
  token(args: URLSearchParams): Reply;
}

type Person = Omit<FathomGrant, "kind">;

interface Code {
  readonly person: Person;
  readonly redirectUri: string;
  readonly expiresAt: number;
  used: boolean;
}

/** guess: the vendor names no lifetime of a code. */
const CODE_MS = 10 * 60_000;
export const ACCESS_TOKEN_SECONDS = 86_400;
export const SCOPE = "public_api";

const failed = (error: string, status = 400): Reply => jsonReply(status, { error });

export function createOAuth(options: {
  readonly app: FathomApp;
  readonly accounts: ReadonlyMap<number, FathomAccount>;
  readonly tokens: FathomTokens;
  readonly clock: Clock;
  readonly behaviour: FathomBehaviour;
}): FathomOAuth {
  const { accounts, app, behaviour, clock, tokens } = options;
  const codes = new Map<string, Code>();
  let serial = 0;

  const issue = (person: Person): Reply =>
    jsonReply(200, {
      access_token: tokens.issueAccess(person, clock.now() + ACCESS_TOKEN_SECONDS * 1_000),
      token_type: "Bearer",
      expires_in: ACCESS_TOKEN_SECONDS,
      refresh_token: tokens.issueRefresh(person),
      scope: SCOPE,
    });

  return {
    consent: { approve: true },
    authorize(url) {
      const query = url.searchParams;
      const back = wayBack(query, app.clientId);
      if (!back || query.get("response_type") !== "code") return errorPage("Invalid authorization request");
      const account = accounts.get(this.consent.account ?? 1);
      const user = account?.users.get(this.consent.email ?? account.ownerEmail);
      const wrongScope = query.get("scope") !== SCOPE;
      if (!this.consent.approve || !account || !user || wrongScope) {
        back.searchParams.set("error", wrongScope ? "invalid_scope" : "access_denied");
        return redirectTo(back);
      }
      const code = codeDigest(app.clientSecret, clock.now(), ++serial);
      codes.set(code, {
        person: { account: account.number, email: user.email },
        redirectUri: query.get("redirect_uri") ?? "",
        expiresAt: clock.now() + CODE_MS,
        used: false,
      });
      back.searchParams.set("code", code);
      return redirectTo(back);
    },
    token(args) {
      if (args.get("client_id") !== app.clientId || args.get("client_secret") !== app.clientSecret)
        return failed("invalid_client", 401);
      if (args.get("grant_type") === "authorization_code") {
        const code = codes.get(args.get("code") ?? "");
        if (!code || code.used || code.expiresAt <= clock.now()) return failed("invalid_grant");
        if (code.redirectUri !== args.get("redirect_uri")) return failed("invalid_grant");
        code.used = true;
        return issue(code.person);
      }
      if (args.get("grant_type") !== "refresh_token") return failed("unsupported_grant_type");
      const token = args.get("refresh_token") ?? "";
      const { grant, state } = tokens.readRefresh(token, clock.now());
      // Of two refreshes at once one wins, the other gets this (vendors/fathom.md, OAuth).
      if (!grant || state !== "live") return failed("invalid_grant");
      tokens.revoke(token, clock.now() + behaviour.refreshGraceMs);
      return issue({ account: grant.account, email: grant.email });
    },
  };
}
