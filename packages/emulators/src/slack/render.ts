import {
  type Conversation,
  conversationKindOf,
  isReply,
  repliesTo,
  type SlackUser,
  type StoredMessage,
  type Workspace,
} from "./workspace.ts";

type Rendered = Record<string, unknown>;

const seconds = (ms: number) => Math.floor(ms / 1_000);

const IMAGE_SIZES = [24, 32, 48, 72, 192, 512];

/** `profile.email` only with `users:read.email`. */
export function renderUser(workspace: Workspace, user: SlackUser, withEmail: boolean): Rendered {
  const profile = {
    title: user.title,
    phone: "",
    skype: "",
    real_name: user.realName,
    real_name_normalized: user.realName,
    display_name: user.displayName,
    display_name_normalized: user.displayName,
    status_text: "",
    status_emoji: "",
    status_expiration: 0,
    avatar_hash: user.id.slice(-8).toLowerCase(),
    ...Object.fromEntries(
      IMAGE_SIZES.map((size) => [`image_${size}`, `https://secure.gravatar.com/avatar/${user.id}?s=${size}`]),
    ),
    ...(withEmail && user.email !== undefined && { email: user.email }),
    ...(user.botId !== undefined && { bot_id: user.botId, api_app_id: user.appId ?? "" }),
    team: workspace.id,
  };
  const common = {
    id: user.id,
    team_id: workspace.id,
    name: user.name,
    deleted: user.deleted,
    profile,
    is_bot: user.isBot,
    is_app_user: false,
    updated: seconds(user.updated),
  };
  if (user.deleted) return common;
  return {
    ...common,
    color: "9f69e7",
    real_name: user.realName,
    tz: user.tz,
    tz_label: user.tzLabel,
    tz_offset: user.tzOffset,
    is_admin: user.isAdmin,
    is_owner: user.isOwner,
    is_primary_owner: user.id === workspace.ownerId,
    is_restricted: user.guest !== "no",
    is_ultra_restricted: user.guest === "single",
    ...(user.email !== undefined && { is_email_confirmed: true }),
    who_can_share_contact_card: "EVERYONE",
  };
}

/** As the viewer sees it: an im shows the other side, and membership is theirs. */
export function renderConversation(
  workspace: Workspace,
  conversation: Conversation,
  viewer: string,
): Rendered {
  const { id, kind, creator } = conversation;
  const common = {
    id,
    created: seconds(conversation.created),
    is_archived: conversation.archived,
    is_org_shared: false,
    context_team_id: workspace.id,
    updated: conversation.updated,
  };
  if (kind === "im") {
    const other = [...conversation.members].find((member) => member !== viewer) ?? viewer;
    const deleted = workspace.users.get(other)?.deleted ?? false;
    return { ...common, is_im: true, user: other, is_user_deleted: deleted, priority: 0 };
  }
  const text = (value: string) => ({
    value,
    creator: value === "" ? "" : creator,
    last_set: value === "" ? 0 : seconds(conversation.created),
  });
  return {
    ...common,
    name: conversation.name,
    name_normalized: conversation.name,
    is_channel: kind === "public_channel" || kind === "private_channel",
    // guess: private channels of today are channels with is_private; only old ones are groups.
    is_group: false,
    is_im: false,
    is_mpim: kind === "mpim",
    is_private: kind !== "public_channel",
    is_general: conversation.isGeneral,
    is_shared: false,
    is_ext_shared: false,
    is_pending_ext_shared: false,
    pending_shared: [],
    pending_connected_team_ids: [],
    shared_team_ids: [workspace.id],
    creator,
    unlinked: 0,
    is_member: conversation.members.has(viewer),
    topic: text(conversation.topic),
    purpose: text(conversation.purpose),
    previous_names: conversation.previousNames,
    num_members: conversation.members.size,
  };
}

/** `allMetadata`: with what other programs attached. */
export function renderMessage(
  workspace: Workspace,
  conversation: Conversation,
  message: StoredMessage,
  { allMetadata = true }: { allMetadata?: boolean } = {},
): Rendered {
  const replies = isReply(message) ? [] : repliesTo(conversation, message.ts);
  const users = [...new Set(replies.map((reply) => reply.user))];
  const parent = isReply(message)
    ? conversation.messages.find((one) => one.ts === message.threadTs)
    : undefined;
  const rendered: Rendered = {
    type: "message",
    ...(message.subtype !== undefined && { subtype: message.subtype }),
    user: message.user,
    ...(message.botId !== undefined && {
      bot_id: message.botId,
      app_id: message.appId,
      bot_profile: renderBot(workspace, message.botId, message.appId ?? ""),
    }),
    ...(message.username !== undefined && { username: message.username }),
    text: message.text,
    ts: message.ts,
    ...(message.clientMsgId !== undefined && { client_msg_id: message.clientMsgId }),
    team: workspace.id,
    ...(message.blocks && message.blocks.length > 0 && { blocks: message.blocks }),
    ...(message.attachments && message.attachments.length > 0 && { attachments: message.attachments }),
    ...(message.edited && { edited: message.edited }),
    ...(allMetadata && message.metadata && { metadata: message.metadata }),
    ...message.more,
  };
  if (message.threadTs !== undefined) rendered.thread_ts = message.threadTs;
  if (parent) rendered.parent_user_id = parent.user;
  if (replies.length > 0) {
    Object.assign(rendered, {
      thread_ts: message.ts,
      reply_count: replies.length,
      reply_users_count: users.length,
      // guess: the vendor names at most five of them.
      reply_users: users.slice(0, 5),
      latest_reply: replies.at(-1)?.ts,
      is_locked: false,
      subscribed: false,
    });
  }
  if (message.subtype === "thread_broadcast" && parent) {
    const {
      client_msg_id: _,
      is_locked: __,
      reply_users: ___,
      ...root
    } = renderMessage(workspace, conversation, parent, { allMetadata: false });
    rendered.root = root;
    delete rendered.team;
    delete rendered.parent_user_id;
  }
  if (message.reactions.size > 0) {
    rendered.reactions = [...message.reactions].map(([name, by]) => ({ name, users: by, count: by.length }));
  }
  return rendered;
}

export function renderBot(workspace: Workspace, botId: string, appId: string): Rendered {
  const user = [...workspace.users.values()].find((one) => one.botId === botId);
  const icons = Object.fromEntries(
    [36, 48, 72].map((size) => [`image_${size}`, `https://a.slack-edge.com/${size}.png`]),
  );
  return {
    id: botId,
    app_id: appId,
    user_id: user?.id ?? "",
    name: user?.realName ?? "bot",
    icons,
    deleted: false,
    updated: seconds(user?.updated ?? 0),
    team_id: workspace.id,
  };
}

export const channelType = conversationKindOf;
