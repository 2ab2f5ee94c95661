import type { Clock } from "../clock.ts";
import { codeDigest, errorPage, fitsChallenge, redirectTo, wayBack } from "../consent-page.ts";
import { jsonReply, type Reply } from "../reply.ts";
import { type Arguments, textArg } from "./arguments.ts";
import type { SlackBehaviour } from "./call.ts";
import { errorReply } from "./errors.ts";
import type { SlackGrant, SlackTokens } from "./tokens.ts";
import type { Workspace } from "./workspace.ts";

/** What the person at the consent page does. */
export interface SlackConsent {
  /** False: they press cancel. */
  approve: boolean;
  /** The workspace they choose; the one asked for, or the first, unless told. */
  teamId?: string;
  /** Who they are; the owner unless told. */
  userId?: string;
  /** What they grant at most. The vendor grants all or nothing; an admin's approval may differ. */
  scopes?: readonly string[];
}

export interface SlackApp {
  readonly clientId: string;
  readonly clientSecret: string;
  /** What deliveries are signed with. */
  readonly signingSecret: string;
  readonly appId: string;
}

export interface SlackOAuth {
  /** The next visits to the consent page; lasting until changed. */
  consent: SlackConsent;
  authorize(url: URL): Reply;
  /** `oauth.v2.access`; the client by Basic or in the body. */
  access(args: Arguments, authorization: string | null): Reply;
  /** The client's id and secret are right, or why not. */
  clientError(args: Arguments, authorization: string | null): string | undefined;
}

interface Code {
  readonly teamId: string;
  readonly userId: string;
  readonly scopes: readonly string[];
  readonly userScopes: readonly string[];
  readonly redirectUri: string | undefined;
  readonly challenge: string | undefined;
  readonly expiresAt: number;
  used: boolean;
}

const CODE_MS = 10 * 60_000;
export const ACCESS_TOKEN_SECONDS = 43_200;

export function createOAuth(options: {
  readonly app: SlackApp;
  readonly workspaces: ReadonlyMap<string, Workspace>;
  readonly tokens: SlackTokens;
  readonly clock: Clock;
  readonly behaviour: SlackBehaviour;
  readonly rotation: boolean;
}): SlackOAuth {
  const { app, behaviour, clock, rotation, tokens, workspaces } = options;
  const codes = new Map<string, Code>();
  let serial = 0;

  /** The fields of one token, bot's or person's. */
  const issue = (grant: SlackGrant) => ({
    access_token: tokens.issueAccess(
      grant,
      rotation ? clock.now() + ACCESS_TOKEN_SECONDS * 1_000 : undefined,
    ),
    token_type: grant.kind,
    scope: grant.scopes.join(","),
    ...(rotation && { refresh_token: tokens.issueRefresh(grant), expires_in: ACCESS_TOKEN_SECONDS }),
  });

  const answer = (
    workspace: Workspace,
    userId: string,
    bot: SlackGrant | undefined,
    user: SlackGrant | undefined,
  ) =>
    jsonReply(200, {
      ok: true,
      app_id: app.appId,
      authed_user: { id: userId, ...(user && issue(user)) },
      ...(bot && { ...issue(bot), bot_user_id: workspace.botUserId }),
      team: { id: workspace.id, name: workspace.name },
      enterprise: null,
      is_enterprise_install: false,
    });

  const exchange = (args: Arguments): Reply => {
    const code = codes.get(textArg(args, "code") ?? "");
    const workspace = workspaces.get(code?.teamId ?? "");
    if (!code || !workspace || code.expiresAt <= clock.now()) return errorReply("invalid_code");
    if (code.used) return errorReply("code_already_used");
    if (code.redirectUri !== textArg(args, "redirect_uri")) return errorReply("bad_redirect_uri");
    // guess: the name of this error.
    if (code.challenge !== undefined && !fitsChallenge(code.challenge, textArg(args, "code_verifier") ?? ""))
      return errorReply("invalid_code_verifier");
    code.used = true;
    const base = { teamId: workspace.id, rotating: rotation };
    const bot: SlackGrant | undefined =
      code.scopes.length === 0
        ? undefined
        : { ...base, userId: workspace.botUserId, kind: "bot", scopes: code.scopes };
    const user: SlackGrant | undefined =
      code.userScopes.length === 0
        ? undefined
        : { ...base, userId: code.userId, kind: "user", scopes: code.userScopes };
    // A second installation adds scopes and takes none away.
    const scopes = [...new Set([...(workspace.install?.scopes ?? []), ...code.scopes])];
    workspace.install = { scopes, installedBy: code.userId };
    return answer(workspace, code.userId, bot && { ...bot, scopes }, user);
  };

  const refresh = (args: Arguments): Reply => {
    const token = textArg(args, "refresh_token") ?? "";
    const grant = tokens.readRefresh(token, clock.now());
    const workspace = workspaces.get(grant?.teamId ?? "");
    if (!grant || !workspace) return errorReply("invalid_refresh_token");
    tokens.revoke(token, clock.now() + behaviour.refreshGraceMs);
    const installedBy = workspace.install?.installedBy ?? workspace.ownerId;
    // guess: a person's token comes at the top as the bot's does, and again inside authed_user at no time.
    const fresh = { ...issue(grant), ...(grant.kind === "bot" && { bot_user_id: workspace.botUserId }) };
    return jsonReply(200, {
      ok: true,
      app_id: app.appId,
      authed_user: { id: installedBy },
      ...fresh,
      team: { id: workspace.id, name: workspace.name },
      enterprise: null,
      is_enterprise_install: false,
    });
  };

  return {
    consent: { approve: true },
    authorize(url) {
      const query = url.searchParams;
      // guess: without an address the vendor takes the app's first; this app has none.
      const back = wayBack(query, app.clientId);
      if (!back) return errorPage("Something went wrong");
      const [first] = workspaces.keys();
      const workspace = workspaces.get(this.consent.teamId ?? query.get("team") ?? first ?? "");
      if (!this.consent.approve || !workspace) {
        back.searchParams.set("error", "access_denied");
        return redirectTo(back);
      }
      const allowed = this.consent.scopes;
      const names = (name: string) =>
        [...new Set((query.get(name) ?? "").split(/[\s,]+/).filter(Boolean))].filter(
          (scope) => allowed === undefined || allowed.includes(scope),
        );
      const digest = codeDigest(app.clientSecret, clock.now(), ++serial);
      const code = `${workspace.number}${digest.slice(0, 12)}.${digest.slice(12, 24)}.${digest.slice(24)}`;
      codes.set(code, {
        teamId: workspace.id,
        userId: this.consent.userId ?? workspace.ownerId,
        scopes: names("scope"),
        userScopes: names("user_scope"),
        redirectUri: query.get("redirect_uri") ?? undefined,
        challenge: query.get("code_challenge") ?? undefined,
        expiresAt: clock.now() + CODE_MS,
        used: false,
      });
      back.searchParams.set("code", code);
      return redirectTo(back);
    },
    clientError(args, authorization) {
      const basic = /^Basic (.+)$/i.exec(authorization ?? "")?.[1];
      const [id, ...secret] = basic === undefined ? [] : Buffer.from(basic, "base64").toString().split(":");
      const given = {
        id: id === undefined ? textArg(args, "client_id") : decodeURIComponent(id),
        secret: basic === undefined ? textArg(args, "client_secret") : decodeURIComponent(secret.join(":")),
      };
      if (given.id !== app.clientId) return "invalid_client_id";
      return given.secret === app.clientSecret ? undefined : "bad_client_secret";
    },
    access(args, authorization) {
      const refused = this.clientError(args, authorization);
      if (refused) return errorReply(refused);
      const type = textArg(args, "grant_type") ?? "authorization_code";
      if (type === "authorization_code") return exchange(args);
      return type === "refresh_token" ? refresh(args) : errorReply("invalid_grant_type");
    },
  };
}
