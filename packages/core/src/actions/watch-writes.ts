import type { AnyAction } from "../define/action.ts";
import { isHaloError } from "../errors.ts";
import type { VendorCall, VendorHttp } from "../ports/vendor-http.ts";

export interface WatchedHttp {
  readonly http: VendorHttp;
  /** True when a write was accepted, or may have been: it is in flight, or ended without a word. */
  maybeActed(): boolean;
}

/**
 * A client that knows whether anything may have been changed through it: an action that failed while it still read is
 * a failure, and nobody has to wonder what became of it. Calls that name no signal carry this one.
 */
export function watchWrites(http: VendorHttp, action: AnyAction, signal: AbortSignal): WatchedHttp {
  let acted = false;
  let inFlight = 0;
  // A search by POST may be repeated; so may the writes of actions that are harmless twice, which are writes all the same.
  const repeatableReads = action.again?.kind !== "harmless" && action.again?.kind !== "idempotent";

  const write = async <T>(call: VendorCall<T> | undefined, read: boolean, send: () => Promise<T>) => {
    if (read && call?.repeatable === true) return await send();
    inFlight += 1;
    try {
      const answer = await send();
      acted = true;
      return answer;
    } catch (error) {
      if (!changedNothing(error)) acted = true;
      throw error;
    } finally {
      inFlight -= 1;
    }
  };
  const bound = <T>(call: VendorCall<T> | undefined): VendorCall<T> => ({
    priority,
    signal,
    ...call,
  });
  return {
    http: {
      get: (path, call) => http.get(path, bound(call)),
      post: (path, call) => write(call, repeatableReads, () => http.post(path, bound(call))),
      put: (path, call) => write(call, false, () => http.put(path, bound(call))),
      patch: (path, call) => write(call, false, () => http.patch(path, bound(call))),
      delete: (path, call) => write(call, false, () => http.delete(path, bound(call))),
      vendorNow: () => http.vendorNow(),
    },
    maybeActed: () => acted || inFlight > 0,
  };
}

/** Somebody waits for an action: before any event and any sync, when calls wait for the vendor's limit. */
const priority = 2_000;

/** Whether an error says that the call it is about was not carried out. */
function changedNothing(error: unknown): boolean {
  if (!isHaloError(error)) return false;
  switch (error.code) {
    case "rate_limited":
    case "gate_closed":
    case "reconnect_required":
    case "credentials_unreadable":
    case "input_invalid":
    case "configuration_invalid":
      return true;
    default:
      return (error as { readonly withoutEffect?: unknown }).withoutEffect === true;
  }
}
