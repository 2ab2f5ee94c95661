import { type ActionCall, type ActionStore, StorageError } from "@halo/core";
import type { Door, Tx } from "../tenant.ts";
import {
  type CallRow,
  type ClaimedRow,
  callColumns,
  claimCall,
  storedColumns,
  toCall,
  toLease,
  valuesOf,
} from "./call-row.ts";
import { gatesMoved, movedOn, standingGates } from "./gates.ts";

type Options = Parameters<ActionStore["begin"]>[1];
type Begun = Awaited<ReturnType<ActionStore["begin"]>>;

/**
 * One statement, whose commit follows right behind: one round trip. It records the call, or does nothing; why it did
 * nothing is asked afterwards, since that is rare.
 */
export async function begin(door: Door, call: ActionCall, options: Options): Promise<Begun> {
  const { actor, note, lease, expect } = options;
  const values = [
    ...valuesOf(call),
    actor.kind,
    actor.id,
    note ?? null,
    ...(lease ? [lease.holder, lease.ttlMs] : []),
    ...(expect ? [expect.agentActionRevision, expect.connectionId, expect.generation] : []),
  ];
  const text = statements[`${lease !== undefined}:${expect !== undefined}`];
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const { rows } = await door.inOrg(call.orgId, (tx) => tx.query<Partial<ClaimedRow>>(text, values), true);
    const [row] = rows;
    if (row)
      return {
        fresh: true,
        call: { ...call, input: structuredClone(call.input) },
        lease: toLease(call.orgId, call.id, row),
      };
    const standing = await door.inOrg(call.orgId, (tx) => whyNot(tx, call, expect));
    if (standing) return { fresh: false, call: standing, lease: undefined };
    // What stood in the way is gone by now.
  }
  throw new StorageError("The call could neither be recorded nor found: try again.", { retryable: true });
}

const attempts = 4;

/** The call that stands already, or the refusal. */
async function whyNot(tx: Tx, call: ActionCall, expect: Options["expect"]): Promise<ActionCall | undefined> {
  const { rows } = await tx.query<CallRow>(standing, [call.orgId, call.id, call.idempotencyKey ?? null]);
  if (rows[0]) return toCall(rows[0]);
  const moved = expect && (await movedOn(tx, call.orgId, call, expect));
  if (moved !== undefined) throw gatesMoved(moved);
  return undefined;
}

// By the key before the id.
const standing = `
  select ${callColumns} from action_calls where org_id = $1 and (idempotency_key = $3 or id = $2)
  order by idempotency_key is not distinct from $3 desc limit 1`;

const statement = (leased: boolean, expects: boolean): string => {
  const seen = leased
    ? { revision: "$29", connection: "$30", generation: "$31" }
    : { revision: "$27", connection: "$28", generation: "$29" };
  const gates = standingGates({ agent: "$3", integration: "$4", action: "$7" }, seen);
  return `
  with ${expects ? `gates as (${gates}), ` : ""}recorded as (
    insert into action_calls (${storedColumns})
    select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::jsonb, $13::jsonb, $14, $15::jsonb, $16, $17, $18,
      $19::jsonb, $20::jsonb, $21, $22, $23
    ${expects ? "from gates" : ""}
    on conflict do nothing
    returning org_id, id, state, created_at
  ), noted as (
    insert into action_audit (org_id, call_id, seq, from_state, to_state, actor_kind, actor_id, at, note)
    select org_id, id, 1, null, state, $24, $25, created_at, $26 from recorded
  )${leased ? `, claimed as (${claimCall("recorded", "$27", "$28")})` : ""}
  select ${leased ? "l.* from recorded left join claimed l on true" : "from recorded"}`;
};

const statements: { readonly [variant: string]: string } & Record<`${boolean}:${boolean}`, string> = {
  "false:false": statement(false, false),
  "false:true": statement(false, true),
  "true:false": statement(true, false),
  "true:true": statement(true, true),
};
