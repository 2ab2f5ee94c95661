import { afterEach, describe, expect, it } from "vitest";
import { isHaloError, VerificationError } from "../errors.ts";

const limit = Object.getOwnPropertyDescriptor(Error, "stackTraceLimit") as PropertyDescriptor;

afterEach(() => void Object.defineProperty(Error, "stackTraceLimit", limit));

describe("the error of a delivery that is not genuine", () => {
  it("holds its reason and no frames: a forger could have them recorded for nothing", () => {
    const error = new VerificationError("signature_mismatch");
    expect(error.reason).toBe("signature_mismatch");
    expect(error.stack ?? "").not.toContain("\n");
    expect(isHaloError(error, "webhook_unverified")).toBe(true);
  });

  it("leaves other errors their frames", () => {
    Error.stackTraceLimit = 7;
    new VerificationError("header_missing");
    expect(Error.stackTraceLimit).toBe(7);
    expect(new Error("other").stack).toContain("refusal.test");
  });

  it("is made where a host allows no change of Error", () => {
    Object.defineProperty(Error, "stackTraceLimit", { ...limit, writable: false });
    const error = new VerificationError("header_missing");
    expect(error).toBeInstanceOf(Error);
    expect(error.reason).toBe("header_missing");
  });
});
