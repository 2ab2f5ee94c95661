import { ConflictError, ValidationError } from "../errors.ts";
import type { ActionCall, ActionStore } from "../ports/action-store.ts";
import type { Lease } from "../ports/lease-store.ts";
import { note, prune } from "./audit.ts";
import { isStopped, requireGates } from "./call-gates.ts";
import { claimNow, forgetWork, requireLease, wake } from "./leases.ts";
import { byText, copy, orgOf, type State, tuple } from "./state.ts";

export function memoryActions(state: State): ActionStore {
  const claim = (call: ActionCall, by: { readonly holder: string; readonly ttlMs: number }): Lease =>
    claimNow(state, { kind: "action", orgId: call.orgId, subject: call.id }, by);

  return {
    async gates(orgId, { agentId, integration, action, connectionId }) {
      const org = orgOf(state, orgId);
      const connections = [...org.connections.values()].filter(
        (connection) =>
          connection.integration === integration &&
          (connectionId === undefined || connection.id === connectionId),
      );
      return copy({
        stopped: isStopped(state, orgId),
        agent: org.agents.get(agentId),
        agentAction: org.agentActions.get(tuple(agentId, integration, action)),
        connections: connections.sort(
          (a, b) => b.createdAt.getTime() - a.createdAt.getTime() || byText(b.id, a.id),
        ),
      });
    },

    async begin(call, { actor, note: words, lease, expect }) {
      const org = orgOf(state, call.orgId);
      const standing = org.calls.get(
        (call.idempotencyKey === undefined ? undefined : org.callKeys.get(call.idempotencyKey)) ?? call.id,
      );
      if (standing !== undefined) return { fresh: false, call: copy(standing), lease: undefined };
      requireGates(state, org, call, expect);
      org.calls.set(call.id, copy(call));
      if (call.idempotencyKey !== undefined) org.callKeys.set(call.idempotencyKey, call.id);
      note(org, { callId: call.id, from: undefined, to: call.state, actor, at: call.createdAt, note: words });
      const claimed = call.state === "executing" && lease ? claim(call, lease) : undefined;
      return { fresh: true, call: copy(call), lease: claimed };
    },

    async transition(orgId, callId, change) {
      const { from, to, actor, at, note: words, lease, claim: by, expect, again, set } = change;
      const org = orgOf(state, orgId);
      const call = org.calls.get(callId);
      if (call === undefined)
        throw new ValidationError("There is no such call: list the org's calls.", {
          code: "not_found",
          path: "callId",
          reason: "unknown",
        });
      if (lease !== undefined) {
        if (lease.kind !== "action" || lease.subject !== callId) throw leaseOfOther();
        requireLease(state, lease, orgId);
      }
      if (!from.includes(call.state))
        throw new ConflictError(`The call is ${call.state} by now: read it again.`, { current: call.state });
      requireGates(state, org, call, expect);
      const changed: ActionCall = { ...call, ...copy(set), state: to };
      org.calls.set(callId, changed);
      note(org, { callId, from: call.state, to, actor, at, note: words });
      if (to !== "executing") {
        if (lease !== undefined) forgetWork(state, lease);
        if (lease !== undefined && again) wake(state, { kind: "action", orgId, subject: callId, at: again });
        return { call: copy(changed), lease: undefined };
      }
      return { call: copy(changed), lease: by ? claim(call, by) : lease };
    },

    async get(orgId, callId) {
      return copy(orgOf(state, orgId).calls.get(callId));
    },

    async byKey(orgId, idempotencyKey) {
      const { calls, callKeys } = orgOf(state, orgId);
      return copy(calls.get(callKeys.get(idempotencyKey) ?? ""));
    },

    async list(orgId, { agentId, connectionId, action, state: wanted, before, limit }) {
      const found = [...orgOf(state, orgId).calls.values()].filter(
        (call) =>
          (agentId === undefined || call.agentId === agentId) &&
          (connectionId === undefined || call.connectionId === connectionId) &&
          (action === undefined || call.action === action) &&
          (wanted === undefined || call.state === wanted) &&
          (before === undefined || call.id < before),
      );
      return copy(found.sort((a, b) => byText(b.id, a.id)).slice(0, limit));
    },

    async chain(orgId, { after, limit }) {
      const lines = orgOf(state, orgId).chain;
      return copy(lines.filter(({ chainSeq }) => chainSeq > after).slice(0, limit));
    },

    async chainHead(orgId) {
      const last = orgOf(state, orgId).chain.at(-1);
      return last ? { seq: last.chainSeq, hash: last.hash } : copy(orgOf(state, orgId).chainBase);
    },

    async chainBase(orgId) {
      return copy(orgOf(state, orgId).chainBase);
    },

    async prune(before) {
      let gone = 0;
      for (const org of state.orgs.values()) gone += prune(org, before, state.clock.now());
      return gone;
    },

    async audit(orgId, callId) {
      return copy(orgOf(state, orgId).audit.get(callId) ?? []);
    },
  };
}

function leaseOfOther(): ConflictError {
  return new ConflictError("The lease is not this call's: stop, and write nothing.", { code: "lease_lost" });
}
