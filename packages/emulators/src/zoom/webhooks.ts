import type { Clock } from "../clock.ts";
import type { Random } from "../random.ts";
import { createDeliveries, type Deliveries, type DeliveryAttempt } from "../webhooks/deliveries.ts";
import type { ZoomAccount } from "./account.ts";
import { ZOOM_EVENTS, type ZoomChange } from "./changes.ts";
import { type EventContext, eventOf } from "./events.ts";
import { hasScope, scopeOfEvent } from "./scopes.ts";
import { encryptToken, signZoom } from "./sign.ts";

/** Where an app is, and what it may hear there. */
export interface ZoomInstall {
  readonly scopes: readonly string[];
  /** Who consented; an admin-managed app hears of everybody. */
  readonly userIds: ReadonlySet<string>;
}

export interface ZoomSubscriptionOptions {
  readonly targetUrl: string;
  /** Names such as `recording.completed`; all unless told. `app_deauthorized` always comes. */
  readonly events?: readonly string[];
  /** Only of this account. */
  readonly accountId?: string;
  /** Only of these people's meetings. */
  readonly userIds?: readonly string[];
  /** Signs with another secret than the app's: what a forger does. */
  readonly secret?: string;
}

export interface ZoomSubscription extends ZoomSubscriptionOptions {
  readonly id: string;
  readonly name: string;
  readonly events: readonly string[];
  /** `default`: made by hand in the app's settings. `openapi`: by the API. */
  readonly source: "default" | "openapi";
  readonly scope: "user" | "account" | "master_account";
  userIds?: readonly string[];
  /** Failed challenges in a row; the sixth disables it. */
  failures: number;
}

export interface ZoomWebhooks
  extends Pick<Deliveries, "behaviour" | "attempts" | "lost" | "flush" | "settled" | "close"> {
  readonly subscriptions: ReadonlyMap<string, ZoomSubscription>;
  /** In the app's settings, where there may be 20 at most. */
  subscribe(options: ZoomSubscriptionOptions): { readonly id: string; unsubscribe(): void };
  /** By the API. */
  create(options: ZoomSubscriptionOptions & Pick<ZoomSubscription, "name" | "scope">): ZoomSubscription;
  change(id: string, userIds: readonly string[]): void;
  remove(id: string): void;
  /** `endpoint.url_validation`: true if the receiver answered its challenge rightly. */
  validate(targetUrl: string, options?: { secret?: string; plainToken?: string }): Promise<boolean>;
  /** What the vendor does every 72 hours; the sixth failure in a row disables a subscription. */
  revalidate(): Promise<void>;
  /** Sends any event again, or one made up, once. */
  send(subscriptionId: string, event: Readonly<Record<string, unknown>>): Promise<DeliveryAttempt>;
  /** A body and its headers as the vendor would send them now, to be posted by a test. */
  sign(body: string, options?: { secret?: string }): { body: string; headers: Record<string, string> };
  /** The body that tells of a change, as it would be sent. */
  eventOf(change: ZoomChange): Readonly<Record<string, unknown>>;
  onChange(change: ZoomChange): void;
}

export interface ZoomWebhookSettings {
  readonly clock: Clock;
  readonly random: Random;
  readonly context: EventContext;
  readonly installOf: (account: ZoomAccount) => ZoomInstall | undefined;
  readonly fetch: typeof globalThis.fetch | undefined;
}

/** After 5 minutes, 20 more and 60 more (vendors/zoom.md, Webhooks). */
const RETRY_MS = [300_000, 1_200_000, 3_600_000];
const TIMEOUT_MS = 3_000;
const MAX_FAILURES = 6;
const MAX_SUBSCRIPTIONS = 20;

export function createWebhooks(settings: ZoomWebhookSettings): ZoomWebhooks {
  const { clock, context, random } = settings;
  const { secretToken } = context.app;
  const subscriptions = new Map<string, ZoomSubscription>();
  const deliveries = createDeliveries({
    clock,
    random,
    fetch: settings.fetch,
    timeoutMs: TIMEOUT_MS,
    retryMs: RETRY_MS,
    // 3xx and 4xx are never repeated.
    isFinal: ({ status }) => status !== 0 && status < 500,
    headers: ({ body, messageId, secret, timestamp }) => ({
      "content-type": "application/json; charset=utf-8",
      "user-agent": "Zoom Marketplace/1.0a",
      "x-zm-request-id": messageId,
      "x-zm-trackingid": `WEB_${messageId.replaceAll("_", "").slice(0, 32)}`,
      ...signZoom({ secret, body, timestamp }),
    }),
    messageId: (serial) => {
      const hex = serial.toString(16).padStart(32, "0");
      return [hex.slice(24), hex.slice(0, 4), hex.slice(4, 8), hex.slice(8, 12), hex.slice(12, 24)].join("_");
    },
  });
  let serial = 0;

  const add = (options: Omit<ZoomSubscription, "id" | "failures" | "events"> & ZoomSubscriptionOptions) => {
    const events = options.events ?? ZOOM_EVENTS;
    const unknown = events.find((name) => !(ZOOM_EVENTS as readonly string[]).includes(name));
    if (unknown !== undefined)
      throw new RangeError(`There is no event ${unknown}: ${ZOOM_EVENTS.join(", ")}.`);
    const id = Buffer.from(`subscription-${++serial}`).toString("base64url");
    const subscription: ZoomSubscription = { ...options, id, events, failures: 0 };
    subscriptions.set(id, subscription);
    deliveries.add({ id, targetUrl: options.targetUrl, secret: options.secret ?? secretToken });
    return subscription;
  };
  const remove = (id: string) => {
    subscriptions.delete(id);
    deliveries.remove(id);
  };

  /** Whether the app is there, may know, and asked for it. */
  const hears = (subscription: ZoomSubscription, change: ZoomChange): boolean => {
    const { account, kind } = change;
    if (subscription.failures >= MAX_FAILURES) return false;
    if (subscription.accountId !== undefined && subscription.accountId !== account.id) return false;
    if (kind === "app_deauthorized") return true;
    if (!subscription.events.includes(kind)) return false;
    const install = settings.installOf(account);
    const scope = scopeOfEvent(kind);
    if (!install || (scope !== undefined && !hasScope(install.scopes, scope))) return false;
    const subject = "meeting" in change ? change.meeting.hostId : change.user.id;
    const admin = install.scopes.some((one) => one.endsWith(":admin"));
    if (!admin && !install.userIds.has(subject)) return false;
    return subscription.scope !== "user" || (subscription.userIds ?? []).includes(subject);
  };

  const validate: ZoomWebhooks["validate"] = async (targetUrl, options = {}) => {
    const bytes = Uint8Array.from({ length: 16 }, () => random.int(0, 255));
    const plainToken = options.plainToken ?? Buffer.from(bytes).toString("base64url");
    const secret = options.secret ?? secretToken;
    const event = { event: "endpoint.url_validation", payload: { plainToken }, event_ts: clock.now() };
    const { answer, status } = await deliveries.send({ id: "validation", targetUrl, secret }, event);
    if (status !== 200) return false;
    try {
      const given = JSON.parse(answer) as { plainToken?: unknown; encryptedToken?: unknown };
      return given.plainToken === plainToken && given.encryptedToken === encryptToken(secret, plainToken);
    } catch {
      return false;
    }
  };

  const revalidate = async (subscription: ZoomSubscription) => {
    const { secret, targetUrl } = subscription;
    const ok = await validate(targetUrl, secret === undefined ? {} : { secret });
    subscription.failures = ok ? 0 : subscription.failures + 1;
  };
  let challenging: Promise<void> = Promise.resolve();

  return {
    behaviour: deliveries.behaviour,
    attempts: deliveries.attempts,
    lost: deliveries.lost,
    flush: deliveries.flush,
    async settled() {
      await challenging;
      await deliveries.settled();
    },
    close: deliveries.close,
    subscriptions,
    subscribe(options) {
      const made = [...subscriptions.values()].filter(({ source }) => source === "default");
      if (made.length >= MAX_SUBSCRIPTIONS)
        throw new RangeError("An app has 20 event subscriptions at most.");
      const scope = options.userIds ? "user" : "account";
      const { id } = add({ ...options, name: "by hand", source: "default", scope });
      return { id, unsubscribe: () => remove(id) };
    },
    create(options) {
      const subscription = add({ ...options, source: "openapi" });
      // guess: whether a failure here has consequences of its own.
      if (context.behaviour.validateOnCreate)
        challenging = Promise.all([challenging, revalidate(subscription)]).then(() => undefined);
      return subscription;
    },
    change(id, userIds) {
      const subscription = subscriptions.get(id);
      if (subscription) subscription.userIds = userIds;
    },
    remove,
    validate,
    async revalidate() {
      for (const subscription of subscriptions.values()) await revalidate(subscription);
    },
    async send(id, event) {
      const receiver = deliveries.receivers.get(id);
      if (!receiver) throw new RangeError(`No subscription ${id}.`);
      return deliveries.send(receiver, event);
    },
    sign: (body, options = {}) => deliveries.sign(body, { secret: options.secret ?? secretToken }),
    eventOf: (change) => eventOf(change, context),
    onChange(change) {
      for (const subscription of subscriptions.values())
        if (hears(subscription, change)) deliveries.enqueue(subscription.id, eventOf(change, context));
    },
  };
}
