import {
  type IntegrationSink,
  isHaloError,
  type NotificationMessage,
  ValidationError,
  VendorError,
  type VendorHttp,
} from "@halo/core";
import { cardBlocks } from "./approval-card.ts";
import { escapedPieces, escapedWithin, link } from "./escape.ts";
import { path } from "./http.ts";
import { type Block, findPosted, type Mark, post, verbatim } from "./post.ts";
import { reasonOf } from "./references.ts";

// "Block Kit" in Slack's reference, read 2026-11-21.
const HEADER = 150;
const SECTION = 3_000;
const FIELDS = 10;
const FIELD = 2_000;
const BODY_SECTIONS = 4;
const MAX_FIELDS = 40;
const MAX_LINKS = 10;
/** Slack's advice for `text`, which notifications and screen readers show. */
const FALLBACK = 4_000;
const LABEL = 200;

/** One message a second into one channel ("Rate limits", read 2026-11-21). */
const INTERVAL_MS = 1_000;

/** Ids of channels; a person's or a direct message's is no place to tell a team something. */
export const CHANNEL_ID = /^[CG][A-Z0-9]{2,30}$/;

/** Notifications as messages in a channel, through the org's own connection. */
export const sink: IntegrationSink = {
  targetIntervalMs: INTERVAL_MS,
  checkTarget(target) {
    if (CHANNEL_ID.test(target)) return;
    throw new ValidationError(
      "Give a channel's id, such as C0123ABCD: it stands at the end of the channel's details.",
      {
        path: "target",
        reason: "no channel id",
      },
    );
  },
  async send({ deliveryKey, earlier, http, message, signal, target }) {
    const outgoing = { channel: target, ...blocksOf(message), metadata: markOf(deliveryKey) };
    const changed = earlier === undefined ? undefined : await change({ http, signal }, earlier, outgoing);
    if (changed) return changed;
    try {
      const { channel, ts } = await post({ http, signal }, outgoing);
      return { ref: `${channel}:${ts}` };
    } catch (error) {
      if (reasonOf(error) !== "not_in_channel") throw error;
      // Public channels are joined; into private ones somebody has to invite the app, which this refusal says.
      await http.post(path("conversations.join"), { json: { channel: target }, repeatable: true, signal });
      const { channel, ts } = await post({ http, signal }, outgoing);
      return { ref: `${channel}:${ts}` };
    }
  },
  async find({ deliveryKey, event, http, signal, target }) {
    try {
      const found = await findPosted(
        { http, signal },
        { channel: target, since: event.at },
        markOf(deliveryKey),
      );
      if (found === "unknown") {
        throw new VendorError("Too much was said in the channel since: nobody can tell whether it arrived.", {
          code: "outcome_unknown",
        });
      }
      return found === "absent" ? undefined : { ref: `${found.channel}:${found.ts}` };
    } catch (error) {
      // Where we may not read we could not have posted; where we may post and not read, at least once is all there is.
      if (isHaloError(error, "gate_closed") || CLOSED.has(reasonOf(error) ?? "")) return undefined;
      throw error;
    }
  },
};

/** It is not there any more, or nobody may change it: it is said anew. */
const GONE = new Set(["message_not_found", "cant_update_message", "edit_window_closed", "channel_not_found"]);

/** Puts another message into an earlier one's place; twice is the same as once. Undefined: that one is gone. */
async function change(
  { http, signal }: { readonly http: VendorHttp; readonly signal: AbortSignal },
  earlier: string,
  { blocks, text }: { readonly text: string; readonly blocks: readonly Block[] },
): Promise<{ readonly ref: string } | undefined> {
  const [channel, ts] = earlier.split(":");
  const json = { channel, ts, text, blocks, parse: "none", link_names: false };
  try {
    await http.post(path("chat.update"), { json, repeatable: true, signal });
    return { ref: earlier };
  } catch (error) {
    if (GONE.has(reasonOf(error) ?? "")) return undefined;
    throw error;
  }
}

const CLOSED = new Set(["not_in_channel", "channel_not_found"]);

const markOf = (key: string): Mark => ({ event_type: "halo_notification", event_payload: { key } });

/** A message in Slack's own language. All of it comes from outside and is escaped, addresses too (T29). */
export function blocksOf(message: NotificationMessage): {
  readonly text: string;
  readonly blocks: readonly Block[];
} {
  const { body = "", decision, fields, footer, links, title } = message;
  const text = (parts: readonly string[]) =>
    escapedWithin(parts.filter(Boolean).join("\n"), FALLBACK).trim() || message.type;
  if (decision) {
    return { text: text([title]), blocks: cardBlocks({ title, footer, decision }) };
  }
  const header = escapedWithin(title.replaceAll("\0", "").trim(), HEADER) || message.type;
  const shown = fields.filter(({ label, value }) => `${label}${value}`.trim() !== "").slice(0, MAX_FIELDS);
  const addresses = links.slice(0, MAX_LINKS).flatMap(({ label, url }) => link(url, label) ?? []);
  const blocks: Block[] = [
    { type: "header", text: { type: "plain_text", text: header, emoji: false } },
    ...escapedPieces(body, SECTION, BODY_SECTIONS).map(section),
  ];
  for (let at = 0; at < shown.length; at += FIELDS) {
    const some = shown.slice(at, at + FIELDS).map(({ label, value }) => {
      const name = `*${escapedWithin(label.trim(), LABEL)}*\n`;
      return verbatim(`${name}${escapedWithin(value.trim(), FIELD - name.length)}`);
    });
    blocks.push({ type: "section", fields: some });
  }
  blocks.push(...addresses.map(section));
  if (footer?.replaceAll("\0", "").trim()) {
    blocks.push({ type: "context", elements: [verbatim(escapedWithin(footer.trim(), FIELD))] });
  }
  return { text: text([title, body]), blocks };
}

const section = (text: string): Block => ({ type: "section", text: verbatim(text) });
