import { beforeAll, describe, expect, it } from "vitest";
import { type DeskWorld, deskWorld, orgId, warm } from "../../test/acme-actions.ts";
import type { Person } from "../index.ts";

beforeAll(warm);

const grace: Person = { id: "grace", kind: "human", roles: ["approver"] };

async function proposed(world: DeskWorld, input: unknown = { amount: 1_250 }) {
  const outcome = await world.invoke("refund", input, { context: { conversationId: "c1" } });
  if (outcome.status !== "pending_approval") throw new Error(outcome.status);
  return await world.halo.approvals.get(orgId, outcome.approvalId);
}

describe("an action that needs a person", () => {
  it("A1 is only proposed by the agent's call, and executed once a person said yes", async () => {
    const world = await deskWorld();
    const { hash, id } = await proposed(world);
    await world.work(world.halo, 5_000);
    expect(world.desk.ledger).toEqual([]);
    await world.halo.approvals.approve({ orgId, approvalId: id, hash, actor: grace });
    expect(world.desk.ledger).toEqual([]);
    await world.work(world.halo, 5_000);
    expect(world.desk.ledger).toMatchObject([{ body: { amount: 1_250, key: id } }]);
    expect(await world.halo.approvals.get(orgId, id)).toMatchObject({ state: "succeeded" });
    expect(await world.halo.audit.verify({ orgId })).toMatchObject({ ok: true, lines: 4 });
  });
});
