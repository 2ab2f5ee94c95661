import type { VendorHttp } from "@halo/core";

/** What every call of an action needs. */
export interface Caller {
  readonly http: VendorHttp;
  readonly signal: AbortSignal;
}

/** Ids stand in paths: nothing else than an id may. */
export const part = (id: string) => encodeURIComponent(id);
