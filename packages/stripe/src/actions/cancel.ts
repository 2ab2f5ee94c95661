import { type ActionRunContext, defineAction, type EffectFound } from "@halo/core/actions";
import * as z from "zod";
import { part } from "./caller.ts";
import { requireSettled } from "./read-back.ts";
import {
  dayText,
  isEnded,
  periodEndOf,
  planText,
  readSubscription,
  refusedSubscription,
  Subscription,
  SubscriptionId,
  subscriptionOf,
} from "./subscription.ts";
import { Why } from "./why.ts";
import { keyed, written } from "./write.ts";

const times = ["period_end", "now"] as const;
const feedback = [
  "customer_service",
  "low_quality",
  "missing_features",
  "other",
  "switched_service",
  "too_complex",
  "too_expensive",
  "unused",
] as const;

const Input = z.strictObject({
  subscription: SubscriptionId,
  when: z
    .enum(times)
    .default("period_end")
    .describe("At the end of the period that is paid for, or now, which is final."),
  feedback: z.enum(feedback).optional().describe("What the customer gave as a reason."),
  why: Why,
});

const Config = z.strictObject({
  allowed_when: z.array(z.enum(times)).min(1).default(["period_end"]),
  prorate: z
    .boolean()
    .default(false)
    .describe("Cancelled now: credit the unused time of the period that is paid for."),
  invoice_now: z
    .boolean()
    .default(false)
    .describe("Cancelled now: bill at once what was used and not billed yet."),
});

type Input = z.output<typeof Input>;
type Config = z.output<typeof Config>;
type Context = ActionRunContext<Input, Config>;

export type CancelOutput = {
  readonly subscription: string;
  readonly status: string;
  /** The day on which it ends, or ended, as YYYY-MM-DD. */
  readonly ends: string | null;
  /** False: somebody else had cancelled it meanwhile. */
  readonly by_this_call: boolean;
};

/** A deletion takes no idempotency key: what is left in its comment tells whose it was. */
const comment = (effectKey: string) => `Ref. ${effectKey}`;

/** Cancels a subscription of the customer, once a person has approved exactly this. */
export const cancel = /* @__PURE__ */ defineAction<Input, Config, CancelOutput>({
  id: "cancel",
  name: "Cancel subscription",
  description:
    "Asks for one of the customer's subscriptions to be cancelled, at the end of the period that is paid for or now. A person of the team decides; nothing is cancelled before. It refunds nothing.",
  subject: "end_user",
  approval: "human",
  destructive: true,
  input: Input as z.ZodType<Input>,
  config: Config as z.ZodType<Config>,
  permit: ({ config, input }) =>
    config.allowed_when.includes(input.when) ||
    `It may cancel ${config.allowed_when.includes("now") ? "now" : "at the end of the period"} only.`,
  async review(context) {
    const { input, subject } = context;
    const { customer, found } = await subscriptionOf(context, input.subscription, subject);
    if (isEnded(found)) throw refusedSubscription("The subscription is cancelled already.", found.status);
    if (input.when === "period_end" && isEnding(found)) {
      throw refusedSubscription("The subscription is set to end already.", "already ending");
    }
    const ends = periodEndOf(found);
    const when = input.when === "now" ? "now" : `at the end of its period${ends ? `, ${dayText(ends)}` : ""}`;
    return {
      preview: {
        summary: `Cancels the subscription (${planText(found)}) of ${customer.email ?? customer.id} ${when}.`,
        changes: [
          {
            field: "status",
            from: found.status,
            to: input.when === "now" ? "canceled" : `${found.status}, then canceled`,
          },
          { field: "subscription", to: found.id },
          { field: "customer", to: found.customer ?? "" },
          ...(input.feedback ? [{ field: "feedback", to: input.feedback }] : []),
          ...(input.why ? [{ field: "why", to: input.why }] : []),
        ],
      },
      customer: found.customer ?? undefined,
      state: {
        status: found.status,
        ending: isEnding(found),
        period_end: input.when === "period_end" ? (ends ?? null) : null,
      },
      livemode: found.livemode ?? undefined,
    };
  },
  async run({ config, effectKey, http, input, signal }) {
    const { subscription = "", when } = input;
    const path = `/v1/subscriptions/${part(subscription)}`;
    const cancellation_details = { comment: comment(effectKey), feedback: input.feedback };
    const now = { invoice_now: config.invoice_now, prorate: config.prorate, cancellation_details };
    const left = await written<Subscription>(signal, () =>
      when === "now"
        ? http.delete(path, { query: now, schema: Subscription, signal })
        : http.post(path, {
            form: { cancel_at_period_end: true, cancellation_details },
            headers: keyed(effectKey),
            schema: Subscription,
            signal,
          }),
    );
    return outputOf(left, effectKey);
  },
  again: { kind: "find", find },
});

const isEnding = ({ cancel_at, cancel_at_period_end }: Subscription) =>
  cancel_at_period_end === true || (cancel_at ?? null) !== null;

function outputOf(left: Subscription, effectKey: string): CancelOutput {
  const ends = left.canceled_at && isEnded(left) ? left.canceled_at : (left.cancel_at ?? periodEndOf(left));
  return {
    subscription: left.id,
    status: left.status,
    ends: ends === undefined ? null : dayText(ends),
    by_this_call: left.cancellation_details?.comment === comment(effectKey),
  };
}

/** The subscription itself tells whether it ends, and its comment by whose doing. */
async function find(context: Context): Promise<EffectFound<CancelOutput>> {
  const { effectKey, input } = context;
  const found = await readSubscription(context, input.subscription ?? "");
  if (!found) return { state: "unknown" };
  if (isEnded(found) || (input.when === "period_end" && isEnding(found))) {
    return { state: "present", output: outputOf(found, effectKey) };
  }
  requireSettled(context, context);
  return { state: "absent" };
}
