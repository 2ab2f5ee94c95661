import type { NewChange, SlackChange } from "./changes.ts";
import { mutateWorkspace, type SlackMutation, type SlackMutationReport } from "./mutate.ts";
import { nextTs, type Ts, tsAt } from "./timestamps.ts";
import {
  type Conversation,
  findMessage,
  idOf,
  insertMessage,
  repliesTo,
  type SlackUser,
  type StoredMessage,
  USLACKBOT,
  type Workspace,
} from "./workspace.ts";

type Fields = Readonly<Record<string, unknown>>;

export interface NewMessage {
  readonly channel: string;
  /** A person's id, or the app's. */
  readonly user: string;
  readonly text: string;
  /** Makes it a reply to the message with this ts. */
  readonly threadTs?: Ts;
  /** A reply that is shown in the channel as well. */
  readonly broadcast?: boolean;
  readonly subtype?: string;
  readonly blocks?: readonly Fields[];
  readonly attachments?: readonly Fields[];
  readonly metadata?: Fields;
  readonly username?: string;
  /** When it was written, epoch ms; now unless told. Of the past it makes no event. */
  readonly at?: number;
  readonly more?: Fields;
}

export interface NewUser {
  readonly name: string;
  readonly realName: string;
  readonly email?: string;
  readonly title?: string;
  readonly guest?: "no" | "multi" | "single";
  readonly isAdmin?: boolean;
  readonly isBot?: boolean;
}

export interface NewChannel {
  readonly name: string;
  readonly private?: boolean;
  readonly creator?: string;
  readonly members?: readonly string[];
  readonly topic?: string;
  readonly purpose?: string;
}

/** What one person alone was shown. */
export interface Whisper {
  readonly channel: string;
  readonly user: string;
  readonly text: string;
  readonly ts: Ts;
}

/** What people do in a workspace, each with its events. */
export interface WorkspaceApi {
  readonly workspace: Workspace;
  post(message: NewMessage): StoredMessage;
  edit(channel: string, ts: Ts, text: string, by?: string): void;
  /** The vendor shows a link's preview: `message_changed` without a human edit. */
  unfurl(channel: string, ts: Ts): void;
  /** Changes any part of a message, as `chat.update` does. */
  change(
    channel: string,
    ts: Ts,
    change: Partial<Pick<StoredMessage, "text" | "blocks" | "attachments" | "metadata" | "edited">>,
  ): void;
  /** Says something to one person alone; nobody can read it later but here. */
  whisper(whisper: Omit<Whisper, "ts">): Ts;
  readonly whispers: readonly Whisper[];
  remove(channel: string, ts: Ts): void;
  react(channel: string, ts: Ts, user: string, reaction: string): void;
  createChannel(channel: NewChannel): Conversation;
  /** The direct messages between people; made when there are none. */
  openDirect(users: readonly string[]): Conversation;
  join(channel: string, user: string, inviter?: string): void;
  leave(channel: string, user: string): void;
  rename(channel: string, name: string): void;
  archive(channel: string): void;
  unarchive(channel: string): void;
  deleteChannel(channel: string): void;
  setPosting(channel: string, posting: Conversation["posting"]): void;
  addUser(user: NewUser): SlackUser;
  updateUser(
    id: string,
    change: Partial<Pick<SlackUser, "realName" | "displayName" | "email" | "title" | "deleted">>,
  ): void;
  /** By id or name; throws for none. */
  conversation(idOrName: string): Conversation;
  user(idOrName: string): SlackUser;
  find(channel: string, ts: Ts): StoredMessage | undefined;
  mutate(mutation: SlackMutation): SlackMutationReport;
}

export function createWorkspaceApi(workspace: Workspace, tell: (change: SlackChange) => void): WorkspaceApi {
  const now = () => workspace.clock.now();
  const emit = (change: NewChange) => tell({ ...change, workspace, at: now() } as SlackChange);
  const newId = (letter: string) => idOf(letter, workspace.number * 1_000 + 7, ++workspace.serial);

  const conversation = (idOrName: string): Conversation => {
    const name = idOrName.replace(/^#/, "");
    const found =
      workspace.conversations.get(idOrName) ??
      [...workspace.conversations.values()].find((one) => one.name !== "" && one.name === name);
    if (!found) throw new RangeError(`No conversation ${idOrName} in ${workspace.name}.`);
    return found;
  };
  const user = (idOrName: string): SlackUser => {
    const found =
      workspace.users.get(idOrName) ??
      [...workspace.users.values()].find((one) => one.name === idOrName || one.email === idOrName);
    if (!found) throw new RangeError(`No user ${idOrName} in ${workspace.name}.`);
    return found;
  };
  const message = (channel: Conversation, ts: Ts): StoredMessage => {
    const found = findMessage(channel, ts);
    if (!found) throw new RangeError(`No message ${ts} in ${channel.id}.`);
    return found;
  };

  const whispers: Whisper[] = [];

  const post = (input: NewMessage): StoredMessage => {
    const channel = conversation(input.channel);
    const by = user(input.user);
    const past = input.at !== undefined && input.at < now();
    const ts = past ? freeTs(channel, input.at ?? 0) : nextTs(input.at ?? now(), channel.lastTs);
    const threadTs = input.threadTs;
    const system = input.subtype?.startsWith("channel_") ?? false;
    const made: StoredMessage = {
      ts,
      user: by.id,
      // What the vendor itself writes about someone, such as that they joined, is not by their app.
      ...(by.botId !== undefined && !system && { botId: by.botId, appId: by.appId ?? "" }),
      ...(input.username !== undefined && { username: input.username }),
      ...(subtypeOf(input) !== undefined && { subtype: subtypeOf(input) as string }),
      text: input.text,
      ...(threadTs !== undefined && { threadTs }),
      ...(input.blocks && { blocks: input.blocks }),
      ...(input.attachments && { attachments: input.attachments }),
      ...(input.metadata && { metadata: input.metadata }),
      ...(by.isBot || input.subtype !== undefined ? {} : { clientMsgId: clientId(workspace, ts) }),
      ...(input.more && { more: input.more }),
      reactions: new Map(),
    };
    insertMessage(channel, made);
    const parent = threadTs === undefined ? undefined : findMessage(channel, threadTs);
    if (parent && parent.threadTs === undefined) parent.threadTs = parent.ts;
    if (!past) emit({ kind: "posted", conversation: channel, message: made });
    return made;
  };

  const change: WorkspaceApi["change"] = (channelId, ts, parts) => {
    const channel = conversation(channelId);
    const found = message(channel, ts);
    const before = { ...found };
    Object.assign(found, parts);
    emit({ kind: "edited", conversation: channel, message: found, before });
  };

  const systemMessage = (
    channel: Conversation,
    by: string,
    subtype: string,
    text: string,
    more: Fields = {},
  ) => void post({ channel: channel.id, user: by, text, subtype, more });

  const api: WorkspaceApi = {
    workspace,
    conversation,
    user,
    post,
    change,
    find: (channel, ts) => findMessage(conversation(channel), ts),
    edit(channelId, ts, text, by) {
      const channel = conversation(channelId);
      const editor = by ?? message(channel, ts).user;
      change(channelId, ts, { text, edited: { user: editor, ts: editTs(channel, now()) } });
    },
    unfurl(channelId, ts) {
      const text = message(conversation(channelId), ts).text;
      const link = /https?:\/\/[^\s|>]+/.exec(text)?.[0] ?? "https://example.com/";
      change(channelId, ts, {
        attachments: [{ id: 1, from_url: link, original_url: link, title: "A page", fallback: "A page" }],
      });
    },
    remove(channelId, ts) {
      const channel = conversation(channelId);
      const found = message(channel, ts);
      const before = { ...found };
      if (repliesTo(channel, ts).length > 0) {
        // A parent with replies stays as a tombstone (vendors/slack.md §2, from general knowledge).
        delete found.edited;
        delete found.blocks;
        delete found.attachments;
        delete found.metadata;
        Object.assign(found, { subtype: "tombstone", text: "This message was deleted.", user: USLACKBOT });
        emit({ kind: "deleted", conversation: channel, before, message: found });
        return;
      }
      channel.messages.splice(channel.messages.indexOf(found), 1);
      const parent = found.threadTs === undefined ? undefined : findMessage(channel, found.threadTs);
      if (parent && parent !== found && repliesTo(channel, parent.ts).length === 0) delete parent.threadTs;
      emit({ kind: "deleted", conversation: channel, before, message: undefined });
    },
    react(channelId, ts, by, reaction) {
      const channel = conversation(channelId);
      const found = message(channel, ts);
      const users = found.reactions.get(reaction) ?? [];
      found.reactions.set(reaction, [...users, by]);
      emit({ kind: "reacted", conversation: channel, message: found, user: by, reaction });
    },
    createChannel(input) {
      const creator = input.creator ?? workspace.ownerId;
      const made = newConversation(newId("C"), input.private ? "private_channel" : "public_channel", now(), {
        name: input.name,
        creator,
        topic: input.topic ?? "",
        purpose: input.purpose ?? "",
        members: new Set([creator, ...(input.members ?? [])]),
      });
      workspace.conversations.set(made.id, made);
      emit({ kind: "channel_created", conversation: made, user: creator });
      return made;
    },
    openDirect(users) {
      const members = [...new Set(users)].map((one) => user(one).id);
      const kind = members.length > 2 ? "mpim" : "im";
      for (const one of workspace.conversations.values()) {
        if (
          one.kind === kind &&
          one.members.size === members.length &&
          members.every((id) => one.members.has(id))
        ) {
          return one;
        }
      }
      const made = newConversation(newId(kind === "im" ? "D" : "G"), kind, now(), {
        name: kind === "mpim" ? `mpdm-${members.map((id) => user(id).name).join("--")}-1` : "",
        creator: members[0] ?? "",
        members: new Set(members),
      });
      workspace.conversations.set(made.id, made);
      return made;
    },
    join(channelId, who, inviter) {
      const channel = conversation(channelId);
      const { id } = user(who);
      if (channel.members.has(id)) return;
      channel.members.add(id);
      emit({ kind: "joined", conversation: channel, user: id, ...(inviter !== undefined && { inviter }) });
      systemMessage(
        channel,
        id,
        "channel_join",
        `<@${id}> has joined the channel`,
        inviter ? { inviter } : {},
      );
    },
    leave(channelId, who) {
      const channel = conversation(channelId);
      const { id } = user(who);
      if (!channel.members.has(id)) return;
      systemMessage(channel, id, "channel_leave", `<@${id}> has left the channel`);
      channel.members.delete(id);
      emit({ kind: "left", conversation: channel, user: id });
    },
    rename(channelId, name) {
      const channel = conversation(channelId);
      channel.previousNames.unshift(channel.name);
      const old_name = channel.name;
      Object.assign(channel, { name, updated: now() });
      emit({ kind: "channel_renamed", conversation: channel, user: workspace.ownerId });
      const text = `<@${workspace.ownerId}> has renamed the channel from "${old_name}" to "${name}"`;
      systemMessage(channel, workspace.ownerId, "channel_name", text, { old_name, name });
    },
    archive(channelId) {
      const channel = conversation(channelId);
      Object.assign(channel, { archived: true, updated: now() });
      emit({ kind: "channel_archived", conversation: channel, user: workspace.ownerId });
    },
    unarchive(channelId) {
      const channel = conversation(channelId);
      Object.assign(channel, { archived: false, updated: now() });
      emit({ kind: "channel_unarchived", conversation: channel, user: workspace.ownerId });
    },
    deleteChannel(channelId) {
      const channel = conversation(channelId);
      workspace.conversations.delete(channel.id);
      emit({ kind: "channel_deleted", conversation: channel, user: workspace.ownerId });
    },
    setPosting(channelId, posting) {
      conversation(channelId).posting = posting;
    },
    addUser(input) {
      const id = newId("U");
      const made: SlackUser = {
        id,
        name: input.name,
        realName: input.realName,
        displayName: input.realName.split(" ")[0] ?? input.realName,
        email: input.isBot ? undefined : (input.email ?? `${input.name}@${workspace.emailDomain}`),
        title: input.title ?? "",
        deleted: false,
        isBot: input.isBot ?? false,
        ...(input.isBot && { botId: newId("B"), appId: newId("A") }),
        isAdmin: input.isAdmin ?? false,
        isOwner: false,
        guest: input.guest ?? "no",
        tz: "Europe/Berlin",
        tzLabel: "Central European Time",
        tzOffset: 3_600,
        updated: now(),
      };
      workspace.users.set(id, made);
      emit({ kind: "user_joined", user: made });
      return made;
    },
    updateUser(id, parts) {
      const found = user(id);
      Object.assign(found, parts, { updated: now() });
      emit({ kind: "user_changed", user: found });
    },
    whisper(whisper) {
      const ts = tsAt(now());
      whispers.push({ ...whisper, ts });
      return ts;
    },
    whispers,
    mutate: (mutation) => mutateWorkspace(api, mutation),
  };
  return api;
}

export function newConversation(
  id: string,
  kind: Conversation["kind"],
  at: number,
  given: Pick<Conversation, "name" | "creator" | "members"> & Partial<Conversation>,
): Conversation {
  return {
    id,
    kind,
    previousNames: [],
    created: at,
    updated: at,
    topic: "",
    purpose: "",
    archived: false,
    isGeneral: false,
    posting: "everyone",
    messages: [],
    lastTs: undefined,
    ...given,
  };
}

const subtypeOf = ({ broadcast, subtype, username }: NewMessage): string | undefined =>
  broadcast ? "thread_broadcast" : (subtype ?? (username === undefined ? undefined : "bot_message"));

/** A ts of the past that no message of the channel has. */
function freeTs(channel: Conversation, at: number): Ts {
  const taken = new Set(channel.messages.map((one) => one.ts));
  let ts = nextTs(at, undefined);
  while (taken.has(ts)) ts = nextTs(at, ts);
  return ts;
}

/** An edit's ts is a moment, whole seconds at the vendor, and no message's id. */
function editTs(channel: Conversation, at: number): Ts {
  const ts = `${Math.floor(at / 1_000)}.000000`;
  return channel.messages.some((one) => one.edited?.ts === ts) ? nextTs(at, ts) : ts;
}

function clientId(workspace: Workspace, ts: Ts): string {
  const hex = (Number(ts.replace(".", "").slice(-12)) * 7 + workspace.number).toString(16).padStart(12, "0");
  return `00000000-0000-4000-8000-${hex.slice(-12)}`;
}
