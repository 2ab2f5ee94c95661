import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { auditHash, type ChainedLine, chainStart } from "./audit-chain.ts";

const line: ChainedLine = {
  orgId: "org-1",
  chainSeq: 12,
  callId: "call-1",
  seq: 2,
  from: "proposed",
  to: "approved",
  actor: { kind: "human", id: "zoë" },
  at: new Date(1_700_000_000_000),
  note: "approves 1 of 1",
};
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

describe("A12 the hash of a line in the audit's chain", () => {
  it("is over each part with its length in bytes, and nothing else", () => {
    expect(auditHash("ab", line)).toBe(
      sha256(
        "12:halo.audit.1" +
          "2:ab5:org-12:126:call-11:28:proposed8:approved5:human4:zoë13:170000000000015:approves 1 of 1",
      ),
    );
  });

  it("tells a part that is absent from one that is empty", () => {
    const first = { ...line, from: undefined, note: undefined };
    expect(auditHash(chainStart, first)).toBe(
      sha256("12:halo.audit.10:5:org-12:126:call-11:2-8:approved5:human4:zoë13:1700000000000-"),
    );
    expect(auditHash(chainStart, { ...line, note: "" })).not.toBe(
      auditHash(chainStart, { ...line, note: undefined }),
    );
  });
});
