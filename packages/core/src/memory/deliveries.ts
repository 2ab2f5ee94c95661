import type { Delivery, DeliveryStatus, DeliveryStore } from "../ports/delivery-store.ts";
import { requireLease, wake } from "./leases.ts";
import { byText, copy, type Org, orgOf, type State, tuple } from "./state.ts";

const oldestFirst = (a: Delivery, b: Delivery) =>
  a.receivedAt.getTime() - b.receivedAt.getTime() || byText(a.id, b.id);

/** An event that waits no longer stays as it is: whoever settled it first was right. */
export function settleDelivery(
  org: Org,
  id: string,
  outcome: { readonly status: DeliveryStatus; readonly reason?: string; readonly nextAttemptAt?: Date },
  at: Date,
): void {
  const delivery = org.deliveries.get(id);
  if (delivery?.status !== "pending") return;
  const { status, reason, nextAttemptAt } = outcome;
  org.deliveries.set(id, {
    ...delivery,
    status,
    reason,
    attempts: delivery.attempts + 1,
    nextAttemptAt: status === "pending" ? copy(nextAttemptAt) : undefined,
    settledAt: status === "pending" ? undefined : copy(at),
  });
}

export function memoryDeliveries(state: State): DeliveryStore {
  const waiting = (orgId: string, connectionId: string) =>
    [...orgOf(state, orgId).deliveries.values()].filter(
      (delivery) => delivery.connectionId === connectionId && delivery.status === "pending",
    );

  return {
    async accept(batch) {
      return copy(batch).map((delivery) => {
        const org = orgOf(state, delivery.orgId);
        const key = tuple(delivery.connectionId, delivery.eventKey);
        if (org.eventKeys.has(key)) return false;
        org.eventKeys.set(key, delivery.id);
        org.deliveries.set(delivery.id, {
          ...delivery,
          attempts: 0,
          nextAttemptAt: undefined,
          reason: undefined,
          settledAt: delivery.status === "skipped" ? delivery.receivedAt : undefined,
        });
        if (delivery.status === "pending")
          wake(state, { kind: "inbox", orgId: delivery.orgId, subject: delivery.connectionId });
        return true;
      });
    },

    async pending(lease, connectionId, limit, now) {
      const due = waiting(lease.orgId, connectionId).filter(
        ({ nextAttemptAt }) => nextAttemptAt === undefined || nextAttemptAt <= now,
      );
      return copy(due.sort(oldestFirst).slice(0, limit));
    },

    async settle(lease, outcomes, at) {
      requireLease(state, lease);
      const org = orgOf(state, lease.orgId);
      for (const outcome of outcomes) settleDelivery(org, outcome.id, outcome, at);
    },

    async nextDue(lease, connectionId) {
      const times = waiting(lease.orgId, connectionId).map(({ nextAttemptAt, receivedAt }) =>
        (nextAttemptAt ?? receivedAt).getTime(),
      );
      return times.length === 0 ? undefined : new Date(Math.min(...times));
    },

    async get(orgId, id) {
      return copy(orgOf(state, orgId).deliveries.get(id));
    },

    async list(orgId, { connectionId, status, limit = 100 }) {
      const found = [...orgOf(state, orgId).deliveries.values()].filter(
        (delivery) =>
          (connectionId === undefined || delivery.connectionId === connectionId) &&
          (status === undefined || delivery.status === status),
      );
      return copy(found.sort((a, b) => oldestFirst(b, a)).slice(0, limit));
    },

    async counts(orgId, connectionId) {
      const counts = { pending: 0, done: 0, skipped: 0, dead: 0 };
      for (const delivery of orgOf(state, orgId).deliveries.values())
        if (delivery.connectionId === connectionId) counts[delivery.status]++;
      return counts;
    },

    async replay(orgId, ids) {
      const { deliveries } = orgOf(state, orgId);
      let replayed = 0;
      for (const id of new Set(ids)) {
        const delivery = deliveries.get(id);
        if (delivery === undefined) continue;
        deliveries.set(id, {
          ...delivery,
          status: "pending",
          attempts: 0,
          nextAttemptAt: undefined,
          reason: undefined,
          settledAt: undefined,
        });
        wake(state, { kind: "inbox", orgId, subject: delivery.connectionId });
        replayed++;
      }
      return replayed;
    },

    async park(batch) {
      for (const event of copy(batch)) {
        const key = tuple(event.integration, event.accountHash, event.eventKey);
        if (!state.unrouted.has(key)) state.unrouted.set(key, event);
      }
    },

    async unrouted(integration, accountHash) {
      const found = [...state.unrouted.values()].filter(
        (event) => event.integration === integration && event.accountHash === accountHash,
      );
      return copy(found);
    },

    async dropUnrouted(ids) {
      for (const [key, { id }] of state.unrouted) if (ids.includes(id)) state.unrouted.delete(key);
    },

    async unroutedCounts() {
      const counts = new Map<string, number>();
      for (const { integration } of state.unrouted.values())
        counts.set(integration, (counts.get(integration) ?? 0) + 1);
      return Object.fromEntries(counts);
    },

    async forget(lease, connectionId) {
      requireLease(state, lease);
      const org = orgOf(state, lease.orgId);
      const gone = [...org.deliveries.values()].filter((delivery) => delivery.connectionId === connectionId);
      for (const { eventKey, id } of gone) {
        org.deliveries.delete(id);
        org.eventKeys.delete(tuple(connectionId, eventKey));
      }
      return gone.length;
    },

    async purge(settledBefore, unroutedBefore) {
      let gone = 0;
      for (const org of state.orgs.values())
        for (const { id, connectionId, eventKey, settledAt } of org.deliveries.values())
          if (settledAt !== undefined && settledAt < settledBefore) {
            org.deliveries.delete(id);
            org.eventKeys.delete(tuple(connectionId, eventKey));
            gone++;
          }
      for (const [key, { receivedAt }] of state.unrouted)
        if (receivedAt < unroutedBefore) {
          state.unrouted.delete(key);
          gone++;
        }
      return gone;
    },
  };
}
