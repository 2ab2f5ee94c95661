import { auditHash, chainStart } from "../approvals/audit-chain.ts";
import type { ActionAudit, AuditLine } from "../ports/action-store.ts";
import { copy, type Org } from "./state.ts";

/** Appends a line to a call's audit and to the org's chain. */
export function note(org: Org, line: Omit<ActionAudit, "orgId" | "seq">): void {
  const lines = org.audit.get(line.callId) ?? [];
  const noted: ActionAudit = copy({ orgId: org.id, seq: lines.length + 1, ...line });
  lines.push(noted);
  org.audit.set(line.callId, lines);
  chain(org, noted);
}

/** Appends to the org's chain alone. */
export function chain(org: Org, line: Omit<AuditLine, "chainSeq" | "hash">): void {
  const before = org.chain.at(-1)?.hash ?? chainStart;
  const chained = { ...copy(line), chainSeq: org.chain.length + 1 };
  org.chain.push({ ...chained, hash: auditHash(before, chained) });
}
