import type { Clock } from "../../clock.ts";
import { mixSeed, seededRandom } from "../../random.ts";
import { createTable, type StripeObject, type Table } from "./table.ts";

/** Kinds of objects, by the vendor's own names. */
export const KINDS = [
  "customer",
  "product",
  "price",
  "subscription",
  "subscription_item",
  "invoice",
  "line_item",
  "invoice_payment",
  "payment_intent",
  "charge",
  "refund",
  "dispute",
  "credit_note",
  "credit_note_line_item",
  "customer_balance_transaction",
  "event",
  "webhook_endpoint",
] as const;

export type Kind = (typeof KINDS)[number];

/** Each with an underscore behind it. */
const PREFIX: Readonly<Record<Kind, string>> = {
  customer: "cus",
  product: "prod",
  price: "price",
  subscription: "sub",
  subscription_item: "si",
  invoice: "in",
  line_item: "il",
  invoice_payment: "inpay",
  payment_intent: "pi",
  charge: "ch",
  refund: "re",
  dispute: "du",
  credit_note: "cn",
  credit_note_line_item: "cnli",
  customer_balance_transaction: "cbtxn",
  event: "evt",
  webhook_endpoint: "we",
};

export interface AccountFacts {
  readonly id: string;
  /** 1 for the first; stands in the ledger as the account. */
  readonly number: number;
  readonly name: string;
  readonly email: string;
  readonly country: string;
  readonly currency: string;
  /** Unix seconds. */
  readonly created: number;
  /** What a request without `Stripe-Version` gets, and what events are made in. May be changed. */
  apiVersion: string;
}

/** All that one account holds in one mode. Live and test have nothing in common but the account. */
export interface Book {
  readonly account: AccountFacts;
  readonly livemode: boolean;
  readonly clock: Clock;
  readonly tables: Readonly<Record<Kind, Table>>;
  /** Unix seconds of the emulator's clock. */
  now(): number;
  newId(kind: Kind): string;
  /** An id of something that has no table, such as `txn`. */
  newName(prefix: string): string;
  /** The object; throws for an id that is none, as a test would want it. */
  need(kind: Kind, id: string): StripeObject;
}

export interface BookInput {
  readonly account: AccountFacts;
  readonly livemode: boolean;
  readonly clock: Clock;
  readonly seed: number;
}

export function createBook({ account, clock, livemode, seed }: BookInput): Book {
  const tables = Object.fromEntries(KINDS.map((kind) => [kind, createTable()])) as Record<Kind, Table>;
  const mode = livemode ? 1 : 2;
  let serial = 0;
  const newName = (prefix: string) => `${prefix}_1${letters(mixSeed(seed, mode, ++serial), 23)}`;
  return {
    account,
    livemode,
    clock,
    tables,
    now: () => Math.floor(clock.now() / 1_000),
    newName,
    // Customers and products have short ids at the vendor, the others long ones.
    newId: (kind) =>
      kind === "customer" || kind === "product"
        ? `${PREFIX[kind]}_${letters(mixSeed(seed, mode, ++serial), 14)}`
        : newName(PREFIX[kind]),
    need(kind, id) {
      const found = tables[kind].get(id);
      if (!found || tables[kind].isDeleted(id)) throw new RangeError(`There is no ${kind} ${id}.`);
      return found;
    },
  };
}

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** Letters and digits that follow from the seed alone. */
export function letters(seed: number, count: number): string {
  const random = seededRandom(seed);
  let text = "";
  for (let i = 0; i < count; i++) text += ALPHABET[random.int(0, ALPHABET.length - 1)] ?? "0";
  return text;
}
