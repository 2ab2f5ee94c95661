import { jsonReply, type Reply } from "../../reply.ts";
import { mayKnow, requireScope } from "../access.ts";
import { flagArg, jsonArg, requiredText, textArg } from "../arguments.ts";
import { requireBlocks } from "../blocks.ts";
import type { Call } from "../call.ts";
import { invalidArguments, refuse } from "../errors.ts";
import { renderMessage } from "../render.ts";
import { type Conversation, findMessage, isReply, type StoredMessage } from "../workspace.ts";

type Fields = Readonly<Record<string, unknown>>;

// Numbers: vendors/slack.md §5. guess: those of attachments and metadata.
const MAX_TEXT = 40_000;
const MAX_MARKDOWN = 12_000;
const MAX_ATTACHMENTS = 100;
const MAX_METADATA_BYTES = 16_384;

interface Content {
  readonly text: string;
  readonly blocks: readonly Fields[] | undefined;
  readonly attachments: readonly Fields[] | undefined;
  readonly metadata: Fields | undefined;
  readonly truncated: boolean;
}

function contentOf({ args }: Call): Content {
  const text = textArg(args, "text");
  const markdown = textArg(args, "markdown_text");
  const givenBlocks = jsonArg(args, "blocks", "invalid_blocks_format");
  if (markdown !== undefined && (text !== undefined || givenBlocks !== undefined)) {
    throw refuse("markdown_text_conflict");
  }
  if ((markdown?.length ?? 0) > MAX_MARKDOWN) throw refuse("msg_too_long");
  const blocks = givenBlocks === undefined ? undefined : requireBlocks(givenBlocks);
  const attachments = jsonArg(args, "attachments", "invalid_attachments") as readonly Fields[] | undefined;
  if (attachments !== undefined && !Array.isArray(attachments)) throw refuse("invalid_attachments");
  if ((attachments?.length ?? 0) > MAX_ATTACHMENTS) throw refuse("too_many_attachments");
  const whole = text ?? markdown ?? "";
  return {
    text: whole.slice(0, MAX_TEXT),
    truncated: whole.length > MAX_TEXT,
    blocks,
    attachments,
    metadata: metadataOf(jsonArg(args, "metadata", "invalid_metadata_format")),
  };
}

function metadataOf(value: unknown): Fields | undefined {
  if (value === undefined) return undefined;
  const { event_type, event_payload } = (value ?? {}) as Fields;
  if (typeof event_type !== "string" || typeof event_payload !== "object" || event_payload === null) {
    throw refuse("invalid_metadata_schema");
  }
  if (JSON.stringify(value).length > MAX_METADATA_BYTES) throw refuse("metadata_too_large");
  return { event_type, event_payload };
}

/** guess: the name of the warning. */
const truncation = ({ truncated }: Content) =>
  truncated ? { warning: "message_truncated", response_metadata: { warnings: ["message_truncated"] } } : {};

/** Where a message is to go: an id, a person, or a public channel's name, which the vendor calls legacy. */
function target(call: Call): Conversation {
  const { api, args, grant, workspace } = call;
  const asked = requiredText(args, "channel");
  if (workspace.users.has(asked)) return api.openDirect([grant.userId, asked]);
  const name = asked.replace(/^#/, "");
  const found =
    workspace.conversations.get(asked) ??
    [...workspace.conversations.values()].find((one) => one.kind === "public_channel" && one.name === name);
  if (!found || !mayKnow(call, found)) throw refuse("channel_not_found");
  return found;
}

export function postMessage(call: Call): Reply {
  const { api, args, grant, workspace } = call;
  const conversation = target(call);
  if (conversation.archived) throw refuse("is_archived");
  if (!conversation.members.has(grant.userId) && !grant.scopes.includes("chat:write.public")) {
    throw refuse("not_in_channel");
  }
  const threadTs = textArg(args, "thread_ts");
  if (conversation.posting === "read_only") throw refuse("restricted_action_read_only_channel");
  if (conversation.posting === "thread_only" && threadTs === undefined) {
    throw refuse("restricted_action_thread_only_channel");
  }
  const content = contentOf(call);
  if (content.text === "" && !content.blocks?.length && !content.attachments?.length) throw refuse("no_text");
  if (threadTs !== undefined) requireParent(conversation, threadTs);
  const username = textArg(args, "username");
  if (username !== undefined) requireScope(call, "chat:write.customize");
  const message = api.post({
    channel: conversation.id,
    user: grant.userId,
    text: content.text,
    ...(threadTs !== undefined && { threadTs }),
    ...(threadTs !== undefined && flagArg(args, "reply_broadcast") && { broadcast: true }),
    ...(content.blocks && { blocks: numbered(content.blocks) }),
    ...(content.attachments && { attachments: content.attachments }),
    ...(content.metadata && { metadata: content.metadata }),
    ...(username !== undefined && { username }),
  });
  return jsonReply(200, {
    ok: true,
    channel: conversation.id,
    ts: message.ts,
    message: renderMessage(workspace, conversation, message),
    ...truncation(content),
  });
}

/** Shown to one person, and kept nowhere. */
export function postEphemeral(call: Call): Reply {
  const { api, args, grant } = call;
  const conversation = target(call);
  const user = requiredText(args, "user");
  if (conversation.archived) throw refuse("is_archived");
  if (!conversation.members.has(grant.userId)) throw refuse("not_in_channel");
  if (!conversation.members.has(user)) throw refuse("user_not_in_channel");
  const { blocks, text } = contentOf(call);
  if (text === "" && !blocks?.length) throw refuse("no_text");
  const ts = api.whisper({ channel: conversation.id, user, text });
  return jsonReply(200, { ok: true, message_ts: ts });
}

/** guess: which of the documented errors names which mistake. */
function requireParent(conversation: Conversation, threadTs: string): void {
  const parent = findMessage(conversation, threadTs);
  if (!parent) throw refuse("thread_not_found");
  if (isReply(parent)) throw refuse("cannot_reply_to_message");
}

/** The vendor gives every block an id that has none. */
const numbered = (blocks: readonly Fields[]): Fields[] =>
  blocks.map((block, at) => ({ ...block, block_id: block.block_id ?? `b${at}` }));

function ownMessage(call: Call, error: string): { conversation: Conversation; message: StoredMessage } {
  const { args, grant, workspace } = call;
  const conversation = workspace.conversations.get(requiredText(args, "channel"));
  if (!conversation || !mayKnow(call, conversation)) throw refuse("channel_not_found");
  const message = findMessage(conversation, requiredText(args, "ts"));
  if (!message) throw refuse("message_not_found");
  if (message.user !== grant.userId) throw refuse(error);
  return { conversation, message };
}

export function updateMessage(call: Call): Reply {
  const { api, workspace } = call;
  const { conversation, message } = ownMessage(call, "cant_update_message");
  if (conversation.archived) throw refuse("is_archived");
  const content = contentOf(call);
  const given = (name: string) => call.args.has(name);
  // Blocks stay unless they are given; an empty list drops them.
  const blocks = content.blocks ? numbered(content.blocks) : message.blocks;
  const text = given("text") || given("markdown_text") ? content.text : message.text;
  if (text === "" && !blocks?.length && !content.attachments?.length) throw refuse("no_text");
  api.change(conversation.id, message.ts, {
    text,
    ...(blocks && { blocks }),
    ...(content.attachments && { attachments: content.attachments }),
    ...(content.metadata && { metadata: content.metadata }),
    edited: { user: message.user, ts: `${Math.floor(call.now / 1_000)}.000000` },
  });
  // The vendor's types have no ts inside this one.
  const { ts: _, ...updated } = renderMessage(workspace, conversation, message);
  return jsonReply(200, {
    ok: true,
    channel: conversation.id,
    ts: message.ts,
    text,
    message: updated,
    ...truncation(content),
  });
}

export function deleteMessage(call: Call): Reply {
  const { conversation, message } = ownMessage(call, "cant_delete_message");
  call.api.remove(conversation.id, message.ts);
  return jsonReply(200, { ok: true, channel: conversation.id, ts: message.ts });
}

export function getPermalink(call: Call): Reply {
  const { args, workspace } = call;
  const conversation = workspace.conversations.get(requiredText(args, "channel"));
  if (!conversation || !mayKnow(call, conversation)) throw refuse("channel_not_found");
  const message = findMessage(conversation, requiredText(args, "message_ts"));
  if (!message) throw refuse("message_not_found");
  const link = `https://${workspace.domain}.slack.com/archives/${conversation.id}/p${message.ts.replace(".", "")}`;
  const thread = isReply(message) ? `?thread_ts=${message.threadTs}&cid=${conversation.id}` : "";
  return jsonReply(200, { ok: true, channel: conversation.id, permalink: link + thread });
}

export function addReaction(call: Call): Reply {
  const { api, args, grant } = call;
  const name = requiredText(args, "name").replaceAll(":", "");
  if (!/^[\p{L}\p{N}_'+-]+$/u.test(name)) throw refuse("invalid_name");
  const ts = textArg(args, "timestamp");
  if (ts === undefined) throw refuse("no_item_specified");
  const conversation = visibleChannel(call);
  const message = findMessage(conversation, ts);
  if (!message) throw refuse("message_not_found");
  if (message.reactions.get(name)?.includes(grant.userId)) throw refuse("already_reacted");
  api.react(conversation.id, ts, grant.userId, name);
  return jsonReply(200, { ok: true });
}

function visibleChannel(call: Call): Conversation {
  const channel = textArg(call.args, "channel");
  if (channel === undefined) throw invalidArguments(["missing required field: channel"]);
  const found = call.workspace.conversations.get(channel);
  if (!found || !mayKnow(call, found)) throw refuse("channel_not_found");
  return found;
}
