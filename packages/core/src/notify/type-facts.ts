import type { Json } from "../define/json.ts";
import type { NotificationType } from "../define/notification.ts";

/** What sets the types apart, beside their schemas and templates. */
interface TypeFacts {
  /**
   * What the connection that an event came from must be for it to be sent: `mode` its notifications on (the double
   * gate), `connected` not disconnected.
   */
  readonly source: "mode" | "connected" | "any";
  /** What an event is about: a cool-down counts by it. */
  readonly subject: (event: { readonly [field: string]: Json }) => readonly (Json | undefined)[];
  /** The field that names a person; who it is, and of which `company`, the customer spine may know. */
  readonly person?: "contact" | "customer" | "requester";
  /** A later event of the same subject takes the place of what was sent of an earlier one. */
  readonly replaces?: boolean;
}

const facts: { readonly [type in NotificationType]: TypeFacts } = {
  new_ticket: {
    source: "any",
    subject: ({ company, requester }) => [company, emailOf(requester)],
    person: "requester",
  },
  high_priority_ticket: {
    source: "any",
    subject: ({ company, requester }) => [company, emailOf(requester)],
    person: "requester",
  },
  escalation: { source: "any", subject: ({ conversationId }) => [conversationId] },
  negative_sentiment: { source: "any", subject: ({ conversationId }) => [conversationId] },
  feedback_alert: {
    source: "any",
    subject: ({ company, conversationId, customer }) => [conversationId ?? company ?? emailOf(customer)],
  },
  knowledge_gap: { source: "any", subject: ({ gapId }) => [gapId] },
  new_hubspot_engagement: {
    source: "mode",
    subject: ({ company, contact }) => [company, emailOf(contact)],
    person: "contact",
  },
  stripe_event: {
    source: "connected",
    subject: ({ company, customer }) => [company, emailOf(customer)],
    person: "customer",
  },
  contract_event: { source: "connected", subject: ({ contractId }) => [contractId], person: "customer" },
  health_score_drop: { source: "any", subject: ({ companyId }) => [companyId] },
  segment_match: { source: "any", subject: ({ customerId, segmentId }) => [segmentId, customerId] },
  digest: { source: "any", subject: ({ to }) => [to] },
  sync_error: {
    source: "any",
    subject: ({ connectionId, direction, source, state }) => [direction, connectionId ?? source, state],
  },
  approval: { source: "any", subject: ({ approvalId }) => [approvalId], replaces: true },
};

export const sourceGate = (type: NotificationType): TypeFacts["source"] => facts[type].source;

export const personField = (type: NotificationType): TypeFacts["person"] => facts[type].person;

export const replacesEarlier = (type: NotificationType): boolean => facts[type].replaces === true;

/** As one text of at most 300 characters. */
export function subjectOf(type: NotificationType, event: Json): string {
  if (typeof event !== "object" || event === null || Array.isArray(event)) return "";
  const parts = facts[type].subject(event as { readonly [field: string]: Json });
  return JSON.stringify(parts.map((part) => part ?? null)).slice(0, 300);
}

function emailOf(person: Json | undefined): Json | undefined {
  if (typeof person !== "object" || person === null || Array.isArray(person)) return undefined;
  const { email, name } = person as { readonly [field: string]: Json | undefined };
  return email ?? name;
}
