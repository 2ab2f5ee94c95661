export type { Distribution, SlackBehaviour } from "./call.ts";
export type { SlackChange } from "./changes.ts";
export type { Click } from "./click.ts";
export { slackEmulator } from "./emulator.ts";
export { SLACK_EVENTS, type SlackEvent } from "./events.ts";
export { SLACK_LIMITS, type SlackLimitSettings, type SlackLimitValues } from "./limits.ts";
export type { SlackMutation, SlackMutationReport } from "./mutate.ts";
export type { SlackConsent } from "./oauth.ts";
export { type SlackEmulatorOptions, SMALL_WORKSPACE, type WorkspaceOptions } from "./options.ts";
export { SLACK_ORIGIN } from "./origins.ts";
export type { PlantedMessage, WorkspaceSize } from "./seed/seed-workspace.ts";
export { type SlackSignInput, signSlack } from "./sign.ts";
export type { SlackEmulator, WorkspaceHandle } from "./slack-emulator.ts";
export type { SnapshotConversation, SnapshotMessage, WorkspaceSnapshot } from "./snapshot.ts";
export type { TranscriptOptions } from "./transcript.ts";
export type {
  SlackDeliveryAttempt,
  SlackDeliveryBehaviour,
  SlackSubscriptionOptions,
  SlackWebhooks,
} from "./webhooks.ts";
export type { Conversation, ConversationKind, SlackUser, StoredMessage, Workspace } from "./workspace.ts";
export type { NewChannel, NewMessage, NewUser, WorkspaceApi } from "./workspace-api.ts";
