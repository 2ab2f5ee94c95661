import type { Reply } from "../reply.ts";
import type { ZoomAccount } from "./account.ts";
import { refuse } from "./errors.ts";
import type { Links } from "./files.ts";
import type { ZoomRateLabel } from "./limits.ts";
import type { ZoomApp } from "./oauth.ts";
import type { ZoomBehaviour } from "./options.ts";
import { hasScope } from "./scopes.ts";
import type { ZoomGrant } from "./tokens.ts";
import type { ZoomWebhooks } from "./webhooks.ts";

/** One authorised request. */
export interface Call {
  readonly grant: ZoomGrant;
  /** The first one for the app's own tokens, which belong to none. */
  readonly account: ZoomAccount;
  /** The parts of the path that are not fixed, decoded once. */
  readonly params: readonly string[];
  readonly query: URLSearchParams;
  /** The parsed JSON body, an empty object without one. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly now: number;
  readonly behaviour: ZoomBehaviour;
  readonly links: Links;
  readonly app: ZoomApp;
  readonly webhooks: ZoomWebhooks;
  /** A token for this meeting's downloads. */
  readonly downloadToken: (uuid: string, lifetimeMs: number) => string;
}

export interface Route {
  readonly method: string;
  /** Segments behind `/v2`; `*` stands for any. */
  readonly path: string;
  /** How the ledger calls it. */
  readonly kind: string;
  readonly label: ZoomRateLabel;
  /** One of them is needed, in any of its forms; none for none. */
  readonly scopes: readonly string[];
  /** Which of the grants may ask; every one but the app's own unless told. */
  readonly grants?: readonly ZoomGrant["kind"][];
  readonly handle: (call: Call) => Reply;
}

export function requireScope({ behaviour, grant }: Call, scopes: readonly string[]): void {
  if (scopes.length === 0 || scopes.some((scope) => hasScope(grant.scopes, scope))) return;
  const wanted = scopes.flatMap((scope) => (scope.endsWith(":admin") ? [scope] : [scope, `${scope}:admin`]));
  const message = `Invalid access token, does not contain scopes:[${wanted.join(", ")}].`;
  throw refuse(behaviour.missingScopeStatus, 4711, message);
}

/** Apps of one person may only say `me`, and server-to-server ones may not (vendors/zoom.md, OAuth). */
export function userIdOf({ grant }: Call, given: string): string {
  const admin = grant.kind === "account" || grant.scopes.some((scope) => scope.endsWith(":admin"));
  if (given === "me") {
    // guess: how it is refused.
    if (grant.kind === "account") throw refuse(400, 300, "The me value is not supported for this token.");
    return grant.userId;
  }
  if (!admin) throw refuse(401, 4700, "Invalid access token, this app may only ask for me.");
  return given;
}
