import { createHash } from "node:crypto";
import { bearerOf, type VendorSide } from "../exchange.ts";
import type { VendorAnswers } from "../fault-effects.ts";
import type { LedgerEntry } from "../ledger.ts";
import { hashSeed } from "../random.ts";
import { Refusal, refusedOr } from "../refusal.ts";
import { jsonReply, type Reply } from "../reply.ts";
import { emulatorOf, groundOf, SEEDED_UNTIL } from "../vendor-emulator.ts";
import { requireScope } from "./access.ts";
import { type Arguments, flagArg, readArguments, textArg } from "./arguments.ts";
import { type Call, DEFAULT_BEHAVIOUR, type SlackBehaviour } from "./call.ts";
import type { SlackChange } from "./changes.ts";
import { clickPayload } from "./click.ts";
import { controlEmulator } from "./control.ts";
import { SLACK_PAGE } from "./distort.ts";
import { errorReply, refuse } from "./errors.ts";
import { createLimits } from "./limits.ts";
import { METHODS, type Tier } from "./methods/table.ts";
import { createOAuth } from "./oauth.ts";
import { type SlackEmulatorOptions, SMALL_WORKSPACE, type WorkspaceOptions } from "./options.ts";
import { SLACK_ORIGINS } from "./origins.ts";
import { seedWorkspace } from "./seed/seed-workspace.ts";
import type { SlackEmulator, WorkspaceHandle } from "./slack-emulator.ts";
import { snapshotWorkspace } from "./snapshot.ts";
import { createTokens, type SlackGrant, type TokenState } from "./tokens.ts";
import { transcriptOf } from "./transcript.ts";
import { createWebhooks } from "./webhooks.ts";
import type { Workspace } from "./workspace.ts";
import { createWorkspaceApi } from "./workspace-api.ts";

const TOKEN_ERRORS: Readonly<Record<Exclude<TokenState, "live">, string>> = {
  unknown: "invalid_auth",
  revoked: "token_revoked",
  expired: "token_expired",
  uninstalled: "account_inactive",
};

/** A Slack in memory: an app, one workspace or several, and every knob to make it misbehave. */
export function slackEmulator(options: SlackEmulatorOptions = {}): SlackEmulator {
  const ground = groundOf(options, 600);
  const { clock, seed } = ground;
  const behaviour: SlackBehaviour = { ...DEFAULT_BEHAVIOUR, ...options.behaviour };
  const distribution = options.distribution ?? "internal";
  const rotation = options.tokenRotation ?? false;
  const hex = (text: string) => createHash("sha256").update(`${seed}:slack:${text}`).digest("hex");
  const digits = (text: string) => BigInt(`0x${hex(text).slice(0, 10)}`).toString();
  const app = {
    clientId: options.clientId ?? `${digits("id")}.${digits("app")}`,
    clientSecret: options.clientSecret ?? hex("secret").slice(0, 32),
    signingSecret: options.signingSecret ?? hex("signing").slice(0, 32),
    appId: options.appId ?? `A0${hex("app").slice(0, 8).toUpperCase()}`,
  };
  const limits = createLimits(options.limits ?? {}, distribution);
  const tokens = createTokens(app.clientSecret);
  const webhooks = createWebhooks({
    clock,
    random: ground.deliveryRandom,
    appId: app.appId,
    secret: app.signingSecret,
    eventsPerHour: limits.values?.eventsPerHour,
    emulator: behaviour,
    fetch: options.fetch,
  });
  const workspaces = new Map<string, Workspace>();
  const handles = new Map<string, WorkspaceHandle>();
  const oauth = createOAuth({ app, workspaces, tokens, clock, behaviour, rotation });

  const addWorkspace = (given: WorkspaceOptions): WorkspaceHandle => {
    const number = workspaces.size + 1;
    const until = given.seededUntil ?? Math.min(SEEDED_UNTIL, clock.now());
    const { planted, workspace } = seedWorkspace({
      seed: hashSeed(given.seed ?? options.seed ?? 1),
      number,
      name: given.name ?? (number === 1 ? "Acme" : `Acme ${number}`),
      clock,
      appId: app.appId,
      botName: options.botName ?? "Halo",
      size: { ...SMALL_WORKSPACE, ...given.size },
      until,
    });
    if (workspaces.has(workspace.id))
      throw new RangeError(`There is a workspace ${workspace.id} already: give another seed.`);
    workspaces.set(workspace.id, workspace);
    const tell = (change: SlackChange) => webhooks.onChange(change);
    const api = createWorkspaceApi(workspace, tell);
    const install = (scopes: readonly string[]) => {
      const all = [...new Set([...(workspace.install?.scopes ?? []), ...scopes])];
      workspace.install = { scopes: all, installedBy: workspace.ownerId };
    };
    const bot = (scopes: readonly string[], rotating: boolean): SlackGrant => {
      install(scopes);
      return { teamId: workspace.id, userId: workspace.botUserId, kind: "bot", scopes, rotating };
    };
    const handle: WorkspaceHandle = {
      ...api,
      id: workspace.id,
      botUserId: workspace.botUserId,
      botId: workspace.botId,
      planted,
      snapshot: () => snapshotWorkspace(workspace),
      transcript: (how) => transcriptOf(workspace, how),
      issueBotToken: ({ scopes }) => tokens.issueAccess(bot(scopes, false)),
      issueAccessToken: ({ expiresInMs = 43_200_000, scopes }) =>
        tokens.issueAccess(bot(scopes, true), clock.now() + expiresInMs),
      issueUserToken({ scopes, user }) {
        const { id } = api.user(user);
        return tokens.issueAccess({
          teamId: workspace.id,
          userId: id,
          kind: "user",
          scopes,
          rotating: false,
        });
      },
      uninstall: () => uninstall(workspace),
      clickButton: (click) => webhooks.sendInteraction(clickPayload(workspace, click, app.appId)),
    };
    handles.set(workspace.id, handle);
    return handle;
  };

  /** Both events, in no promised order, and then silence. */
  const uninstall = (workspace: Workspace) => {
    const at = clock.now();
    const revoked = { kind: "tokens_revoked", oauth: [], bot: [workspace.botUserId] } as const;
    tokens.uninstall(workspace.id);
    workspace.install = undefined;
    webhooks.onChange({ ...revoked, workspace, at });
    webhooks.onChange({ kind: "uninstalled", workspace, at });
  };

  const vendor: VendorAnswers = {
    tooMany: () => ({ ok: false, error: "ratelimited" }),
    error: (status) => ({ ok: false, error: status >= 500 ? "internal_error" : "request_refused" }),
    expiredToken: () => errorReply("token_expired"),
    invalidGrant: () => errorReply("invalid_refresh_token"),
    expiredCursor: () => errorReply("invalid_cursor"),
  };

  const authenticate = (request: Request, args: Arguments): { token: string; grant: SlackGrant } => {
    const token = bearerOf(request) ?? textArg(args, "token");
    if (token === undefined) throw refuse("not_authed");
    const { grant, state } = tokens.readAccess(token, clock.now());
    if (!grant || state !== "live") throw refuse(TOKEN_ERRORS[state === "live" ? "unknown" : state]);
    return { token, grant };
  };

  const admit = (method: string, tier: Tier, team: string, channel?: string) => {
    const refused = limits.admit({
      method,
      tier,
      team,
      now: clock.now(),
      ...(channel !== undefined && { channel }),
    });
    if (refused) throw new Refusal(refused);
  };

  /** The methods that are about the token or the app, not about the workspace. */
  const answerApp = (method: string, request: Request, args: Arguments): Reply | undefined => {
    const authorization = request.headers.get("authorization");
    if (method === "oauth.v2.access") {
      admit(method, "oauth", "app");
      return oauth.access(args, authorization);
    }
    if (method === "auth.revoke") {
      const { grant, token } = authenticate(request, args);
      admit(method, 3, grant.teamId);
      if (flagArg(args, "test")) return jsonReply(200, { ok: true, revoked: false });
      revoke(grant, token);
      return jsonReply(200, { ok: true, revoked: true });
    }
    if (method !== "apps.uninstall") return undefined;
    const { grant } = authenticate(request, args);
    const refused = oauth.clientError(args, null);
    if (refused) return errorReply(refused);
    admit(method, 1, grant.teamId);
    const workspace = workspaces.get(grant.teamId);
    if (workspace) uninstall(workspace);
    return jsonReply(200, { ok: true });
  };

  /** With rotation only that token dies; without, the bot's last one takes the install along (vendors/slack.md §1). */
  const revoke = (grant: SlackGrant, token: string) => {
    const workspace = workspaces.get(grant.teamId);
    if (!workspace) return;
    if (grant.kind === "bot" && !grant.rotating) return uninstall(workspace);
    tokens.revoke(token, clock.now());
    const [oauthIds, bot] = grant.kind === "bot" ? [[], [grant.userId]] : [[grant.userId], []];
    webhooks.onChange({ kind: "tokens_revoked", oauth: oauthIds, bot, workspace, at: clock.now() });
  };

  const answer = (request: Request, url: URL, text: string, entry: LedgerEntry): Reply => {
    if (url.pathname === "/oauth/v2/authorize" && request.method === "GET") return oauth.authorize(url);
    const method = methodOf(url);
    if (method === undefined)
      return { status: 404, headers: { "content-type": "text/html" }, body: "<h1>404</h1>" };
    if (request.method !== "GET" && request.method !== "POST") return errorReply("invalid_post_type");
    const known = METHODS[method];
    const args = readArguments({
      query: url.searchParams,
      contentType: request.headers.get("content-type") ?? "",
      text,
      takesJson: known?.takesJson ?? true,
    });
    entry.subject = textArg(args, "channel") ?? textArg(args, "user") ?? "";
    const app = answerApp(method, request, args);
    if (app) {
      entry.executed = true;
      return app;
    }
    if (!known) return errorReply("unknown_method", { req_method: method });
    const { grant } = authenticate(request, args);
    const api = handles.get(grant.teamId);
    if (!api) throw refuse("invalid_auth");
    // A restarted emulator knows its tokens, and by them where the app is.
    if (grant.kind === "bot")
      api.workspace.install ??= { scopes: grant.scopes, installedBy: api.workspace.ownerId };
    const conversation = api.workspace.conversations.get(entry.subject);
    entry.objectType = conversation?.kind ?? "";
    const headers = {
      "x-oauth-scopes": grant.scopes.join(","),
      ...(known.scopes.length > 0 && { "x-accepted-oauth-scopes": known.scopes.join(",") }),
    };
    const call: Call = {
      method,
      args,
      grant,
      api,
      workspace: api.workspace,
      now: clock.now(),
      behaviour,
      distribution,
    };
    const reply = refusedOr(() => {
      admit(method, known.tier, grant.teamId, known.tier === "posting" ? entry.subject : undefined);
      if (known.scopes.length > 0) requireScope(call, ...known.scopes);
      entry.executed = true;
      return known.handle(call);
    });
    return { ...reply, headers: { ...reply.headers, ...headers } };
  };

  const describe = (entry: LedgerEntry, request: Request, url: URL) => {
    const { grant } = tokens.readAccess(bearerOf(request) ?? "", clock.now());
    entry.account = workspaces.get(grant?.teamId ?? "")?.number ?? 0;
    entry.kind = url.pathname === "/oauth/v2/authorize" ? "authorize" : (methodOf(url) ?? "unknown");
  };

  const side: VendorSide = {
    describe,
    answer,
    cursorOf,
    page: SLACK_PAGE,
    answers: vendor,
    drift({ account }, { creations, deletions, edits, seed }) {
      const api = [...handles.values()].find((one) => one.workspace.number === account);
      api?.mutate({ seed, edits, posts: creations, deletions });
    },
  };

  const first = addWorkspace(options);
  const parts = { oauth, webhooks, behaviour, limits };
  const making = { ...parts, vendor: side, origins: SLACK_ORIGINS, control: controlEmulator };
  return emulatorOf<SlackEmulator>(ground, making, {
    ...app,
    workspace: first,
    workspaces: handles,
    addWorkspace,
    planted: first.planted,
    snapshot: first.snapshot,
    transcript: first.transcript,
    issueBotToken: first.issueBotToken,
    issueAccessToken: first.issueAccessToken,
    clickButton: first.clickButton,
  });
}

const methodOf = (url: URL): string | undefined => /^\/api\/([\w.]+)$/.exec(url.pathname)?.[1];

function cursorOf(url: URL, text: string): string | undefined {
  const inBody = /(?:^|&)cursor=([^&]+)/.exec(text.slice(0, 5_000))?.[1];
  return url.searchParams.get("cursor") || (inBody && decodeURIComponent(inBody)) || undefined;
}
