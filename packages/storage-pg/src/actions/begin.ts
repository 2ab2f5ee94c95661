import { type ActionCall, type ActionStore, StorageError } from "@halo/core";
import type { Door } from "../tenant.ts";
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
import { gatesMoved, gatesSeen, movedOn } from "./gates.ts";

type Begun = Awaited<ReturnType<ActionStore["begin"]>>;

interface BegunRow extends CallRow, ClaimedRow {
  readonly moved: string | null;
  /** Null: neither was it recorded nor did one stand. */
  readonly fresh: boolean | null;
}

/** One statement, whose commit follows right behind: one round trip, or the call was refused and nothing is there. */
export async function begin(
  door: Door,
  call: ActionCall,
  { actor, note, lease, expect }: Parameters<ActionStore["begin"]>[1],
): Promise<Begun> {
  const values = [
    ...valuesOf(call),
    actor.kind,
    actor.id,
    note ?? null,
    lease?.holder ?? null,
    lease?.ttlMs ?? null,
    expect?.agentActionRevision ?? null,
    expect?.connectionId ?? null,
    expect?.generation ?? null,
  ];
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const { rows } = await door.inOrg(call.orgId, (tx) => tx.query<BegunRow>(statement, values), true);
    const [row] = rows;
    if (!row) break;
    if (row.moved !== null) throw gatesMoved(row.moved);
    if (row.fresh !== null)
      return {
        fresh: row.fresh,
        call: toCall(row),
        lease: row.fresh ? toLease(call.orgId, call.id, row) : undefined,
      };
    // The same call was begun by another at this moment, and had not been committed when we looked: it has by now.
  }
  throw new StorageError("The call could neither be recorded nor found: try again.", { retryable: true });
}

const attempts = 4;

const statement = `
  with standing as materialized (
    select * from action_calls where org_id = $1 and idempotency_key = $10
    union all
    select * from action_calls where org_id = $1 and id = $2
    limit 1
  ), ${gatesSeen(
    { agent: "$3", integration: "$4", action: "$7" },
    { revision: "$29", connection: "$30", generation: "$31" },
  )}, gates as materialized (
    select exists (select from standing) as stands, case
      when exists (select from standing) then null ${movedOn("$29")}
    end as moved
  ), recorded as (
    insert into action_calls (${storedColumns})
    select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::jsonb, $13::jsonb, $14, $15::jsonb, $16, $17, $18,
      $19::jsonb, $20::jsonb, $21, $22, $23
    from gates where not stands and moved is null
    on conflict do nothing
    returning *
  ), noted as (
    insert into action_audit (org_id, call_id, seq, from_state, to_state, actor_kind, actor_id, at, note)
    select org_id, id, 1, null, state, $24, $25, created_at, $26 from recorded
  ), claimed as (${claimCall("recorded", "$27", "$28")}
  )
  select g.moved, c.*, l.*
  from gates g
    left join (
      select true as fresh, ${callColumns} from recorded union all select false, ${callColumns} from standing
    ) c on true
    left join claimed l on true`;
