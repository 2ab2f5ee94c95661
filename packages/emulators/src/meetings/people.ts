import { SMALL_PORTAL } from "../hubspot/options.ts";
import { createIdentities } from "../hubspot/seed/identity.ts";
import { FIRST_NAMES, LAST_NAMES } from "../hubspot/seed/names.ts";
import { hashSeed, type Random } from "../random.ts";

/** Somebody who takes part in meetings. */
export interface MeetingPerson {
  readonly name: string;
  /** Undefined for people whose address the vendor never learns. */
  readonly email: string | undefined;
  /** Undefined for people of whom no company is known. */
  readonly company?: string | undefined;
}

/** People who come to meetings together. */
export interface Customer {
  readonly name: string;
  readonly people: readonly MeetingPerson[];
}

/** The size of a HubSpot account with whose contacts the meetings were held. */
export interface CrmSize {
  readonly companies: number;
  readonly contacts: number;
}

const MAX_PEOPLE = 400;

/** Contacts of the HubSpot emulator of this seed and size: the same names and addresses, awkward ones included. */
export function hubspotPeople(seed: string | number, size: CrmSize = SMALL_PORTAL): readonly MeetingPerson[] {
  const identities = createIdentities(hashSeed(seed), size);
  // Those of the first companies only: a few customers with several people each talk more like real ones.
  const companies = Math.max(
    1,
    Math.ceil((size.companies * MAX_PEOPLE) / Math.max(MAX_PEOPLE, size.contacts)),
  );
  const people: MeetingPerson[] = [];
  for (let i = 0; i < size.contacts && people.length < MAX_PEOPLE; i++) {
    const { company, email, first, last } = identities.person(i);
    if (company === undefined || company >= companies) continue;
    people.push({ name: `${first} ${last}`, email, company: identities.organisation(company).name });
  }
  return people;
}

/** Grouped by company, or by the domain of the address where no company is given. */
export function customersOf(people: readonly MeetingPerson[]): readonly Customer[] {
  const groups = new Map<string, MeetingPerson[]>();
  for (const person of people) {
    const name = person.company ?? person.email?.split("@")[1]?.toLowerCase() ?? person.name;
    const group = groups.get(name) ?? [];
    group.push(person);
    groups.set(name, group);
  }
  return [...groups].map(([name, group]) => ({ name, people: group }));
}

const plain = (text: string) =>
  text
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z]+/g, "");

/** The vendor's customer's own staff: hosts of the meetings. */
export function staffOf(random: Random, count: number, domain: string): readonly MeetingPerson[] {
  const taken = new Set<string>();
  const staff: MeetingPerson[] = [];
  while (staff.length < count) {
    const [first, last] = [random.pick(FIRST_NAMES), random.pick(LAST_NAMES)];
    const email = `${plain(first)}.${plain(last)}@${domain}`;
    if (taken.has(email)) continue;
    taken.add(email);
    staff.push({ name: `${first} ${last}`, email });
  }
  return staff;
}
