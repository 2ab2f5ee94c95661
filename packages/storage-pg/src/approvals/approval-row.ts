import type { ActionCall, Approval, Decision } from "@halo/core";
import { type CallRow, storedColumns, toCall } from "../actions/call-row.ts";

/** A proposal with its call and its decisions, as it is read. */
export interface ApprovalRow extends CallRow {
  readonly p_hash: string;
  readonly p_account: string;
  readonly p_requested_by: string | null;
  readonly p_preview: Approval["proposal"]["preview"];
  readonly p_amount_minor: number | string | null;
  readonly p_currency: string | null;
  readonly p_digits: number | null;
  readonly p_customer: string | null;
  readonly p_state: Exclude<ActionCall["output"], undefined>;
  /** A JSON null is a state too. */
  readonly p_has_state: boolean;
  readonly p_sources: readonly string[] | null;
  readonly p_needed: number;
  readonly p_created_at: Date;
  readonly p_expires_at: Date;
  readonly p_decisions: readonly DecisionRow[] | null;
}

interface DecisionRow {
  readonly kind: Decision["kind"];
  readonly by: string;
  readonly hash: string;
  readonly reason: string | null;
  /** Epoch ms. */
  readonly at: number;
  readonly proof: string;
}

const ofCall = `${storedColumns.replaceAll(/\w+/g, "c.$&")}, c.output is not null as has_output`;

/** Ends before its `where`. */
export const selectApproval = `
  select ${ofCall}, p.hash as p_hash, p.account as p_account, p.requested_by as p_requested_by,
    p.preview as p_preview, p.amount_minor as p_amount_minor, p.currency as p_currency, p.digits as p_digits,
    p.customer as p_customer, p.state as p_state, p.state is not null as p_has_state, p.sources as p_sources,
    p.needed as p_needed, p.created_at as p_created_at, p.expires_at as p_expires_at, d.p_decisions
  from approvals p join action_calls c on c.org_id = p.org_id and c.id = p.id
    left join lateral (
      select json_agg(json_build_object('kind', kind, 'by', by_id, 'hash', hash, 'reason', reason,
        'at', (extract(epoch from at) * 1000)::bigint, 'proof', proof) order by decided_at, by_id) as p_decisions
      from approval_decisions where org_id = p.org_id and approval_id = p.id
    ) d on true`;

export function toApproval(row: ApprovalRow): Approval {
  const { p_currency: currency } = row;
  return {
    call: toCall(row),
    proposal: {
      orgId: row.org_id,
      id: row.id,
      hash: row.p_hash,
      account: row.p_account,
      requestedBy: row.p_requested_by ?? undefined,
      preview: row.p_preview,
      money:
        currency === null
          ? undefined
          : {
              amountMinor: Number(row.p_amount_minor),
              currency,
              ...(row.p_digits !== null && { digits: row.p_digits }),
            },
      customer: row.p_customer ?? undefined,
      state: row.p_has_state ? row.p_state : undefined,
      sources: row.p_sources ?? undefined,
      needed: row.p_needed,
      createdAt: row.p_created_at,
      expiresAt: row.p_expires_at,
    },
    decisions: (row.p_decisions ?? []).map(({ at, by, hash, kind, proof, reason }) => ({
      kind,
      by,
      hash,
      reason: reason ?? undefined,
      at: new Date(at),
      proof,
    })),
  };
}
