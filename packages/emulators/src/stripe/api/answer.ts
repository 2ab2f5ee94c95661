import type { Clock } from "../../clock.ts";
import type { LedgerEffect, LedgerEntry } from "../../ledger.ts";
import { mixSeed } from "../../random.ts";
import { jsonReply, type Reply } from "../../reply.ts";
import type { StripeAccount } from "../account.ts";
import { type Kind, letters } from "../book/book.ts";
import type { IdempotencyKeys, Keyed } from "../idempotency.ts";
import type { Journal } from "../journal.ts";
import { authenticate, type Grant, type Keys, keyOf, redacted, requirePermission } from "../keys.ts";
import type { StripeLimits } from "../limits.ts";
import type { Call } from "./call.ts";
import { noSuchUrl, refuse, StripeRefusal } from "./errors.ts";
import { readParams, requireKnown } from "./params.ts";
import type { Found } from "./router.ts";

export interface ApiParts {
  readonly clock: Clock;
  readonly seed: number;
  readonly keys: Keys;
  readonly limits: StripeLimits;
  readonly idempotency: IdempotencyKeys;
  readonly journal: Journal;
  readonly platform: StripeAccount;
  readonly accounts: ReadonlyMap<string, StripeAccount>;
  find(method: string, pathname: string): Found | undefined;
}

export interface Api {
  answer(request: Request, url: URL, text: string, entry: LedgerEntry): Reply;
  /** The vendor failed, and keeps that under the request's key. */
  keepFailure(request: Request, url: URL, text: string, reply: Reply): void;
  /** The answer has left, or never will. */
  left(entry: LedgerEntry): void;
  /** The account that a request is about, if its key can be read. */
  accountOf(request: Request): StripeAccount | undefined;
}

/** The way of a request through the vendor: who, how often, whether they may, whether again, what. */
export function createApi(parts: ApiParts): Api {
  const { accounts, clock, idempotency, journal, keys, limits, platform, seed } = parts;
  const running = new Map<string, number>();
  const ends = new WeakMap<LedgerEntry, (() => void)[]>();
  let requests = 0;

  const nextRequestId = () => `req_${letters(mixSeed(seed, 704, ++requests), 14)}`;

  const noAccess = (request: Request, accountId: string) =>
    refuse(403, {
      code: "account_invalid",
      message: `The provided key '${redacted(keyOf(request) ?? "")}' does not have access to account '${accountId}' (or that account does not exist). Application access may have been revoked.`,
    });

  /** The account that a request is about: the key's own, or one that the platform's key acts for. */
  const homeOf = (request: Request, grant: Grant): StripeAccount => {
    const asked = request.headers.get("stripe-account") ?? grant.accountId;
    if (asked === platform.facts.id && grant.kind === "platform") return platform;
    const account = accounts.get(asked);
    const mode = grant.livemode ? "live" : "test";
    const may = grant.kind === "platform" ? account?.installed.has(mode) : asked === grant.accountId;
    if (!account || !may) throw noAccess(request, asked);
    return account;
  };

  const keyedOf = (
    request: Request,
    url: URL,
    text: string,
    home: string,
    requestId: string,
  ): Keyed | undefined => {
    const key = request.headers.get("idempotency-key");
    if (request.method !== "POST" || key === null || key === "") return undefined;
    if (key.length > 255) {
      throw refuse(400, {
        type: "idempotency_error",
        message: "Idempotency keys cannot be longer than 255 characters.",
      });
    }
    const body = [...url.searchParams, ...new URLSearchParams(text)]
      .map((pair) => pair.join("="))
      .sort()
      .join("&");
    return { key, home, path: url.pathname, body, requestId, now: clock.now() };
  };

  const atEnd = (entry: LedgerEntry, end: () => void) => ends.set(entry, [...(ends.get(entry) ?? []), end]);

  const admit = (entry: LedgerEntry, { route }: Found, home: string, account: string, livemode: boolean) => {
    const count = running.get(home) ?? 0;
    const endpoint = `${route.method} ${route.path}`;
    const search = route.kind === "search";
    const refused = limits.admit({ account, livemode, endpoint, search, now: clock.now(), running: count });
    if (refused) throw new StripeRefusal(refused);
    running.set(home, count + 1);
    atEnd(entry, () => running.set(home, (running.get(home) ?? 1) - 1));
  };

  const perform = (
    request: Request,
    url: URL,
    text: string,
    entry: LedgerEntry,
    requestId: string,
  ): Reply => {
    const grant = authenticate(keys, request, clock.now());
    const { livemode } = grant;
    const account = homeOf(request, grant);
    const [book, other] = livemode ? [account.live, account.test] : [account.test, account.live];
    const found = parts.find(request.method, url.pathname);
    if (!found) throw noSuchUrl(request.method, url.pathname);
    const { route } = found;
    const home = `${account.facts.id}:${livemode}`;
    admit(entry, found, home, account.facts.id, livemode);
    if (route.permission) requirePermission(grant, ...route.permission, keyOf(request) ?? "");
    const keyed = keyedOf(request, url, text, home, requestId);
    const before = keyed && idempotency.begin(keyed);
    if (before) return before;
    if (keyed) atEnd(entry, () => idempotency.left(keyed));

    const key = keyed?.key ?? null;
    const call: Call = {
      method: request.method,
      params: readParams(url.searchParams, new URLSearchParams(text)),
      path: found.path,
      book,
      grant,
      version: request.headers.get("stripe-version") ?? account.facts.apiVersion,
      scene: journal.scene(book, { id: requestId, idempotency_key: key }),
      inOtherMode: (kind: Kind, id: string) => other.tables[kind].has(id),
      noAccess: (id) => noAccess(request, id),
    };
    try {
      requireKnown(call.params, route.params);
      const reply = jsonReply(200, route.handle(call));
      entry.executed = true;
      const effect = effectOf(route.kind, reply, key);
      if (effect) entry.effect = effect;
      if (!keyed) return reply;
      idempotency.keep(keyed, reply);
      return {
        ...reply,
        headers: { ...reply.headers, "idempotency-key": keyed.key, "original-request": requestId },
      };
    } catch (error) {
      if (keyed)
        idempotency.keep(keyed, error instanceof StripeRefusal && error.begun ? error.reply : undefined);
      throw error;
    }
  };

  return {
    answer(request, url, text, entry) {
      const requestId = nextRequestId();
      const version = request.headers.get("stripe-version");
      try {
        return dressed(perform(request, url, text, entry, requestId), requestId, version);
      } catch (error) {
        if (error instanceof StripeRefusal) return dressed(error.reply, requestId, version);
        throw error;
      }
    },
    keepFailure(request, url, text, reply) {
      const grant = authenticate(keys, request, clock.now());
      const home = `${homeOf(request, grant).facts.id}:${grant.livemode}`;
      const keyed = keyedOf(request, url, text, home, nextRequestId());
      if (keyed) idempotency.put(keyed, reply);
    },
    left(entry) {
      for (const end of ends.get(entry) ?? []) end();
      ends.delete(entry);
    },
    accountOf(request) {
      const grant = keys.read(keyOf(request) ?? "", clock.now());
      if (typeof grant !== "object") return undefined;
      return accounts.get(request.headers.get("stripe-account") ?? grant.accountId);
    },
  };
}

/** What every answer carries. */
function dressed(reply: Reply, requestId: string, version: string | null): Reply {
  const body = reply.body as { error?: Record<string, unknown> } | undefined;
  const request_log_url = `https://dashboard.stripe.com/logs/${requestId}`;
  const withUrl =
    reply.status >= 400 && typeof body?.error === "object"
      ? { error: { ...body.error, request_log_url } }
      : reply.body;
  return {
    status: reply.status,
    body: withUrl,
    headers: {
      ...reply.headers,
      "content-type": "application/json",
      "request-id": requestId,
      ...(version !== null && { "stripe-version": version }),
    },
  };
}

/** What a write left behind; its mark is the key under which it may stand once. */
function effectOf(kind: string, reply: Reply, key: string | null): LedgerEffect | undefined {
  if (kind !== "create" && kind !== "update" && kind !== "delete") return undefined;
  return { operation: kind, id: (reply.body as { id: string }).id, mark: key ?? "" };
}
