import { ConflictError, ValidationError } from "../errors.ts";
import type { ActionCall } from "../ports/action-store.ts";
import type { Approval, ApprovalStore, MoneyLimit, Stop } from "../ports/approval-store.ts";
import { chain, note } from "./audit.ts";
import { requireGates } from "./call-gates.ts";
import { requireLease, wake } from "./leases.ts";
import { byText, copy, everyOrg, type Org, orgOf, type State, type StoredProposal } from "./state.ts";

const unfinished = new Set<ActionCall["state"]>(["proposed", "approved", "executing"]);
/** Their money was moved, may have been, or is being. */
const spends = new Set<ActionCall["state"]>(["executing", "succeeded", "outcome_unknown"]);

export function memoryApprovals(state: State): ApprovalStore {
  const now = () => new Date(state.clock.now());

  const approvalOf = (org: Org, id: string): Approval | undefined => {
    const call = org.calls.get(id);
    const stored = org.proposals.get(id);
    return call && stored && copy({ call, proposal: stored.proposal, decisions: stored.decisions });
  };

  const known = (org: Org, id: string): { readonly stored: StoredProposal; readonly call: ActionCall } => {
    const call = org.calls.get(id);
    const stored = org.proposals.get(id);
    if (call && stored) return { call, stored };
    throw new ValidationError("There is no such approval: list the org's approvals.", {
      code: "not_found",
      path: "approvalId",
      reason: "unknown",
    });
  };

  const move = (org: Org, call: ActionCall, change: Partial<ActionCall>): ActionCall => {
    const moved: ActionCall = { ...call, ...copy(change) };
    org.calls.set(call.id, moved);
    return moved;
  };

  return {
    async propose(proposal, call, { actor, note: words, ttlMs, coolDownMs, most, mostOfOrg, expect }) {
      const org = orgOf(state, call.orgId);
      const standing = org.calls.get(
        (call.idempotencyKey === undefined ? undefined : org.callKeys.get(call.idempotencyKey)) ?? call.id,
      );
      const handBack = (one: ActionCall) => ({
        fresh: false,
        approval: approvalOf(org, one.id),
        call: copy(one),
      });
      if (standing !== undefined) return handBack(standing);
      const others = [...org.proposals.values()].flatMap(({ proposal: { id } }) => org.calls.get(id) ?? []);
      const same = others.filter(({ argumentsHash }) => argumentsHash === call.argumentsHash);
      const open = same.find((one) => unfinished.has(one.state));
      if (open !== undefined) return handBack(open);
      const since = state.clock.now() - coolDownMs;
      const rejected = same.some(
        (one) => one.state === "rejected" && (one.endedAt?.getTime() ?? 0) > since && coolDownMs > 0,
      );
      if (rejected) throw stale("rejected");
      const waiting = others.filter((one) => one.state === "proposed");
      const own = waiting.filter(({ agentId }) => agentId === call.agentId);
      if (own.length >= most || waiting.length >= mostOfOrg) {
        throw new ConflictError("Too many proposals wait already: decide some of them first.", {
          current: "full",
        });
      }
      requireGates(state, org, call, expect);
      const expiresAt = new Date(state.clock.now() + ttlMs);
      const proposed: ActionCall = copy({ ...call, state: "proposed" as const, expiresAt });
      org.calls.set(call.id, proposed);
      if (call.idempotencyKey !== undefined) org.callKeys.set(call.idempotencyKey, call.id);
      org.proposals.set(call.id, {
        proposal: copy({ ...proposal, expiresAt }),
        decisions: [],
        decidedAt: [],
        begunAt: undefined,
      });
      note(org, {
        callId: call.id,
        from: undefined,
        to: "proposed",
        actor,
        at: call.createdAt,
        note: words,
      });
      wake(state, { kind: "action", orgId: org.id, subject: call.id });
      return { fresh: true, approval: approvalOf(org, call.id), call: copy(proposed) };
    },

    async decide(orgId, id, decision, error) {
      const org = orgOf(state, orgId);
      const { call, stored } = known(org, id);
      const { decisions, proposal } = stored;
      if (call.state !== "proposed") throw stale(call.state);
      if (proposal.hash !== decision.hash) throw stale("changed");
      if (proposal.expiresAt <= now()) throw stale("expired");
      if (decisions.some(({ by }) => by === decision.by)) throw stale("decided");
      decisions.push(copy(decision));
      stored.decidedAt.push(now());
      const given = decisions.filter(({ kind }) => kind === "approve").length;
      const to = decision.kind === "reject" ? "rejected" : given >= proposal.needed ? "approved" : "proposed";
      move(org, call, {
        state: to,
        ...(to === "rejected" && { endedAt: now(), error }),
      });
      const { by, hash, kind, at } = decision;
      note(org, {
        callId: id,
        from: "proposed",
        to,
        actor: { kind: "human", id: by },
        at,
        note: kind === "approve" ? `approves ${given} of ${proposal.needed}, ${hash}` : `rejects ${hash}`,
      });
      wake(state, { kind: "action", orgId, subject: id });
      return copy({ call: org.calls.get(id) ?? call, proposal, decisions });
    },

    async expire(orgId, id, { actor, at, error }) {
      const org = orgOf(state, orgId);
      const { call, stored } = known(org, id);
      if (call.state !== "proposed" || stored.proposal.expiresAt > now()) return undefined;
      move(org, call, { state: "expired", endedAt: at, error });
      note(org, { callId: id, from: "proposed", to: "expired", actor, at, note: undefined });
      return approvalOf(org, id);
    },

    async begin(orgId, id, { lease, actor, at, expect, limits }) {
      const org = orgOf(state, orgId);
      const { call, stored } = known(org, id);
      if (lease.kind !== "action" || lease.subject !== id)
        throw new ConflictError("The lease is not this call's: stop, and write nothing.", {
          code: "lease_lost",
        });
      requireLease(state, lease, orgId);
      if (call.state !== "approved") throw stale(call.state);
      if (stored.proposal.expiresAt <= now()) throw stale("expired");
      requireGates(state, org, call, expect);
      const stoppedAt = [orgId, everyOrg].map((scope) => state.stops.get(scope)?.stoppedAt);
      const before = (at: Date) => stoppedAt.some((stopped) => stopped !== undefined && at <= stopped);
      if (stored.decidedAt.some(before)) throw moved("stopped");
      if (!limits.every((limit) => holds(org, stored, call, limit, state.clock.now()))) throw moved("limit");
      stored.begunAt = now();
      const begun = move(org, call, { state: "executing", attempts: 1, startedAt: at });
      note(org, { callId: id, from: "approved", to: "executing", actor, at, note: "attempt 1" });
      return copy(begun);
    },

    async get(orgId, id) {
      return approvalOf(orgOf(state, orgId), id);
    },

    async list(orgId, { state: wanted, agentId, conversationId, before, limit }) {
      const org = orgOf(state, orgId);
      const found = [...org.proposals.keys()]
        .sort((a, b) => byText(b, a))
        .flatMap((id) => approvalOf(org, id) ?? [])
        .filter(
          ({ call }) =>
            (wanted === undefined || call.state === wanted) &&
            (agentId === undefined || call.agentId === agentId) &&
            (conversationId === undefined || call.conversationId === conversationId) &&
            (before === undefined || call.id < before),
        );
      return found.slice(0, limit);
    },

    async stop(orgId, by) {
      const scope = orgId ?? everyOrg;
      const before = state.stops.get(scope);
      if (before && before.resumedAt === undefined) return copy(before);
      const stop: Stop = {
        scope: orgId === undefined ? "deployment" : "org",
        by,
        stoppedAt: now(),
        resumedAt: undefined,
      };
      state.stops.set(scope, stop);
      if (orgId !== undefined) tell(orgOf(state, orgId), "stopped", by, now());
      return copy(stop);
    },

    async resume(orgId, by) {
      const scope = orgId ?? everyOrg;
      const stop = state.stops.get(scope);
      if (!stop || stop.resumedAt !== undefined) return undefined;
      const over: Stop = { ...stop, resumedAt: now() };
      state.stops.set(scope, over);
      if (orgId !== undefined) tell(orgOf(state, orgId), "resumed", by, now());
      return copy(over);
    },

    async stops(orgId) {
      return copy([orgId, everyOrg].flatMap((scope) => state.stops.get(scope) ?? []));
    },
  };
}

/** Whether the limit holds with this one. */
function holds(
  org: Org,
  { proposal: { customer, money } }: StoredProposal,
  { agentId }: ActionCall,
  { per, currency, amountMinor, windowMs }: MoneyLimit,
  now: number,
): boolean {
  if (money?.currency !== currency) return true;
  let sum = money.amountMinor;
  for (const { proposal, begunAt } of org.proposals.values()) {
    const call = org.calls.get(proposal.id);
    if (!call || begunAt === undefined || begunAt.getTime() <= now - windowMs) continue;
    if (proposal.money?.currency !== currency) continue;
    if (!spends.has(call.state) && !(call.state === "reconciled" && call.error === undefined)) continue;
    if (per === "agent" && call.agentId !== agentId) continue;
    if (per === "customer" && proposal.customer !== customer) continue;
    sum += proposal.money.amountMinor;
  }
  return sum <= amountMinor;
}

function tell(org: Org, to: "stopped" | "resumed", by: string, at: Date): void {
  const seq = org.chain.filter(({ callId }) => callId === switchLines).length + 1;
  const actor = { kind: "human", id: by } as const;
  chain(org, { orgId: org.id, callId: switchLines, seq, from: undefined, to, actor, at, note: undefined });
}

/** Stands in the place of a call's id. */
const switchLines = "kill-switch";

function stale(current: string): ConflictError {
  return new ConflictError("The approval does not stand any more: read it again.", {
    code: "approval_stale",
    current,
  });
}

function moved(current: string): ConflictError {
  return new ConflictError("What the gates saw does not stand any more: ask them again.", { current });
}
