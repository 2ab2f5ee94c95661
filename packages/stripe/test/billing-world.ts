import type { HaloOptions } from "@halo/core";
import { expect } from "vitest";
import { orgId, stripeWorld } from "./stripe-world.ts";

export const agentId = "billing";
export const HOUR_MS = 60 * 60_000;
export const email = "ada@example.com";
export const grace = { id: "u-grace", kind: "human", roles: ["approver"] } as const;
/** Handed over at once, so that the client's clock has something to go by. */
export const SOON_MS = 30_000;

/** An agent that may ask for refunds, and a customer who paid. */
export async function billing({ approvals }: Pick<HaloOptions, "approvals"> = {}) {
  const world = await stripeWorld({
    emulator: { size: { customers: 0 } },
    halo: approvals ? { approvals } : {},
  });
  const { clock, emulator, halo } = world;
  const merchant = emulator.account.in("test");
  const ada = merchant.createCustomer({ email });
  const pay = (amount = 5_000, customer = ada.id) => merchant.pay({ amount, currency: "eur", customer });
  const payment = pay();
  const connection = await world.connect({ key: emulator.issueKey() });
  await clock.run(halo.connections.setMode(orgId, connection.id, "ingest", false));
  await halo.agents.upsert({ orgId, id: agentId });
  for (const action of ["refund", "cancel", "credit", "extend_trial"]) {
    await halo.agents.setAction({ orgId, agentId, action, enabled: true });
  }
  emulator.ledger.clear();
  const invoke = (action: string, input: unknown, more: object = {}) =>
    clock.run(
      halo.actions.invoke({
        orgId,
        agentId,
        action,
        input,
        context: { conversationId: "c1", customer: { email } },
        ...more,
      }),
    );
  const get = (id: string) => halo.approvals.get(orgId, id);
  return {
    ...world,
    merchant,
    ada,
    pay,
    payment,
    connection,
    invoke,
    get,
    input: (more: object = {}) => ({ payment: payment.id, amount: 1_250, currency: "eur", ...more }),
    async propose(
      action = "refund",
      input: object = { payment: payment.id, amount: 1_250, currency: "eur" },
    ) {
      const outcome = await invoke(action, input);
      if (outcome.status !== "pending_approval") return expect.unreachable(outcome.status);
      return await get(outcome.approvalId);
    },
    approve: async ({ hash, id }: { hash: string; id: string }, actor: typeof grace | object = grace) =>
      await clock.run(halo.approvals.approve({ orgId, approvalId: id, hash, actor: actor as typeof grace })),
    refunds: () => [...emulator.snapshot({ kinds: ["refund"] }).objects.refund.values()],
    /** But for the endpoints that connecting makes. */
    writes: () =>
      emulator.ledger.find(({ method, path }) => method !== "GET" && !path.includes("webhook_endpoints")),
  };
}

export type World = Awaited<ReturnType<typeof billing>>;
