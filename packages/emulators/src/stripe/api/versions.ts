/** The newest, and what the objects are kept in. */
export const API_VERSION = "2026-10-28.endive";

/** Since this date periods, payments and parents stand where they do today (vendors/stripe.md §0). */
const BASIL = "2025-03-31";

type Rendered = Record<string, unknown>;

/** An object as an older version shows it. Only what moved with basil is moved back. */
export function inVersion(shown: Rendered, version: string): Rendered {
  if (version.slice(0, 10) >= BASIL) return shown;
  if (shown.object === "subscription") return oldSubscription(shown);
  if (shown.object === "invoice") return oldInvoice(shown);
  if (shown.object === "charge" || shown.object === "payment_intent") return { ...shown, invoice: null };
  return shown;
}

function oldSubscription(shown: Rendered): Rendered {
  const items = shown.items as { data: Rendered[] } | undefined;
  const [first] = items?.data ?? [];
  const data = items?.data.map(({ current_period_start: _, current_period_end: __, ...item }) => item);
  return {
    ...shown,
    ...(items && { items: { ...items, data } }),
    current_period_start: first?.current_period_start ?? null,
    current_period_end: first?.current_period_end ?? null,
    discount: null,
  };
}

function oldInvoice({ parent, ...shown }: Rendered): Rendered {
  const details = (parent as { subscription_details?: { subscription?: string } } | null)
    ?.subscription_details;
  return {
    ...shown,
    subscription: details?.subscription ?? null,
    paid: shown.status === "paid",
    charge: null,
    payment_intent: null,
  };
}
