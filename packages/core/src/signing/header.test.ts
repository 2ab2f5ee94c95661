import { describe, expect, it } from "vitest";
import type { WebhookHeaders } from "./delivery.ts";
import { readHeader, requireHeader } from "./header.ts";

const name = "x-vendor-signature";
const unverified = (reason: string) => expect.objectContaining({ code: "webhook_unverified", reason });

describe("a signature's header", () => {
  it.each<[string, WebhookHeaders]>([
    ["Headers", new Headers({ "X-Vendor-Signature": "s" })],
    ["node:http's record", { host: "h", [name]: "s" }],
    ["a record in the sender's spelling", { "X-Vendor-Signature": "s" }],
    ["headersDistinct", { [name]: ["s"] }],
    ["a record with a header named get", { get: "x", [name]: "s" }],
    ["a record whose other spelling is unset", { [name]: "s", "X-Vendor-Signature": undefined }],
    ["a record without a prototype", Object.assign(Object.create(null), { [name]: "s" })],
  ])("is read from %s", (_, headers) => {
    expect(requireHeader(headers, name)).toBe("s");
  });

  it("is read whole, however long it is", () => {
    for (const headers of [{ [name]: "v0=abc" }, { [name]: ["v0=abc"] }, { [name]: "" }]) {
      expect(requireHeader(headers, name)).toBe([headers[name]].flat()[0]);
    }
  });

  it.each<[string, WebhookHeaders]>([
    ["Headers", new Headers()],
    ["an empty record", {}],
    ["a record that only inherits it", Object.create({ [name]: "s" }) as WebhookHeaders],
    ["a record with another header of that length", { "x-vendor-signaturf": "s" }],
  ])("is missing from %s", (_, headers) => {
    expect(readHeader(headers, name)).toBeUndefined();
    expect(() => requireHeader(headers, name)).toThrow(unverified("header_missing"));
  });

  it.each<[string, WebhookHeaders]>([
    ["as a list of two", { [name]: ["s", "s"] }],
    ["as an empty list", { [name]: [] }],
    ["as two of which one is unset", { [name]: ["s", undefined] as unknown as string[] }],
    ["once as a list, once as it is", { [name]: ["s"], "X-Vendor-Signature": "s" }],
    ["in two spellings", { [name]: "s", "X-Vendor-Signature": "s" }],
  ])("T05 is refused when it stands there twice: %s", (_, headers) => {
    expect(() => readHeader(headers, name)).toThrow(unverified("header_duplicate"));
  });
});
