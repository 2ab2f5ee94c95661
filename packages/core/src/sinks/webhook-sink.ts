import { createHmac } from "node:crypto";
import type { LookupAddress } from "node:dns";
import type { NotificationSink, SinkRequest } from "../define/notification.ts";
import { ConfigurationError, RateLimitError, ValidationError, VendorError } from "../errors.ts";
import { createPinnedFetch } from "../http/pinned-fetch.ts";
import { retryAfterMs } from "../http/retry-after.ts";
import { isLoopback } from "../http/url-policy.ts";
import { type Clock, systemClock } from "../ports/clock.ts";

export interface WebhookSinkOptions {
  /** Default "webhook". */
  readonly id?: string;
  /**
   * `whsec_` and 24 to 64 bytes in base64, as the Standard Webhooks scheme has it; several while one is being replaced;
   * or a function of the target, where each receiver has its own.
   */
  readonly secret: WebhookSecret | ((target: string) => WebhookSecret | Promise<WebhookSecret>);
  /** Allows plain http to loopback addresses, for tests. */
  readonly unsafeLoopback?: boolean;
  readonly clock?: Clock;
  /** Default: the system's resolver. */
  readonly resolve?: (hostname: string) => Promise<readonly LookupAddress[]>;
  /** Further trusted certificate authorities, PEM. */
  readonly ca?: string;
}

type WebhookSecret = string | readonly string[];

/** What a receiver's answer may at most say of when to come again. */
const longestWaitMs = 60 * 60_000;
const firstWaitMs = 10_000;

/**
 * Posts events as JSON, `{ type, timestamp, data }`, signed by the Standard Webhooks scheme: `webhook-id` (the same at
 * every attempt, for the receiver to notice repeats), `webhook-timestamp`, `webhook-signature`. The target is a URL: https,
 * and never an address inside (T20). Any 2xx is success; 410 ends the delivery; everything else is tried again.
 */
export function webhookSink(options: WebhookSinkOptions): NotificationSink {
  const { clock = systemClock, id = "webhook", secret, unsafeLoopback = false } = options;
  if (typeof secret !== "function") keysOf(secret);
  const fetch = createPinnedFetch({
    unsafeLoopback,
    ...(options.resolve ? { resolve: options.resolve } : {}),
    ...(options.ca ? { ca: options.ca } : {}),
  });
  return {
    id,
    checkTarget: (target) => checkUrl(target, unsafeLoopback),
    async send(request) {
      checkUrl(request.target, unsafeLoopback);
      const keys = keysOf(typeof secret === "function" ? await secret(request.target) : secret);
      const body = bodyOf(request);
      const timestamp = String(Math.floor(clock.now() / 1_000));
      const response = await reach(
        fetch,
        request,
        {
          "content-type": "application/json",
          "user-agent": "Halo-Webhooks",
          "webhook-id": request.deliveryKey,
          "webhook-timestamp": timestamp,
          "webhook-signature": keys
            .map((key) => `v1,${signature(key, request.deliveryKey, timestamp, body)}`)
            .join(" "),
        },
        body,
      );
      // Nothing of the answer is used; the connection is not kept.
      await response.body?.cancel().catch(() => {});
      if (response.ok) return {};
      throw refusalOf(response, clock.now());
    },
  };
}

function bodyOf({ event, message }: SinkRequest): string {
  const { at, data, key, type } = event;
  return JSON.stringify({ type, timestamp: at.toISOString(), data: { key, event: data, message } });
}

function signature(key: Uint8Array, id: string, timestamp: string, body: string): string {
  return createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
}

async function reach(
  fetch: typeof globalThis.fetch,
  { signal, target }: SinkRequest,
  headers: Readonly<Record<string, string>>,
  body: string,
): Promise<Response> {
  try {
    return await fetch(target, { method: "POST", headers, body, signal, redirect: "manual" });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof VendorError) throw error;
    throw new VendorError("The receiver of a webhook could not be reached.", {
      retryable: true,
      reason: "unreachable",
      cause: error,
    });
  }
}

function refusalOf({ headers, status }: Response, now: number): Error {
  if (status === 429 || (status === 503 && headers.has("retry-after"))) {
    const wait = Math.min(retryAfterMs(headers, now) ?? firstWaitMs, longestWaitMs);
    return new RateLimitError("The receiver of a webhook asked for fewer.", { retryAt: now + wait });
  }
  return new VendorError(`The receiver of a webhook answered ${status}.`, {
    status,
    reason: `status_${status}`,
    retryable: status !== 410,
  });
}

/** Throws `configuration_invalid` for a secret with which anybody could sign. */
function keysOf(secret: WebhookSecret): readonly Uint8Array[] {
  const secrets = typeof secret === "string" ? [secret] : secret;
  const keys = Array.isArray(secrets) ? secrets.map(keyOf) : [];
  if (keys.length > 0) return keys;
  throw badSecret();
}

function keyOf(secret: unknown): Uint8Array {
  const [, text] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(typeof secret === "string" ? secret : "") ?? [];
  const key = Buffer.from(text ?? "", "base64");
  if (key.length < 24 || key.length > 64 || key.toString("base64") !== text) throw badSecret();
  return key;
}

function badSecret(): ConfigurationError {
  return new ConfigurationError(
    'Give webhookSink a `secret` of "whsec_" and 24 to 64 random bytes in base64: it is missing, empty or malformed.',
    { option: "secret" },
  );
}

function checkUrl(target: string, loopback: boolean): void {
  const url = URL.canParse(target) ? new URL(target) : undefined;
  const local = url?.protocol === "http:" && loopback && isLoopback(url.hostname);
  if (url && (url.protocol === "https:" || local) && url.username === "" && url.password === "") return;
  throw new ValidationError("A webhook needs an https URL as its target.", {
    path: "target",
    reason: "no https URL without a user name",
  });
}
