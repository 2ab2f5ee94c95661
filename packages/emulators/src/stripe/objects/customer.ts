import type { Book } from "../book/book.ts";
import type { StripeObject } from "../book/table.ts";

type Fields = Readonly<Record<string, unknown>>;

/** A customer as the vendor makes one of nothing. */
export function customer(book: Book, given: Fields): StripeObject {
  const id = String(given.id ?? book.newId("customer"));
  return {
    id,
    object: "customer",
    address: null,
    balance: 0,
    created: book.now(),
    currency: null,
    customer_account: null,
    default_source: null,
    delinquent: false,
    description: null,
    discount: null,
    email: null,
    invoice_prefix: id.slice(-8).toUpperCase(),
    invoice_settings: {
      custom_fields: null,
      default_payment_method: null,
      footer: null,
      rendering_options: null,
    },
    livemode: book.livemode,
    metadata: {},
    name: null,
    next_invoice_sequence: 1,
    phone: null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: "none",
    test_clock: null,
    ...given,
  };
}

/** Money in a customer's account with the merchant; negative amounts are the customer's. */
export function balanceTransaction(
  book: Book,
  given: Fields & { readonly amount: number; readonly customer: string },
): StripeObject {
  return {
    id: book.newId("customer_balance_transaction"),
    object: "customer_balance_transaction",
    checkout_session: null,
    created: book.now(),
    credit_note: null,
    currency: book.account.currency,
    customer_account: null,
    description: null,
    ending_balance: given.amount,
    invoice: null,
    livemode: book.livemode,
    metadata: {},
    type: "adjustment",
    ...given,
  };
}
