import type { Amounts, CompanyRevenue } from "../define/revenue.ts";
import type { RevenueRow } from "../ports/page-store.ts";
import { linked } from "./people.ts";
import { findRow } from "./rows.ts";
import { byText, type Customer, copy, type Org, type Row } from "./state.ts";

interface Entry extends RevenueRow {
  readonly key: string;
}

/** What all records that name a payer of this company say; undefined where none does. */
export function revenueOf(org: Org, company: Customer): CompanyRevenue | undefined {
  const all: Entry[] = [];
  for (const streams of org.collections.values())
    for (const { connectionId, rows } of streams.values())
      for (const { deletedAt, key, revenue } of rows.values()) {
        if (revenue === undefined || deletedAt !== undefined) continue;
        const payer = findRow(org, connectionId, revenue.payer.stream, revenue.payer.key);
        if (payer && payer.deletedAt === undefined && isOf(org, connectionId, payer, company))
          all.push({ ...revenue, key });
      }
  if (all.length === 0) return undefined;
  const live = all.filter(({ isTest }) => !isTest);
  const entries = live.length > 0 ? live : all;
  entries.sort(bestFirst);
  const best = entries.find(({ standing }) => standing !== undefined);
  const times = (of: (entry: Entry) => Date | undefined) =>
    entries.flatMap((entry) => of(entry)?.getTime() ?? []);
  const paid = times(({ paidAt }) => paidAt);
  const renews = times(({ renewsAt }) => renewsAt);
  const delinquent = entries.flatMap((entry) => entry.delinquent ?? []);
  return copy({
    billingCustomerId: entries[0]?.payer.key,
    subscriptionStatus: best?.status,
    plan: best?.plan,
    mrr: sums(entries, ({ mrr }) => mrr),
    lifetimeValue: sums(entries, (entry) => entry.paid),
    lastPaymentAt: paid.length > 0 ? new Date(Math.max(...paid)) : undefined,
    delinquent: delinquent.length > 0 ? delinquent.includes(true) : undefined,
    renewsAt: renews.length > 0 ? new Date(Math.min(...renews)) : undefined,
    cancelsAt: best?.cancelsAt,
    billingInterval: best?.billingInterval,
  });
}

function isOf(org: Org, connectionId: string, payer: Row, company: Customer): boolean {
  const { ref, domain } = payer.claim?.company ?? {};
  const links = [
    ...payer.links.filter(({ kind }) => kind === "company"),
    ...(ref ? [{ kind: "company", ref, reason: "", score: 1 } as const] : []),
    ...(domain ? [{ kind: "company", identity: domain, reason: "", score: 1 } as const] : []),
  ];
  return links.some((link) => linked(org, connectionId, link) === company);
}

/** The best subscription, then who paid last, then by key. */
function bestFirst(a: Entry, b: Entry): number {
  return (
    (b.standing ?? -1) - (a.standing ?? -1) ||
    (b.paidAt?.getTime() ?? 0) - (a.paidAt?.getTime() ?? 0) ||
    byText(a.key, b.key)
  );
}

function sums(entries: readonly Entry[], of: (entry: Entry) => string | undefined): Amounts {
  const byCurrency = new Map<string, string[]>();
  for (const entry of entries) {
    const amount = of(entry);
    if (entry.currency === undefined || amount === undefined) continue;
    byCurrency.set(entry.currency, [...(byCurrency.get(entry.currency) ?? []), amount]);
  }
  return Object.fromEntries([...byCurrency].map(([currency, amounts]) => [currency, sum(amounts)]));
}

/** Exact, with as many digits as the longest has. */
function sum(amounts: readonly string[]): string {
  const digits = Math.max(...amounts.map((amount) => amount.split(".")[1]?.length ?? 0));
  const total = amounts.reduce((all, amount) => {
    const [whole = "0", fraction = ""] = amount.split(".");
    return all + BigInt(whole + fraction.padEnd(digits, "0"));
  }, 0n);
  const text = (total < 0n ? -total : total).toString().padStart(digits + 1, "0");
  const sign = total < 0n ? "-" : "";
  return digits === 0 ? sign + text : `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}
