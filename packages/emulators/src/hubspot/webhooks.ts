import type { Clock } from "../clock.ts";
import { type Random, shuffle } from "../random.ts";
import { createDispatch } from "../webhooks/dispatch.ts";
import { postDelivery } from "../webhooks/post-delivery.ts";
import type { PortalChange } from "./changes.ts";
import { type SignatureVersion, signHubSpot } from "./sign.ts";
import {
  CLASSIC_EVENTS,
  DOCUMENTED_EVENTS,
  eventOf,
  GENERIC_EVENTS,
  namesOf,
  type WebhookEvent,
} from "./webhook-events.ts";

export interface SubscriptionOptions {
  readonly targetUrl: string;
  /** Names such as `object.creation`; by default those of the style. */
  readonly events?: readonly string[];
  /** `documented`: classic names with `email.creation` and its like. `generic`: `object.*`. `both` by default. */
  readonly style?: "documented" | "generic" | "both";
  /** v1 and v3 together by default, as CRM subscriptions carry them. */
  readonly versions?: readonly SignatureVersion[];
  /** Only of this account. */
  readonly portalId?: number;
  /** Signs with another secret than the app's: what a forger does. */
  readonly secret?: string;
}

/** What can go wrong between the vendor and the receiver. */
export interface DeliveryBehaviour {
  /** Each delivery is sent so many times. */
  copies: number;
  /** Events of a batch, and batches, come in a random order. */
  shuffle: boolean;
  /** How late an event sets off, by the emulator's clock. */
  delayMs: number;
  /** At most so many events in one request. */
  batchSize: number;
  maxConcurrent: number;
  /** Added to the timestamp that is signed: a sender with a wrong clock. */
  skewMs: number;
  /** Ten retries fill so much time, each about twice as late as the one before; a day at the vendor. */
  retrySpanMs: number;
  paused: boolean;
}

export interface DeliveryAttempt {
  readonly subscriptionId: number;
  readonly targetUrl: string;
  readonly attempt: number;
  readonly at: number;
  readonly endAt: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly events: readonly WebhookEvent[];
  /** Status of the receiver; 0 when it could not be reached or took too long. */
  readonly status: number;
}

export interface Webhooks {
  readonly behaviour: DeliveryBehaviour;
  /** Every attempt made, in order of its end. */
  readonly attempts: readonly DeliveryAttempt[];
  /** Events that gave up after the last retry. */
  readonly lost: readonly WebhookEvent[];
  subscribe(options: SubscriptionOptions): { readonly id: number; unsubscribe(): void };
  /** Sends what waits now, without waiting for the end of the turn. */
  flush(): void;
  /** Settles when nothing is under way or waiting for a retry. */
  settled(): Promise<void>;
  /** Sends any events again, or ones made up. */
  send(subscriptionId: number, events: readonly WebhookEvent[]): Promise<DeliveryAttempt>;
  /** A body and its headers as the vendor would send them now, to be posted by a test. */
  sign(
    events: readonly WebhookEvent[],
    options: Pick<SubscriptionOptions, "targetUrl" | "versions" | "secret">,
  ): {
    body: string;
    headers: Record<string, string>;
  };
  onChange(change: PortalChange): void;
  close(): void;
}

export interface WebhookSettings {
  readonly clock: Clock;
  readonly random: Random;
  readonly appId: number;
  readonly secret: string;
  /** How deliveries leave; the global fetch unless told, looked up when it is needed. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

const TIMEOUT_MS = 5_000;
const MAX_ATTEMPTS = 11; // the first and ten retries

interface Subscription extends Required<Pick<SubscriptionOptions, "targetUrl" | "versions" | "secret">> {
  readonly id: number;
  readonly events: readonly string[];
  readonly portalId: number | undefined;
  waiting: WebhookEvent[];
}

export function createWebhooks(settings: WebhookSettings): Webhooks {
  const { clock, random, appId } = settings;
  const behaviour: DeliveryBehaviour = {
    copies: 1,
    shuffle: false,
    delayMs: 0,
    batchSize: 100,
    maxConcurrent: 10,
    skewMs: 0,
    retrySpanMs: 24 * 3_600_000,
    paused: false,
  };
  const subscriptions = new Map<number, Subscription>();
  const attempts: DeliveryAttempt[] = [];
  const lost: WebhookEvent[] = [];
  const dispatch = createDispatch();
  let eventId = 100_000_000 + random.int(0, 1_000_000);
  let subscriptionId = 2_000_000;

  const sign = (
    events: readonly WebhookEvent[],
    {
      targetUrl,
      versions = ["v1", "v3"],
      secret = settings.secret,
    }: Pick<SubscriptionOptions, "targetUrl" | "versions" | "secret">,
  ) => {
    const body = JSON.stringify(events);
    const timestamp = clock.now() + behaviour.skewMs;
    const headers: Record<string, string> = {
      "content-type": "application/json",
      "user-agent": "HubSpot Connect 2.0 (http://dev.hubspot.com/) - WebHooks",
    };
    for (const version of versions) {
      Object.assign(
        headers,
        signHubSpot({ version, secret, method: "POST", url: targetUrl, body, timestamp }),
      );
    }
    return { body, headers };
  };

  const attemptOnce = async (
    subscription: Subscription,
    events: readonly WebhookEvent[],
    attempt: number,
  ): Promise<DeliveryAttempt> =>
    dispatch.inSlot(behaviour.maxConcurrent, async () => {
      const { id: subscriptionId, targetUrl } = subscription;
      // guess: every attempt is signed anew, with its own timestamp.
      const { body, headers } = sign(events, subscription);
      const at = clock.now();
      const { status } = await postDelivery({
        url: targetUrl,
        body,
        headers,
        clock,
        fetch: settings.fetch ?? globalThis.fetch,
        stop: dispatch.stop,
        timeoutMs: TIMEOUT_MS,
      });
      const endAt = clock.now();
      const done = { subscriptionId, targetUrl, attempt, at, endAt, body, headers, events, status };
      attempts.push(done);
      return done;
    });

  const deliver = async (subscription: Subscription, events: readonly WebhookEvent[]): Promise<void> => {
    await clock.sleep(behaviour.delayMs, dispatch.stop);
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const numbered = events.map((event) => ({ ...event, attemptNumber: attempt }));
      const { status } = await attemptOnce(subscription, numbered, attempt);
      if ((status >= 200 && status < 300) || !subscriptions.has(subscription.id)) return;
      const share = 2 ** attempt / 2 ** (MAX_ATTEMPTS - 1);
      await clock.sleep(behaviour.retrySpanMs * share * (0.5 + random.next() / 2), dispatch.stop);
    }
    lost.push(...events);
  };

  const flush = () => {
    if (behaviour.paused) return;
    const batches: (() => void)[] = [];
    for (const subscription of subscriptions.values()) {
      const events = subscription.waiting;
      subscription.waiting = [];
      if (behaviour.shuffle) shuffle(events, random);
      for (let at = 0; at < events.length; at += behaviour.batchSize) {
        const batch = events.slice(at, at + behaviour.batchSize);
        for (let copy = 0; copy < behaviour.copies; copy++) {
          batches.push(() => dispatch.start(() => deliver(subscription, batch)));
        }
      }
    }
    if (behaviour.shuffle) shuffle(batches, random);
    for (const begin of batches) begin();
  };

  return {
    behaviour,
    attempts,
    lost,
    sign,
    flush,
    subscribe(options) {
      const style = options.style ?? "both";
      const events = options.events ?? [
        ...(style === "generic" ? [] : [...CLASSIC_EVENTS, "contact.privacyDeletion", ...DOCUMENTED_EVENTS]),
        ...(style === "documented" ? [] : GENERIC_EVENTS),
      ];
      const subscription: Subscription = {
        id: ++subscriptionId,
        targetUrl: options.targetUrl,
        versions: options.versions ?? ["v1", "v3"],
        secret: options.secret ?? settings.secret,
        portalId: options.portalId,
        events,
        waiting: [],
      };
      subscriptions.set(subscription.id, subscription);
      return { id: subscription.id, unsubscribe: () => void subscriptions.delete(subscription.id) };
    },
    async send(id, events) {
      const subscription = subscriptions.get(id);
      if (!subscription) throw new RangeError(`No subscription ${id}.`);
      return attemptOnce(subscription, events, 0);
    },
    settled: dispatch.settled,
    onChange(change) {
      for (const subscription of subscriptions.values()) {
        if (subscription.portalId !== undefined && subscription.portalId !== change.portalId) continue;
        for (const names of namesOf(change, subscription.events)) {
          const ids = { eventId: ++eventId, subscriptionId: subscription.id, appId };
          subscription.waiting.push(eventOf(change, names, ids));
        }
      }
      // What changes in one turn travels in one batch.
      dispatch.soon(flush);
    },
    close() {
      dispatch.close();
      subscriptions.clear();
    },
  };
}
