import type { Rendered } from "./api/render.ts";
import { inVersion } from "./api/versions.ts";
import type { Book } from "./book/book.ts";
import type { StripeObject } from "./book/table.ts";

/** Events are kept for so long (D:api/events/list), in seconds. */
export const EVENT_WINDOW = 30 * 86_400;

/** Who asked for what an event tells; nobody for what happens by itself or in the dashboard. */
export interface Asker {
  readonly id: string | null;
  readonly idempotency_key: string | null;
}

export interface NewEvent {
  readonly type: string;
  /** As the newest version shows it. */
  readonly shown: Rendered;
  readonly previous: Rendered | undefined;
  readonly request: Asker;
  /** Unix seconds. */
  readonly created: number;
  readonly pending: number;
}

export function newEvent(book: Book, given: NewEvent): StripeObject {
  const { created, pending, previous, request, shown, type } = given;
  return {
    id: book.newId("event"),
    object: "event",
    api_version: book.account.apiVersion,
    created,
    data: { object: shown, ...(previous && { previous_attributes: previous }) },
    livemode: book.livemode,
    pending_webhooks: pending,
    request,
    type,
  };
}

/** An event as a version shows it; it is kept as the newest does. */
export function eventInVersion(event: Rendered, version: string): Rendered {
  const data = event.data as { object: Rendered };
  return { ...event, api_version: version, data: { ...data, object: inVersion(data.object, version) } };
}

/** Whether a type is meant by a name, which may end in a star. */
export const meansType = (name: string, type: string): boolean =>
  name === type || name === "*" || (name.endsWith(".*") && type.startsWith(name.slice(0, -1)));
