import { mixSeed, type Random, seededRandom } from "../../random.ts";
import type { Book } from "../book/book.ts";
import type { StripeObject } from "../book/table.ts";
import { balanceTransaction, customer } from "../objects/customer.ts";
import { dispute } from "../objects/dispute.ts";
import { charge, paymentIntent } from "../objects/payment.ts";
import { seedCatalogue } from "./catalogue.ts";
import { type Person, personAt } from "./people.ts";
import { type Shape, seedSubscription } from "./subscriptions.ts";

export interface AccountSize {
  /** Live ones; a few deleted ones come on top. Subscriptions, invoices and payments follow from them. */
  readonly customers: number;
}

export interface SeedInput {
  readonly seed: number;
  readonly size: AccountSize;
  /** The newest date of a seeded object, Unix seconds. */
  readonly until: number;
  /** Who the first customers are; made up unless told. */
  readonly people?: readonly Person[];
}

/** So that every status is there even in a small account. The rest is mostly active. */
const FIRST: readonly Shape[] = [
  { status: "active" },
  { status: "trialing" },
  { status: "active", manyItems: true },
  { status: "past_due" },
  { status: "canceled" },
  { status: "active", pausedCollection: true },
  { status: "unpaid" },
  { status: "active", currency: "jpy" },
  { status: "incomplete" },
  { status: "active", cancelAtPeriodEnd: true },
  { status: "incomplete_expired" },
  { status: "active", currency: "eur" },
  { status: "paused" },
  { status: "active", metered: true },
  { status: "trialing", currency: "gbp" },
];

const DAY = 86_400;
/** How far back the first customer goes. */
const SPAN = 600 * DAY;

export function seedBook(book: Book, { people = [], seed, size, until }: SeedInput): void {
  const from = until - SPAN;
  const catalogue = seedCatalogue(book, from - 30 * DAY);
  const count = Math.max(size.customers, people.length);
  for (let at = 0; at < count; at++) {
    const random = seededRandom(mixSeed(seed, book.livemode ? 71 : 72, at));
    const person = people[at] ?? personAt(at, random);
    // Three at a time begin in the same second.
    const created = from + Math.floor((Math.floor(at / 3) * 3 * (SPAN - 40 * DAY)) / count);
    const payer = seedCustomer(book, person, created);
    const shape = FIRST[at] ?? randomShape(random);
    if (shape) seedSubscription(book, { payer, shape, catalogue, created: created + 3_600, until, random });
    if (random.chance(0.25)) seedBalance(book, payer, created + 2 * DAY, random);
    if (random.chance(0.2)) seedLoosePayment(book, payer, created + 5 * DAY, random);
  }
  seedDispute(book);
  for (let gone = 0; gone < Math.min(3, Math.ceil(count / 20)); gone++) {
    const left = seedCustomer(
      book,
      { name: "Gone Away", email: `gone${gone}@example.com` },
      from + gone * DAY,
    );
    book.tables.customer.delete(left.id);
  }
}

function randomShape(random: Random): Shape | undefined {
  if (random.chance(0.1)) return undefined;
  const currency = random.pick(["usd", "usd", "usd", "eur", "gbp", "jpy"]);
  if (random.chance(0.7)) return { status: "active", currency, cancelAtPeriodEnd: random.chance(0.05) };
  return { status: random.pick(["canceled", "canceled", "trialing", "past_due", "unpaid"]), currency };
}

function seedCustomer(book: Book, { email, metadata = {}, name }: Person, created: number): StripeObject {
  const made = customer(book, { name, email, metadata: { ...metadata }, created });
  book.tables.customer.insert(made);
  return made;
}

/** Credit or debt that the merchant wrote down by hand. */
function seedBalance(book: Book, payer: StripeObject, created: number, random: Random): void {
  const currency = (payer.currency as string | null) ?? "usd";
  payer.currency = currency;
  for (let n = 0; n <= random.int(0, 2); n++) {
    const amount = (random.chance(0.8) ? -1 : 1) * random.int(1, 50) * 100;
    payer.balance = Number(payer.balance) + amount;
    book.tables.customer_balance_transaction.insert(
      balanceTransaction(book, {
        amount,
        customer: payer.id,
        currency,
        ending_balance: payer.balance,
        description: "Goodwill",
        created: created + n,
      }),
    );
  }
}

/** A payment without an invoice; some fail. */
function seedLoosePayment(book: Book, payer: StripeObject, created: number, random: Random): void {
  const amount = random.int(5, 400) * 100;
  const currency = (payer.currency as string | null) ?? "usd";
  const failed = random.chance(0.3);
  const intent = paymentIntent(book, {
    amount,
    currency,
    customer: payer.id,
    status: failed ? "requires_payment_method" : "succeeded",
    description: "Workshop",
    created,
  });
  const tried = charge(book, {
    amount,
    currency,
    customer: payer.id,
    payer,
    payment_intent: intent.id,
    status: failed ? "failed" : "succeeded",
    created,
  });
  intent.latest_charge = tried.id;
  if (failed) {
    intent.last_payment_error = {
      charge: tried.id,
      code: "card_declined",
      decline_code: "generic_decline",
      doc_url: "https://stripe.com/docs/error-codes/card-declined",
      message: "Your card was declined.",
      type: "card_error",
    };
  } else intent.payment_method = tried.payment_method;
  book.tables.payment_intent.insert(intent);
  book.tables.charge.insert(tried);
}

/** One cardholder has taken a payment back. */
function seedDispute(book: Book): void {
  const taken = book.tables.charge.rows.find(
    (row) => row.status === "succeeded" && row.amount_refunded === 0,
  );
  if (!taken) return;
  taken.disputed = true;
  book.tables.dispute.insert(dispute(book, taken, { created: taken.created + 20 * DAY }));
}
