import type { VendorHttp } from "@halo/core";
import type { Paths } from "../paths.ts";

/** What every call of an action needs. */
export interface Caller {
  readonly http: VendorHttp;
  readonly signal: AbortSignal;
  readonly paths: Paths;
}
