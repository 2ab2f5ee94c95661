import { msOf } from "./timestamps.ts";
import { type Conversation, isReply, repliesTo, type StoredMessage, type Workspace } from "./workspace.ts";

export interface TranscriptOptions {
  /** By id or name; every one with something to show unless told. */
  readonly channel?: string;
  /** Only messages from this moment on, epoch ms. */
  readonly since?: number;
  /** Only what our app posted. */
  readonly onlyApp?: boolean;
}

/** What stands in the channels, as a person would read it: a line a message, replies indented beneath their parent. */
export function transcriptOf(workspace: Workspace, options: TranscriptOptions = {}): string[] {
  const wanted = options.channel?.replace(/^#/, "");
  return [...workspace.conversations.values()]
    .filter((one) => wanted === undefined || one.id === wanted || one.name === wanted)
    .flatMap((one) => {
      const lines = linesOf(workspace, one, options);
      return lines.length === 0 ? [] : [titleOf(workspace, one), ...lines];
    });
}

function titleOf(workspace: Workspace, { kind, members, name }: Conversation): string {
  if (kind === "public_channel") return `#${name}`;
  if (kind === "private_channel") return `#${name} (private)`;
  return [...members].map((id) => nameOf(workspace, id)).join(", ");
}

const nameOf = (workspace: Workspace, id: string) => workspace.users.get(id)?.realName ?? id;

function linesOf(workspace: Workspace, conversation: Conversation, options: TranscriptOptions): string[] {
  const shown = (message: StoredMessage) =>
    msOf(message.ts) >= (options.since ?? 0) &&
    (!options.onlyApp || message.user === workspace.botUserId) &&
    message.subtype !== "channel_join" &&
    message.subtype !== "channel_leave";
  return conversation.messages
    .filter((message) => !isReply(message))
    .flatMap((message) => [
      ...(shown(message) ? [line(workspace, message, "  ")] : []),
      ...repliesTo(conversation, message.ts)
        .filter(shown)
        .map((reply) => line(workspace, reply, "    ↳ ")),
    ]);
}

function line(workspace: Workspace, message: StoredMessage, indent: string): string {
  const time = new Date(msOf(message.ts)).toISOString().slice(0, 16).replace("T", " ");
  const buttons = (message.blocks ?? [])
    .flatMap((block) => (block.elements as { type?: string; text?: { text?: string } }[] | undefined) ?? [])
    .filter((element) => element.type === "button")
    .map((button) => `[${button.text?.text ?? ""}]`);
  const body = [readable(workspace, message.text), ...buttons].filter(Boolean).join(" ");
  const continued = body.replaceAll("\n", `\n${" ".repeat(indent.length + 2)}`);
  return `${indent}${time}  ${message.username ?? nameOf(workspace, message.user)}: ${continued}${message.edited ? " (edited)" : ""}`;
}

/** Mentions and escapes as the vendor's window shows them; what pings everyone is marked. */
function readable(workspace: Workspace, text: string): string {
  return text
    .replace(/<@([UW]\w+)(?:\|[^>]*)?>/g, (_, id: string) => `@${nameOf(workspace, id)}`)
    .replace(
      /<#(C\w+)(?:\|([^>]*))?>/g,
      (_, id: string, name?: string) => `#${name || workspace.conversations.get(id)?.name || id}`,
    )
    .replace(/<!(channel|here|everyone)(?:\|[^>]*)?>/g, "@$1 (pings everyone)")
    .replace(/<((?:https?|mailto):[^|>]+)(?:\|([^>]*))?>/g, (_, url: string, label?: string) =>
      label ? `${label} (${url})` : url,
    )
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}
