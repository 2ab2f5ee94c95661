export { type FathomOptions, fathom } from "./integration.ts";
export type { Meeting } from "./streams/meeting.ts";
export type { FathomEvent } from "./webhooks/index.ts";
