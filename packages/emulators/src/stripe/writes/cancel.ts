import type { StripeObject } from "../book/table.ts";
import { change, type Fields, type Scene } from "./scene.ts";

export interface CancellationDetails {
  readonly comment?: string | null;
  readonly feedback?: string | null;
}

/** Ends a subscription for ever. Its open invoices are no longer collected by themselves. */
export function cancelNow(
  scene: Scene,
  object: StripeObject,
  { reason = "cancellation_requested", ...details }: CancellationDetails & { readonly reason?: string },
): void {
  const { book, now } = scene;
  change(scene, undefined, object, {
    status: "canceled",
    canceled_at: object.canceled_at ?? now,
    ended_at: now,
    cancel_at_period_end: false,
    cancellation_details: { ...(object.cancellation_details as Fields), ...details, reason },
  });
  scene.tell("customer.subscription.deleted", object);
  for (const billed of book.tables.invoice.by("subscription", object.id) ?? []) {
    if (billed.status !== "open" && billed.status !== "draft") continue;
    change(scene, "invoice.updated", billed, { auto_advance: false, next_payment_attempt: null });
  }
}

/** At the end of the period, or at a moment of one's choice; undefined takes it back. */
export function cancelLater(
  scene: Scene,
  object: StripeObject,
  plan: { readonly at: number; readonly periodEnd: boolean } | undefined,
  details: CancellationDetails = {},
): Fields {
  const before = object.cancellation_details as Fields;
  if (!plan) {
    const cancellation_details = { ...before, ...details, reason: null };
    return { cancel_at: null, cancel_at_period_end: false, canceled_at: null, cancellation_details };
  }
  return {
    cancel_at: plan.at,
    cancel_at_period_end: plan.periodEnd,
    canceled_at: scene.now,
    cancellation_details: { ...before, ...details, reason: "cancellation_requested" },
  };
}

/** When the last of its items' periods ends. */
export const endOfPeriod = ({ book }: Pick<Scene, "book">, object: StripeObject): number =>
  Math.max(
    ...(book.tables.subscription_item.by("subscription", object.id) ?? []).map((item) =>
      Number(item.current_period_end),
    ),
  );
