import * as z from "zod";
import type { NotificationType } from "../define/notification.ts";
import { notificationTypes } from "../define/notification.ts";
import { ValidationError } from "../errors.ts";
import { storableText } from "../storable-json.ts";

/** What is longer is the host's mistake: an event tells of a thing, it does not carry it. */
const text = (most: number) =>
  z
    .string()
    .max(most)
    .refine((value) => value.trim() !== "", "empty")
    .transform(storableText);
const id = text(200);
const name = text(300);
const snippet = text(4_000);
const when = z.iso.datetime({ offset: true });
/** What people are sent to is a web page, whatever a record says. */
const url = z.url({ protocol: /^https?$/ }).max(2_000);
const person = z.strictObject({ name: name.optional(), email: text(320).optional() });
const share = z.number().min(-1).max(1);
const points = z.number().min(0).max(100);
const count = z.int().min(0);

export const priorities = ["low", "normal", "high", "urgent"] as const;
const tiers = ["critical", "at_risk", "neutral", "healthy"] as const;

const ticket = {
  ticketId: id,
  subject: name,
  requester: person.optional(),
  company: name.optional(),
  kind: text(100).optional(),
  channel: text(100).optional(),
  tags: z.array(text(100)).max(50).optional(),
  snippet: snippet.optional(),
  url: url.optional(),
  at: when.optional(),
};
const conversation = {
  conversationId: id,
  customer: person.optional(),
  company: name.optional(),
  agentId: id.optional(),
  snippet: snippet.optional(),
  url: url.optional(),
  at: when.optional(),
};

/**
 * What each type of notification tells. The order of an `enum` is its order of rank: `at_least` in a filter goes by it.
 */
export const eventSchemas = {
  new_ticket: z.strictObject({ ...ticket, priority: z.enum(priorities).optional() }),
  high_priority_ticket: z.strictObject({ ...ticket, priority: z.enum(priorities) }),
  escalation: z.strictObject({
    ...conversation,
    reason: name,
    kind: text(100).optional(),
    priority: z.enum(priorities).optional(),
    sentiment: share.optional(),
  }),
  negative_sentiment: z.strictObject({ ...conversation, sentiment: share, topic: name.optional() }),
  feedback_alert: z.strictObject({
    ...conversation,
    conversationId: id.optional(),
    rating: z.number().min(0).max(100).optional(),
    outOf: z.number().min(1).max(100).optional(),
    sentiment: share.optional(),
    comment: snippet.optional(),
  }),
  knowledge_gap: z.strictObject({
    gapId: id,
    question: text(1_000),
    times: count.min(1),
    windowDays: z.number().positive(),
    examples: z.array(text(1_000)).max(5).optional(),
    agentId: id.optional(),
  }),
  new_hubspot_engagement: z.strictObject({
    kind: text(100),
    engagementId: id,
    contact: person.optional(),
    company: name.optional(),
    subject: name.optional(),
    snippet: snippet.optional(),
    url: url.optional(),
    at: when.optional(),
  }),
  stripe_event: z.strictObject({
    kind: text(100),
    objectId: id,
    customer: person.optional(),
    company: name.optional(),
    /** In the currency's main unit, as text: no digit is lost. */
    amount: z
      .string()
      .regex(/^-?\d{1,18}(?:\.\d{1,6})?$/)
      .optional(),
    currency: z
      .string()
      .regex(/^[A-Za-z]{3}$/)
      .optional(),
    status: text(100).optional(),
    url: url.optional(),
    at: when.optional(),
  }),
  contract_event: z.strictObject({
    kind: text(100),
    contractId: id,
    name,
    status: text(100).optional(),
    customer: person.optional(),
    company: name.optional(),
    signer: person.optional(),
    amount: z
      .string()
      .regex(/^-?\d{1,18}(?:\.\d{1,6})?$/)
      .optional(),
    currency: z
      .string()
      .regex(/^[A-Za-z]{3}$/)
      .optional(),
    url: url.optional(),
    at: when.optional(),
  }),
  health_score_drop: z.strictObject({
    companyId: id,
    company: name,
    from: points,
    to: points,
    fromTier: z.enum(tiers),
    toTier: z.enum(tiers),
    reasons: z.array(text(300)).max(10).optional(),
    url: url.optional(),
    at: when.optional(),
  }),
  segment_match: z.strictObject({
    segmentId: id,
    segment: name,
    kind: z.enum(["end_user", "company"]),
    customerId: id,
    customer: person.optional(),
    company: name.optional(),
    url: url.optional(),
    at: when.optional(),
  }),
  digest: z.strictObject({
    frequency: z.enum(["daily", "weekly"]),
    from: when,
    to: when,
    timeZone: text(100).optional(),
    notifications: z.array(z.strictObject({ type: z.enum(notificationTypes), count })).max(50),
    failedSyncs: z
      .array(z.strictObject({ connection: name, stream: text(100), failures: count, code: text(100) }))
      .max(50),
    knowledgeGaps: z.array(z.strictObject({ question: text(1_000), times: count })).max(20),
    newEndUsers: count,
    newCompanies: count,
    actions: count,
  }),
  sync_error: z.strictObject({
    /** `incoming`: something could not be read. `outgoing`: an action or a notification did not get there. */
    direction: z.enum(["incoming", "outgoing"]),
    state: z.enum(["failed", "recovered"]),
    /** Name of the integration or the sink. */
    source: name,
    connectionId: id.optional(),
    account: name.optional(),
    /** The stream, the action, or the type of notification. */
    what: text(200),
    code: text(100).optional(),
    message: text(1_000).optional(),
    at: when.optional(),
  }),
  approval: z.strictObject({
    approvalId: id,
    state: text(50),
    hash: text(200),
    integration: text(100),
    action: text(100),
    agentId: id,
    /** The card, whole: longer than any other text, since nothing of it may be left out. */
    title: text(70_000),
    lines: z.array(z.strictObject({ label: text(70_000), value: z.string().max(70_000) })).max(5_000),
    needed: count.min(1),
    approvedBy: z.array(id).max(10),
    rejectedBy: id.optional(),
    /** Of the error, where it came to one. */
    code: text(100).optional(),
    expiresAt: when,
    at: when.optional(),
  }),
} as const satisfies { readonly [type in NotificationType]: z.ZodObject };

/** The event of each type, as a host gives it. */
export type NotificationEvents = {
  readonly [type in NotificationType]: z.input<(typeof eventSchemas)[type]>;
};

/** The event as it is stored. Throws `input_invalid` for what is no event of that type. */
export function parseEvent<Type extends NotificationType>(
  type: Type,
  event: unknown,
): z.output<(typeof eventSchemas)[Type]> {
  const schema: z.ZodType | undefined = Object.hasOwn(eventSchemas, type) ? eventSchemas[type] : undefined;
  if (!schema) {
    throw new ValidationError(`There is no such type of notification: give one of notificationTypes.`, {
      path: "type",
      reason: "unknown",
    });
  }
  const parsed = schema.safeParse(event);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new ValidationError(`This is no event of type "${type}": see \`path\` and \`reason\`.`, {
      path: ["event", ...(issue?.path ?? [])].join("."),
      reason: issue?.message ?? "invalid",
    });
  }
  return parsed.data as z.output<(typeof eventSchemas)[Type]>;
}
