import type { SlackEvent, SlackEventCallback, SlackInnerEvent } from "./event.ts";

/** What is kept of an event until it is worked on: ids alone, never what somebody wrote. */
export type SlackNotice =
  | {
      readonly type: "message" | "message_changed" | "message_deleted";
      readonly id: string;
      readonly team: string;
      /** Epoch ms. */
      readonly at: number;
      readonly channel: string;
      /** Of the message that began the thread. */
      readonly root: string;
      readonly thread: boolean;
      /** The whole thread went. */
      readonly gone: boolean;
    }
  | {
      readonly type: "app_uninstalled" | "tokens_revoked";
      readonly id: string;
      readonly team: string;
      readonly at: number;
    }
  | { readonly type: "url_verification"; readonly challenge: string };

/** "Message event subtypes", read 2026-11-21: what happens to a channel is nothing that somebody said. */
const SAID = new Set(["bot_message", "me_message", "file_share", "thread_broadcast"]);

/**
 * What is worth knowing of an event; nothing of one that is not: direct messages, what we said ourselves, joins and
 * topics, previews of links, kinds that nothing follows from. Those are gone before anything is stored.
 */
export function noticesOf(event: SlackEvent): SlackNotice[] {
  if (event.type === "url_verification") return [{ type: event.type, challenge: event.challenge }];
  // Clicks have an address of their own; a minute of dropped events is the settle pass's.
  if (event.type !== "event_callback") return [];
  const inner = event.event;
  const team = event.authorizations?.[0]?.team_id ?? event.team_id;
  const at = event.event_time * 1_000;
  if (inner.type === "app_uninstalled") return [{ type: inner.type, id: event.event_id, team, at }];
  if (inner.type === "tokens_revoked") {
    // A person's token is none of ours.
    const { bot } = (inner.tokens ?? {}) as { readonly bot?: unknown };
    return Array.isArray(bot) && bot.length > 0 ? [{ type: inner.type, id: event.event_id, team, at }] : [];
  }
  return inner.type === "message" ? messageNotice(event, inner, team, at) : [];
}

interface Told {
  readonly ts?: unknown;
  readonly thread_ts?: unknown;
  readonly subtype?: unknown;
  readonly text?: unknown;
  readonly app_id?: unknown;
  readonly reply_count?: unknown;
  readonly edited?: { readonly ts?: unknown } | null;
}

function messageNotice(
  event: SlackEventCallback,
  inner: SlackInnerEvent,
  team: string,
  at: number,
): SlackNotice[] {
  const channel = String(inner.channel);
  const place = inner.channel_type ?? "";
  // Private talk, whatever else is asked for: not even its ids are kept.
  if (channel.startsWith("D") || (place !== "channel" && place !== "group")) return [];
  const deleted = inner.subtype === "message_deleted";
  // Slack's first replies come without the subtype that its pages name: the message inside tells.
  const changed = !deleted && !!inner.message;
  const message: Told = deleted
    ? { ts: inner.deleted_ts, ...inner.previous_message }
    : changed
      ? (inner.message as Told)
      : inner;
  const { subtype, text, thread_ts, ts } = message;
  if (typeof ts !== "string" || ts === "" || message.app_id === event.api_app_id) return [];
  const tombstone = subtype === "tombstone";
  if (!tombstone && typeof subtype === "string" && !SAID.has(subtype)) return [];
  if (changed && sameText(message, inner.previous_message as Told | null)) return [];
  const root = typeof thread_ts === "string" && thread_ts !== "" ? thread_ts : ts;
  const answered = typeof message.reply_count === "number" && message.reply_count > 0;
  const edited = message.edited?.ts;
  const type = deleted ? "message_deleted" : changed ? "message_changed" : "message";
  return [
    {
      type,
      // Slack told one message up to eleven times under new event ids (node-slack-sdk#2141): what it is about tells.
      id: [team, channel, inner.ts, inner.subtype ?? "", typeof edited === "string" ? edited : ""].join(":"),
      team,
      at,
      channel,
      root,
      thread: root !== ts || answered || tombstone || typeof text !== "string",
      gone: deleted && root === ts && !answered,
    },
  ];
}

/** A preview was added, or a language found: nobody changed what they said. */
const sameText = (now: Told, before: Told | null | undefined) =>
  !!before && now.text === before.text && now.subtype === before.subtype;
