export type { SlackDistribution } from "./http.ts";
export { type SlackOptions, slack } from "./integration.ts";
export type { SlackReferences } from "./references.ts";
export type { Message } from "./streams/message.ts";
export type { Thread } from "./streams/thread.ts";
export type { SlackEvent } from "./webhooks/index.ts";
