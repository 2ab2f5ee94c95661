import type { Clock } from "../clock.ts";
import { type CrmSize, customersOf, hubspotPeople } from "../meetings/people.ts";
import { hashSeed, mixSeed } from "../random.ts";
import { API_VERSION } from "./api/versions.ts";
import { type AccountFacts, type Book, createBook, letters } from "./book/book.ts";
import { SMALL_ACCOUNT, type StripeAccountOptions } from "./options.ts";
import type { Person } from "./seed/people.ts";
import { seedBook } from "./seed/seed-book.ts";

/** An account and what it holds in its two modes. */
export interface StripeAccount {
  readonly facts: AccountFacts;
  readonly live: Book;
  readonly test: Book;
  /** Modes in which our app is installed, or which are connected to our platform. */
  readonly installed: Set<"live" | "test">;
}

const DAY_MS = 86_400_000;
const NAMES = ["Acme Software", "Borealis Labs", "Cirrus Studio", "Dune Analytics"];

export function createAccount(
  options: StripeAccountOptions,
  { clock, number }: { readonly clock: Clock; readonly number: number },
): StripeAccount {
  const seed = hashSeed(options.seed ?? 1);
  // Periods and trials are to lie around the present: the seeded time ends with the clock's last midnight.
  const untilMs = options.seededUntil ?? Math.floor(clock.now() / DAY_MS) * DAY_MS;
  const until = Math.floor(untilMs / 1_000);
  const facts = accountFacts(seed, number, until, options);
  const mode = options.mode ?? "test";
  const size = { ...SMALL_ACCOUNT, ...options.size };
  const people =
    options.people ?? (options.crm && crmPeople(options.crm.seed ?? options.seed ?? 1, options.crm));
  const bookOf = (livemode: boolean): Book => {
    const book = createBook({ account: facts, livemode, clock, seed });
    const meant = livemode === (mode === "live");
    seedBook(book, {
      seed,
      until,
      size: meant ? size : { customers: Math.min(5, size.customers) },
      ...(meant && people && { people: people.slice(0, size.customers) }),
    });
    return book;
  };
  return { facts, live: bookOf(true), test: bookOf(false), installed: new Set() };
}

/** One customer for each company, at the address of the first of its people that has one. */
function crmPeople(seed: number | string, size: CrmSize): readonly Person[] {
  return customersOf(hubspotPeople(seed, size)).map(({ name, people }, at) => ({
    name,
    email: people.find(({ email }) => email !== undefined)?.email ?? null,
    metadata: { user_id: `user_${1_000 + at}` },
  }));
}

/** The account of the app's developer: it has keys and endpoints, and nothing else. */
export function createPlatform(seed: number, clock: Clock): StripeAccount {
  const facts = accountFacts(mixSeed(seed, 99), 0, Math.floor(clock.now() / 1_000), {
    name: "The app's developer",
  });
  const bookOf = (livemode: boolean) =>
    createBook({ account: facts, livemode, clock, seed: mixSeed(seed, 98) });
  return { facts, live: bookOf(true), test: bookOf(false), installed: new Set() };
}

function accountFacts(
  seed: number,
  number: number,
  until: number,
  options: StripeAccountOptions,
): AccountFacts {
  const name = options.name ?? NAMES[(number - 1) % NAMES.length] ?? "Acme Software";
  return {
    id: `acct_1${letters(mixSeed(seed, 41), 15)}`,
    number,
    name,
    email: `billing@${name.toLowerCase().replace(/[^a-z]+/g, "-")}.example.com`,
    country: "US",
    currency: "usd",
    created: until - 700 * 86_400,
    apiVersion: options.apiVersion ?? API_VERSION,
  };
}
