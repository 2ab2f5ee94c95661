import type { VendorHttp } from "../ports/vendor-http.ts";
import type { VendorAccount } from "./auth.ts";
import type { Json } from "./json.ts";
import type { NotificationDraft } from "./notification.ts";
import type { Tombstone } from "./stream.ts";

/** What an event touches: a record to read (the event is only a hint), one it brings whole, or a deletion. */
export type Change =
  | { readonly stream: string; readonly key: string; readonly hint?: Json | undefined }
  | { readonly stream: string; readonly record: unknown }
  | { readonly stream: string; readonly tombstone: Tombstone };

/** What a verified delivery is answered with, where the vendor wants more than a 200 (an URL check's challenge). */
export interface WebhookReply {
  readonly contentType: "text/plain" | "application/json";
  readonly body: string;
}

/** A delivery as it came: nothing in it is trusted before `receive` returned. */
export interface IncomingDelivery {
  readonly method: string;
  /** The URL as the vendor called it, built from configuration and not from the Host header. */
  readonly url: string;
  readonly headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Uint8Array;
  readonly secret: readonly string[];
  /** Epoch ms. */
  readonly now: number;
}

/** One event of a delivery, verified and split off. `E` is the vendor's own type. */
export interface WebhookDefinition<E> {
  /** The vendor's names of the events that this definition understands. */
  readonly events: readonly string[];
  /** Empty: the event is known and nothing follows from it. */
  readonly changes: (event: E) => readonly Change[];
  /** What it tells the org's people, once; asked while the connection's notifications are on. */
  readonly notification?: (
    event: E,
    settings: { readonly [name: string]: Json | undefined },
  ) => NotificationDraft | undefined;
  /** True: with this event the vendor took the account's access away (app uninstalled, tokens revoked): reconnect. */
  readonly endsAccess?: (event: E, account: VendorAccount) => boolean;
}

/** A connection whose account can be told by its credential to send events to `url`. */
export interface EndpointScope {
  readonly http: VendorHttp;
  /** Where this connection's events are received: it names the connection, and is the same at each connect. */
  readonly url: string;
  readonly account: VendorAccount;
  readonly scopes: ReadonlySet<string> | undefined;
  readonly settings: { readonly [name: string]: Json | undefined };
  readonly signal: AbortSignal;
}

/** An endpoint that Halo made at the vendor. */
export interface RegisteredEndpoint {
  /** The vendor's id, which ends it later. */
  readonly id: string;
  /** The secret of its deliveries, sealed as the connection's; absent where the one that is kept still holds. */
  readonly secret?: string;
}

export interface WebhookReceiver<E = unknown> {
  /** Verifies the raw bytes, then parses once and splits. Throws `webhook_unverified`. */
  readonly receive: (delivery: IncomingDelivery) => readonly E[];
  /** Secrets that hold for every org: the app's own. Absent: each connection has its own (`webhook_secret`). */
  readonly secrets?: readonly string[];
  readonly type: (event: E) => string;
  /** The vendor's account that the event belongs to; undefined where only the path tells. */
  readonly account: (event: E) => string | undefined;
  /** What makes the event unique at this vendor. */
  readonly key: (event: E) => string;
  readonly occurredAt: (event: E) => Date | undefined;
  /** What is kept of the event until it is processed. */
  readonly payload: (event: E) => Json;
  readonly parse: (payload: Json) => E;
  /** True: the payload holds a token, and is kept sealed. */
  readonly sealed?: boolean;
  readonly definitions: readonly WebhookDefinition<E>[];
  /** Asked of each verified event; one that is answered this way is not stored. */
  readonly reply?: (event: E) => WebhookReply | undefined;
  /**
   * False: the event is none of this account (a test's for a live one), although path and secret fit. Such an event
   * goes where those of strangers go. Default: the account's id decides, where the event names one.
   */
  readonly belongs?: (event: E, account: VendorAccount) => boolean;
  /**
   * Makes the endpoint at the vendor, after each connect and reconnect. `known` is the one of an earlier connect, whose
   * secret is still kept: return it if it stands. Undefined: this credential may not, and the status says what to
   * paste. Must bear being cut off and called again.
   */
  readonly register?: (
    scope: EndpointScope & { readonly known: { readonly id: string } | undefined },
  ) => Promise<RegisteredEndpoint | undefined>;
  /** Ends it, at disconnect. Best effort: false, or an error, leaves it to the vendor's own retirement. */
  readonly unregister?: (scope: EndpointScope & { readonly id: string }) => Promise<boolean>;
  /** What an admin does at the vendor; `url` is the address to paste. */
  readonly instructions: (url: string) => string;
}

export function defineWebhook<E>(definition: WebhookDefinition<E>): WebhookDefinition<E> {
  return definition;
}

export function defineWebhooks<E>(receiver: WebhookReceiver<E>): AnyWebhooks {
  return receiver as unknown as AnyWebhooks;
}

export type AnyWebhooks = WebhookReceiver<unknown>;
