import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createKeyRing, DEFAULT_KEY_ID, keyRing } from "./key-ring.ts";

const key = randomBytes(32);
/** Its base64 has a "/" in it. */
const slashed = Buffer.from(Array.from({ length: 32 }, (_, at) => 255 - at));
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

  it("takes base64url whose characters are in no base64, padded or not", () => {
    const text = slashed.toString("base64url");
    expect(text).toMatch(/[-_]/);
    for (const option of [text, `${text}=`]) {
      expect(Buffer.from(keyRing(option).key(DEFAULT_KEY_ID) ?? [])).toEqual(slashed);
    }
  });

  it.each<[string, unknown]>([
    ["no key", undefined],
    ["null", null],
    ["an empty text", ""],
    ["a passphrase", "correct horse battery staple"],
    ["a passphrase of 32 letters", "abcdefghijklmnopqrstuvwxyz012345"],
    ["31 bytes", randomBytes(31)],
    ["33 bytes in base64", randomBytes(33).toString("base64")],
    ["hex with a character before it", `0${key.toString("hex")}`],
    ["hex with a character after it", `${key.toString("hex")}0`],
    ["base64 with a character before it", `A${key.toString("base64")}`],
    ["base64 with a character after its padding", `${key.toString("base64")}A`],
    ["base64 whose characters are of both alphabets", `${"+_".repeat(21)}A=`],
    ["base64 with a character before it that is in no alphabet", `!${slashed.toString("base64")}`],
    ["base64url with a character before it that is in no alphabet", `!${slashed.toString("base64url")}`],
    ["base64url with a character after it that is in no alphabet", `${slashed.toString("base64url")}!`],
    ["zeros", new Uint8Array(32)],
    ["zeros in hex", "00".repeat(32)],
    ["one byte repeated", new Uint8Array(32).fill(0xa5)],
    ["a ring without its current key", { current: "a", key: () => undefined }],
    ["a ring that has no keys at all", { current: "a" }],
    ["a ring whose key is too short", { current: "a", key: () => randomBytes(16) }],
    ["a ring whose current id has a dot", { current: "a.b", key: () => key }],
  ])("T16 refuses to start with %s", (_, option) => {
    expect(() => keyRing(option as string)).toThrow(refused);
  });

  it.each([undefined, null, ""])("T16 says that there is no key where %j is given", (option) => {
    expect(() => keyRing(option as undefined)).toThrow(/there is none\. Make one with `openssl/);
  });

  it("keeps a plain key under the id that a later ring can name", () => {
    expect(
      createKeyRing({ current: "new", keys: { new: randomBytes(32), [DEFAULT_KEY_ID]: key } }).key("default"),
    ).toEqual(keyRing(key).key("default"));
  });

  it.each([
    ["whose current key is not among its keys", { current: "b", keys: { a: key } }],
    ["one of whose keys has a dot in its id", { current: "a", keys: { a: key, "b.c": key } }],
    ["one of whose keys has no id", { current: "a", keys: { a: key, "": key } }],
    [
      "one of whose keys has an id that is too long",
      { current: "a", keys: { a: key, ["b".repeat(65)]: key } },
    ],
    ["one of whose keys is none", { current: "a", keys: { a: key, b: "x" } }],
  ])("T16 is not made %s", (_, options) => {
    expect(() => createKeyRing(options)).toThrow(refused);
  });

  it("takes a ring as it is, and a key of sixteen different bytes", () => {
    const own = { current: "a", key: (id: string) => (id === "a" ? key : undefined) };
    expect(keyRing(own)).toBe(own);
    const few = Uint8Array.from({ length: 32 }, (_, at) => at % 16);
    expect(keyRing(few).key(DEFAULT_KEY_ID)).toEqual(few);
    expect(() => keyRing(Uint8Array.from({ length: 32 }, (_, at) => at % 15))).toThrow(refused);
  });

  it("is not changed by whoever changes the bytes that it was made of", () => {
    const mine = Uint8Array.from(key);
    const ring = keyRing(mine);
    mine.fill(0);
    expect(Buffer.from(ring.key(ring.current) ?? [])).toEqual(key);
  });
});
