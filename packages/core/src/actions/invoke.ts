import { accountText } from "../approvals/proposal-hash.ts";
import { propose } from "../approvals/propose.ts";
import type { ActionSubject } from "../define/action.ts";
import type { Engine } from "../engine/engine.ts";
import { type HaloError, isHaloError } from "../errors.ts";
import { askGates } from "../gate/ask-gates.ts";
import type { RecentGates } from "../gate/recent-gates.ts";
import type { InvokeRequest } from "../halo/actions-surface.ts";
import type { ActionCall, ActionGates } from "../ports/action-store.ts";
import type { Lease } from "../ports/lease-store.ts";
import { runSlice } from "../work/slice.ts";
import { answerOf, isSameRequest } from "./answer.ts";
import { argumentsHash, type CanonicalArguments, canonicalArguments } from "./canonical.ts";
import { checkInput, gateClosed, requireLinks, requirePermit } from "./check.ts";
import { confirmCall, requestConsent } from "./consent.ts";
import { execute, gatesMoved } from "./execute.ts";
import { namedAction } from "./named-action.ts";
import { asHaloError } from "./perform.ts";
import { keyUsed, type Prepared, Refused } from "./prepared.ts";
import { agentActor, type Draft, draftOf, recordEnd } from "./record.ts";
import { requireSubject } from "./subject.ts";
import type { ActionOutcome } from "./tool.ts";

const never = new AbortController().signal;
/** The gates may move between asking and beginning; they do not do so for long. */
const gateTries = 3;

/**
 * Workspace mode → agent → input → permit → consent or approval → execution → audit. Every call leaves a row, refused
 * ones too; a refusal is thrown.
 */
export async function invoke(
  engine: Engine,
  holder: string,
  recent: RecentGates,
  request: InvokeRequest,
): Promise<ActionOutcome> {
  const claim = { holder, ttlMs: engine.leaseMs };
  for (let tries = 1; ; tries++) {
    const draft = draftOf(engine, request);
    try {
      const prepared = await prepare(engine, recent, tries === 1, request, draft);
      if (prepared.action.approval === "human") return await propose(engine, prepared);
      if (prepared.action.consent !== "user") return await begin(engine, prepared, claim);
      if (request.confirmation === undefined) return await requestConsent(engine, prepared);
      const confirmed = await confirmCall(engine, prepared, request.confirmation, claim);
      if ("standing" in confirmed) return await answerOf(engine, confirmed.standing, request.signal);
      return await run(engine, prepared, confirmed.call, confirmed.lease);
    } catch (error) {
      if (gatesMoved(error) && tries < gateTries) continue;
      if (!(error instanceof Refused)) throw error;
      const { refusal } = error;
      // What was seen a moment ago refuses nobody.
      if (tries === 1 && (refusal.code === "gate_closed" || refusal.code === "conflict")) continue;
      const standing = await repeatedBehindGate(engine, request, draft, refusal);
      if (standing) return await answerOf(engine, standing, request.signal);
      await recordEnd(engine, draft, error.state, refusal);
      throw refusal;
    }
  }
}

/** Every check up to the permit; what is found out is written into the draft. */
async function prepare(
  engine: Engine,
  recent: RecentGates,
  mayBeRecent: boolean,
  request: InvokeRequest,
  draft: Draft,
): Promise<Prepared> {
  const refusing = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw isHaloError(error) ? new Refused(error) : error;
    }
  };
  const { action, integration } = refusing(() => namedAction(engine.integrations, request));
  draft.integration = integration.id;
  draft.version = action.version ?? 1;
  const canonical = canonicalOrError(request.input);
  if (!isHaloError(canonical)) draft.input = canonical.json;
  const look = {
    agentId: request.agentId,
    integration: integration.id,
    action: action.id,
    connectionId: request.connectionId,
  };
  const answer = (gates: ActionGates) => askGates(integration, action, gates, request.connectionId);
  const asksNobody = action.consent === undefined && action.approval === undefined;
  const before = mayBeRecent && asksNobody ? recent.known(request.orgId, look) : undefined;
  let asked = before && answer(before);
  if (!asked || "closed" in asked) asked = answer(await recent.look(request.orgId, look));
  if ("closed" in asked) throw new Refused(gateClosed(asked.closed.gate, asked.closed.message));
  const { open } = asked;
  const { connection } = open;
  draft.connectionId = connection.id;
  draft.generation = connection.generation;
  if (isHaloError(canonical)) throw new Refused(canonical);
  const input = refusing(() => checkInput(action, canonical.json));
  const known = await knownSubject(engine, request);
  const subject = refusing(() => requireSubject(action, known));
  draft.subject = subject;
  refusing(() => requirePermit(action, { input, config: open.config, subject }));
  refusing(() => requireLinks(engine.links, input));
  draft.argumentsHash = argumentsHash(
    {
      orgId: request.orgId,
      connectionId: connection.id,
      account: accountText(connection.account),
      integration: integration.id,
      action: action.id,
      version: draft.version,
      subject,
    },
    canonical,
  );
  draft.idempotencyKey = request.idempotencyKey;
  let refs: unknown;
  try {
    refs = (await engine.sessions.open(connection).references(request.signal ?? never)).refs;
  } catch (error) {
    throw new Refused(asHaloError(error), "failed");
  }
  return { request, draft, integration, action, open, input, subject, refs };
}

/** Begins and executes a call that asks nobody. */
async function begin(
  engine: Engine,
  prepared: Prepared,
  claim: { readonly holder: string; readonly ttlMs: number },
): Promise<ActionOutcome> {
  const { draft, open, request } = prepared;
  const at = new Date(engine.clock.now());
  const call: ActionCall = { ...draft, state: "executing", attempts: 1, startedAt: at };
  const begun = await engine.storage.actions.begin(call, {
    actor: agentActor(call),
    lease: claim,
    expect: open.seen,
  });
  if (begun.fresh && begun.lease) return await run(engine, prepared, begun.call, begun.lease);
  if (!isSameRequest(begun.call, draft, request)) throw new Refused(keyUsed());
  return await answerOf(engine, begun.call, request.signal);
}

/** Executes what was begun, and says what came of it. */
async function run(
  engine: Engine,
  prepared: Prepared,
  call: ActionCall,
  lease: Lease,
): Promise<ActionOutcome> {
  const { action, input, integration, open, refs, request, subject } = prepared;
  let ended: Awaited<ReturnType<typeof execute>> | undefined;
  try {
    await runSlice(engine, lease, never, async (slice) => {
      const { config, connection } = open;
      const actor = agentActor(call);
      const what = {
        call,
        integration,
        action,
        input,
        config,
        subject,
        connection,
        refs,
        actor,
        fresh: true,
      };
      ended = await execute(engine, slice, what);
      return undefined;
    });
  } catch (error) {
    // Somebody else has the call by now, and what we would say of it does not count: they say how it ends (F19).
    if (!isHaloError(error, "lease_lost")) throw error;
    const standing = await engine.storage.actions.get(call.orgId, call.id);
    return await answerOf(engine, standing ?? call, request.signal, false);
  }
  // As it was thrown, with its fields: what is stored of it is less.
  if (ended && "error" in ended.end) throw ended.end.error;
  return await answerOf(engine, ended?.call ?? call, request.signal, false);
}

function canonicalOrError(input: unknown): CanonicalArguments | HaloError {
  try {
    return canonicalArguments(input);
  } catch (error) {
    if (isHaloError(error)) return error;
    throw error;
  }
}

/** The host's customer, with the address of an end user that is named by id alone. */
async function knownSubject(
  { storage }: Engine,
  { context, orgId }: InvokeRequest,
): Promise<ActionSubject | undefined> {
  const { customer } = context;
  if (customer?.endUserId === undefined || customer.email !== undefined) return customer;
  const endUser = await storage.customers.endUser(orgId, { id: customer.endUserId });
  return { ...customer, email: endUser?.email };
}

/** A call that was made before is answered as it ended, also when it could not be made now. */
async function repeatedBehindGate(
  { storage }: Engine,
  request: InvokeRequest,
  draft: Draft,
  refusal: HaloError,
): Promise<ActionCall | undefined> {
  const { idempotencyKey, orgId } = request;
  if (idempotencyKey === undefined || !isHaloError(refusal, "gate_closed")) return undefined;
  const standing = await storage.actions.byKey(orgId, idempotencyKey);
  if (!standing || standing.state === "awaiting_consent" || standing.state === "expired") return undefined;
  return isSameRequest(standing, draft, request) ? standing : undefined;
}
