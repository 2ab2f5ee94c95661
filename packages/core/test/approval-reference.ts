/**
 * What approvals have to be, said a second time and in another way: a plain ledger that is asked before anything happens at the
 * vendor. It shares no code with what it judges, and knows only what people and vendors did.
 */
export interface World {
  agentActive: boolean;
  actionOn: boolean;
  modeOn: boolean;
  connected: boolean;
  account: string;
  generation: number;
  orgStopped: boolean;
  allStopped: boolean;
  /** When somebody last stopped anything. */
  stoppedAt: number;
  order: string;
  refundable: number;
  readonly roles: Map<string, boolean>;
}

export interface Entry {
  readonly id: string;
  readonly agent: string;
  readonly conversation: string;
  readonly customer: string;
  readonly amount: number;
  readonly account: string;
  readonly generation: number;
  readonly order: string;
  readonly requestedBy: string;
  readonly expiresAt: number;
  readonly needed: number;
  readonly yes: Map<string, number>;
  /** Somebody wrote into what is stored. */
  touched: boolean;
  stage: "waiting" | "agreed" | "refused" | "begun" | "over";
  refusedAt: number;
  begunAt: number;
  /** Its money counts. */
  spends: boolean;
}

export const rules = {
  twoAbove: 300,
  most: 1_000,
  windowMs: 24 * 3_600_000,
  coolDownMs: 2 * 3_600_000,
  waitMs: 4 * 3_600_000,
  perAgent: 3,
} as const;

export const gatesOpen = (world: World, entry: Pick<Entry, "generation">): boolean =>
  world.agentActive &&
  world.actionOn &&
  world.modeOn &&
  world.connected &&
  world.generation === entry.generation &&
  !world.orgStopped &&
  !world.allStopped;

const spent = (all: Iterable<Entry>, now: number): number => {
  let sum = 0;
  for (const one of all) if (one.spends && one.begunAt > now - rules.windowMs) sum += one.amount;
  return sum;
};

/** Why it may not be begun now; undefined: it may. */
export function whyNot(world: World, all: Iterable<Entry>, entry: Entry, now: number): string | undefined {
  if (entry.touched) return "touched";
  if (entry.stage !== "agreed") return `it is ${entry.stage}`;
  if (now >= entry.expiresAt) return "late";
  const people = [...entry.yes.keys()];
  if (people.length < entry.needed) return "too few";
  if (people.includes(entry.requestedBy)) return "asked themselves";
  if (people.some((one) => !world.roles.get(one))) return "lost the role";
  if ([...entry.yes.values()].some((at) => at <= world.stoppedAt)) return "stopped since";
  if (!gatesOpen(world, entry)) return "a gate";
  if (world.account !== entry.account) return "another account";
  if (world.order !== entry.order || entry.amount > world.refundable) return "another state";
  if (spent(all, now) + entry.amount > rules.most) return "the limit";
  return undefined;
}

/** Whether a person's word counts now. */
export function counts(
  world: World,
  entry: Entry,
  by: string,
  kind: "approve" | "reject",
  sameHash: boolean,
  now: number,
) {
  if (entry.stage !== "waiting" || entry.touched || !sameHash || now >= entry.expiresAt) return false;
  if (!world.roles.get(by) || entry.yes.has(by)) return false;
  return kind === "reject" || (by !== entry.requestedBy && !world.orgStopped && !world.allStopped);
}

/** What a proposal comes to: a new one, the one that stands, or nothing. */
export function proposing(
  world: World,
  all: readonly Entry[],
  asked: Pick<Entry, "agent" | "conversation" | "customer" | "amount">,
  now: number,
): "new" | "none" | Entry {
  if (!gatesOpen(world, world) || asked.amount > world.refundable) return "none";
  const same = all.filter(
    (one) => one.amount === asked.amount && one.customer === asked.customer && one.account === world.account,
  );
  const open = same.find(({ stage }) => stage === "waiting" || stage === "agreed" || stage === "begun");
  if (open) {
    return open.agent === asked.agent && open.conversation === asked.conversation ? open : "none";
  }
  const refused = same.some((one) => one.stage === "refused" && one.refusedAt > now - rules.coolDownMs);
  if (refused) return "none";
  const waiting = all.filter((one) => one.stage === "waiting" && one.agent === asked.agent);
  return waiting.length < rules.perAgent ? "new" : "none";
}
