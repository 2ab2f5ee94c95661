import type { AuthenticationError } from "../errors.ts";
import type { Secret } from "./secret.ts";

/** The credential of a call; `version` tells a refused one from its successor. */
export interface Access {
  readonly token: Secret;
  readonly version: number;
  /** How it was got; absent where a host keeps its tokens itself and does not say. */
  readonly kind?: "oauth" | "key" | undefined;
}

/** Where the client gets credentials from (connect/tokens.ts). Throws `reconnect_required` and `credentials_unreadable`. */
export interface Authorization {
  access(signal: AbortSignal | undefined): Promise<Access>;
  /** The vendor refused `access`: a newer one, or undefined if there can be none. */
  renew(access: Access, signal: AbortSignal | undefined): Promise<Access | undefined>;
  /** The vendor refused the newest one too. Returns what to throw. */
  refused(access: Access): Promise<AuthenticationError>;
}
