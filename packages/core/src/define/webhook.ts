import type { Json } from "./json.ts";
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
  /** True: with this event the vendor took our access away (app uninstalled, tokens revoked): reconnect. */
  readonly endsAccess?: (event: E) => boolean;
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
  readonly definitions: readonly WebhookDefinition<E>[];
  /** Asked of each verified event; one that is answered this way is not stored. */
  readonly reply?: (event: E) => WebhookReply | undefined;
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
