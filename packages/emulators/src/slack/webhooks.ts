import type { Clock } from "../clock.ts";
import { type Random, shuffle } from "../random.ts";
import { rollingWindow } from "../rolling-window.ts";
import { createDispatch } from "../webhooks/dispatch.ts";
import { type Posted, postDelivery } from "../webhooks/post-delivery.ts";
import type { SlackBehaviour } from "./call.ts";
import type { SlackChange } from "./changes.ts";
import { eventsOf, SLACK_EVENTS, type SlackEvent } from "./events.ts";
import { signSlack } from "./sign.ts";
import type { Workspace } from "./workspace.ts";

type Fields = Readonly<Record<string, unknown>>;

export interface SlackSubscriptionOptions {
  /** Of Events API; there is one for the whole app at the vendor. */
  readonly targetUrl: string;
  /** Where clicks go; the target unless told. */
  readonly interactivityUrl?: string;
  /** Names such as `message.channels`; all unless told. */
  readonly events?: readonly string[];
  /** Only of this workspace. */
  readonly teamId?: string;
  /** Signs with another secret than the app's: what a forger does. */
  readonly secret?: string;
}

/** What can go wrong between the vendor and the receiver. */
export interface SlackDeliveryBehaviour {
  /** Each event is sent so many times. */
  copies: number;
  /** Copies come with event ids of their own, as in the vendor's incidents. */
  freshIds: boolean;
  /** Events of one turn come in a random order. */
  shuffle: boolean;
  /** How late an event sets off, by the emulator's clock. */
  delayMs: number;
  /** Chance from 0 to 1, by the seed, that an event is never sent. */
  lossProbability: number;
  maxConcurrent: number;
  /** Added to the timestamp that is signed: a sender with a wrong clock. */
  skewMs: number;
  paused: boolean;
}

export interface SlackDeliveryAttempt {
  readonly subscriptionId: number;
  readonly targetUrl: string;
  /** 0, then the number in `x-slack-retry-num`. */
  readonly attempt: number;
  readonly at: number;
  readonly endAt: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The parsed body of an event, or the payload of a click. */
  readonly payload: Fields;
  /** Status of the receiver; 0 when it could not be reached or took too long. */
  readonly status: number;
  /** The vendor's word for what went wrong; undefined for a 2xx. */
  readonly reason: "http_timeout" | "http_error" | "connection_failed" | "too_many_redirects" | undefined;
}

export interface SlackWebhooks {
  readonly behaviour: SlackDeliveryBehaviour;
  /** Every attempt made, in order of its end. */
  readonly attempts: readonly SlackDeliveryAttempt[];
  /** Envelopes that gave up after the last retry, or that a fault swallowed. */
  readonly lost: readonly Fields[];
  subscribe(options: SlackSubscriptionOptions): { readonly id: number; unsubscribe(): void };
  /** What the vendor does when a request URL is saved: true if the receiver gave the challenge back. */
  handshake(targetUrl: string): Promise<boolean>;
  /** Sends what waits now, without waiting for the end of the turn. */
  flush(): void;
  /** Settles when nothing is under way or waiting for a retry. */
  settled(): Promise<void>;
  /** Sends any envelope again, or one made up, once. */
  send(subscriptionId: number, envelope: Fields): Promise<SlackDeliveryAttempt>;
  /** Sends a click's form to the interactivity URL of the first subscription, once: the vendor repeats no click. */
  sendInteraction(payload: Fields): Promise<SlackDeliveryAttempt>;
  /** A body and its headers as the vendor would send them now, to be posted by a test. */
  sign(
    body: string,
    options?: { contentType?: string; secret?: string },
  ): { body: string; headers: Record<string, string> };
  onChange(change: SlackChange): void;
  close(): void;
}

export interface SlackWebhookSettings {
  readonly clock: Clock;
  readonly random: Random;
  readonly appId: string;
  /** The signing secret. */
  readonly secret: string;
  readonly eventsPerHour: number | undefined;
  readonly emulator: Pick<SlackBehaviour, "messageReplied">;
  /** How deliveries leave; the global fetch unless told, looked up when it is needed. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/** Waits before the retries 1, 2 and 3 (vendors/slack.md §4). */
const RETRY_MS = [0, 60_000, 300_000];
/** Of the whole attempt, and redirects that are followed (vendors/slack.md §4). */
const TIMEOUT_MS = 3_000;
const MAX_REDIRECTS = 2;
const HOUR = 3_600_000;
const MINUTE = 60_000;

interface Subscription extends SlackSubscriptionOptions {
  readonly id: number;
  readonly secret: string;
  readonly events: readonly string[];
  waiting: Fields[];
}

export function createWebhooks(settings: SlackWebhookSettings): SlackWebhooks {
  const { appId, clock, random } = settings;
  const behaviour: SlackDeliveryBehaviour = {
    copies: 1,
    freshIds: false,
    shuffle: false,
    delayMs: 0,
    lossProbability: 0,
    maxConcurrent: 10,
    skewMs: 0,
    paused: false,
  };
  const subscriptions = new Map<number, Subscription>();
  const attempts: SlackDeliveryAttempt[] = [];
  const lost: Fields[] = [];
  const dispatch = createDispatch();
  const hourly = rollingWindow(settings.eventsPerHour ?? Number.POSITIVE_INFINITY, HOUR);
  const toldLimited = new Map<string, number>();
  let eventSerial = random.int(0, 1_000_000);
  let subscriptionId = 0;

  const eventId = () => `Ev0${(++eventSerial).toString(36).toUpperCase().padStart(8, "0")}`;

  const envelope = (workspace: Workspace, { event }: SlackEvent, at: number): Fields => ({
    token: "verification-token",
    team_id: workspace.id,
    context_team_id: workspace.id,
    context_enterprise_id: null,
    api_app_id: appId,
    event,
    type: "event_callback",
    event_id: eventId(),
    event_time: Math.floor(at / 1_000),
    authorizations: [
      {
        enterprise_id: null,
        team_id: workspace.id,
        user_id: workspace.botUserId,
        is_bot: true,
        is_enterprise_install: false,
      },
    ],
    is_ext_shared_channel: false,
    event_context: `4-${Buffer.from(`${workspace.id}:${eventSerial}`).toString("base64url")}`,
  });

  const sign: SlackWebhooks["sign"] = (
    body,
    { contentType = "application/json", secret = settings.secret } = {},
  ) => {
    const timestamp = Math.floor((clock.now() + behaviour.skewMs) / 1_000);
    return {
      body,
      headers: {
        "content-type": contentType,
        "user-agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        accept: "*/*",
        ...signSlack({ secret, body, timestamp }),
      },
    };
  };

  const post = (url: string, signed: { body: string; headers: Record<string, string> }): Promise<Posted> =>
    postDelivery({
      url,
      ...signed,
      clock,
      fetch: settings.fetch ?? globalThis.fetch,
      stop: dispatch.stop,
      timeoutMs: TIMEOUT_MS,
      maxRedirects: MAX_REDIRECTS,
    });

  const attemptOnce = async (
    { id, secret }: Subscription,
    targetUrl: string,
    payload: Fields,
    { attempt = 0, retryReason = "", form = false } = {},
  ): Promise<SlackDeliveryAttempt & { noRetry: boolean }> =>
    dispatch.inSlot(behaviour.maxConcurrent, async () => {
      const text = JSON.stringify(payload);
      const signed = form
        ? sign(`payload=${encodeURIComponent(text)}`, {
            contentType: "application/x-www-form-urlencoded",
            secret,
          })
        : sign(text, { secret });
      if (attempt > 0) {
        Object.assign(signed.headers, {
          "x-slack-retry-num": String(attempt),
          "x-slack-retry-reason": retryReason,
        });
      }
      const at = clock.now();
      const posted = await post(targetUrl, signed);
      const done = {
        subscriptionId: id,
        targetUrl,
        attempt,
        at,
        endAt: clock.now(),
        ...signed,
        payload,
        status: posted.status,
        reason: reasonOf(posted),
      };
      attempts.push(done);
      return { ...done, noRetry: posted.headers.get("x-slack-no-retry") === "1" };
    });

  const deliver = async (subscription: Subscription, payload: Fields): Promise<void> => {
    await clock.sleep(behaviour.delayMs, dispatch.stop);
    let retryReason = "";
    for (let attempt = 0; attempt <= RETRY_MS.length; attempt++) {
      if (attempt > 0) await clock.sleep(RETRY_MS[attempt - 1] ?? 0, dispatch.stop);
      const done = await attemptOnce(subscription, subscription.targetUrl, payload, { attempt, retryReason });
      if (done.reason === undefined || !subscriptions.has(subscription.id)) return;
      if (done.noRetry) break;
      retryReason = done.reason;
    }
    lost.push(payload);
  };

  /** Null when the hour is full; then the app is told so, once a minute. */
  const admitted = (workspace: Workspace, subscription: Subscription): boolean => {
    const now = clock.now();
    if (hourly.take(workspace.id, now)) return true;
    const minute = Math.floor(now / MINUTE);
    if (toldLimited.get(workspace.id) !== minute) {
      toldLimited.set(workspace.id, minute);
      subscription.waiting.push({
        token: "verification-token",
        type: "app_rate_limited",
        team_id: workspace.id,
        minute_rate_limited: minute * 60,
        api_app_id: appId,
      });
    }
    return false;
  };

  const flush = () => {
    if (behaviour.paused) return;
    const sends: (() => void)[] = [];
    for (const subscription of subscriptions.values()) {
      const payloads = subscription.waiting;
      subscription.waiting = [];
      for (const payload of payloads) {
        if (behaviour.lossProbability > 0 && random.chance(behaviour.lossProbability)) {
          lost.push(payload);
          continue;
        }
        for (let copy = 0; copy < behaviour.copies; copy++) {
          const fresh = copy > 0 && behaviour.freshIds && "event_id" in payload;
          const sent = fresh ? { ...payload, event_id: eventId() } : payload;
          sends.push(() => dispatch.start(() => deliver(subscription, sent)));
        }
      }
    }
    if (behaviour.shuffle) shuffle(sends, random);
    for (const begin of sends) begin();
  };

  const only = (id?: number): Subscription => {
    const subscription = id === undefined ? [...subscriptions.values()][0] : subscriptions.get(id);
    if (!subscription)
      throw new RangeError(id === undefined ? "Nobody has subscribed." : `No subscription ${id}.`);
    return subscription;
  };

  return {
    behaviour,
    attempts,
    lost,
    sign,
    flush,
    subscribe(options) {
      const subscription: Subscription = {
        ...options,
        id: ++subscriptionId,
        secret: options.secret ?? settings.secret,
        events: options.events ?? SLACK_EVENTS,
        waiting: [],
      };
      const unknown = subscription.events.find((name) => !(SLACK_EVENTS as readonly string[]).includes(name));
      if (unknown !== undefined)
        throw new RangeError(`There is no event ${unknown}: ${SLACK_EVENTS.join(", ")}.`);
      subscriptions.set(subscription.id, subscription);
      return { id: subscription.id, unsubscribe: () => void subscriptions.delete(subscription.id) };
    },
    async handshake(targetUrl) {
      const challenge = `ch${random.int(0, 1e9).toString(36)}${random.int(0, 1e9).toString(36)}`;
      const body = JSON.stringify({ token: "verification-token", challenge, type: "url_verification" });
      const posted = await post(targetUrl, sign(body));
      return reasonOf(posted) === undefined && challengeIn(posted.body) === challenge;
    },
    async send(id, payload) {
      const subscription = only(id);
      return attemptOnce(subscription, subscription.targetUrl, payload);
    },
    async sendInteraction(payload) {
      const subscription = only();
      const url = subscription.interactivityUrl ?? subscription.targetUrl;
      return attemptOnce(subscription, url, payload, { form: true });
    },
    settled: dispatch.settled,
    onChange(change) {
      const { install } = change.workspace;
      for (const event of eventsOf(change, settings.emulator)) {
        // Nobody hears of a workspace where the app is not, but that it has just gone.
        if (event.scope !== undefined && !install?.scopes.includes(event.scope)) continue;
        for (const subscription of subscriptions.values()) {
          if (!subscription.events.includes(event.name)) continue;
          if (subscription.teamId !== undefined && subscription.teamId !== change.workspace.id) continue;
          if (!admitted(change.workspace, subscription)) continue;
          subscription.waiting.push(envelope(change.workspace, event, change.at));
        }
      }
      dispatch.soon(flush);
    },
    close() {
      dispatch.close();
      subscriptions.clear();
    },
  };
}

/** As text, or as JSON with the field `challenge`. */
function challengeIn(body: string): string {
  try {
    const { challenge } = JSON.parse(body) as { challenge?: unknown };
    return typeof challenge === "string" ? challenge : body;
  } catch {
    return body.trim();
  }
}

function reasonOf({ failure, status }: Posted): SlackDeliveryAttempt["reason"] {
  if (failure === "timeout") return "http_timeout";
  if (failure === "unreachable") return "connection_failed";
  return failure ?? (status >= 200 && status < 300 ? undefined : "http_error");
}
