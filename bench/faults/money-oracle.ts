import type { Client } from "pg";
import type { Wanted } from "./money-host.ts";
import type { MoneyVendor } from "./money-vendor.ts";

export interface MoneyFindings {
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
  readonly states: { readonly [state: string]: number };
  readonly lostAnswers: number;
}

/** A round that is over, as everybody outside Halo saw it. */
export interface MoneyRound {
  readonly orgId: string;
  readonly wanted: readonly Wanted[];
  readonly vendor: Pick<MoneyVendor, "moved" | "lostAnswers">;
}

interface Row {
  readonly id: string;
  readonly key: string | null;
  readonly state: string;
  /** Lines of its audit that say that it ended. */
  readonly ends: number;
  readonly decisions: readonly { readonly by: string; readonly kind: "approve" | "reject" }[];
}

const outcomes = new Set(["succeeded", "rejected"]);

/** Compares what people heard with what is stored, and both with what the vendor did. */
export async function examineMoney(
  client: Pick<Client, "query">,
  { orgId, vendor, wanted }: MoneyRound,
): Promise<MoneyFindings> {
  const { rows } = await client.query<Row>(
    `select c.id, c.idempotency_key as key, c.state,
            (select count(*)::int from halo.action_audit a where a.org_id = c.org_id and a.call_id = c.id
               and a.to_state in ('succeeded', 'failed', 'refused', 'outcome_unknown', 'rejected', 'expired')) as ends,
            (select coalesce(json_agg(json_build_object('by', d.by_id, 'kind', d.kind)), '[]'::json)
               from halo.approval_decisions d where d.org_id = c.org_id and d.approval_id = c.id) as decisions
       from halo.action_calls c where c.org_id = $1`,
    [orgId],
  );
  const lost: string[] = [];
  const doubled: string[] = [];
  const states: { [state: string]: number } = {};
  for (const { state } of rows) states[state] = (states[state] ?? 0) + 1;
  for (const one of wanted) {
    const { action, key } = one.wish;
    const what = `${action} ${key}`;
    const calls = rows.filter((row) => row.key === key);
    const moved = vendor.moved(one.payer);
    if (moved > 1) doubled.push(`${what} was done ${moved} times`);
    if (calls.length > 1) doubled.push(`${what} was proposed ${calls.length} times`);
    if (one.proposal === undefined) lost.push(`${what} was never answered`);
    else if ("code" in one.proposal) lost.push(`${what} could not be proposed: ${one.proposal.code}`);
    const [call] = calls;
    if (!call) {
      lost.push(`${what} was asked for, and is not there`);
      continue;
    }
    if (!outcomes.has(call.state)) lost.push(`${what} is ${call.state}`);
    else if (call.ends !== 1) doubled.push(`${what} ended ${call.ends} times (${call.id})`);
    if (call.decisions.length > 1) doubled.push(`${what} was decided ${call.decisions.length} times`);
    if (call.state === "succeeded" && moved === 0) lost.push(`${what} succeeded, and was not done`);
    if (call.state !== "succeeded" && moved > 0) doubled.push(`${what} is ${call.state}, and was done`);
    for (const { decision, heard } of one.said) {
      const who = `${decision.by}'s word (${decision.kind}) on ${what}`;
      const kept = call.decisions.some(({ by, kind }) => by === decision.by && kind === decision.kind);
      if (heard === undefined) lost.push(`${who} was never answered`);
      else if ("state" in heard && !kept) lost.push(`${who} was taken, and is not kept`);
      else if ("code" in heard && heard.code !== "approval_stale") lost.push(`${who} came to ${heard.code}`);
    }
    // Who was told that it stands otherwise was told the truth.
    const [first] = call.decisions;
    const expected =
      first?.kind === "approve" ? "succeeded" : first?.kind === "reject" ? "rejected" : undefined;
    if (expected !== undefined && outcomes.has(call.state) && call.state !== expected) {
      lost.push(`${what} was decided (${first?.kind}), and is ${call.state}`);
    }
  }
  return { lost, doubled, states, lostAnswers: vendor.lostAnswers() };
}
