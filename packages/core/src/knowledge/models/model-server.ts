import pRetry from "p-retry";
import {
  CancelledError,
  ConfigurationError,
  type HaloError,
  isHaloError,
  RateLimitError,
  VendorError,
} from "../../errors.ts";
import { type Clock, systemClock } from "../../ports/clock.ts";

/** A server with OpenAI's routes, as an adapter calls it. */
export interface ModelServer {
  /** In messages: "embedding server", "language model's server". */
  readonly name: string;
  readonly url: string;
  readonly apiKey: string | undefined;
  readonly timeoutMs: number;
  readonly retries: number;
  readonly fetch: typeof globalThis.fetch | undefined;
  readonly clock: Clock | undefined;
}

/** Waits are no longer than this, whatever the server asks; the backlog tries again later. */
const maxWaitMs = 30_000;
const firstWaitMs = 500;

/**
 * Posts JSON and reads JSON, at most `maxBytes` of it. 429 and 5xx are tried again here and nowhere else, then
 * `rate_limited` or `vendor_failed`; 401 and 403 are `configuration_invalid`. Redirects are not followed, since they would
 * carry the key. No error holds the key, what was sent, or an answer's body.
 */
export async function postJson<T>(
  server: ModelServer,
  body: unknown,
  options: {
    readonly maxBytes: number;
    readonly signal: AbortSignal | undefined;
    /** Reads the answer; what it throws is not tried again unless it says so. */
    readonly read: (answer: unknown) => T;
  },
): Promise<T> {
  const { clock = systemClock, retries } = server;
  const { signal } = options;
  if (signal?.aborted) throw new CancelledError("a signal");
  return pRetry(async () => options.read(await callOnce(server, body, options)), {
    retries,
    minTimeout: 0,
    maxTimeout: 0,
    shouldRetry: ({ error }) => (error as HaloError).retryable === true,
    onFailedAttempt: async ({ error, attemptNumber, retriesLeft }) => {
      if ((error as HaloError).retryable !== true || retriesLeft === 0) return;
      const asked = isHaloError(error, "rate_limited") ? (error as RateLimitError).retryAt - clock.now() : 0;
      const waitMs = Math.max(asked, firstWaitMs * 2 ** (attemptNumber - 1));
      if (waitMs > maxWaitMs) throw error;
      await clock.sleep(waitMs, signal).catch(() => {
        throw new CancelledError("a signal");
      });
    },
  });
}

async function callOnce(
  server: ModelServer,
  body: unknown,
  { maxBytes, signal }: { readonly maxBytes: number; readonly signal: AbortSignal | undefined },
): Promise<unknown> {
  const { apiKey, clock = systemClock, name, timeoutMs, url } = server;
  const deadline = AbortSignal.timeout(timeoutMs);
  let response: Response;
  let answer: unknown;
  try {
    response = await (server.fetch ?? globalThis.fetch)(url, {
      method: "POST",
      redirect: "error",
      signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
      headers: {
        "content-type": "application/json",
        ...(apiKey ? { authorization: `Bearer ${apiKey}` } : {}),
      },
      body: JSON.stringify(body),
    });
    answer = response.ok ? await readJson(server, response, maxBytes) : undefined;
  } catch (error) {
    if (signal?.aborted) throw new CancelledError("a signal");
    if (isHaloError(error)) throw error;
    const code = deadline.aborted ? "vendor_timeout" : "vendor_failed";
    throw new VendorError(`The ${name} could not be reached in time; it is tried again.`, {
      code,
      retryable: true,
    });
  }
  if (!response.ok) throw refusal(name, response, clock.now());
  return answer;
}

/** The address of one of the server's routes: https, or plain http on this machine. */
export function modelServerUrl(name: string, baseUrl: string, route: string): string {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  const loopback = url !== undefined && ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  if (url === undefined || !(url.protocol === "https:" || (url.protocol === "http:" && loopback)))
    throw new ConfigurationError(`Give the ${name}'s https address (http only on loopback).`, {
      option: "baseUrl",
    });
  if (url.username !== "" || url.password !== "")
    throw new ConfigurationError("Give the key as apiKey, not inside the address.", { option: "baseUrl" });
  url.pathname = `${url.pathname.replace(/\/$/, "")}/${route}`;
  return url.href;
}

export function answerInvalid(name: string, reason: string, hint: string): VendorError {
  return new VendorError(`The ${name}'s answer does not fit: ${hint}.`, {
    code: "vendor_response_invalid",
    reason,
  });
}

function refusal(name: string, response: Response, now: number): HaloError {
  const { status } = response;
  void response.body?.cancel().catch(() => {});
  if (status === 401 || status === 403)
    return new ConfigurationError(`The ${name} refuses the key: give one that may be used for this.`, {
      option: "apiKey",
    });
  if (status === 429)
    return new RateLimitError(`The ${name} asks for fewer calls.`, {
      retryAt: retryAt(response.headers.get("retry-after"), now),
    });
  return new VendorError(`The ${name} answered ${status}; check model and address if it stays so.`, {
    status,
    retryable: status >= 500 || status === 408,
  });
}

/** `Retry-After` in seconds or as a date (RFC 9110 §10.2.3); now when absent or unreadable. */
function retryAt(header: string | null, now: number): number {
  if (header === null) return now;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return now + Math.max(0, seconds) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? now : Math.max(date, now);
}

async function readJson({ name }: ModelServer, response: Response, maxBytes: number): Promise<unknown> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  const reader = response.body?.getReader();
  for (let part = await reader?.read(); part !== undefined && !part.done; part = await reader?.read()) {
    bytes += part.value.byteLength;
    if (bytes > maxBytes) {
      void reader?.cancel().catch(() => {});
      throw answerInvalid(name, "too_large", "it is longer than any answer can be");
    }
    text += decoder.decode(part.value, { stream: true });
  }
  try {
    return JSON.parse(text + decoder.decode());
  } catch {
    throw answerInvalid(name, "not_json", "check that the address is the right server's");
  }
}
