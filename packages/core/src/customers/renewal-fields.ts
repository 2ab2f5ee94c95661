/** What sources say of a customer's renewal, as text; which of them counts is decided in `renewals/`. */
export const renewalFields = [
  "renewal_status",
  "renewal_date",
  "contract_term",
  "payment_terms",
  "on_contract",
  "monthly_spend",
] as const;

export type RenewalField = (typeof renewalFields)[number];

const names: ReadonlySet<string> = new Set(renewalFields);

export const isRenewalField = (field: string): field is RenewalField => names.has(field);
