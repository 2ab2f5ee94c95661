import type { Engine } from "../engine/engine.ts";
import { type AuthorizationError, type HaloError, isHaloError } from "../errors.ts";
import type { ActionGate } from "../gate/action-gates.ts";
import type { InvokeRequest } from "../halo/actions-surface.ts";
import { uuidv7 } from "../ids.ts";
import { tellActionFailure } from "../notify/sync-errors.ts";
import type { ActionAudit, ActionCall, ActionState } from "../ports/action-store.ts";

export type Draft = { -readonly [field in keyof ActionCall]: ActionCall[field] };

/** A call before anything is known of it: what is found out on the way is written into it, so that a refusal tells. */
export function draftOf(engine: Engine, request: InvokeRequest): Draft {
  const now = engine.clock.now();
  return {
    orgId: request.orgId,
    id: uuidv7(now),
    agentId: request.agentId,
    integration: request.integration ?? "",
    connectionId: undefined,
    generation: undefined,
    action: request.action,
    version: 0,
    state: "refused",
    idempotencyKey: undefined,
    argumentsHash: "",
    input: null,
    subject: undefined,
    conversationId: request.context.conversationId,
    preview: undefined,
    confirmationHash: undefined,
    expiresAt: undefined,
    attempts: 0,
    output: undefined,
    error: undefined,
    createdAt: new Date(now),
    startedAt: undefined,
    endedAt: undefined,
  };
}

/** As it is stored: code, words, and which gate; `asked` is whose yes no longer holds, where one does not. */
export function storedErrorOf(
  error: HaloError,
  asked: "consent" | "approval" = "consent",
): NonNullable<ActionCall["error"]> {
  const gate = isHaloError(error, "approval_stale") ? asked : gateOf(error);
  return { code: error.code, message: error.message, ...(gate !== undefined && { gate }) };
}

/** The gate that an error is about; of refusals that are no `gate_closed` too. */
function gateOf(error: HaloError): ActionGate | string | undefined {
  if (isHaloError(error, "gate_closed")) return (error as AuthorizationError).gate;
  // An action may say of a record that it is not there; that is no gate.
  if (isHaloError(error, "not_found") && (error as { path?: unknown }).path === "action")
    return "integration";
  return undefined;
}

export const agentActor = (call: Pick<ActionCall, "agentId">): ActionAudit["actor"] => ({
  kind: "agent",
  id: call.agentId,
});

/** Writes down a call that goes no further. It holds no idempotency key: once the gate is open, the same call may pass. */
export async function recordEnd(
  engine: Engine,
  draft: Draft,
  state: "refused" | "failed",
  error: HaloError,
): Promise<void> {
  const now = new Date(engine.clock.now());
  const actions = engine.integrations.get(draft.integration)?.actions;
  const asksHuman = actions?.find(({ id }) => id === draft.action)?.approval === "human";
  const stored = storedErrorOf(error, asksHuman ? "approval" : "consent");
  const call: ActionCall = { ...draft, state, idempotencyKey: undefined, error: stored, endedAt: now };
  await engine.storage.actions.begin(call, { actor: agentActor(call), note: noteOf(stored) });
  tellEnd(engine, call);
}

export const noteOf = ({ code, gate }: NonNullable<ActionCall["error"]>): string =>
  gate === undefined ? code : `${code}: ${gate}`;

type End = "succeeded" | "failed" | "refused" | "outcome_unknown" | "reconciled";

const ends = new Set<ActionState>([
  "succeeded",
  "failed",
  "refused",
  "outcome_unknown",
  "reconciled",
] satisfies End[]);

export function isEnd(state: ActionState): state is End {
  return ends.has(state);
}

/** Tells whoever listens how a call ended: ids and codes, no customer's text. */
export function tellEnd(engine: Engine, call: ActionCall, by?: string): void {
  if (!isEnd(call.state)) return;
  // What never reached the vendor is the agent's affair; this one is the team's.
  if (call.state === "outcome_unknown" || (call.state === "failed" && call.attempts > 0)) {
    const { code = call.state } = call.error ?? {};
    tellActionFailure(engine, { ...call, callId: call.id, code }).catch(() => {
      engine.logger.warn("The failure of an action could not be told", { call: call.id });
    });
  }
  engine.events.emit(`action.${call.state}`, {
    orgId: call.orgId,
    callId: call.id,
    agentId: call.agentId,
    integration: call.integration,
    action: call.action,
    connectionId: call.connectionId,
    ...(call.error && { code: call.error.code }),
    ...(call.error?.gate !== undefined && { gate: call.error.gate }),
    ...(by !== undefined && { by }),
  });
}
