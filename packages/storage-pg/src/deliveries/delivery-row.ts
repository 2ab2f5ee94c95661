import type { Delivery, DeliveryStatus } from "@halo/core";

export interface DeliveryRow {
  readonly id: string;
  readonly org_id: string;
  readonly connection_id: string;
  readonly integration: string;
  readonly event_key: string;
  readonly type: string;
  readonly occurred_at: Date | null;
  readonly payload: Delivery["payload"];
  readonly status: DeliveryStatus;
  readonly attempts: number;
  readonly next_attempt_at: Date | null;
  readonly reason: string | null;
  readonly received_at: Date;
  readonly settled_at: Date | null;
}

export const deliveryColumns = `id, org_id, connection_id, integration, event_key, type, occurred_at, payload, status,
  attempts, next_attempt_at, reason, received_at, settled_at`;

export function toDelivery(row: DeliveryRow): Delivery {
  return {
    id: row.id,
    orgId: row.org_id,
    connectionId: row.connection_id,
    integration: row.integration,
    eventKey: row.event_key,
    type: row.type,
    occurredAt: row.occurred_at ?? undefined,
    payload: row.payload,
    status: row.status,
    attempts: row.attempts,
    nextAttemptAt: row.next_attempt_at ?? undefined,
    reason: row.reason ?? undefined,
    receivedAt: row.received_at,
    settledAt: row.settled_at ?? undefined,
  };
}
