import type { Clock } from "../clock.ts";
import { compareTs, type Ts } from "./timestamps.ts";

export interface SlackUser {
  readonly id: string;
  /** The legacy handle. */
  readonly name: string;
  realName: string;
  displayName: string;
  email: string | undefined;
  title: string;
  deleted: boolean;
  readonly isBot: boolean;
  readonly botId?: string;
  readonly appId?: string;
  readonly isAdmin: boolean;
  readonly isOwner: boolean;
  /** A guest of several channels, or of one. */
  readonly guest: "no" | "multi" | "single";
  readonly tz: string;
  readonly tzLabel: string;
  readonly tzOffset: number;
  /** Epoch ms. */
  updated: number;
}

export type ConversationKind = "public_channel" | "private_channel" | "mpim" | "im";

export interface StoredMessage {
  readonly ts: Ts;
  readonly user: string;
  readonly botId?: string;
  readonly appId?: string;
  /** Posted under another name (`chat:write.customize`). */
  readonly username?: string;
  subtype?: string;
  text: string;
  /** Of the parent; a parent with replies carries its own ts. */
  threadTs?: Ts;
  blocks?: readonly Readonly<Record<string, unknown>>[];
  attachments?: readonly Readonly<Record<string, unknown>>[];
  metadata?: Readonly<Record<string, unknown>>;
  edited?: { readonly user: string; readonly ts: Ts };
  readonly reactions: Map<string, string[]>;
  readonly clientMsgId?: string;
  /** Fields that only some subtypes have, such as `topic` or `inviter`. */
  readonly more?: Readonly<Record<string, unknown>>;
}

export interface Conversation {
  readonly id: string;
  readonly kind: ConversationKind;
  name: string;
  readonly previousNames: string[];
  readonly creator: string;
  /** Epoch ms. */
  readonly created: number;
  updated: number;
  topic: string;
  purpose: string;
  archived: boolean;
  readonly isGeneral: boolean;
  /** Only admins may post, or only replies are allowed. */
  posting: "everyone" | "read_only" | "thread_only";
  readonly members: Set<string>;
  /** In the order of their ts, replies among them. */
  readonly messages: StoredMessage[];
  /** The youngest ts ever given here, also when its message is gone. */
  lastTs: Ts | undefined;
}

/** Our app in this workspace. */
export interface Install {
  scopes: readonly string[];
  readonly installedBy: string;
}

/** One workspace and all it holds. */
export interface Workspace {
  readonly id: string;
  /** 1 for the first; stands in the ledger as the account. */
  readonly number: number;
  name: string;
  readonly domain: string;
  readonly emailDomain: string;
  readonly clock: Clock;
  readonly appId: string;
  /** The app's own person and its bot id here. */
  readonly botUserId: string;
  readonly botId: string;
  readonly ownerId: string;
  readonly users: Map<string, SlackUser>;
  readonly conversations: Map<string, Conversation>;
  install: Install | undefined;
  /** For ids that are made while it runs. */
  serial: number;
}

export const USLACKBOT = "USLACKBOT";

/** Ids look as the vendor's do: a letter, then capitals and digits. */
export function idOf(letter: string, seed: number, ordinal: number): string {
  const digits = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ";
  let rest = (BigInt(seed >>> 0) * 1_000_003n + BigInt(ordinal) * 7_919n + 34n ** 7n) % 34n ** 8n;
  let text = "";
  for (let i = 0; i < 8; i++) {
    text = (digits[Number(rest % 34n)] ?? "0") + text;
    rest /= 34n;
  }
  return `${letter}0${text}`;
}

export const conversationKindOf = (conversation: Conversation): "channel" | "group" | "im" | "mpim" =>
  (({ public_channel: "channel", private_channel: "group", im: "im", mpim: "mpim" }) as const)[
    conversation.kind
  ];

export function findMessage(conversation: Conversation, ts: Ts): StoredMessage | undefined {
  return conversation.messages.find((message) => message.ts === ts);
}

/** Replies to a parent, oldest first. */
export function repliesTo(conversation: Conversation, parentTs: Ts): StoredMessage[] {
  return conversation.messages.filter((message) => message.threadTs === parentTs && message.ts !== parentTs);
}

export const isReply = (message: StoredMessage): boolean =>
  message.threadTs !== undefined && message.threadTs !== message.ts;

/** Puts a message where its ts belongs. */
export function insertMessage(conversation: Conversation, message: StoredMessage): void {
  const { messages } = conversation;
  let at = messages.length;
  while (at > 0 && compareTs(messages[at - 1]?.ts ?? "", message.ts) > 0) at--;
  messages.splice(at, 0, message);
  if (conversation.lastTs === undefined || compareTs(message.ts, conversation.lastTs) > 0) {
    conversation.lastTs = message.ts;
  }
}
