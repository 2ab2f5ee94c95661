import { mixSeed, type Random, seededRandom } from "../../random.ts";
import { link } from "../links.ts";
import type { ObjectType } from "../object-types.ts";
import type { Portal, Submission } from "../portal.ts";
import type { Fields, StoredRecord } from "../record.ts";
import {
  type BodySource,
  callText,
  emailText,
  meetingText,
  noteText,
  submissionMessage,
  taskText,
} from "./bodies.ts";
import { createIdentities, type Identities } from "./identity.ts";
import { FACT_SKETCHES, type PlantedFact } from "./planted.ts";
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

const DAY = 86_400_000;

/** How engagements divide into the five kinds. */
const SHARES = { emails: 0.55, notes: 0.15, calls: 0.12, meetings: 0.13 } as const;

export function engagementCounts(engagements: number) {
  const emails = Math.round(engagements * SHARES.emails);
  const notes = Math.round(engagements * SHARES.notes);
  const calls = Math.round(engagements * SHARES.calls);
  const meetings = Math.round(engagements * SHARES.meetings);
  return { emails, notes, calls, meetings, submissions: engagements - emails - notes - calls - meetings };
}

interface Seeding {
  readonly portal: Portal;
  readonly seed: number;
  readonly until: number;
  readonly identities: Identities;
  readonly live: Record<"companies" | "contacts" | "deals", StoredRecord[]>;
  readonly planted: PlantedFact[];
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

const KIND: Readonly<Record<ObjectType | "submissions", number>> = {
  companies: 11,
  contacts: 12,
  deals: 13,
  emails: 14,
  notes: 15,
  calls: 16,
  meetings: 17,
  tasks: 18,
  submissions: 19,
};

/**
 * Calls `make` for `count` live records and about one archived record in a hundred between them. The ordinal of an
 * archived one continues after the live ones.
 */
function interleave(count: number, make: (ordinal: number, archived: boolean) => void): void {
  const extras = count === 0 ? 0 : Math.max(2, Math.round(count / 100));
  const step = Math.max(1, Math.floor(count / extras));
  let extra = 0;
  for (let i = 0; i < count; i++) {
    make(i, false);
    if (i % step === step - 1 && extra < extras) make(count + extra++, true);
  }
}

function addRecord(
  { portal, until }: Seeding,
  type: ObjectType,
  random: Random,
  times: { createdAt: number; updatedAt: number },
  fields: Fields,
  archived: boolean,
  text?: () => Fields,
): StoredRecord {
  const collection = portal.objects[type];
  const key = collection.nextKey() + random.int(0, 6);
  const record: StoredRecord = {
    type,
    id: String(key),
    key,
    createdAt: times.createdAt,
    updatedAt: times.updatedAt,
    archivedAt: archived ? until - random.int(1, 60) * DAY : undefined,
    forgotten: false,
    mergedInto: undefined,
    fields,
    text,
    links: [],
    versions: undefined,
  };
  collection.add(record);
  return record;
}

function times(random: Random, until: number, days = 730): { createdAt: number; updatedAt: number } {
  const createdAt = until - random.int(3_600_000, days * DAY);
  return { createdAt, updatedAt: createdAt + Math.floor(random.next() ** 3 * (until - createdAt)) };
}

const ownerOf = (portal: Portal, random: Random): string =>
  random.chance(0.85) ? (random.pick(portal.owners)?.id ?? "") : "";

const iso = (epochMs: number) => new Date(epochMs).toISOString();

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

type EngagementType = "emails" | "notes" | "calls" | "meetings" | "tasks";

function seedEngagements(seeding: Seeding, type: EngagementType, count: number): void {
  const { portal, seed, until, identities, live, planted } = seeding;
  interleave(count, (ordinal, archived) => {
    const ownSeed = mixSeed(seed, KIND[type], ordinal);
    const random = seededRandom(ownSeed);
    const time = times(random, until);
    const fact = archived ? undefined : FACT_SKETCHES.find((f) => f.kind === type && f.index === ordinal);
    const contact = chooseContact(seeding, random, ordinal, archived, fact !== undefined);
    const staff = random.pick(portal.owners);
    const source: BodySource = {
      seed: ownSeed,
      index: ordinal,
      at: time.createdAt,
      identities,
      contact,
      staff: { name: `${staff.firstName} ${staff.lastName}`, email: staff.email },
      fact,
    };
    const incoming = fact !== undefined || random.chance(0.55);
    const record = addRecord(
      seeding,
      type,
      random,
      time,
      {
        hs_timestamp: iso(time.createdAt),
        hubspot_owner_id: staff.id,
        ...smallFields(type, source, incoming, random),
      },
      archived,
      () => texts(type, source, incoming),
    );
    if (contact === undefined) return;
    const first = live.contacts[contact];
    if (!first) return;
    link(record, first);
    const company = companyOf(portal, first);
    if (company) link(record, company);
    if (ordinal % 19 === 3 && !fact) {
      for (let i = 0; i < 2; i++) {
        const other = random.pick(live.contacts);
        if (other !== first) link(record, other);
      }
    }
    const deal = first.links.find((l) => l.type === "deals");
    const dealRecord = deal && portal.objects.deals.get(deal.id);
    if (dealRecord && random.chance(0.4)) link(record, dealRecord);
    if (fact) planted.push(plantedFact(fact, record.id, first));
  });
}

function companyOf(portal: Portal, contact: StoredRecord): StoredRecord | undefined {
  const id = contact.links.find((l) => l.type === "companies")?.id;
  return id === undefined ? undefined : portal.objects.companies.get(id);
}

/** Index of a live contact; undefined for an engagement that belongs to nobody. */
function chooseContact(
  { live }: Seeding,
  random: Random,
  ordinal: number,
  archived: boolean,
  planted: boolean,
): number | undefined {
  if (archived || live.contacts.length === 0) return undefined;
  if (!planted && ordinal % 61 === 9) return undefined;
  let index = 0;
  // A fact's customer should be easy to name; an account without companies has nobody like that.
  for (let tries = 0; tries < (planted ? 200 : 1); tries++) {
    // Squared, so that few contacts have much history and many have little.
    index = Math.floor(random.next() ** 2 * live.contacts.length);
    const { email = "", associatedcompanyid } = live.contacts[index]?.fields ?? {};
    const plainName = index % 53 !== 7;
    if (plainName && email.includes("@") && email === email.toLowerCase() && associatedcompanyid) break;
  }
  return index;
}

function plantedFact(
  { kind, question, phrase }: (typeof FACT_SKETCHES)[number],
  engagementId: string,
  contact: StoredRecord,
): PlantedFact {
  const { email = "", firstname = "", lastname = "", company } = contact.fields;
  return {
    kind,
    question,
    phrase,
    engagementId,
    customer: { email, name: `${firstname} ${lastname}`, company },
  };
}

function texts(type: EngagementType, source: BodySource, incoming: boolean): Fields {
  if (type === "emails") return emailText(source, incoming);
  if (type === "notes") return noteText(source);
  if (type === "calls") return callText(source);
  return type === "meetings" ? meetingText(source) : taskText(source);
}

const DISPOSITIONS = [
  "f240bbac-87c9-4f6e-bf70-924b57d47db7",
  "b2cf5968-551e-4856-9783-52b3da59a7d0",
  "73a0d17f-1163-4015-bdd5-ec830791da20",
];

function smallFields(type: EngagementType, source: BodySource, incoming: boolean, random: Random): Fields {
  const person = source.contact === undefined ? undefined : source.identities.person(source.contact);
  const customer = person?.email ?? "";
  switch (type) {
    case "emails":
      return {
        hs_email_direction: incoming ? "INCOMING_EMAIL" : "EMAIL",
        hs_email_status: "SENT",
        hs_email_from_email: incoming ? customer : source.staff.email,
        hs_email_from_firstname: (incoming ? person?.first : source.staff.name.split(" ")[0]) ?? "",
        hs_email_from_lastname: (incoming ? person?.last : source.staff.name.split(" ")[1]) ?? "",
        hs_email_to_email: incoming ? source.staff.email : customer,
      };
    case "calls":
      return {
        hs_call_direction: incoming ? "INBOUND" : "OUTBOUND",
        hs_call_duration: String(random.int(20, 2_400) * 1_000),
        hs_call_status: random.chance(0.9) ? "COMPLETED" : "NO_ANSWER",
        hs_call_disposition: random.pick(DISPOSITIONS),
        hs_call_from_number: person?.phone ?? "",
        hs_call_to_number: "+1 (555) 010-0000",
      };
    case "meetings": {
      const start = source.at + random.int(1, 14) * DAY;
      return {
        hs_meeting_start_time: iso(start),
        hs_meeting_end_time: iso(start + random.pick([30, 45, 60]) * 60_000),
        hs_meeting_location: random.pick(["Video call", "Our office", "Customer site", ""]),
        hs_meeting_external_url: `https://meet.example.com/${source.index}`,
        hs_meeting_outcome: random.pick(["SCHEDULED", "COMPLETED", "COMPLETED", "NO_SHOW", "CANCELED"]),
      };
    }
    case "tasks":
      return {
        hs_task_status: random.pick(["NOT_STARTED", "COMPLETED"]),
        hs_task_priority: random.pick(["LOW", "MEDIUM", "HIGH"]),
        hs_task_type: random.pick(["EMAIL", "CALL", "TODO"]),
      };
    default:
      return {};
  }
}

function seedSubmissions(seeding: Seeding, count: number): void {
  const { portal, seed, until, identities, live, planted } = seeding;
  const newest: { form: number; submission: Submission }[] = [];
  for (let ordinal = 0; ordinal < count; ordinal++) {
    const ownSeed = mixSeed(seed, KIND.submissions, ordinal);
    const random = seededRandom(ownSeed);
    const fact = FACT_SKETCHES.find((f) => f.kind === "submissions" && f.index === ordinal);
    const contact = chooseContact(seeding, random, ordinal, false, fact !== undefined);
    const person = contact === undefined ? undefined : identities.person(contact);
    const source: BodySource = {
      seed: ownSeed,
      index: ordinal,
      at: until,
      identities,
      contact,
      staff: { name: "", email: "" },
      fact,
    };
    const value = (name: string, text: string) => ({ name, value: text, objectTypeId: "0-1" });
    const conversionId = `${ownSeed.toString(16).padStart(8, "0")}-0000-4000-8000-${ordinal.toString(16).padStart(12, "0")}`;
    newest.push({
      form: random.int(0, portal.forms.length - 1),
      submission: {
        conversionId,
        submittedAt: until - random.int(3_600_000, 700 * DAY),
        values: [
          value("email", person?.email ?? `visitor${ordinal}@example.org`),
          value("firstname", person?.first ?? "Visitor"),
          value("lastname", person?.last ?? ""),
          value("message", submissionMessage(source)),
        ],
        pageUrl: `https://www.${portal.domain}/contact?utm_source=${random.pick(["search", "mail", "ads"])}`,
      },
    });
    const record = contact === undefined ? undefined : live.contacts[contact];
    if (fact && record) planted.push(plantedFact(fact, conversionId, record));
  }
  newest.sort((a, b) => b.submission.submittedAt - a.submission.submittedAt);
  for (const { form, submission } of newest) portal.forms[form]?.submissions.push(submission);
}
