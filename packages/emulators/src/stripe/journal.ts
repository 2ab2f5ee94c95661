import { type Rendered, render } from "./api/render.ts";
import { API_VERSION } from "./api/versions.ts";
import type { StripeBehaviour } from "./behaviour.ts";
import { type BillingClock, createBillingClock } from "./billing-clock.ts";
import type { Book } from "./book/book.ts";
import { type Asker, newEvent } from "./events.ts";
import type { StripeWebhooks } from "./webhooks.ts";
import type { Scene } from "./writes/scene.ts";

const NOBODY: Asker = { id: null, idempotency_key: null };

/** Whatever happens in a book goes through here: it becomes an event, and the endpoints hear of it. */
export interface Journal {
  /** The scene of what somebody asks for now. What was due by itself has been done. */
  scene(book: Book, asker?: Asker): Scene;
  /** An event about something that no table holds. */
  tell(book: Book, type: string, shown: Rendered): void;
}

export function createJournal(behaviour: StripeBehaviour, webhooks: StripeWebhooks): Journal {
  const clocks = new Map<Book, BillingClock>();

  const record = (
    book: Book,
    type: string,
    shown: Rendered,
    rest: Partial<Parameters<typeof newEvent>[1]>,
  ) => {
    const event = newEvent(book, {
      previous: undefined,
      request: NOBODY,
      created: book.now(),
      ...rest,
      type,
      shown,
      pending: webhooks.listeners(book, type),
    });
    book.tables.event.insert(event);
    webhooks.publish(book, event);
  };

  const sceneAt = (book: Book, now: number, request: Asker): Scene => ({
    book,
    behaviour,
    now,
    tell(type, object, previous) {
      record(book, type, render(book, object, { version: API_VERSION }), { previous, request, created: now });
      if (object.object === "subscription") clockOf(book).changed();
    },
  });

  const clockOf = (book: Book): BillingClock => {
    const found = clocks.get(book) ?? createBillingClock(book, (now) => sceneAt(book, now, NOBODY));
    clocks.set(book, found);
    return found;
  };

  return {
    scene(book, asker = NOBODY) {
      clockOf(book).catchUp();
      return sceneAt(book, book.now(), asker);
    },
    tell: (book, type, shown) => record(book, type, shown, {}),
  };
}
