import { auditHash, chainStart, prunedNote } from "../approvals/audit-chain.ts";
import type { ActionAudit, AuditLine } from "../ports/action-store.ts";
import { copy, type Org } from "./state.ts";

/** Appends a line to a call's audit and to the org's chain. */
export function note(org: Org, line: Omit<ActionAudit, "orgId" | "seq">): void {
  const lines = org.audit.get(line.callId) ?? [];
  const noted: ActionAudit = copy({ orgId: org.id, seq: (lines.at(-1)?.seq ?? 0) + 1, ...line });
  lines.push(noted);
  org.audit.set(line.callId, lines);
  chain(org, noted);
}

/** Appends to the org's chain alone. */
export function chain(org: Org, line: Omit<AuditLine, "chainSeq" | "hash">): void {
  const last = org.chain.at(-1);
  const { hash, seq } = last
    ? { hash: last.hash, seq: last.chainSeq }
    : (org.chainBase ?? { hash: chainStart, seq: 0 });
  const chained = { ...copy(line), chainSeq: seq + 1 };
  org.chain.push({ ...chained, hash: auditHash(hash, chained) });
}

const retention = "retention";
const leastMs = 400 * 24 * 60 * 60_000;
const underWay = new Set<string>(["proposed", "approved", "executing"]);

/** Takes the beginning of the org's chain, up to the first line that has to stay. */
export function prune(org: Org, wanted: Date, now: number): number {
  const before = Math.min(wanted.getTime(), now - leastMs);
  const stays = ({ at, callId }: AuditLine): boolean => {
    const call = org.calls.get(callId);
    const ended = call && (call.endedAt ?? call.createdAt).getTime();
    return (
      at.getTime() >= before || (call !== undefined && underWay.has(call.state)) || (ended ?? 0) >= before
    );
  };
  const first = org.chain.findIndex(stays);
  const gone = org.chain.splice(0, first === -1 ? org.chain.length : first);
  const last = gone.at(-1);
  if (last === undefined) return 0;
  org.chainBase = { seq: last.chainSeq, hash: last.hash };
  const kept = new Set(org.chain.map(({ callId }) => callId));
  for (const id of new Set(gone.map(({ callId }) => callId))) {
    org.audit.set(id, (org.audit.get(id) ?? []).slice(gone.filter(({ callId }) => callId === id).length));
    if (!kept.has(id)) forget(org, id);
  }
  const seq = org.chain.filter(({ callId }) => callId === retention).length + 1;
  chain(org, {
    orgId: org.id,
    callId: retention,
    seq,
    from: undefined,
    to: "pruned",
    actor: { kind: "engine", id: retention },
    at: new Date(now),
    note: prunedNote(org.chainBase),
  });
  return gone.length;
}

function forget(org: Org, id: string): void {
  const key = org.calls.get(id)?.idempotencyKey;
  if (key !== undefined) org.callKeys.delete(key);
  org.calls.delete(id);
  org.proposals.delete(id);
  org.audit.delete(id);
}
