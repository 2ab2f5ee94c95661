import type { Arguments } from "./arguments.ts";
import type { SlackGrant } from "./tokens.ts";
import type { Workspace } from "./workspace.ts";
import type { WorkspaceApi } from "./workspace-api.ts";

/** One authorised call of a method. */
export interface Call {
  readonly method: string;
  readonly args: Arguments;
  readonly grant: SlackGrant;
  readonly api: WorkspaceApi;
  readonly workspace: Workspace;
  readonly now: number;
  readonly behaviour: SlackBehaviour;
  readonly distribution: Distribution;
}

/**
 * How the app came to its customers. `unlisted`: sold, but not in the vendor's Marketplace, and made or installed
 * since 2025-05-29: `conversations.history` and `.replies` then give 15 objects a request, one request a minute.
 */
export type Distribution = "internal" | "marketplace" | "unlisted";

/** Where the vendor may do either, a host can try both. */
export interface SlackBehaviour {
  /** `short`: pages hold fewer than asked for, or nothing, although more follow. */
  pages: "full" | "short";
  /** `users.list` without a limit is refused, as it is in large workspaces. */
  limitRequired: boolean;
  /** How long a used refresh token still works. */
  refreshGraceMs: number;
  /** A parent's first reply is told once more as `message_replied`, often without its subtype. */
  messageReplied: "never" | "with_subtype" | "bare";
}

export const DEFAULT_BEHAVIOUR: SlackBehaviour = {
  pages: "full",
  limitRequired: false,
  refreshGraceMs: 0,
  messageReplied: "never",
};
