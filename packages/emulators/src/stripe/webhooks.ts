import type { Clock } from "../clock.ts";
import { mixSeed, type Random } from "../random.ts";
import { createDeliveries, type Deliveries, type DeliveryAttempt } from "../webhooks/deliveries.ts";
import { badParameter, refuse } from "./api/errors.ts";
import { type Rendered, render } from "./api/render.ts";
import { API_VERSION } from "./api/versions.ts";
import { type Book, letters } from "./book/book.ts";
import type { StripeObject } from "./book/table.ts";
import { EVENT_TYPES } from "./event-types.ts";
import { eventInVersion, meansType } from "./events.ts";
import { signStripe } from "./sign.ts";

export interface NewEndpoint {
  readonly url: string;
  /** `*` for all but the few that have to be named. */
  readonly enabledEvents?: readonly string[];
  /** What its events are shown in; the account's default unless told. */
  readonly apiVersion?: string | null;
  readonly description?: string | null;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Of the platform: hears of the accounts that it is connected to. */
  readonly connect?: boolean;
  /** Signs with this instead of one of its own. */
  readonly secret?: string;
}

export interface StripeWebhooks
  extends Pick<Deliveries, "behaviour" | "attempts" | "lost" | "flush" | "settled" | "close"> {
  /** Each event is followed by another one of the same change, with an id of its own. */
  readonly twins: { on: boolean };
  create(book: Book, given: NewEndpoint): { readonly endpoint: StripeObject; readonly secret: string };
  update(book: Book, endpoint: StripeObject, given: Readonly<Record<string, unknown>>): void;
  remove(book: Book, id: string): void;
  secretOf(id: string): string;
  /** A new secret; the old one is good for so much longer, and both sign. */
  rollSecret(id: string, oldForMs: number): string;
  /** How many endpoints will hear of an event of this type. */
  listeners(book: Book, type: string): number;
  /** An event has happened. */
  publish(book: Book, event: StripeObject): void;
  /** Sends any event again, or one made up, once. */
  send(endpointId: string, event: Readonly<Record<string, unknown>>): Promise<DeliveryAttempt>;
  /** A body and its headers as they would leave now. */
  sign(
    body: string,
    options: { readonly secrets: readonly string[] },
  ): { readonly body: string; readonly headers: Record<string, string> };
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** guess: documented are three days with growing pauses in live mode, and three tries over some hours in test mode. */
const RETRY_MS = {
  live: [
    5 * MINUTE,
    30 * MINUTE,
    2 * HOUR,
    5 * HOUR,
    10 * HOUR,
    10 * HOUR,
    10 * HOUR,
    10 * HOUR,
    12 * HOUR,
    12 * HOUR,
  ],
  test: [5 * MINUTE, HOUR, 3 * HOUR],
};
// guess: the time is not published.
const TIMEOUT_MS = 20_000;
/** Of each mode (vendors/stripe.md §4, from general knowledge). */
const MAX_ENDPOINTS = 16;

interface Secrets {
  current: string;
  old: readonly { readonly secret: string; readonly until: number }[];
}

export interface WebhookSettings {
  readonly clock: Clock;
  readonly random: Random;
  readonly seed: number;
  readonly fetch: typeof globalThis.fetch | undefined;
  /** The books whose Connect endpoints hear of this one. */
  platformOf(book: Book): Book | undefined;
}

export function createWebhooks({ clock, fetch, platformOf, random, seed }: WebhookSettings): StripeWebhooks {
  const secrets = new Map<string, Secrets>();
  const homes = new Map<string, Book>();
  const connect = new Set<string>();
  const twins = { on: false };
  let serial = 0;

  const newSecret = () => `whsec_${letters(mixSeed(seed, 801, ++serial), 32)}`;
  const livesecrets = (id: string): string[] => {
    const own = secrets.get(id);
    if (!own) return [];
    return [own.current, ...own.old.filter(({ until }) => until > clock.now()).map(({ secret }) => secret)];
  };

  const deliveries = createDeliveries({
    clock,
    random,
    fetch,
    timeoutMs: TIMEOUT_MS,
    retryMs: ({ id }) => RETRY_MS[homes.get(id)?.livemode ? "live" : "test"],
    // Nothing but a deleted or disabled endpoint ends the retries.
    isFinal: () => false,
    headers: ({ body, secret, timestamp }) => headersOf(body, secret.split(" "), timestamp),
    messageId: (n) => `delivery_${n}`,
    delivered({ id }, payload) {
      const event = homes.get(id)?.tables.event.get(String(payload.id));
      if (event) event.pending_webhooks = Math.max(0, Number(event.pending_webhooks) - 1);
    },
  });

  const headersOf = (body: string, given: readonly string[], timestamp: number) => ({
    "content-type": "application/json; charset=utf-8",
    "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    accept: "*/*; q=0.5, application/xml",
    "cache-control": "no-cache",
    ...signStripe({ body, secrets: given, timestamp }),
  });

  /** The receiver as it is now: its address and its secrets may have changed since. */
  const refresh = (endpoint: StripeObject) => {
    if (endpoint.status !== "enabled") return deliveries.remove(endpoint.id);
    const secret = livesecrets(endpoint.id).join(" ");
    deliveries.add({ id: endpoint.id, targetUrl: String(endpoint.url), secret });
  };

  const endpointsFor = (book: Book, type: string): readonly StripeObject[] => {
    const means = (endpoint: StripeObject) =>
      endpoint.status === "enabled" &&
      (endpoint.enabled_events as readonly string[]).some((name) => meansType(name, type));
    const own = book.tables.webhook_endpoint.rows.filter((one) => !connect.has(one.id) && means(one));
    const platform = platformOf(book);
    const theirs =
      platform?.tables.webhook_endpoint.rows.filter((one) => connect.has(one.id) && means(one)) ?? [];
    return [...own, ...theirs];
  };

  const bodyFor = (book: Book, endpoint: StripeObject, event: StripeObject): Rendered => {
    const version = String(endpoint.api_version ?? book.account.apiVersion);
    const shown = eventInVersion(structuredClone(event), version);
    return connect.has(endpoint.id) ? { ...shown, account: book.account.id } : shown;
  };

  return {
    behaviour: deliveries.behaviour,
    attempts: deliveries.attempts,
    lost: deliveries.lost,
    flush: deliveries.flush,
    settled: deliveries.settled,
    close: deliveries.close,
    twins,
    create(book, given) {
      const { connect: connects = false, enabledEvents = ["*"], metadata = {}, url } = given;
      checkUrl(url);
      checkEvents(enabledEvents);
      const { rows } = book.tables.webhook_endpoint;
      if (rows.length >= MAX_ENDPOINTS) {
        throw refuse(400, {
          message: `You have reached the maximum of ${MAX_ENDPOINTS} ${book.livemode ? "live" : "test"} webhook endpoints.`,
        });
      }
      const endpoint: StripeObject = {
        id: book.newId("webhook_endpoint"),
        object: "webhook_endpoint",
        api_version: given.apiVersion ?? null,
        application: null,
        created: book.now(),
        description: given.description ?? null,
        enabled_events: [...enabledEvents],
        livemode: book.livemode,
        metadata,
        status: "enabled",
        url,
      };
      book.tables.webhook_endpoint.insert(endpoint);
      secrets.set(endpoint.id, { current: given.secret ?? newSecret(), old: [] });
      homes.set(endpoint.id, book);
      if (connects) connect.add(endpoint.id);
      refresh(endpoint);
      return { endpoint, secret: secrets.get(endpoint.id)?.current ?? "" };
    },
    update(_, endpoint, given) {
      if (typeof given.url === "string") checkUrl(given.url);
      if (Array.isArray(given.enabled_events)) checkEvents(given.enabled_events as string[]);
      Object.assign(endpoint, given);
      refresh(endpoint);
    },
    remove(book, id) {
      book.tables.webhook_endpoint.remove(id);
      deliveries.remove(id);
    },
    secretOf: (id) => secrets.get(id)?.current ?? "",
    rollSecret(id, oldForMs) {
      const own = secrets.get(id);
      const endpoint = homes.get(id)?.tables.webhook_endpoint.get(id);
      if (!own || !endpoint) throw new RangeError(`There is no endpoint ${id}.`);
      own.old = [...own.old, { secret: own.current, until: clock.now() + oldForMs }];
      own.current = newSecret();
      refresh(endpoint);
      return own.current;
    },
    listeners: (book, type) => endpointsFor(book, type).length,
    publish(book, event) {
      for (const endpoint of endpointsFor(book, String(event.type))) {
        refresh(endpoint);
        const body = bodyFor(book, endpoint, event);
        deliveries.enqueue(endpoint.id, body);
        if (twins.on) deliveries.enqueue(endpoint.id, { ...body, id: book.newId("event") });
      }
    },
    async send(id, event) {
      const receiver = deliveries.receivers.get(id);
      if (!receiver) throw new RangeError(`There is no enabled endpoint ${id}.`);
      return deliveries.send({ ...receiver, secret: livesecrets(id).join(" ") }, event);
    },
    sign(body, { secrets: given }) {
      const timestamp = Math.floor((clock.now() + deliveries.behaviour.skewMs) / 1_000);
      return { body, headers: headersOf(body, given, timestamp) };
    },
  };
}

/** An endpoint as the API shows it. */
export const endpointShown = (book: Book, endpoint: StripeObject): Rendered =>
  render(book, endpoint, { version: API_VERSION });

function checkUrl(url: string): void {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  // The vendor wants https and a public host; loopback is for programs that test.
  const local = parsed && ["127.0.0.1", "localhost", "[::1]"].includes(parsed.hostname);
  if (parsed && (parsed.protocol === "https:" || (parsed.protocol === "http:" && local))) return;
  throw badParameter(
    "url",
    "url_invalid",
    "Invalid URL: URLs must begin with https and be publicly accessible.",
  );
}

function checkEvents(names: readonly string[]): void {
  const at = names.findIndex((name) => name !== "*" && !EVENT_TYPES.includes(name));
  if (names.length > 0 && at === -1) return;
  throw badParameter(
    names.length === 0 ? "enabled_events" : `enabled_events[${at}]`,
    undefined,
    `Invalid enabled_events[${Math.max(0, at)}]: must be the type of an event, or *`,
  );
}
