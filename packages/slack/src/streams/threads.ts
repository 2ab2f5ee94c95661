import { type AnyStream, defineStream } from "@halo/core";
import type { SlackDistribution } from "../http.ts";
import type { SlackReferences } from "../references.ts";
import { historyShards, pullHistory } from "./history.ts";
import type { Message } from "./message.ts";
import { readFingerprints, readThreads } from "./read-threads.ts";
import { contentOf, documentOf, fingerprintOf, keyOf, linksOf, rowOf, Thread } from "./thread.ts";

/** What of a run may lie before its beginning: clocks differ, and so does when a channel was mapped. */
const OVERLAP_MS = 60_000;
/** Less than what lies between two runs of the schedule, so that each does it. */
const RECHECK_EVERY_MS = 5 * 60_000;
const RECHECK_BATCH = 200;

/** What is said in mapped channels: a thread is a record, and so is a message that nobody answered. */
export const threads = (distribution: SlackDistribution): AnyStream =>
  defineStream<Thread, SlackReferences>({
    id: "threads",
    name: "Threads",
    record: Thread,
    key: keyOf,
    overlapMs: OVERLAP_MS,
    columns: {
      channel_id: "text",
      channel_name: "text",
      is_private: "boolean",
      thread_ts: "text",
      text_preview: "text",
      author_id: "text",
      author_name: "text",
      participants: "jsonb",
      message_count: "bigint",
      is_truncated: "boolean",
      feeds_knowledge: "boolean",
      url: "text",
      posted_at: "timestamptz",
      last_message_at: "timestamptz",
    },
    row: rowOf,
    content: contentOf,
    links: linksOf,
    document: documentOf,
    partialBackfill: true,
    shards: async (scope) => historyShards({ ...scope, distribution }),
    pull: (scope) => pullHistory({ ...scope, distribution }, scope.shard, scope.cursor),
    read: (scope) => readThreads({ ...scope, distribution }, scope.keys),
    recheck: {
      batchSize: RECHECK_BATCH,
      everyMs: RECHECK_EVERY_MS,
      fingerprint: ({ knowledge, messages }) => fingerprintOf(messages[0] as Message, knowledge),
      read: ({ fingerprints = new Map(), keys, ...scope }) =>
        readFingerprints({ ...scope, distribution }, keys, fingerprints),
    },
  });
