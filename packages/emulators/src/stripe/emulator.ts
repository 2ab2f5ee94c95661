import { createHash } from "node:crypto";
import type { VendorSide } from "../exchange.ts";
import type { VendorAnswers } from "../fault-effects.ts";
import type { LedgerEntry } from "../ledger.ts";
import { mixSeed } from "../random.ts";
import type { Reply } from "../reply.ts";
import { emulatorOf, groundOf } from "../vendor-emulator.ts";
import { createAccount, createPlatform, type StripeAccount } from "./account.ts";
import { createHandle } from "./account-handle.ts";
import { createApi } from "./api/answer.ts";
import { type ErrorFields, errorReply } from "./api/errors.ts";
import { createRouter } from "./api/router.ts";
import { CREDIT_NOTES } from "./api/routes/credit-notes.ts";
import { CUSTOMERS } from "./api/routes/customers.ts";
import { endpointRoutes } from "./api/routes/endpoints.ts";
import { EVENTS } from "./api/routes/events.ts";
import { REFUNDS } from "./api/routes/refunds.ts";
import { SEARCHING } from "./api/routes/search.ts";
import { SUBSCRIPTIONS } from "./api/routes/subscriptions.ts";
import { DEFAULT_BEHAVIOUR, type StripeBehaviour } from "./behaviour.ts";
import { type Book, letters } from "./book/book.ts";
import { controlEmulator } from "./control.ts";
import { STRIPE_PAGE } from "./distort.ts";
import { createIdempotencyKeys } from "./idempotency.ts";
import { createJournal } from "./journal.ts";
import { createKeys, keyOf } from "./keys.ts";
import { createLimits, tooMany } from "./limits.ts";
import { createOAuth, deadGrant } from "./oauth.ts";
import { APP_PERMISSIONS, type StripeAccountOptions, type StripeEmulatorOptions } from "./options.ts";
import { STRIPE_ORIGINS } from "./origins.ts";
import type { Mode, StripeAccountHandle, StripeEmulator } from "./stripe-emulator.ts";
import { createWebhooks } from "./webhooks.ts";

/** A Stripe in memory: accounts with their live and test mode, an app, and every knob to make it misbehave. */
export function stripeEmulator(options: StripeEmulatorOptions = {}): StripeEmulator {
  const ground = groundOf(options, 700);
  const { clock, latency, seed } = ground;
  const behaviour: StripeBehaviour = { ...DEFAULT_BEHAVIOUR, ...options.behaviour };
  const secret = createHash("sha256").update(`${seed}:stripe`).digest("hex");
  const limits = createLimits(options.limits ?? {});
  const keys = createKeys(seed, secret);
  const platform = createPlatform(seed, clock);
  const accounts = new Map<string, StripeAccount>();
  const handles = new Map<string, StripeAccountHandle>();
  const webhooks = createWebhooks({
    clock,
    random: ground.deliveryRandom,
    seed,
    fetch: options.fetch,
    platformOf: (book) => {
      const mode = book.livemode ? "live" : "test";
      return accounts.get(book.account.id)?.installed.has(mode) ? platform[mode] : undefined;
    },
  });
  const journal = createJournal(behaviour, webhooks);
  const find = createRouter([
    ...REFUNDS,
    ...SUBSCRIPTIONS,
    ...CUSTOMERS,
    ...CREDIT_NOTES,
    ...EVENTS,
    ...SEARCHING,
    ...endpointRoutes(webhooks),
  ]);
  const api = createApi({
    clock,
    seed,
    keys,
    limits,
    idempotency: createIdempotencyKeys(() => behaviour.idempotencyMs),
    journal,
    platform,
    accounts,
    find,
  });

  const platformKey = (livemode: boolean) =>
    keys.issueKey({ accountId: platform.facts.id, livemode, kind: "platform", permissions: undefined });
  const app = {
    clientId: options.clientId ?? `ca_${letters(mixSeed(seed, 705), 32)}`,
    secretKeys: { test: platformKey(false), live: platformKey(true) },
  };
  const tellApp = (book: Book, verb: "authorized" | "deauthorized") =>
    journal.tell(book, `account.application.${verb}`, {
      id: app.clientId,
      object: "application",
      name: "The app",
    });
  const install = (account: StripeAccount, mode: Mode) => {
    account.installed.add(mode);
    tellApp(account[mode], "authorized");
  };
  const uninstall = (account: StripeAccount, mode: Mode) => {
    if (!account.installed.has(mode)) return;
    keys.uninstall(account.facts.id, mode === "live");
    // The last that the app hears of this account.
    tellApp(account[mode], "deauthorized");
    account.installed.delete(mode);
  };
  const permissions = options.appPermissions ?? APP_PERMISSIONS;
  const oauth = createOAuth({
    app,
    accounts,
    keys,
    clock,
    permissions,
    defaultMode: options.mode ?? "test",
    install,
    uninstall,
  });

  const addAccount = (given: StripeAccountOptions): StripeAccountHandle => {
    const account = createAccount(given, { clock, number: accounts.size + 1 });
    const { id } = account.facts;
    if (accounts.has(id)) throw new RangeError(`There is an account ${id} already: give another seed.`);
    accounts.set(id, account);
    const mode = given.mode ?? "test";
    const handle = createHandle(account, {
      mode,
      clock,
      keys,
      journal,
      limits,
      latency,
      permissions,
      install,
      uninstall,
    });
    handles.set(id, handle);
    return handle;
  };

  const answer = (request: Request, url: URL, text: string, entry: LedgerEntry): Reply => {
    const form = () => new URLSearchParams(text);
    const path = `${request.method} ${url.pathname}`;
    if (isAuthorize(path)) return oauth.authorize(url);
    const run = OAUTH[path];
    if (!run) return api.answer(request, url, text, entry);
    entry.executed = true;
    return oauth[run](request, form());
  };

  const describe = (entry: LedgerEntry, request: Request, url: URL) => {
    entry.account = api.accountOf(request)?.facts.number ?? 0;
    const path = `${request.method} ${url.pathname}`;
    const found = find(request.method, url.pathname);
    if (isAuthorize(path)) entry.kind = "authorize";
    else if (OAUTH[path]) entry.kind = OAUTH[path] === "deauthorize" ? "uninstall" : "token";
    else if (found) {
      entry.kind = found.route.kind;
      entry.objectType = found.route.objectType;
      entry.subject = found.path.id ?? "";
    }
  };

  const vendor: VendorAnswers = {
    tooMany: () => tooMany("global-rate").body,
    error: (status) => errorReply(status, failure(status)).body,
    expiredToken: () =>
      errorReply(401, { code: "api_key_expired", message: "Expired API Key provided: sk_test_********" }),
    invalidGrant: deadGrant,
    expiredCursor: () =>
      errorReply(400, { code: "resource_missing", message: "No such object.", param: "starting_after" }),
  };

  const side: VendorSide = {
    describe,
    answer,
    cursorOf: (url) => url.searchParams.get("starting_after") ?? undefined,
    page: STRIPE_PAGE,
    answers: vendor,
    drift({ account }, change) {
      const drifting = [...handles.values()].find((one) => one.account.facts.number === account);
      drifting?.mutate(change);
    },
    tokenOf: keyOf,
    leaving: api.left,
    keep: api.keepFailure,
  };

  const first = addAccount(options);
  const parts = { oauth, webhooks, behaviour, limits };
  const making = { ...parts, vendor: side, origins: STRIPE_ORIGINS, control: controlEmulator };
  return emulatorOf<StripeEmulator>(ground, making, {
    ...app,
    platform,
    account: first,
    accounts: handles,
    addAccount,
    issueKey: first.issueKey,
    issueAccessToken: first.issueAccessToken,
    snapshot: first.snapshot,
    theoretical: first.theoretical,
    subscribe({ account = first.id, mode, ...given }) {
      const home = given.connect ? platform : accounts.get(account);
      if (!home) throw new RangeError(`There is no account ${account}.`);
      const { endpoint, secret: signing } = webhooks.create(home[mode ?? options.mode ?? "test"], given);
      return { id: endpoint.id, secret: signing };
    },
  });
}

/** The page of Stripe Apps, whose links may carry a channel, and the one of Connect. */
const isAuthorize = (path: string): boolean => /^GET \/oauth\/(v2\/([^/]+\/)?)?authorize$/.test(path);

const OAUTH: Readonly<Record<string, "token" | "connectToken" | "deauthorize">> = {
  "POST /v1/oauth/token": "token",
  "POST /oauth/token": "connectToken",
  "POST /oauth/deauthorize": "deauthorize",
};

const failure = (status: number): ErrorFields =>
  status >= 500
    ? { type: "api_error", message: "An unknown error occurred." }
    : { message: "The request was refused." };
