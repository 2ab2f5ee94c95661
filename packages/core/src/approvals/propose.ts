import { answerOf, isSameRequest } from "../actions/answer.ts";
import { knownRecords } from "../actions/known-records.ts";
import { asHaloError } from "../actions/perform.ts";
import { keyUsed, type Prepared, Refused } from "../actions/prepared.ts";
import { agentActor } from "../actions/record.ts";
import type { ActionOutcome } from "../actions/tool.ts";
import type { ActionReview } from "../define/action.ts";
import type { Engine } from "../engine/engine.ts";
import { ConflictError, isHaloError, ValidationError } from "../errors.ts";
import type { ActionCall } from "../ports/action-store.ts";
import type { Approval, Proposal } from "../ports/approval-store.ts";
import { expiryMs, moneyExpiryMs, neededFor } from "./policy.ts";
import { accountText, proposalHash } from "./proposal-hash.ts";
import { customerIn, reviewOf } from "./review.ts";
import { tellApproval } from "./tell.ts";

const maxSources = 50;

/**
 * What a model's call of an action that needs a person comes to: a proposal, and nothing else (A1). The same again, from the
 * same conversation, is the same proposal.
 */
export async function propose(engine: Engine, prepared: Prepared): Promise<ActionOutcome> {
  const { draft, open, request } = prepared;
  const { approvals, storage } = engine;
  const key = request.idempotencyKey;
  const before = key === undefined ? undefined : await storage.actions.byKey(request.orgId, key);
  if (before) return await standing(engine, prepared, before);
  await requireRequester(engine, prepared);
  const review = await reviewed(engine, prepared);
  const needed = neededFor(approvals, review.money);
  const proposal: Omit<Proposal, "hash" | "expiresAt"> = {
    orgId: draft.orgId,
    id: draft.id,
    account: accountText(open.connection.account),
    requestedBy: request.context.requestedBy,
    preview: review.preview,
    money: review.money,
    customer: customerIn(review, draft.subject),
    state: review.state,
    sources: request.context.sources?.slice(0, maxSources),
    needed,
    createdAt: draft.createdAt,
  };
  const call: ActionCall = { ...draft, state: "proposed", preview: review.preview };
  const hash = proposalHash(proposal, call);
  const proposed = await storing(() =>
    storage.approvals.propose({ ...proposal, hash }, call, {
      actor: agentActor(call),
      note: hash,
      ttlMs: review.money ? moneyExpiryMs : expiryMs,
      coolDownMs: approvals.coolDownMs,
      most: approvals.pendingPerAgent,
      mostOfOrg: approvals.pendingPerOrg,
      expect: open.seen,
    }),
  );
  if (!proposed.fresh || !proposed.approval) return await standing(engine, prepared, proposed.call);
  tellApproval(engine, "requested", proposed.approval);
  return pending(proposed.approval);
}

/** The outcome of a call that stands already. */
async function standing(
  engine: Engine,
  { draft, request }: Prepared,
  call: ActionCall,
): Promise<ActionOutcome> {
  const byKey = call.idempotencyKey !== undefined && call.idempotencyKey === request.idempotencyKey;
  if (byKey && !isSameRequest(call, draft, request)) throw new Refused(keyUsed());
  const own = call.agentId === draft.agentId && call.conversationId === draft.conversationId;
  if (!byKey && !own) {
    throw new Refused(
      new ConflictError("Exactly this waits for a person's decision already.", { current: call.state }),
    );
  }
  const approval = await engine.storage.approvals.get(call.orgId, call.id);
  if (approval && ["proposed", "approved", "executing"].includes(approval.call.state))
    return pending(approval);
  return await answerOf(engine, call, request.signal);
}

export function pending({ call, proposal }: Approval): ActionOutcome {
  return {
    status: "pending_approval",
    callId: call.id,
    approvalId: proposal.id,
    expiresAt: proposal.expiresAt,
  };
}

/** Staff may ask an internal agent, and then approve: four eyes need to know who asked. */
async function requireRequester({ storage }: Engine, { draft, request }: Prepared): Promise<void> {
  if (request.context.requestedBy !== undefined) return;
  const agent = await storage.agents.get(draft.orgId, draft.agentId);
  if (agent?.kind !== "internal") return;
  throw new Refused(
    new ValidationError(
      "Say on whose behalf the agent asks: whoever asked an internal agent may not approve it.",
      {
        path: "context.requestedBy",
        reason: "needed",
      },
    ),
  );
}

async function reviewed(engine: Engine, prepared: Prepared): Promise<ActionReview> {
  const { action, draft, input, open, refs, request, subject } = prepared;
  try {
    const context = {
      input,
      config: open.config,
      subject,
      http: engine.sessions.open(open.connection).http,
      effectKey: draft.id,
      at: draft.createdAt,
      attemptedAt: undefined,
      refs,
      known: knownRecords(engine, { ...draft, subject }),
      signal: request.signal ?? new AbortController().signal,
      logger: engine.logger,
    };
    return await reviewOf(action, context, open.connection.account);
  } catch (error) {
    const told = asHaloError(error);
    throw new Refused(told, isHaloError(told, "input_invalid") ? "refused" : "failed");
  }
}

/** What the store refuses is a refusal of the call; what the gates saw and has moved on is asked again. */
async function storing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { current } = error as { readonly current?: unknown };
    if (isHaloError(error, "approval_stale")) {
      throw new Refused(
        new ConflictError("A person said no to exactly this a short while ago: do not ask again.", {
          code: "approval_stale",
          current: "rejected",
        }),
      );
    }
    if (isHaloError(error, "conflict") && current === "full") throw new Refused(error);
    throw error;
  }
}
