import type { Call } from "./call.ts";
import { missingScope, refuse } from "./errors.ts";
import type { Conversation, ConversationKind } from "./workspace.ts";

const PREFIX: Readonly<Record<ConversationKind, string>> = {
  public_channel: "channels",
  private_channel: "groups",
  mpim: "mpim",
  im: "im",
};

export const KINDS = Object.keys(PREFIX) as ConversationKind[];

/** `channels:read`, `im:history`, … */
export const scopeFor = (kind: ConversationKind, right: "read" | "history" | "write"): string =>
  `${PREFIX[kind]}:${right}`;

export function requireScope({ grant }: Pick<Call, "grant">, ...anyOf: readonly string[]): void {
  if (!anyOf.some((scope) => grant.scopes.includes(scope))) throw missingScope(anyOf, grant.scopes);
}

/**
 * The conversation, if this token may know of it: what is private and not one's own does not exist, and what is of a
 * kind without its scope is named as missing that scope.
 */
export function visibleConversation(call: Call, id: string, right: "read" | "history"): Conversation {
  const conversation = call.workspace.conversations.get(id);
  if (!conversation || !mayKnow(call, conversation)) throw refuse("channel_not_found");
  requireScope(call, scopeFor(conversation.kind, right));
  return conversation;
}

export const mayKnow = ({ grant }: Pick<Call, "grant">, conversation: Conversation): boolean =>
  conversation.kind === "public_channel" || conversation.members.has(grant.userId);

/** As `visibleConversation`, for its messages: a public channel must be joined first. */
export function readableConversation(call: Call, id: string): Conversation {
  const conversation = visibleConversation(call, id, "history");
  // A person's token reads public channels that they did not join; a bot's does not (vendors/slack.md §2).
  if (call.grant.kind === "bot" && !conversation.members.has(call.grant.userId))
    throw refuse("not_in_channel");
  return conversation;
}
