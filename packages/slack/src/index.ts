export type { SlackEvent } from "./webhooks/index.ts";
