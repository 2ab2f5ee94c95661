import { mixSeed, type Random, seededRandom } from "../../random.ts";
import { link } from "../links.ts";
import type { Portal } from "../portal.ts";
import { createIdentities } from "./identity.ts";
import type { PlantedFact } from "./planted.ts";
import { seedEngagements, seedSubmissions } from "./seed-engagements.ts";
import { addRecord, DAY, interleave, iso, KIND, type Seeding, times } from "./seeding.ts";
import { PIPELINES, seedForms, seedOwners } from "./settings.ts";

/** How many live records of each kind. */
export interface PortalSize {
  readonly companies: number;
  readonly contacts: number;
  readonly deals: number;
  /** Emails, notes, calls, meetings and form submissions together. */
  readonly engagements: number;
  /** Contacts changed in one and the same millisecond, as an import leaves them. */
  readonly sameMillisecond?: number;
}

/** How engagements divide into the five kinds. */
const SHARES = { emails: 0.55, notes: 0.15, calls: 0.12, meetings: 0.13 } as const;

export function engagementCounts(engagements: number) {
  const emails = Math.round(engagements * SHARES.emails);
  const notes = Math.round(engagements * SHARES.notes);
  const calls = Math.round(engagements * SHARES.calls);
  const meetings = Math.round(engagements * SHARES.meetings);
  return { emails, notes, calls, meetings, submissions: engagements - emails - notes - calls - meetings };
}

/** Fills an empty portal. The same seed, size and `until` give the same portal to the byte. */
export function seedPortal(portal: Portal, seed: number, size: PortalSize, until: number): PlantedFact[] {
  const identities = createIdentities(seed, size);
  const seeding: Seeding = {
    portal,
    seed,
    until,
    identities,
    live: { companies: [], contacts: [], deals: [] },
    planted: [],
  };
  portal.owners.push(...seedOwners(seed, portal.domain, until - 900 * DAY));
  portal.pipelines.push(...PIPELINES);
  portal.forms.push(...seedForms(seed, until - 800 * DAY));
  seedCompanies(seeding, size.companies);
  seedContacts(seeding, size);
  seedDeals(seeding, size.deals);
  const counts = engagementCounts(size.engagements);
  seedEngagements(seeding, "emails", counts.emails);
  seedEngagements(seeding, "notes", counts.notes);
  seedEngagements(seeding, "calls", counts.calls);
  seedEngagements(seeding, "meetings", counts.meetings);
  seedEngagements(seeding, "tasks", Math.ceil(size.engagements / 100));
  seedSubmissions(seeding, counts.submissions);
  return seeding.planted;
}

const ownerOf = (portal: Portal, random: Random): string =>
  random.chance(0.85) ? (random.pick(portal.owners)?.id ?? "") : "";

function seedCompanies(seeding: Seeding, count: number): void {
  const { portal, seed, until, identities, live } = seeding;
  interleave(count, (ordinal, archived) => {
    const random = seededRandom(mixSeed(seed, KIND.companies, ordinal));
    const { name, domain = "", industry, city, country } = identities.organisation(ordinal);
    const record = addRecord(
      seeding,
      "companies",
      random,
      times(random, until, 1_000),
      {
        name,
        domain,
        website: domain && `https://${domain.replace(/^https?:\/\/|\/$/g, "")}`,
        industry,
        city,
        country,
        phone: `+1 (555) ${random.int(100, 999)}-${random.int(1000, 9999)}`,
        numberofemployees: String(random.int(3, 9_000)),
        annualrevenue: String(random.int(10, 90_000) * 1_000),
        lifecyclestage: random.pick(["lead", "opportunity", "customer"]),
        hubspot_owner_id: ownerOf(portal, random),
      },
      archived,
    );
    if (!archived) live.companies.push(record);
  });
}

function seedContacts(seeding: Seeding, size: PortalSize): void {
  const { portal, seed, until, identities, live } = seeding;
  const imported = size.sameMillisecond ?? Math.min(300, Math.floor(size.contacts / 10));
  const firstImported = Math.min(Math.floor(size.contacts / 10), size.contacts - imported);
  const importedAt = until - 45 * DAY - 1_234;
  let extras = 0;
  interleave(size.contacts, (ordinal, extra) => {
    const random = seededRandom(mixSeed(seed, KIND.contacts, ordinal));
    const person = identities.person(ordinal);
    const inImport = ordinal >= firstImported && ordinal < firstImported + imported;
    const company = person.company === undefined || extra ? undefined : live.companies[person.company];
    const target = extra && extras++ % 2 === 0 ? live.contacts.at(-1) : undefined;
    const record = addRecord(
      seeding,
      "contacts",
      random,
      inImport ? { createdAt: importedAt, updatedAt: importedAt } : times(random, until),
      {
        firstname: person.first,
        lastname: person.last,
        email: person.email ?? "",
        phone: person.phone,
        jobtitle: person.title,
        company: company?.fields.name ?? "",
        city: company?.fields.city ?? "",
        country: company?.fields.country ?? "",
        lifecyclestage: random.pick([
          "subscriber",
          "lead",
          "marketingqualifiedlead",
          "opportunity",
          "customer",
        ]),
        hs_lead_status: random.chance(0.5) ? random.pick(["NEW", "OPEN", "CONNECTED"]) : "",
        hubspot_owner_id: ownerOf(portal, random),
        hs_additional_emails: ordinal % 15 === 6 ? `${person.last.length}.private${ordinal}@gmail.com` : "",
        associatedcompanyid: company?.id ?? "",
      },
      extra && !target,
    );
    if (company) link(record, company, [279, 1]);
    if (target) {
      record.mergedInto = target.id;
      const others = [target.fields.hs_additional_emails, person.email].filter(Boolean).join(";");
      target.fields = { ...target.fields, hs_merged_object_ids: record.id, hs_additional_emails: others };
    } else if (!extra) live.contacts.push(record);
  });
}

function seedDeals(seeding: Seeding, count: number): void {
  const { portal, seed, until, live } = seeding;
  interleave(count, (ordinal, archived) => {
    const random = seededRandom(mixSeed(seed, KIND.deals, ordinal));
    const pipeline = random.chance(0.75) ? PIPELINES[0] : PIPELINES[1];
    const stage = pipeline && random.pick(pipeline.stages);
    const contact = archived || live.contacts.length === 0 ? undefined : random.pick(live.contacts);
    const companyId = contact?.links.find((l) => l.type === "companies")?.id;
    const company = companyId === undefined ? undefined : portal.objects.companies.get(companyId);
    const time = times(random, until);
    const record = addRecord(
      seeding,
      "deals",
      random,
      time,
      {
        dealname: `${company?.fields.name ?? contact?.fields.lastname ?? "Walk-in"} – ${random.pick(["new licences", "renewal", "expansion", "pilot", "hardware"])} ${ordinal}`,
        amount: random.chance(0.9) ? String(random.int(5, 2_000) * 100) : "",
        pipeline: pipeline?.id ?? "default",
        dealstage: stage?.id ?? "",
        closedate: iso(time.createdAt + random.int(10, 200) * DAY),
        dealtype: random.pick(["newbusiness", "existingbusiness"]),
        deal_currency_code: random.pick(["USD", "EUR", "GBP"]),
        hs_is_closed: String(stage?.isClosed ?? false),
        hs_is_closed_won: String(stage?.probability === "1.0"),
        hubspot_owner_id: ownerOf(portal, random),
      },
      archived,
    );
    if (contact) link(record, contact, [3]);
    if (company) link(record, company, [341, 5]);
    if (contact && ordinal % 9 === 2) {
      const second = random.pick(live.contacts);
      if (second !== contact) link(record, second, [3]);
    }
  });
}
