import { expect, it } from "vitest";
import { compareTs, isTs, msOf, nextTs, tsAt } from "./timestamps.ts";

it("timestamps are compared by what they say, not by how they are written, and never as floats", () => {
  expect(compareTs("1795219198", "1795219197.999999")).toBe(1);
  expect(compareTs("1795219198.5", "1795219198.400000")).toBe(1);
  expect(compareTs("1795219198.5", "1795219198.500000")).toBe(0);
  expect(compareTs("999999999.000001", "1795219198.000001")).toBe(-1);
  expect(compareTs("1795219198.000001", "1795219198.000002")).toBe(-1);
});

it("a message's timestamp is younger than every other one of its channel", () => {
  expect(tsAt(1_795_219_198_123)).toBe("1795219198.123000");
  expect(nextTs(1_795_219_198_123, "1795219198.123000")).toBe("1795219198.123001");
  expect(nextTs(1_795_219_198_123, "1795219198.999999")).toBe("1795219199.000000");
  expect(msOf("1795219198.123456")).toBe(1_795_219_198_123);
  expect(["1", "1.5", "1795219198.123456"].every(isTs)).toBe(true);
  expect(["", "soon", "1.", "1.1234567", "-1", "1e9"].some(isTs)).toBe(false);
});
