import type { ActionAudit, ActionStore, AuditLine } from "@halo/core";
import type { Door } from "../tenant.ts";
import { begin } from "./begin.ts";
import { type CallRow, callColumns, toCall } from "./call-row.ts";
import { readGates } from "./gates.ts";
import { prune } from "./prune.ts";
import { transition } from "./transition.ts";

interface AuditRow {
  readonly org_id: string;
  readonly call_id: string;
  readonly seq: number;
  readonly from_state: ActionAudit["to"] | null;
  readonly to_state: ActionAudit["to"];
  readonly actor_kind: ActionAudit["actor"]["kind"];
  readonly actor_id: string;
  readonly at: Date;
  readonly note: string | null;
}

interface ChainRow extends Omit<AuditRow, "to_state"> {
  readonly to_state: AuditLine["to"];
  readonly chain_seq: number;
  readonly chain_hash: string;
}

const mostListed = 1_000;

export function actionStore(door: Door): ActionStore {
  const one = async (orgId: string, text: string, name: string) => {
    const { rows } = await door.inOrg(orgId, (tx) => tx.query<CallRow>(text, [orgId, name]), true);
    return rows[0] && toCall(rows[0]);
  };
  return {
    gates: (orgId, asked) => door.inOrg(orgId, (tx) => readGates(tx, orgId, asked), true),
    begin: (call, options) => begin(door, call, options),
    transition: (orgId, callId, change) => transition(door, orgId, callId, change),
    get: (orgId, callId) => one(orgId, byId, callId),
    byKey: (orgId, idempotencyKey) => one(orgId, byKey, idempotencyKey),
    list: (orgId, { agentId, connectionId, action, state, before, limit }) =>
      door.inOrg(orgId, async (tx) => {
        const filter = [agentId, connectionId, action, state, before].map((value) => value ?? null);
        const { rows } = await tx.query<CallRow>(newest, [orgId, ...filter, Math.min(limit, mostListed)]);
        return rows.map(toCall);
      }),
    audit: (orgId, callId) =>
      door.inOrg(orgId, async (tx) => {
        const { rows } = await tx.query<AuditRow>(lines, [orgId, callId]);
        return rows.map((row) => ({ ...toLine(row), to: row.to_state }));
      }),
    chain: (orgId, { after, limit }) =>
      door.inOrg(orgId, async (tx) => {
        const { rows } = await tx.query<ChainRow>(chain, [orgId, after, Math.min(limit, mostListed)]);
        return rows.map((row) => ({
          ...toLine(row),
          to: row.to_state,
          chainSeq: row.chain_seq,
          hash: row.chain_hash,
        }));
      }),
    chainHead: (orgId) =>
      door.inOrg(orgId, async (tx) => {
        const { rows } = await tx.query<{ seq: number; hash: string }>(head, [orgId]);
        return rows[0];
      }),
    chainBase: (orgId) =>
      door.inOrg(orgId, async (tx) => {
        const { rows } = await tx.query<{ seq: number; hash: string }>(base, [orgId]);
        return rows[0];
      }),
    prune: (before) => prune(door, before),
  };
}

const toLine = (row: AuditRow | ChainRow): Omit<ActionAudit, "to"> => ({
  orgId: row.org_id,
  callId: row.call_id,
  seq: row.seq,
  from: row.from_state ?? undefined,
  actor: { kind: row.actor_kind, id: row.actor_id },
  at: row.at,
  note: row.note ?? undefined,
});

const byId = `select ${callColumns} from action_calls where org_id = $1 and id = $2`;

const byKey = `select ${callColumns} from action_calls where org_id = $1 and idempotency_key = $2`;

const newest = `
  select ${callColumns} from action_calls
  where org_id = $1 and ($2::text is null or agent_id = $2::text) and ($3::text is null or connection_id = $3::text)
    and ($4::text is null or action = $4::text) and ($5::text is null or state = $5::text)
    and ($6::text is null or id < $6::text)
  order by id desc limit $7`;

const lines = `
  select org_id, call_id, seq, from_state, to_state, actor_kind, actor_id, at, note
  from action_audit where org_id = $1 and call_id = $2 order by seq`;

const chain = `
  select org_id, call_id, seq, from_state, to_state, actor_kind, actor_id, at, note, chain_seq, chain_hash
  from action_audit where org_id = $1 and chain_seq > $2::bigint order by chain_seq limit $3`;

const base = "select seq, hash from audit_bases where org_id = $1";
const head = "select seq, hash from audit_heads where org_id = $1";
