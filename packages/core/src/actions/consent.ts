import type { ActionPreview } from "../define/action.ts";
import type { Engine } from "../engine/engine.ts";
import { isHaloError } from "../errors.ts";
import type { ActionAudit, ActionCall } from "../ports/action-store.ts";
import type { Lease } from "../ports/lease-store.ts";
import { answerOf, isSameRequest } from "./answer.ts";
import { hexDigest } from "./canonical.ts";
import { confirmationMs, isSameText, randomToken, staleConfirmation } from "./confirmations.ts";
import { gatesMoved } from "./execute.ts";
import { knownRecords } from "./known-records.ts";
import { asHaloError } from "./perform.ts";
import { keyUsed, type Prepared, Refused } from "./prepared.ts";
import { previewOf } from "./preview.ts";
import { agentActor } from "./record.ts";
import type { ActionOutcome } from "./tool.ts";

/** The first call: nothing happens, and whoever asks gets what would, with a confirmation of exactly that. */
export async function requestConsent(engine: Engine, prepared: Prepared): Promise<ActionOutcome> {
  const { draft, request } = prepared;
  const key = request.idempotencyKey;
  const before = key === undefined ? undefined : await engine.storage.actions.byKey(request.orgId, key);
  if (before) return await askAgain(engine, prepared, before);
  const preview = await previewed(engine, prepared);
  const { expiresAt, hash, token } = newConfirmation(engine);
  const call: ActionCall = {
    ...draft,
    state: "awaiting_consent",
    preview,
    confirmationHash: hash,
    expiresAt,
  };
  const begun = await engine.storage.actions.begin(call, { actor: agentActor(call) });
  if (!begun.fresh) return await askAgain(engine, prepared, begun.call);
  return {
    status: "needs_confirmation",
    callId: call.id,
    preview,
    confirmation: `${call.id}.${token}`,
    expiresAt,
  };
}

/** The same call again: its outcome if it has one, else a new confirmation in place of the one before. */
async function askAgain(engine: Engine, prepared: Prepared, before: ActionCall): Promise<ActionOutcome> {
  const { draft, request } = prepared;
  if (!isSameRequest(before, draft, request)) throw new Refused(keyUsed());
  if (before.state !== "awaiting_consent" && before.state !== "expired") {
    return await answerOf(engine, before, request.signal);
  }
  // Another account, or another connection, since: the preview was of that one.
  if (before.argumentsHash !== draft.argumentsHash)
    throw new Refused(staleConfirmation("is not for these arguments"));
  const { expiresAt, hash, token } = newConfirmation(engine);
  const { call } = await engine.storage.actions.transition(before.orgId, before.id, {
    from: ["awaiting_consent", "expired"],
    to: "awaiting_consent",
    actor: agentActor(before),
    at: new Date(engine.clock.now()),
    note: "asked again",
    set: { confirmationHash: hash, expiresAt },
  });
  const preview = call.preview ?? { summary: prepared.action.name };
  return {
    status: "needs_confirmation",
    callId: call.id,
    preview,
    confirmation: `${call.id}.${token}`,
    expiresAt,
  };
}

type Confirmed =
  | { readonly call: ActionCall; readonly lease: Lease }
  /** It was confirmed before, by the same call: that one's outcome counts. */
  | { readonly standing: ActionCall };

/** The second call: uses the confirmation up, and begins the execution with it, in one step. */
export async function confirmCall(
  engine: Engine,
  { draft, open, request, subject }: Prepared,
  confirmation: string,
  claim: { readonly holder: string; readonly ttlMs: number },
): Promise<Confirmed> {
  const { storage, clock } = engine;
  const refuse = (why: string) => new Refused(staleConfirmation(why));
  const [, callId, token] = /^([0-9a-f-]{36})\.([0-9a-f]{64})$/.exec(confirmation) ?? [];
  const call = callId === undefined ? undefined : await storage.actions.get(request.orgId, callId);
  if (!call || token === undefined || call.agentId !== request.agentId) throw refuse("is not known");
  if (call.state !== "awaiting_consent") {
    const key = request.idempotencyKey;
    const repeated = key !== undefined && key === call.idempotencyKey && isSameRequest(call, draft, request);
    if (repeated && call.state !== "expired") return { standing: call };
    throw refuse(call.state === "expired" ? "has expired" : "was used");
  }
  if (call.confirmationHash === undefined || !isSameText(hexDigest(token), call.confirmationHash)) {
    throw refuse("is not known");
  }
  if (call.argumentsHash !== draft.argumentsHash) throw refuse("is not for these arguments");
  const at = new Date(clock.now());
  const actor: ActionAudit["actor"] = {
    kind: "user",
    id: subject?.endUserId ?? request.context.conversationId ?? "unknown",
  };
  const expired = call.expiresAt === undefined || call.expiresAt.getTime() <= at.getTime();
  try {
    if (expired) {
      const to = { from: ["awaiting_consent"], to: "expired", actor, at } as const;
      await storage.actions.transition(call.orgId, call.id, {
        ...to,
        set: { confirmationHash: undefined, endedAt: at },
      });
      throw refuse("has expired");
    }
    const begun = await storage.actions.transition(call.orgId, call.id, {
      from: ["awaiting_consent"],
      to: "executing",
      actor,
      at,
      claim,
      expect: open.seen,
      set: { attempts: 1, startedAt: at, confirmationHash: undefined, expiresAt: undefined },
    });
    if (!begun.lease) throw new Error("A call was begun without its lease.");
    return { call: begun.call, lease: begun.lease };
  } catch (error) {
    if (isHaloError(error, "conflict") && !gatesMoved(error)) throw refuse("was used");
    throw error;
  }
}

function newConfirmation({ clock }: Engine) {
  const token = randomToken();
  return { token, hash: hexDigest(token), expiresAt: new Date(clock.now() + confirmationMs) };
}

async function previewed(engine: Engine, prepared: Prepared): Promise<ActionPreview> {
  const { action, draft, input, open, refs, request, subject } = prepared;
  try {
    return await previewOf(action, {
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
    });
  } catch (error) {
    throw new Refused(asHaloError(error), "failed");
  }
}
