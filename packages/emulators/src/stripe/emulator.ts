import { systemClock } from "../clock.ts";
import { createExchange } from "../exchange.ts";
import { distort, type VendorAnswers } from "../fault-effects.ts";
import { createFaults } from "../faults.ts";
import { createLedger, type LedgerEntry } from "../ledger.ts";
import { mswHandlers } from "../msw-handlers.ts";
import { hashSeed, mixSeed, seededRandom } from "../random.ts";
import { jsonReply, type Reply } from "../reply.ts";
import { latencyOf } from "../vendor-emulator.ts";
import { toResponse } from "../wire.ts";
import { createAccount, createPlatform, type StripeAccount } from "./account.ts";
import type { Call } from "./api/call.ts";
import { errorReply, noSuchUrl, refuse, StripeRefusal } from "./api/errors.ts";
import { readParams } from "./api/params.ts";
import { createRouter } from "./api/router.ts";
import { API_VERSION } from "./api/versions.ts";
import { DEFAULT_BEHAVIOUR, type StripeBehaviour } from "./behaviour.ts";
import { type Kind, letters } from "./book/book.ts";
import { STRIPE_PAGE } from "./distort.ts";
import { authenticate, createKeys, type Grant, keyOf, redacted, requirePermission } from "./keys.ts";
import { createLimits, tooMany } from "./limits.ts";
import type { StripeAccountOptions, StripeEmulatorOptions } from "./options.ts";
import { STRIPE_ORIGINS } from "./origins.ts";
import { snapshotBook } from "./snapshot.ts";
import type { StripeAccountHandle, StripeEmulator } from "./stripe-emulator.ts";

/** A Stripe in memory: accounts with their live and test mode, an app, and every knob to make it misbehave. */
export function stripeEmulator(options: StripeEmulatorOptions = {}): StripeEmulator {
  const seed = hashSeed(options.seed ?? 1);
  const clock = options.clock ?? systemClock();
  const latency = latencyOf(options.latency);
  const behaviour: StripeBehaviour = { ...DEFAULT_BEHAVIOUR, ...options.behaviour };
  const random = seededRandom(mixSeed(seed, 701));
  const delays = seededRandom(mixSeed(seed, 702));
  const ledger = createLedger();
  const faults = createFaults(random);
  const limits = createLimits(options.limits ?? {});
  const keys = createKeys(seed, letters(mixSeed(seed, 703), 32));
  const platform = createPlatform(seed, clock);
  const accounts = new Map<string, StripeAccount>();
  const handles = new Map<string, StripeAccountHandle>();
  const findRoute = createRouter([]);
  const running = new Map<string, number>();
  let requests = 0;

  const addAccount = (given: StripeAccountOptions): StripeAccountHandle => {
    const account = createAccount(given, { clock, number: accounts.size + 1 });
    const { id } = account.facts;
    if (accounts.has(id)) throw new RangeError(`There is an account ${id} already: give another seed.`);
    accounts.set(id, account);
    const livemodeOf = (mode = given.mode ?? "test") => mode === "live";
    const bookOf = (mode = given.mode ?? "test") => account[mode];
    const handle: StripeAccountHandle = {
      id,
      account,
      book: bookOf(),
      issueKey: ({ mode, permissions } = {}) =>
        keys.issueKey({
          accountId: id,
          livemode: livemodeOf(mode),
          kind: permissions ? "restricted" : "secret",
          permissions,
        }),
      revokeKey: (key, why) => keys.revoke(key, why),
      snapshot: (how = {}) => snapshotBook(bookOf(how.mode), how.kinds),
    };
    handles.set(id, handle);
    return handle;
  };

  const noAccess = (key: string, accountId: string) =>
    refuse(403, {
      code: "account_invalid",
      message: `The provided key '${redacted(key)}' does not have access to account '${accountId}' (or that account does not exist). Application access may have been revoked.`,
    });

  /** The account that a request is about: the key's own, or one that the platform's key acts for. */
  const accountOf = (request: Request, grant: Grant): StripeAccount => {
    const asked = request.headers.get("stripe-account");
    const own = grant.kind === "platform" ? platform : accounts.get(grant.accountId);
    if (asked === null || asked === grant.accountId) {
      if (!own) throw refuse(401, { message: "Invalid API Key provided" });
      return own;
    }
    const mode = grant.livemode ? "live" : "test";
    const other = grant.kind === "platform" ? accounts.get(asked) : undefined;
    if (!other?.installed.has(mode)) throw noAccess(keyOf(request) ?? "", asked);
    return other;
  };

  const answer = (request: Request, url: URL, text: string, entry: LedgerEntry): Reply => {
    const requestId = `req_${letters(mixSeed(seed, 704, ++requests), 14)}`;
    const version = request.headers.get("stripe-version");
    try {
      const reply = answerApi(request, url, text, entry, requestId);
      return withHeaders(reply, requestId, version);
    } catch (error) {
      if (error instanceof StripeRefusal) return withHeaders(error.reply, requestId, version);
      throw error;
    }
  };

  const answerApi = (
    request: Request,
    url: URL,
    text: string,
    entry: LedgerEntry,
    requestId: string,
  ): Reply => {
    const grant = authenticate(keys, request, clock.now());
    const account = accountOf(request, grant);
    const book = grant.livemode ? account.live : account.test;
    const found = findRoute(request.method, url.pathname);
    if (!found) throw noSuchUrl(request.method, url.pathname);
    const { route } = found;
    const refused = limits.admit({
      account: account.facts.id,
      livemode: grant.livemode,
      endpoint: `${route.method} ${route.path}`,
      search: route.kind === "search",
      now: clock.now(),
      running: running.get(account.facts.id) ?? 0,
    });
    if (refused) return refused;
    if (route.permission) requirePermission(grant, ...route.permission, keyOf(request) ?? "");
    const other = grant.livemode ? account.test : account.live;
    const call: Call = {
      method: request.method,
      params: readParams(url.searchParams, new URLSearchParams(text)),
      path: found.path,
      book,
      grant,
      version: request.headers.get("stripe-version") ?? account.facts.apiVersion,
      requestId,
      idempotencyKey: request.headers.get("idempotency-key") ?? undefined,
      inOtherMode: (kind: Kind, id: string) => other.tables[kind].has(id),
      noAccess: (id) => noAccess(keyOf(request) ?? "", id),
    };
    entry.executed = true;
    return jsonReply(200, route.handle(call));
  };

  const withHeaders = (reply: Reply, requestId: string, version: string | null): Reply => {
    const body = reply.body as { error?: Record<string, unknown> } | undefined;
    const shown =
      reply.status >= 400 && typeof body?.error === "object"
        ? {
            ...reply,
            body: {
              error: { ...body.error, request_log_url: `https://dashboard.stripe.com/logs/${requestId}` },
            },
          }
        : reply;
    return {
      ...shown,
      headers: {
        ...shown.headers,
        "content-type": "application/json",
        "request-id": requestId,
        "stripe-version": version ?? API_VERSION,
      },
    };
  };

  const describe = (entry: LedgerEntry, request: Request, url: URL) => {
    const grant = keys.read(keyOf(request) ?? "", clock.now());
    const asked = request.headers.get("stripe-account");
    const accountId = asked ?? (typeof grant === "object" ? grant.accountId : "");
    entry.account = accounts.get(accountId)?.facts.number ?? 0;
    const found = findRoute(request.method, url.pathname);
    entry.kind = found?.route.kind ?? "unknown";
    entry.objectType = found?.route.objectType ?? "";
    entry.subject = found?.path.id ?? "";
  };

  const vendor: VendorAnswers = {
    tooMany: () => tooMany("global-rate").body,
    error: (status) => ({
      error: {
        message: status >= 500 ? "An unknown error occurred" : "The request was refused.",
        type: status >= 500 ? "api_error" : "invalid_request_error",
      },
    }),
    expiredToken: () =>
      errorReply(401, { code: "api_key_expired", message: "Expired API Key provided: sk_test_****" }),
    invalidGrant: () =>
      jsonReply(400, { error: "invalid_grant", error_description: "This refresh token is not good." }),
    expiredCursor: () =>
      errorReply(400, { code: "resource_missing", message: "No such object.", param: "starting_after" }),
  };

  const handle = createExchange(
    { clock, ledger, faults, latency, delays, random },
    {
      describe,
      answer,
      refusal: (error) => (error instanceof StripeRefusal ? error.reply : undefined),
      cursorOf: (url) => url.searchParams.get("starting_after") ?? undefined,
      distort: (effect, reply, cursor) => distort(effect, reply, cursor, STRIPE_PAGE),
      answers: vendor,
      drift() {},
      tokenOf: keyOf,
    },
  );

  const first = addAccount(options);
  const emulator: StripeEmulator = {
    account: first,
    accounts: handles,
    addAccount,
    clock,
    ledger,
    faults,
    latency,
    behaviour,
    limits: limits.values,
    issueKey: first.issueKey,
    snapshot: first.snapshot,
    handle,
    fetch: async (request) => toResponse(await handle(request), clock, request.signal),
    handlers: [],
    control: async () => undefined,
    close() {},
  };
  return Object.assign(emulator, { handlers: mswHandlers(STRIPE_ORIGINS, emulator) });
}
