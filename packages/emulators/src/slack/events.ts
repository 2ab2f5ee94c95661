import type { SlackChange } from "./changes.ts";
import { channelType, renderConversation, renderMessage, renderUser } from "./render.ts";
import { tsAt } from "./timestamps.ts";
import { type Conversation, isReply, repliesTo, type Workspace } from "./workspace.ts";

type Fields = Record<string, unknown>;

/** An event before its envelope. */
export interface SlackEvent {
  /** The name under which it is subscribed, such as `message.channels`. */
  readonly name: string;
  /** What the app must have been granted; none for none. */
  readonly scope: string | undefined;
  readonly event: Readonly<Fields>;
}

/** Every name that an app may subscribe to here (vendors/slack.md §4). */
export const SLACK_EVENTS = [
  "message.channels",
  "message.groups",
  "message.im",
  "message.mpim",
  "app_mention",
  "channel_created",
  "channel_rename",
  "channel_archive",
  "channel_unarchive",
  "channel_deleted",
  "group_rename",
  "group_archive",
  "group_unarchive",
  "group_deleted",
  "member_joined_channel",
  "member_left_channel",
  "team_join",
  "user_change",
  "reaction_added",
  "app_uninstalled",
  "tokens_revoked",
] as const;

const MESSAGE_EVENTS = {
  public_channel: { name: "message.channels", scope: "channels:history" },
  private_channel: { name: "message.groups", scope: "groups:history" },
  im: { name: "message.im", scope: "im:history" },
  mpim: { name: "message.mpim", scope: "mpim:history" },
} as const;

const isPrivate = (conversation: Conversation) => conversation.kind !== "public_channel";
const readScope = (conversation: Conversation) => (isPrivate(conversation) ? "groups:read" : "channels:read");

/** Whether the app is where it happened: what is private to others is never told. */
const present = (workspace: Workspace, conversation: Conversation) =>
  conversation.members.has(workspace.botUserId);

export interface EventOptions {
  readonly messageReplied: "never" | "with_subtype" | "bare";
}

/** What the vendor tells an app of a change, nothing when it may not know. */
export function eventsOf(change: SlackChange, options: EventOptions): SlackEvent[] {
  const { workspace } = change;
  const event_ts = tsAt(change.at);
  switch (change.kind) {
    case "posted":
    case "edited":
    case "deleted":
      return present(workspace, change.conversation) ? messageEvents(change, event_ts, options) : [];
    case "joined":
    case "left": {
      const { conversation, user } = change;
      // guess: of channels where the app is not, it hears of itself alone.
      if (!present(workspace, conversation) && user !== workspace.botUserId) return [];
      const name = change.kind === "joined" ? "member_joined_channel" : "member_left_channel";
      const inviter = change.kind === "joined" && change.inviter !== undefined && { inviter: change.inviter };
      // The vendor's letter: C for channels, G for old groups.
      const event = {
        type: name,
        user,
        channel: conversation.id,
        channel_type: "C",
        team: workspace.id,
        ...inviter,
        event_ts,
      };
      return [{ name, scope: readScope(conversation), event }];
    }
    case "channel_created":
    case "channel_renamed":
    case "channel_archived":
    case "channel_unarchived":
    case "channel_deleted":
      return channelEvents(change, event_ts);
    case "user_changed":
    case "user_joined": {
      const type = change.kind === "user_changed" ? "user_change" : "team_join";
      const withEmail = workspace.install?.scopes.includes("users:read.email") ?? false;
      const user = renderUser(workspace, change.user, withEmail);
      const cached = type === "user_change" && { cache_ts: Math.floor(change.at / 1_000) };
      return [
        {
          name: type,
          scope: "users:read",
          event: { type, user, ...cached },
        },
      ];
    }
    case "reacted": {
      const { conversation, message, reaction, user } = change;
      if (!present(workspace, conversation)) return [];
      const item = { type: "message", channel: conversation.id, ts: message.ts };
      const event = { type: "reaction_added", user, reaction, item, item_user: message.user, event_ts };
      return [{ name: "reaction_added", scope: "reactions:read", event }];
    }
    case "uninstalled":
      return [{ name: "app_uninstalled", scope: undefined, event: { type: "app_uninstalled" } }];
    case "tokens_revoked": {
      const tokens = { oauth: change.oauth, bot: change.bot };
      return [{ name: "tokens_revoked", scope: undefined, event: { type: "tokens_revoked", tokens } }];
    }
  }
}

type MessageChange = Extract<SlackChange, { kind: "posted" | "edited" | "deleted" }>;

function messageEvents(change: MessageChange, event_ts: string, options: EventOptions): SlackEvent[] {
  const { conversation, workspace } = change;
  const subscription = MESSAGE_EVENTS[conversation.kind];
  const place = { channel: conversation.id, channel_type: channelType(conversation) };
  const render = (message: Parameters<typeof renderMessage>[2]) =>
    renderMessage(workspace, conversation, message);
  if (change.kind === "posted") {
    const message = render(change.message);
    const event = { ...message, ...place, event_ts: change.message.ts };
    const events: SlackEvent[] = [{ ...subscription, event }];
    if (change.message.text.includes(`<@${workspace.botUserId}>`) && change.message.subtype === undefined) {
      const mention = {
        ...message,
        type: "app_mention",
        channel: conversation.id,
        event_ts: change.message.ts,
      };
      events.push({ name: "app_mention", scope: "app_mentions:read", event: mention });
    }
    const replied = repliedEvent(change, event_ts, options);
    return replied ? [...events, { ...subscription, event: { ...replied, ...place } }] : events;
  }
  const hidden = { type: "message", ...place, hidden: true, ts: event_ts, event_ts };
  if (change.kind === "deleted" && change.message === undefined) {
    const previous_message = render(change.before);
    const event = { ...hidden, subtype: "message_deleted", deleted_ts: change.before.ts, previous_message };
    return [{ ...subscription, event }];
  }
  // A parent with replies that is deleted is told as changed into a tombstone.
  const message = render(change.message ?? change.before);
  const event = { ...hidden, subtype: "message_changed", message, previous_message: render(change.before) };
  return [{ ...subscription, event }];
}

function repliedEvent(
  { conversation, message, workspace }: Extract<SlackChange, { kind: "posted" }>,
  event_ts: string,
  { messageReplied }: EventOptions,
): Fields | undefined {
  if (messageReplied === "never" || !isReply(message)) return undefined;
  const parent = conversation.messages.find((one) => one.ts === message.threadTs);
  if (!parent || repliesTo(conversation, parent.ts).length > 1) return undefined;
  return {
    type: "message",
    ...(messageReplied === "with_subtype" && { subtype: "message_replied" }),
    message: renderMessage(workspace, conversation, parent),
    hidden: true,
    ts: event_ts,
    event_ts,
  };
}

type ChannelChange = Extract<SlackChange, { kind: `channel_${string}` }>;

const CHANNEL_NAMES = {
  channel_created: "created",
  channel_renamed: "rename",
  channel_archived: "archive",
  channel_unarchived: "unarchive",
  channel_deleted: "deleted",
} as const;

function channelEvents(change: ChannelChange, event_ts: string): SlackEvent[] {
  const { conversation, kind, user, workspace } = change;
  if (isPrivate(conversation) && (kind === "channel_created" || !present(workspace, conversation))) return [];
  const type = `${isPrivate(conversation) ? "group" : "channel"}_${CHANNEL_NAMES[kind]}`;
  const scope = readScope(conversation);
  if (kind === "channel_created") {
    const {
      is_member: _,
      num_members: __,
      ...channel
    } = renderConversation(workspace, conversation, workspace.botUserId);
    return [{ name: type, scope, event: { type, channel, event_ts } }];
  }
  if (kind === "channel_renamed") {
    const channel = {
      id: conversation.id,
      is_channel: true,
      is_mpim: false,
      name: conversation.name,
      name_normalized: conversation.name,
      created: Math.floor(conversation.created / 1_000),
    };
    return [{ name: type, scope, event: { type, channel, event_ts } }];
  }
  const actor = kind === "channel_deleted" ? {} : { user };
  return [{ name: type, scope, event: { type, channel: conversation.id, ...actor, event_ts } }];
}
