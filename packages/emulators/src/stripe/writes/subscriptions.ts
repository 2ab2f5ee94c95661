import { badParameter, refusedAtWork } from "../api/errors.ts";
import type { StripeObject } from "../book/table.ts";
import { periodEnd } from "../objects/catalogue.ts";
import { type SubscriptionStatus, subscription, subscriptionItem } from "../objects/subscription.ts";
import { adjustBalance } from "./balance.ts";
import { type CancellationDetails, cancelLater, endOfPeriod } from "./cancel.ts";
import { billPeriod } from "./invoices.ts";
import { add, change, type Fields, type Scene } from "./scene.ts";

export interface SubscriptionChange {
  readonly cancelAtPeriodEnd?: boolean | undefined;
  /** Unix seconds; null takes it back. */
  readonly cancelAt?: number | null | undefined;
  readonly details?: CancellationDetails | undefined;
  /** Unix seconds, or the present. */
  readonly trialEnd?: number | "now" | undefined;
  readonly proration?: "create_prorations" | "none" | "always_invoice" | undefined;
  /** Fields that stand as they are given: metadata, description, pause_collection, trial_settings. */
  readonly fields?: Fields | undefined;
}

const DAY = 86_400;
const TWO_YEARS = 730 * DAY;

export interface NewSubscriptionInput {
  readonly customer: string;
  readonly prices: readonly { readonly price: string; readonly quantity?: number }[];
  readonly trialDays?: number;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Someone subscribes; the first period is billed and paid at once, unless it is a trial. */
export function createSubscription(scene: Scene, input: NewSubscriptionInput): StripeObject {
  const { book, now } = scene;
  const payer = book.need("customer", input.customer);
  const prices = input.prices.map(({ price }) => book.need("price", price));
  const [first] = prices;
  if (!first) throw new RangeError("A subscription needs a price.");
  const trialEnd = input.trialDays === undefined ? undefined : now + input.trialDays * DAY;
  const made = subscription(book, {
    customer: payer.id,
    currency: String(first.currency),
    status: trialEnd === undefined ? "active" : "trialing",
    created: now,
    metadata: { ...input.metadata },
    ...(trialEnd !== undefined && { trial_start: now, trial_end: trialEnd, billing_cycle_anchor: trialEnd }),
  });
  add(scene, made);
  prices.forEach((priced, at) => {
    add(
      scene,
      subscriptionItem(book, {
        subscription: made.id,
        price: priced.id,
        quantity: input.prices[at]?.quantity ?? 1,
        current_period_start: now,
        current_period_end: trialEnd ?? periodEnd(now, first),
        created: now,
      }),
    );
  });
  payer.currency ??= made.currency;
  scene.tell("customer.subscription.created", made);
  billPeriod(scene, made, { reason: "subscription_create", free: trialEnd !== undefined });
  return made;
}

/** Changes a subscription as `POST /v1/subscriptions/{id}` does. */
export function updateSubscription(scene: Scene, object: StripeObject, given: SubscriptionChange): void {
  const { now } = scene;
  const { cancelAt, cancelAtPeriodEnd, details, fields = {}, trialEnd } = given;
  if (cancelAt !== undefined && cancelAtPeriodEnd !== undefined) {
    throw badParameter(
      "cancel_at",
      "parameters_exclusive",
      "You may only specify one of these parameters: cancel_at, cancel_at_period_end.",
    );
  }
  const ended = object.status === "canceled" || object.status === "incomplete_expired";
  const more = Object.keys(fields).some((name) => name !== "metadata");
  if (ended && (more || [cancelAt, cancelAtPeriodEnd, trialEnd].some((one) => one !== undefined))) {
    throw refusedAtWork({
      code: "invalid_canceled_subscription_fields",
      message: "A canceled subscription can only update its cancellation_details and metadata.",
    });
  }
  if (typeof cancelAt === "number" && cancelAt <= now)
    throw badParameter("cancel_at", undefined, "`cancel_at` must be a timestamp in the future.");
  if (trialEnd !== undefined) checkTrialEnd(scene, object, trialEnd);

  const prorated = trialEnd !== undefined && object.status !== "trialing" && given.proration !== "none";
  const unused = prorated ? unusedPart(scene, object) : 0;
  const trialBegins = trialEnd !== undefined && trialEnd !== "now" && object.status !== "trialing";
  change(scene, "customer.subscription.updated", object, () => {
    Object.assign(object, fields);
    if (details) object.cancellation_details = { ...(object.cancellation_details as Fields), ...details };
    if (cancelAtPeriodEnd !== undefined) {
      const plan = cancelAtPeriodEnd ? { at: endOfPeriod(scene, object), periodEnd: true } : undefined;
      Object.assign(object, cancelLater(scene, object, plan, details));
    }
    if (cancelAt !== undefined) {
      const plan = cancelAt === null ? undefined : { at: cancelAt, periodEnd: false };
      Object.assign(object, cancelLater(scene, object, plan, details));
    }
    if (trialEnd !== undefined && trialEnd !== "now") moveTrial(scene, object, trialEnd);
  });
  if (trialEnd === "now" && object.status === "trialing") endTrial(scene, object);
  if (trialBegins) billPeriod(scene, object, { reason: "subscription_update", free: true });
  if (unused > 0) {
    // guess: what is not used of a paid period is credited at once; the vendor writes it on the next invoice.
    const payer = scene.book.need("customer", String(object.customer));
    adjustBalance(scene, payer, {
      amount: -unused,
      currency: String(object.currency),
      type: "applied_to_invoice",
      description: "Unused time",
    });
  }
}

function checkTrialEnd({ now }: Scene, object: StripeObject, trialEnd: number | "now"): void {
  if (trialEnd === "now") return;
  if (trialEnd <= now) {
    throw badParameter(
      "trial_end",
      undefined,
      "Invalid timestamp: must be an integer Unix timestamp in the future.",
    );
  }
  // guess: counted from the present where the anchor has gone by.
  if (trialEnd > Math.max(now, Number(object.billing_cycle_anchor)) + TWO_YEARS) {
    throw badParameter(
      "trial_end",
      undefined,
      "Invalid timestamp: can be no more than two years in the future.",
    );
  }
}

function moveTrial({ book, now }: Scene, object: StripeObject, trialEnd: number): void {
  const running = object.status === "trialing";
  Object.assign(object, {
    status: "trialing" satisfies SubscriptionStatus,
    trial_start: running ? object.trial_start : now,
    trial_end: trialEnd,
    billing_cycle_anchor: trialEnd,
  });
  for (const item of book.tables.subscription_item.by("subscription", object.id) ?? []) {
    if (!running) item.current_period_start = now;
    item.current_period_end = trialEnd;
  }
  if (object.cancel_at_period_end) object.cancel_at = trialEnd;
}

/** What of the present, paid periods lies ahead, in the currency's smallest unit. */
function unusedPart({ book, now }: Scene, object: StripeObject): number {
  let unused = 0;
  for (const item of book.tables.subscription_item.by("subscription", object.id) ?? []) {
    const [start, end] = [Number(item.current_period_start), Number(item.current_period_end)];
    const priced = book.need("price", String(item.price));
    const paid = Number(priced.unit_amount ?? 0) * Number(item.quantity ?? 0);
    if (end > now && end > start) unused += Math.round((paid * (end - now)) / (end - start));
  }
  return unused;
}

/** The trial is over: who can pay does, who cannot meets what the subscription's settings say. */
export function endTrial(scene: Scene, object: StripeObject): void {
  const { book, now } = scene;
  const payer = book.need("customer", String(object.customer));
  const settings = payer.invoice_settings as { default_payment_method: string | null };
  const canPay = object.default_payment_method !== null || settings.default_payment_method !== null;
  const { end_behavior } = object.trial_settings as { end_behavior: { missing_payment_method: string } };
  const otherwise = canPay ? "create_invoice" : end_behavior.missing_payment_method;
  if (otherwise === "cancel" || otherwise === "pause") {
    const canceled = otherwise === "cancel";
    const ended = canceled && { canceled_at: now, ended_at: now };
    change(scene, undefined, object, {
      status: canceled ? "canceled" : "paused",
      trial_end: now,
      ...ended,
    });
    scene.tell(`customer.subscription.${canceled ? "deleted" : "paused"}`, object);
    return;
  }
  change(scene, "customer.subscription.updated", object, () => {
    Object.assign(object, { status: "active", trial_end: now, billing_cycle_anchor: now });
    startPeriod(scene, object, now);
  });
  billPeriod(scene, object, { reason: "subscription_cycle", free: false });
}

/** All items begin their next period together. */
export function startPeriod({ book }: Pick<Scene, "book">, object: StripeObject, start: number): void {
  for (const item of book.tables.subscription_item.by("subscription", object.id) ?? []) {
    item.current_period_start = start;
    item.current_period_end = periodEnd(start, book.need("price", String(item.price)));
  }
}

/** `POST /v1/subscriptions/{id}/pause`, new in endive: nothing is billed until it is resumed. */
export function pauseSubscription(scene: Scene, object: StripeObject): void {
  if (object.status !== "active" && object.status !== "trialing") {
    // guess: which states can be paused.
    throw refusedAtWork({ message: `A subscription with status ${object.status} cannot be paused.` });
  }
  change(scene, undefined, object, {
    status: "paused",
    status_details: {
      paused: { subscription: { type: "now" }, transitioned_at: scene.now, type: "subscription" },
    },
  });
  scene.tell("customer.subscription.paused", object);
}

export function resumeSubscription(scene: Scene, object: StripeObject): void {
  if (object.status !== "paused") {
    throw refusedAtWork({ message: "Only a paused subscription can be resumed." });
  }
  change(scene, undefined, object, () => {
    object.status = "active";
    delete object.status_details;
    object.billing_cycle_anchor = scene.now;
    startPeriod(scene, object, scene.now);
  });
  scene.tell("customer.subscription.resumed", object);
  billPeriod(scene, object, { reason: "subscription_update", free: false });
}
