import type { ActionCall } from "../ports/action-store.ts";
import type { Approval, ApprovalStore, Decision, Proposal } from "../ports/approval-store.ts";
import type { Lease } from "../ports/lease-store.ts";
import { type AgentWorld, actor, agentWorld } from "./agent-world.ts";
import { newId } from "./ids.ts";
import type { StorageTest } from "./storage-promise.ts";
import { at, claimed, long } from "./storage-world.ts";

type Proposed = Awaited<ReturnType<ApprovalStore["propose"]>>;

/** An org whose agent proposes, and whose people decide. */
export interface ApprovalWorld extends AgentWorld {
  readonly options: Parameters<ApprovalStore["propose"]>[2];
  proposal(call: ActionCall, like?: Partial<Proposal>): Omit<Proposal, "expiresAt">;
  propose(
    like?: Partial<Proposal>,
    call?: Partial<ActionCall>,
    options?: Partial<Parameters<ApprovalStore["propose"]>[2]>,
  ): Promise<Proposed & { readonly approval: Approval }>;
  decision(approval: Approval, like?: Partial<Decision>): Decision;
  /** Proposed, approved, and its work claimed. */
  approved(
    like?: Partial<Proposal>,
    call?: Partial<ActionCall>,
  ): Promise<{ readonly approval: Approval; readonly lease: Lease }>;
}

export async function approvalWorld(test: StorageTest): Promise<ApprovalWorld> {
  const self = await agentWorld(test);
  const { orgId, seen, storage } = self;
  const options = {
    actor,
    note: "hash",
    ttlMs: long,
    coolDownMs: 0,
    most: 100,
    mostOfOrg: 100,
    expect: seen,
  };
  const world: ApprovalWorld = {
    ...self,
    options,
    proposal: ({ id }, like = {}) => ({
      orgId,
      id,
      hash: `hash-${id}`,
      account: "acct-1",
      requestedBy: undefined,
      preview: { summary: "Gives 1 back.", changes: [{ field: "a", to: "b" }] },
      money: { amountMinor: 100, currency: "eur", digits: 2 },
      customer: "ada@example.com",
      state: { status: "paid" },
      sources: ["acme:1"],
      needed: 1,
      createdAt: at(1),
      ...like,
    }),
    async propose(like, callLike, more) {
      const call = self.call({ state: "proposed", argumentsHash: `args-${newId()}`, ...callLike });
      const proposed = await storage.approvals.propose(world.proposal(call, like), call, {
        ...options,
        ...more,
      });
      if (!proposed.approval) throw new Error("Nothing was proposed.");
      return { ...proposed, approval: proposed.approval };
    },
    decision: ({ proposal }, like = {}) => ({
      kind: "approve",
      by: "grace",
      hash: proposal.hash,
      reason: undefined,
      at: new Date(test.now()),
      proof: "proof",
      ...like,
    }),
    async approved(like, callLike) {
      const { approval } = await world.propose(like, callLike);
      const { id } = approval.proposal;
      const decided = await storage.approvals.decide(orgId, id, world.decision(approval));
      return { approval: decided, lease: await claimed(storage, { kind: "action", orgId, subject: id }) };
    },
  };
  return world;
}
