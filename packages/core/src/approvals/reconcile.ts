import { checkConfig, checkInput } from "../actions/check.ts";
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

/** Looks at the vendor what became of a call whose outcome nobody knows (A10, F14); changes nothing there. */
export async function reconcile(
  engine: Engine,
  slice: Slice,
  known: {
    readonly integration: IntegrationDefinition;
    readonly action: AnyAction;
    readonly call: ActionCall;
  },
): Promise<Again> {
  const { call } = known;
  if (!reconcilable(engine, call)) return undefined;
  const found = await look(engine, slice, known).catch((error: unknown): EffectFound<Json> => {
    slice.signal.throwIfAborted();
    if (isHaloError(error, "storage_failed")) throw error;
    engine.logger.warn("What became of an action could not be looked up", {
      call: call.id,
      code: asHaloError(error).code,
    });
    return { state: "unknown" };
  });
  if (found.state === "unknown") return lookAfter(call.endedAt ?? call.createdAt, engine.clock.now());
  const actor: ActionAudit["actor"] = { kind: "engine", id: slice.lease.holder };
  const happened = found.state === "present";
  await settleUnknown(engine, call, actor, happened ? { output: found.output } : undefined);
  return undefined;
}

/** Writes down what is known by now. */
export async function settleUnknown(
  engine: Engine,
  call: ActionCall,
  actor: ActionAudit["actor"],
  happened: { readonly output: Json } | undefined,
): Promise<ActionCall> {
  const error = new VendorError("It was looked for at the vendor, and did not happen: propose it anew.", {
    reason: "absent",
  });
  const settled = await engine.storage.actions.transition(call.orgId, call.id, {
    from: ["outcome_unknown"],
    to: "reconciled",
    actor,
    at: new Date(engine.clock.now()),
    note: happened ? "it happened" : "it did not happen",
    set: happened
      ? { output: happened.output, error: undefined }
      : { output: undefined, error: storedErrorOf(error) },
  });
  tellEnd(engine, settled.call);
  return settled.call;
}

async function look(
  engine: Engine,
  { signal }: Slice,
  { action, call }: { readonly action: AnyAction; readonly call: ActionCall },
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
