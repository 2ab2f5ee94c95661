import { type RenewalField, renewalFields } from "../customers/renewal-fields.ts";
import type { CompanyRevenue } from "../define/revenue.ts";
import type { Renewal, RenewalClaim, RenewalInputs } from "../ports/standing-store.ts";
import type { RenewalStatus } from "../segments/fields.ts";
import type { RenewalSettings } from "./renewal-settings.ts";
import { parseRenewal, type RenewalValues } from "./renewal-values.ts";

type Found = {
  readonly [field in RenewalField]?: { readonly value: RenewalValues[field]; readonly source: string };
};

/** Vendors have two ways to spell it. */
const over = new Set(["canceled", "cancelled"]);
const underContract = new Set(["active", "trialing", "past_due", "unpaid", "paused"]);

/**
 * Where a customer's renewal stands. A person's word wins over everything; then of each field the chosen source, and of the
 * status the first rule that holds: set to cancel, at risk, up for renewal, expansion opportunity.
 */
export function renewalOf(inputs: RenewalInputs, settings: RenewalSettings, now: Date): Renewal {
  const { customerId, kind } = inputs;
  const found = fieldsOf(inputs, settings);
  const sources: Record<string, string> = {};
  for (const field of renewalFields) {
    const { source } = found[field] ?? {};
    if (source !== undefined && field !== "renewal_status") sources[field] = source;
  }
  const renewalDate = found.renewal_date?.value;
  const said = found.renewal_status;
  const status = said ?? byRule(inputs, renewalDate, settings, now);
  if (status) sources["renewal_status"] = status.source;
  return {
    kind,
    customerId,
    status: status?.value,
    renewalDate,
    contractTerm: found.contract_term?.value,
    paymentTerms: found.payment_terms?.value,
    onContract: found.on_contract?.value,
    monthlySpend: found.monthly_spend?.value ?? {},
    sources,
    computedAt: now,
  };
}

function byRule(
  { employeeCount, healthScore, revenue }: RenewalInputs,
  renewalDate: string | undefined,
  { atRiskBelow, expansion, timeZone, upForRenewalDays }: RenewalSettings,
  now: Date,
): { readonly value: RenewalStatus; readonly source: string } | undefined {
  const rule = (value: RenewalStatus) => ({ value, source: "rule" });
  if (atRiskBelow !== null && healthScore !== undefined && healthScore < atRiskBelow) return rule("at_risk");
  if (renewalDate !== undefined) {
    const days = daysUntil(renewalDate, timeZone, now);
    if (days >= 0 && days <= upForRenewalDays) return rule("up_for_renewal");
  }
  if (expansion === null) return undefined;
  const { employees, health, mrr } = expansion;
  const holds =
    (health === undefined || (healthScore ?? -1) >= health) &&
    (employees === undefined || (employeeCount ?? -1) >= employees) &&
    (mrr === undefined || Number(revenue?.mrr[mrr.currency.toLowerCase()] ?? -1) >= Number(mrr.atLeast));
  return holds ? rule("expansion_opportunity") : undefined;
}

/** Whole days on the calendar of the time zone: clocks that are turned make none longer or shorter. */
export function daysUntil(date: string, timeZone: string, now: Date): number {
  return Math.round(
    (Date.parse(`${date}T00:00:00Z`) - Date.parse(`${dayIn(timeZone, now)}T00:00:00Z`)) / 86_400_000,
  );
}

/** The day that it is there, "2027-01-31". */
export function dayIn(timeZone: string, at: Date): string {
  const format = new Intl.DateTimeFormat("en-CA", {
    timeZone,
    calendar: "gregory",
    numberingSystem: "latn",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  });
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  return `${parts["year"]?.padStart(4, "0")}-${parts["month"]}-${parts["day"]}`;
}

function fieldsOf({ claims, revenue }: RenewalInputs, settings: RenewalSettings): Found {
  const manual = claims.filter(({ source }) => source === "manual");
  const others = claims.filter(({ source }) => source !== "manual");
  const billing = revenue && billingClaim(revenue, settings.timeZone);
  const found: { [field: string]: { readonly value: unknown; readonly source: string } } = {};
  for (const field of renewalFields) {
    const value = first(field, manual, "manual") ?? chosen(field, billing, others, settings);
    if (value) found[field] = value;
  }
  return found as Found;
}

/** Of a status only what nobody has to judge comes from a source; all else is a person's word or a rule's. */
const told: ReadonlySet<string> = new Set(["set_to_cancel", "set_to_cancel_trial"]);

function chosen(
  field: RenewalField,
  billing: BillingSays | undefined,
  claims: readonly RenewalClaim[],
  { sources }: RenewalSettings,
) {
  const order = sources[field];
  const billed = billing?.[field] === undefined ? undefined : { value: billing[field], source: "billing" };
  const of = (integration: string | undefined) => {
    const own = claims.filter(
      ({ source }) => integration === undefined || integrationOf(source) === integration,
    );
    for (const claim of own) {
      const value = first(field, [claim], integrationOf(claim.source));
      if (value && (field !== "renewal_status" || told.has(String(value.value)))) return value;
    }
    return undefined;
  };
  if (order === undefined) return billed ?? of(undefined);
  for (const name of order) {
    const value = name === "billing" ? billed : of(name);
    if (value) return value;
  }
  return undefined;
}

const integrationOf = (source: string) => source.split(":")[0] ?? source;

function first(field: RenewalField, claims: readonly RenewalClaim[], source: string) {
  for (const { fields } of claims) {
    const text = Object.hasOwn(fields, field) ? fields[field] : undefined;
    const value = text === undefined ? undefined : parseRenewal(field, text);
    if (value !== undefined) return { value, source };
  }
  return undefined;
}

type BillingSays = { readonly [field in RenewalField]?: RenewalValues[field] | undefined };

/** What vendors that bill say, in the words of renewals. */
function billingClaim(revenue: CompanyRevenue, timeZone: string): BillingSays {
  const { billingInterval, cancelsAt, mrr, renewsAt, subscriptionStatus } = revenue;
  const ends = cancelsAt !== undefined || (subscriptionStatus !== undefined && over.has(subscriptionStatus));
  return {
    renewal_date: renewsAt && dayIn(timeZone, renewsAt),
    contract_term: billingInterval,
    payment_terms: billingInterval,
    on_contract: subscriptionStatus === undefined ? undefined : underContract.has(subscriptionStatus),
    monthly_spend: Object.keys(mrr).length > 0 ? mrr : undefined,
    renewal_status: ends
      ? subscriptionStatus === "trialing"
        ? "set_to_cancel_trial"
        : "set_to_cancel"
      : undefined,
  };
}
