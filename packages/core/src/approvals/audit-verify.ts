import type { Engine } from "../engine/engine.ts";
import type { AuditReport } from "../halo/approvals-surface.ts";
import type { ActionCall, AuditHead, AuditLine } from "../ports/action-store.ts";
import { auditHash, chainStart, prunedNote } from "./audit-chain.ts";
import { isUntouched } from "./proposal-hash.ts";
import { isPersonsWord } from "./reconcile-by-hand.ts";

const pageSize = 500;
/** A call that moves while it is looked at is looked at again. */
const looks = 3;

/** What the chain says of a call. */
interface Told {
  readonly line: AuditLine;
  /** Of its proposal, where it is one. */
  readonly proposed: string | undefined;
}

/**
 * Reads an org's whole chain anew and says where it breaks (A12, T49): a line that was changed, one that is missing, an end that
 * was cut off; and a call whose state or proposal is not what the chain says of it. Where retention took the beginning, a later line
 * has to say so.
 */
export async function verifyAudit(
  engine: Engine,
  orgId: string,
  anchor: AuditHead | undefined,
  signal: AbortSignal | undefined,
): Promise<AuditReport> {
  const { storage } = engine;
  const head = (await storage.actions.chainHead(orgId)) ?? { seq: 0, hash: chainStart };
  const base = await storage.actions.chainBase(orgId);
  let { hash, seq } = base ?? { seq: 0, hash: chainStart };
  const first = seq;
  let isTold = base === undefined;
  const told = new Map<string, Told>();
  let unproven: AuditLine | undefined;
  const report = (broken?: AuditReport["broken"]): AuditReport => ({
    ok: broken === undefined,
    lines: seq - first,
    head: seq === 0 ? undefined : { seq, hash },
    pruned: base,
    broken,
  });
  // An earlier head from behind the beginning says nothing of it any more.
  if (anchor && (anchor.seq < first || (anchor.seq === first && anchor.hash !== hash)))
    return report({ chainSeq: anchor.seq, callId: undefined, reason: "cut_off" });
  while (seq < head.seq) {
    signal?.throwIfAborted();
    const lines = await storage.actions.chain(orgId, { after: seq, limit: pageSize });
    for (const line of lines.slice(0, head.seq - seq)) {
      const { callId, chainSeq, from, note, to } = line;
      if (chainSeq !== seq + 1) return report({ chainSeq: seq + 1, callId: undefined, reason: "missing" });
      const made = auditHash(hash, line);
      const anchored = anchor?.seq !== chainSeq || anchor.hash === made;
      if (made !== line.hash || !anchored) return report({ chainSeq, callId, reason: "changed" });
      seq = chainSeq;
      hash = made;
      const proposed = from === undefined && to === "proposed" ? note : told.get(callId)?.proposed;
      told.set(callId, { line, proposed });
      if (base && to === "pruned" && note === prunedNote(base)) isTold = true;
      if (to === "reconciled" && line.actor.kind === "human" && !isPersonsWord(engine.ring, line))
        unproven ??= line;
    }
    if (lines.length === 0) break;
  }
  if (seq < Math.max(head.seq, anchor?.seq ?? 0)) {
    return report({ chainSeq: seq + 1, callId: undefined, reason: "cut_off" });
  }
  if (head.hash !== hash) return report({ chainSeq: seq, callId: undefined, reason: "changed" });
  if (!isTold) return report({ chainSeq: first, callId: undefined, reason: "missing" });
  const changed = await changedCall(engine, orgId, told, signal);
  if (changed || !unproven) return report(changed);
  // The last thing said: with it the chain itself stands.
  return report({ chainSeq: unproven.chainSeq, callId: unproven.callId, reason: "unproven" });
}

/** The first call that is not what the chain says of it. */
async function changedCall(
  { storage }: Engine,
  orgId: string,
  told: ReadonlyMap<string, Told>,
  signal: AbortSignal | undefined,
): Promise<AuditReport["broken"]> {
  const missing = new Map(told);
  for (let before: string | undefined; ; ) {
    signal?.throwIfAborted();
    const calls = await storage.actions.list(orgId, { before, limit: pageSize });
    for (const call of calls) {
      const { line, proposed } = told.get(call.id) ?? {};
      missing.delete(call.id);
      const fits =
        (line?.to === call.state || (await agrees(storage, call))) && (await stands(storage, call, proposed));
      if (!fits) return { chainSeq: line?.chainSeq ?? 0, callId: call.id, reason: "call_changed" };
    }
    before = calls.at(-1)?.id;
    if (calls.length < pageSize) break;
  }
  for (const [callId, { line }] of missing) {
    const isCall = line.to !== "stopped" && line.to !== "resumed" && line.to !== "pruned";
    if (isCall && !(await storage.actions.get(orgId, callId))) {
      return { chainSeq: line.chainSeq, callId, reason: "call_changed" };
    }
  }
  return undefined;
}

type Store = Engine["storage"];

/** Whether a call's state is the one that its own last line tells of; it may have moved since the chain was read. */
async function agrees({ actions }: Store, { id, orgId }: ActionCall): Promise<boolean> {
  for (let look = 1; look <= looks; look++) {
    const lines = await actions.audit(orgId, id);
    const call = await actions.get(orgId, id);
    if (call !== undefined && call.state === lines.at(-1)?.to) return true;
  }
  return false;
}

async function stands(
  { approvals }: Store,
  { id, orgId }: ActionCall,
  proposed: string | undefined,
): Promise<boolean> {
  if (proposed === undefined) return true;
  const approval = await approvals.get(orgId, id);
  return approval !== undefined && approval.proposal.hash === proposed && isUntouched(approval);
}
