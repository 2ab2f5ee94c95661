import type { DocumentSource, Json, Page, Shard } from "@halo/core";
import * as z from "zod";
import { type Caller, repeatedCursor } from "../associations.ts";
import { isRawObject } from "../crm-object.ts";

/** The most that the endpoint gives: "Get form submissions", read 2026-11-21. */
const SUBMISSION_PAGE = 50;
const FORM_PAGE = 100;

const FormRef = z.object({ id: z.string(), name: z.string() });

const FormPage = z.object({
  results: z.array(FormRef),
  paging: z.object({ next: z.object({ after: z.string() }).nullish() }).nullish(),
});

const SubmissionPage = z.object({
  results: z.array(z.unknown()),
  paging: z.object({ next: z.object({ after: z.string() }).nullish() }).nullish(),
});

/** A submission with the form that it came by; it holds no contact, only what was typed. */
export const FormSubmission = z.object({
  kind: z.literal("form_submission"),
  conversionId: z.string().min(1),
  /** Epoch ms. */
  submittedAt: z.number().int(),
  values: z.array(z.object({ name: z.string(), value: z.string().nullish() })),
  pageUrl: z.string().nullish(),
  formId: z.string(),
  formName: z.string(),
});

export type FormSubmission = z.infer<typeof FormSubmission>;

const Cursor = z.object({ after: z.string() });

/** The forms, whose submissions are read each by itself; of every type: without `formTypes` HubSpot lists its own only. */
export const allForms: Shard = { id: "forms", params: { read: "forms" } };

const AllForms = z.object({ read: z.literal("forms") });

/** What a shard of form submissions reads: the forms, or the submissions of one. */
export function formPages(
  caller: Caller,
  part: Json | undefined,
  since: Date | undefined,
  resume: unknown,
): AsyncGenerator<Page> {
  return AllForms.safeParse(part).success
    ? formListPages(caller, resume)
    : submissionPages(caller, part, since, resume);
}

async function* formListPages({ http, signal, paths }: Caller, resume: unknown): AsyncGenerator<Page> {
  let after = resume === undefined ? undefined : Cursor.parse(resume).after;
  for (;;) {
    const query = { limit: FORM_PAGE, formTypes: "all", after };
    const page = await http.get(paths.forms, { query, schema: FormPage, signal });
    const next = page.paging?.next?.after;
    if (next !== undefined && next === after) throw repeatedCursor();
    after = next;
    const shards = page.results.map(({ id, name }) => ({ id, params: { id, name } }));
    yield { records: [], cursor: after === undefined ? null : { after }, done: after === undefined, shards };
    if (after === undefined) return;
  }
}

/** Newest first, and no filter by time: an incremental read goes down from the top until it meets `since`. */
async function* submissionPages(
  { http, signal, paths }: Caller,
  form: Json | undefined,
  since: Date | undefined,
  resume: unknown,
): AsyncGenerator<Page> {
  const { id, name } = FormRef.parse(form);
  let after = resume === undefined ? undefined : Cursor.parse(resume).after;
  for (;;) {
    const query = { limit: SUBMISSION_PAGE, after };
    const page = await http.get(paths.submissions(id), { query, schema: SubmissionPage, signal });
    const next = page.paging?.next?.after;
    if (next !== undefined && next === after) throw repeatedCursor();
    const fresh = page.results.filter((result) => !isBefore(result, since));
    const records = fresh.map((result) =>
      isRawObject(result) ? { kind: "form_submission", ...result, formId: id, formName: name } : result,
    );
    const done = next === undefined || fresh.length < page.results.length;
    after = next ?? after;
    yield { records, cursor: after === undefined ? null : { after }, done };
    if (done) return;
  }
}

/** What was typed, a line for each field. */
export function submissionDocument(submission: FormSubmission): DocumentSource | undefined {
  const lines = submission.values
    .filter(({ name, value }) => name !== "email" && value?.trim())
    .map(({ name, value }) => `${name}: ${value}`);
  if (lines.length === 0) return undefined;
  return {
    kind: "form_submission",
    title: submission.formName,
    body: lines.join("\n"),
    format: "text",
    audience: "shareable",
    occurredAt: new Date(submission.submittedAt),
    author: submitterEmail(submission) ?? undefined,
  };
}

export function submitterEmail(submission: FormSubmission): string | null {
  return submission.values.find(({ name }) => name === "email")?.value || null;
}

function isBefore(result: unknown, since: Date | undefined): boolean {
  if (since === undefined || !isRawObject(result)) return false;
  return typeof result.submittedAt === "number" && result.submittedAt < since.getTime();
}
