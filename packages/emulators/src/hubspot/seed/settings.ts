import { mixSeed, seededRandom } from "../../random.ts";
import type { Form, Owner, Pipeline } from "../portal.ts";
import { FIRST_NAMES, LAST_NAMES } from "./names.ts";

/** The customer's own people; the last one has left. */
export function seedOwners(seed: number, domain: string, at: number): Owner[] {
  const random = seededRandom(mixSeed(seed, 31));
  return Array.from({ length: 8 }, (_, i) => {
    const firstName = random.pick(FIRST_NAMES);
    const lastName = random.pick(LAST_NAMES);
    return {
      id: String(70_100_000 + i * 37),
      // Never the id: records hold the owner's id, and mixing the two up must show.
      userId: 4_200_000 + i,
      email: `owner${i}@${domain}`,
      firstName,
      lastName,
      archived: i === 7,
      teams: i % 2 === 0 ? [{ id: "101", name: "Customer Success", primary: true }] : [],
      createdAt: at,
      updatedAt: at,
    };
  });
}

const stage = (id: string, label: string, displayOrder: number, probability: string) => ({
  id,
  label,
  displayOrder,
  probability,
  isClosed: probability === "1.0" || probability === "0.0",
});

export const PIPELINES: readonly Pipeline[] = [
  {
    id: "default",
    label: "Sales Pipeline",
    displayOrder: 0,
    stages: [
      stage("appointmentscheduled", "Appointment Scheduled", 0, "0.2"),
      stage("qualifiedtobuy", "Qualified To Buy", 1, "0.4"),
      stage("presentationscheduled", "Presentation Scheduled", 2, "0.6"),
      stage("contractsent", "Contract Sent", 3, "0.9"),
      stage("closedwon", "Closed Won", 4, "1.0"),
      stage("closedlost", "Closed Lost", 5, "0.0"),
    ],
  },
  {
    id: "912345",
    label: "Renewals",
    displayOrder: 1,
    stages: [
      stage("1790001", "Upcoming", 0, "0.7"),
      stage("1790002", "Negotiation", 1, "0.8"),
      stage("1790003", "Renewed", 2, "1.0"),
      stage("1790004", "Churned", 3, "0.0"),
    ],
  },
];

const FORM_NAMES: readonly (readonly [name: string, type: Form["formType"]])[] = [
  ["Contact us", "hubspot"],
  ["Request a demo", "hubspot"],
  ["Support request", "hubspot"],
  ["Newsletter", "hubspot"],
  ["Partner application", "hubspot"],
  ["Pricing question", "hubspot"],
  ["External checkout form", "captured"],
  ["Pop-up: e-book", "flow"],
];

export function seedForms(seed: number, at: number): Form[] {
  const random = seededRandom(mixSeed(seed, 32));
  const hex = (digits: number) =>
    Array.from({ length: digits }, () => random.int(0, 15).toString(16)).join("");
  return FORM_NAMES.map(([name, formType]) => ({
    id: `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`,
    name,
    formType,
    archived: false,
    createdAt: at,
    updatedAt: at,
    submissions: [],
  }));
}
