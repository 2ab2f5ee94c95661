import type { Clock } from "../clock.ts";

export interface Posted {
  /** 0 when the receiver could not be reached or took too long. */
  readonly status: number;
  /** Why there is no final answer. */
  readonly failure: "timeout" | "unreachable" | "too_many_redirects" | undefined;
  readonly headers: Headers;
  readonly body: string;
}

export interface PostInput {
  readonly url: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly fetch: typeof globalThis.fetch;
  readonly stop: AbortSignal;
  /** For the whole answer, by the emulator's clock. */
  readonly timeoutMs: number;
  /** How many are followed; with 0 a redirect is the answer. */
  readonly maxRedirects?: number;
}

/** One attempt to deliver. Never rejects. */
export async function postDelivery(input: PostInput): Promise<Posted> {
  const { body, clock, fetch, headers, maxRedirects = 0, stop, timeoutMs, url } = input;
  const done = new AbortController();
  const late = new AbortController();
  const timer = clock
    .sleep(timeoutMs, AbortSignal.any([done.signal, stop]))
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
      const answer = { status, failure: undefined, headers: response.headers, body: text };
      const location = response.headers.get("location");
      if (maxRedirects === 0 || status < 300 || status >= 400 || location === null) return answer;
      if (redirects === maxRedirects) return { ...answer, failure: "too_many_redirects", body: "" };
      target = new URL(location, target).toString();
    }
  } catch {
    const failure = late.signal.aborted ? "timeout" : "unreachable";
    return { status: 0, failure, headers: new Headers(), body: "" };
  } finally {
    done.abort();
    await timer;
  }
}
