import type { ActionState, Storage } from "@halo/core";
import type { MoneyStep, MoneyTold } from "./money-steps.ts";
import { type Striker, tellParent } from "./striker.ts";

export type MoneyStriker = Striker<MoneyStep>;

export const tell = (told: MoneyTold): void => tellParent(told);

const ends = new Set<ActionState>(["succeeded", "failed", "refused", "outcome_unknown", "reconciled"]);

/** The storage as it is, with the places marked where a process can die. */
export function strikingMoneyStorage(storage: Storage, striker: MoneyStriker): Storage {
  const { actions, approvals } = storage;
  const through = (call: { readonly id: string; readonly idempotencyKey: string | undefined }) =>
    tell({ told: "through", names: [call.id, ...(call.idempotencyKey ? [call.idempotencyKey] : [])] });
  return {
    ...storage,
    actions: {
      ...actions,
      async transition(orgId, callId, change) {
        const over = ends.has(change.to) && change.from.includes("executing");
        if (over) striker.point("record_before_end", callId);
        const moved = await actions.transition(orgId, callId, change);
        if (over) striker.point("record_after_end", callId);
        if (ends.has(change.to)) through(moved.call);
        return moved;
      },
    },
    approvals: {
      ...approvals,
      async propose(proposal, call, options) {
        striker.point("propose_before_store", call.idempotencyKey);
        const proposed = await approvals.propose(proposal, call, options);
        striker.point("propose_after_store", call.idempotencyKey);
        return proposed;
      },
      async decide(orgId, id, decision, error) {
        striker.point("decide_before_store", id);
        const decided = await approvals.decide(orgId, id, decision, error);
        striker.point("decide_after_store", id);
        if (decided.call.state === "rejected") through(decided.call);
        return decided;
      },
      async begin(orgId, id, options) {
        striker.point("execute_before_begin", id);
        const begun = await approvals.begin(orgId, id, options);
        striker.point("execute_after_begin", id);
        return begun;
      },
    },
  };
}

const writes = /\/v1\/(?:refunds|customers\/\w+\/balance_transactions)$/;

/** The network as it is, with the places marked around what moves money. */
export function strikingMoneyFetch(
  striker: MoneyStriker,
  fetch: typeof globalThis.fetch,
): typeof globalThis.fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    if (request.method !== "POST" || !writes.test(new URL(request.url).pathname)) return await fetch(request);
    const subject = request.headers.get("idempotency-key") ?? undefined;
    striker.point("execute_before_send", subject);
    const response = await fetch(request);
    striker.point("execute_before_answer", subject);
    return response;
  };
}
