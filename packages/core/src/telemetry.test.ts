import { trace } from "@opentelemetry/api";
import { afterEach, describe, expect, it } from "vitest";
import { withSpan } from "./telemetry.ts";

afterEach(() => trace.disable());

describe("a span", () => {
  it("is nothing where no provider is registered", async () => {
    await expect(
      withSpan("a", {}, async (span) => {
        span.set("x", 1);
        return 5;
      }),
    ).resolves.toBe(5);
  });

  it("T17 carries the code of a failure, and not its message", async () => {
    const seen: unknown[] = [];
    const span = {
      setAttribute: (name: string, value: unknown) => seen.push([name, value]),
      setStatus: (status: unknown) => seen.push(status),
      end: () => seen.push("end"),
    };
    trace.setGlobalTracerProvider({
      getTracer: () => ({
        startActiveSpan: (name: string, options: unknown, work: (s: unknown) => unknown) => {
          seen.push([name, options]);
          return work(span);
        },
      }),
    } as unknown as Parameters<typeof trace.setGlobalTracerProvider>[0]);
    const failure = Object.assign(new Error("canary"), { code: "vendor_failed" });
    await expect(
      withSpan("acme GET", { a: 1 }, async (notes) => {
        notes.set("b", 2);
        throw failure;
      }),
    ).rejects.toBe(failure);
    expect(seen).toEqual([
      ["acme GET", { attributes: { a: 1 } }],
      ["b", 2],
      { code: 2, message: "vendor_failed" },
      "end",
    ]);
  });
});
