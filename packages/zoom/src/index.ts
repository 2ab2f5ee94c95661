export type { ZoomEvent } from "./webhooks/index.ts";
