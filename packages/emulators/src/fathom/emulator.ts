import { createHash } from "node:crypto";
import { bearerOf, type VendorSide } from "../exchange.ts";
import type { VendorAnswers } from "../fault-effects.ts";
import type { LedgerEntry } from "../ledger.ts";
import { hubspotPeople } from "../meetings/people.ts";
import { hashSeed } from "../random.ts";
import { refusedOr } from "../refusal.ts";
import { jsonReply, type Reply } from "../reply.ts";
import { emulatorOf, groundOf, SEEDED_UNTIL } from "../vendor-emulator.ts";
import { postDelivery } from "../webhooks/post-delivery.ts";
import type { FathomAccount, FathomUser } from "./account.ts";
import { createAccountApi } from "./account-api.ts";
import type { Call } from "./call.ts";
import { controlEmulator } from "./control.ts";
import { errorReply, refuse } from "./errors.ts";
import type { FathomEmulator, FathomOrganisation } from "./fathom-emulator.ts";
import { createLimits } from "./limits.ts";
import { ACCESS_TOKEN_SECONDS, createOAuth } from "./oauth.ts";
import {
  DEFAULT_BEHAVIOUR,
  type FathomBehaviour,
  type FathomEmulatorOptions,
  type FathomOrganisationOptions,
  SMALL_FATHOM_ORGANISATION,
} from "./options.ts";
import { FATHOM_PAGE } from "./page.ts";
import { BASE, findRoute } from "./routes/table.ts";
import { seedOrganisation } from "./seed.ts";
import { snapshotOrganisation } from "./snapshot.ts";
import { theoreticalPlan } from "./theoretical.ts";
import { createTokens, type FathomGrant } from "./tokens.ts";
import { createWebhooks } from "./webhooks.ts";

export const FATHOM_ORIGINS = ["https://api.fathom.ai", "https://fathom.video"] as const;

const PAGE_SIZE = 10;

/** A Fathom in memory: an app, one organisation or several, and every knob to make it misbehave. */
export function fathomEmulator(options: FathomEmulatorOptions = {}): FathomEmulator {
  const ground = groundOf(options, 800);
  const { clock, latency, seed } = ground;
  const behaviour: FathomBehaviour = { ...DEFAULT_BEHAVIOUR, ...options.behaviour };
  const pageSize = options.pageSize ?? PAGE_SIZE;
  const word = (text: string) => createHash("sha256").update(`${seed}:fathom:${text}`).digest("base64url");
  const app = {
    clientId: options.clientId ?? word("id").slice(0, 24),
    clientSecret: options.clientSecret ?? word("secret").slice(0, 40),
  };
  const limits = createLimits(options.limits ?? {});
  const tokens = createTokens(app.clientSecret);
  const accounts = new Map<number, FathomAccount>();
  const handles = new Map<number, FathomOrganisation>();
  const oauth = createOAuth({ app, accounts, tokens, clock, behaviour });
  const stop = new AbortController();
  const webhooks = createWebhooks({
    clock,
    random: ground.deliveryRandom,
    seed: app.clientSecret,
    fetch: options.fetch,
  });

  const addAccount = (given: FathomOrganisationOptions): FathomOrganisation => {
    const number = accounts.size + 1;
    const accountSeed = hashSeed(given.seed ?? options.seed ?? 1);
    const people =
      given.people ?? hubspotPeople(given.crm?.seed ?? given.seed ?? options.seed ?? 1, given.crm);
    const { account, awkward, planted, staff } = seedOrganisation({
      seed: accountSeed,
      number,
      domain: given.domain ?? `acme-${accountSeed % 1_000}.example.com`,
      size: { ...SMALL_FATHOM_ORGANISATION, ...given.size },
      people,
      until: given.seededUntil ?? Math.min(SEEDED_UNTIL, clock.now()),
      awkward: given.awkward ?? true,
    });
    accounts.set(number, account);
    const personOf = (email = account.ownerEmail) => {
      if (!account.users.has(email)) throw new RangeError(`There is no user ${email}.`);
      return { account: number, email };
    };
    const handle: FathomOrganisation = {
      ...createAccountApi({ account, seed: accountSeed, staff, people, clock, tell: webhooks.onReady }),
      number,
      ownerEmail: account.ownerEmail,
      planted,
      awkward,
      snapshot: () => snapshotOrganisation(account),
      theoretical: (plan) => theoreticalPlan(account, limits.values, latency, pageSize, plan),
      issueKey: ({ email } = {}) => tokens.issueKey(personOf(email)),
      revokeKey: (key) => tokens.revoke(key),
      issueAccessToken: ({ email, expiresInMs = ACCESS_TOKEN_SECONDS * 1_000 } = {}) =>
        tokens.issueAccess(personOf(email), clock.now() + expiresInMs),
      issueRefreshToken: ({ email } = {}) => tokens.issueRefresh(personOf(email)),
      deauthorize: (email) => tokens.end(number, personOf(email).email),
    };
    handles.set(number, handle);
    return handle;
  };
  const first = addAccount(options);

  const answers: VendorAnswers = {
    tooMany: () => ({ error: "Rate limit exceeded. Please try again later." }),
    error: (status) => ({ error: status >= 500 ? "Internal server error" : "The request was refused" }),
    expiredToken: () => errorReply(401, "Unauthorized"),
    invalidGrant: () => jsonReply(400, { error: "invalid_grant" }),
    expiredCursor: () => errorReply(400, "Invalid cursor"),
  };

  const grantOf = (request: Request): FathomGrant | undefined => {
    const key = request.headers.get("x-api-key");
    const { grant, state } =
      key === null
        ? tokens.readAccess(bearerOf(request) ?? "", clock.now())
        : tokens.readKey(key, clock.now());
    return state === "live" ? grant : undefined;
  };

  const authenticate = (
    request: Request,
  ): { grant: FathomGrant; account: FathomAccount; user: FathomUser } => {
    const grant = grantOf(request);
    const account = accounts.get(grant?.account ?? 0);
    const user = account?.users.get(grant?.email ?? "");
    if (!grant || !account || !user) throw refuse(401, "Unauthorized");
    if (!user.active) throw refuse(behaviour.deactivatedStatus, "Unauthorized");
    return { grant, account, user };
  };

  const callBack: Call["callBack"] = (url, payload) => {
    const headers = { "content-type": "application/json" };
    const fetch = options.fetch ?? globalThis.fetch;
    const body = JSON.stringify(payload);
    void postDelivery({ url, body, headers, clock, fetch, stop: stop.signal, timeoutMs: 15_000 });
  };

  const answer = (request: Request, url: URL, text: string, entry: LedgerEntry): Reply => {
    if (request.method === "GET" && url.pathname === `${BASE}/oauth2/authorize`) return oauth.authorize(url);
    if (request.method === "POST" && url.pathname === `${BASE}/oauth2/token`) {
      entry.executed = true;
      return oauth.token(new URLSearchParams(text));
    }
    const found = findRoute(request.method, url.pathname);
    if (!found) return errorReply(404, "Not found");
    const { params, route } = found;
    entry.subject = params[0] ?? "";
    const who = authenticate(request);
    const heavy = route.heavy?.(url.searchParams) ?? false;
    // Of each credential: a person's keys share what they may, an app has its own.
    const credential = `${who.grant.kind}:${who.grant.account}:${who.grant.email}`;
    const { headers, refused } = limits.admit(credential, heavy, clock.now());
    const withLimit = (reply: Reply): Reply =>
      behaviour.limitHeaders ? { ...reply, headers: { ...reply.headers, ...headers } } : reply;
    if (refused) return withLimit(refused);
    const reply = refusedOr(() => {
      entry.executed = true;
      const query = url.searchParams;
      const body = bodyOf(text);
      return route.handle({ ...who, params, query, body, behaviour, webhooks, pageSize, callBack });
    });
    return withLimit(reply);
  };

  const side: VendorSide = {
    describe(entry, request, url) {
      entry.account = grantOf(request)?.account ?? 0;
      entry.kind = kindOf(request.method, url.pathname);
    },
    answer,
    cursorOf: (url) => url.searchParams.get("cursor") || undefined,
    page: FATHOM_PAGE,
    answers,
    drift: ({ account }, changes) => void handles.get(account)?.mutate(changes),
    tokenOf: (request) => request.headers.get("x-api-key") ?? bearerOf(request),
  };

  const closing = () => stop.abort(new Error("the emulator was closed"));
  const parts = { oauth, webhooks, behaviour, limits, closing };
  const making = { ...parts, vendor: side, origins: FATHOM_ORIGINS, control: controlEmulator };
  return emulatorOf<FathomEmulator>(ground, making, {
    ...app,
    account: first,
    accounts: handles,
    addAccount,
    planted: first.planted,
    snapshot: first.snapshot,
    theoretical: first.theoretical,
    issueKey: first.issueKey,
    record: first.record,
  });
}

function kindOf(method: string, pathname: string): string {
  if (pathname === `${BASE}/oauth2/authorize`) return "authorize";
  if (pathname === `${BASE}/oauth2/token`) return "token";
  return findRoute(method, pathname)?.route.kind ?? "unknown";
}

function bodyOf(text: string): Readonly<Record<string, unknown>> {
  if (text === "") return {};
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  } catch {
    throw refuse(400, "Invalid JSON");
  }
}
