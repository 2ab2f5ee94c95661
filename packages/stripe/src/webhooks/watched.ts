import type { KeyToRead } from "@halo/core";
import { customerEvents, keyOfCustomer } from "../streams/customers.ts";
import { invoiceEvents, keyOfInvoice } from "../streams/invoices.ts";
import { keyOfPayment, paymentEvents } from "../streams/payments.ts";
import { keyOfSubscription, subscriptionEvents } from "../streams/subscriptions.ts";
import type { StripeEvent } from "./event.ts";

/** Which events tell of which stream. */
export const watched = [
  { stream: "customers", events: customerEvents, keyOf: keyOfCustomer },
  { stream: "subscriptions", events: subscriptionEvents, keyOf: keyOfSubscription },
  { stream: "invoices", events: invoiceEvents, keyOf: keyOfInvoice },
  { stream: "payments", events: paymentEvents, keyOf: keyOfPayment },
] as const;

/** The record that an event leads to; an upcoming invoice leads to none. */
export function keyOfEvent(stream: string, { data }: StripeEvent): KeyToRead | undefined {
  return watched.find((one) => one.stream === stream)?.keyOf(data.object);
}
