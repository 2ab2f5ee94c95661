import * as z from "zod";
import type { HealthInputs, HealthSignal } from "../ports/standing-store.ts";
import type { HealthSettings } from "./health-settings.ts";

const dayMs = 24 * 60 * 60_000;

/** What a host can say of each signal, where Halo cannot know. */
export const reportSchemas = {
  /** Where people are not made known one by one. */
  activity: z.strictObject({
    activeUsers: z.int().min(0),
    users: z.int().min(0),
    lastActiveAt: z.iso.datetime({ offset: true }).optional(),
  }),
  support: z.strictObject({
    open: z.int().min(0),
    priority: z.int().min(0).default(0),
    teamSize: z.int().min(1).optional(),
  }),
  sentiment: z
    .strictObject({
      /** Of transcripts, -1 to 1. */
      mean: z.number().min(-1).max(1).optional(),
      /** Share of positive ratings, 0 to 1. */
      positive: z.number().min(0).max(1).optional(),
    })
    .refine(({ mean, positive }) => mean !== undefined || positive !== undefined, "mean or positive"),
  payment: z.strictObject({ status: z.string().min(1).max(100), delinquent: z.boolean().default(false) }),
} as const satisfies { readonly [signal in HealthSignal]: z.ZodType };

export type HealthReport = {
  readonly [signal in HealthSignal]?: z.input<(typeof reportSchemas)[signal]> | null;
};

/** 0 to 100 for each signal that something is known of. */
export function signalsOf(
  inputs: HealthInputs,
  { staleDays, windowDays }: HealthSettings,
  now: Date,
): { readonly [signal in HealthSignal]?: number } {
  const fresh = <Signal extends HealthSignal>(signal: Signal) => {
    const said = inputs.reported[signal];
    if (!said || now.getTime() - said.at.getTime() > staleDays * dayMs) return undefined;
    const parsed = (reportSchemas[signal] as z.ZodType).safeParse(said.value);
    return parsed.success ? (parsed.data as z.output<(typeof reportSchemas)[Signal]>) : undefined;
  };
  const signals: { [signal in HealthSignal]?: number } = {};
  const set = (signal: HealthSignal, value: number | undefined) => {
    if (value !== undefined) signals[signal] = Math.round(Math.min(100, Math.max(0, value)));
  };
  set("activity", activity(inputs, fresh("activity"), windowDays, now));
  const support = fresh("support");
  set("support", support && supportOf(support, inputs.people));
  const sentiment = fresh("sentiment");
  set("sentiment", sentiment && sentimentOf(sentiment));
  const billed =
    inputs.subscriptionStatus === undefined
      ? fresh("payment")
      : { status: inputs.subscriptionStatus, delinquent: inputs.delinquent ?? false };
  set("payment", billed && paymentOf(billed));
  return signals;
}

/** 60 % the share of active people, 40 % how recent the last activity is: 100 now, 0 when the window is over. */
function activity(
  { activePeople, lastSeen, people }: HealthInputs,
  said: z.output<typeof reportSchemas.activity> | undefined,
  windowDays: number,
  now: Date,
): number | undefined {
  const told = said && {
    share: said.users === 0 ? 0 : Math.min(1, said.activeUsers / said.users),
    last: said.lastActiveAt === undefined ? undefined : new Date(said.lastActiveAt),
  };
  // Nobody was ever seen: that tells of the host, not of the customer.
  const known = lastSeen && { share: people === 0 ? 0 : activePeople / people, last: lastSeen };
  const of = told ?? known;
  if (!of) return undefined;
  const age = of.last === undefined ? undefined : (now.getTime() - of.last.getTime()) / (windowDays * dayMs);
  const recency = age === undefined ? of.share : Math.min(1, Math.max(0, 1 - age));
  return 60 * of.share + 40 * recency;
}

/** A priority ticket costs 15 points, all of them 50 at most; open ones cost 50 where there is one for each person. */
function supportOf(
  { open, priority, teamSize }: z.output<typeof reportSchemas.support>,
  people: number,
): number {
  const size = Math.max(1, teamSize ?? people);
  return 100 - Math.min(50, 15 * priority) - Math.min(50, (50 * open) / size);
}

function sentimentOf({ mean, positive }: z.output<typeof reportSchemas.sentiment>): number {
  const parts = [
    mean === undefined ? undefined : 50 * (mean + 1),
    positive === undefined ? undefined : 100 * positive,
  ];
  const known = parts.filter((part) => part !== undefined);
  return known.reduce((sum, part) => sum + part, 0) / known.length;
}

const byStatus: { readonly [status: string]: number } = {
  active: 100,
  trialing: 80,
  past_due: 40,
  incomplete: 40,
  paused: 40,
  unpaid: 10,
  canceled: 0,
  cancelled: 0,
  incomplete_expired: 0,
};

/** A status that nobody knows says half; a payment that is due and did not come leaves 30 at most. */
function paymentOf({
  delinquent,
  status,
}: {
  readonly status: string;
  readonly delinquent: boolean;
}): number {
  const value = Object.hasOwn(byStatus, status) ? (byStatus[status] ?? 50) : 50;
  return delinquent ? Math.min(30, value) : value;
}
