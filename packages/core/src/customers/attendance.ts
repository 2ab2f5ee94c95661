import type { CustomerLink } from "../define/customer.ts";
import type { Json } from "../define/json.ts";
import type { Attendance, MeetingPerson } from "../define/meeting.ts";
import type { Domains } from "./domain.ts";
import { normaliseEmail } from "./email.ts";

/** A connection's setting: the org's own domains, beside the host's. */
export const OWN_DOMAINS_SETTING = "own_domains";

export interface MeetingPeople {
  readonly host: MeetingPerson | undefined;
  /** Each person once: by their address, or by their name where they have none. */
  readonly participants: readonly MeetingPerson[];
  /** Whom the meeting is about: those from outside. Empty: nobody outside is known to have been there. */
  readonly links: readonly CustomerLink[];
}

/**
 * Who of a meeting is the org's own, and who is a customer, perhaps one that is not known yet. Own are the host, whoever
 * has an address of the host's domain or of the setting's, and whom the vendor calls internal. A free-mail domain is
 * nobody's own: there only the very address of the host is.
 */
export function meetingPeople(
  { host, participants }: Attendance,
  settings: { readonly [name: string]: Json | undefined },
  domains: Domains,
): MeetingPeople {
  const own = ownDomains(host, settings, domains);
  const hostEmail = normaliseEmail(host?.email);
  const people = eachOnce(participants);
  const links: CustomerLink[] = [];
  const companies = new Set<string>();
  const told: MeetingPerson[] = [];
  for (const person of people) {
    const email = normaliseEmail(person.email);
    const domain = domains.company(email);
    const inside =
      person.internal === true || (email !== undefined && (email === hostEmail || isOwn(email, domain, own)));
    told.push({ ...named(person), ...(email !== undefined && { email }), internal: inside });
    if (inside || email === undefined) continue;
    links.push({ kind: "end_user", email, reason: "participant" });
    if (domain !== undefined && !companies.has(domain)) {
      companies.add(domain);
      links.push({ kind: "company", domain, reason: "participant_domain" });
    }
  }
  return {
    host: host && { ...named(host), ...(hostEmail !== undefined && { email: hostEmail }), internal: true },
    participants: told,
    links,
  };
}

const named = ({ name }: MeetingPerson) => (name?.trim() ? { name: name.trim().slice(0, 200) } : {});

function ownDomains(
  host: MeetingPerson | undefined,
  settings: { readonly [name: string]: Json | undefined },
  domains: Domains,
): ReadonlySet<string> {
  const setting = settings[OWN_DOMAINS_SETTING];
  const listed = Array.isArray(setting) ? setting.filter((one) => typeof one === "string") : [];
  const own = new Set(listed.map((one) => one.trim().toLowerCase().replace(/^@/, "")));
  for (const domain of domains.companies([...listed, host?.email])) own.add(domain);
  return own;
}

/** By the registrable domain, or by the very domain that the setting names (a free-mail one, even). */
function isOwn(email: string, domain: string | undefined, own: ReadonlySet<string>): boolean {
  return (domain !== undefined && own.has(domain)) || own.has(email.slice(email.indexOf("@") + 1));
}

/** People join several times, and a calendar names them besides. */
function eachOnce(people: readonly MeetingPerson[]): readonly MeetingPerson[] {
  const known = new Map<string, MeetingPerson>();
  for (const person of people) {
    const email = normaliseEmail(person.email);
    const name = person.name?.trim().toLowerCase() ?? "";
    if (email === undefined && name === "") continue;
    const id = email ?? `name ${name}`;
    const before = known.get(id);
    known.set(id, {
      name: before?.name ?? person.name,
      email: person.email,
      internal:
        before?.internal === true || person.internal === true ? true : (before?.internal ?? person.internal),
    });
  }
  return [...known.values()];
}
