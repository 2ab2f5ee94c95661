import { startEmulator } from "./emulator-process.ts";

/** Stripe's part in this program: an account whose customers pay. */
export interface StripeAccount {
  readonly url: string;
  /** A restricted key, as an admin makes one in the dashboard. */
  readonly key: string;
  /** A new customer who pays something. */
  readonly payment: (
    email: string,
    amount: number,
  ) => Promise<{ readonly customer: string; readonly payment: string }>;
  /** Refunds of a payment, and the names that their calls bore. */
  refunds(payment: string): Promise<readonly { readonly amount: number; readonly mark: string }[]>;
  close(): Promise<void>;
}

interface Effect {
  readonly operation: string;
  readonly id: string;
  readonly mark: string;
}

/** What Halo reads, and what its actions write. */
const permissions =
  "accounts_kyc_basic_read customer_read subscription_read invoice_read payment_intent_read charge_read credit_note_read product_read plan_read dispute_read event_read webhook_write customer_write charge_write refund_write subscription_write".split(
    " ",
  );

export async function startStripe({ seed }: { readonly seed: string }): Promise<StripeAccount> {
  const { close, get, post, url } = await startEmulator("stripe", [
    "--seed",
    seed,
    "--customers",
    "20",
    "--latency",
    "40",
  ]);
  const change = (name: string, ...args: unknown[]) => post<{ id: string }>(`change/${name}`, { args });
  const { key } = await post<{ key: string }>("keys", { permissions });
  return {
    url,
    key,
    close,
    async payment(email, amount) {
      const { id: customer } = await change("createCustomer", { email });
      const { id: payment } = await change("pay", { amount, currency: "eur", customer });
      return { customer, payment };
    },
    async refunds(payment) {
      const [made, { requests }] = await Promise.all([
        get<{ id: string; amount: number; payment_intent: string }[]>("snapshot/refund"),
        get<{ requests: { effect?: Effect }[] }>("ledger"),
      ]);
      return made
        .filter((one) => one.payment_intent === payment)
        .map(({ amount, id }) => ({
          amount,
          mark: requests.find(({ effect }) => effect?.id === id)?.effect?.mark ?? "",
        }));
    },
  };
}
