import * as z from "zod";
import type { SlackReferences } from "../references.ts";

/** What is read of a message; the rest stays in `raw`. */
export const Message = z.object({
  /** "seconds.micros", a text: with its channel it is the message's id. */
  ts: z.string().regex(/^\d{1,13}\.\d{6}$/),
  subtype: z.string().nullish(),
  user: z.string().nullish(),
  bot_id: z.string().nullish(),
  username: z.string().nullish(),
  bot_profile: z.object({ name: z.string().nullish() }).nullish(),
  text: z.string().nullish(),
  thread_ts: z.string().nullish(),
  reply_count: z.number().nullish(),
  latest_reply: z.string().nullish(),
  edited: z.object({ ts: z.string().nullish() }).nullish(),
  files: z.array(z.object({ title: z.string().nullish(), name: z.string().nullish() })).nullish(),
});

export type Message = z.infer<typeof Message>;

/** "Message event subtypes" in Slack's reference, read 2026-11-21: what people and other apps say. */
const SAID = new Set(["bot_message", "me_message", "file_share", "thread_broadcast"]);

export const isSaid = (subtype: string | null | undefined) => !subtype || SAID.has(subtype);

/** Somebody said it, and it was not us. */
export function isKept(message: Pick<Message, "subtype" | "bot_id" | "user">, self: SlackReferences["self"]) {
  const ours =
    (!!message.bot_id && message.bot_id === self.botId) || (!!message.user && message.user === self.userId);
  return isSaid(message.subtype) && !ours;
}

export const isReply = ({ thread_ts, ts }: Pick<Message, "thread_ts" | "ts">) =>
  !!thread_ts && thread_ts !== ts;

/** Microseconds, exact: as a number a ts would lose its end. */
export const micros = (ts: string): bigint => BigInt(ts.replace(".", ""));

export const timeOf = (ts: string): Date => new Date(Number(micros(ts) / 1_000n));

export const tsAt = (time: Date): string => `${Math.floor(time.getTime() / 1_000)}.000000`;

export const compareTs = (a: string, b: string): number => {
  const [left, right] = [micros(a), micros(b)];
  return left < right ? -1 : left > right ? 1 : 0;
};
