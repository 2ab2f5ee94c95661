import type { DocumentSource, NotificationDraft } from "@halo/core";
import { withoutMark } from "./actions/mark.ts";
import { snippetOfHtml, snippetOfText } from "./plain-text.ts";
import { emails } from "./streams/engagements/emails.ts";
import { type FormSubmission, submitterEmail } from "./streams/engagements/form-submissions.ts";
import { occurredAt } from "./streams/engagements/kind.ts";
import type { CrmEngagement, Engagement } from "./streams/engagements/record.ts";
import { text } from "./streams/property-values.ts";

const MAX_SNIPPET = 300;
const MAX_NAME = 300;
const MAX_EMAIL = 320;

interface Person {
  readonly name?: string;
  readonly email?: string;
}

/**
 * What a new engagement tells the org's people. HubSpot's record of a note, a call or a meeting holds no name, only the
 * ids of its contacts: `contact` and `company` are there where the record itself names somebody; core adds whom the
 * links lead to.
 */
export function engagementNotification(
  record: Engagement,
  document: DocumentSource | undefined,
  isStaff: (email: string) => boolean,
): NotificationDraft {
  const isForm = record.kind === "form_submission";
  const contact = isForm ? submitter(record) : otherParty(record, isStaff);
  const company = isForm ? typed(record, "company") : undefined;
  const at = isForm ? new Date(record.submittedAt) : occurredAt(record);
  const subject = document?.title && snippetOfText(document.title, MAX_NAME);
  const snippet = document && snippetOf(document);
  const url = isForm ? undefined : webAddress(record.url);
  return {
    type: "new_hubspot_engagement",
    event: {
      kind: record.kind,
      engagementId: isForm ? record.conversionId : record.id,
      ...(contact && { contact: { ...contact } }),
      ...(company && { company }),
      ...(subject && { subject }),
      ...(snippet && { snippet }),
      ...(url && { url }),
      ...(at && { at: at.toISOString() }),
    },
  };
}

function snippetOf({ body, format }: DocumentSource): string {
  const snippet = format.endsWith("html")
    ? snippetOfHtml(body, MAX_SNIPPET)
    : snippetOfText(body, MAX_SNIPPET);
  return withoutMark(snippet);
}

/** Who wrote to the org, or whom it wrote to. */
function otherParty(record: CrmEngagement, isStaff: (email: string) => boolean): Person | undefined {
  if (record.kind !== "email") return undefined;
  const { from_email: from, to_emails: to = [] } = emails.columns(record);
  const address = [...(from ? [from] : []), ...to].find((email) => !isStaff(email));
  if (address === undefined) return undefined;
  const sender = [text(record, "hs_email_from_firstname"), text(record, "hs_email_from_lastname")];
  return person(address === from ? sender.filter(Boolean).join(" ") : "", address);
}

function submitter(submission: FormSubmission): Person | undefined {
  const name = [typed(submission, "firstname"), typed(submission, "lastname")].filter(Boolean).join(" ");
  return person(name, submitterEmail(submission) ?? "");
}

function typed(submission: FormSubmission, field: string): string | undefined {
  const value = submission.values.find(({ name }) => name === field)?.value ?? "";
  return snippetOfText(value, MAX_NAME) || undefined;
}

function person(name: string, email: string): Person | undefined {
  const shown = snippetOfText(name, MAX_NAME);
  const address = email.trim();
  if (!shown && !address) return undefined;
  return { ...(shown && { name: shown }), ...(address && address.length <= MAX_EMAIL && { email: address }) };
}

/** Only HubSpot's own address of the record; anything but a web page is left out. */
function webAddress(url: string | null | undefined): string | undefined {
  return url && /^https:\/\/[\w.-]+\.hubspot\.com\//.test(url) && url.length <= 2_000 ? url : undefined;
}
