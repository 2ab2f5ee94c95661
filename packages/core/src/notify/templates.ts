import type * as z from "zod";
import type { NotificationMessage, NotificationType } from "../define/notification.ts";
import type { eventSchemas } from "./event-schemas.ts";
import { type MessageParts, message } from "./message-text.ts";

type Stored = { readonly [type in NotificationType]: z.output<(typeof eventSchemas)[type]> };

/** One for each type: plain words about an event, no markup, nothing escaped. */
const templates: { readonly [type in NotificationType]: (event: Stored[type]) => MessageParts } = {
  new_ticket: (event) => ({ ...ticket(event), title: `New ticket: ${event.subject}` }),
  high_priority_ticket: (event) => ({
    ...ticket(event),
    title: `${capital(event.priority)} priority ticket: ${event.subject}`,
  }),
  escalation: (event) => ({
    title: `Escalated: ${event.reason}`,
    body: event.snippet,
    fields: [
      ...customer(event),
      ["Priority", event.priority],
      ["Kind", event.kind],
      ["Agent", event.agentId],
    ],
    links: [["Open the conversation", event.url]],
    footer: [event.at],
  }),
  negative_sentiment: (event) => ({
    title: `A conversation turned negative${about(event.company ?? event.customer?.name)}`,
    body: event.snippet,
    fields: [...customer(event), ["Sentiment", event.sentiment], ["Topic", event.topic]],
    links: [["Open the conversation", event.url]],
    footer: [event.at],
  }),
  feedback_alert: (event) => ({
    title: `Low feedback${about(event.company ?? event.customer?.name)}`,
    body: event.comment ?? event.snippet,
    fields: [
      ...customer(event),
      ["Rating", event.rating === undefined ? undefined : rating(event.rating, event.outOf)],
      ["Sentiment", event.sentiment],
    ],
    links: [["Open the conversation", event.url]],
    footer: [event.at],
  }),
  knowledge_gap: ({ agentId, examples = [], question, times, windowDays }) => ({
    title: `Asked ${times} times without an answer: ${question}`,
    body: examples.filter((example) => example !== question).join("\n"),
    fields: [["Agent", agentId]],
    footer: [`within ${windowDays} days`],
  }),
  new_hubspot_engagement: (event) => ({
    title: `New ${event.kind}${about(event.company ?? person(event.contact))}`,
    body: event.snippet,
    fields: [
      ["Contact", person(event.contact)],
      ["Company", event.company],
      ["Subject", event.subject],
    ],
    links: [["Open the record", event.url]],
    footer: [event.at],
  }),
  stripe_event: (event) => ({
    title: `${capital(spaced(event.kind))}${about(event.company ?? person(event.customer))}`,
    fields: [...customer(event), ["Amount", money(event)], ["Status", event.status]],
    links: [["Open the record", event.url]],
    footer: [event.at],
  }),
  contract_event: (event) => ({
    title: `Contract ${spaced(event.kind)}: ${event.name}`,
    fields: [
      ...customer(event),
      ["Signer", person(event.signer)],
      ["Status", event.status],
      ["Amount", money(event)],
    ],
    links: [["Open the contract", event.url]],
    footer: [event.at],
  }),
  health_score_drop: (event) => ({
    title: `${event.company} fell from ${spaced(event.fromTier)} to ${spaced(event.toTier)}`,
    body: event.reasons?.join("\n"),
    fields: [["Health score", `${event.from} to ${event.to}`]],
    links: [["Open the company", event.url]],
    footer: [event.at],
  }),
  segment_match: (event) => ({
    title: `${event.customer ? (person(event.customer) ?? "Somebody") : (event.company ?? "A company")} is in ${event.segment} now`,
    fields: event.kind === "end_user" ? customer(event) : [],
    links: [["Open the customer", event.url]],
    footer: [event.at],
  }),
  digest: (event) => ({
    title: event.frequency === "daily" ? "What happened in the last day" : "What happened in the last week",
    body: digestLines(event).join("\n"),
    fields: [
      ["New people", event.newEndUsers],
      ["New companies", event.newCompanies],
      ["Actions done", event.actions],
    ],
    footer: [`${event.from} to ${event.to}`, event.timeZone],
  }),
  sync_error: (event) => ({
    title:
      event.state === "recovered"
        ? `Recovered: ${event.source}, ${spaced(event.what)}`
        : `${event.direction === "incoming" ? "Sync failed" : "Not delivered"}: ${event.source}, ${spaced(event.what)}`,
    body: event.message,
    fields: [
      ["Account", event.account],
      ["Code", event.code],
    ],
    footer: [event.at],
  }),
  approval: (event) => ({
    title: `${approvalStates[event.state] ?? capital(spaced(event.state))}: ${event.title}`,
    fields: [
      ["Approved by", event.approvedBy.join(", ")],
      ["Rejected by", event.rejectedBy],
      ["Code", event.code],
      ...event.lines.map(({ label, value }) => [label, value] as const),
    ],
    footer: [
      event.state === "proposed"
        ? `${event.approvedBy.length} of ${event.needed} said yes · expires ${event.expiresAt}`
        : event.at,
    ],
    decision: {
      approvalId: event.approvalId,
      hash: event.hash,
      lines: [{ label: "What", value: event.title }, ...event.lines],
      open: event.state === "proposed",
    },
  }),
};

/** How a proposal stands, for people. */
const approvalStates: { readonly [state: string]: string } = {
  proposed: "To decide",
  approved: "Approved, not done yet",
  executing: "Approved, not done yet",
  succeeded: "Approved and done",
  refused: "Not done",
  failed: "Failed",
  outcome_unknown: "Nobody knows whether it was done",
  reconciled: "Looked up at the vendor",
};

/** The message of a stored event; `held` others of its subject were kept back before it. */
export function toMessage(type: NotificationType, event: unknown, held = 0): NotificationMessage {
  const template = templates[type] as (event: unknown) => MessageParts;
  const parts = template(event);
  if (held === 0) return message(type, parts);
  return message(type, { ...parts, footer: [`and ${held} more`, ...(parts.footer ?? [])] });
}

function ticket(event: Stored["new_ticket"]): Omit<MessageParts, "title"> {
  return {
    body: event.snippet,
    fields: [
      ["From", person(event.requester)],
      ["Company", event.company],
      ["Priority", event.priority],
      ["Kind", event.kind],
      ["Channel", event.channel],
      ["Tags", event.tags?.join(", ")],
    ],
    links: [["Open the ticket", event.url]],
    footer: [event.at],
  };
}

function digestLines(event: Stored["digest"]): readonly string[] {
  const lines = event.notifications.map(({ type, count }) => `${count} × ${spaced(type)}`);
  for (const { code, connection, failures, stream } of event.failedSyncs)
    lines.push(`Sync failed ${failures} times: ${connection}, ${spaced(stream)}, ${spaced(code)}`);
  for (const { question, times } of event.knowledgeGaps)
    lines.push(`Asked ${times} times without an answer: ${question}`);
  return lines.length === 0 ? ["Nothing that anybody was told of."] : lines;
}

interface Named {
  readonly name?: string | undefined;
  readonly email?: string | undefined;
}

const person = (one: Named | undefined) =>
  one && [one.name, one.name && one.email ? `(${one.email})` : one.email].filter(Boolean).join(" ");

const customer = (event: { readonly customer?: Named | undefined; readonly company?: string | undefined }) =>
  [
    ["Customer", person(event.customer)],
    ["Company", event.company],
  ] as const;

const about = (name: string | undefined) => (name ? `: ${name}` : "");
const rating = (value: number, outOf: number | undefined) =>
  outOf === undefined ? String(value) : `${value} of ${outOf}`;
const money = ({
  amount,
  currency,
}: {
  readonly amount?: string | undefined;
  readonly currency?: string | undefined;
}) => amount && [amount, currency?.toUpperCase()].filter(Boolean).join(" ");
const spaced = (word: string) => word.replaceAll(/[._]+/g, " ");
const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
