import type { RevenueEntry } from "../define/revenue.ts";
import type { RevenueRow } from "../ports/page-store.ts";
import { storableText } from "../storable-json.ts";

const DECIMAL = /^-?\d{1,18}(?:\.\d{1,9})?$/;
const CURRENCY = /^[a-z]{3}$/;

/** What a record says of money, as a store takes it: an amount without a currency, or that is none, says nothing. */
export function revenueRow(entry: RevenueEntry): RevenueRow {
  const { paidAt, payer, subscription } = entry;
  const currency = entry.currency?.toLowerCase();
  const named = currency !== undefined && CURRENCY.test(currency);
  const amount = (text: string | undefined) =>
    named && text !== undefined && DECIMAL.test(text) ? text : undefined;
  return {
    payer,
    currency: named ? currency : undefined,
    mrr: amount(entry.mrr),
    paid: amount(entry.paid),
    paidAt: dated(paidAt),
    status: textOf(subscription?.status),
    standing: subscription && Math.min(1_000, Math.max(0, Math.trunc(subscription.standing))),
    plan: textOf(subscription?.plan),
    delinquent: subscription?.delinquent,
    renewsAt: dated(subscription?.renewsAt),
    cancelsAt: dated(subscription?.cancelsAt),
    billingInterval: subscription?.interval,
    isTest: entry.isTest === true,
  };
}

const dated = (date: Date | undefined) => (date && !Number.isNaN(date.getTime()) ? date : undefined);

function textOf(text: string | undefined): string | undefined {
  const stored = text === undefined ? "" : storableText(text).trim().slice(0, 300);
  return stored === "" ? undefined : stored;
}
