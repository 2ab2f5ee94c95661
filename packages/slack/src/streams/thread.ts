import type { CustomerLink, DocumentSource } from "@halo/core";
import * as z from "zod";
import type { SlackReferences } from "../references.ts";
import { compareTs, isKept, Message, timeOf } from "./message.ts";
import { plainText } from "./plain-text.ts";

/** A thread as it is kept: what Slack sent of it, and what was looked up so that it can be read. */
export const Thread = z.object({
  channel: z.object({ id: z.string(), name: z.string(), isPrivate: z.boolean() }),
  /** Whether what is said here is knowledge: its channel's agent faces customers. */
  knowledge: z.boolean(),
  self: z.object({ userId: z.string().nullish(), botId: z.string().nullish() }),
  url: z.string().nullish(),
  /** The first one began it. Never empty; a message that nobody answered is a thread of one. */
  messages: z.array(Message).min(1),
  people: z.record(
    z.string(),
    z.object({ name: z.string(), email: z.string().nullish(), outside: z.boolean() }),
  ),
  /** It was longer than what is read of one thread. */
  truncated: z.boolean(),
});

export type Thread = z.infer<typeof Thread>;

export const threadKey = (channel: string, ts: string) => `${channel}:${ts}`;

/** Undefined for what is no key of a thread. */
export function placeOf(key: string): { readonly channel: string; readonly ts: string } | undefined {
  const [, channel, ts] = /^([A-Z]\w+):(\d{1,13}\.\d{6})$/.exec(key) ?? [];
  return channel && ts ? { channel, ts } : undefined;
}

const root = ({ messages }: Thread) => messages[0] as Message;

export const keyOf = (thread: Thread) => threadKey(thread.channel.id, root(thread).ts);

const self = ({ self: { botId, userId } }: Thread): SlackReferences["self"] => ({
  teamId: "",
  botId: botId ?? undefined,
  userId: userId ?? undefined,
  url: undefined,
});

/** What people and other apps said, oldest first. */
const said = (thread: Thread) =>
  thread.messages.filter((message) => isKept(message, self(thread))).sort((a, b) => compareTs(a.ts, b.ts));

const nameOf = ({ people }: Thread, message: Message) =>
  people[message.user ?? ""]?.name ?? message.username ?? message.bot_profile?.name ?? message.user ?? "App";

function textOf(thread: Thread, message: Message): string {
  const text = plainText(message.text ?? "", {
    person: (id) => thread.people[id]?.name,
    channel: (id) => (id === thread.channel.id ? thread.channel.name : undefined),
  });
  const files = (message.files ?? []).map(({ name, title }) => title || name).filter(Boolean);
  return files.length > 0 ? `${text}\n[${files.join(", ")}]`.trim() : text;
}

/** Characters of a message that a row and a title show. */
const PREVIEW = 200;
const TITLE = 80;

export function rowOf(thread: Thread) {
  const all = said(thread);
  const [first] = all;
  const last = all.at(-1);
  return {
    channel_id: thread.channel.id,
    channel_name: thread.channel.name,
    is_private: thread.channel.isPrivate,
    thread_ts: root(thread).ts,
    text_preview: first ? textOf(thread, first).slice(0, PREVIEW) : null,
    author_id: first?.user ?? first?.bot_id ?? null,
    author_name: first ? nameOf(thread, first) : null,
    participants: [...new Set(all.map((message) => nameOf(thread, message)))],
    message_count: all.length,
    is_truncated: thread.truncated,
    feeds_knowledge: thread.knowledge,
    url: thread.url ?? null,
    posted_at: timeOf(root(thread).ts),
    last_message_at: last ? timeOf(last.ts) : null,
  };
}

/** What a reaction or a look at it does not change. */
export function contentOf(thread: Thread) {
  const { channel, knowledge, people, truncated } = thread;
  const messages = thread.messages.map(({ edited, files, subtype, text, ts, user }) => ({
    edited: edited?.ts,
    files,
    subtype,
    text,
    ts,
    user,
  }));
  return { channel, knowledge, messages, people, truncated };
}

/** Guests and people of other workspaces, by address. The org's own people are nobody's customers. */
export function linksOf(thread: Thread): CustomerLink[] {
  const authors = new Set(said(thread).map(({ user }) => user));
  return Object.entries(thread.people).flatMap(([id, { email, outside }]): CustomerLink[] =>
    outside && email && authors.has(id)
      ? [{ kind: "end_user", email, reason: "a guest who wrote in the thread" }]
      : [],
  );
}

/** The whole thread as one text. Public channels may be told to customers, and what a guest took part in to that guest. */
export function documentOf(thread: Thread): DocumentSource | undefined {
  if (!thread.knowledge) return undefined;
  const lines = said(thread)
    .map((message) => ({ message, text: textOf(thread, message) }))
    .filter(({ text }) => text !== "");
  const [first] = lines;
  if (!first) return undefined;
  const shareable = !thread.channel.isPrivate || linksOf(thread).length > 0;
  return {
    kind: "thread",
    title: `#${thread.channel.name}: ${shortened(first.text)}`,
    body: lines.map(({ message, text }) => `${nameOf(thread, message)}: ${text}`).join("\n\n"),
    format: "text",
    audience: shareable ? "shareable" : "internal",
    occurredAt: timeOf(first.message.ts),
    url: thread.url ?? undefined,
    author: nameOf(thread, first.message),
    // What a team says among itself is told best by what it comes to.
    distil: true,
  };
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, " ");
  const characters = [...line];
  return characters.length <= TITLE ? line : `${characters.slice(0, TITLE - 1).join("")}…`;
}

/** What a root says of its thread: with it changes are seen that move no message's ts. */
export function fingerprintOf(root: Message, knowledge: boolean): string {
  const { edited, latest_reply, reply_count, subtype } = root;
  return [
    knowledge ? "k" : "-",
    reply_count ?? 0,
    latest_reply ?? "",
    edited?.ts ?? "",
    subtype === "tombstone" ? "gone" : "",
  ].join("|");
}
