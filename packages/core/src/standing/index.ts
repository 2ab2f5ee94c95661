/** What a running Halo knows of how customers stand; loaded with it, not with the package (P13). */
export { createSegments } from "../halo/segments-service.ts";
export { createHealth, createRenewals } from "../halo/standing-service.ts";
