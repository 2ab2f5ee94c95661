import { jsonReply, type Reply } from "../reply.ts";
import { type Call, flagParam, limitParam, listParam, nextPage, requireScopes } from "./call.ts";
import { invalid, notFound } from "./errors.ts";
import type { Form, Submission } from "./portal.ts";

const iso = (epochMs: number) => new Date(epochMs).toISOString();

const FIELDS = ["email", "firstname", "lastname", "message"];

const STYLE = {
  fontFamily: "arial, helvetica, sans-serif",
  backgroundWidth: "100%",
  labelTextColor: "#33475b",
  labelTextSize: "11px",
  helpTextColor: "#7C98B6",
  helpTextSize: "11px",
  legalConsentTextColor: "#33475b",
  legalConsentTextSize: "14px",
  submitColor: "#ff7a59",
  submitAlignment: "left",
  submitFontColor: "#ffffff",
  submitSize: "12px",
};

function presentForm(form: Form) {
  return {
    id: form.id,
    name: form.name,
    formType: form.formType,
    createdAt: iso(form.createdAt),
    updatedAt: iso(form.updatedAt),
    archived: form.archived,
    fieldGroups: FIELDS.map((name) => ({
      groupType: "default_group",
      richTextType: "text",
      fields: [
        {
          objectTypeId: "0-1",
          name,
          label: name,
          required: name === "email",
          hidden: false,
          fieldType: name === "email" ? "email" : name === "message" ? "multi_line_text" : "single_line_text",
          dependentFields: [],
          ...(name === "email" && { validation: { blockedEmailDomains: [], useDefaultBlockList: false } }),
        },
      ],
    })),
    configuration: {
      language: "en",
      createNewContactForNewEmail: true,
      editable: true,
      archivable: true,
      cloneable: true,
      allowLinkToResetKnownValues: false,
      prePopulateKnownValues: true,
      recaptchaEnabled: false,
      notifyContactOwner: false,
      notifyRecipients: [],
      postSubmitAction: { type: "thank_you", value: "Thanks!" },
    },
    displayOptions: {
      renderRawHtml: false,
      theme: "default_style",
      submitButtonText: "Submit",
      style: STYLE,
    },
    legalConsentOptions: { type: "none" },
  };
}

/** GET /marketing/forms; only `hubspot` forms unless others are asked for. */
export function listForms(call: Call): Reply {
  requireScopes(call.grant, ["forms"]);
  const archived = flagParam(call.query, "archived");
  const asked = listParam(call.query, "formTypes");
  const types = asked.length > 0 ? asked : ["hubspot"]; // guess: the default, from general knowledge
  // guess: page sizes of this list.
  const limit = limitParam(call.query, 20, 500);
  const forms = call.portal.forms.filter(
    (form) => form.archived === archived && (types.includes("all") || types.includes(form.formType)),
  );
  const first = Number(call.query.get("after") ?? 0);
  if (!Number.isInteger(first)) throw invalid("Invalid cursor for paging.");
  const end = first + limit;
  return jsonReply(200, {
    results: forms.slice(first, end).map(presentForm),
    ...(end < forms.length && { paging: nextPage(call, String(end)) }),
  });
}

/** GET /marketing/forms/{id} */
export function getForm(call: Call): Reply {
  requireScopes(call.grant, ["forms"]);
  const form = call.portal.forms.find((f) => f.id === call.params.id);
  if (!form || form.archived !== flagParam(call.query, "archived")) throw notFound();
  return jsonReply(200, presentForm(form));
}

/** GET /form-integrations/submissions/forms/{id}: newest first, at most 50, no filter by time. */
export function listSubmissions(call: Call): Reply {
  requireScopes(call.grant, ["forms"]);
  const form = call.portal.forms.find((f) => f.id === call.params.id);
  if (!form) throw notFound();
  const limit = limitParam(call.query, 20, 50);
  const first = firstAfter(form.submissions, call.query.get("after"));
  const page = form.submissions.slice(first, first + limit);
  const last = page.at(-1);
  const more = first + limit < form.submissions.length;
  return jsonReply(200, {
    results: page,
    ...(last && more && { paging: nextPage(call, cursorOf(last)) }),
  });
}

// The cursor names a submission, not a number of them: what arrives on top moves nothing.
const cursorOf = ({ submittedAt, conversionId }: Submission) =>
  Buffer.from(`${submittedAt}|${conversionId}`).toString("base64url");

function firstAfter(submissions: readonly Submission[], after: string | null): number {
  if (!after) return 0;
  const last = submissions.findIndex((submission) => cursorOf(submission) === after);
  if (last < 0) throw invalid("Invalid cursor for paging.");
  return last + 1;
}
