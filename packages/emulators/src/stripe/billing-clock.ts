import type { Book } from "./book/book.ts";
import type { StripeObject } from "./book/table.ts";
import { endOfPeriod } from "./writes/cancel.ts";
import { billPeriod } from "./writes/invoices.ts";
import { change, type Scene } from "./writes/scene.ts";
import { endTrial, startPeriod } from "./writes/subscriptions.ts";

const THREE_DAYS = 3 * 86_400;

interface Due {
  readonly at: number;
  readonly object: StripeObject;
  readonly what: "trial_will_end" | "trial" | "cancellation" | "renewal" | "resumption";
}

/** Does what happens by itself: trials end, cancellations come due, collection resumes, periods follow each other. */
export interface BillingClock {
  /** Everything up to the present, each at its own time. */
  catchUp(): void;
  /** A subscription has changed: what comes next may be another thing. */
  changed(): void;
}

export function createBillingClock(book: Book, sceneAt: (now: number) => Scene): BillingClock {
  const warned = new Set<string>();
  // Of trials that were near their end before the emulator began nobody is told.
  const began = book.now();
  let next: Due | undefined;
  let known = false;

  const find = (): Due | undefined => {
    const { renewals } = sceneAt(0).behaviour;
    let first: Due | undefined;
    for (const object of book.tables.subscription.rows) {
      const due = nextOf(book, object, { warned, renewals, began });
      if (due && (!first || due.at < first.at)) first = due;
    }
    return first;
  };

  return {
    changed: () => {
      known = false;
    },
    catchUp() {
      for (;;) {
        if (!known) {
          next = find();
          known = true;
        }
        if (!next || next.at > book.now()) return;
        const { at, object, what } = next;
        known = false;
        perform(sceneAt(at), object, what, warned);
      }
    },
  };
}

function nextOf(
  book: Book,
  object: StripeObject,
  { began, renewals, warned }: { warned: ReadonlySet<string>; renewals: boolean; began: number },
): Due | undefined {
  const all: Due[] = [];
  const { cancel_at, status, trial_end } = object;
  if (status === "canceled" || status === "incomplete_expired" || status === "incomplete") return undefined;
  if (status === "trialing" && typeof trial_end === "number") {
    const warning = trial_end - THREE_DAYS;
    if (warning > began && !warned.has(`${object.id}:${trial_end}`))
      all.push({ at: warning, object, what: "trial_will_end" });
    all.push({ at: trial_end, object, what: "trial" });
  }
  if (typeof cancel_at === "number") all.push({ at: cancel_at, object, what: "cancellation" });
  const paused = object.pause_collection as { resumes_at: number | null } | null;
  if (typeof paused?.resumes_at === "number") all.push({ at: paused.resumes_at, object, what: "resumption" });
  if (renewals && status === "active")
    all.push({ at: endOfPeriod({ book }, object), object, what: "renewal" });
  return all.sort((a, b) => a.at - b.at)[0];
}

function perform(scene: Scene, object: StripeObject, what: Due["what"], warned: Set<string>): void {
  switch (what) {
    case "trial_will_end":
      warned.add(`${object.id}:${object.trial_end}`);
      scene.tell("customer.subscription.trial_will_end", object);
      break;
    case "trial":
      endTrial(scene, object);
      break;
    case "cancellation":
      // Ended by plan: what was asked for then stays as it was written.
      change(scene, undefined, object, { status: "canceled", ended_at: scene.now });
      scene.tell("customer.subscription.deleted", object);
      break;
    case "resumption":
      change(scene, "customer.subscription.updated", object, { pause_collection: null });
      break;
    case "renewal":
      change(scene, "customer.subscription.updated", object, () => startPeriod(scene, object, scene.now));
      billPeriod(scene, object, { reason: "subscription_cycle", free: false });
  }
}
