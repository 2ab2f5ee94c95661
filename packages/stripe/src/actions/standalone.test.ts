import { describe, expect, it } from "vitest";
import { actionWorld, yes } from "../../test/action-world.ts";
import { stripeActions } from "./index.ts";

function tools(world: ReturnType<typeof actionWorld>, more: object = {}) {
  const { accessToken, clock, fetch, subject } = world;
  return stripeActions({ accessToken, clock, fetch, subject, approve: yes, ...more });
}

describe("stripeActions", () => {
  it("makes a tool of each action, and every one of them asks a person", () => {
    expect(tools(actionWorld()).map(({ asks, destructive, name }) => [name, asks, destructive])).toEqual(
      ["refund", "cancel", "credit", "extend_trial"].map((id) => [`stripe_${id}`, "human", true]),
    );
  });

  it("gives none where a host leaves the approver out", () => {
    expect(tools(actionWorld(), { approve: undefined })).toEqual([]);
    expect(() => tools(actionWorld(), { approve: undefined, only: ["refund"] })).toThrow(
      expect.objectContaining({ code: "configuration_invalid" }),
    );
  });

  it("asks once for a tool call that is repeated, and acts once", async () => {
    const world = actionWorld();
    let asked = 0;
    const approve = async () => {
      asked += 1;
      return { approvedBy: "grace" };
    };
    const [tool] = tools(world, { approve, only: ["refund"] });
    const call = () =>
      tool!.invoke(
        { payment: world.payment.intent, amount: 100, currency: "eur" },
        { idempotencyKey: "call_1" },
      );
    const outcomes = await world.clock.run(Promise.all([call(), call()]));
    expect(outcomes.map(({ status }) => status)).toEqual(["succeeded", "succeeded"]);
    expect({ asked, done: world.effects().length }).toEqual({ asked: 1, done: 1 });
  });

  it("T17 says that a key is no longer good without showing it", async () => {
    const world = actionWorld();
    const accessToken = "rk_test_wrong_and_secret";
    const [tool] = tools(world, { accessToken, only: ["credit"] });
    const run = world.clock.run(tool!.invoke({ amount: 100, currency: "eur" }));
    const error = (await run.catch((caught: unknown) => caught)) as Error;
    expect(error).toMatchObject({ code: "reconnect_required" });
    expect(JSON.stringify([error.message, error])).not.toContain("secret");
  });

  it("T19 names the permission that a restricted key lacks, and does nothing", async () => {
    const world = actionWorld();
    const accessToken = world.emulator.issueKey({ permissions: ["customer_read"] });
    const [tool] = tools(world, { accessToken, only: ["credit"] });
    const run = world.clock.run(tool!.invoke({ amount: 100, currency: "eur" }));
    await expect(run).rejects.toMatchObject({ code: "gate_closed", gate: expect.stringContaining("scope:") });
    expect(world.effects()).toEqual([]);
  });
});
