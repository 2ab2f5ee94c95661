import type { ActionAudit, ActionCall } from "@halo/core";
import { type CallRow, callColumns, json, toCall } from "../actions/call-row.ts";
import type { Tx } from "../tenant.ts";

export interface Move {
  readonly from: ActionCall["state"];
  readonly to: ActionCall["state"];
  readonly actor: ActionAudit["actor"];
  readonly at: Date;
  readonly note?: string | undefined;
  readonly error?: ActionCall["error"];
  /** With `endedAt` set. */
  readonly ends?: boolean;
  /** Its first attempt is begun. */
  readonly begins?: boolean;
}

/** Moves a call on, with its line in the audit. Undefined: it does not stand where it should. */
export async function moveCall(
  tx: Tx,
  orgId: string,
  id: string,
  { actor, at, begins = false, ends = false, error, from, note, to }: Move,
): Promise<ActionCall | undefined> {
  const { rows } = await tx.query<CallRow>(statement, [
    orgId,
    id,
    from,
    to,
    actor.kind,
    actor.id,
    at,
    note ?? null,
    json(error),
    ends,
    begins,
  ]);
  return rows[0] && toCall(rows[0]);
}

const statement = `
  with changed as (
    update action_calls set state = $4, audit_seq = audit_seq + 1,
      error = coalesce($9::jsonb, error), ended_at = case when $10::boolean then $7::timestamptz else ended_at end,
      attempts = case when $11::boolean then 1 else attempts end,
      started_at = case when $11::boolean then $7::timestamptz else started_at end
    where org_id = $1 and id = $2 and state = $3
    returning *
  ), noted as (
    insert into action_audit (org_id, call_id, seq, from_state, to_state, actor_kind, actor_id, at, note)
    select org_id, id, audit_seq, $3, state, $5, $6, $7::timestamptz, $8 from changed
  )
  select ${callColumns} from changed`;
