import type { Clock } from "../clock.ts";
import { codeDigest, errorPage, fitsChallenge, redirectTo, wayBack } from "../consent-page.ts";
import { emptyReply, jsonReply, type Reply } from "../reply.ts";
import type { Behaviour } from "./call.ts";
import { correlationId } from "./errors.ts";
import type { Portal } from "./portal.ts";
import type { Grant, Tokens } from "./tokens.ts";

/** What the person at the consent page does. */
export interface Consent {
  /** False: they press cancel. */
  approve: boolean;
  /** The account they choose; the first one unless told. */
  portalId?: number;
  /** What they may grant at most, such as an account without some feature. */
  scopes?: readonly string[];
}

export interface OAuthApp {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly appId: number;
}

export interface OAuthServer {
  /** The next visits to the consent page; lasting until changed. */
  consent: Consent;
  authorize(url: URL): Reply;
  token(form: URLSearchParams): Reply;
  introspect(form: URLSearchParams): Reply;
  revoke(form: URLSearchParams): Reply;
  accessTokenInfo(token: string): Reply;
  refreshTokenInfo(token: string): Reply;
  deleteRefreshToken(token: string): Reply;
}

interface Code {
  readonly grant: Grant;
  readonly redirectUri: string;
  readonly challenge: string | undefined;
  readonly expiresAt: number;
}

const ACCESS_TOKEN_SECONDS = 1_800;
// guess: the documentation only says that the window is short.
const CODE_MS = 10 * 60_000;

export function oauthError(error: string, description: string, status: string): Reply {
  return jsonReply(400, {
    error,
    error_description: description,
    status,
    message: description,
    correlationId: correlationId(),
  });
}

export const deadGrant = () =>
  oauthError("invalid_grant", "missing or invalid refresh token", "BAD_REFRESH_TOKEN");

export function createOAuth(
  app: OAuthApp,
  portals: ReadonlyMap<number, Portal>,
  tokens: Tokens,
  clock: Clock,
  behaviour: Behaviour,
): OAuthServer {
  const codes = new Map<string, Code>();
  let serial = 0;

  const portalOf = (grant: Grant) => portals.get(grant.portalId);
  const badClient = (form: URLSearchParams) =>
    form.get("client_id") !== app.clientId || form.get("client_secret") !== app.clientSecret
      ? oauthError("invalid_client", "missing or unknown client id or secret", "BAD_CLIENT")
      : undefined;

  const issue = (grant: Grant, refreshToken: string) =>
    jsonReply(
      200,
      {
        access_token: tokens.issueAccess(grant, clock.now() + ACCESS_TOKEN_SECONDS * 1000),
        refresh_token: refreshToken,
        expires_in: ACCESS_TOKEN_SECONDS,
        token_type: "bearer",
        hub_id: grant.portalId,
        user_id: grant.userId,
        scopes: grant.scopes,
        token_use: "access_token",
      },
      { "cache-control": "no-store" },
    );

  const exchange = (form: URLSearchParams): Reply => {
    const code = codes.get(form.get("code") ?? "");
    codes.delete(form.get("code") ?? "");
    if (!code || code.expiresAt <= clock.now()) {
      return oauthError("invalid_grant", "missing or unknown auth code", "BAD_AUTH_CODE");
    }
    if (code.redirectUri !== form.get("redirect_uri")) {
      return oauthError(
        "invalid_grant",
        "redirect_uri does not match the initial request",
        "BAD_REDIRECT_URI",
      );
    }
    if (code.challenge !== undefined && !fitsChallenge(code.challenge, form.get("code_verifier") ?? "")) {
      return oauthError("invalid_grant", "code_verifier does not match", "BAD_CODE_VERIFIER");
    }
    return issue(code.grant, tokens.issueRefresh(code.grant));
  };

  const refresh = (form: URLSearchParams): Reply => {
    const token = form.get("refresh_token") ?? "";
    const grant = tokens.readRefresh(token);
    if (!grant || !portalOf(grant)) return deadGrant();
    if (!behaviour.rotateRefreshTokens) return issue(grant, token);
    tokens.revoke(token);
    return issue(grant, tokens.issueRefresh(grant));
  };

  const tokenOf = (form: URLSearchParams) =>
    form.get("token") ?? form.get("access_token") ?? form.get("refresh_token") ?? "";

  const describe = (grant: Grant) => {
    const portal = portalOf(grant);
    return {
      hub_id: grant.portalId,
      hub_domain: portal?.domain ?? "",
      user: portal?.userEmail ?? "",
      user_id: grant.userId,
      app_id: app.appId,
      client_id: app.clientId,
      scopes: grant.scopes,
    };
  };

  return {
    consent: { approve: true },
    authorize(url) {
      const query = url.searchParams;
      const back = wayBack(query, app.clientId);
      if (!back) return errorPage("Authorization failed");
      const portal = portals.get(this.consent.portalId ?? [...portals.keys()][0] ?? 0);
      if (!this.consent.approve || !portal) {
        back.searchParams.set("error", "access_denied");
        back.searchParams.set("error_description", "The user denied access.");
        return redirectTo(back);
      }
      const names = (name: string) => (query.get(name) ?? "").split(/\s+/).filter(Boolean);
      const allowed = this.consent.scopes;
      const scopes = [...new Set(["oauth", ...names("scope"), ...names("optional_scope")])].filter(
        (scope) => allowed === undefined || allowed.includes(scope),
      );
      const code = `na1-code-${codeDigest(app.clientSecret, clock.now(), ++serial).slice(0, 32)}`;
      codes.set(code, {
        grant: { portalId: portal.id, userId: portal.userId, scopes, kind: "oauth" },
        redirectUri: query.get("redirect_uri") ?? "",
        challenge: query.get("code_challenge") ?? undefined,
        expiresAt: clock.now() + CODE_MS,
      });
      back.searchParams.set("code", code);
      return redirectTo(back);
    },
    token(form) {
      const refused = badClient(form);
      if (refused) return refused;
      switch (form.get("grant_type")) {
        case "authorization_code":
          return exchange(form);
        case "refresh_token":
          return refresh(form);
        default:
          return oauthError("unsupported_grant_type", "unsupported grant_type", "BAD_GRANT_TYPE");
      }
    },
    introspect(form) {
      const refused = badClient(form);
      if (refused) return refused;
      const token = tokenOf(form);
      const access = tokens.readAccess(token);
      const refreshGrant = access ? undefined : tokens.readRefresh(token);
      const grant = access?.grant ?? refreshGrant;
      const live = grant !== undefined && (access === undefined || access.expiresAt > clock.now());
      if (!grant || !live) return jsonReply(200, { active: false });
      return jsonReply(200, {
        active: true,
        ...describe(grant),
        token_use: access ? "access_token" : "refresh_token",
        is_private_distribution: false,
        ...(access && { expires_in: Math.floor((access.expiresAt - clock.now()) / 1000) }),
      });
    },
    revoke(form) {
      const refused = badClient(form);
      if (refused) return refused;
      tokens.revoke(tokenOf(form));
      return jsonReply(200, {});
    },
    accessTokenInfo(token) {
      const access = tokens.readAccess(token);
      if (!access || access.expiresAt <= clock.now()) {
        return jsonReply(404, {
          status: "error",
          message: "not found",
          correlationId: correlationId(),
          category: "OBJECT_NOT_FOUND",
        });
      }
      const { client_id: _, ...described } = describe(access.grant);
      const expires_in = Math.floor((access.expiresAt - clock.now()) / 1000);
      return jsonReply(200, { token, ...described, expires_in, token_type: "access" });
    },
    refreshTokenInfo(token) {
      const grant = tokens.readRefresh(token);
      if (!grant) {
        return jsonReply(404, {
          status: "error",
          message: "not found",
          correlationId: correlationId(),
          category: "OBJECT_NOT_FOUND",
        });
      }
      const { app_id: _, ...described } = describe(grant);
      return jsonReply(200, { token, ...described, token_type: "refresh" });
    },
    deleteRefreshToken(token) {
      tokens.revoke(token);
      return emptyReply();
    },
  };
}
