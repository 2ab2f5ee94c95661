import type { Book, Kind } from "./book/book.ts";
import type { StripeObject } from "./book/table.ts";
import { mutateBook, type StripeMutation, type StripeMutationReport } from "./mutate.ts";
import { type NewPrice, price, product } from "./objects/catalogue.ts";
import { dispute } from "./objects/dispute.ts";
import { adjustBalance, type NewAdjustment } from "./writes/balance.ts";
import { type CancellationDetails, cancelNow } from "./writes/cancel.ts";
import { createCreditNote, type NewCreditNote, voidCreditNote } from "./writes/credit-notes.ts";
import { createCustomer, deleteCustomer, updateCustomer } from "./writes/customers.ts";
import {
  createInvoice,
  deleteInvoice,
  failInvoice,
  finalizeInvoice,
  markUncollectible,
  pay,
  payInvoice,
  voidInvoice,
} from "./writes/invoices.ts";
import { type NewRefund, type RefundEnd, refundCharge, settleRefund } from "./writes/refunds.ts";
import { add, change, type Fields, type Scene } from "./writes/scene.ts";
import {
  createSubscription,
  type NewSubscriptionInput,
  pauseSubscription,
  resumeSubscription,
  type SubscriptionChange,
  updateSubscription,
} from "./writes/subscriptions.ts";

/** What people of an account do in the dashboard, and what happens to them. Each makes its events. */
export interface Merchant {
  createCustomer(given: Fields): StripeObject;
  updateCustomer(id: string, given: Fields): StripeObject;
  deleteCustomer(id: string): void;
  createSubscription(input: NewSubscriptionInput): StripeObject;
  updateSubscription(id: string, given: SubscriptionChange): StripeObject;
  cancelSubscription(id: string, details?: CancellationDetails): StripeObject;
  pauseSubscription(id: string): StripeObject;
  resumeSubscription(id: string): StripeObject;
  /** Of one item; the whole subscription is told as changed. */
  setQuantity(itemId: string, quantity: number): StripeObject;
  createInvoice(given: {
    readonly customer: string;
    readonly amount: number;
    readonly currency: string;
  }): StripeObject;
  finalizeInvoice(id: string): StripeObject;
  payInvoice(id: string): StripeObject;
  failInvoice(id: string): StripeObject;
  voidInvoice(id: string): StripeObject;
  markUncollectible(id: string): StripeObject;
  /** Drafts only. */
  deleteInvoice(id: string): void;
  /** A payment without an invoice. */
  pay(given: Parameters<typeof pay>[1]): StripeObject;
  refund(chargeId: string, given?: NewRefund): StripeObject;
  settleRefund(id: string, end: RefundEnd): StripeObject;
  creditNote(invoiceId: string, given: NewCreditNote): StripeObject;
  voidCreditNote(id: string): StripeObject;
  adjustBalance(customerId: string, given: NewAdjustment): StripeObject;
  /** A cardholder takes a payment back. */
  dispute(chargeId: string): StripeObject;
  closeDispute(id: string, status: "won" | "lost"): StripeObject;
  createProduct(given: Fields & { readonly name: string }): StripeObject;
  updateProduct(id: string, given: Fields): StripeObject;
  createPrice(given: NewPrice): StripeObject;
  updatePrice(id: string, given: Fields): StripeObject;
  /** So many changes at once, drawn from a seed. */
  mutate(mutation: StripeMutation): StripeMutationReport;
}

export const MERCHANT_CHANGES = [
  ..."createCustomer updateCustomer deleteCustomer createSubscription updateSubscription".split(" "),
  ..."cancelSubscription pauseSubscription resumeSubscription setQuantity createInvoice".split(" "),
  ..."finalizeInvoice payInvoice failInvoice voidInvoice markUncollectible deleteInvoice pay".split(" "),
  ..."refund settleRefund creditNote voidCreditNote adjustBalance dispute closeDispute".split(" "),
  ..."createProduct updateProduct createPrice updatePrice".split(" "),
] as readonly (keyof Merchant)[];

export function createMerchant(book: Book, scene: () => Scene): Merchant {
  /** Works on one object, and gives it. */
  const on =
    <Args extends unknown[]>(
      kind: Kind,
      work: (scene: Scene, object: StripeObject, ...args: Args) => unknown,
    ) =>
    (id: string, ...args: Args): StripeObject => {
      const at = scene();
      const object = book.need(kind, id);
      work(at, object, ...args);
      return object;
    };
  /** As `on`, for what leaves nothing to give. */
  const off =
    (kind: Kind, work: (scene: Scene, object: StripeObject) => void) =>
    (id: string): void =>
      work(scene(), book.need(kind, id));
  const set = (kind: Kind, type: string) =>
    on(kind, (at, object, given: Fields) => change(at, type, object, given));

  const merchant: Merchant = {
    createCustomer: (given) => createCustomer(scene(), given),
    updateCustomer: on("customer", (at, object, given: Fields) => updateCustomer(at, object, given)),
    deleteCustomer: off("customer", deleteCustomer),
    createSubscription: (input) => createSubscription(scene(), input),
    updateSubscription: on("subscription", updateSubscription),
    cancelSubscription: on("subscription", (at, object, details: CancellationDetails = {}) =>
      cancelNow(at, object, details),
    ),
    pauseSubscription: on("subscription", pauseSubscription),
    resumeSubscription: on("subscription", resumeSubscription),
    setQuantity(itemId, quantity) {
      const at = scene();
      const item = book.need("subscription_item", itemId);
      const owner = book.need("subscription", String(item.subscription));
      change(at, "customer.subscription.updated", owner, () => {
        item.quantity = quantity;
      });
      return owner;
    },
    createInvoice: ({ customer, ...given }) => createInvoice(scene(), book.need("customer", customer), given),
    finalizeInvoice: on("invoice", finalizeInvoice),
    payInvoice: on("invoice", payInvoice),
    failInvoice: on("invoice", failInvoice),
    voidInvoice: on("invoice", voidInvoice),
    markUncollectible: on("invoice", markUncollectible),
    deleteInvoice: off("invoice", deleteInvoice),
    pay: (given) => pay(scene(), given),
    refund: (chargeId, given = {}) => refundCharge(scene(), book.need("charge", chargeId), given),
    settleRefund: on("refund", settleRefund),
    creditNote: (invoiceId, given) => createCreditNote(scene(), book.need("invoice", invoiceId), given),
    voidCreditNote: on("credit_note", voidCreditNote),
    adjustBalance: (customerId, given) => adjustBalance(scene(), book.need("customer", customerId), given),
    dispute(chargeId) {
      const at = scene();
      const taken = book.need("charge", chargeId);
      const made = add(at, dispute(book, taken, { created: at.now }), "charge.dispute.created");
      change(at, "charge.updated", taken, { disputed: true });
      return made;
    },
    closeDispute: on("dispute", (at, object, status: "won" | "lost") => {
      change(at, undefined, object, { status });
      at.tell("charge.dispute.closed", object);
    }),
    createProduct(given) {
      const at = scene();
      return add(at, product(book, { ...given, created: at.now }), "product.created");
    },
    updateProduct: set("product", "product.updated"),
    createPrice(given) {
      const at = scene();
      return add(at, price(book, { ...given, created: at.now }), "price.created");
    },
    updatePrice: set("price", "price.updated"),
    mutate: (mutation) => mutateBook(book, merchant, mutation),
  };
  return merchant;
}
