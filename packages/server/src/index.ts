export type { Authorize, Caller } from "./authorize.ts";
export { adminRole } from "./authorize.ts";
export { createHandler, type Handler, type HandlerOptions } from "./create-handler.ts";
export type { HandlerLimits } from "./limits.ts";
