import type { Clock } from "../clock.ts";

export interface Posted {
  /** 0 when the receiver could not be reached or took too long. */
  readonly status: number;
  /** The vendor's word for what went wrong; undefined for a 2xx. */
  readonly reason: "http_timeout" | "http_error" | "connection_failed" | "too_many_redirects" | undefined;
  readonly body: string;
  /** The receiver asked not to be told again. */
  readonly noRetry: boolean;
}

const TIMEOUT_MS = 3_000;
const MAX_REDIRECTS = 2;

export interface PostInput {
  readonly url: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly fetch: typeof globalThis.fetch;
  readonly stop: AbortSignal;
}

/** One attempt: three seconds, and up to two redirects (vendors/slack.md §4). */
export async function postDelivery({ url, body, headers, clock, fetch, stop }: PostInput): Promise<Posted> {
  const done = new AbortController();
  const late = new AbortController();
  const timer = clock
    .sleep(TIMEOUT_MS, AbortSignal.any([done.signal, stop]))
    .then(() => late.abort(new Error("timeout")))
    .catch(() => undefined);
  const timeout = new Promise<never>((_, reject) => {
    late.signal.addEventListener("abort", () => reject(late.signal.reason), { once: true });
  });
  timeout.catch(() => undefined);
  const signal = AbortSignal.any([late.signal, stop]);
  try {
    let target = url;
    for (let redirects = 0; ; redirects++) {
      const sent = fetch(target, { method: "POST", body, headers, signal, redirect: "manual" });
      const response = await Promise.race([sent, timeout]);
      const text = await Promise.race([response.text(), timeout]);
      const { status } = response;
      const location = response.headers.get("location");
      const noRetry = response.headers.get("x-slack-no-retry") === "1";
      if (status < 300 || status >= 400 || location === null) {
        return {
          status,
          reason: status >= 200 && status < 300 ? undefined : "http_error",
          body: text,
          noRetry,
        };
      }
      if (redirects === MAX_REDIRECTS) return { status, reason: "too_many_redirects", body: "", noRetry };
      target = new URL(location, target).toString();
    }
  } catch {
    return {
      status: 0,
      reason: late.signal.aborted ? "http_timeout" : "connection_failed",
      body: "",
      noRetry: false,
    };
  } finally {
    done.abort();
    await timer;
  }
}
