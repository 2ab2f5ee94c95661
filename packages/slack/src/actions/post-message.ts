import {
  type ActionRunContext,
  defineAction,
  type EffectFound,
  isHaloError,
  ValidationError,
  type VendorError,
} from "@halo/core/actions";
import * as z from "zod";
import { escaped, escapedPieces } from "../escape.ts";
import { findPosted, type Mark, post, verbatim } from "../post.ts";

// "chat.postMessage", read 2026-11-21: text is best under 4,000 characters, a section holds 3,000.
const TEXT = 4_000;
const SECTION = 3_000;

const channelId = z.string().regex(/^[CG][A-Z0-9]{2,30}$/, "a channel's id, such as C0123ABCD");

const Input = z.strictObject({
  text: z
    .string()
    .trim()
    .min(1)
    .max(TEXT)
    .describe("The message, as plain text: markup, mentions and links in it are shown as they are."),
  channel: channelId.optional().describe("The channel's id. Left out: the channel that an admin chose."),
  thread_ts: z
    .string()
    .regex(/^\d{10}\.\d{6}$/, "a message's ts, such as 1700000000.000100")
    .optional()
    .describe("The ts of a message that begins a thread, to answer there."),
});

const Config = z.strictObject({
  default_channel: channelId.optional().describe("Where messages go for which the agent names no channel."),
  allowed_channels: z
    .array(channelId)
    .max(200)
    .optional()
    .describe("The only channels that the agent may post in. Left out: every channel where the app is."),
});

type Input = z.infer<typeof Input>;
type Config = z.infer<typeof Config>;
type Context = ActionRunContext<Input, Config>;

export type PostOutput = { readonly channel: string; readonly ts: string };

const channelFor = (input: Input, config: Config) => input.channel ?? config.default_channel;

const markOf = ({ effectKey }: Context): Mark => ({
  event_type: "halo_action",
  event_payload: { key: effectKey },
});

/** Says something in a channel of the team. */
export const postMessage = /* @__PURE__ */ defineAction<Input, Config, PostOutput>({
  id: "post_message",
  name: "Post message",
  description:
    "Posts a message into a Slack channel of the team. Use it to tell the team of an escalation, a new lead or a known issue. The customer does not see it.",
  destructive: true,
  input: Input,
  config: Config,
  permit: ({ config, input }) => {
    const channel = channelFor(input, config);
    const { allowed_channels: allowed, default_channel: usual } = config;
    if (channel === undefined) return "Name a channel: an admin has set none to use instead.";
    if (allowed === undefined || allowed.includes(channel) || channel === usual) return true;
    const may = [...new Set([...(usual ? [usual] : []), ...allowed])];
    return `It may not post in ${channel}. ${may.length > 0 ? `Allowed: ${may.join(", ")}.` : "No channel is allowed."}`;
  },
  preview: ({ config, input }) => ({
    summary: `Posts ${input.text.length} characters into ${channelFor(input, config) ?? "no channel"}${input.thread_ts ? ", in a thread" : ""}.`,
    changes: [{ field: "text", to: input.text }],
  }),
  async run(context) {
    const { config, input } = context;
    const channel = channelFor(input, config) ?? "";
    const message = {
      channel,
      text: escaped(input.text),
      blocks: escapedPieces(input.text, SECTION, 50).map((text) => ({
        type: "section",
        text: verbatim(text),
      })),
      ...(input.thread_ts && { thread_ts: input.thread_ts }),
      metadata: markOf(context),
    };
    try {
      const { ts } = await post(context, message);
      return { channel, ts };
    } catch (error) {
      throw refusedBy(error, input);
    }
  },
  again: { kind: "find", find },
});

/** Slack keeps a message in its channel at once: what is not there after all of it was read, is not. */
async function find(context: Context): Promise<EffectFound<PostOutput>> {
  const channel = channelFor(context.input, context.config) ?? "";
  const place = { channel, thread_ts: context.input.thread_ts, since: context.at };
  const found = await findPosted(context, place, markOf(context));
  if (found === "absent" || found === "unknown") return { state: found };
  return { state: "present", output: { channel, ts: found.ts } };
}

/** Slack's word, which field it is about, and what to do. */
const REFUSALS: { readonly [error: string]: readonly ["channel" | "thread_ts" | "text", string] } = {
  channel_not_found: ["channel", "There is no such channel, or it is private and nobody invited the app."],
  not_in_channel: ["channel", "Somebody has to invite the app into the channel first."],
  is_archived: ["channel", "The channel is archived."],
  restricted_action: ["channel", "Not everybody may post in the channel."],
  restricted_action_read_only_channel: ["channel", "Nobody may post in the channel."],
  restricted_action_thread_only_channel: ["channel", "The channel takes answers in threads only."],
  thread_not_found: ["thread_ts", "No thread begins with that message."],
  cannot_reply_to_message: [
    "thread_ts",
    "It is an answer itself: give the ts of the message that began the thread.",
  ],
  msg_too_long: ["text", "The message is too long: write less."],
  msg_blocks_too_long: ["text", "The message is too long: write less."],
  no_text: ["text", "There is nothing to post."],
};

function refusedBy(error: unknown, input: Input): unknown {
  if (!isHaloError(error, "vendor_failed")) return error;
  const { reason = "" } = error as VendorError;
  const [field, why] = REFUSALS[reason] ?? [];
  if (!field) return error;
  const path = field === "channel" && input.channel === undefined ? "config.default_channel" : field;
  return new ValidationError(`Slack refused \`${path}\` (${reason}). Nothing was posted. ${why}`, {
    path,
    reason,
    cause: error,
  });
}
