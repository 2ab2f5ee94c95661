import { mixSeed, type Random, seededRandom } from "../../random.ts";
import { link } from "../links.ts";
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
import { FACT_SKETCHES, type PlantedFact } from "./planted.ts";
import { addRecord, DAY, interleave, iso, KIND, type Seeding, times } from "./seeding.ts";

type EngagementType = "emails" | "notes" | "calls" | "meetings" | "tasks";

export function seedEngagements(seeding: Seeding, type: EngagementType, count: number): void {
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

export function seedSubmissions(seeding: Seeding, count: number): void {
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
