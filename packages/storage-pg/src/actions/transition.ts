import { type ActionState, type ActionStore, ConflictError, StorageError, ValidationError } from "@halo/core";
import { leaseLost } from "../leases/fence.ts";
import type { Door } from "../tenant.ts";
import { type CallRow, type ClaimedRow, callColumns, claimCall, json, toCall, toLease } from "./call-row.ts";
import { gatesMoved, gatesSeen, movedOn } from "./gates.ts";

type Change = Parameters<ActionStore["transition"]>[2];
type Moved = Awaited<ReturnType<ActionStore["transition"]>>;

interface MovedRow extends CallRow, ClaimedRow {
  readonly refused: "not_found" | "lease_lost" | "state" | "agent" | "agent_action" | "connection" | null;
  readonly stood: ActionState | null;
  readonly moved: boolean | null;
}

/** One statement, whose commit follows right behind; what refuses is seen before anything is written. */
export async function transition(door: Door, orgId: string, callId: string, change: Change): Promise<Moved> {
  const { lease } = change;
  // T30: the lease of one org, or of one call, opens no other.
  const ours =
    lease === undefined || (lease.kind === "action" && lease.orgId === orgId && lease.subject === callId);
  const values = valuesOf(orgId, callId, change, ours);
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const { rows } = await door.inOrg(orgId, (tx) => tx.query<MovedRow>(statement, values), true);
    const [row] = rows;
    if (!row) break;
    if (row.refused === "not_found") throw noCall();
    if (row.refused === "lease_lost" && lease) throw leaseLost(lease);
    if (row.refused === "state") throw stateMoved(row.stood);
    if (row.refused !== null) throw gatesMoved(row.refused);
    if (row.moved) {
      const claimed = toLease(orgId, callId, row);
      return { call: toCall(row), lease: claimed ?? (change.to === "executing" ? lease : undefined) };
    }
    // Another moved it between our look at its state and our write: look again.
  }
  throw new StorageError("The call is being moved by others without end: try again.", { retryable: true });
}

const attempts = 8;

function valuesOf(orgId: string, callId: string, change: Change, ours: boolean): readonly unknown[] {
  const { from, to, actor, at, note, lease, claim, expect, set = {} } = change;
  return [
    orgId,
    callId,
    from,
    to,
    actor.kind,
    actor.id,
    at,
    note ?? null,
    lease === undefined ? null : ours ? lease.fence : -1,
    lease?.holder ?? null,
    claim?.holder ?? null,
    claim?.ttlMs ?? null,
    expect?.agentActionRevision ?? null,
    expect?.connectionId ?? null,
    expect?.generation ?? null,
    Object.keys(set),
    set.attempts ?? null,
    json(set.output),
    json(set.error),
    set.startedAt ?? null,
    set.endedAt ?? null,
    set.confirmationHash ?? null,
    set.expiresAt ?? null,
  ];
}

function noCall(): ValidationError {
  return new ValidationError("The organisation has no such call: list its calls.", {
    code: "not_found",
    path: "callId",
    reason: "unknown",
  });
}

function stateMoved(state: ActionState | null): ConflictError {
  return new ConflictError(`The call is ${state} by now: read it again.`, { current: state ?? undefined });
}

const kept = (field: string, column: string, value: string) =>
  `${column} = case when '${field}' = any($16::text[]) then ${value} else c.${column} end`;

const statement = `
  with before as materialized (
    select * from action_calls where org_id = $1 and id = $2
  ), held as (
    select from leases
    where kind = 'action' and org_id = $1 and subject = $2 and fence = $9::bigint and holder = $10::text
    for update
  ), ${gatesSeen(
    {
      agent: "(select agent_id from before)",
      integration: "(select integration from before)",
      action: "(select action from before)",
    },
    { revision: "$13", connection: "$14", generation: "$15" },
  )}, verdict as materialized (
    select (select state from before) as stood, case
      when not exists (select from before) then 'not_found'
      when $9::bigint is not null and not exists (select from held) then 'lease_lost'
      when (select state from before) <> all ($3::text[]) then 'state' ${movedOn("$13")}
    end as refused
  ), changed as (
    update action_calls c set
      state = $4,
      audit_seq = c.audit_seq + 1,
      ${[
        kept("attempts", "attempts", "$17::integer"),
        kept("output", "output", "$18::jsonb"),
        kept("error", "error", "$19::jsonb"),
        kept("startedAt", "started_at", "$20::timestamptz"),
        kept("endedAt", "ended_at", "$21::timestamptz"),
        kept("confirmationHash", "confirmation_hash", "$22::text"),
        kept("expiresAt", "expires_at", "$23::timestamptz"),
      ].join(",\n      ")}
    from verdict v
    where v.refused is null and c.org_id = $1 and c.id = $2 and c.state = v.stood
    returning c.*, v.stood
  ), noted as (
    insert into action_audit (org_id, call_id, seq, from_state, to_state, actor_kind, actor_id, at, note)
    select org_id, id, audit_seq, stood, state, $5, $6, $7::timestamptz, $8 from changed
  ), let_go as (
    delete from leases l using changed c
    where $9::bigint is not null and c.state <> 'executing' and l.kind = 'action' and l.org_id = $1 and l.subject = $2
      and l.fence = $9::bigint
  ), claimed as (${claimCall("changed", "$11", "$12")}
  )
  select v.refused, v.stood, c.*, l.*
  from verdict v
    left join (select true as moved, ${callColumns} from changed) c on true
    left join claimed l on true`;
