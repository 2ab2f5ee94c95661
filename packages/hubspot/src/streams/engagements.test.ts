import { describe, expect, it } from "vitest";
import { paths } from "../paths.ts";
import type { HubSpotReferences } from "../references.ts";
import { hasText } from "./engagements/kind.ts";
import { engagements } from "./engagements.ts";

const stream = engagements(paths("2026-09"));
const refs: HubSpotReferences = {
  owners: new Map([["7", { name: "Ada Byron", email: "Ada@Halo.example" }]]),
  pipelines: new Map(),
};

function record(
  kind: string,
  properties: Record<string, string | null>,
  associations?: Record<string, string[]>,
) {
  const inline = Object.entries(associations ?? {}).map(([to, ids]) => [
    to,
    { results: ids.map((id) => ({ id })) },
  ]);
  const raw = {
    kind,
    id: "12",
    properties: { hubspot_owner_id: "7", hs_timestamp: "2026-11-20T08:00:00.000Z", ...properties },
    createdAt: "2026-11-20T08:00:00.000Z",
    updatedAt: "2026-11-20T09:00:00.000Z",
    ...(associations && { associations: Object.fromEntries(inline) }),
  };
  return stream.record.parse(raw);
}

const headers = JSON.stringify({
  from: { email: "jo@acme.example", firstName: "Jo" },
  to: [{ email: "ada@halo.example" }, { email: "kim@acme.example" }],
  cc: [{ email: "lee@acme.example" }, {}],
});

const email = (more: Record<string, string | null> = {}) =>
  record("email", {
    hs_email_subject: "Renewal",
    hs_email_direction: "INCOMING_EMAIL",
    hs_email_status: "SENT",
    hs_email_html: "<p>Hello</p>",
    hs_email_text: "Hello",
    hs_email_from_email: "jo@acme.example",
    hs_email_from_firstname: "Jo",
    hs_email_from_lastname: "Doe",
    hs_email_headers: headers,
    ...more,
  });

const submission = (values: { name: string; value: string | null }[]) =>
  stream.record.parse({
    kind: "form_submission",
    conversionId: "c-1",
    submittedAt: Date.UTC(2026, 10, 20),
    values,
    pageUrl: "https://example.com",
    formId: "f-1",
    formName: "Contact us",
  });

describe("keys", () => {
  it("say the kind, since ids are unique only within one", () => {
    expect(stream.key(email())).toBe("email:12");
    expect(stream.key(submission([]))).toBe("form_submission:c-1");
  });
});

describe("documents", () => {
  it("of e-mails are shareable, as HTML where there is any", () => {
    expect(stream.document?.(email(), refs)).toEqual({
      kind: "email",
      title: "Renewal",
      body: "<p>Hello</p>",
      format: "email_html",
      audience: "shareable",
      occurredAt: new Date("2026-11-20T08:00:00.000Z"),
      author: "Jo Doe",
      distil: true,
      url: undefined,
    });
  });

  it.each([null, "", "<div><br>&nbsp; </div>"])(
    "of e-mails fall back from the HTML %j to the text",
    (html) => {
      const document = stream.document?.(email({ hs_email_html: html }), refs);
      expect(document).toMatchObject({ body: "Hello", format: "email_text" });
    },
  );

  it.each([
    ["note", { hs_note_body: "<p>Likes lilies</p>" }, "internal"],
    ["call", { hs_call_body: "Asked for a quote" }, "internal"],
    ["meeting", { hs_meeting_body: "Agenda" }, "shareable"],
  ])("of a %s are %3$s", (kind, properties, audience) => {
    expect(stream.document?.(record(kind, properties, { contacts: ["1"] }), refs)).toMatchObject({
      audience,
      author: "Ada Byron",
    });
  });

  it.each([
    ["an e-mail among staff", email({ hs_email_from_email: "ada@halo.example", hs_email_headers: null })],
    ["a meeting with nobody", record("meeting", { hs_meeting_body: "Our own planning" })],
    ["a form without an address", submission([{ name: "message", value: "Hello" }])],
  ])("T33 of %s are internal, since what is about nobody would be shown to everybody", (_, one) => {
    expect(stream.links?.(one, refs)).toEqual([]);
    expect(stream.document?.(one, refs)?.audience).toBe("internal");
  });

  it("of a meeting never hold its internal notes", () => {
    const notes = { hs_internal_meeting_notes: "They are about to churn" };
    expect(stream.document?.(record("meeting", notes), refs)).toBeUndefined();
    const document = stream.document?.(record("meeting", { ...notes, hs_meeting_body: "Agenda" }), refs);
    expect(JSON.stringify(document)).not.toContain("churn");
  });

  it.each([
    ["email", { hs_email_html: "<p></p>", hs_email_text: " " }],
    ["note", { hs_note_body: "" }],
    ["note", { hs_note_body: "<p>&nbsp;</p>" }],
    ["call", { hs_call_title: "Only a title" }],
    ["meeting", {}],
  ])("of an empty %s there are none (%j)", (kind, properties) => {
    expect(stream.document?.(record(kind, properties), refs)).toBeUndefined();
  });

  it("of a form submission show what was typed, without the address", () => {
    const document = stream.document?.(
      submission([
        { name: "email", value: "jo@acme.example" },
        { name: "message", value: "Hello" },
        { name: "phone", value: null },
      ]),
      refs,
    );
    expect(document).toMatchObject({
      body: "message: Hello",
      author: "jo@acme.example",
      audience: "shareable",
    });
    expect(
      stream.document?.(submission([{ name: "email", value: "jo@acme.example" }]), refs),
    ).toBeUndefined();
  });

  it("T25 an unclosed tag is scanned in linear time", () => {
    expect(hasText("<".repeat(200_000))).toBe(false);
  });
});

describe("links", () => {
  it("come from HubSpot's associations, and from addresses that are not the org's own", () => {
    const linked = record("email", { hs_email_headers: headers }, { contacts: ["5", "4"], companies: ["9"] });
    expect(stream.links?.(linked, refs)).toEqual([
      { kind: "end_user", ref: { stream: "contacts", key: "4" }, reason: "association" },
      { kind: "end_user", ref: { stream: "contacts", key: "5" }, reason: "association" },
      { kind: "company", ref: { stream: "companies", key: "9" }, reason: "association" },
      { kind: "end_user", email: "jo@acme.example", reason: "email" },
      { kind: "end_user", email: "kim@acme.example", reason: "email" },
      { kind: "end_user", email: "lee@acme.example", reason: "email" },
    ]);
  });

  it("of a form submission come from the address that was typed", () => {
    expect(stream.links?.(submission([{ name: "email", value: "jo@acme.example" }]), refs)).toEqual([
      { kind: "end_user", email: "jo@acme.example", reason: "email" },
    ]);
  });
});

describe("rows", () => {
  it("of an e-mail name both sides", () => {
    expect(stream.row(email(), refs)).toMatchObject({
      kind: "email",
      subject: "Renewal",
      direction: "inbound",
      status: "SENT",
      owner_name: "Ada Byron",
      from_email: "jo@acme.example",
      to_emails: ["ada@halo.example", "kim@acme.example", "lee@acme.example"],
      occurred_at: "2026-11-20T08:00:00.000Z",
    });
  });

  it.each(["not json", "[1]", '{"to":7}', '{"from":"jo"}'])("survive the odd header %s", (odd) => {
    const properties = { hs_email_headers: odd, hs_email_to_email: "a@b.example;c@d.example" };
    expect(stream.row(record("email", properties), refs)).toMatchObject({
      to_emails: ["a@b.example", "c@d.example"],
    });
  });

  it.each([
    ["call", { hs_call_duration: "61000" }, "61000"],
    ["call", { hs_call_duration: "a minute" }, null],
    [
      "meeting",
      { hs_meeting_start_time: "2026-11-20T08:00:00Z", hs_meeting_end_time: "2026-11-20T08:30:00Z" },
      "1800000",
    ],
    ["meeting", { hs_meeting_start_time: "2026-11-20T08:00:00Z", hs_meeting_end_time: "tomorrow" }, null],
  ])("of a %s last as long as it did (%j)", (kind, properties, duration_ms) => {
    expect(stream.row(record(kind, properties), refs)).toMatchObject({ duration_ms });
  });

  it("have a value only for columns that the table has", () => {
    for (const given of [
      email(),
      record("note", {}),
      record("call", {}),
      record("meeting", {}),
      submission([]),
    ]) {
      for (const column of Object.keys(stream.row(given, refs)))
        expect(stream.columns).toHaveProperty(column);
    }
  });
});

describe("content", () => {
  it("is the same whatever the order, the labels and the spelling of an unset property", () => {
    const one = record("note", { hs_note_body: "x", hs_attachment_ids: null }, { contacts: ["1", "2", "1"] });
    const other = record(
      "note",
      { hs_note_body: "x", hs_attachment_ids: "" },
      { contacts: ["2", "1"], companies: [] },
    );
    expect(stream.content?.(one, one)).toEqual(stream.content?.(other, other));
    expect(stream.recheck?.fingerprint(one)).toBe(stream.recheck?.fingerprint(other));
  });

  it("differs when an association does", () => {
    const one = record("note", {}, { contacts: ["1"] });
    const other = record("note", {}, { contacts: ["2"] });
    expect(stream.content?.(one, one)).not.toEqual(stream.content?.(other, other));
    expect(stream.recheck?.fingerprint(one)).not.toBe(stream.recheck?.fingerprint(other));
  });
});
