import { jsonReply, type Reply } from "../../reply.ts";
import { readableConversation } from "../access.ts";
import { flagArg, requiredText, textArg } from "../arguments.ts";
import type { Call } from "../call.ts";
import { refuse } from "../errors.ts";
import { encodeCursor, readCursor, readLimit } from "../paging.ts";
import { renderMessage } from "../render.ts";
import { compareTs, isTs } from "../timestamps.ts";
import { type Conversation, findMessage, isReply, repliesTo, type StoredMessage } from "../workspace.ts";

/** What an app that is sold outside of the Marketplace gets at most, and by default (vendors/slack.md §2). */
const UNLISTED_OBJECTS = 15;

export function conversationsHistory(call: Call): Reply {
  const conversation = readableConversation(call, requiredText(call.args, "channel"));
  const included = within(call);
  const found = conversation.messages
    .filter((one) => (!isReply(one) || one.subtype === "thread_broadcast") && included(one.ts))
    .reverse();
  const cursor = readCursor(call.args, "next_ts");
  const before = cursor?.replace(/!$/, "");
  const rest = before === undefined ? found : found.filter((one) => compareTs(one.ts, before) <= 0);
  return pageReply(call, conversation, rest, { limit: limitOf(call, 100), cursor });
}

export function conversationsReplies(call: Call): Reply {
  const conversation = readableConversation(call, requiredText(call.args, "channel"));
  const ts = requiredText(call.args, "ts");
  const asked = findMessage(conversation, ts);
  if (!asked) throw refuse("thread_not_found");
  const parent = findMessage(conversation, asked.threadTs ?? ts);
  const included = within(call);
  const replies = repliesTo(conversation, asked.threadTs ?? ts).filter((one) => included(one.ts));
  const cursor = readCursor(call.args, "next_ts");
  const from = cursor?.replace(/!$/, "");
  // guess: the parent comes with the first page whatever `oldest` is, and not with the ones after it.
  const rest =
    from === undefined
      ? [...(parent ? [parent] : []), ...replies]
      : replies.filter((one) => compareTs(one.ts, from) >= 0);
  return pageReply(call, conversation, rest, { limit: limitOf(call, 1_000), cursor });
}

/** `oldest` and `latest` exclude themselves unless `inclusive`. */
function within({ args }: Call): (ts: string) => boolean {
  const [oldest, latest] = [textArg(args, "oldest"), textArg(args, "latest")];
  if (oldest !== undefined && !isTs(oldest)) throw refuse("invalid_ts_oldest");
  if (latest !== undefined && !isTs(latest)) throw refuse("invalid_ts_latest");
  const edge = flagArg(args, "inclusive") ? 0 : 1;
  return (ts) =>
    (oldest === undefined || compareTs(ts, oldest) >= edge) &&
    (latest === undefined || compareTs(latest, ts) >= edge);
}

function limitOf({ args, distribution }: Call, fallback: number): number {
  if (distribution !== "unlisted") return readLimit(args, Math.max(fallback, 999)) ?? fallback;
  return readLimit(args, UNLISTED_OBJECTS) ?? UNLISTED_OBJECTS;
}

function pageReply(
  call: Call,
  conversation: Conversation,
  rest: readonly StoredMessage[],
  { limit, cursor }: { readonly limit: number; readonly cursor: string | undefined },
): Reply {
  // Short pages: half of what was asked for, and every third one has nothing.
  const short = call.behaviour.pages === "short";
  const taken = short ? Math.max(1, Math.ceil(limit / 2)) : limit;
  const first = rest[0];
  const fresh = cursor !== undefined && !cursor.endsWith("!");
  if (short && fresh && first && Math.ceil(rest.length / taken) % 3 === 1) {
    return reply([], encodeCursor("next_ts", `${first.ts}!`));
  }
  const next = rest[taken];
  const allMetadata = flagArg(call.args, "include_all_metadata") ?? false;
  const messages = rest
    .slice(0, taken)
    .map((one) => renderMessage(call.workspace, conversation, one, { allMetadata }));
  return reply(messages, next === undefined ? "" : encodeCursor("next_ts", next.ts));
}

const reply = (messages: readonly unknown[], cursor: string): Reply =>
  jsonReply(200, {
    ok: true,
    messages,
    has_more: cursor !== "",
    response_metadata: { next_cursor: cursor },
  });
