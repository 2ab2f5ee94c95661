import { readFileSync } from "node:fs";
import { readmeContract } from "@halo/core/testing";
import { stripe } from "../src/index.ts";

readmeContract(readFileSync(new URL("../README.md", import.meta.url), "utf8"), stripe(), {
  "customer.created": "the customer is read anew; one that was deleted goes",
  "customer.subscription.created": "the subscription is read anew, with all of its items",
  "invoice.created": "the invoice is read anew, with all of its lines; a deleted draft goes",
  "payment_intent.created":
    "the payment intent, charge or refund is read anew; a dispute leads to its charge",
  "account.application.deauthorized":
    "Stripe is asked whether it still lets us in; if not, the connection has to be made anew",
});
