import type { ActionCall, Lease } from "@halo/core";

/** A row of `action_calls` as it is read. */
export interface CallRow {
  readonly org_id: string;
  readonly id: string;
  readonly agent_id: string;
  readonly integration: string;
  readonly connection_id: string | null;
  readonly generation: number | null;
  readonly action: string;
  readonly version: number;
  readonly state: ActionCall["state"];
  readonly idempotency_key: string | null;
  readonly arguments_hash: string;
  readonly input: ActionCall["input"];
  readonly subject: ActionCall["subject"] | null;
  readonly conversation_id: string | null;
  readonly preview: ActionCall["preview"] | null;
  readonly confirmation_hash: string | null;
  readonly expires_at: Date | null;
  readonly attempts: number;
  readonly output: Exclude<ActionCall["output"], undefined>;
  /** A JSON null is an output too. */
  readonly has_output: boolean;
  readonly error: ActionCall["error"] | null;
  readonly created_at: Date;
  readonly started_at: Date | null;
  readonly ended_at: Date | null;
}

export const storedColumns = `org_id, id, agent_id, integration, connection_id, generation, action, version, state,
  idempotency_key, arguments_hash, input, subject, conversation_id, preview, confirmation_hash, expires_at, attempts,
  output, error, created_at, started_at, ended_at`;

export const callColumns = `${storedColumns}, output is not null as has_output`;

export const json = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value));

/** In the order of `storedColumns`. */
export const valuesOf = (call: ActionCall): readonly unknown[] => [
  call.orgId,
  call.id,
  call.agentId,
  call.integration,
  call.connectionId ?? null,
  call.generation ?? null,
  call.action,
  call.version,
  call.state,
  call.idempotencyKey ?? null,
  call.argumentsHash,
  JSON.stringify(call.input),
  json(call.subject),
  call.conversationId ?? null,
  json(call.preview),
  call.confirmationHash ?? null,
  call.expiresAt ?? null,
  call.attempts,
  json(call.output),
  json(call.error),
  call.createdAt,
  call.startedAt ?? null,
  call.endedAt ?? null,
];

export const toCall = (row: CallRow): ActionCall => ({
  orgId: row.org_id,
  id: row.id,
  agentId: row.agent_id,
  integration: row.integration,
  connectionId: row.connection_id ?? undefined,
  generation: row.generation ?? undefined,
  action: row.action,
  version: row.version,
  state: row.state,
  idempotencyKey: row.idempotency_key ?? undefined,
  argumentsHash: row.arguments_hash,
  input: row.input,
  subject: row.subject ?? undefined,
  conversationId: row.conversation_id ?? undefined,
  preview: row.preview ?? undefined,
  confirmationHash: row.confirmation_hash ?? undefined,
  expiresAt: row.expires_at ?? undefined,
  attempts: row.attempts,
  output: row.has_output ? row.output : undefined,
  error: row.error ?? undefined,
  createdAt: row.created_at,
  startedAt: row.started_at ?? undefined,
  endedAt: row.ended_at ?? undefined,
});

/** A lease as `claimCall` hands it back; null or absent where none was claimed. */
export interface ClaimedRow {
  readonly lease_fence: number | null;
  readonly lease_holder: string | null;
  readonly lease_expires_at: Date | null;
  readonly lease_attempts: number | null;
}

export function toLease(orgId: string, callId: string, row: Partial<ClaimedRow>): Lease | undefined {
  const { lease_fence, lease_holder: holder, lease_expires_at: expiresAt, lease_attempts } = row;
  if (lease_fence == null || holder == null || expiresAt == null || lease_attempts == null) return undefined;
  return {
    kind: "action",
    orgId,
    subject: callId,
    fence: lease_fence,
    holder,
    expiresAt,
    attempts: lease_attempts,
  };
}

/**
 * Claims the lease of each row of `from` (`org_id`, `id`, `state`) that is executing, if there is a holder. A call that
 * was just made has none; of another one, whoever had it loses it.
 */
export const claimCall = (from: string, holder: string, ttlMs: string): string => `
  insert into leases as l (kind, org_id, subject, due_at, fence, holder, attempts)
  select 'action', f.org_id, f.id, clock_timestamp() + ${ttlMs}::bigint * interval '1 millisecond',
    nextval('lease_fences'), ${holder}::text, 1
  from ${from} f where f.state = 'executing' and ${holder}::text is not null
  on conflict (kind, org_id, subject) do update set due_at = excluded.due_at, woken_at = null, fence = excluded.fence,
    holder = excluded.holder, attempts = l.attempts + 1
  returning fence as lease_fence, holder as lease_holder, due_at as lease_expires_at, attempts as lease_attempts`;
