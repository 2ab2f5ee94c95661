import { hexDigest } from "../actions/canonical.ts";
import type { AuditHead, AuditLine } from "../ports/action-store.ts";

/** What a line's hash is over, beside the hash of the line before it. */
export type ChainedLine = Omit<AuditLine, "hash">;

/**
 * The hash of a line in its org's chain (A12): each part with its length in bytes before it, so that no two lines make
 * the same text. A store may compute it itself; every store computes the same.
 */
export function auditHash(before: string, line: ChainedLine): string {
  const { actor, at, callId, chainSeq, from, note, orgId, seq, to } = line;
  const parts = [
    "halo.audit.1",
    before,
    orgId,
    String(chainSeq),
    callId,
    String(seq),
    from,
    to,
    actor.kind,
    actor.id,
    String(at.getTime()),
    note,
  ];
  return hexDigest(parts.map(part).join(""));
}

/** What a line "pruned" says: up to where the beginning of the chain went, and that line's hash. */
export const prunedNote = ({ hash, seq }: AuditHead): string => `up to ${seq}, ${hash}`;

/** Before the first line. */
export const chainStart = "";

function part(value: string | undefined): string {
  return value === undefined ? "-" : `${encoder.encode(value).byteLength}:${value}`;
}

const encoder = new TextEncoder();
