import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createKeyRing } from "../connect/key-ring.ts";
import { isProven, proofOf } from "./proof.ts";

const [old, key] = [randomBytes(32), randomBytes(32)];
const ring = createKeyRing({ current: "k2", keys: { k1: old, k2: key } });
const decision = { kind: "approve", by: "grace", hash: "h", reason: "lost", at: new Date(5) } as const;
const decided = { orgId: "o", id: "a1", decision };
const proof = proofOf(ring, decided);
const [, mac = ""] = proof.split(".");

describe("T37 the proof of a decision", () => {
  it("names its key, holds for the decision, and for one without a reason", () => {
    expect(proof).toMatch(/^k2\.[0-9a-f]{64}$/);
    expect(isProven(ring, decided, proof)).toBe(true);
    const silent = { ...decided, decision: { ...decision, reason: undefined } };
    expect(isProven(ring, silent, proofOf(ring, silent))).toBe(true);
  });

  it.each([
    ["org", { ...decided, orgId: "p" }],
    ["proposal", { ...decided, id: "a2" }],
    ["kind", { ...decided, decision: { ...decision, kind: "reject" } as const }],
    ["person", { ...decided, decision: { ...decision, by: "mallory" } }],
    ["hash", { ...decided, decision: { ...decision, hash: "i" } }],
    ["reason", { ...decided, decision: { ...decision, reason: undefined } }],
    ["time", { ...decided, decision: { ...decision, at: new Date(6) } }],
  ])("does not hold for another %s", (_, other) => {
    expect(isProven(ring, other, proof)).toBe(false);
  });

  it.each([
    ["is cut short", proof.slice(0, -2)],
    ["is empty behind its key", "k2."],
    ["is longer", `${proof}00`],
    ["names no key", mac],
    ["has an empty name", `.${mac}`],
    ["names a key that made it not", `k1.${mac}`],
    ["names a key that is not there", `k3.${mac}`],
    ["is nothing", ""],
    ["differs in a character", `k2.${mac.startsWith("0") ? "1" : "0"}${mac.slice(1)}`],
  ])("that %s does not hold", (_, given) => {
    expect(isProven(ring, decided, given)).toBe(false);
  });

  it("needs a name before its dot even where a ring has a key for every name", () => {
    const all = { current: "k2", key: () => key };
    expect(isProven(all, decided, proof)).toBe(true);
    expect(isProven(all, decided, mac)).toBe(false);
  });

  it("is found by the last dot, since a host's own key may have one in its name", () => {
    const dotted = { current: "a.b", key: (id: string) => (id === "a.b" ? key : undefined) };
    expect(isProven(dotted, decided, proofOf(dotted, decided))).toBe(true);
  });

  it("of an older key of the ring holds still, and is none once that key is gone", () => {
    const before = createKeyRing({ current: "k1", keys: { k1: old } });
    const given = proofOf(before, decided);
    expect(isProven(ring, decided, given)).toBe(true);
    expect(isProven(createKeyRing({ current: "k2", keys: { k2: key } }), decided, given)).toBe(false);
  });

  it("is made by no ring without its current key", () => {
    expect(() => proofOf({ current: "k9", key: () => undefined }, decided)).toThrow(
      expect.objectContaining({ code: "configuration_invalid", option: "encryptionKey" }),
    );
  });
});

describe("T37 the proof of a person's word on what became of a call", () => {
  const told = { by: "grace", at: new Date(5), vendorId: "re_1" };
  const word = { orgId: "o", id: "a1", told };
  const given = proofOf(ring, word);

  it("holds for the word, and for one without a vendor's id", () => {
    expect(isProven(ring, word, given)).toBe(true);
    const absent = { ...word, told: { ...told, vendorId: undefined } };
    expect(isProven(ring, absent, proofOf(ring, absent))).toBe(true);
  });

  it.each([
    ["org", { ...word, orgId: "p" }],
    ["call", { ...word, id: "a2" }],
    ["person", { ...word, told: { ...told, by: "mallory" } }],
    ["time", { ...word, told: { ...told, at: new Date(6) } }],
    ["id at the vendor", { ...word, told: { ...told, vendorId: "re_2" } }],
    ["id at the vendor, which is none,", { ...word, told: { ...told, vendorId: undefined } }],
  ])("does not hold for another %s", (_, other) => {
    expect(isProven(ring, other, given)).toBe(false);
  });

  it("is none of a decision, nor a decision's of it", () => {
    expect(isProven(ring, word, proof)).toBe(false);
    expect(isProven(ring, decided, given)).toBe(false);
  });
});
