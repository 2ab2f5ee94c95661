import type { Json, Page, Shard } from "@halo/core";
import * as z from "zod";
import { PAGE_SIZE } from "../http.ts";
import type { Channel } from "../references.ts";
import { readThread, threadRecord } from "./assemble.ts";
import { mappedChannels, type Reader, readableChannel, readMessages, whereLetIn } from "./call.ts";
import { isReply, Message, tsAt } from "./message.ts";

/** Messages that are read of a channel's past when it is mapped, replies included. */
const HISTORY = 500;
/** Threads that one page of a shard brings. */
const THREADS_AT_ONCE = { internal: 10, marketplace: 10, unlisted: 1 };

/** A channel from its newest message down, or threads that turned up in it. */
const Plan = z.union([
  z.object({ channel: z.string(), threads: z.array(z.object({ ts: z.string(), most: z.number() })) }),
  z.object({ channel: z.string(), oldest: z.string().nullish(), left: z.number().nullish() }),
]);

const HistoryCursor = z.object({ next: z.string().nullish(), left: z.number().nullish() });

/**
 * One shard for each mapped channel. One that was mapped since the last run has its past read, newest first; of the
 * others what is new.
 */
export function historyShards(reader: Reader): Shard[] {
  const { channels, distribution, mode, since } = reader;
  return channels.map(({ channel, mappedAt }): Shard => {
    const fresh = since === undefined || (mode.kind !== "settle" && mappedAt > since);
    if (!fresh) return { id: channel, params: { channel, oldest: tsAt(since) } };
    // At most: nothing tells how much was said in a channel.
    const pages = Math.ceil(HISTORY / PAGE_SIZE[distribution]);
    return { id: channel, params: { channel, left: HISTORY }, pages, records: HISTORY };
  });
}

export async function* pullHistory(
  reader: Reader,
  shard: Shard,
  cursor: Json | undefined,
): AsyncGenerator<Page> {
  const plan = Plan.parse(shard.params);
  const mapped = mappedChannels(reader).get(plan.channel);
  // Somebody unmapped it meanwhile.
  const channel = mapped && (await readableChannel(reader, plan.channel));
  if (!channel) {
    yield { records: [], cursor: null, done: true };
    return;
  }
  if ("threads" in plan) yield* threadPages(reader, channel, mapped.knowledge, plan.threads, cursor);
  else yield* channelPages(reader, channel, mapped.knowledge, plan, cursor);
}

interface Wanted {
  readonly ts: string;
  readonly most: number;
}

async function* channelPages(
  reader: Reader,
  channel: Channel,
  knowledge: boolean,
  {
    left: most,
    oldest,
  }: { readonly left?: number | null | undefined; readonly oldest?: string | null | undefined },
  cursor: Json | undefined,
): AsyncGenerator<Page> {
  const begun = HistoryCursor.safeParse(cursor).data;
  let next = begun?.next ?? undefined;
  let left = begun?.left ?? most ?? Number.POSITIVE_INFINITY;
  for (;;) {
    const page = await whereLetIn(reader, channel, () =>
      readMessages(reader, "conversations.history", {
        channel: channel.id,
        limit: Math.min(PAGE_SIZE[reader.distribution], left),
        cursor: next,
        oldest: oldest ?? undefined,
      }),
    );
    if (page === undefined) {
      yield { records: [], cursor: null, done: true };
      return;
    }
    const alone: unknown[] = [];
    const threads: Wanted[] = [];
    for (const raw of page.messages) {
      if (left <= 0) break;
      const message = Message.safeParse(raw).data;
      left -= 1;
      // What was also sent to the channel belongs to its thread.
      if (message && isReply(message)) continue;
      const replies = message?.reply_count ?? 0;
      if (!message || replies === 0) alone.push(raw);
      else {
        threads.push({ ts: message.ts, most: 1 + Math.min(replies, left, 1_000) });
        left -= Math.min(replies, left);
      }
    }
    const records = await Promise.all(
      alone.map((raw) => threadRecord(reader, channel, knowledge, { messages: [raw], truncated: false })),
    );
    next = page.next;
    const done = next === undefined || left <= 0;
    yield {
      records: records.filter((record) => record !== undefined),
      cursor: { next: next ?? null, left: Number.isFinite(left) ? left : null },
      done,
      ...(threads.length > 0 && { shards: [threadShard(reader, channel.id, threads)] }),
    };
    if (done) return;
  }
}

function threadShard({ distribution }: Reader, channel: string, threads: readonly Wanted[]): Shard {
  return {
    id: `${channel}:${threads[0]?.ts}`,
    params: { channel, threads: threads.map(({ most, ts }) => ({ ts, most })) },
    pages: Math.ceil(threads.length / THREADS_AT_ONCE[distribution]),
  };
}

/** The cursor is how many of them are done. */
async function* threadPages(
  reader: Reader,
  channel: Channel,
  knowledge: boolean,
  threads: readonly Wanted[],
  cursor: Json | undefined,
): AsyncGenerator<Page> {
  let at = typeof cursor === "number" ? cursor : 0;
  do {
    const some = threads.slice(at, at + THREADS_AT_ONCE[reader.distribution]);
    const records = await whereLetIn(reader, channel, () =>
      Promise.all(
        some.map(async ({ most, ts }) => {
          const thread = await readThread(reader, channel, ts, most);
          return thread && (await threadRecord(reader, channel, knowledge, thread));
        }),
      ),
    );
    at += some.length;
    yield {
      records: (records ?? []).filter((record) => record !== undefined),
      cursor: at,
      done: at >= threads.length,
    };
  } while (at < threads.length);
}
