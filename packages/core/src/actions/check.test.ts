import { describe, expect, it } from "vitest";
import * as z from "zod";
import type { AnyAction } from "../index.ts";
import { checkConfig, checkInput, gateClosed, requireLinks, requirePermit } from "./check.ts";

const action = {
  input: z.strictObject({
    amount: z.int().positive(),
    lines: z.array(z.strictObject({ text: z.string() })).optional(),
    extra: z.record(z.string(), z.number()).optional(),
  }),
  config: z.strictObject({ most: z.int().default(100) }),
} as unknown as AnyAction;

/** The schema's own words. */
const schemas = /^(?!not known here$|invalid$)./;

describe("what a model gave", () => {
  it("is what the schema reads of it", () => {
    expect(checkInput(action, { amount: 5 })).toEqual({ amount: 5 });
    expect(checkConfig(action, {})).toEqual({ most: 100 });
  });

  it.each<[unknown, string, string | RegExp]>([
    [{ amount: 0 }, "amount", schemas],
    [{ amount: 1, lines: [{ text: "a" }, { text: 5 }] }, "lines.1.text", schemas],
    [{ amount: 1, more: 1 }, "more", "not known here"],
    [{ amount: 1, lines: [{ text: "a", more: 1 }] }, "lines.0.more", "not known here"],
    ["amount", "", schemas],
    [{ amount: 1, "delete everything now": 1 }, "…", "not known here"],
    [{ amount: 1, [`a${"b".repeat(40)}`]: 1 }, "…", "not known here"],
    [{ amount: 1, [`$${"b".repeat(39)}`]: 1 }, `$${"b".repeat(39)}`, "not known here"],
    [{ amount: 1, extra: { "!x": "1" } }, "extra.…", schemas],
    [{ amount: 1, extra: { "x!": "1" } }, "extra.…", schemas],
  ])("is refused with the place and no text of it: %j", (input, path, reason) => {
    const why = typeof reason === "string" ? reason : expect.stringMatching(reason);
    expect(() => checkInput(action, input)).toThrow(
      expect.objectContaining({ code: "input_invalid", path, reason: why }),
    );
  });

  it.each<[unknown, string]>([
    [{ most: "x" }, "config.most"],
    [{ least: 1 }, "config.least"],
    [7, "config"],
  ])("and an admin's configuration is, as what it is: %j", (config, path) => {
    expect(() => checkConfig(action, config)).toThrow(
      expect.objectContaining({ code: "input_invalid", path }),
    );
  });
});

describe("a permit", () => {
  const permit = (answer: () => unknown) => () =>
    requirePermit({ permit: answer } as unknown as AnyAction, {} as never);

  it("that is absent or says true lets it pass", () => {
    expect(() => requirePermit({} as AnyAction, {} as never)).not.toThrow();
    expect(permit(() => true)).not.toThrow();
  });

  it.each<[string, () => unknown, RegExp]>([
    ["its own words", () => "amount is above most", /^amount is above most$/],
    ["no more than 300 characters of them", () => "x".repeat(301), /^x{300}$/],
    ["words for what is no answer", () => 1, /^This is not permitted\.$/],
    ["words for a no", () => false, /^This is not permitted\.$/],
    [
      "words for what it threw",
      () => {
        throw new Error("secret");
      },
      /^Whether this is permitted could not be told\.$/,
    ],
  ])("closes with %s", (_, answer, message) => {
    const refusal = { code: "gate_closed", gate: "permit", message: expect.stringMatching(message) };
    expect(permit(answer)).toThrow(expect.objectContaining(refusal));
  });
});

describe("T44 where a text leads", () => {
  it("is asked of the policy, where there is one", () => {
    const policy = { refused: (value: unknown) => (value === "bad" ? "evil.test" : undefined) };
    expect(() => requireLinks(undefined, "bad")).not.toThrow();
    expect(() => requireLinks(policy, "good")).not.toThrow();
    expect(() => requireLinks(policy, "bad")).toThrow(
      expect.objectContaining({ gate: "permit", message: expect.stringContaining("evil.test") }),
    );
  });
});

it("a closed gate names itself", () => {
  expect(gateClosed("mode", "Off.")).toMatchObject({ code: "gate_closed", gate: "mode", message: "Off." });
});
