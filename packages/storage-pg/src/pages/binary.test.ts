import { describe, expect, it } from "vitest";
import { BinaryWriter, borrowWriter, microsOf, returnWriter } from "./binary.ts";

describe("times as PostgreSQL reads them", () => {
  it.each([
    ["2024-02-29T23:59:59.999Z", Date.parse("2024-02-29T23:59:59.999Z") * 1000],
    ["2024-02-29 23:59:59Z", Date.parse("2024-02-29T23:59:59Z") * 1000],
    ["2024-01-01T00:00:00.123456+02:00", Date.parse("2023-12-31T22:00:00Z") * 1000 + 123_456],
    ["2024-01-01T00:00:00.1-0530", Date.parse("2024-01-01T05:30:00.100Z") * 1000],
    ["1969-12-31T23:59:59.5+00", -500_000],
  ])("%s", (text, micros) => {
    expect(microsOf(text)).toBe(micros);
  });

  it.each([
    "2024-02-30T00:00:00Z",
    "2023-02-29T00:00:00Z",
    "2024-13-01T00:00:00Z",
    "2024-00-10T00:00:00Z",
    "2024-01-00T00:00:00Z",
    "2024-01-01T24:00:00Z",
    "2024-01-01T00:60:00Z",
    "2024-01-01T00:00:60Z",
    "2024-01-01T00:00:00.1234567Z",
    "2024-01-01T00:00:00+16:00",
    "2024-01-01T00:00:00+01:60",
    "0099-01-01T00:00:00Z",
    "2024-01-01T00:00:00",
    "2024-01-01",
    "1704067200000",
    "now",
    "infinity",
    "",
  ])("leaves %j to PostgreSQL", (text) => {
    expect(microsOf(text)).toBeUndefined();
  });
});

it("grows as it is written, and keeps what was written before", () => {
  const out = new BinaryWriter(1);
  out.text("ü🙂");
  out.json("[1]");
  out.null();
  out.int16(-1);
  out.raw(Uint8Array.of(7));
  expect(out.finish().toString("hex")).toBe(
    "00000006c3bcf09f9982000000040" + "15b315d" + "ffffffff" + "ffff" + "07",
  );
});

it.each([0, 1, 39, 40, 41, 300])(
  "a text of %i characters is its bytes, beyond ASCII and within",
  (length) => {
    for (const text of ["a".repeat(length), `${"a".repeat(Math.max(0, length - 1))}ü`, "🙂".repeat(length)]) {
      const out = new BinaryWriter(1);
      out.text(text);
      out.json(text);
      const bytes = Buffer.from(text);
      const size = (of: number) => Buffer.from(Int32Array.of(of).buffer).swap32();
      expect(out.finish()).toEqual(
        Buffer.concat([size(bytes.length), bytes, size(bytes.length + 1), Buffer.of(1), bytes]),
      );
    }
  },
);

it("memory that was given back is written anew from its beginning", () => {
  const first = borrowWriter(8);
  first.text("one");
  returnWriter(first);
  const next = borrowWriter(8);
  next.text("other");
  expect(next).toBe(first);
  expect(next.finish().toString("latin1")).toBe("\0\0\0\x05other");
});

it("times before and after 2000 are microseconds since then, in 64 bits", () => {
  const out = new BinaryWriter(0);
  out.time(0);
  out.time(Date.UTC(2000, 0, 1) * 1000 + 1);
  out.time(Date.UTC(9999, 11, 31) * 1000);
  const bytes = out.finish();
  const micros = [4, 16, 28].map((at) => bytes.readBigInt64BE(at));
  expect(micros).toEqual([
    -946_684_800_000_000n,
    1n,
    BigInt(Date.UTC(9999, 11, 31) - Date.UTC(2000, 0, 1)) * 1000n,
  ]);
});
