import { type ActionRunContext, defineAction, type EffectFound, ValidationError } from "@halo/core/actions";
import * as z from "zod";
import { part } from "./caller.ts";
import { requireSettled } from "./read-back.ts";
import {
  dayText,
  planText,
  readSubscription,
  refusedSubscription,
  Subscription,
  SubscriptionId,
  subscriptionOf,
} from "./subscription.ts";
import { Why } from "./why.ts";
import { isMarked, KEY_LIFE_MS, keyed, marked, written } from "./write.ts";

const Input = z.strictObject({
  subscription: SubscriptionId,
  trial_end: z.iso
    .date()
    .describe("The last day of the trial, as YYYY-MM-DD: it ends with that day, in UTC."),
  why: Why,
});

const Config = z.strictObject({
  max_days: z.int().min(1).max(730).default(30).describe("By how many days a trial may be extended at once."),
});

type Input = z.output<typeof Input>;
type Config = z.output<typeof Config>;
type Context = ActionRunContext<Input, Config>;

export type ExtendTrialOutput = {
  readonly subscription: string;
  readonly status: string;
  /** Of the trial, as YYYY-MM-DD. */
  readonly trial_end: string | null;
};

const DAY_S = 24 * 60 * 60;

/** The last second of the day. */
const secondsOf = ({ trial_end }: Input) => Date.parse(`${trial_end}T23:59:59Z`) / 1_000;

/** Lets a trial of the customer go on, once a person has approved exactly this. */
export const extendTrial = /* @__PURE__ */ defineAction<Input, Config, ExtendTrialOutput>({
  id: "extend_trial",
  name: "Extend trial",
  description:
    "Asks for the trial of one of the customer's subscriptions to be extended to a later day. A person of the team decides; nothing is extended before. The first payment moves to that day.",
  subject: "end_user",
  approval: "human",
  destructive: true,
  input: Input,
  config: Config as z.ZodType<Config>,
  async review(context) {
    const { input, subject } = context;
    const { customer, found } = await subscriptionOf(context, input.subscription, subject);
    requireExtendable(found, context);
    return {
      preview: {
        summary: `Extends the trial (${planText(found)}) of ${customer.email ?? customer.id} to ${input.trial_end}.`,
        changes: [
          { field: "trial_end", from: dayText(found.trial_end ?? 0), to: input.trial_end },
          { field: "subscription", to: found.id },
          { field: "customer", to: found.customer ?? "" },
          ...(input.why ? [{ field: "why", to: input.why }] : []),
        ],
      },
      customer: found.customer ?? undefined,
      state: { status: found.status, trial_end: found.trial_end ?? null },
      livemode: found.livemode ?? undefined,
    };
  },
  async run({ effectKey, http, input, signal }) {
    const left = await written<Subscription>(signal, () =>
      http.post(`/v1/subscriptions/${part(input.subscription ?? "")}`, {
        form: {
          trial_end: secondsOf(input),
          // Stripe's default credits a period that is paid for.
          proration_behavior: "none",
          metadata: marked(effectKey),
        },
        headers: keyed(effectKey),
        schema: Subscription,
        signal,
      }),
    );
    return outputOf(left);
  },
  again: { kind: "idempotent", keyLifeMs: KEY_LIFE_MS, find },
});

function outputOf({ id, status, trial_end }: Subscription): ExtendTrialOutput {
  return { subscription: id, status, trial_end: trial_end ? dayText(trial_end) : null };
}

function requireExtendable(found: Subscription, { at, config, http, input }: Context): void {
  const now = (http.vendorNow() ?? at).getTime() / 1_000;
  const { status, trial_end } = found;
  if (status !== "trialing" || !trial_end || trial_end <= now) {
    throw refusedSubscription("The subscription is not in a trial: there is nothing to extend.", status);
  }
  const end = secondsOf(input);
  if (end <= now) throw refusedDay("The day is over: give one to come.", "in the past");
  if (end <= trial_end) {
    throw refusedDay(`The trial ends on ${dayText(trial_end)}: give a later day.`, "not later");
  }
  if (end - trial_end > config.max_days * DAY_S) {
    const most = `at most ${config.max_days} days at once`;
    throw refusedDay(`A trial may be extended by ${most}; this one ends on ${dayText(trial_end)}.`, most);
  }
}

function refusedDay(message: string, reason: string): ValidationError {
  return new ValidationError(message, { path: "trial_end", reason });
}

/** The trial's end tells, and the mark of the last extension. */
async function find(context: Context): Promise<EffectFound<ExtendTrialOutput>> {
  const { effectKey, input } = context;
  const found = await readSubscription(context, input.subscription ?? "");
  if (!found) return { state: "unknown" };
  if (isMarked(found, effectKey)) return { state: "present", output: outputOf(found) };
  requireSettled(context, context);
  // A later extension of ours has written its own mark over this one's.
  return { state: Object.keys(found.metadata ?? {}).includes("halo_effect") ? "unknown" : "absent" };
}
