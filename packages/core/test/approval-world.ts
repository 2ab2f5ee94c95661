import type { ApprovalView, DecideRequest, HaloOptions, InvokeRequest, Person } from "../src/index.ts";
import { type DeskWorld, deskWorld, orgId } from "./acme-actions.ts";

export const grace: Person = { id: "grace", kind: "human", roles: ["approver"] };
export const alan: Person = { id: "alan", kind: "human", roles: ["admin"] };

export const hourMs = 3_600_000;

export interface ApprovalWorld extends DeskWorld {
  /** Has the agent ask for a refund; what people then see. */
  propose(input?: unknown, more?: Partial<InvokeRequest>): Promise<ApprovalView>;
  /** As it stands now. */
  now(id: string): Promise<ApprovalView>;
  approve(view: ApprovalView, by?: Person, more?: Partial<DecideRequest>): Promise<ApprovalView>;
  reject(view: ApprovalView, by?: Person): Promise<ApprovalView>;
  /** Lets a worker look, once or twice. */
  settle(): Promise<void>;
}

/** A desk whose agent asks for refunds, and people who decide them. */
export async function approvalWorld(options: Partial<HaloOptions> = {}): Promise<ApprovalWorld> {
  const world = await deskWorld(options);
  const { halo } = world;
  const now = (id: string) => halo.approvals.get(orgId, id);
  return {
    ...world,
    now,
    async propose(input = { amount: 1_250 }, more) {
      const asked = { context: { conversationId: "c1", customer: { email: "ada@example.com" } }, ...more };
      const outcome = await world.invoke("refund", input, asked);
      if (outcome.status !== "pending_approval") throw new Error(`It is ${outcome.status}.`);
      return await now(outcome.approvalId);
    },
    approve: ({ hash, id }, actor = grace, more) =>
      halo.approvals.approve({ orgId, approvalId: id, hash, actor, ...more }),
    reject: ({ hash, id }, actor = grace) => halo.approvals.reject({ orgId, approvalId: id, hash, actor }),
    settle: () => world.work(halo, 2_500),
  };
}
