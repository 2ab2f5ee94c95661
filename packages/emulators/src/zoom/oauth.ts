import type { Clock } from "../clock.ts";
import { codeDigest, errorPage, fitsChallenge, redirectTo, wayBack } from "../consent-page.ts";
import { emptyReply, jsonReply, type Reply } from "../reply.ts";
import { findUser, type ZoomAccount } from "./account.ts";
import { oauthError } from "./errors.ts";
import type { ZoomBehaviour } from "./options.ts";
import { APP_SCOPES } from "./scopes.ts";
import type { ZoomGrant, ZoomTokens } from "./tokens.ts";

/** What the person at the consent page does. */
export interface ZoomConsent {
  /** False: they decline. */
  approve: boolean;
  /** Whose account; the first one unless told. */
  accountId?: string;
  /** Who they are, by id or address; the owner unless told. */
  user?: string;
  /** Optional scopes may be unticked: what is granted at most. */
  scopes?: readonly string[];
}

export interface ZoomApp {
  readonly clientId: string;
  readonly clientSecret: string;
  /** What deliveries are signed with. */
  readonly secretToken: string;
  readonly appId: string;
  readonly management: "user" | "admin";
  readonly scopes: readonly string[];
}

export interface ZoomOAuth {
  /** The next visits to the consent page; lasting until changed. */
  consent: ZoomConsent;
  authorize(url: URL): Reply;
  /** `POST /oauth/token`, its arguments in the body or the query. */
  token(args: URLSearchParams, authorization: string | null, apiUrl: string): Granted;
  revoke(args: URLSearchParams, authorization: string | null): Reply;
}

interface Granted {
  readonly reply: Reply;
  /** What was given; undefined when it was refused. */
  readonly grant?: ZoomGrant;
}

interface Code {
  readonly grant: ZoomGrant;
  readonly redirectUri: string;
  readonly challenge: string | undefined;
  readonly expiresAt: number;
  used: boolean;
}

const CODE_MS = 5 * 60_000;
export const ACCESS_TOKEN_SECONDS = 3_600;
const REFRESH_MS = 90 * 86_400_000;

export function createOAuth(options: {
  readonly app: ZoomApp;
  readonly accounts: ReadonlyMap<string, ZoomAccount>;
  readonly tokens: ZoomTokens;
  readonly clock: Clock;
  readonly behaviour: ZoomBehaviour;
}): ZoomOAuth {
  const { accounts, app, behaviour, clock, tokens } = options;
  const codes = new Map<string, Code>();
  const refreshOf = new Map<string, string>();
  let serial = 0;

  const issue = (grant: ZoomGrant, apiUrl: string): Granted => {
    const access = tokens.issueAccess(grant, clock.now() + ACCESS_TOKEN_SECONDS * 1_000);
    const refresh = grant.kind === "user" ? tokens.issueRefresh(grant, clock.now() + REFRESH_MS) : undefined;
    if (refresh) refreshOf.set(access, refresh);
    const reply = jsonReply(200, {
      access_token: access,
      token_type: "bearer",
      ...(refresh && { refresh_token: refresh }),
      expires_in: ACCESS_TOKEN_SECONDS,
      scope: grant.scopes.join(" "),
      api_url: apiUrl,
    });
    return { reply, grant };
  };

  const clientRefusal = (authorization: string | null): Reply | undefined => {
    const basic = /^Basic (.+)$/i.exec(authorization ?? "")?.[1];
    const [id, ...secret] = Buffer.from(basic ?? "", "base64")
      .toString()
      .split(":");
    if (id === app.clientId && secret.join(":") === app.clientSecret) return undefined;
    return oauthError("invalid_client", "Invalid client_id or client_secret");
  };

  const refused = (error: string, reason: string): Granted => ({ reply: oauthError(error, reason) });

  const exchange = (args: URLSearchParams, apiUrl: string): Granted => {
    const code = codes.get(args.get("code") ?? "");
    // 4733 and 4734 in the vendor's table. guess: their words.
    if (!code || code.used || code.expiresAt <= clock.now()) {
      return refused("invalid_grant", "Invalid authorization code");
    }
    if (args.get("redirect_uri") !== code.redirectUri) {
      return refused("invalid_request", "Redirect URI mismatch");
    }
    if (code.challenge !== undefined && !fitsChallenge(code.challenge, args.get("code_verifier") ?? "")) {
      return refused("invalid_grant", "Invalid code verifier");
    }
    code.used = true;
    // A second consent of the same person ends what the first one gave (vendors/zoom.md, code 4741).
    tokens.end(code.grant.accountId, code.grant.userId);
    return issue(code.grant, apiUrl);
  };

  const refresh = (args: URLSearchParams, apiUrl: string): Granted => {
    const token = args.get("refresh_token") ?? "";
    const { grant, state } = tokens.readRefresh(token, clock.now());
    if (!grant || state !== "live") return refused("invalid_grant", "Invalid Token!");
    tokens.revoke(token, clock.now() + behaviour.refreshGraceMs);
    return issue(grant, apiUrl);
  };

  return {
    consent: { approve: true },
    authorize(url) {
      const query = url.searchParams;
      const back = wayBack(query, app.clientId);
      if (!back || query.get("response_type") !== "code")
        return errorPage("Invalid client or redirect (4,700)");
      const { approve, scopes, user } = this.consent;
      const [first] = accounts.keys();
      const account = accounts.get(this.consent.accountId ?? first ?? "");
      const person = account && findUser(account, user ?? account.ownerId);
      if (!approve || !account || !person) {
        back.searchParams.set("error", "access_denied");
        return redirectTo(back);
      }
      const granted = app.scopes.filter((scope) => scopes === undefined || scopes.includes(scope));
      const code = codeDigest(app.clientSecret, clock.now(), ++serial);
      codes.set(code, {
        grant: { kind: "user", accountId: account.id, userId: person.id, scopes: granted },
        redirectUri: query.get("redirect_uri") ?? "",
        challenge: query.get("code_challenge") ?? undefined,
        expiresAt: clock.now() + CODE_MS,
        used: false,
      });
      back.searchParams.set("code", code);
      return redirectTo(back);
    },
    token(args, authorization, apiUrl) {
      const reply = clientRefusal(authorization);
      if (reply) return { reply };
      switch (args.get("grant_type")) {
        case "authorization_code":
          return exchange(args, apiUrl);
        case "refresh_token":
          return refresh(args, apiUrl);
        case "client_credentials":
          return issue({ kind: "app", accountId: "", userId: "", scopes: APP_SCOPES }, apiUrl);
        case "account_credentials": {
          const account = accounts.get(args.get("account_id") ?? "");
          if (!account) return refused("invalid_request", "Invalid account_id");
          const { id: accountId, ownerId: userId } = account;
          return issue({ kind: "account", accountId, userId, scopes: app.scopes }, apiUrl);
        }
        default:
          return refused("unsupported_grant_type", "unsupported grant type");
      }
    },
    revoke(args, authorization) {
      const reply = clientRefusal(authorization);
      if (reply) return reply;
      const token = args.get("token") ?? "";
      tokens.revoke(token);
      const refreshToken = refreshOf.get(token);
      if (refreshToken !== undefined) tokens.revoke(refreshToken);
      // guess: an unknown token is answered in the same way.
      return token === "" ? emptyReply(400) : jsonReply(200, { status: "success" });
    },
  };
}
