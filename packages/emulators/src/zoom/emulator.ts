import { createHash } from "node:crypto";
import { bearerOf, type VendorSide } from "../exchange.ts";
import type { VendorAnswers } from "../fault-effects.ts";
import type { LedgerEntry } from "../ledger.ts";
import { hubspotPeople } from "../meetings/people.ts";
import { hashSeed } from "../random.ts";
import { refusedOr } from "../refusal.ts";
import type { Reply } from "../reply.ts";
import { emulatorOf, groundOf, SEEDED_UNTIL } from "../vendor-emulator.ts";
import { findUser, type ZoomAccount } from "./account.ts";
import { createAccountApi } from "./account-api.ts";
import { type Call, requireScope } from "./call.ts";
import { controlEmulator } from "./control.ts";
import { answerDownload, isDownload } from "./downloads.ts";
import { errorReply, oauthError, refuse } from "./errors.ts";
import { fileAddresses, linksFor } from "./files.ts";
import { createLimits } from "./limits.ts";
import { createOAuth, type ZoomApp } from "./oauth.ts";
import {
  DEFAULT_BEHAVIOUR,
  SMALL_ZOOM_ACCOUNT,
  type ZoomAccountOptions,
  type ZoomBehaviour,
  type ZoomEmulatorOptions,
} from "./options.ts";
import { ZOOM_PAGE } from "./page.ts";
import { findRoute } from "./routes/table.ts";
import { ZOOM_ADMIN_SCOPES, ZOOM_USER_SCOPES } from "./scopes.ts";
import { seedAccount } from "./seed/seed-account.ts";
import { snapshotAccount } from "./snapshot.ts";
import { theoreticalPlan } from "./theoretical.ts";
import { createTokens, type ZoomGrant } from "./tokens.ts";
import { createWebhooks, type ZoomInstall } from "./webhooks.ts";
import type { ZoomAccountHandle, ZoomEmulator } from "./zoom-emulator.ts";

export const ZOOM_ORIGINS = ["https://zoom.us", "https://api.zoom.us", "https://us02web.zoom.us"] as const;

const DAY = 86_400_000;
const isVendorHost = (host: string) => host === "zoom.us" || host.endsWith(".zoom.us");

/** A Zoom in memory: an app, one account or several, and every knob to make it misbehave. */
export function zoomEmulator(options: ZoomEmulatorOptions = {}): ZoomEmulator {
  const ground = groundOf(options, 700);
  const { clock, latency, seed } = ground;
  const behaviour: ZoomBehaviour = { ...DEFAULT_BEHAVIOUR, ...options.behaviour };
  const management = options.management ?? "admin";
  const word = (text: string) => createHash("sha256").update(`${seed}:zoom:${text}`).digest("base64url");
  const app: ZoomApp = {
    clientId: options.clientId ?? word("id").slice(0, 22),
    clientSecret: options.clientSecret ?? word("secret").slice(0, 32),
    secretToken: options.secretToken ?? word("token").slice(0, 22),
    appId: word("app").slice(0, 22),
    management,
    scopes: options.scopes ?? (management === "admin" ? ZOOM_ADMIN_SCOPES : ZOOM_USER_SCOPES),
  };
  const limits = createLimits(options.limits ?? {}, options.plan ?? "pro");
  const tokens = createTokens(app.clientSecret);
  const addresses = fileAddresses(app.clientSecret);
  const accounts = new Map<string, ZoomAccount>();
  const handles = new Map<string, ZoomAccountHandle>();
  const installs = new Map<string, ZoomInstall>();
  const oauth = createOAuth({ app, accounts, tokens, clock, behaviour });
  let fileHost: string = ZOOM_ORIGINS[0];
  let fileHostSet = false;

  const webhooks = createWebhooks({
    clock,
    random: ground.deliveryRandom,
    installOf: ({ id }) => installs.get(id),
    fetch: options.fetch,
    context: {
      app,
      behaviour,
      links: ({ id }) => linksFor(fileHost, id, addresses, clock.now()),
      downloadToken: ({ id: accountId }, uuid) =>
        tokens.issueDownload({ accountId, uuid }, clock.now() + DAY),
    },
  });

  const install = ({ accountId, scopes, userId }: ZoomGrant) => {
    const known = installs.get(accountId);
    if (known?.userIds.has(userId)) return;
    installs.set(accountId, {
      scopes: [...new Set([...(known?.scopes ?? []), ...scopes])],
      userIds: new Set([...(known?.userIds ?? []), userId]),
    });
  };

  const addAccount = (given: ZoomAccountOptions): ZoomAccountHandle => {
    const number = accounts.size + 1;
    const accountSeed = hashSeed(given.seed ?? options.seed ?? 1);
    const people =
      given.people ?? hubspotPeople(given.crm?.seed ?? given.seed ?? options.seed ?? 1, given.crm);
    const { account, awkward, planted, staff } = seedAccount({
      seed: accountSeed,
      number,
      domain: given.domain ?? `acme-${accountSeed % 1_000}.example.com`,
      size: { ...SMALL_ZOOM_ACCOUNT, ...given.size },
      people,
      until: given.seededUntil ?? Math.min(SEEDED_UNTIL, clock.now()),
      awkward: given.awkward ?? true,
    });
    if (accounts.has(account.id))
      throw new RangeError(`There is an account ${account.id} already: give another seed.`);
    accounts.set(account.id, account);
    const grantOf = (user = account.ownerId, scopes = app.scopes): ZoomGrant => {
      const person = findUser(account, user);
      if (!person) throw new RangeError(`There is no user ${user}.`);
      const grant: ZoomGrant = { kind: "user", accountId: account.id, userId: person.id, scopes };
      install(grant);
      return grant;
    };
    const handle: ZoomAccountHandle = {
      ...createAccountApi({ account, seed: accountSeed, staff, people, clock, tell: webhooks.onChange }),
      id: account.id,
      ownerId: account.ownerId,
      planted,
      awkward,
      snapshot: () => snapshotAccount(account),
      theoretical: (plan) => theoreticalPlan(account, limits.values, latency, clock.now(), plan),
      issueAccessToken: ({ expiresInMs = 3_600_000, scopes, user } = {}) =>
        tokens.issueAccess(grantOf(user, scopes), clock.now() + expiresInMs),
      issueRefreshToken: ({ scopes, user } = {}) =>
        tokens.issueRefresh(grantOf(user, scopes), clock.now() + 90 * DAY),
      issueDownloadToken: (uuid, expiresInMs = DAY) =>
        tokens.issueDownload({ accountId: account.id, uuid }, clock.now() + expiresInMs),
      deauthorize(user) {
        const userId = user === undefined ? undefined : findUser(account, user)?.id;
        tokens.end(account.id, userId);
        const known = installs.get(account.id);
        const left = [...(known?.userIds ?? [])].filter((id) => userId !== undefined && id !== userId);
        if (known && left.length > 0) installs.set(account.id, { ...known, userIds: new Set(left) });
        else installs.delete(account.id);
        webhooks.onChange({
          kind: "app_deauthorized",
          userId: userId ?? account.ownerId,
          account,
          at: clock.now(),
        });
      },
    };
    handles.set(account.id, handle);
    return handle;
  };
  const first = addAccount(options);

  const answers: VendorAnswers = {
    tooMany: () => ({
      code: 429,
      message: "You have reached the maximum per-second rate limit for this API. Try again later.",
    }),
    error: (status) => ({
      code: status,
      message: status >= 500 ? "Internal error." : "The request was refused.",
    }),
    expiredToken: () => errorReply(401, 124, "Access token is expired."),
    invalidGrant: () => oauthError("invalid_grant", "Invalid Token!"),
    expiredCursor: () => errorReply(400, 300, "The next page token is invalid or expired."),
  };

  const authenticate = (request: Request): ZoomGrant => {
    const token = bearerOf(request);
    // guess: which of 124, 200 and 201 comes when.
    if (token === undefined) throw refuse(401, 200, "Authorization header is missing.");
    const { grant, state } = tokens.readAccess(token, clock.now());
    if (state === "expired") throw refuse(401, 124, "Access token is expired.");
    if (!grant || state !== "live") throw refuse(401, 124, "Invalid access token.");
    return grant;
  };

  /** The vendor's own hosts, or the one that stands in for them all. */
  const originFor = (url: URL): string => {
    if (isVendorHost(url.hostname)) return ZOOM_ORIGINS[0];
    if (!fileHostSet) fileHost = url.origin;
    return url.origin;
  };

  const argumentsOf = (url: URL, text: string): URLSearchParams =>
    new URLSearchParams([...new URLSearchParams(text), ...url.searchParams]);

  const answerApi = (request: Request, url: URL, text: string, entry: LedgerEntry): Reply => {
    const found = findRoute(request.method, url.pathname);
    // guess: what an unknown path is answered.
    if (!found) return errorReply(404, 404, "Not Found");
    const { params, route } = found;
    entry.subject = params[0] ?? "";
    const grant = authenticate(request);
    const account = accounts.get(grant.accountId) ?? accounts.get(first.id);
    if (!account) throw refuse(401, 124, "Invalid access token.");
    // A restarted emulator knows its tokens, and by them where the app is.
    if (grant.kind === "user") install(grant);
    const { headers, refused } = limits.admit(grant.accountId, route.label, clock.now());
    const withLimit = (reply: Reply): Reply => ({ ...reply, headers: { ...reply.headers, ...headers } });
    if (refused) return withLimit(refused);
    const call: Call = {
      grant,
      account,
      params,
      query: url.searchParams,
      body: bodyOf(text),
      now: clock.now(),
      behaviour,
      app,
      webhooks,
      links: linksFor(originFor(url), account.id, addresses, clock.now()),
      downloadToken: (uuid, lifetimeMs) =>
        tokens.issueDownload({ accountId: account.id, uuid }, clock.now() + lifetimeMs),
    };
    const reply = refusedOr(() => {
      if (!(route.grants ?? ["user", "account"]).includes(grant.kind))
        requireScope({ ...call, grant: NOBODY }, route.scopes);
      requireScope(call, route.scopes);
      entry.executed = true;
      return route.handle(call);
    });
    return withLimit(reply);
  };

  const answer = (request: Request, url: URL, text: string, entry: LedgerEntry): Reply => {
    const apiUrl = isVendorHost(url.hostname) ? ZOOM_ORIGINS[1] : url.origin;
    const authorization = request.headers.get("authorization");
    switch (`${request.method} ${url.pathname}`) {
      case "GET /oauth/authorize":
        return oauth.authorize(url);
      case "POST /oauth/token": {
        entry.executed = true;
        const { grant, reply } = oauth.token(argumentsOf(url, text), authorization, apiUrl);
        if (grant?.kind === "user") install(grant);
        return reply;
      }
      case "POST /oauth/revoke":
        entry.executed = true;
        return oauth.revoke(argumentsOf(url, text), authorization);
    }
    if (!isDownload(url.pathname)) return answerApi(request, url, text, entry);
    const download = answerDownload(request, url, {
      accounts,
      addresses,
      behaviour,
      tokens,
      now: clock.now(),
    });
    entry.subject = download.meeting?.uuid ?? "";
    entry.objectType = download.file?.type ?? "";
    entry.executed = download.reply.status === 200;
    return download.reply;
  };

  const describe = (entry: LedgerEntry, request: Request, url: URL) => {
    const { grant } = tokens.readAccess(bearerOf(request) ?? "", clock.now());
    entry.account = accounts.get(grant?.accountId ?? "")?.number ?? 0;
    entry.kind = kindOf(request.method, url.pathname);
  };

  const side: VendorSide = {
    describe,
    answer,
    cursorOf: (url) => url.searchParams.get("next_page_token") || undefined,
    page: ZOOM_PAGE,
    answers,
    drift({ account }, changes) {
      [...handles.values()].find((one) => one.account.number === account)?.mutate(changes);
    },
  };

  const parts = { oauth, webhooks, behaviour, limits };
  const origins = [...ZOOM_ORIGINS, "https://*.zoom.us"];
  const making = { ...parts, vendor: side, origins, control: controlEmulator };
  return emulatorOf<ZoomEmulator>(ground, making, {
    ...app,
    account: first,
    accounts: handles,
    addAccount,
    get fileHost() {
      return fileHost;
    },
    set fileHost(host) {
      fileHost = host;
      fileHostSet = true;
    },
    planted: first.planted,
    snapshot: first.snapshot,
    theoretical: first.theoretical,
    issueAccessToken: first.issueAccessToken,
    hold: first.hold,
  });
}

const NOBODY: ZoomGrant = { kind: "user", accountId: "", userId: "", scopes: [] };

function kindOf(method: string, pathname: string): string {
  if (pathname === "/oauth/authorize") return "authorize";
  if (pathname === "/oauth/token") return "token";
  if (pathname === "/oauth/revoke") return "revoke";
  if (isDownload(pathname)) return "download";
  return findRoute(method, pathname)?.route.kind ?? "unknown";
}

function bodyOf(text: string): Readonly<Record<string, unknown>> {
  if (text === "") return {};
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  } catch {
    throw refuse(400, 300, "Request Body should be a valid JSON object.");
  }
}
