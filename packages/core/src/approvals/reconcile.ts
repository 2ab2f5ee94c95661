import { checkConfig, checkInput } from "../actions/check.ts";
import { knownRecords } from "../actions/known-records.ts";
import { asHaloError } from "../actions/perform.ts";
import { storedErrorOf, tellEnd } from "../actions/record.ts";
import { isUsable } from "../actions/take-up.ts";
import type { AnyAction, EffectFound } from "../define/action.ts";
import type { IntegrationDefinition } from "../define/integration.ts";
import type { Json } from "../define/json.ts";
import type { Engine } from "../engine/engine.ts";
import { isHaloError, VendorError } from "../errors.ts";
import type { ActionAudit, ActionCall } from "../ports/action-store.ts";
import type { Again, Slice } from "../work/slice.ts";
import { lookAfter, reconcilable } from "./look-times.ts";

interface Known {
  readonly action: AnyAction;
  readonly call: ActionCall;
}

/** Looks at the vendor what became of a call whose outcome nobody knows (A10, F14); changes nothing there. */
export async function reconcile(
  engine: Engine,
  slice: Slice,
  known: Known & { readonly integration: IntegrationDefinition },
): Promise<Again> {
  const { call } = known;
  if (!reconcilable(engine, call)) return undefined;
  const found = await lookFor(engine, slice.signal, known);
  if (found.state === "unknown") return lookAfter(call.endedAt ?? call.createdAt, engine.clock.now());
  const actor: ActionAudit["actor"] = { kind: "engine", id: slice.lease.holder };
  try {
    await settleUnknown(engine, call, { actor, ...found });
  } catch (error) {
    // A person said so meanwhile.
    if (!isHaloError(error, "conflict")) throw error;
  }
  return undefined;
}

/** Writes down what is known by now. Throws `conflict` when somebody did so before. */
export async function settleUnknown(
  engine: Engine,
  call: ActionCall,
  known: {
    readonly actor: ActionAudit["actor"];
    readonly at?: Date;
    /** What stands behind the words in the audit. */
    readonly evidence?: string;
  } & ({ readonly state: "present"; readonly output: Json } | { readonly state: "absent" }),
): Promise<ActionCall> {
  const { actor, at = new Date(engine.clock.now()), evidence } = known;
  const looked = actor.kind === "human" ? "A person looked for it" : "It was looked for";
  const error = new VendorError(`${looked} at the vendor, and it did not happen: propose it anew.`, {
    reason: "absent",
  });
  const words = known.state === "present" ? "it happened" : "it did not happen";
  const settled = await engine.storage.actions.transition(call.orgId, call.id, {
    from: ["outcome_unknown"],
    to: "reconciled",
    actor,
    at,
    note: evidence === undefined ? words : `${words}, ${evidence}`,
    set:
      known.state === "present"
        ? { output: known.output, error: undefined }
        : { output: undefined, error: storedErrorOf(error) },
  });
  tellEnd(engine, settled.call, actor.kind === "human" ? actor.id : undefined);
  return settled.call;
}

/** What a look at the vendor finds; one that fails tells nothing. Throws the signal's reason, and what the store fails with. */
export async function lookFor(engine: Engine, signal: AbortSignal, known: Known): Promise<EffectFound<Json>> {
  try {
    return await look(engine, signal, known);
  } catch (error) {
    signal.throwIfAborted();
    if (isHaloError(error, "storage_failed")) throw error;
    engine.logger.warn("What became of an action could not be looked up", {
      call: known.call.id,
      code: asHaloError(error).code,
    });
    return { state: "unknown" };
  }
}

async function look(
  engine: Engine,
  signal: AbortSignal,
  { action, call }: Known,
): Promise<EffectFound<Json>> {
  const { clock, sessions, storage } = engine;
  const { again } = action;
  const find = again && "find" in again ? again.find : undefined;
  const connection =
    call.connectionId === undefined
      ? undefined
      : await storage.connections.get(call.orgId, call.connectionId);
  if (!find || !connection || !isUsable(connection, call)) return { state: "unknown" };
  const session = sessions.open(connection);
  const { refs } = await session.references(signal);
  const { agentAction } = await storage.actions.gates(call.orgId, {
    agentId: call.agentId,
    integration: call.integration,
    action: call.action,
    connectionId: call.connectionId,
  });
  const input = checkInput(action, call.input);
  const config = fitting(action, agentAction?.config ?? {});
  return await find({
    input,
    config,
    subject: call.subject,
    http: session.http,
    effectKey: call.id,
    at: call.startedAt ?? call.createdAt,
    attemptedAt: call.endedAt ?? new Date(clock.now()),
    refs,
    known: knownRecords(engine, call),
    signal,
    logger: engine.logger,
  });
}

/** To look for the effect the defaults do. */
function fitting(action: AnyAction, config: unknown): unknown {
  try {
    return checkConfig(action, config);
  } catch {
    return checkConfig(action, {});
  }
}
