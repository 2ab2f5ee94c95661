import { eventSchemas } from "@halo/core";
import { describe, expect, it } from "vitest";
import { markedHtml } from "./actions/mark.ts";
import { paths } from "./paths.ts";
import type { HubSpotReferences } from "./references.ts";
import { engagements } from "./streams/engagements.ts";

const stream = engagements(paths("2026-09"));
const refs: HubSpotReferences = {
  owners: new Map([["7", { name: "Ada Byron", email: "Ada@Halo.example" }]]),
  pipelines: new Map(),
};

function crm(kind: string, properties: Record<string, string | null>, more: object = {}) {
  return stream.record.parse({
    kind,
    id: "12",
    properties: { hubspot_owner_id: "7", hs_timestamp: "2026-11-20T08:00:00.000Z", ...properties },
    createdAt: "2026-11-20T08:00:00.000Z",
    updatedAt: "2026-11-20T09:00:00.000Z",
    ...more,
  });
}

const incoming = {
  hs_email_subject: "Renewal",
  hs_email_direction: "INCOMING_EMAIL",
  hs_email_html: "<p>We would like <b>20</b> seats.</p>",
  hs_email_from_email: "jo@acme.example",
  hs_email_from_firstname: "Jo",
  hs_email_from_lastname: "Doe",
  hs_email_to_email: "ada@halo.example",
};

/** The event, which always is one that core takes. */
function told(record: unknown) {
  const event = stream.notification?.(record, refs)?.event;
  expect(eventSchemas.new_hubspot_engagement.safeParse(event).error).toBeUndefined();
  return event;
}

describe("new_hubspot_engagement", () => {
  it("tells of an e-mail: kind, sender, subject, snippet, link and time", () => {
    const url = "https://app.hubspot.com/contacts/1/record/0-49/12";
    expect(stream.notification?.(crm("email", incoming, { url }), refs)).toEqual({
      type: "new_hubspot_engagement",
      event: {
        kind: "email",
        engagementId: "12",
        contact: { name: "Jo Doe", email: "jo@acme.example" },
        subject: "Renewal",
        snippet: "We would like 20 seats.",
        url,
        at: "2026-11-20T08:00:00.000Z",
      },
    });
  });

  it("names whom an outgoing e-mail was written to, and never the org's own people", () => {
    const outgoing = {
      ...incoming,
      hs_email_direction: "EMAIL",
      hs_email_from_email: "ada@halo.example",
      hs_email_to_email: "ADA@halo.example;jo@acme.example",
    };
    expect(told(crm("email", outgoing))).toMatchObject({ contact: { email: "jo@acme.example" } });
    const internal = { ...outgoing, hs_email_to_email: "ada@halo.example" };
    expect(told(crm("email", internal))).not.toHaveProperty("contact");
  });

  it.each([
    ["note", { hs_note_body: "<p>Likes lilies</p>" }, { subject: "Note", snippet: "Likes lilies" }],
    [
      "call",
      { hs_call_title: "Intro", hs_call_body: "Wants a quote" },
      { subject: "Intro", snippet: "Wants a quote" },
    ],
    [
      "meeting",
      { hs_meeting_title: "Demo", hs_meeting_body: "Agenda" },
      { subject: "Demo", snippet: "Agenda" },
    ],
  ])("tells of a %s by its text", (kind, properties, event) => {
    expect(told(crm(kind, properties))).toEqual({
      kind,
      engagementId: "12",
      at: "2026-11-20T08:00:00.000Z",
      ...event,
    });
  });

  it("tells of an engagement without a text all the same", () => {
    expect(told(crm("call", {}))).toEqual({
      kind: "call",
      engagementId: "12",
      at: "2026-11-20T08:00:00.000Z",
    });
  });

  it("tells of a form submission: who, from where, what was typed, but for the address", () => {
    const submission = stream.record.parse({
      kind: "form_submission",
      conversionId: "c-1",
      submittedAt: Date.UTC(2026, 10, 20),
      values: [
        { name: "email", value: "jo@acme.example" },
        { name: "firstname", value: "Jo" },
        { name: "lastname", value: "Doe" },
        { name: "company", value: "Acme" },
        { name: "message", value: "Call me" },
      ],
      pageUrl: "https://example.com/contact",
      formId: "f-1",
      formName: "Contact us",
    });
    expect(told(submission)).toEqual({
      kind: "form_submission",
      engagementId: "c-1",
      contact: { name: "Jo Doe", email: "jo@acme.example" },
      company: "Acme",
      subject: "Contact us",
      snippet: "firstname: Jo lastname: Doe company: Acme message: Call me",
      at: "2026-11-20T00:00:00.000Z",
    });
  });

  it("cuts long texts to 300 characters of plain text", () => {
    const event = told(crm("note", { hs_note_body: `<p>${"word ".repeat(500)}</p>` }));
    expect(event?.["snippet"]).toMatch(/^word word .*…$/);
    expect(String(event?.["snippet"]).length).toBeLessThanOrEqual(300);
  });

  it("keeps within what an event may hold, whatever a person typed", () => {
    const long = "x".repeat(2_000);
    const typed = {
      hs_email_subject: long,
      hs_email_from_firstname: long,
      hs_email_from_email: `${long}@example.com`,
    };
    expect(told(crm("email", { ...incoming, ...typed }))).toMatchObject({ kind: "email" });
    const blank = { hs_email_subject: " ", hs_email_from_firstname: " ", hs_email_from_lastname: null };
    expect(told(crm("email", { ...incoming, ...blank }))).toMatchObject({
      contact: { email: "jo@acme.example" },
    });
  });

  it("leaves out the mark of a note that an agent wrote", () => {
    const body = markedHtml("Asked for SSO", "0199a7c4-9d50-7a31-8c1e-5f5f6c2a9b10");
    expect(told(crm("note", { hs_note_body: body }))).toMatchObject({ snippet: "Asked for SSO" });
  });

  it.each([
    "javascript:alert(1)",
    "https://evil.example/app.hubspot.com/",
    "https://app.hubspot.com.evil.example/",
  ])("T29 leads nowhere but to HubSpot: %s is left out", (url) => {
    expect(told(crm("note", { hs_note_body: "x" }, { url }))).not.toHaveProperty("url");
  });
});
