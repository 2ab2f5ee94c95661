import { describe, expect, it } from "vitest";
import type { NotificationMessage } from "../define/notification.ts";
import { notificationTypes } from "../define/notification.ts";
import { type NotificationEvents, parseEvent } from "./event-schemas.ts";
import { lengths } from "./message-text.ts";
import { toMessage } from "./templates.ts";

type Fill = (text: string) => string;

/** An event of each type with everything in it; `fill` says what stands in its texts. */
const full = (fill: Fill): NotificationEvents => {
  const person = { name: fill("Ada"), email: fill("ada@example.com") };
  const url = "https://desk.example.com/t/1?a=1&b=2";
  const at = "2026-03-06T12:00:00Z";
  const conversation = {
    conversationId: fill("c-1"),
    customer: person,
    company: fill("Acme"),
    agentId: fill("agent"),
    snippet: fill("it burns"),
    url,
    at,
  };
  const ticket = {
    ticketId: fill("t-1"),
    subject: fill("Printer"),
    requester: person,
    company: fill("Acme"),
    kind: fill("bug"),
    channel: fill("mail"),
    tags: [fill("hardware")],
    snippet: fill("it burns"),
    priority: "urgent" as const,
    url,
    at,
  };
  const paid = { amount: "12.50", currency: "eur", customer: person, company: fill("Acme"), url, at };
  return {
    new_ticket: ticket,
    high_priority_ticket: ticket,
    escalation: {
      ...conversation,
      reason: fill("refund"),
      kind: fill("billing"),
      priority: "high",
      sentiment: -1,
    },
    negative_sentiment: { ...conversation, sentiment: -0.5, topic: fill("billing") },
    feedback_alert: { ...conversation, rating: 1, outOf: 5, sentiment: -1, comment: fill("bad") },
    knowledge_gap: {
      gapId: fill("g"),
      question: fill("how"),
      times: 3,
      windowDays: 7,
      examples: [fill("why")],
      agentId: fill("agent"),
    },
    new_hubspot_engagement: {
      kind: fill("email"),
      engagementId: fill("e"),
      contact: person,
      company: fill("Acme"),
      subject: fill("Hello"),
      snippet: fill("it burns"),
      url,
      at,
    },
    stripe_event: { kind: fill("payment.failed"), objectId: fill("o"), status: fill("open"), ...paid },
    contract_event: {
      kind: fill("signed"),
      contractId: fill("o"),
      name: fill("Order"),
      status: fill("done"),
      signer: person,
      ...paid,
    },
    segment_match: {
      segmentId: fill("s"),
      segment: fill("Leads"),
      kind: "end_user",
      customerId: fill("u"),
      customer: { name: fill("Ada"), email: fill("ada@acme.test") },
      company: fill("Acme"),
      url,
      at,
    },
    health_score_drop: {
      companyId: fill("c"),
      company: fill("Acme"),
      from: 85,
      to: 55,
      fromTier: "healthy",
      toTier: "at_risk",
      reasons: [fill("fewer users")],
      url,
      at,
    },
    digest: {
      frequency: "daily",
      from: at,
      to: at,
      timeZone: fill("UTC"),
      notifications: [{ type: "new_ticket", count: 3 }],
      failedSyncs: [{ connection: fill("CRM"), stream: fill("people"), failures: 2, code: fill("gone") }],
      knowledgeGaps: [{ question: fill("how"), times: 3 }],
      newEndUsers: 1,
      newCompanies: 2,
      actions: 3,
    },
    sync_error: {
      direction: "incoming",
      state: "failed",
      source: fill("CRM"),
      connectionId: fill("c"),
      account: fill("Acme"),
      what: fill("people"),
      code: fill("gone"),
      message: fill("Reconnect it."),
      at,
    },
    approval: {
      approvalId: fill("a"),
      state: "proposed",
      hash: fill("h"),
      integration: fill("pay"),
      action: fill("refund"),
      agentId: fill("agent"),
      title: fill("Refund"),
      lines: [{ label: fill("Amount"), value: fill("12.50 EUR") }],
      needed: 1,
      approvedBy: [fill("grace")],
      rejectedBy: fill("linus"),
      code: fill("gone"),
      expiresAt: at,
      at,
    },
  };
};

const made = (type: (typeof notificationTypes)[number], fill: Fill) =>
  toMessage(type, parseEvent(type, full(fill)[type]));

const texts = ({ body = "", fields, footer = "", links, title }: NotificationMessage) => [
  title,
  body,
  footer,
  ...fields.flatMap(({ label, value }) => [label, value]),
  ...links.map(({ label }) => label),
];

describe.each(notificationTypes)("the message of %s", (type) => {
  it("T29 adds no markup of its own, and escapes nothing", () => {
    for (const text of texts(made(type, (word) => word)))
      expect(text, text).toMatch(/^[\p{L}\p{N}\s .,:;()@×·+-]*$/u);
    const hostile = "<!channel> <@U1> *b* _i_ `c` ~s~ &amp; <a href=x>y</a> [x](y) | > ";
    const said = texts(made(type, (word) => `${word} ${hostile}`)).join("\n");
    expect(said).toContain(hostile.trim());
    // An ampersand that was there is the only one.
    expect(said.replaceAll("&amp;", "")).not.toContain("&");
  });

  it("T29 holds no control character and nothing that turns the direction of writing", () => {
    const acting = "a\u0000b\u0007c\u001b[31md\u202ee\u2066f\u200fg";
    const said = texts(made(type, (word) => `${word.slice(0, 3)}${acting}`)).join("");
    expect(said).not.toMatch(/[^\P{Cc}\n]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u);
  });

  it("is short, however long its event is, and breaks no character", () => {
    const long = made(type, (word) => `${word}${"😀".repeat(30)}`.slice(0, 60).toWellFormed());
    expect(long.title.length).toBeLessThanOrEqual(lengths.title);
    const longest = { subject: 300, snippet: 4_000 } as const;
    const event = full((word) => word)[type] as { subject?: string; snippet?: string };
    for (const [field, most] of Object.entries(longest))
      if (field in event) Object.assign(event, { [field]: "😀".repeat(most / 2) });
    const message = toMessage(type, parseEvent(type, event));
    expect(message.title.length).toBeLessThanOrEqual(lengths.title);
    expect(message.body?.length ?? 0).toBeLessThanOrEqual(lengths.body);
    for (const { value } of message.fields) expect(value.length).toBeLessThanOrEqual(lengths.value);
    for (const text of texts(message)) expect(text.isWellFormed()).toBe(true);
  });

  it("has a title of one line, and counts what was held back", () => {
    expect(made(type, (word) => `${word}\n`).title).toMatch(/^\S[^\n]*\S$/);
    const held = toMessage(type, parseEvent(type, full((word) => word)[type]), 4);
    expect(held.footer).toMatch(/^and 4 more/);
    expect(made(type, (word) => word).footer ?? "").not.toContain("more");
  });
});

describe("a message's texts", () => {
  it("T29 lose what only acts, and keep what stands around it together", () => {
    const { title } = toMessage("new_ticket", { ticketId: "t", subject: "a\u0000b\u202ec \t\n d" });
    expect(title).toBe("New ticket: abc d");
  });
});

describe("a message's links", () => {
  it("T29 are web pages, written as URLs write themselves", () => {
    const [link] = toMessage("new_ticket", {
      ticketId: "t",
      subject: "s",
      url: "https://x.example/a b\"<>|`'{}?q=é",
    }).links;
    expect(link?.url).toMatch(/^https:\/\/x\.example\/[\w%?=/-]+$/);
    for (const url of ["javascript:alert(1)", "data:text/html,x", "nonsense", "file:///etc/passwd"])
      expect(toMessage("new_ticket", { ticketId: "t", subject: "s", url }).links).toEqual([]);
  });
});
