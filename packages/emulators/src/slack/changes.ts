import type { Conversation, SlackUser, StoredMessage, Workspace } from "./workspace.ts";

/** What happened in a workspace; events are made of it. */
export type SlackChange = { readonly workspace: Workspace; readonly at: number } & (
  | { readonly kind: "posted"; readonly conversation: Conversation; readonly message: StoredMessage }
  | {
      readonly kind: "edited";
      readonly conversation: Conversation;
      readonly message: StoredMessage;
      readonly before: StoredMessage;
    }
  | {
      readonly kind: "deleted";
      readonly conversation: Conversation;
      readonly before: StoredMessage;
      /** What remains of a parent with replies. */
      readonly message: StoredMessage | undefined;
    }
  | {
      readonly kind: "joined" | "left";
      readonly conversation: Conversation;
      readonly user: string;
      readonly inviter?: string;
    }
  | {
      readonly kind:
        | "channel_created"
        | "channel_renamed"
        | "channel_archived"
        | "channel_unarchived"
        | "channel_deleted";
      readonly conversation: Conversation;
      readonly user: string;
    }
  | { readonly kind: "user_changed" | "user_joined"; readonly user: SlackUser }
  | {
      readonly kind: "reacted";
      readonly conversation: Conversation;
      readonly message: StoredMessage;
      readonly user: string;
      readonly reaction: string;
    }
  | { readonly kind: "uninstalled" }
  | { readonly kind: "tokens_revoked"; readonly oauth: readonly string[]; readonly bot: readonly string[] }
);

/** A change without the place and time, which the workspace adds. */
export type NewChange = SlackChange extends infer Change
  ? Change extends unknown
    ? Omit<Change, "workspace" | "at">
    : never
  : never;
