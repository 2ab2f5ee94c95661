import { hashSeed, mixSeed, seededRandom } from "../random.ts";
import type { Book, Kind } from "./book/book.ts";
import type { StripeObject } from "./book/table.ts";
import type { Merchant } from "./merchant.ts";

/** How many changes of each sort to make. */
export interface StripeMutation {
  readonly seed: string | number;
  /** Of customers: another name. */
  readonly edits?: number;
  readonly creations?: number;
  /** Of customers, with their subscriptions. */
  readonly deletions?: number;
  readonly payments?: number;
  readonly refunds?: number;
  readonly cancellations?: number;
  /** Another quantity. */
  readonly subscriptionChanges?: number;
}

/** What was touched, by id. */
export interface StripeMutationReport {
  readonly edited: readonly string[];
  readonly created: readonly string[];
  readonly deleted: readonly string[];
  readonly paid: readonly string[];
  readonly refunded: readonly string[];
  readonly canceled: readonly string[];
  readonly changed: readonly string[];
}

export function mutateBook(book: Book, merchant: Merchant, mutation: StripeMutation): StripeMutationReport {
  const random = seededRandom(mixSeed(hashSeed(mutation.seed), book.livemode ? 1 : 2, book.account.number));
  const pick = (kind: Kind, fits: (row: StripeObject) => boolean = () => true): StripeObject | undefined => {
    const table = book.tables[kind];
    const rows = table.rows.filter((row) => !table.isDeleted(row.id) && fits(row));
    return rows.length === 0 ? undefined : random.pick(rows);
  };
  /** Does it so often, and lists the ids of what was touched; without anything to touch it leaves it. */
  const times = (count: number | undefined, act: () => string | undefined): string[] => {
    const touched: string[] = [];
    for (let n = 0; n < (count ?? 0); n++) {
      const id = act();
      if (id !== undefined) touched.push(id);
    }
    return touched;
  };
  const live = (row: StripeObject) => row.status === "active" || row.status === "trialing";

  const created = times(mutation.creations, () => {
    const n = random.int(1, 1e9);
    return merchant.createCustomer({ name: `New Person ${n}`, email: `new.person${n}@example.com` }).id;
  });
  const edited = times(mutation.edits, () => {
    const found = pick("customer");
    return found && merchant.updateCustomer(found.id, { name: `Edited ${random.int(0, 1e9)}` }).id;
  });
  const changed = times(mutation.subscriptionChanges, () => {
    const found = pick("subscription", live);
    const [item] = found ? (book.tables.subscription_item.by("subscription", found.id) ?? []) : [];
    return item && merchant.setQuantity(item.id, Number(item.quantity ?? 0) + random.int(1, 5)).id;
  });
  const paid = times(mutation.payments, () => {
    const found = pick("customer");
    if (!found) return undefined;
    const currency = (found.currency as string | null) ?? "usd";
    return merchant.pay({ customer: found.id, amount: random.int(5, 500) * 100, currency }).id;
  });
  const refunded = times(mutation.refunds, () => {
    const fits = (row: StripeObject) =>
      row.status === "succeeded" &&
      !row.disputed &&
      Number(row.amount_refunded) < Number(row.amount_captured);
    const found = pick("charge", fits);
    return found && merchant.refund(found.id).id;
  });
  const canceled = times(mutation.cancellations, () => {
    const found = pick("subscription", live);
    return found && merchant.cancelSubscription(found.id).id;
  });
  const deleted = times(mutation.deletions, () => {
    const found = pick("customer");
    if (found) merchant.deleteCustomer(found.id);
    return found?.id;
  });
  return { edited, created, deleted, paid, refunded, canceled, changed };
}
