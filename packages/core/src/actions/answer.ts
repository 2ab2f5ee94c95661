import type { ActionSubject } from "../define/action.ts";
import type { Engine } from "../engine/engine.ts";
import {
  AuthenticationError,
  AuthorizationError,
  CancelledError,
  ConflictError,
  type HaloError,
  RateLimitError,
  ValidationError,
  VendorError,
} from "../errors.ts";
import type { InvokeRequest } from "../halo/actions-surface.ts";
import type { ActionCall } from "../ports/action-store.ts";
import { canonicalArguments } from "./canonical.ts";
import type { Draft } from "./record.ts";
import { plainSubject } from "./subject.ts";
import type { ActionOutcome } from "./tool.ts";

const pollMs = 50;
const maxPollMs = 1_000;
/** Longer than an execution and the take-up after a crash need. */
const patienceMs = 150_000;

/** What a call that stands came to, as the caller's own; refusals and failures are thrown. */
export async function answerOf(
  engine: Engine,
  standing: ActionCall,
  signal: AbortSignal | undefined,
  repeated = true,
): Promise<ActionOutcome> {
  const call = await waitForEnd(engine, standing, signal);
  if (call.state === "proposed" || call.state === "approved") {
    return {
      status: "pending_approval",
      callId: call.id,
      approvalId: call.id,
      expiresAt: call.expiresAt ?? call.createdAt,
    };
  }
  if (call.state === "succeeded" || (call.state === "reconciled" && call.error === undefined)) {
    return { status: "succeeded", callId: call.id, output: call.output ?? null, repeated };
  }
  throw storedError(call);
}

/** Waits while somebody else executes it. */
async function waitForEnd(
  { clock, storage }: Engine,
  standing: ActionCall,
  signal: AbortSignal | undefined,
): Promise<ActionCall> {
  const until = clock.now() + patienceMs;
  let call = standing;
  for (let wait = pollMs; call.state === "executing"; wait = Math.min(maxPollMs, wait * 2)) {
    if (signal?.aborted) throw new CancelledError("signal");
    if (clock.now() >= until) {
      throw new ConflictError("The call is still being executed: ask again with the same key.", {
        current: "executing",
      });
    }
    await clock.sleep(wait, signal).catch(() => {});
    call = (await storage.actions.get(call.orgId, call.id)) ?? call;
  }
  return call;
}

/** Whether a call that stands under a key is the one that is asked for now. */
export function isSameRequest(standing: ActionCall, draft: Draft, request: InvokeRequest): boolean {
  return (
    standing.agentId === draft.agentId &&
    standing.integration === draft.integration &&
    standing.action === draft.action &&
    standing.version === draft.version &&
    (request.connectionId === undefined || standing.connectionId === request.connectionId) &&
    isSameSubject(standing.subject, request.context.customer) &&
    canonicalArguments(standing.input).text === canonicalArguments(draft.input).text
  );
}

/** By what the host gave; the address that an id led to may be another one by now. */
function isSameSubject(standing: ActionSubject | undefined, given: ActionSubject | undefined): boolean {
  const subject = plainSubject(given);
  return (
    standing?.endUserId === subject?.endUserId &&
    standing?.companyId === subject?.companyId &&
    canonicalArguments({ ...standing?.ids }).text === canonicalArguments({ ...subject?.ids }).text &&
    (subject?.email === undefined
      ? subject?.endUserId !== undefined || standing?.email === undefined
      : true) &&
    (subject?.email === undefined || standing?.email === subject.email)
  );
}

/** The error that ended a call, made anew from what was stored of it. */
function storedError({ error, id, state }: ActionCall): HaloError {
  const message = error?.message ?? `The call ${id} is ${state}.`;
  switch (error?.code) {
    case "gate_closed":
      return new AuthorizationError(message, { gate: error.gate ?? "" });
    case "input_invalid":
    case "not_found":
      return new ValidationError(message, { code: error.code, path: "input", reason: "see the call" });
    case "approval_stale":
      return new ConflictError(message, { code: "approval_stale", current: state });
    case "rate_limited":
      return new RateLimitError(message, { retryAt: 0 });
    case "reconnect_required":
    case "credentials_unreadable":
      return new AuthenticationError(message, { code: error.code });
    case "vendor_failed":
    case "vendor_timeout":
    case "vendor_response_invalid":
    case "vendor_url_refused":
    case "outcome_unknown":
      return new VendorError(message, { code: error.code });
    case undefined:
      return new ConflictError(message, { current: state });
    default:
      return new VendorError(message, { reason: error?.code });
  }
}
