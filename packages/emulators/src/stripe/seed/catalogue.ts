import type { Book } from "../book/book.ts";
import type { StripeObject } from "../book/table.ts";
import { type NewPrice, price, product } from "../objects/catalogue.ts";

export interface Catalogue {
  /** Recurring prices, by currency: what a subscription may consist of. */
  readonly byCurrency: ReadonlyMap<string, readonly StripeObject[]>;
  /** Small recurring prices of one currency, for a subscription of many items. */
  readonly addOns: readonly StripeObject[];
  /** Metered, in tiers, without an amount of its own. */
  readonly metered: StripeObject;
}

const PLANS = [
  { name: "Starter", amounts: { usd: 1_900, eur: 1_700, gbp: 1_500, jpy: 2_800 } },
  { name: "Team", amounts: { usd: 9_900, eur: 8_900, gbp: 7_900, jpy: 14_000 } },
  { name: "Enterprise", amounts: { usd: 99_000, eur: 92_000, gbp: 79_000, jpy: 145_000 } },
] as const;

const RHYTHMS: readonly Pick<NewPrice, "interval" | "interval_count">[] = [
  { interval: "month" },
  { interval: "year" },
  { interval: "month", interval_count: 3 },
  { interval: "week" },
];

/** How many months' worth a period costs, with a year at ten months. */
const FACTOR = [1, 10, 3, 0.25];

export function seedCatalogue(book: Book, created: number): Catalogue {
  const byCurrency = new Map<string, StripeObject[]>();
  const add = (made: StripeObject) => {
    book.tables.price.insert(made);
    return made;
  };
  PLANS.forEach(({ amounts, name }, n) => {
    const sold = product(book, { name, description: `The ${name} plan`, created: created + n });
    book.tables.product.insert(sold);
    for (const [currency, amount] of Object.entries(amounts)) {
      RHYTHMS.forEach((rhythm, at) => {
        const unit_amount = Math.round(amount * (FACTOR[at] ?? 1));
        const nickname = `${name} ${rhythm.interval}`;
        const made = add(
          price(book, { ...rhythm, product: sold.id, currency, unit_amount, nickname, created: created + n }),
        );
        byCurrency.set(currency, [...(byCurrency.get(currency) ?? []), made]);
        if (currency === "usd" && at === 0) sold.default_price = made.id;
      });
    }
  });
  const extras = product(book, { name: "Add-ons", created: created + 10 });
  book.tables.product.insert(extras);
  const addOns = Array.from({ length: 14 }, (_, n) =>
    add(
      price(book, {
        product: extras.id,
        currency: "usd",
        unit_amount: 100 * (n + 1),
        interval: "month",
        nickname: `Add-on ${n + 1}`,
        created: created + 10,
      }),
    ),
  );
  const metered = add(
    price(book, {
      product: extras.id,
      currency: "usd",
      unit_amount: null,
      interval: "month",
      usage_type: "metered",
      nickname: "Calls",
      created: created + 11,
    }),
  );
  // Sold no more, and never sold by itself: both stand in lists.
  const retired = product(book, { name: "Legacy", active: false, created: created + 12 });
  book.tables.product.insert(retired);
  add(
    price(book, {
      product: retired.id,
      currency: "usd",
      unit_amount: 900,
      interval: "month",
      active: false,
      created: created + 12,
    }),
  );
  add(price(book, { product: extras.id, currency: "usd", unit_amount: 25_000, created: created + 13 }));
  return { byCurrency, addOns, metered };
}
