import { type CustomerLink, type DocumentSource, defineStream } from "@halo/core";
import { engagementNotification } from "../notifications.ts";
import type { Paths } from "../paths.ts";
import type { HubSpotReferences } from "../references.ts";
import { recordFingerprint } from "./associations.ts";
import { contentOf } from "./content.ts";
import { associatedIds } from "./crm-object.ts";
import { OVERLAP_MS, RECHECK_BATCH, RECHECK_EVERY_MS } from "./crm-stream.ts";
import { customerLinks } from "./customer-links.ts";
import { calls } from "./engagements/calls.ts";
import { emails } from "./engagements/emails.ts";
import { type FormSubmission, submissionDocument, submitterEmail } from "./engagements/form-submissions.ts";
import { type EngagementKind, occurredAt } from "./engagements/kind.ts";
import { meetings } from "./engagements/meetings.ts";
import { notes } from "./engagements/notes.ts";
import {
  type CrmEngagement,
  type CrmEngagementKind,
  ENGAGEMENT_TYPES,
  Engagement,
  engagementKey,
} from "./engagements/record.ts";
import { engagementSources } from "./engagements/sources.ts";
import { ownerColumns } from "./owner-columns.ts";
import { text, timestamp } from "./property-values.ts";

const KINDS: { readonly [kind in CrmEngagementKind]: EngagementKind } = {
  email: emails,
  note: notes,
  call: calls,
  meeting: meetings,
};

/** E-mails, notes, calls, meetings and form submissions: one stream, whose kinds are its shards. */
export const engagements = (paths: Paths) => {
  const sources = engagementSources(paths);
  return defineStream<Engagement, HubSpotReferences>({
    id: "engagements",
    name: "Engagements",
    record: Engagement,
    key: (record) =>
      record.kind === "form_submission"
        ? engagementKey(record.kind, record.conversionId)
        : engagementKey(record.kind, record.id),
    updatedAt: (record) =>
      new Date(record.kind === "form_submission" ? record.submittedAt : record.updatedAt),
    overlapMs: OVERLAP_MS,
    columns: {
      kind: "text",
      subject: "text",
      body_preview: "text",
      direction: "text",
      status: "text",
      owner_id: "text",
      owner_name: "text",
      occurred_at: "timestamptz",
      duration_ms: "bigint",
      from_email: "text",
      to_emails: "jsonb",
      contact_ids: "jsonb",
      company_ids: "jsonb",
      deal_ids: "jsonb",
      form_id: "text",
      page_url: "text",
      created_at: "timestamptz",
    },
    row: (record, refs) => (record.kind === "form_submission" ? submissionRow(record) : crmRow(record, refs)),
    content: (record) => {
      if (record.kind !== "form_submission") return contentOf(ENGAGEMENT_TYPES[record.kind], record);
      const { submittedAt, values, pageUrl, formId, formName } = record;
      return { submittedAt, values, pageUrl, formId, formName };
    },
    links: linksOf,
    counts: [
      {
        as: "activity",
        columns: {
          kind: "kind",
          title: "subject",
          direction: "direction",
          at: "occurred_at",
          owner: "owner_name",
        },
      },
      {
        as: "meeting",
        when: { column: "kind", is: "meeting" },
        columns: { title: "subject", at: "occurred_at", duration_ms: "duration_ms", owner: "owner_name" },
      },
    ],
    document: documentOf,
    notification: (record, refs) => {
      const staff = staffOf(refs);
      const isStaff = (email: string) => staff.has(email.trim().toLowerCase());
      return engagementNotification(record, documentOf(record, refs), isStaff);
    },
    shards: async (scope) => sources.shards(scope),
    pull: sources.pull,
    read: (scope) =>
      sources.read(
        scope,
        scope.keys.map(({ key }) => key),
      ),
    recheck: {
      batchSize: RECHECK_BATCH,
      everyMs: RECHECK_EVERY_MS,
      fingerprint: (record) =>
        record.kind === "form_submission" ? "" : recordFingerprint(ENGAGEMENT_TYPES[record.kind], record),
      read: (scope) => sources.fingerprints(scope, scope.keys),
    },
    manual: ["email_catch_up", "backfill_transcripts"],
    transcriptKinds: ["call", "meeting"],
  });
};

/** What a customer may see is about them: a record that names nobody outside is for the org's own people. */
function documentOf(record: Engagement, refs: HubSpotReferences): DocumentSource | undefined {
  const document =
    record.kind === "form_submission"
      ? submissionDocument(record)
      : KINDS[record.kind].document(record, refs);
  if (!document) return undefined;
  // What was said is worth distilling; a form says it in fields already.
  const told = record.kind === "form_submission" ? document : { ...document, distil: true };
  return linksOf(record, refs).length > 0 ? told : { ...told, audience: "internal" };
}

function linksOf(record: Engagement, refs: HubSpotReferences): readonly CustomerLink[] {
  return record.kind === "form_submission" ? submissionLinks(record) : crmLinks(record, refs);
}

const staffOf = ({ owners }: HubSpotReferences) =>
  new Set([...owners.values()].map((owner) => owner.email?.toLowerCase()));

function crmRow(record: CrmEngagement, { owners }: HubSpotReferences) {
  return {
    kind: record.kind,
    body_preview: text(record, "hs_body_preview"),
    ...KINDS[record.kind].columns(record),
    ...ownerColumns(record, owners),
    occurred_at: occurredAt(record)?.toISOString() ?? null,
    contact_ids: associatedIds(record, "contacts"),
    company_ids: associatedIds(record, "companies"),
    deal_ids: associatedIds(record, "deals"),
    created_at: timestamp(record, "hs_createdate"),
  };
}

function submissionRow(submission: FormSubmission) {
  const submitted = new Date(submission.submittedAt).toISOString();
  return {
    kind: submission.kind,
    subject: submission.formName,
    body_preview: submissionDocument(submission)?.body.slice(0, PREVIEW) ?? null,
    direction: "inbound",
    occurred_at: submitted,
    from_email: submitterEmail(submission),
    form_id: submission.formId,
    page_url: submission.pageUrl ?? null,
    created_at: submitted,
  };
}

/** Characters of a submission that a row shows. */
const PREVIEW = 200;

/** By HubSpot's association, and by the addresses in it, the org's own people left out. */
function crmLinks(record: CrmEngagement, refs: HubSpotReferences): readonly CustomerLink[] {
  const staff = staffOf(refs);
  const outside = KINDS[record.kind]
    .addresses(record)
    .filter((email) => !staff.has(email.trim().toLowerCase()));
  return [...customerLinks(record), ...[...new Set(outside)].map(byEmail)];
}

function submissionLinks(submission: FormSubmission): readonly CustomerLink[] {
  const email = submitterEmail(submission);
  return email === null ? [] : [byEmail(email)];
}

function byEmail(email: string): CustomerLink {
  return { kind: "end_user", email, reason: "email" };
}
