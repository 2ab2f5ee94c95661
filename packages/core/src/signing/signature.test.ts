import { createHash, createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { base64, decodeBytes, decodeSignature, hex, type SignatureEncoding } from "./encoding.ts";
import { sha1, sha256 } from "./runtime-node.ts";
import { decode as decodePortably, sha256 as portableSha256 } from "./runtime-portable.ts";
import { secretList } from "./secret.ts";
import { type ExpectedSignature, requireHmac, requireSecretHash } from "./signature.ts";

const bytes = createHash("sha256").update("x").digest();
const unverified = (reason: string) => expect.objectContaining({ code: "webhook_unverified", reason });
const misconfigured = (option: string) => expect.objectContaining({ code: "configuration_invalid", option });

const decoders = [
  ["node:crypto", decodeSignature],
  [
    "plain TypeScript",
    (text: string, encoding: SignatureEncoding, length: number) => {
      const decoded = decodePortably(text, encoding);
      return decoded?.length === length ? decoded : undefined;
    },
  ],
] as const;

describe.each(decoders)("the writing of a signature, by %s,", (_, decodeSignature) => {
  it("is decoded to its bytes", () => {
    expect(Buffer.from(decodeSignature(bytes.toString("hex"), hex, 32) ?? [])).toEqual(bytes);
    expect(Buffer.from(decodeSignature(bytes.toString("base64"), base64, 32) ?? [])).toEqual(bytes);
    for (const length of [1, 2, 3, 20, 32]) {
      for (const byte of [0, 0xff, 0x5a]) {
        const some = Buffer.alloc(length, byte);
        expect(Buffer.from(decodeSignature(some.toString("base64"), base64, length) ?? [])).toEqual(some);
      }
    }
  });

  const hexText = bytes.toString("hex");
  const base64Text = Buffer.alloc(32, 0xff).toString("base64");
  it.each([
    ["hex in capitals", hexText.toUpperCase(), hex],
    ["hex with a foreign letter", `g${hexText.slice(1)}`, hex],
    ["hex cut by one character", hexText.slice(1), hex],
    ["hex with one character more", `${hexText}0`, hex],
    ["hex twice, joined by a comma", `${hexText},${hexText}`, hex],
    ["hex with a character far beyond ASCII", `\u{1f600}${hexText.slice(2)}`, hex],
    ["nothing", "", hex],
    ["nothing", "", base64],
    ["base64 without its padding", base64Text.slice(0, -1), base64],
    ["base64 with another end than padding", `${base64Text.slice(0, -1)}A`, base64],
    ["base64 of the URL alphabet", base64Text.replaceAll("/", "_"), base64],
    ["base64 with a blank inside", ` ${base64Text.slice(1)}`, base64],
    ["base64 with a stray last bit", `${base64Text.slice(0, -2)}9=`, base64],
    ["base64 twice, joined by a comma", `${base64Text}, ${base64Text}`, base64],
    ["hex where base64 is due", hexText, base64],
  ])("T05 is refused when it is %s", (_, text, encoding) => {
    expect(decodeSignature(text, encoding, 32)).toBeUndefined();
  });
});

describe.each([
  ["an HMAC", requireHmac, (secret: string) => createHmac("sha256", secret).update("ab").digest("hex")],
  [
    "a plain hash",
    requireSecretHash,
    (secret: string) => createHash("sha256").update(`${secret}ab`).digest("hex"),
  ],
])("a signature by %s", (_, require, sign) => {
  const expected: ExpectedSignature = {
    hash: sha256,
    encoding: hex,
    secret: "s3cret",
    parts: ["a", Buffer.from("b")],
  };

  it.each([new Uint16Array(1), new DataView(new ArrayBuffer(2)), { BYTES_PER_ELEMENT: 1, length: 0 }])(
    "is not looked for over anything but text and bytes (%o)",
    (body) => {
      const parts = ["ab", body] as unknown as ExpectedSignature["parts"];
      expect(() => require(sign("s3cret"), { ...expected, parts })).toThrow(misconfigured("body"));
    },
  );

  it("is accepted under the secret, or under any of several", () => {
    expect(() => require(sign("s3cret"), expected)).not.toThrow();
    expect(() => require(sign("s3cret"), { ...expected, secret: ["new", "s3cret", "old"] })).not.toThrow();
    expect(() => require(sign("s3cret"), { ...expected, secret: ["new", "s3cret"] })).not.toThrow();
    expect(() => require(sign("s3cret"), { ...expected, secret: ["s3cret", "old"] })).not.toThrow();
  });

  it.each([
    ["under another secret", sign("other"), expected, "signature_mismatch"],
    ["under none of several", sign("s3cret"), { ...expected, secret: ["new", "old"] }, "signature_mismatch"],
    ["of other parts", sign("s3cret"), { ...expected, parts: ["a", "c"] }, "signature_mismatch"],
    ["of another hash", sign("s3cret"), { ...expected, hash: sha1 }, "signature_malformed"],
    ["in another writing", sign("s3cret"), { ...expected, encoding: base64 }, "signature_malformed"],
  ])("T01 is refused %s", (_case, signature, wrong, reason) => {
    expect(() => require(signature, wrong)).toThrow(unverified(reason));
  });

  it("T01 is refused whichever of its characters changed", () => {
    const good = sign("s3cret");
    for (let at = 0; at < good.length; at++) {
      const wrong = good.slice(0, at) + (good[at] === "0" ? "1" : "0") + good.slice(at + 1);
      expect(() => require(wrong, expected)).toThrow(unverified("signature_mismatch"));
    }
  });

  it("cannot be asked for with a parsed body", () => {
    const parts = ["a", { b: 1 } as unknown as Uint8Array];
    expect(() => require(sign("s3cret"), { ...expected, parts })).toThrow(misconfigured("body"));
  });

  it("T01 cannot be asked for with an empty secret", () => {
    for (const secret of ["", []]) {
      expect(() => require(sign(""), { ...expected, secret })).toThrow(misconfigured("secret"));
    }
  });
});

describe("a secret in base64", () => {
  it("is its bytes, and nothing where it is written in any other way", () => {
    expect(Buffer.from(decodeBytes(bytes.toString("base64")) ?? [])).toEqual(bytes);
    for (const text of ["not base64!", "AAA", "_-__", "AA==x"]) expect(decodeBytes(text)).toBeUndefined();
  });
});

describe("secrets", () => {
  it("are one or several", () => {
    expect(secretList("a")).toEqual(["a"]);
    expect(secretList(["a", "b"])).toEqual(["a", "b"]);
    expect(secretList(bytes)).toEqual([bytes]);
  });

  it.each([
    ["an empty one", ""],
    ["a blank one", " \n"],
    ["none", []],
    ["a list with an empty one", ["a", ""]],
    // biome-ignore lint/suspicious/noSparseArray: a hole is what a careless host makes
    ["a list with a hole", ["a", , "b"]],
    ["an unset one", undefined],
    ["a list with an unset one", ["a", undefined]],
    ["bytes of which there are none", new Uint8Array()],
    ["something else", { secret: "a" }],
    ["a list in a list", [["a"]]],
  ])("T01 are refused when they are %s", (_, secret) => {
    expect(() => secretList(secret as unknown as string)).toThrow(misconfigured("secret"));
  });
});

describe.each([
  ["node:crypto", sha256],
  ["plain TypeScript", portableSha256],
] as const)("a key of bytes, by %s,", (_, hash) => {
  const sizes = [1, 31, 32, 64, 65, 200, 6_000];
  it.each(sizes)("is used as it is, with %d bytes", (size) => {
    const key = Buffer.alloc(size, 0xfe);
    const mac = hash.hmac(key, ["a", Buffer.from("b")]);
    expect(Buffer.from(mac).toString("hex")).toBe(createHmac("sha256", key).update("ab").digest("hex"));
  });
});

describe("signatures of which one is enough", () => {
  const key = Buffer.from("secret key");
  const right = createHmac("sha256", key).update("ab").digest("hex");
  const wrong = "0".repeat(64);
  const expected: ExpectedSignature = { hash: sha256, encoding: hex, secret: key, parts: ["a", "b"] };

  it.each([[[right]], [[wrong, right]], [[right, wrong]], [["malformed", right]]])(
    "are accepted as %j",
    (signatures) => {
      expect(() => requireHmac(signatures, expected)).not.toThrow();
      expect(() => requireHmac(signatures, { ...expected, secret: [Buffer.from("new"), key] })).not.toThrow();
    },
  );

  it.each([
    [[], "signature_malformed"],
    [["malformed"], "signature_malformed"],
    [[wrong, wrong], "signature_mismatch"],
  ])("T01 are refused as %j", (signatures, reason) => {
    expect(() => requireHmac(signatures, expected)).toThrow(unverified(reason));
  });

  it("T01 are refused when their key is another one than the bytes that were given", () => {
    const secret = key.toString("base64");
    expect(() => requireHmac([right], { ...expected, secret })).toThrow(unverified("signature_mismatch"));
  });
});
