import type { Json } from "../define/json.ts";
import type { Engine } from "../engine/engine.ts";
import { ConflictError } from "../errors.ts";
import type { ReconcileRequest } from "../halo/actions-surface.ts";
import { found } from "../halo/not-found.ts";
import { startDeadline } from "../http/deadline.ts";
import type { ActionCall, AuditLine } from "../ports/action-store.ts";
import type { KeyRing } from "../ports/key-ring.ts";
import { refusedPerson, whyNoApprover } from "./approver.ts";
import { isProven, proofOf } from "./proof.ts";
import { lookFor, settleUnknown } from "./reconcile.ts";

/** So long after the last attempt the vendor may still be doing it, whatever its pages show. */
const settlingMs = 5 * 60_000;
const lookMs = 20_000;

/**
 * A person's word on a call of which nobody could tell what became: it happened, under the vendor's id, or it did not. The
 * latter opens the way for a second effect: so it is too early for a while, and the vendor is looked at once more first.
 */
export async function reconcileByHand(
  engine: Engine,
  { actor, callId, orgId, ...said }: ReconcileRequest,
): Promise<ActionCall> {
  const { approvals, clock, ring, storage } = engine;
  const call = found(await storage.actions.get(orgId, callId), "call");
  const proposal = (await storage.approvals.get(orgId, callId))?.proposal;
  const roles = (await approvals.rolesOf?.({ orgId, id: actor.id })) ?? actor.roles;
  const why = whyNoApprover(approvals, { call, proposal }, { ...actor, roles });
  if (why !== undefined) throw refusedPerson(why);
  if (call.state !== "outcome_unknown") throw nothingToSay(call.state);
  if (!said.happened) await requireAbsence(engine, call);
  const at = new Date(clock.now());
  const vendorId = said.happened ? said.vendorId : undefined;
  const proof = proofOf(ring, { orgId, id: callId, told: { by: actor.id, at, vendorId } });
  const by = { kind: "human", id: actor.id } as const;
  const evidence = vendorId === undefined ? `proof ${proof}` : `as ${vendorId}, proof ${proof}`;
  if (vendorId === undefined)
    return await settleUnknown(engine, call, { actor: by, at, evidence, state: "absent" });
  const output: Json = { vendor_id: vendorId };
  return await settleUnknown(engine, call, { actor: by, at, evidence, state: "present", output });
}

/** Throws `conflict` where it is too early to tell, and where the vendor knows better. */
async function requireAbsence(engine: Engine, call: ActionCall): Promise<void> {
  const { clock } = engine;
  const endedAt = call.endedAt ?? call.createdAt;
  if (clock.now() < endedAt.getTime() + settlingMs) {
    throw new ConflictError(
      "The vendor may still be doing it: look again five minutes after the last attempt, and then say so.",
      { current: "settling" },
    );
  }
  const actions = engine.integrations.get(call.integration)?.actions;
  const action = actions?.find(({ id }) => id === call.action);
  if (!action) return;
  const deadline = startDeadline(new AbortController().signal, clock, lookMs);
  const looked = await deadline
    .race(lookFor(engine, deadline.signal, { action, call }))
    .catch((error: unknown) => {
      if (deadline.expired) return { state: "unknown" } as const;
      throw error;
    })
    .finally(() => deadline.end());
  if (looked.state !== "present") return;
  const actor = { kind: "engine", id: "look" } as const;
  await settleUnknown(engine, call, { actor, ...looked });
  throw new ConflictError("It was found at the vendor: it happened, and is written down so.", {
    current: "reconciled",
  });
}

function nothingToSay(current: string): ConflictError {
  return new ConflictError(
    `The call is ${current}: only of one that is outcome_unknown a person says what became.`,
    { current },
  );
}

const words = /^it (?:happened, as (\S{1,200})|did not happen), proof (.+)$/;

/** Whether a line of the audit that says so in a person's name was made by Halo (T37). */
export function isPersonsWord(ring: KeyRing, { actor, at, callId: id, note, orgId }: AuditLine): boolean {
  const [, vendorId, proof] = words.exec(note ?? "") ?? [];
  return proof !== undefined && isProven(ring, { orgId, id, told: { by: actor.id, at, vendorId } }, proof);
}
