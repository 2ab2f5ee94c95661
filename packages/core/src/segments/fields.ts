import type { CustomerKind } from "../define/customer.ts";

/** What a field holds. `money` is an amount in one currency, `custom` whatever the org's own fields hold. */
export type FieldType = "text" | "number" | "money" | "date" | "boolean" | "custom";

export interface SegmentField {
  readonly type: FieldType;
  /** Of whom it is known. */
  readonly of: readonly CustomerKind[];
  /** The only words that it can have. */
  readonly words?: readonly string[];
}

export const healthTiers = ["critical", "at_risk", "neutral", "healthy"] as const;
export type HealthTier = (typeof healthTiers)[number];

export const renewalStatuses = [
  "up_for_renewal",
  "in_progress",
  "likely_to_renew",
  "expansion_opportunity",
  "set_to_cancel",
  "set_to_cancel_trial",
  "at_risk",
  "renewed",
  "lost",
] as const;
export type RenewalStatus = (typeof renewalStatuses)[number];

export const renewalTerms = ["monthly", "quarterly", "annual", "bi_annual"] as const;
export type RenewalTerm = (typeof renewalTerms)[number];

const people = ["end_user"] as const;
const companies = ["company"] as const;
const both = ["end_user", "company"] as const;

/**
 * Everything that a segment can ask of a customer, as data: a store has a place for each of these and for nothing else.
 * `mrr`, `lifetime_value` and `monthly_spend` are asked with a currency, "mrr:usd"; the org's own fields as "custom:seats";
 * a person's company's as "company.industry".
 */
export const segmentFields = {
  name: { type: "text", of: both },
  email: { type: "text", of: people },
  phone: { type: "text", of: both },
  job_title: { type: "text", of: people },
  lifecycle_stage: { type: "text", of: both },
  domain: { type: "text", of: companies },
  industry: { type: "text", of: companies },
  city: { type: "text", of: companies },
  country: { type: "text", of: companies },
  employee_count: { type: "number", of: companies },
  subscription_status: { type: "text", of: companies },
  plan: { type: "text", of: companies },
  mrr: { type: "money", of: companies },
  lifetime_value: { type: "money", of: companies },
  last_payment_at: { type: "date", of: companies },
  delinquent: { type: "boolean", of: companies },
  renews_at: { type: "date", of: companies },
  cancels_at: { type: "date", of: companies },
  signed_up_at: { type: "date", of: both },
  first_seen: { type: "date", of: both },
  last_seen: { type: "date", of: both },
  created_at: { type: "date", of: both },
  health_score: { type: "number", of: both },
  health_tier: { type: "text", of: both, words: healthTiers },
  renewal_status: { type: "text", of: both, words: renewalStatuses },
  renewal_date: { type: "date", of: both },
  contract_term: { type: "text", of: both, words: renewalTerms },
  payment_terms: { type: "text", of: both, words: renewalTerms },
  on_contract: { type: "boolean", of: both },
  monthly_spend: { type: "money", of: both },
} as const satisfies { readonly [name: string]: SegmentField };

export type SegmentFieldName = keyof typeof segmentFields;

/** Records that count towards a customer, whichever vendor they come from; a stream declares which of its are any. */
export const countedThings = {
  deal: {
    name: "text",
    pipeline: "text",
    stage: "text",
    owner: "text",
    amount: "number",
    currency: "text",
    closed: "boolean",
    won: "boolean",
    at: "date",
    created_at: "date",
  },
  meeting: { title: "text", at: "date", duration_ms: "number", owner: "text" },
  activity: { kind: "text", title: "text", direction: "text", at: "date", owner: "text" },
} as const satisfies {
  readonly [thing: string]: { readonly [field: string]: Exclude<FieldType, "custom" | "money"> };
};

export type CountedThing = keyof typeof countedThings;

/** A field as a filter names it, taken apart. */
export interface NamedField {
  /** Of the customer, or of the company that a person belongs to. */
  readonly side: "own" | "company";
  readonly name: SegmentFieldName | "custom";
  /** The currency of money, in lower case; the key of a custom field. */
  readonly key: string | undefined;
  readonly type: FieldType;
  readonly words: readonly string[] | undefined;
}

const longestKey = 200;

/** Undefined for what is no field of such a customer. */
export function namedField(kind: CustomerKind, text: string): NamedField | undefined {
  const side = kind === "end_user" && text.startsWith("company.") ? "company" : "own";
  const of = side === "company" ? "company" : kind;
  const rest = side === "company" ? text.slice("company.".length) : text;
  const colon = rest.indexOf(":");
  const head = colon === -1 ? rest : rest.slice(0, colon);
  const key = colon === -1 ? undefined : rest.slice(colon + 1);
  if (head === "custom") {
    if (!key || key.length > longestKey || key.includes("\0") || !key.isWellFormed()) return undefined;
    return { side, name: "custom", key, type: "custom", words: undefined };
  }
  if (!Object.hasOwn(segmentFields, head)) return undefined;
  const name = head as SegmentFieldName;
  const field: SegmentField = segmentFields[name];
  if (!field.of.includes(of)) return undefined;
  if (field.type !== "money") {
    return key === undefined ? { side, name, key, type: field.type, words: field.words } : undefined;
  }
  if (key === undefined || !/^[A-Za-z]{3}$/.test(key)) return undefined;
  return { side, name, key: key.toLowerCase(), type: "money", words: undefined };
}

/** The names that can be given, for messages and for whoever builds a form. */
export function fieldNames(kind: CustomerKind): readonly string[] {
  const named = (of: CustomerKind, prefix: string) => [
    ...Object.entries<SegmentField>(segmentFields)
      .filter(([, field]) => field.of.includes(of))
      .map(([name, { type }]) => `${prefix}${name}${type === "money" ? ":<currency>" : ""}`),
    `${prefix}custom:<field>`,
  ];
  return kind === "company"
    ? named("company", "")
    : [...named("end_user", ""), ...named("company", "company.")];
}
