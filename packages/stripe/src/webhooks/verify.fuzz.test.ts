import { forgedDelivery, forgeryFuzz, type SigningScheme } from "@halo/core/testing";
import { stripeSigning } from "../../test/signing-scheme.ts";
import { verifyStripeWebhook } from "./verify.ts";

const body = '{"id":"evt_1","object":"event","type":"customer.updated","data":{"object":{"id":"cus_1"}}}';

/** A second signature stands beside the first, as while a secret is rolled. */
const rolled: SigningScheme = {
  ...stripeSigning,
  headers: (signature, time) => ({ "stripe-signature": `t=${time},${signature},v1=${"0".repeat(64)}` }),
};

forgeryFuzz(
  (pick) => forgedDelivery(pick(3) === 0 ? rolled : stripeSigning, body, pick),
  verifyStripeWebhook,
);
