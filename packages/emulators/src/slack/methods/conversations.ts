import { jsonReply, type Reply } from "../../reply.ts";
import { KINDS, mayKnow, requireScope, scopeFor, visibleConversation } from "../access.ts";
import { flagArg, listArg, requiredText, textArg } from "../arguments.ts";
import type { Call } from "../call.ts";
import { invalidArguments, refuse } from "../errors.ts";
import { pageOf, readLimit } from "../paging.ts";
import { renderConversation } from "../render.ts";
import type { Conversation, ConversationKind } from "../workspace.ts";

const LIST_LIMIT = { default: 100, max: 999 };

/** Every kind that is asked for needs its scope. */
function kindsOf(call: Call): ConversationKind[] {
  const asked = listArg(call.args, "types");
  const kinds = asked.length === 0 ? ["public_channel" as const] : asked;
  if (!kinds.every((kind): kind is ConversationKind => KINDS.includes(kind as ConversationKind))) {
    throw refuse("invalid_types");
  }
  for (const kind of kinds) requireScope(call, scopeFor(kind, "read"));
  return kinds;
}

function list(call: Call, among: (conversation: Conversation) => boolean, viewer: string): Reply {
  const { args, behaviour, workspace } = call;
  const kinds = kindsOf(call);
  const withoutArchived = flagArg(args, "exclude_archived") ?? false;
  const all = [...workspace.conversations.values()].filter(among).sort((a, b) => (a.id < b.id ? -1 : 1));
  const page = pageOf(
    all,
    (one) => kinds.includes(one.kind) && !(withoutArchived && one.archived),
    (one) => one.id,
    { args, what: "team", limit: readLimit(args, LIST_LIMIT.max) ?? LIST_LIMIT.default, behaviour },
  );
  return jsonReply(200, {
    ok: true,
    channels: page.items.map((one) => renderConversation(workspace, one, viewer)),
    response_metadata: { next_cursor: page.cursor },
  });
}

export const conversationsList = (call: Call): Reply =>
  list(call, (one) => mayKnow(call, one), call.grant.userId);

export function usersConversations(call: Call): Reply {
  const user = textArg(call.args, "user") ?? call.grant.userId;
  if (!call.workspace.users.has(user)) throw refuse("user_not_found");
  return withoutCounts(list(call, (one) => mayKnow(call, one) && one.members.has(user), user));
}

/** guess: as the vendor's recorded answers, without membership and counts. */
function withoutCounts(reply: Reply): Reply {
  const body = reply.body as { channels: Record<string, unknown>[] };
  const channels = body.channels.map(({ is_member: _, num_members: __, ...channel }) => channel);
  return { ...reply, body: { ...body, channels } };
}

export function conversationsInfo(call: Call): Reply {
  const conversation = visibleConversation(call, requiredText(call.args, "channel"), "read");
  const { num_members, ...channel } = renderConversation(call.workspace, conversation, call.grant.userId);
  const counted = flagArg(call.args, "include_num_members") && num_members !== undefined;
  const locale = flagArg(call.args, "include_locale");
  return jsonReply(200, {
    ok: true,
    channel: { ...channel, ...(counted && { num_members }), ...(locale && { locale: "en-US" }) },
  });
}

export function conversationsMembers(call: Call): Reply {
  const { args, behaviour } = call;
  const conversation = visibleConversation(call, requiredText(args, "channel"), "read");
  const page = pageOf(
    [...conversation.members].sort(),
    () => true,
    (id) => id,
    { args, what: "member", limit: readLimit(args, LIST_LIMIT.max) ?? LIST_LIMIT.default, behaviour },
  );
  return jsonReply(200, { ok: true, members: page.items, response_metadata: { next_cursor: page.cursor } });
}

export function conversationsJoin(call: Call): Reply {
  const { api, args, grant, workspace } = call;
  const conversation = workspace.conversations.get(requiredText(args, "channel"));
  if (!conversation || !mayKnow(call, conversation)) throw refuse("channel_not_found");
  if (conversation.kind !== "public_channel") throw refuse("method_not_supported_for_channel_type");
  if (conversation.archived) throw refuse("is_archived");
  const already = conversation.members.has(grant.userId);
  if (!already) api.join(conversation.id, grant.userId);
  const { num_members: _, ...channel } = renderConversation(workspace, conversation, grant.userId);
  return jsonReply(200, {
    ok: true,
    channel,
    ...(already && {
      warning: "already_in_channel",
      response_metadata: { warnings: ["already_in_channel"] },
    }),
  });
}

export function conversationsOpen(call: Call): Reply {
  const { api, args, grant, workspace } = call;
  const channel = textArg(args, "channel");
  const users = listArg(args, "users");
  if (channel === undefined && users.length === 0) throw refuse("users_list_not_supplied");
  if (users.length > 8) throw refuse("too_many_users");
  for (const id of users) {
    const user = workspace.users.get(id);
    if (!user) throw refuse("user_not_found");
    if (user.deleted) throw refuse("user_disabled");
  }
  if (channel !== undefined && users.length > 0) throw invalidArguments(["give channel or users, not both"]);
  const given = channel === undefined ? undefined : workspace.conversations.get(channel);
  if (channel !== undefined && (!given || !mayKnow(call, given))) throw refuse("channel_not_found");
  if (given && given.kind !== "im" && given.kind !== "mpim")
    throw refuse("method_not_supported_for_channel_type");
  requireScope(call, users.length > 1 ? "mpim:write" : "im:write");
  const before = workspace.conversations.size;
  const opened = given ?? api.openDirect([grant.userId, ...users]);
  const made = workspace.conversations.size > before;
  const { priority: _, is_user_deleted: __, ...whole } = renderConversation(workspace, opened, grant.userId);
  return jsonReply(200, {
    ok: true,
    ...(!made && { no_op: true, already_open: true }),
    channel: flagArg(args, "return_im") ? whole : { id: opened.id },
  });
}
