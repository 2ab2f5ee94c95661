import type { Client } from "pg";
import type { Wished } from "./actions-host.ts";
import type { Arrival, SinkSide } from "./actions-sinks.ts";
import type { SlackSide } from "./actions-slack.ts";
import { sinkNames } from "./actions-steps.ts";
import type { ActionVendor } from "./actions-vendor.ts";

export interface ActionFindings {
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
  /** Calls of which nobody can tell whether they happened, and how many may be so. */
  readonly unknown: readonly string[];
  readonly unknownBound: number;
  readonly calls: { readonly [state: string]: number };
  /** Messages beyond the first, where the sink cannot be searched; and how many may be so. */
  readonly repeated: number;
  readonly repeatedBound: number;
  /** Equal writes of a contact's property beyond the first. */
  readonly updatesRepeated: number;
  /** Of the vendors and the sinks: they did what they were asked, and nobody heard. */
  readonly lostAnswers: number;
}

/** A round that is over, as everybody outside Halo saw it. */
export interface ActionRound {
  readonly orgId: string;
  readonly wished: readonly Wished[];
  /** Keys of what people wrote at the vendor. */
  readonly notes: readonly string[];
  readonly vendor: Pick<ActionVendor, "made" | "updates" | "jobTitle" | "deafDeals" | "lostAnswers">;
  readonly sinks: Pick<SinkSide, "arrivals" | "lostAnswers">;
  readonly slack: Pick<SlackSide, "arrivals" | "said" | "lostAnswers"> | undefined;
  /** Workers that were killed or frozen. */
  readonly interruptions: number;
}

interface Call {
  readonly id: string;
  readonly state: string;
  readonly text: string;
  /** Lines of its audit that say that it ended. */
  readonly ends: number;
}

interface Judged {
  readonly lost: string[];
  readonly doubled: string[];
}

const finals = new Set(["succeeded", "failed", "refused", "outcome_unknown"]);

/** Compares what is stored with what the vendors' ledgers and the sinks hold. */
export async function examineActions(
  client: Pick<Client, "query">,
  round: ActionRound,
): Promise<ActionFindings> {
  const { sinks, slack, vendor } = round;
  const { rows: calls } = await client.query<Call>(
    `select c.id, c.state, c.input::text as text,
            (select count(*)::int from halo.action_audit a where a.org_id = c.org_id and a.call_id = c.id
               and a.to_state in ('succeeded', 'failed', 'refused', 'outcome_unknown')) as ends
       from halo.action_calls c where c.org_id = $1`,
    [round.orgId],
  );
  const judged: Judged = { lost: [], doubled: [] };
  const unknown = judgeCalls(round, calls, judged);
  const repeated = judgeMessages(round, judged);
  judged.lost.push(...missing(round), ...(await open(client, round.orgId)));
  const repeatedBound = round.interruptions + sinks.lostAnswers("plain");
  if (repeated > repeatedBound) {
    judged.doubled.push(
      `${repeated} messages came twice to the plain sink, of ${repeatedBound} that may have`,
    );
  }
  const interrupted = round.wished.filter(({ deaths, findable }) => !findable && deaths > 0).length;
  const unknownBound = interrupted + vendor.deafDeals();
  if (unknown.length > unknownBound) {
    judged.lost.push(`${unknown.length} calls are unknown, of ${unknownBound} that may be`);
  }
  const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);
  const states = [...byKey(calls, ({ state }) => state)];
  return {
    ...judged,
    unknown,
    unknownBound,
    calls: Object.fromEntries(states.map(([state, all]) => [state, all.length])),
    repeated,
    repeatedBound,
    updatesRepeated: sum([...vendor.updates().values()].map((times) => times - 1)),
    lostAnswers:
      vendor.lostAnswers() +
      (slack?.lostAnswers() ?? 0) +
      sum(sinkNames.map((sink) => sinks.lostAnswers(sink))),
  };
}

/** Every call is at its end, and the vendor did what it says, once. Returns those of which nobody can tell. */
function judgeCalls(
  { slack, vendor, wished }: ActionRound,
  calls: readonly Call[],
  { doubled, lost }: Judged,
): readonly string[] {
  const unknown: string[] = [];
  const callsOf = byKey(calls, ({ text }) => /wish-\d+-\d+/.exec(text)?.[0] ?? "");
  const made = byKey([...vendor.made(), ...(slack?.said() ?? [])], ({ key }) => key);
  for (const { findable, heard, persists, wish } of wished) {
    if (wish.of !== "act") continue;
    const what = `${wish.action} ${wish.key}`;
    const stored = callsOf.get(wish.key) ?? [];
    for (const { ends, id, state } of stored) {
      if (!finals.has(state)) lost.push(`${what} is ${state} still`);
      else if (ends !== 1) doubled.push(`${what} ended ${ends} times (${id})`);
    }
    // A confirmation that another one replaced is refused, and the call goes on.
    const [state = "not there"] = stored.map((call) => call.state).sort((a, b) => rank(a) - rank(b));
    const deeds = made.get(wish.key)?.length ?? 0;
    if (deeds > 1) doubled.push(`${what} was done ${deeds} times`);
    if (persists && heard === undefined) lost.push(`${what} was never answered`);
    if (persists && state === "not there") lost.push(`${what} was asked for, and is not there`);
    if (heard && "status" in heard && state !== "succeeded") {
      lost.push(`${what} was said to be done, and is ${state}`);
    }
    // Nothing is closed, and the vendor is well again by the last attempt.
    if (state === "refused" || state === "failed") {
      lost.push(`${what} ${state}: ${heard && "code" in heard ? heard.code : "unheard"}`);
    }
    if (state === "outcome_unknown") {
      unknown.push(`${what} (${deeds} made)`);
      if (findable) lost.push(`${what} is unknown, and could have been found`);
    } else if (wish.action !== "update_contact") {
      if (state === "succeeded" && deeds === 0) lost.push(`${what} succeeded, and was not done`);
      if (state !== "succeeded" && deeds > 0) lost.push(`${what} is ${state}, and was done`);
    } else if (state === "succeeded" && vendor.jobTitle(wish.email) !== wish.key) {
      lost.push(`${what} succeeded, and does not stand`);
    }
  }
  return unknown;
}

const rank = (state: string) => ["succeeded", "outcome_unknown", "executing", "failed"].indexOf(state) >>> 0;

/** Every message came once, or where nobody can look, again and said so. Returns how many came again. */
function judgeMessages(round: ActionRound, { doubled, lost }: Judged): number {
  const places = placesOf(round);
  const arrivals = byKey(arrivalsOf(round), ({ about, sink }) => `${sink} ${about}`);
  let repeated = 0;
  for (const [name, all] of arrivals) {
    const again = all.slice(1);
    if (all[0]?.sink === "plain") {
      repeated += again.length;
      if (again.some((one) => !one.repeated)) doubled.push(`${name} came again, and did not say so`);
    } else if (again.length > 0) doubled.push(`${name} came ${all.length} times`);
  }
  for (const { heard, persists, wish } of round.wished) {
    if (wish.of !== "notify") continue;
    if (heard && "code" in heard) lost.push(`${wish.key} could not be raised: ${heard.code}`);
    if (persists && heard === undefined) lost.push(`${wish.key} was never answered`);
    // What is raised is raised for all.
    const reached = places.filter((sink) => arrivals.has(`${sink} ${wish.key}`));
    if (reached.length > 0 && reached.length < places.length) {
      lost.push(`${wish.key} came to ${reached.join(" and ")} only`);
    }
  }
  return repeated;
}

/** What was certainly raised, and did not arrive. */
export function missing(round: Pick<ActionRound, "wished" | "notes" | "sinks" | "slack">): readonly string[] {
  const seen = new Set(arrivalsOf(round).map(({ about, sink }) => `${sink} ${about}`));
  // A note that an agent made is an engagement like any other.
  const tells = ({ heard, wish }: Wished) =>
    heard !== undefined && "status" in heard && (wish.of === "notify" || wish.action === "create_note");
  const raised = round.wished.filter(tells).map(({ wish }) => wish.key);
  return [...raised, ...round.notes].flatMap((about) =>
    placesOf(round)
      .filter((sink) => !seen.has(`${sink} ${about}`))
      .map((sink) => `${about} never came to ${sink}`),
  );
}

type Places = Pick<ActionRound, "sinks" | "slack">;

const placesOf = ({ slack }: Pick<ActionRound, "slack">) =>
  slack ? ([...sinkNames, "slack"] as const) : sinkNames;

const arrivalsOf = ({ sinks, slack }: Places): readonly Arrival[] => [
  ...sinks.arrivals,
  ...(slack?.arrivals() ?? []),
];

/** What the store still has to do, or gave up on. */
async function open(client: Pick<Client, "query">, orgId: string): Promise<readonly string[]> {
  const { rows } = await client.query<{ what: string }>(
    `select 'unrouted: ' || type || ' ' || key as what from halo.notifications where org_id = $1 and routed_at is null
     union all
     select status || ': ' || type || ' ' || key || coalesce(' (' || reason || ')', '')
       from halo.notification_deliveries where org_id = $1 and status <> 'sent'`,
    [orgId],
  );
  return rows.map(({ what }) => what);
}

function byKey<T>(all: readonly T[], keyOf: (one: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const key = keyOf(one);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return groups;
}
