import { PAGE_SIZE } from "../http.ts";
import { type Channel, personOf, reasonOf } from "../references.ts";
import { type Reader, readMessages } from "./call.ts";
import { isKept, Message } from "./message.ts";
import { mentioned } from "./plain-text.ts";

/** Calls for one thread, at most: a thousand messages, or 60 where there are 15 a minute. */
const THREAD_PAGES = { internal: 5, marketplace: 5, unlisted: 4 };
/** Other people than authors that a thread's texts name. */
const MENTIONS = 50;

export interface ThreadRead {
  readonly messages: readonly unknown[];
  readonly truncated: boolean;
}

/** A thread from its first message on; undefined where there is none. `most` messages, or as many as one thread may have. */
export async function readThread(
  reader: Reader,
  channel: Channel,
  ts: string,
  most = Number.POSITIVE_INFINITY,
): Promise<ThreadRead | undefined> {
  const { distribution } = reader;
  const messages = new Map<string, unknown>();
  let cursor: string | undefined;
  for (let page = 0; page < THREAD_PAGES[distribution]; page++) {
    const limit = Math.max(1, Math.min(PAGE_SIZE[distribution], most - messages.size));
    let read: Awaited<ReturnType<typeof readMessages>>;
    try {
      read = await readMessages(reader, "conversations.replies", { channel: channel.id, ts, limit, cursor });
    } catch (error) {
      if (reasonOf(error) === "thread_not_found" || reasonOf(error) === "message_not_found") return undefined;
      throw error;
    }
    // The parent may come with every page.
    for (const [at, raw] of read.messages.entries()) {
      const { ts: own } = (raw ?? {}) as { readonly ts?: unknown };
      messages.set(typeof own === "string" ? own : `${page}:${at}`, raw);
    }
    cursor = read.next;
    if (cursor === undefined || messages.size >= most) break;
  }
  return { messages: [...messages.values()], truncated: cursor !== undefined };
}

/**
 * A thread's record, with the names of its people; undefined where nobody said anything that is kept. A message that
 * fits nothing leaves its thread to the quarantine, with the reason.
 */
export async function threadRecord(
  reader: Reader,
  channel: Channel,
  knowledge: boolean,
  { messages, truncated }: ThreadRead,
): Promise<unknown | undefined> {
  const { botId, url, userId } = reader.refs.self;
  const [first, ...rest] = messages;
  const read = messages.flatMap((raw) => {
    const parsed = Message.safeParse(raw);
    return parsed.success ? [parsed.data] : [];
  });
  const odd = read.length < messages.length;
  const kept = read.filter((message) => isKept(message, reader.refs.self));
  if (kept.length === 0 && !odd) return undefined;
  const authors = kept.flatMap(({ user }) => (user ? [user] : []));
  const named = kept.flatMap(({ text }) => mentioned(text ?? "")).slice(0, MENTIONS);
  const { ts: given } = (first ?? {}) as { readonly ts?: unknown };
  const ts = typeof given === "string" ? given : undefined;
  return {
    // What the quarantine calls it by.
    id: `${channel.id}:${ts ?? "?"}`,
    channel: { id: channel.id, name: channel.name, isPrivate: channel.isPrivate },
    knowledge,
    self: { userId, botId },
    url: url && ts ? permalink(url, channel.id, ts) : undefined,
    // What we said ourselves stays only where a thread begins with it.
    messages: [first, ...rest.filter((raw) => !isOurs(raw, reader))],
    people: await peopleOf(reader, [...new Set([...authors, ...named])]),
    truncated,
  };
}

function isOurs(raw: unknown, { refs }: Reader): boolean {
  const parsed = Message.safeParse(raw);
  return parsed.success && !isKept(parsed.data, refs.self);
}

async function peopleOf(reader: Reader, ids: readonly string[]) {
  const people = await Promise.all(
    ids.map(async (id) => [id, await personOf(reader.refs, id, reader)] as const),
  );
  return Object.fromEntries(people.filter(([, person]) => person !== undefined));
}

// guess: the form of addresses that `chat.getPermalink` gives, which would cost a call for each thread.
const permalink = (url: string, channel: string, ts: string) =>
  `${url.replace(/\/?$/, "/")}archives/${channel}/p${ts.replace(".", "")}`;
