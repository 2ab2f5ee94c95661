import { expect, it } from "vitest";
import * as z from "zod";
import { type ActionDefinition, type ActionRunContext, defineAction } from "../define/action.ts";
import { VendorError } from "../errors.ts";
import { silentLogger } from "../ports/logger.ts";
import type { VendorHttp } from "../ports/vendor-http.ts";
import { fakeClock } from "../testing/fake-clock.ts";
import { perform } from "./perform.ts";

const attemptMs = 700;

/** Performs an action each of whose attempts takes its time and is lost; what it was told, in seconds since the start. */
async function performed(begunBefore: boolean, again: "find" | "idempotent") {
  const clock = fakeClock(0);
  await clock.advance(1_000);
  const told: string[] = [];
  const note = (what: string, { at, attemptedAt }: ActionRunContext<unknown, unknown>) =>
    told.push(`${what} ${at.getTime()} ${attemptedAt?.getTime()}`);
  let attempts = 0;
  const find: ActionDefinition["again"] = {
    kind: "find",
    find: async (context) => {
      note(`find at ${clock.now()}:`, context);
      return { state: "absent" };
    },
  };
  const action = defineAction<unknown, unknown, string>({
    id: "post",
    name: "Post",
    description: "Posts.",
    input: z.unknown(),
    config: z.unknown(),
    again: again === "find" ? (find as never) : { kind: "idempotent", keyLifeMs: 60_000 },
    run: async (context) => {
      note(`run at ${clock.now()}:`, context);
      await clock.sleep(attemptMs);
      attempts += 1;
      if (attempts === 2) return "done";
      throw new VendorError("The connection was cut.", { code: "outcome_unknown" });
    },
  });
  const end = await clock.run(
    perform({
      action,
      context: {
        http: {} as VendorHttp,
        input: {},
        config: {},
        subject: undefined,
        effectKey: "key",
        at: new Date(500),
        refs: undefined,
        logger: silentLogger,
      },
      clock,
      signal: new AbortController().signal,
      begunBefore,
      before: async () => undefined,
      limits: { firstWaitMs: 100 },
    }),
  );
  expect(end).toEqual({ state: "succeeded", output: "done" });
  return told;
}

it("F13 a look is told when the last attempt before it ended, which is not when the call was begun", async () => {
  expect(await performed(false, "find")).toEqual([
    "run at 1000: 500 undefined",
    "find at 1800: 500 1700",
    "run at 1800: 500 1700",
  ]);
});

it("F13 a look at another process's attempt is told that it may have lasted until the call was taken up", async () => {
  expect(await performed(true, "find")).toEqual([
    "find at 1000: 500 1000",
    "run at 1000: 500 1000",
    "find at 1800: 500 1700",
    "run at 1800: 500 1700",
  ]);
});

it("F12 so is an attempt under the same key", async () => {
  expect((await performed(false, "idempotent")).at(-1)).toBe("run at 1800: 500 1700");
});

/** An action under the vendor's own key, whose attempts all end without a word; how it ended, and what was asked. */
async function underItsKey(
  found: "present" | "absent" | "unknown" | undefined,
  { at = 0, refusedAtLast = false } = {},
) {
  const clock = fakeClock(100_000);
  const asked: string[] = [];
  const find = async () => {
    asked.push("find");
    return found === "present" ? { state: found, output: "found" } : { state: found ?? "unknown" };
  };
  const action = defineAction<unknown, unknown, string>({
    id: "pay",
    name: "Pay",
    description: "Pays.",
    input: z.unknown(),
    config: z.unknown(),
    again: { kind: "idempotent", keyLifeMs: 60_000, ...(found && { find: find as never }) },
    run: async () => {
      asked.push("run");
      if (refusedAtLast && asked.length === 2) {
        throw new VendorError("No.", { status: 400, retryable: false, withoutEffect: true });
      }
      throw new VendorError("The connection was cut.", { code: "outcome_unknown" });
    },
  });
  const context = {
    http: {} as VendorHttp,
    input: {},
    config: {},
    subject: undefined,
    effectKey: "key",
    at: new Date(at),
    refs: undefined,
    logger: silentLogger,
  };
  const end = await clock.run(
    perform({
      action,
      context,
      clock,
      signal: new AbortController().signal,
      begunBefore: true,
      before: async () => undefined,
      limits: { firstWaitMs: 100, attempts: 2 },
    }),
  );
  return { asked, state: end.state, end };
}

it.each([
  ["present", "succeeded"],
  ["absent", "failed"],
  ["unknown", "outcome_unknown"],
  [undefined, "outcome_unknown"],
] as const)(
  "F14 past the life of its key an effect is only looked for: %s means %s",
  async (found, state) => {
    expect(await underItsKey(found, { at: 40_000 })).toMatchObject({
      state,
      asked: found ? ["find"] : [],
    });
  },
);

it.each([
  ["present", "succeeded"],
  ["absent", "failed"],
  ["unknown", "outcome_unknown"],
  [undefined, "outcome_unknown"],
] as const)(
  "F94 within it, it is asked for with the same key, bounded, and then looked for: %s means %s",
  async (found, state) => {
    const { asked, ...ended } = await underItsKey(found, { at: 90_000 });
    expect(ended.state).toBe(state);
    expect(asked).toEqual(["run", "run", ...(found ? ["find"] : [])]);
  },
);

it("F94 a refusal after an attempt without an end says nothing of that attempt: it is looked for", async () => {
  const { asked, state } = await underItsKey("present", { at: 90_000, refusedAtLast: true });
  expect({ asked, state }).toEqual({ asked: ["run", "run", "find"], state: "succeeded" });
});
