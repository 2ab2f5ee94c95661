import { createVendorHttp, fixedAuthorization, silentLogger, systemClock } from "@halo/core";
import { streamContract } from "@halo/core/testing";
import { stripeEmulator } from "@halo/emulators/stripe";
import { http } from "../src/http.ts";
import { stripe } from "../src/index.ts";
import { references } from "../src/references.ts";
import { TABLES } from "./stripe-world.ts";

/** An account with several pages of each kind. */
async function underTest(stream: string) {
  const emulator = stripeEmulator({ seed: 11, limits: "none", size: { customers: 160 } });
  const client = createVendorHttp({
    definition: http("https://api.stripe.com"),
    authorization: fixedAuthorization(emulator.issueKey()),
    clock: systemClock,
    logger: silentLogger,
    fetch: async (input, init) => emulator.fetch(new Request(input, init)),
  });
  const kinds = (Object.keys(TABLES) as (keyof typeof TABLES)[]).filter(
    (kind) => TABLES[kind] === `stripe_${stream}`,
  );
  const { refs } = await references({ http: client, signal: new AbortController().signal });
  return {
    http: client,
    refs,
    unknownKey:
      { customers: "cus_none", subscriptions: "sub_none", invoices: "in_none" }[stream] ?? "ch_none",
    keys: () => kinds.flatMap((kind) => [...emulator.snapshot().objects[kind].keys()]),
    change: () => {
      const { account } = emulator;
      const { objects } = emulator.snapshot();
      const [customer = ""] = objects.customer.keys();
      const [item = ""] = objects.subscription_item.keys();
      if (stream === "customers") return [account.updateCustomer(customer, { name: "Changed" }).id];
      if (stream === "subscriptions") return [account.setQuantity(item, 7).id];
      if (stream === "payments") return [account.pay({ customer, amount: 4_200, currency: "usd" }).id];
      return [account.createInvoice({ customer, amount: 4_200, currency: "usd" }).id];
    },
    close: () => emulator.close(),
  };
}

for (const stream of stripe().streams) streamContract(stream, () => underTest(stream.id));
