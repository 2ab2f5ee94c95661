import { createHash, createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { RuntimeModule } from "./runtime.ts";
import * as node from "./runtime-node.ts";
import * as portable from "./runtime-portable.ts";

const runtimes: readonly [name: string, runtime: RuntimeModule][] = [
  ["node:crypto", node],
  ["plain TypeScript", portable],
];

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

describe.each(runtimes)("%s", (_, { decodeUtf8, isSame, sha1, sha256 }) => {
  // FIPS 180-4's examples, as NIST publishes them.
  it.each([
    ["sha1", sha1, "", "da39a3ee5e6b4b0d3255bfef95601890afd80709"],
    ["sha1", sha1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"],
    ["sha256", sha256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
    ["sha256", sha256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
    [
      "sha256",
      sha256,
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
    ],
  ])("hashes FIPS 180-4's %s example", (_name, hash, message, expected) => {
    expect(toHex(hash.hash([message]))).toBe(expected);
  });

  // RFC 4231 case 2 and RFC 2202 case 2; keys longer than a block are held against node:crypto below.
  it.each([
    [
      "4231/2",
      sha256,
      "Jefe",
      "what do ya want for nothing?",
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ],
    ["2202/2", sha1, "Jefe", "what do ya want for nothing?", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"],
  ])("makes the HMAC of RFC %s", (_name, hash, key, message, expected) => {
    expect(toHex(hash.hmac(key, [message]))).toBe(expected);
  });

  it.each([0, 1, 55, 56, 57, 63, 64, 65, 119, 120, 1_000, 5_439, 5_440, 5_441, 5_462, 16_384, 20_000])(
    "agrees with node:crypto on %i bytes",
    (length) => {
      const message = Uint8Array.from({ length }, (_, at) => (at * 31 + length) & 0xff);
      for (const [name, hash] of [
        ["sha1", sha1],
        ["sha256", sha256],
      ] as const) {
        expect(toHex(hash.hash([message]))).toBe(createHash(name).update(message).digest("hex"));
        for (const key of [
          "k",
          "k".repeat(63),
          "k".repeat(64),
          "k".repeat(65),
          "ключ".repeat(8),
          "ключ".repeat(20),
        ]) {
          expect(toHex(hash.hmac(key, [message]))).toBe(createHmac(name, key).update(message).digest("hex"));
        }
        expect(hash.hash([]).length).toBe(hash.bytes);
      }
    },
  );

  it("hashes parts as one message, strings as UTF-8", () => {
    const whole = createHmac("sha256", "k").update("POST→é\u0000b", "utf8").digest("hex");
    expect(toHex(sha256.hmac("k", ["POST→", Buffer.from("é\u0000"), "b"]))).toBe(whole);
  });

  it("hashes a long part and short ones as one message, in any order", () => {
    const long = "é".repeat(20_000);
    for (const parts of [
      ["a", long, "b"],
      [long, "ab"],
      ["ab", Buffer.from(long)],
      ["a", long, "b".repeat(5_000), "c".repeat(5_000), Buffer.from("d")],
      ["a".repeat(5_000), "b", Buffer.from(long), long, "", "c".repeat(5_440), "d"],
    ]) {
      const whole = Buffer.concat(parts.map((part) => Buffer.from(part)));
      expect(toHex(sha256.hmac("k", parts))).toBe(createHmac("sha256", "k").update(whole).digest("hex"));
      expect(toHex(sha256.hash(parts))).toBe(createHash("sha256").update(whole).digest("hex"));
    }
  });

  it.each([1_000, 5_000, 5_300, 5_400, 5_441, 6_000, 16_000])(
    "makes the HMAC of %i characters of three bytes each",
    (length) => {
      const text = "€".repeat(length);
      expect(toHex(sha256.hmac("k", [text]))).toBe(createHmac("sha256", "k").update(text).digest("hex"));
    },
  );

  it("hashes only the window of a buffer that it was given", () => {
    const window = new Uint8Array(Buffer.from("xxabcxx")).subarray(2, 5);
    expect(toHex(sha256.hash([window]))).toBe(toHex(sha256.hash(["abc"])));
    expect(decodeUtf8(window)).toBe("abc");
  });

  it("tells bytes apart that differ in any one place", () => {
    const bytes = Uint8Array.from({ length: 32 }, (_, at) => at);
    expect(isSame(bytes, Uint8Array.from(bytes))).toBe(true);
    for (let at = 0; at < bytes.length; at++) {
      expect(isSame(bytes, bytes.with(at, 0x80))).toBe(false);
    }
  });

  it("T05 decodes well-formed UTF-8 and nothing else", () => {
    expect(decodeUtf8(Buffer.from("\ufeffZoë 😀"))).toBe("\ufeffZoë 😀");
    for (const bytes of [[0x80], [0xc3], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80]]) {
      expect(decodeUtf8(Uint8Array.from(bytes))).toBeUndefined();
      expect(decodeUtf8(Buffer.concat([Buffer.from("Zoë \ufffd"), Uint8Array.from(bytes)]))).toBeUndefined();
    }
    // What stands for a malformed character elsewhere is a character like any other.
    for (const text of ["\ufffd", '["\ufffd"]', "Zoë \ufffd 😀"])
      expect(decodeUtf8(Buffer.from(text))).toBe(text);
  });
});
