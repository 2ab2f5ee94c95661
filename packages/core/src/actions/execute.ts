import { lookAfter, reconcilable } from "../approvals/look-times.ts";
import type { ActionSubject, AnyAction } from "../define/action.ts";
import type { IntegrationDefinition } from "../define/integration.ts";
import type { Engine } from "../engine/engine.ts";
import { type HaloError, isHaloError } from "../errors.ts";
import { askGates, type OpenGates } from "../gate/ask-gates.ts";
import { watchStops } from "../gate/watch-stops.ts";
import type { ActionAudit, ActionCall } from "../ports/action-store.ts";
import type { Connection } from "../ports/connection-store.ts";
import type { Lease } from "../ports/lease-store.ts";
import type { Slice } from "../work/slice.ts";
import { gateClosed, requireLinks, requirePermit } from "./check.ts";
import { knownRecords } from "./known-records.ts";
import { type CallEnd, type PerformLimits, perform } from "./perform.ts";
import { noteOf, storedErrorOf, tellEnd } from "./record.ts";

/** A call that may be executed: what it does, with what, and where. */
export interface Execution {
  readonly call: ActionCall;
  readonly integration: IntegrationDefinition;
  readonly action: AnyAction;
  readonly input: unknown;
  readonly config: unknown;
  readonly subject: ActionSubject | undefined;
  readonly connection: Connection;
  readonly refs: unknown;
  readonly actor: ActionAudit["actor"];
  /** False: an attempt was begun before, by somebody who did not come back. */
  readonly fresh: boolean;
  readonly limits?: Partial<PerformLimits>;
}

const gateConflicts = new Set(["stopped", "agent", "agent_action", "connection"]);

/** Whether the store refused because what the gates saw has moved on; then they are asked again. */
export function gatesMoved(error: unknown): boolean {
  return (
    isHaloError(error, "conflict") && gateConflicts.has(String((error as { current?: unknown }).current))
  );
}

/** Executes a call under its lease, and writes down how it ended, fenced: how it stands then, and why. */
export async function execute(
  engine: Engine,
  slice: Slice,
  execution: Execution,
): Promise<{ readonly call: ActionCall; readonly end: CallEnd }> {
  const { action, call, config, connection, fresh, input, refs, subject } = execution;
  let attempts = call.attempts;
  const stops = watchStops(engine, call.orgId);
  const end = await perform({
    action,
    clock: engine.clock,
    signal: slice.signal,
    interrupt: stops.signal,
    begunBefore: !fresh && attempts > 0,
    context: {
      http: engine.sessions.open(connection).http,
      input,
      config,
      subject,
      effectKey: call.id,
      at: call.startedAt ?? new Date(engine.clock.now()),
      refs,
      known: knownRecords(engine, { ...call, subject }),
      logger: engine.logger,
    },
    before: async (attempt) => {
      // The first attempt of a fresh call was recorded, and its gates were compared, as the call was begun.
      if (fresh && attempt === 1) return undefined;
      return await beginAttempt(engine, slice.lease, execution, ++attempts);
    },
    ...(execution.limits && { limits: execution.limits }),
  }).finally(stops.end);
  // Between its first attempt and its end nothing of a fresh call has changed.
  const known = fresh && attempts === call.attempts;
  return { call: await settleCall(engine, slice.lease, call, end, execution.actor, known), end };
}

/** Asks the gates at this moment and counts the attempt, in one transaction with the comparison. */
async function beginAttempt(
  engine: Engine,
  lease: Lease,
  execution: Execution,
  attempts: number,
): Promise<HaloError | undefined> {
  const { actor, call } = execution;
  for (let tries = 1; ; tries++) {
    const open = await gatesNow(engine, execution);
    if (isHaloError(open)) return open;
    const now = new Date(engine.clock.now());
    try {
      await engine.storage.actions.transition(call.orgId, call.id, {
        from: ["executing"],
        to: "executing",
        actor,
        at: now,
        note: `attempt ${attempts}`,
        lease,
        expect: open.seen,
        set: { attempts, startedAt: call.startedAt ?? now },
      });
      return undefined;
    } catch (error) {
      if (!gatesMoved(error) || tries === 3) throw error;
    }
  }
}

/** The gates of a call that was let through once: the same connection and account, and the permit too. */
export async function gatesNow(
  engine: Engine,
  {
    action,
    call,
    input,
    integration,
    subject,
  }: Pick<Execution, "action" | "call" | "input" | "integration" | "subject">,
): Promise<OpenGates | HaloError> {
  const gates = await engine.storage.actions.gates(call.orgId, {
    agentId: call.agentId,
    integration: call.integration,
    action: call.action,
    connectionId: call.connectionId,
  });
  const asked = askGates(integration, action, gates, call.connectionId);
  if ("closed" in asked) return gateClosed(asked.closed.gate, asked.closed.message);
  const { open } = asked;
  if (open.connection.generation !== call.generation) {
    return gateClosed("connection", "The connection was made anew since: call again.");
  }
  try {
    requirePermit(action, { input, config: open.config, subject });
    requireLinks(engine.links, input);
  } catch (error) {
    if (isHaloError(error)) return error;
    throw error;
  }
  return open;
}

const settleTries = 4;

/** Writes the end down. The deed is done or not by now: a store that is away for a moment is waited for. */
export async function settleCall(
  engine: Engine,
  lease: Lease,
  call: ActionCall,
  end: CallEnd,
  actor: ActionAudit["actor"],
  known = false,
): Promise<ActionCall> {
  const { clock, storage } = engine;
  const failure = "error" in end ? storedErrorOf(end.error) : undefined;
  for (let tries = 1; ; tries++) {
    const at = new Date(clock.now());
    try {
      const settled = await storage.actions.transition(call.orgId, call.id, {
        from: ["executing"],
        to: end.state,
        actor,
        at,
        lease,
        ...(known && { known: call }),
        ...(failure && { note: noteOf(failure) }),
        ...(end.state === "outcome_unknown" && reconcilable(engine, call) && { again: lookAfter(at, 0) }),
        set: { endedAt: at, ...("output" in end ? { output: end.output } : { error: failure }) },
      });
      tellEnd(engine, settled.call);
      return settled.call;
    } catch (error) {
      const passing = isHaloError(error, "storage_failed") && error.retryable;
      if (!passing || tries === settleTries) throw error;
      await clock.sleep(100 * 2 ** tries);
    }
  }
}
