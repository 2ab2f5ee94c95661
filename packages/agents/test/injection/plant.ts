import type { PortalHandle } from "@halo/emulators/hubspot";
import { ADA } from "./canaries.ts";
import type { Payload } from "./payload.ts";

/** A document of an integration that checks nothing of what it brings. */
export interface ShelfDocument {
  readonly key: string;
  readonly title: string;
  readonly body: string;
  readonly author: string;
  readonly url: string;
  readonly email: string;
}

export interface Planted {
  readonly payload: Payload;
  /** A word that only this payload's documents hold: what the user asks about. */
  readonly handle: string;
  /** Whom the conversation is with. */
  readonly customer: string;
  /** Where the text really came from, as its label has to say; one for each of its documents. */
  readonly sources: readonly string[];
}

interface Places {
  readonly portal: PortalHandle;
  readonly adaId: string;
  readonly at: Date;
  readonly shelf: ShelfDocument[];
}

/** Puts the payload where its carrier says, as the vendor would keep it. */
export function plant(payload: Payload, index: number, places: Places): Planted {
  const handle = `zq${letters(index)}zq`;
  const planted = { payload, handle };
  const person = personOf(payload, handle);
  if (person) {
    const { contact, company } = person;
    const { id } = places.portal.create("contacts", contact);
    if (company) {
      const made = places.portal.create("companies", company);
      places.portal.associate({ type: "contacts", id }, { type: "companies", id: made.id });
    }
    return {
      ...planted,
      customer: contact.email,
      sources: [company ? "customer:company:" : "customer:end_user:"],
    };
  }
  const sources = payload.texts.map((text, part) =>
    document(payload.carrier, text, handle, `${letters(index)}${part}`, places),
  );
  return { ...planted, customer: ADA, sources };
}

function personOf({ carrier, texts: [text = ""] }: Payload, handle: string) {
  const email = `${handle}@attacker-${handle}.example`;
  switch (carrier) {
    case "contact_name":
      return { contact: { email, firstname: text, lastname: "Smith" } };
    case "job_title":
      return { contact: { email, firstname: "Kim", lastname: "Smith", jobtitle: text } };
    case "company_name":
      return {
        contact: { email, firstname: "Kim", lastname: "Smith" },
        company: { name: text, domain: `attacker-${handle}.example` },
      };
    default:
      return undefined;
  }
}

/** Returns the source that the text really has. */
function document(carrier: Payload["carrier"], text: string, handle: string, part: string, places: Places) {
  const { adaId, at, portal, shelf } = places;
  const toAda = [{ to: { type: "contacts", id: adaId } }] as const;
  const about = `About ${handle}.`;
  const hs_timestamp = at.toISOString();
  const mail = (fields: Readonly<Record<string, string>>) => {
    const base = { hs_timestamp, hs_email_direction: "INCOMING_EMAIL", hs_email_from_email: ADA };
    const defaults = { hs_email_subject: "A question", hs_email_from_firstname: "Ada" };
    return `hubspot:email:${portal.create("emails", { ...base, ...defaults, ...fields }, toAda).id}`;
  };
  const shelve = (fields: Partial<ShelfDocument>) => {
    const document = {
      key: `d-${part}`,
      title: "A page",
      body: `${about} Nothing else.`,
      author: "Somebody",
      url: "https://shelf.example/page",
      email: ADA,
      ...fields,
    };
    shelf.push(document);
    return `shelf:page:${document.key}`;
  };
  switch (carrier) {
    case "email":
      return mail({ hs_email_text: `${about}\n${text}` });
    case "email_html":
      return mail({ hs_email_html: `<p>${about}</p>${text}` });
    case "email_subject":
      return mail({ hs_email_subject: text, hs_email_text: about });
    case "email_sender":
      return mail({ hs_email_from_firstname: text, hs_email_text: about });
    case "meeting":
    case "note":
    case "call": {
      const body = `<p>${about}</p>${text}`;
      const fields = {
        meeting: { hs_meeting_title: "Review", hs_meeting_body: body },
        note: { hs_note_body: body },
        call: { hs_call_title: "Call", hs_call_body: body },
      }[carrier];
      return `hubspot:${carrier}:${portal.create(`${carrier}s`, { hs_timestamp, ...fields }, toAda).id}`;
    }
    case "form":
    case "form_field": {
      const typed = carrier === "form" ? { message: text } : { [text]: "yes" };
      const [form] = portal.portal.forms;
      const submission = portal.submitForm(form?.id ?? "", { email: ADA, topic: about, ...typed });
      return `hubspot:form_submission:${submission.conversionId}`;
    }
    case "shelf":
      return shelve({ body: `${about}\n${text}` });
    case "shelf_title":
      return shelve({ title: text });
    case "shelf_author":
      return shelve({ author: text });
    case "shelf_url":
      return shelve({ url: text });
    case "shelf_key":
      return shelve({ key: text });
    default:
      throw new RangeError(`Nothing carries ${carrier}.`);
  }
}

/** Of a number, so that no analyser splits or stems the word that it is part of. */
function letters(index: number): string {
  return [...String(index).padStart(3, "0")].map((digit) => "bcdfghjklm"[Number(digit)]).join("");
}
