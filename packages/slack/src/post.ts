import type { VendorHttp } from "@halo/core";
import { CancelledError, isHaloError, VendorError } from "@halo/core/actions";
import * as z from "zod";
import { PASSING_ERRORS, path } from "./http.ts";

const Posted = z.object({ channel: z.string(), ts: z.string() });
export type Posted = z.infer<typeof Posted>;

/** What names a message of ours, so that it can be found again: Slack has no idempotency keys. */
export interface Mark {
  readonly event_type: "halo_action" | "halo_notification";
  readonly event_payload: { readonly key: string };
}

export interface Message {
  readonly channel: string;
  /** Escaped. */
  readonly text: string;
  readonly blocks: readonly Block[];
  readonly thread_ts?: string | undefined;
  readonly metadata: Mark;
}

export type Block = Readonly<Record<string, unknown>>;

interface Caller {
  readonly http: VendorHttp;
  readonly signal: AbortSignal;
}

/** Text that Slack shows as it is: nothing in it is made into a link or a mention ("Text object", read 2026-11-21). */
export const verbatim = (text: string) => ({ type: "mrkdwn", text, verbatim: true });

/** Posts once. Throws `outcome_unknown` where it may stand there all the same. */
export async function post({ http, signal }: Caller, message: Message): Promise<Posted> {
  if (signal.aborted)
    throw isHaloError(signal.reason, "cancelled") ? signal.reason : new CancelledError("signal");
  // Nobody's preview is fetched: an address alone could carry something out.
  const json = { ...message, parse: "none", link_names: false, unfurl_links: false, unfurl_media: false };
  try {
    return await http.post(path("chat.postMessage"), { json, schema: Posted, signal });
  } catch (error) {
    throw mayHavePosted(error) ? unknown(error) : error;
  }
}

function mayHavePosted(error: unknown): boolean {
  if (
    ["cancelled", "vendor_timeout", "vendor_response_invalid"].some((code) =>
      isHaloError(error, code as never),
    )
  )
    return true;
  if (!isHaloError(error, "vendor_failed")) return false;
  const { reason, retryable, status } = error as VendorError;
  if (status === undefined) return !retryable;
  return status >= 500 || PASSING_ERRORS.has(reason ?? "");
}

function unknown(cause: unknown): VendorError {
  const { reason, requestId, status } = cause as Partial<VendorError>;
  return new VendorError(
    "Slack was asked to post and did not answer; it may stand there. Look before asking again.",
    {
      code: "outcome_unknown",
      cause,
      reason,
      requestId,
      status,
    },
  );
}

const Page = z.object({
  messages: z.array(
    z.object({
      ts: z.string(),
      metadata: z
        .object({
          event_type: z.string().nullish(),
          event_payload: z.record(z.string(), z.unknown()).nullish(),
        })
        .nullish()
        .catch(undefined),
    }),
  ),
  response_metadata: z.object({ next_cursor: z.string().nullish() }).nullish(),
});

/** Pages that are looked through; a channel where more was said since is not searched to its end. */
const PAGES = 5;
/** Clocks differ; what was posted cannot be much older than the wish to post it. */
const EARLIER_MS = 5 * 60_000;

/** Where a marked message stands; `absent` only when everything said since `since` was looked at. */
export async function findPosted(
  { http, signal }: Caller,
  place: { readonly channel: string; readonly thread_ts?: string | undefined; readonly since: Date },
  { event_payload, event_type }: Mark,
): Promise<Posted | "absent" | "unknown"> {
  const { channel, thread_ts } = place;
  const oldest = `${Math.floor((place.since.getTime() - EARLIER_MS) / 1_000)}.000000`;
  const method = thread_ts ? "conversations.replies" : "conversations.history";
  let cursor: string | undefined;
  for (let page = 0; page < PAGES; page++) {
    const query = { channel, ts: thread_ts, oldest, include_all_metadata: true, cursor };
    const read = await http.get(path(method), { query, schema: Page, signal });
    const found = read.messages.find(
      ({ metadata }) =>
        metadata?.event_type === event_type && metadata.event_payload?.key === event_payload.key,
    );
    if (found) return { channel, ts: found.ts };
    cursor = read.response_metadata?.next_cursor || undefined;
    if (cursor === undefined) return "absent";
  }
  return "unknown";
}
