import { serve } from "@halo/emulators/serve";
import { stripeEmulator } from "@halo/emulators/stripe";

/** Somebody who paid once, long ago. */
export interface Payer {
  readonly customer: string;
  readonly payment: string;
}

/** Stripe of one round: it moves money as it is asked to, once for each key, and some of its answers get lost. */
export interface MoneyVendor {
  readonly url: string;
  readonly key: string;
  /** Another one at each call. */
  payer(): Payer;
  /** How often money was moved for this one: refunds of the payment, credits of the balance. */
  moved(payer: Payer): number;
  /** Deeds whose answer was not the vendor's own, or never came. */
  lostAnswers(): number;
  close(): Promise<void>;
}

const write = { method: "POST", path: /\/(?:refunds|balance_transactions)$/ };

export async function startMoneyVendor(seed: string): Promise<MoneyVendor> {
  const emulator = stripeEmulator({
    seed,
    size: { customers: 0 },
    latency: { medianMs: 8, sigma: 0.3 },
    limits: "none",
  });
  const { faults, ledger } = emulator;
  const { book } = emulator.account;
  const merchant = emulator.account.in("test");
  // Performed, and then: an error, silence, half an answer. And some that were never performed.
  const each = (first: number, every: number) => ({
    ...write,
    nth: Array.from({ length: 500 }, (_, at) => first + at * every),
  });
  faults.add({ match: each(3, 16), effect: { type: "status", status: 500, executed: true } });
  faults.add({ match: each(7, 16), effect: { type: "reset", afterBytes: 0 } });
  faults.add({ match: each(11, 32), effect: { type: "truncate" } });
  faults.add({ match: each(14, 32), effect: { type: "status", status: 503 } });
  faults.add({ match: each(20, 64), effect: { type: "status", status: 429 } });
  const served = await serve(emulator);
  let payers = 0;
  return {
    url: served.url,
    key: emulator.issueKey(),
    payer() {
      payers += 1;
      const { id: customer } = merchant.createCustomer({ email: `payer-${payers}@example.com` });
      const { id: payment } = merchant.pay({ amount: 10_000, currency: "eur", customer });
      return { customer, payment };
    },
    moved({ customer, payment }) {
      const refunds = book.tables.refund.rows.filter((one) => one["payment_intent"] === payment);
      const credits = book.tables.customer_balance_transaction.rows.filter(
        (one) => one["customer"] === customer,
      );
      return refunds.length + credits.length;
    },
    lostAnswers: () => ledger.count(({ effect, faults }) => effect !== undefined && faults.length > 0),
    async close() {
      emulator.close();
      await served.close();
    },
  };
}
