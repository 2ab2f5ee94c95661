import type { KeyToRead, ReadResult } from "@halo/core";
import { PAGE_SIZE } from "../http.ts";
import type { Channel } from "../references.ts";
import { readThread, threadRecord } from "./assemble.ts";
import { mappedChannels, type Reader, readableChannel, readMessages, whereLetIn } from "./call.ts";
import { compareTs, Message, tsAt } from "./message.ts";
import { fingerprintOf, placeOf, threadKey } from "./thread.ts";

/** What the event knows: whether its message stands in a thread. */
export const IN_THREAD = { thread: true };

const isInThread = ({ hint }: KeyToRead) =>
  typeof hint === "object" && hint !== null && "thread" in hint && hint.thread === true;

/** Threads by their keys. Those of channels that nobody mapped are neither read nor missed. */
export async function readThreads(reader: Reader, keys: readonly KeyToRead[]): Promise<ReadResult> {
  const mapped = mappedChannels(reader);
  const records: unknown[] = [];
  const missing: string[] = [];
  for (const [id, wanted] of byChannel(keys)) {
    const agent = mapped.get(id);
    const channel = agent && (await readableChannel(reader, id));
    // What is no key of ours is nothing at Slack.
    if (id === "") missing.push(...wanted.map(({ key }) => key));
    if (!agent || !channel) continue;
    await whereLetIn(reader, channel, async () => {
      const threads = new Set(wanted.filter(isInThread).map(({ ts }) => ts));
      const others = wanted.filter(({ ts }) => !threads.has(ts)).map(({ ts }) => ts);
      const found = await readRoots(reader, channel, others);
      for (const ts of new Set(wanted.map((one) => one.ts))) {
        const raw = found.get(ts);
        const answered = (Message.safeParse(raw).data?.reply_count ?? 0) > 0;
        const thread =
          threads.has(ts) || answered
            ? await readThread(reader, channel, ts)
            : raw === undefined
              ? undefined
              : { messages: [raw], truncated: false };
        const record = thread && (await threadRecord(reader, channel, agent.knowledge, thread));
        if (record === undefined) missing.push(threadKey(channel.id, ts));
        else records.push(record);
      }
    });
  }
  return { records, missing };
}

/** How far back the settle pass looks for edits, replies and deletions that no event told. */
const LOOK_BACK_MS = { internal: 7 * 86_400_000, marketplace: 7 * 86_400_000, unlisted: 6 * 3_600_000 };

/** A message that is not there any more has no fingerprint of any that is. */
const GONE = "gone";

/**
 * What the roots of these threads are at Slack now, of those within the look-back window; of the older ones, whether
 * their channel's agent still is of the kind it was.
 */
export async function readFingerprints(
  reader: Reader,
  keys: readonly string[],
  stored: ReadonlyMap<string, string | undefined>,
): Promise<ReadonlyMap<string, string>> {
  const mapped = mappedChannels(reader);
  const { distribution, now, since } = reader;
  const from = tsAt(
    new Date(Math.min(now.getTime() - LOOK_BACK_MS[distribution], since?.getTime() ?? Infinity)),
  );
  const prints = new Map<string, string>();
  for (const [id, wanted] of byChannel(keys.map((key) => ({ key })))) {
    const agent = mapped.get(id);
    if (!agent) continue;
    const recent = wanted.filter(({ ts }) => compareTs(ts, from) >= 0);
    for (const { key } of wanted) {
      const known = stored.get(key);
      if (known) prints.set(key, `${agent.knowledge ? "k" : "-"}${known.slice(1)}`);
    }
    const channel = recent.length > 0 ? await readableChannel(reader, id) : undefined;
    if (!channel) continue;
    await whereLetIn(reader, channel, async () => {
      const roots = await readRoots(
        reader,
        channel,
        recent.map(({ ts }) => ts),
      );
      for (const { key, ts } of recent) {
        const root = Message.safeParse(roots.get(ts)).data;
        prints.set(key, root ? fingerprintOf(root, agent.knowledge) : GONE);
      }
    });
  }
  return prints;
}

/**
 * Messages of a channel's own line by their ts, in as few calls as their distances allow: neighbours come together.
 */
async function readRoots(
  reader: Reader,
  channel: Channel,
  wanted: readonly string[],
): Promise<ReadonlyMap<string, unknown>> {
  const found = new Map<string, unknown>();
  let left = [...new Set(wanted)].sort((a, b) => compareTs(b, a));
  let cursor: string | undefined;
  let latest = left[0];
  const oldest = left.at(-1);
  while (left.length > 0) {
    const page = await readMessages(reader, "conversations.history", {
      channel: channel.id,
      latest,
      oldest,
      inclusive: true,
      limit: PAGE_SIZE[reader.distribution],
      cursor,
    });
    let reached: string | undefined;
    for (const raw of page.messages) {
      const { ts } = (raw ?? {}) as { readonly ts?: unknown };
      if (typeof ts !== "string") continue;
      reached = ts;
      if (left.includes(ts)) found.set(ts, raw);
    }
    if (page.next === undefined) break;
    const place = reached;
    if (place === undefined) {
      cursor = page.next;
      continue;
    }
    left = left.filter((ts) => compareTs(ts, place) < 0);
    // The next one wanted may be a year away.
    latest = left[0];
    cursor = undefined;
  }
  return found;
}

interface Place extends KeyToRead {
  readonly ts: string;
}

function byChannel(keys: readonly KeyToRead[]): ReadonlyMap<string, readonly Place[]> {
  const channels = new Map<string, Place[]>();
  for (const one of keys) {
    const place = placeOf(one.key);
    const id = place?.channel ?? "";
    channels.set(id, [...(channels.get(id) ?? []), { ...one, ts: place?.ts ?? "" }]);
  }
  return channels;
}
