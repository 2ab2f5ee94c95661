import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createKeyRing, keyRing } from "./key-ring.ts";
import { type SealPlace, seal, sealedUnder, unseal } from "./seal.ts";

const ring = keyRing(randomBytes(32));
const place: SealPlace = { orgId: "org", provider: "acme", connectionId: "c1", field: "access_token" };
const unreadable = expect.objectContaining({ code: "credentials_unreadable" });
const TEXT = "canary-token-ä-🔑";

describe("a sealed text", () => {
  it("opens where it was sealed, the empty one too", () => {
    for (const text of [TEXT, "", "x".repeat(100_000)])
      expect(unseal(ring, seal(ring, text, place), place)).toBe(text);
  });

  it("T14 shows nothing of what it holds and never looks the same twice", () => {
    const many = Array.from({ length: 200 }, () => seal(ring, TEXT, place));
    expect(new Set(many.map((sealed) => sealed.split(".")[2])).size).toBe(200);
    for (const sealed of many) {
      expect(sealed).toMatch(/^v1\.default\.[\w-]{16}\.[\w-]+$/);
      expect(Buffer.from(sealed.split(".")[3] ?? "", "base64url").toString("latin1")).not.toContain("canary");
    }
  });

  it("T15 opens in no other place: every pair of places swapped", () => {
    const places: SealPlace[] = [];
    for (const orgId of ["a", "ab"])
      for (const provider of ["b", "x"])
        for (const connectionId of ["c", "bc"])
          for (const field of ["access_token", "refresh_token"])
            places.push({ orgId, provider, connectionId, field });
    for (const from of places) {
      const sealed = seal(ring, TEXT, from);
      for (const to of places) {
        if (from === to) expect(unseal(ring, sealed, to)).toBe(TEXT);
        else expect(() => unseal(ring, sealed, to)).toThrow(unreadable);
      }
    }
  });

  it("T15 keeps its parts apart: bytes moved from one part of the place to the next open nothing", () => {
    const sealed = seal(ring, TEXT, { ...place, orgId: "ab", provider: "c" });
    expect(() => unseal(ring, sealed, { ...place, orgId: "a", provider: "bc" })).toThrow(unreadable);
    const zeros = "\0".repeat(4);
    const blank = seal(ring, TEXT, { ...place, orgId: `a${zeros}b`, provider: "c" });
    expect(() => unseal(ring, blank, { ...place, orgId: "a", provider: `b${zeros}c` })).toThrow(unreadable);
  });

  it("F49 is refused after any change of any character", () => {
    const sealed = seal(ring, "short", place);
    for (let i = 0; i < sealed.length; i++) {
      const other = sealed[i] === "A" ? "B" : "A";
      const changed = sealed.slice(0, i) + other + sealed.slice(i + 1);
      // The last character of base64url may hold bits that no byte takes.
      if (
        Buffer.from(changed.split(".")[3] ?? "", "base64url").equals(
          Buffer.from(sealed.split(".")[3] ?? "", "base64url"),
        ) &&
        changed.slice(0, -1) === sealed.slice(0, -1)
      )
        continue;
      expect(() => unseal(ring, changed, place), `character ${i}`).toThrow(unreadable);
    }
  });

  it.each([
    ["nothing", ""],
    ["a token in clear", "pat-eu1-11111111-2222"],
    ["a later version", seal(ring, TEXT, place).replace("v1.", "v2.")],
    ["an unknown key", seal(keyRing(randomBytes(32)), TEXT, place).replace(".default.", ".other.")],
    ["another key of the same id", seal(keyRing(randomBytes(32)), TEXT, place)],
    ["a shortened tag", seal(ring, TEXT, place).slice(0, -6)],
    ["one more part", `${seal(ring, TEXT, place)}.AAAA`],
  ])("F49 %s is a typed error", (_, sealed) => {
    expect(() => unseal(ring, sealed, place)).toThrow(unreadable);
  });

  it("is not made by a ring that lost its current key", () => {
    const lost = { current: "a", key: () => undefined };
    expect(() => seal(lost, TEXT, place)).toThrow(unreadable);
  });

  it("F48 opens by an older key of the ring, and is sealed by the current one", () => {
    const [old, fresh] = [randomBytes(32), randomBytes(32)];
    const sealed = seal(createKeyRing({ current: "1", keys: { 1: old } }), TEXT, place);
    const both = createKeyRing({ current: "2", keys: { 1: old, 2: fresh } });
    expect(unseal(both, sealed, place)).toBe(TEXT);
    expect([sealedUnder(sealed), sealedUnder(seal(both, TEXT, place))]).toEqual(["1", "2"]);
    expect(() => unseal(createKeyRing({ current: "2", keys: { 2: fresh } }), sealed, place)).toThrow(
      unreadable,
    );
  });
});

describe("what a sealed text that cannot be opened says", () => {
  const sealed = seal(ring, TEXT, place);
  const says = (text: string, at: SealPlace = place) => {
    try {
      return unseal(ring, text, at);
    } catch (error) {
      const { connectionId, message } = error as { connectionId?: string; message: string };
      return [message, connectionId];
    }
  };

  it.each([
    ["something before it", `x${sealed}`],
    ["something after it", `${sealed}=`],
    ["another version", sealed.replace("v1", "v2")],
    ["nothing at all", ""],
  ])("F49 is that it is no envelope, where there is %s", (_, text) => {
    expect(says(text)).toEqual([expect.stringContaining("no envelope of a known version"), "c1"]);
    expect(sealedUnder(text)).toBeUndefined();
  });

  it("F49 names the key that is missing, and the connection if there is one", () => {
    const [, , iv, rest] = sealed.split(".");
    const other = `v1.gone.${iv}.${rest}`;
    expect(says(other)).toEqual([expect.stringContaining('the key "gone" is not in the ring'), "c1"]);
    expect(says(other, { ...place, connectionId: "" })).toEqual([expect.stringContaining("gone"), undefined]);
    expect(sealedUnder(other)).toBe("gone");
  });
});
