import type { Client } from "pg";
import type { Wished } from "./actions-host.ts";
import type { SinkSide } from "./actions-sinks.ts";
import { sinkNames } from "./actions-steps.ts";
import type { ActionVendor } from "./actions-vendor.ts";

export interface ActionFindings {
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
  /** Calls of which nobody can tell whether they happened, and how many may be so: see `mayBeUnknown`. */
  readonly unknown: readonly string[];
  readonly unknownBound: number;
  readonly calls: { readonly [state: string]: number };
  /** Messages beyond the first, where the sink cannot be searched; and how many may be so. */
  readonly repeated: number;
  readonly repeatedBound: number;
  /** Equal writes of a contact's property beyond the first. */
  readonly updatesRepeated: number;
  /** Of the vendor and the sinks: they did what they were asked, and nobody heard. */
  readonly lostAnswers: number;
}

interface Call {
  readonly id: string;
  readonly key: string | null;
  readonly state: string;
  readonly text: string;
  readonly ends: number;
}

const finals = new Set(["succeeded", "failed", "refused", "outcome_unknown"]);

/** Compares what is stored with what the vendor's ledger and the sinks hold. */
export async function examineActions(
  client: Client,
  round: {
    readonly orgId: string;
    readonly wished: readonly Wished[];
    readonly notes: readonly string[];
    readonly vendor: ActionVendor;
    readonly sinks: SinkSide;
    /** Workers that were killed or frozen. */
    readonly interruptions: number;
  },
): Promise<ActionFindings> {
  const { sinks, vendor, wished } = round;
  const lost: string[] = [];
  const doubled: string[] = [];
  const unknown: string[] = [];
  const { rows: calls } = await client.query<Call>(
    `select c.id, c.idempotency_key as key, c.state, c.input::text as text,
            (select count(*)::int from halo.action_audit a where a.org_id = c.org_id and a.call_id = c.id
               and a.to_state in ('succeeded', 'failed', 'refused', 'outcome_unknown')) as ends
       from halo.action_calls c where c.org_id = $1`,
    [round.orgId],
  );
  const callsOf = byKey(calls, ({ text }) => /wish-\d+-\d+/.exec(text)?.[0] ?? "");
  const made = byKey(vendor.made(), ({ key }) => key);
  const updates = vendor.updates();
  let mayBeUnknown = 0;

  for (const one of wished) {
    const { wish, heard, persists } = one;
    if (wish.of !== "act") continue;
    const stored = callsOf.get(wish.key) ?? [];
    const deeds = made.get(wish.key)?.length ?? 0;
    const what = `${wish.action} ${wish.key}`;
    if (!one.findable && one.deaths > 0) mayBeUnknown += 1;
    for (const { ends, id, state } of stored) {
      if (!finals.has(state)) lost.push(`${what} is ${state} still`);
      else if (ends !== 1) doubled.push(`${what} ended ${ends} times (${id})`);
    }
    const states = stored.map(({ state }) => state);
    const state =
      states.find((known) => known === "succeeded") ??
      states.find((known) => known !== "refused") ??
      states[0];
    if (deeds > 1) doubled.push(`${what} was done ${deeds} times, and is ${states.join(", ")}`);
    if (state === undefined && persists) lost.push(`${what} was asked for, and is not there`);
    if (persists && heard === undefined) lost.push(`${what} was never answered`);
    if (heard && "status" in heard && state !== "succeeded")
      lost.push(`${what} was said to be done, and is ${state}`);
    if (heard && "code" in heard && heard.code === "unexpected") lost.push(`${what} failed inside`);
    if (state === "outcome_unknown") {
      unknown.push(`${what} (${deeds} made)`);
      if (one.findable) lost.push(`${what} is unknown, and could have been found`);
    } else if (wish.action === "update_contact") {
      const stands = vendor.jobTitle(wish.email) === wish.key;
      if (state === "succeeded" && !stands) lost.push(`${what} succeeded, and does not stand`);
    } else {
      if (state === "succeeded" && deeds === 0) lost.push(`${what} succeeded, and was not done`);
      if (state !== "succeeded" && deeds > 0) lost.push(`${what} is ${state ?? "not there"}, and was done`);
    }
  }
  const seen = new Map<string, number>();
  for (const { about, deliveryKey, sink, repeated } of sinks.arrivals) {
    const name = `${sink} ${about}`;
    const before = seen.get(name) ?? 0;
    seen.set(name, before + 1);
    if (before > 0 && sink === "searchable") doubled.push(`${name} arrived again (${deliveryKey})`);
    else if (before > 0 && !repeated) doubled.push(`${name} arrived again and did not say so`);
  }
  lost.push(...missing(round));
  for (const { heard, persists, wish } of wished) {
    if (wish.of !== "notify") continue;
    const ended = heard && "code" in heard ? heard.code : heard ? "raised" : "unheard";
    if (ended !== "raised" && (persists || ended !== "unheard"))
      lost.push(`${wish.key} could not be raised: ${ended}`);
    // Whatever one sink got, the other got: what is raised is raised for all.
    const reached = sinkNames.filter((sink) => seen.has(`${sink} ${wish.key}`));
    if (reached.length === 1) lost.push(`${wish.key} came to ${reached} only`);
  }
  for (const row of await open(client, round.orgId)) lost.push(row);
  const plain = [...seen].filter(([name]) => name.startsWith("plain "));
  const repeated = plain.reduce((sum, [, times]) => sum + times - 1, 0);
  const repeatedBound = round.interruptions + sinks.lostAnswers("plain");
  if (repeated > repeatedBound) {
    doubled.push(`${repeated} messages came twice to the plain sink, of ${repeatedBound} that may have`);
  }
  const unknownBound = mayBeUnknown + vendor.deafDeals();
  if (unknown.length > unknownBound)
    lost.push(`${unknown.length} are unknown, of ${unknownBound} that may be`);
  const states = byKey(calls, ({ state }) => state);
  return {
    lost,
    doubled,
    unknown,
    unknownBound,
    calls: Object.fromEntries([...states].map(([state, all]) => [state, all.length])),
    repeated,
    repeatedBound,
    lostAnswers: vendor.lostAnswers() + sinkNames.reduce((sum, sink) => sum + sinks.lostAnswers(sink), 0),
    updatesRepeated: [...updates.values()].reduce((sum, times) => sum + times - 1, 0),
  };
}

/** What was certainly raised, and did not arrive. */
export function missing(round: {
  readonly wished: readonly Wished[];
  readonly notes: readonly string[];
  readonly sinks: SinkSide;
}): readonly string[] {
  const seen = new Set(round.sinks.arrivals.map(({ about, sink }) => `${sink} ${about}`));
  const raised = round.wished.flatMap(({ heard, wish }) =>
    wish.of === "notify" && heard && "status" in heard ? [wish.key] : [],
  );
  return [...raised, ...round.notes].flatMap((about) =>
    sinkNames.filter((sink) => !seen.has(`${sink} ${about}`)).map((sink) => `${about} never came to ${sink}`),
  );
}

/** What the store still has to do, or gave up on. */
async function open(client: Client, orgId: string): Promise<readonly string[]> {
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
