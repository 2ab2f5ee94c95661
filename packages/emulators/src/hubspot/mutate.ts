import { hashSeed, mixSeed, type Random, seededRandom } from "../random.ts";
import type { ObjectType } from "./object-types.ts";
import { liveRecords, type PortalApi } from "./portal-api.ts";
import { createMatter } from "./seed/prose.ts";

/** How many changes of each sort to make. */
export interface Mutation {
  readonly seed: string | number;
  readonly edits?: number;
  readonly associationChanges?: number;
  /** Of contacts. */
  readonly merges?: number;
  readonly deletions?: number;
  readonly creations?: number;
  readonly gdprDeletions?: number;
  readonly submissions?: number;
  /** Which kinds are touched; all but tasks unless told. */
  readonly types?: readonly ObjectType[];
}

/** What was touched, by kind and id. */
export interface MutationReport {
  readonly edited: readonly Touched[];
  readonly associationsChanged: readonly { from: Touched; to: Touched; removed: boolean }[];
  readonly merged: readonly { primary: string; merged: string }[];
  readonly deleted: readonly Touched[];
  readonly created: readonly Touched[];
  readonly forgotten: readonly string[];
  readonly submitted: readonly { form: string; conversionId: string }[];
}

export interface Touched {
  readonly type: ObjectType;
  readonly id: string;
}

const TYPES: readonly ObjectType[] = [
  "contacts",
  "companies",
  "deals",
  "emails",
  "notes",
  "calls",
  "meetings",
];

const EDITED: Readonly<Record<ObjectType, string>> = {
  contacts: "jobtitle",
  companies: "city",
  deals: "description",
  emails: "hs_email_text",
  notes: "hs_note_body",
  calls: "hs_call_body",
  meetings: "hs_internal_meeting_notes",
  tasks: "hs_task_body",
};

export function mutate(api: PortalApi, mutation: Mutation): MutationReport {
  const { portal } = api;
  const random = seededRandom(mixSeed(hashSeed(mutation.seed), portal.id));
  const types = mutation.types ?? TYPES;
  const live = (type: ObjectType) => liveRecords(portal, type);
  const anyRecord = (): Touched | undefined => {
    const filled = types.filter((type) => live(type).length > 0);
    if (filled.length === 0) return undefined;
    const type = random.pick(filled);
    return { type, id: random.pick(live(type)).id };
  };
  const times = (count: number | undefined, make: () => void) => {
    for (let i = 0; i < (count ?? 0); i++) make();
  };
  const report = {
    edited: [] as Touched[],
    associationsChanged: [] as { from: Touched; to: Touched; removed: boolean }[],
    merged: [] as { primary: string; merged: string }[],
    deleted: [] as Touched[],
    created: [] as Touched[],
    forgotten: [] as string[],
    submitted: [] as { form: string; conversionId: string }[],
  };

  times(mutation.creations, () => {
    const type = random.pick(types);
    const contact = live("contacts").length > 0 ? random.pick(live("contacts")) : undefined;
    const associations =
      contact && type !== "contacts" ? [{ to: { type: "contacts" as const, id: contact.id } }] : [];
    const record = api.create(type, newProperties(type, random, portal.clock.now()), associations);
    report.created.push({ type, id: record.id });
  });
  times(mutation.edits, () => {
    const target = anyRecord();
    if (!target) return;
    const words = createMatter(random, "the customer").message().join(" ");
    const value =
      target.type === "contacts" || target.type === "companies" ? `Edited ${random.int(0, 1e9)}` : words;
    api.update(target.type, target.id, { [EDITED[target.type]]: value });
    report.edited.push(target);
  });
  times(mutation.associationChanges, () => {
    const from = anyRecord();
    const contacts = live("contacts");
    if (!from || contacts.length === 0) return;
    const record = portal.objects[from.type].get(from.id);
    const existing = record?.links.find((end) => end.type === "contacts");
    const removed = existing !== undefined && random.chance(0.5);
    const to: Touched = { type: "contacts", id: removed ? existing.id : random.pick(contacts).id };
    if (from.type === "contacts" && from.id === to.id) return;
    if (removed) api.dissociate(from, to);
    else api.associate(from, to);
    report.associationsChanged.push({ from, to, removed });
  });
  times(mutation.merges, () => {
    const contacts = live("contacts");
    if (contacts.length < 2) return;
    const primary = random.pick(contacts);
    const merged = random.pick(contacts.filter((contact) => contact !== primary));
    api.merge("contacts", primary.id, merged.id);
    report.merged.push({ primary: primary.id, merged: merged.id });
  });
  times(mutation.deletions, () => {
    const target = anyRecord();
    if (!target) return;
    api.archive(target.type, target.id);
    report.deleted.push(target);
  });
  times(mutation.gdprDeletions, () => {
    const contacts = live("contacts");
    if (contacts.length === 0) return;
    const { id } = random.pick(contacts);
    api.gdprDelete(id);
    report.forgotten.push(id);
  });
  times(mutation.submissions, () => {
    const form = random.pick(portal.forms);
    const email = live("contacts").find((contact) => contact.fields.email)?.fields.email ?? "";
    const { conversionId } = api.submitForm(form.id, {
      email,
      message: createMatter(random, "our company").message().join(" "),
    });
    report.submitted.push({ form: form.id, conversionId });
  });
  return report;
}

function newProperties(type: ObjectType, random: Random, at: number): Record<string, string> {
  const text = createMatter(random, "the customer").message().join(" ");
  const when = new Date(at).toISOString();
  const n = random.int(1, 1e9);
  switch (type) {
    case "contacts":
      return { firstname: "New", lastname: `Person ${n}`, email: `new.person${n}@example.com` };
    case "companies":
      return { name: `New Company ${n}`, domain: `new-company-${n}.example.com` };
    case "deals":
      return {
        dealname: `New deal ${n}`,
        dealstage: "appointmentscheduled",
        pipeline: "default",
        amount: "1200",
      };
    case "emails":
      return {
        hs_timestamp: when,
        hs_email_direction: "INCOMING_EMAIL",
        hs_email_status: "SENT",
        hs_email_subject: `New matter ${n}`,
        hs_email_text: text,
        hs_email_html: `<div dir="ltr">${text}</div>`,
      };
    case "notes":
      return { hs_timestamp: when, hs_note_body: `<p>${text}</p>` };
    case "calls":
      return {
        hs_timestamp: when,
        hs_call_title: `Call ${n}`,
        hs_call_body: text,
        hs_call_status: "COMPLETED",
      };
    case "meetings":
      return { hs_timestamp: when, hs_meeting_title: `Meeting ${n}`, hs_meeting_body: text };
    case "tasks":
      return { hs_timestamp: when, hs_task_subject: `Task ${n}`, hs_task_body: text };
  }
}
