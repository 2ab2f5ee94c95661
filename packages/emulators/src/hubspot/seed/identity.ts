import { hashSeed, mixSeed, seededRandom } from "../../random.ts";
import {
  AWKWARD_COMPANIES,
  AWKWARD_NAMES,
  CITIES,
  COMPANY_HEADS,
  COMPANY_TAILS,
  FIRST_NAMES,
  FREE_MAIL,
  INDUSTRIES,
  JOB_TITLES,
  LAST_NAMES,
} from "./names.ts";

/** Who a seeded contact was at the start; later edits do not change what was written about them. */
export interface Person {
  readonly first: string;
  readonly last: string;
  /** Undefined for contacts without an address. */
  readonly email: string | undefined;
  readonly title: string;
  readonly phone: string;
  /** Index of the company, undefined for those without one. */
  readonly company: number | undefined;
}

export interface Organisation {
  readonly name: string;
  /** As stored, awkward spellings included; undefined for companies without one. */
  readonly domain: string | undefined;
  /** The plain registrable domain that its people write from. */
  readonly mailDomain: string;
  readonly industry: string;
  readonly city: string;
  readonly country: string;
}

/** Makes the i-th person and organisation of a seed, always the same, without keeping any. */
export interface Identities {
  person(index: number): Person;
  organisation(index: number): Organisation;
}

const slug = (text: string) =>
  text
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "")
    .slice(0, 24);

export function createIdentities(
  seed: string | number,
  size: { companies: number; contacts: number },
): Identities {
  const base = hashSeed(seed);

  const organisation = (index: number): Organisation => {
    const random = seededRandom(mixSeed(base, 1, index));
    const head = random.pick(COMPANY_HEADS);
    const tail = random.pick(COMPANY_TAILS);
    const [city, country] = random.pick(CITIES);
    const mailDomain = `${slug(head)}${slug(tail)}${index}.example.com`.replace(
      ".example.com",
      random.pick([".com", ".io", ".co.uk", ".de", ".com", ".net"]),
    );
    const awkward =
      index % 37 === 5 ? AWKWARD_COMPANIES[Math.floor(index / 37) % AWKWARD_COMPANIES.length] : undefined;
    return {
      name: awkward ?? `${head} ${tail}`,
      domain: spelled(mailDomain, index, random.pick(FREE_MAIL)),
      mailDomain,
      industry: random.pick(INDUSTRIES),
      city,
      country,
    };
  };

  const person = (index: number): Person => {
    const random = seededRandom(mixSeed(base, 2, index));
    const awkward =
      index % 53 === 7 ? AWKWARD_NAMES[Math.floor(index / 53) % AWKWARD_NAMES.length] : undefined;
    const [first, last] = awkward ?? [random.pick(FIRST_NAMES), random.pick(LAST_NAMES)];
    const employed = size.companies > 0 && random.chance(0.9);
    const company = employed ? random.int(0, size.companies - 1) : undefined;
    const host =
      company === undefined || random.chance(0.05)
        ? random.pick(FREE_MAIL)
        : organisation(company).mailDomain;
    const address = `${slug(first) || "contact"}.${slug(last) || "person"}${index}@${host}`;
    return {
      first,
      last,
      email: index % 29 === 11 ? undefined : index % 31 === 3 ? address.toUpperCase() : address,
      title: random.pick(JOB_TITLES),
      phone: `+1 (555) ${random.int(100, 999)}-${random.int(1000, 9999)}`,
      company,
    };
  };

  return { person, organisation };
}

/** A domain as admins really type it. */
function spelled(domain: string, index: number, freeMail: string): string | undefined {
  if (index % 23 === 9) return undefined;
  if (index % 41 === 13) return freeMail;
  if (index % 17 === 4) return `www.${domain}`;
  if (index % 19 === 6) return `https://${domain}/`;
  if (index % 43 === 8) return domain.toUpperCase();
  return domain;
}
