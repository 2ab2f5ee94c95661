export type { FathomEvent } from "./webhooks/index.ts";
