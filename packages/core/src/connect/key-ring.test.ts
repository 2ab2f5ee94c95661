import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createKeyRing, DEFAULT_KEY_ID, keyRing } from "./key-ring.ts";

const key = randomBytes(32);
const refused = expect.objectContaining({ code: "configuration_invalid", option: "encryptionKey" });

describe("a key ring", () => {
  it.each([
    ["bytes", key],
    ["base64", key.toString("base64")],
    ["base64 without padding", key.toString("base64").replace("=", "")],
    ["base64url", key.toString("base64url")],
    ["hex", key.toString("hex")],
    ["base64 with a line break after it", `${key.toString("base64")}\n`],
  ])("takes a key as %s", (_, option) => {
    const ring = keyRing(option);
    expect(Buffer.from(ring.key(ring.current) ?? [])).toEqual(key);
  });

  it.each<[string, unknown]>([
    ["no key", undefined],
    ["null", null],
    ["an empty text", ""],
    ["a passphrase", "correct horse battery staple"],
    ["a passphrase of 32 letters", "abcdefghijklmnopqrstuvwxyz012345"],
    ["31 bytes", randomBytes(31)],
    ["33 bytes in base64", randomBytes(33).toString("base64")],
    ["zeros", new Uint8Array(32)],
    ["zeros in hex", "00".repeat(32)],
    ["one byte repeated", new Uint8Array(32).fill(0xa5)],
    ["a ring without its current key", { current: "a", key: () => undefined }],
    ["a ring whose key is too short", { current: "a", key: () => randomBytes(16) }],
    ["a ring whose current id has a dot", { current: "a.b", key: () => key }],
  ])("T16 refuses to start with %s", (_, option) => {
    expect(() => keyRing(option as string)).toThrow(refused);
  });

  it("keeps a plain key under the id that a later ring can name", () => {
    expect(
      createKeyRing({ current: "new", keys: { new: randomBytes(32), [DEFAULT_KEY_ID]: key } }).key("default"),
    ).toEqual(keyRing(key).key("default"));
  });

  it("is not changed by whoever changes the bytes that it was made of", () => {
    const mine = Uint8Array.from(key);
    const ring = keyRing(mine);
    mine.fill(0);
    expect(Buffer.from(ring.key(ring.current) ?? [])).toEqual(key);
  });
});
