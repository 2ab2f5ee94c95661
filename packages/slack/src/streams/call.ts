import { isHaloError, type PullScope, VendorError } from "@halo/core";
import * as z from "zod";
import { path, type SlackDistribution } from "../http.ts";
import { type Channel, channelOf, reasonOf, type SlackReferences } from "../references.ts";

export interface Reader extends PullScope<SlackReferences> {
  readonly distribution: SlackDistribution;
}

/** The envelope is checked, its messages one by one later: an odd one must not cost the page. */
const MessagePage = z.object({
  messages: z.array(z.unknown()),
  has_more: z.boolean().nullish(),
  response_metadata: z.object({ next_cursor: z.string().nullish() }).nullish(),
});

export interface MessagesRead {
  readonly messages: readonly unknown[];
  /** Where more follows; pages may be short or empty all the same. */
  readonly next: string | undefined;
}

type Query = { readonly [name: string]: string | number | boolean | undefined };

export async function readMessages(
  { http, signal }: Pick<Reader, "http" | "signal">,
  method: "conversations.history" | "conversations.replies",
  query: Query,
): Promise<MessagesRead> {
  const page = await http.get(path(method), { query, schema: MessagePage, signal });
  const next = page.response_metadata?.next_cursor || undefined;
  if (next !== undefined && next === query.cursor) {
    throw new VendorError(
      "Slack repeats a page's cursor: the run stopped. Try again later, and tell Slack.",
      {
        code: "vendor_response_invalid",
        reason: "cursor_repeats",
      },
    );
  }
  return { messages: page.messages, next };
}

/** The channels whose talk is read, and never a direct message. */
export function mappedChannels(reader: Reader): ReadonlyMap<string, { readonly knowledge: boolean }> {
  return new Map(
    reader.channels.map(({ agentKind, channel }) => [
      channel,
      { knowledge: agentKind === "customer_facing" },
    ]),
  );
}

/** What is said elsewhere than in channels is private, also when somebody mapped it by mistake. */
export async function readableChannel(reader: Reader, id: string): Promise<Channel | undefined> {
  const channel = await channelOf(reader.refs, id, reader);
  return channel && !channel.isDirect ? channel : undefined;
}

/** Runs `read`; undefined, and a line in the log, where we are not let in. Public channels are joined for it. */
export async function whereLetIn<T>(
  reader: Reader,
  channel: Channel,
  read: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    const reason = refusalOf(error);
    if (reason === undefined) throw error;
    if (reason === "not_in_channel" && !channel.isPrivate && (await joined(reader, channel))) {
      return await read();
    }
    reader.logger.warn("A mapped channel cannot be read: invite the app there", {
      channel: channel.id,
      reason,
    });
    return undefined;
  }
}

const CLOSED = new Set(["not_in_channel", "channel_not_found", "is_archived"]);

function refusalOf(error: unknown): string | undefined {
  if (isHaloError(error, "gate_closed")) return "missing_scope";
  const reason = reasonOf(error);
  return reason && CLOSED.has(reason) ? reason : undefined;
}

async function joined({ http, signal }: Reader, { id }: Channel): Promise<boolean> {
  try {
    await http.post(path("conversations.join"), { json: { channel: id }, repeatable: true, signal });
    return true;
  } catch (error) {
    if (isHaloError(error, "gate_closed") || reasonOf(error)) return false;
    throw error;
  }
}
