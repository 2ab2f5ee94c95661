import { argumentsHash, canonicalArguments } from "../actions/canonical.ts";
import { checkInput, gateClosed } from "../actions/check.ts";
import { execute, gatesMoved, gatesNow } from "../actions/execute.ts";
import { knownRecords } from "../actions/known-records.ts";
import { asHaloError } from "../actions/perform.ts";
import { noteOf, storedErrorOf, tellEnd } from "../actions/record.ts";
import type { AnyAction } from "../define/action.ts";
import type { IntegrationDefinition } from "../define/integration.ts";
import type { Engine } from "../engine/engine.ts";
import { ConflictError, type HaloError, isHaloError } from "../errors.ts";
import type { OpenGates } from "../gate/ask-gates.ts";
import { tellActionFailure } from "../notify/sync-errors.ts";
import type { ActionAudit, ActionCall } from "../ports/action-store.ts";
import type { Approval } from "../ports/approval-store.ts";
import type { Again, Slice } from "../work/slice.ts";
import { whyNoApprover } from "./approver.ts";
import { isProven } from "./proof.ts";
import { accountText, isUntouched } from "./proposal-hash.ts";
import { customerIn, reviewOf, sameGround } from "./review.ts";
import { tellApproval } from "./tell.ts";

/** While the vendor cannot be asked how its objects stand. */
const laterMs = 10_000;
const gateTries = 3;

/**
 * Executes what people approved, once (A1): everything that was true when it was proposed and when it was approved has to be true
 * now (A8). What is not ends it; the vendor being away for a moment only puts it off, until it expires.
 */
export async function executeApproved(
  engine: Engine,
  slice: Slice,
  known: {
    readonly integration: IntegrationDefinition;
    readonly action: AnyAction;
    readonly call: ActionCall;
  },
): Promise<Again> {
  const { call } = known;
  const { storage, clock } = engine;
  const actor: ActionAudit["actor"] = { kind: "engine", id: slice.lease.holder };
  const approval = await storage.approvals.get(call.orgId, call.id);
  const why = approval ? tampered(engine, approval) : "no proposal";
  if (!approval || why !== undefined) {
    const error = stale("It is not what people approved: nothing is done.", "changed");
    if (approval) tellApproval(engine, "alarm", approval, { reason: why ?? "" });
    engine.logger.error("An approved call is not what people approved: somebody changed what is stored", {
      call: call.id,
      reason: why ?? "",
    });
    await tellActionFailure(engine, { ...call, callId: call.id, code: "approval_stale" });
    return await end(engine, slice, call, "refused", error, actor);
  }
  for (let tries = 1; ; tries++) {
    const ready = await recheck(engine, slice, approval, known);
    if (isHaloError(ready)) {
      // Only what passes by itself is waited for; nothing was tried yet.
      if (ready.retryable) return new Date(clock.now() + laterMs);
      const failed = ["vendor_failed", "vendor_timeout", "vendor_response_invalid", "reconnect_required"];
      return await end(engine, slice, call, failed.includes(ready.code) ? "failed" : "refused", ready, actor);
    }
    const { input, open, refs } = ready;
    try {
      const begun = await storage.approvals.begin(call.orgId, call.id, {
        lease: slice.lease,
        actor,
        at: new Date(clock.now()),
        expect: open.seen,
        limits: engine.approvals.limits,
      });
      await execute(engine, slice, {
        ...known,
        call: begun,
        input,
        config: open.config,
        subject: call.subject,
        connection: open.connection,
        refs,
        actor,
        fresh: true,
        limits: { attemptMs: 20_000, totalMs: 10_000 },
      });
      return undefined;
    } catch (error) {
      const { current } = error as { readonly current?: unknown };
      if (isHaloError(error, "approval_stale")) {
        if (current !== "expired") return undefined;
        const expired = stale("It was approved, and not executed in time: propose it anew.", "expired");
        await end(engine, slice, call, "expired", expired, actor);
        tellApproval(engine, "expired", { ...approval, call: { ...call, state: "expired" } });
        return undefined;
      }
      if (isHaloError(error, "conflict") && current === "limit") {
        const over = gateClosed("limit", "It would go beyond what may be moved within the time.");
        return await end(engine, slice, call, "refused", over, actor);
      }
      if (isHaloError(error, "conflict") && current === "stopped") {
        const stopped = gateClosed(
          "stopped",
          "All actions were stopped since it was approved: propose it anew.",
        );
        return await end(engine, slice, call, "refused", stopped, actor);
      }
      if (!gatesMoved(error) || tries === gateTries) throw error;
    }
  }
}

interface Ready {
  readonly input: unknown;
  readonly open: OpenGates;
  readonly refs: unknown;
}

/** Every question again, at this moment: approvers, gates, arguments, account, limits' currency, and the vendor's objects. */
async function recheck(
  engine: Engine,
  slice: Slice,
  approval: Approval,
  {
    action,
    call,
    integration,
  }: { readonly integration: IntegrationDefinition; readonly action: AnyAction; readonly call: ActionCall },
): Promise<Ready | HaloError> {
  const { proposal } = approval;
  if ((action.version ?? 1) !== call.version) {
    return gateClosed("integration", "The action has changed its meaning since: propose it anew.");
  }
  try {
    for (const { by, kind } of approval.decisions) {
      if (kind !== "approve") return gateClosed("approval", "A person said no to it.");
      const roles = await engine.approvals.rolesOf?.({ orgId: call.orgId, id: by });
      const person = { id: by, kind: "human" as const, roles: roles ?? [...engine.approvals.roles] };
      const why = whyNoApprover(engine.approvals, approval, person);
      if (why !== undefined) return gateClosed("approval", why);
    }
    const { money } = proposal;
    const { limits } = engine.approvals;
    if (money && limits.length > 0 && !limits.some(({ currency }) => currency === money.currency)) {
      return gateClosed("limit", "No limit names this currency: nothing of it may be moved.");
    }
    const input = checkInput(action, call.input);
    const open = await gatesNow(engine, { action, call, input, integration, subject: call.subject });
    if (isHaloError(open)) return open;
    const { connection } = open;
    const place = {
      orgId: call.orgId,
      connectionId: connection.id,
      account: accountText(connection.account),
      integration: integration.id,
      action: action.id,
      version: action.version ?? 1,
      subject: call.subject,
    };
    if (argumentsHash(place, canonicalArguments(call.input)) !== call.argumentsHash) {
      return gateClosed(
        "connection",
        "The connection is to another account, or another mode: propose it anew.",
      );
    }
    const session = engine.sessions.open(connection);
    const { refs } = await session.references(slice.signal);
    const review = await reviewOf(
      action,
      {
        input,
        config: open.config,
        subject: call.subject,
        http: session.http,
        effectKey: call.id,
        at: call.createdAt,
        attemptedAt: undefined,
        refs,
        known: knownRecords(engine, call),
        signal: slice.signal,
        logger: engine.logger,
      },
      connection.account,
    );
    if (!sameGround(proposal, { ...review, customer: customerIn(review, call.subject) })) {
      return stale("What it rests on has changed at the vendor since: propose it anew.", "changed");
    }
    return { input, open, refs };
  } catch (error) {
    slice.signal.throwIfAborted();
    if (isHaloError(error, "storage_failed") || isHaloError(error, "lease_lost")) throw error;
    return asHaloError(error);
  }
}

/** What of it is not what was proposed and decided; undefined: all is. */
function tampered(engine: Engine, approval: Approval): string | undefined {
  const { call, decisions, proposal } = approval;
  if (!isUntouched(approval)) return "arguments";
  const approvers = new Set<string>();
  for (const { proof, ...decision } of decisions) {
    const proven = isProven(engine.ring, { orgId: call.orgId, id: call.id, decision }, proof);
    if (!proven || decision.hash !== proposal.hash) return "decision";
    if (decision.kind === "approve") approvers.add(decision.by);
  }
  return approvers.size >= proposal.needed ? undefined : "decision";
}

/** Ends what was approved without anything having been tried. */
async function end(
  engine: Engine,
  { lease }: Slice,
  call: ActionCall,
  to: "refused" | "failed" | "expired",
  error: HaloError,
  actor: ActionAudit["actor"],
): Promise<undefined> {
  const at = new Date(engine.clock.now());
  const stored = storedErrorOf(error, "approval");
  const ended = await engine.storage.actions.transition(call.orgId, call.id, {
    from: ["approved"],
    to,
    actor,
    at,
    lease,
    note: noteOf(stored),
    set: { endedAt: at, error: stored },
  });
  tellEnd(engine, ended.call);
  return undefined;
}

function stale(message: string, current: string): ConflictError {
  return new ConflictError(message, { code: "approval_stale", current });
}
