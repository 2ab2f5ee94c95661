import { describe, expect, it } from "vitest";
import { desk, deskActions, refund } from "../../test/acme-actions.ts";
import type { Engine } from "../engine/engine.ts";
import type { ActionCall, AnyAction } from "../index.ts";
import { lookAfter, reconcilable } from "./look-times.ts";

const minuteMs = 60_000;
const ended = new Date(1_000_000);
const lookAt = (minutes: number) => lookAfter(ended, ended.getTime() + minutes * minuteMs);

describe("A10 when what became of a call is looked for", () => {
  it("is a minute after it ended, then ever later, and for three days", () => {
    const looks: number[] = [];
    for (let minutes = 0; ; ) {
      const next = lookAt(minutes);
      if (!next) break;
      minutes = (next.getTime() - ended.getTime()) / minuteMs;
      looks.push(minutes);
    }
    expect(looks).toEqual([1, 6, 36, 156, 636, 2_076, 4_476]);
  });

  it("is the next time that is still to come, however many were missed", () => {
    expect(lookAt(5.999)).toEqual(new Date(ended.getTime() + 6 * minuteMs));
    expect(lookAt(2_076)).toEqual(new Date(ended.getTime() + 4_476 * minuteMs));
    expect(lookAt(4_476)).toBeUndefined();
  });
});

describe("A10 what a worker can find out by itself", () => {
  const engine = (action: AnyAction) => {
    const integrations = { acme: desk({ actions: [...deskActions.slice(0, -1), action] }), silent: {} };
    return { integrations: new Map(Object.entries(integrations)) } as unknown as Engine;
  };
  const call = { integration: "acme", action: "refund" } as ActionCall;
  const { again: _, ...once } = refund;

  it.each<[string, AnyAction, Partial<ActionCall>, boolean]>([
    ["an action that people approve, and that can look", refund, {}, true],
    ["no other action of the vendor", refund, { action: "create_ticket" }, false],
    ["none that cannot look", { ...refund, again: { kind: "idempotent", keyLifeMs: 1 } }, {}, false],
    ["none that is never done again", once as AnyAction, {}, false],
    ["none that asks nobody", { ...refund, approval: undefined } as never, {}, false],
    ["none that is gone", refund, { action: "gone" }, false],
    ["none of a vendor without actions", refund, { integration: "silent" }, false],
    ["none of a vendor that is gone", refund, { integration: "gone" }, false],
  ])("is %s", (_what, action, change, can) => {
    expect(reconcilable(engine(action), { ...call, ...change })).toBe(can);
  });
});
