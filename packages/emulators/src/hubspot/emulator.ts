import { createHash } from "node:crypto";
import { bearerOf, type VendorSide } from "../exchange.ts";
import type { VendorAnswers } from "../fault-effects.ts";
import type { LedgerEffect, LedgerEntry } from "../ledger.ts";
import { hashSeed, mixSeed } from "../random.ts";
import { Refusal, refusedOr } from "../refusal.ts";
import { emptyReply, type Reply } from "../reply.ts";
import { emulatorOf, groundOf, SEEDED_UNTIL } from "../vendor-emulator.ts";
import { type Behaviour, type Call, DEFAULT_BEHAVIOUR } from "./call.ts";
import { controlEmulator } from "./control.ts";
import { HUBSPOT_PAGE } from "./distort.ts";
import { correlationId, errorReply, expired, invalid, unauthorized } from "./errors.ts";
import type { HubSpotEmulator, PortalHandle } from "./hubspot-emulator.ts";
import { createLimits } from "./limits.ts";
import { createOAuth, deadGrant } from "./oauth.ts";
import { objectType } from "./object-types.ts";
import { type HubSpotEmulatorOptions, type PortalOptions, SMALL_PORTAL } from "./options.ts";
import { HUBSPOT_ORIGINS } from "./origins.ts";
import { canonicalPath } from "./paths.ts";
import { emptyPortal, type Portal } from "./portal.ts";
import { createPortalApi } from "./portal-api.ts";
import { findRoute } from "./router.ts";
import { seedPortal } from "./seed/seed-portal.ts";
import { snapshotPortal } from "./snapshot.ts";
import { theoreticalPlan } from "./theoretical.ts";
import { createTokens, type Grant } from "./tokens.ts";
import { createWebhooks } from "./webhooks.ts";

/** A HubSpot in memory: an app, one account or several, and every knob to make it misbehave. */
export function hubspotEmulator(options: HubSpotEmulatorOptions = {}): HubSpotEmulator {
  const ground = groundOf(options, 500);
  const { clock, latency, seed } = ground;
  const behaviour: Behaviour = { ...DEFAULT_BEHAVIOUR, ...options.behaviour };
  const hex = (text: string) => createHash("sha256").update(`${seed}:${text}`).digest("hex");
  const app = {
    clientId: options.clientId ?? `${hex("id").slice(0, 8)}-0000-4000-8000-${hex("id").slice(8, 20)}`,
    clientSecret:
      options.clientSecret ?? `${hex("secret").slice(0, 8)}-0000-4000-8000-${hex("secret").slice(8, 20)}`,
    appId: options.appId ?? 54_321,
  };
  const limits = createLimits(options.limits ?? {});
  const tokens = createTokens(app.clientSecret);
  const webhooks = createWebhooks({
    clock,
    random: ground.deliveryRandom,
    appId: app.appId,
    secret: app.clientSecret,
    fetch: options.fetch,
  });
  const portals = new Map<number, Portal>();
  const handles = new Map<number, PortalHandle>();
  const oauth = createOAuth(app, portals, tokens, clock, behaviour);

  const addPortal = (portalOptions: PortalOptions): PortalHandle => {
    const portalSeed = hashSeed(portalOptions.seed ?? options.seed ?? 1);
    const id = portalOptions.portalId ?? 60_000_000 + (mixSeed(portalSeed, 9) % 9_000_000);
    if (portals.has(id))
      throw new RangeError(`There is a portal ${id} already: give another seed or portalId.`);
    const portal = emptyPortal({
      id,
      domain: `acme-${id}.example.com`,
      accountType: portalOptions.accountType ?? "STANDARD",
      timeZone: "UTC",
      currency: "USD",
      userEmail: `admin@acme-${id}.example.com`,
      userId: 4_200_000,
      clock,
      searchLagMs: options.searchLagMs ?? 0,
    });
    const until = portalOptions.seededUntil ?? Math.min(SEEDED_UNTIL, clock.now());
    const planted = seedPortal(portal, portalSeed, { ...SMALL_PORTAL, ...portalOptions.size }, until);
    portals.set(id, portal);
    const handle: PortalHandle = {
      ...createPortalApi(portal, webhooks.onChange),
      id,
      planted,
      snapshot: (types) => snapshotPortal(portal, types),
      theoretical: (plan) => theoreticalPlan(portal, limits.values, latency, plan),
      issueKey: ({ scopes }) => tokens.issueKey({ portalId: id, userId: portal.userId, scopes, kind: "key" }),
      issueAccessToken: ({ scopes, expiresInMs = 1_800_000 }) =>
        tokens.issueAccess(
          { portalId: id, userId: portal.userId, scopes, kind: "oauth" },
          clock.now() + expiresInMs,
        ),
      uninstall: () => tokens.revokePortal(id),
    };
    handles.set(id, handle);
    return handle;
  };

  const vendor: VendorAnswers = {
    tooMany: () => ({
      status: "error",
      message: "You have reached your ten_secondly_rolling limit.",
      errorType: "RATE_LIMIT",
      correlationId: correlationId(),
      policyName: "TEN_SECONDLY_ROLLING",
      requestId: correlationId(),
    }),
    error: (status) => ({
      status: "error",
      message: status >= 500 ? "internal error" : "the request was refused",
      correlationId: correlationId(),
    }),
    expiredToken: expired,
    invalidGrant: deadGrant,
    expiredCursor: () => invalid("The paging cursor has expired.").reply,
  };

  /** An API request: who, how often, whether they may, what. */
  const answerApi = (request: Request, url: URL, text: string, entry: LedgerEntry): Reply => {
    const route = findRoute(request.method, url.pathname);
    if (route === undefined) return notThere(url);
    if (route === "method") return errorReply(405, "METHOD_NOT_ALLOWED", "This method is not allowed here.");
    const access = authenticate(request);
    const api = handles.get(access.portalId);
    if (!api) throw unauthorized();
    const admitted = limits.admit(access, route.kind, clock.now());
    if ("refusal" in admitted) return admitted.refusal;
    const call: Call = {
      method: request.method,
      url,
      params: route.params,
      query: url.searchParams,
      text,
      grant: access,
      api,
      portal: api.portal,
      now: clock.now(),
      behaviour,
    };
    entry.executed = true;
    const reply = refusedOr(() => route.handle(call));
    const effect = effectOf(route.kind, reply);
    if (effect) entry.effect = effect;
    return { ...reply, headers: { ...reply.headers, ...admitted.headers } };
  };

  const authenticate = (request: Request): Grant => {
    const [scheme = "", token = ""] = (request.headers.get("authorization") ?? "").split(" ");
    const access = scheme.toLowerCase() === "bearer" ? tokens.readAccess(token) : undefined;
    if (!access) throw unauthorized();
    if (access.expiresAt <= clock.now()) throw new Refusal(expired());
    return access.grant;
  };

  const answer = (request: Request, url: URL, text: string, entry: LedgerEntry): Reply => {
    const path = canonicalPath(url.pathname) ?? "";
    const [, area, name = "", id = ""] = path.split("/");
    const form = () => new URLSearchParams(text);
    if (path === "/authorize" && request.method === "GET") return oauth.authorize(url);
    if (area === "oauth") {
      entry.executed = true;
      if (request.method === "POST" && path === "/oauth/token") return oauth.token(form());
      if (request.method === "POST" && path === "/oauth/token/introspect") return oauth.introspect(form());
      if (request.method === "POST" && path === "/oauth/token/revoke") return oauth.revoke(form());
      if (request.method === "GET" && name === "access-tokens")
        return oauth.accessTokenInfo(decodeURIComponent(id));
      if (request.method === "GET" && name === "refresh-tokens")
        return oauth.refreshTokenInfo(decodeURIComponent(id));
      if (request.method === "DELETE" && name === "refresh-tokens")
        return oauth.deleteRefreshToken(decodeURIComponent(id));
      return notThere(url);
    }
    if (path === "/appinstalls/external-install" && request.method === "DELETE") {
      tokens.revokePortal(authenticate(request).portalId);
      return emptyReply();
    }
    return answerApi(request, url, text, entry);
  };

  const side: VendorSide = {
    describe: (entry, request, url) =>
      describe(entry, request, url, tokens.readAccess(bearerOf(request) ?? "")?.grant),
    answer,
    cursorOf: (url, text) => url.searchParams.get("after") ?? searchCursor(text),
    page: HUBSPOT_PAGE,
    answers: vendor,
    drift: ({ account }, change) => void handles.get(account)?.mutate(change),
  };

  const first = addPortal(options);
  const parts = { oauth, webhooks, behaviour, limits };
  const making = { ...parts, vendor: side, origins: HUBSPOT_ORIGINS, control: controlEmulator };
  return emulatorOf<HubSpotEmulator>(ground, making, {
    ...app,
    portal: first,
    portals: handles,
    addPortal,
    planted: first.planted,
    snapshot: first.snapshot,
    theoretical: first.theoretical,
    issueKey: first.issueKey,
  });
}

const notThere = (url: URL) => errorReply(404, "OBJECT_NOT_FOUND", `No resource at ${url.pathname}`);

const LONG_TEXTS = ["hs_note_body", "hs_task_body", "description"];

/** What a write left behind. */
function effectOf(kind: string, reply: Reply): LedgerEffect | undefined {
  if ((kind !== "create" && kind !== "update") || reply.status >= 300) return undefined;
  const { id, properties } = reply.body as { id: string; properties: Record<string, string | null> };
  const text = LONG_TEXTS.map((name) => properties[name]).find(Boolean) ?? "";
  const words = text.replace(/<[^>]*>/g, " ").split(/\s+/);
  return { operation: kind, id, mark: words.filter(Boolean).at(-1) ?? "" };
}

/** Fills in what the path and the token tell, before anything is decided. */
function describe(entry: LedgerEntry, request: Request, url: URL, grant: Grant | undefined): void {
  const path = canonicalPath(url.pathname) ?? "";
  const route = findRoute(request.method, url.pathname);
  entry.account = grant?.portalId ?? 0;
  if (path === "/authorize") entry.kind = "authorize";
  else if (path === "/oauth/token") entry.kind = "token";
  else if (path.startsWith("/oauth/")) entry.kind = "oauth";
  else if (path.startsWith("/appinstalls/")) entry.kind = "uninstall";
  else if (typeof route === "object") {
    entry.kind = route.kind;
    const { type, from } = route.params;
    entry.objectType = objectType(type ?? from ?? "") ?? (route.kind === "submissions" ? "submissions" : "");
  }
}

/** The cursor of a search stands in its body. */
function searchCursor(text: string): string | undefined {
  const match = /"after"\s*:\s*"?(\d+)/.exec(text.slice(0, 5_000));
  return match?.[1];
}
