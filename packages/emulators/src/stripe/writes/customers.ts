import type { StripeObject } from "../book/table.ts";
import { customer } from "../objects/customer.ts";
import { cancelNow } from "./cancel.ts";
import { add, change, type Fields, type Scene } from "./scene.ts";

export const createCustomer = (scene: Scene, given: Fields): StripeObject =>
  add(scene, customer(scene.book, { ...given, created: scene.now }), "customer.created");

export const updateCustomer = (scene: Scene, object: StripeObject, given: Fields): void =>
  change(scene, "customer.updated", object, given);

/** Its subscriptions end with it; what was billed and paid stays. */
export function deleteCustomer(scene: Scene, object: StripeObject): void {
  const subscriptions = scene.book.tables.subscription.by("customer", object.id) ?? [];
  for (const one of subscriptions) {
    if (one.status === "canceled" || one.status === "incomplete_expired") continue;
    cancelNow(scene, one, {});
  }
  scene.tell("customer.deleted", object);
  scene.book.tables.customer.delete(object.id);
}
