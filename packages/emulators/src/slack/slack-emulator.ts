import type { VendorEmulator } from "../vendor-emulator.ts";
import type { SlackBehaviour } from "./call.ts";
import type { Click } from "./click.ts";
import type { SlackLimitValues } from "./limits.ts";
import type { SlackApp, SlackOAuth } from "./oauth.ts";
import type { WorkspaceOptions } from "./options.ts";
import type { PlantedMessage } from "./seed/seed-workspace.ts";
import type { WorkspaceSnapshot } from "./snapshot.ts";
import type { TranscriptOptions } from "./transcript.ts";
import type { SlackDeliveryAttempt, SlackWebhooks } from "./webhooks.ts";
import type { WorkspaceApi } from "./workspace-api.ts";

/** One workspace: what its people do, and what it holds. */
export interface WorkspaceHandle extends WorkspaceApi {
  readonly id: string;
  /** The app as a person of this workspace. */
  readonly botUserId: string;
  readonly botId: string;
  /** Facts that stand in exactly one message each. */
  readonly planted: readonly PlantedMessage[];
  snapshot(): WorkspaceSnapshot;
  /** What stands in the channels, as a person would read it. */
  transcript(options?: TranscriptOptions): string[];
  /** A token that does not expire (`xoxb-…`), as an internal app's owner copies it. Installs the app. */
  issueBotToken(options: { scopes: readonly string[] }): string;
  /** A person's token (`xoxp-…`). */
  issueUserToken(options: { user: string; scopes: readonly string[] }): string;
  /** A rotating access token (`xoxe.xoxb-…`) without the way through the consent page. Installs the app. */
  issueAccessToken(options: { scopes: readonly string[]; expiresInMs?: number }): string;
  /** An admin removes the app: all its tokens die, and `app_uninstalled` and `tokens_revoked` are sent. */
  uninstall(): void;
  /** A person presses a button: a signed `block_actions` form goes to the interactivity URL. */
  clickButton(click: Click): Promise<SlackDeliveryAttempt>;
}

export interface SlackEmulator extends SlackApp, VendorEmulator {
  /** The first workspace. */
  readonly workspace: WorkspaceHandle;
  readonly workspaces: ReadonlyMap<string, WorkspaceHandle>;
  /** Another workspace in which the same app may be installed. */
  addWorkspace(options: WorkspaceOptions): WorkspaceHandle;
  readonly webhooks: SlackWebhooks;
  /** May be changed at any time. */
  readonly behaviour: SlackBehaviour;
  readonly limits: SlackLimitValues | undefined;
  /** What the person at the consent page does. */
  consent: SlackOAuth["consent"];
  /** Of the first workspace, as are the ones that follow. */
  readonly planted: readonly PlantedMessage[];
  readonly snapshot: WorkspaceHandle["snapshot"];
  readonly transcript: WorkspaceHandle["transcript"];
  readonly issueBotToken: WorkspaceHandle["issueBotToken"];
  readonly issueAccessToken: WorkspaceHandle["issueAccessToken"];
  readonly clickButton: WorkspaceHandle["clickButton"];
}
