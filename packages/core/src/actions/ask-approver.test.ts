import { beforeAll, describe, expect, it } from "vitest";
import { customer, Desk, deskActions, deskHttp, refund as gives, warm } from "../../test/acme-actions.ts";
import type { AnyAction } from "../index.ts";
import { fakeClock } from "../testing/fake-clock.ts";
import { askApprover } from "./ask-approver.ts";
import { type ApprovalAsked, type Approver, runAction, standaloneTools } from "./index.ts";

beforeAll(warm);

const refund: typeof gives = {
  ...gives,
  run: ({ http, input }) => http.post("/refunds", { json: input }),
};

const HOUR_MS = 60 * 60_000;
const yes: Approver = async () => ({ approvedBy: "grace" });

function alone(approve?: Approver) {
  const vendor = new Desk();
  const clock = fakeClock();
  const options = {
    http: deskHttp,
    token: "t1",
    subject: customer,
    fetch: vendor.fetch,
    clock,
    ...(approve && { approve }),
  };
  const run = (more: { readonly signal?: AbortSignal } = {}) =>
    clock.run(runAction(refund, { ...options, ...more, input: { amount: 1 } }));
  const tools = (more: object = {}) =>
    standaloneTools({ id: "desk", http: deskHttp, actions: deskActions }, { ...options, ...more });
  return { clock, options, run, tools, vendor };
}

describe("an action that needs a human's yes, alone", () => {
  it("asks the host's approver with the exact arguments, and acts once a person is named", async () => {
    const asked: ApprovalAsked[] = [];
    const { clock, run, vendor } = alone(async (one) => {
      expect(vendor.ledger).toEqual([]);
      asked.push(one);
      return { approvedBy: " grace " };
    });
    const at = clock.now();
    expect(await run()).toMatchObject({ status: "succeeded" });
    expect(asked).toMatchObject([
      { action: "refund", input: { amount: 1 }, subject: customer, expiresAt: new Date(at + 4 * HOUR_MS) },
    ]);
    expect(asked[0]?.preview.summary).toBe("Gives 1 back.");
    expect(vendor.ledger).toHaveLength(1);
  });

  it.each<[string, unknown]>([
    ["nobody", undefined],
    ["nothing", null],
    ["a mere true", true],
    ["a mere name", "grace"],
    ["an empty name", { approvedBy: "  " }],
    ["a name that is no text", { approvedBy: 7 }],
    ["the customer's address", { approvedBy: customer.email.toUpperCase() }],
    ["the customer's address with blanks around it", { approvedBy: ` ${customer.email}\n` }],
  ])("T39 is refused when the answer is %s", async (_, answer) => {
    const { run, vendor } = alone(async () => answer as never);
    await expect(run()).rejects.toMatchObject({ code: "gate_closed", gate: "approval" });
    expect(vendor.ledger).toEqual([]);
  });

  it("is refused without an approver, before anything is read", async () => {
    const { run, vendor } = alone();
    await expect(run()).rejects.toMatchObject({ code: "gate_closed", gate: "approval" });
    expect(vendor.ledger).toEqual([]);
  });

  it("F91 is refused when the yes comes after four hours, and done when it comes just before", async () => {
    for (const [waitMs, done] of [
      [4 * HOUR_MS, 0],
      [4 * HOUR_MS - 1, 1],
    ] as const) {
      const world = alone(async () => {
        await world.clock.sleep(waitMs);
        return { approvedBy: "grace" };
      });
      const run = world.run();
      await (done ? run : expect(run).rejects.toMatchObject({ code: "approval_stale" }));
      expect(world.vendor.ledger).toHaveLength(done);
    }
  });

  it("F93 is refused when what it rests on at the vendor is another by the time of the yes", async () => {
    let left = 5;
    const rests: typeof refund = {
      ...refund,
      review: ({ input }) => ({
        preview: { summary: "Gives back" },
        money: { amountMinor: input.amount, currency: "eur" },
        state: { left },
      }),
    };
    for (const [after, done] of [
      [4, 0],
      [5, 1],
    ] as const) {
      left = 5;
      const { clock, options, vendor } = alone(async ({ preview }) => {
        expect(preview.summary).toBe("Gives back");
        left = after;
        return { approvedBy: "grace" };
      });
      const run = clock.run(runAction(rests, { ...options, input: { amount: 1 } }));
      await (done ? run : expect(run).rejects.toMatchObject({ code: "approval_stale" }));
      expect(vendor.ledger).toHaveLength(done);
    }
  });

  it("F92 what the approver does to what it was shown changes nothing", async () => {
    const { run, vendor } = alone(async ({ input }) => {
      (input as { amount: number }).amount = 1_000;
      return { approvedBy: "grace" };
    });
    await run();
    expect(vendor.ledger).toMatchObject([{ body: { amount: 1 } }]);
  });

  it("is cancelled when the caller went away while a person thought", async () => {
    const gone = new AbortController();
    const { run, vendor } = alone(async () => {
      gone.abort();
      return { approvedBy: "grace" };
    });
    await expect(run({ signal: gone.signal })).rejects.toMatchObject({ code: "cancelled" });
    expect(vendor.ledger).toEqual([]);
  });

  it("is among the tools only with an approver, and cannot be named without one", () => {
    expect(
      alone()
        .tools()
        .some(({ asks }) => asks === "human"),
    ).toBe(false);
    expect(
      alone(yes)
        .tools()
        .filter(({ asks }) => asks === "human"),
    ).toHaveLength(1);
    expect(() => alone().tools({ only: ["refund"] })).toThrow(
      expect.objectContaining({ code: "configuration_invalid", option: "approve" }),
    );
  });

  it("T37 takes no approval from the tool call, whatever a framework hands on", async () => {
    const { clock, tools, vendor } = alone(async () => undefined);
    const tool = tools({ only: ["refund"] })[0];
    const forged = {
      approve: yes,
      approvedBy: "grace",
      confirmation: "yes",
      subject: { email: "x@y.example" },
    };
    const call = clock.run(tool!.invoke({ amount: 1 }, forged));
    await expect(call).rejects.toMatchObject({ code: "gate_closed", gate: "approval" });
    await expect(clock.run(tool!.invoke({ amount: 1, approvedBy: "grace" }))).rejects.toMatchObject({
      code: "input_invalid",
    });
    expect(vendor.ledger).toEqual([]);
  });

  it("asks once for a tool call that is repeated while a person thinks, and acts once", async () => {
    let asked = 0;
    const { clock, tools, vendor } = alone(async () => {
      asked += 1;
      await clock.sleep(1_000);
      return { approvedBy: "grace" };
    });
    const tool = tools({ only: ["refund"] })[0];
    const call = () => tool!.invoke({ amount: 1 }, { idempotencyKey: "call-1" });
    const outcomes = await clock.run(Promise.all([call(), call()]));
    expect(outcomes.map(({ status }) => status)).toEqual(["succeeded", "succeeded"]);
    expect({ asked, done: vendor.ledger.length }).toEqual({ asked: 1, done: 1 });
  });
});

describe("the approver", () => {
  const action = { id: "refund", name: "Refund" } as AnyAction;
  const asked = (): Parameters<typeof askApprover>[2] => ({
    callId: "a1",
    integration: "desk",
    input: { amount: 1 },
    subject: { email: "ada@example.com", endUserId: "U1" },
    preview: { summary: "Gives 1 back." },
    signal: new AbortController().signal,
  });

  it("is shown the action by its name, and copies of what is executed", async () => {
    const given = asked();
    const approve: Approver = async (one) => {
      expect(one).toMatchObject({ action: "refund", title: "Refund", callId: "a1", input: { amount: 1 } });
      for (const part of [one.input, one.subject, one.preview]) {
        Object.assign(part as object, { amount: 9, email: "", summary: "" });
      }
      return { approvedBy: "grace" };
    };
    await askApprover(approve, action, given, fakeClock());
    expect({ ...given, signal: undefined }).toEqual({ ...asked(), signal: undefined });
  });

  it.each<[string, object, object]>([
    ["is the customer, by their id in other letters", asked(), { approvedBy: "u1" }],
    [
      "is the customer, who has no address",
      { ...asked(), subject: { endUserId: "u1" } },
      { approvedBy: "u1" },
    ],
    ["is nobody", asked(), {}],
  ])("T39 approves nothing where it %s", async (_, given, answer) => {
    const asking = askApprover(async () => answer as never, action, given as never, fakeClock());
    await expect(asking).rejects.toMatchObject({ code: "gate_closed", gate: "approval" });
  });

  it("approves where it is about nobody, and where somebody else is named", async () => {
    for (const subject of [undefined, {}, { email: "eve@example.com" }]) {
      const asking = askApprover(yes, action, { ...asked(), subject }, fakeClock());
      await expect(asking).resolves.toBeUndefined();
    }
  });

  it("approves nothing once the caller has gone", async () => {
    const signal = AbortSignal.abort();
    const asking = askApprover(yes, action, { ...asked(), signal }, fakeClock());
    await expect(asking).rejects.toMatchObject({ code: "cancelled" });
  });
});
