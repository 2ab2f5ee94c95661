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
