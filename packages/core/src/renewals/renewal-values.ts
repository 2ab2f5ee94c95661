import type { RenewalField } from "../customers/renewal-fields.ts";
import { renewalStatuses, renewalTerms } from "../segments/fields.ts";

export interface RenewalValues {
  readonly renewal_date: string;
  readonly contract_term: (typeof renewalTerms)[number];
  readonly payment_terms: (typeof renewalTerms)[number];
  readonly on_contract: boolean;
  readonly monthly_spend: { readonly [currency: string]: string };
  readonly renewal_status: (typeof renewalStatuses)[number];
}

const wanted: { readonly [field in RenewalField]: string } = {
  renewal_date: 'a day, "2027-01-31"',
  contract_term: `one of ${renewalTerms.join(", ")}`,
  payment_terms: `one of ${renewalTerms.join(", ")}`,
  on_contract: "true or false",
  monthly_spend: 'an amount and its currency, "49.00 usd"',
  renewal_status: `one of ${renewalStatuses.join(", ")}`,
};

export const expectedOf = (field: RenewalField): string => wanted[field];

/** The value that a claim's text stands for; undefined for what is none. */
export function parseRenewal<Field extends RenewalField>(
  field: Field,
  text: string,
): RenewalValues[Field] | undefined {
  return parsers[field](text.trim()) as RenewalValues[Field] | undefined;
}

const term = (text: string) => renewalTerms.find((one) => one === text);

const parsers: { readonly [field in RenewalField]: (text: string) => RenewalValues[field] | undefined } = {
  renewal_date: day,
  contract_term: term,
  payment_terms: term,
  on_contract: (text) => (text === "true" ? true : text === "false" ? false : undefined),
  monthly_spend: (text) => {
    const [, amount, currency] = /^(\d{1,15}(?:\.\d{1,6})?) ([A-Za-z]{3})$/.exec(text) ?? [];
    return amount && currency ? { [currency.toLowerCase()]: amount } : undefined;
  },
  renewal_status: (text) => renewalStatuses.find((one) => one === text),
};

/** A calendar day that there is; of a time its own first ten characters. */
function day(text: string): string | undefined {
  const [, date] = /^(\d{4}-\d{2}-\d{2})(?:T[\d:.]+(?:Z|[+-]\d{2}:\d{2}))?$/.exec(text) ?? [];
  if (date === undefined) return undefined;
  const time = Date.parse(`${date}T00:00:00Z`);
  return Number.isFinite(time) && new Date(time).toISOString().startsWith(date) ? date : undefined;
}
