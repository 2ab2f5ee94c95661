import { createHmac, timingSafeEqual } from "node:crypto";
import { receiveStripeWebhook, verifyStripeWebhook } from "@halo/stripe/webhooks";
import Stripe from "stripe";
import type { Row } from "./bench.ts";
import { capped, ofCapped } from "./capped-floor.ts";
import type { Candidate, Measured } from "./measure.ts";

const SECRETS = ["whsec_0b9dc0f553b14d6ea36c1c6a8f0b7d11", "whsec_5d8e0f7a1b2c4d3e9f60718293a4b5c6"];
const SECRET = SECRETS[1] as string;
const { webhooks } = new Stripe("sk_test_bench");

interface Sample {
  readonly body: Buffer;
  readonly timestamp: string;
  readonly mac: string;
  readonly now: number;
  readonly headers: Readonly<Record<string, string>>;
}

type Compare = (rows: Row[], what: string, candidates: readonly Candidate[]) => Promise<Measured[]>;

/** P1 and P2 for Stripe: an event of 1 KB, and one of 64 KB, an invoice with many lines; against its own client. */
export async function compareStripe(rows: Row[], compare: Compare): Promise<Record<string, number>> {
  const small = samples(0);
  const large = samples(LINES_OF_64_KB);
  const p1 = await compare(rows, "Stripe: verify 1 KB", verifying(small));
  const p2 = await compare(rows, "Stripe: verify + parse 1 KB", parsing(small));
  const p2Large = await compare(rows, "Stripe: verify + parse 64 KB", parsing(large));
  const of = (measured: readonly Measured[], name: string) =>
    measured.find((one) => one.name === name)?.ofFirst ?? Number.NaN;
  return {
    "P1.stripe": of(p1, "Halo verify"),
    "P1.stripe.rotated": of(p1, "Halo verify, secret second of two") / of(p1, "floor, twice"),
    "P2.stripe": of(p2, "Halo receive"),
    "P2.stripe.64KB": of(p2Large, "Halo receive"),
    "P2.stripe.64KB.capped": ofCapped(p2Large),
    "P2.stripe.forged": of(p2Large, "Halo receive, forged") / of(p2Large, "Halo receive"),
    "stripe.constructEvent": of(p2, "Halo receive") / of(p2, "stripe constructEvent"),
    "stripe.constructEvent.64KB": of(p2Large, "Halo receive") / of(p2Large, "stripe constructEvent"),
  };
}

/** Different deliveries, used in turn: a single one would have its numbers and strings cached. */
function samples(lines: number): () => Sample {
  const all = Array.from({ length: 32 }, (_, seed) => sample(lines, seed));
  let next = 0;
  return () => all[next++ % all.length] as Sample;
}

const LINES_OF_64_KB = 98;

function sample(lines: number, seed: number): Sample {
  const now = 1_795_219_200_000 + seed * 1_000;
  const object =
    lines === 0
      ? {
          id: `cus_Halo${seed}00001`,
          object: "customer",
          address: {
            city: "Zürich",
            country: "CH",
            line1: "Langstrasse 1",
            line2: null,
            postal_code: "8004",
          },
          balance: -1_250,
          created: now / 1_000 - 86_400 * seed,
          currency: "chf",
          delinquent: false,
          description: "Met at the fair – asks for an invoice a year",
          email: `ada${seed}@example.com`,
          invoice_prefix: `HALO${seed}`,
          livemode: false,
          metadata: { plan: "pro", seats: "12" },
          name: "Ada Lovelace",
          phone: "+41 44 000 00 00",
          preferred_locales: ["de", "fr"],
          test_clock: null,
        }
      : {
          id: `in_Halo${seed}`,
          object: "invoice",
          lines: { object: "list", data: Array.from({ length: lines }, (_, at) => line(seed, at)) },
        };
  const event = {
    id: `evt_1Halo${seed}`,
    object: "event",
    api_version: "2026-10-28.endive",
    created: now / 1_000 - 2,
    data: { object, previous_attributes: { balance: 0, description: null } },
    livemode: false,
    pending_webhooks: 1,
    request: { id: `req_Halo${seed}`, idempotency_key: "6f0c1a3e-5b2f-4d6e-a36c-1c6a8f0b7d11" },
    type: lines === 0 ? "customer.updated" : "invoice.updated",
  };
  const body = Buffer.from(JSON.stringify(event, null, 2));
  const timestamp = String(now / 1_000 - 1);
  const mac = createHmac("sha256", SECRET).update(`${timestamp}.`).update(body).digest("hex");
  const headers = {
    host: "halo.example.com",
    "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    "content-length": String(body.length),
    accept: "*/*; q=0.5, application/xml",
    "cache-control": "no-cache",
    "content-type": "application/json; charset=utf-8",
    "x-forwarded-for": "54.187.174.169",
    "x-forwarded-proto": "https",
    "accept-encoding": "gzip",
    "stripe-signature": `t=${timestamp},v1=${mac},v0=${"6".repeat(64)}`,
  };
  return { body, timestamp, mac, now, headers };
}

const line = (seed: number, at: number) => ({
  id: `il_1Halo${seed}${at}`,
  object: "line_item",
  amount: 1_990 + at,
  currency: "chf",
  description: `1 × Seat of the plan „Pro“ (at CHF ${(19.9 + at / 100).toFixed(2)} / month)`,
  discountable: true,
  discounts: [],
  invoice: `in_Halo${seed}`,
  livemode: false,
  metadata: { seat: String(at) },
  period: { end: 1_797_811_200 + at, start: 1_795_219_200 + at },
  pricing: { price_details: { price: `price_1Halo${at % 5}`, product: "prod_Halo" }, type: "price_details" },
  quantity: 1,
});

const verifying = (next: () => Sample): Candidate[] => [
  { name: "floor", run: () => floor(next()) },
  {
    name: "floor, twice",
    run: () => {
      const one = next();
      return [floor(one), floor(one)];
    },
  },
  {
    name: "Halo verify",
    run: () => {
      const { body, headers, now } = next();
      return verifyStripeWebhook({ body, headers, now, secret: SECRET });
    },
  },
  {
    name: "Halo verify, secret second of two",
    run: () => {
      const { body, headers, now } = next();
      return verifyStripeWebhook({ body, headers, now, secret: SECRETS });
    },
  },
];

const parsing = (next: () => Sample): Candidate[] => [
  {
    name: "floor + JSON.parse",
    run: () => {
      const one = next();
      return floor(one) && JSON.parse(one.body.toString());
    },
  },
  {
    name: "Halo receive",
    run: () => {
      const { body, headers, now } = next();
      return receiveStripeWebhook({ body, headers, now, secret: SECRET });
    },
  },
  capped(() => {
    const one = next();
    return floor(one) && JSON.parse(one.body.toString());
  }),
  {
    name: "Halo receive, forged",
    run: () => {
      const { body, headers, now, timestamp } = next();
      try {
        const forged = { ...headers, "stripe-signature": `t=${timestamp},v1=${"7".repeat(64)}` };
        return receiveStripeWebhook({ body, headers: forged, now, secret: SECRET });
      } catch (error) {
        return error;
      }
    },
  },
  {
    name: "stripe constructEvent",
    run: () => {
      const { body, headers, now } = next();
      return webhooks.constructEvent(
        body,
        headers["stripe-signature"] as string,
        SECRET,
        300,
        undefined,
        now,
      );
    },
  },
];

/** The least that verifies this scheme: no window, no headers, no rotation. */
function floor({ body, mac, timestamp }: Sample): boolean {
  const made = createHmac("sha256", SECRET).update(`${timestamp}.`).update(body).digest();
  return timingSafeEqual(made, Buffer.from(mac, "hex"));
}
