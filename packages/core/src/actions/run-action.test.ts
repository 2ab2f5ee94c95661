import { beforeAll, describe, expect, it } from "vitest";
import {
  charge,
  createTicket,
  customer,
  Desk,
  deskActions,
  deskHttp,
  refund,
  sendFax,
  setProperty,
  warm,
} from "../../test/acme-actions.ts";
import { fakeClock } from "../testing/fake-clock.ts";
import { type RunActionOptions, runAction, standaloneTools } from "./index.ts";

beforeAll(warm);

function alone() {
  const vendor = new Desk();
  const clock = fakeClock();
  const options = { http: deskHttp, token: "t1", subject: customer, fetch: vendor.fetch, clock };
  const run = (
    action: Parameters<typeof runAction>[0],
    input: unknown,
    more: Partial<RunActionOptions> = {},
  ) => clock.run(runAction(action, { ...options, input, ...more }));
  return { clock, options, run, vendor };
}

describe("runAction", () => {
  it("runs one action with a token of one's own", async () => {
    const { run, vendor } = alone();
    const outcome = await run(createTicket, { title: "Help" }, { config: { prefix: "> " } });
    expect(outcome).toMatchObject({ status: "succeeded", output: { id: "e1" }, repeated: false });
    expect(vendor.ledger).toMatchObject([{ body: { title: "> Help", email: "ada@example.com" } }]);
    expect(vendor.tokens).toEqual(["t1"]);
  });

  it("asks for a new token when the vendor refuses the old one, and gives up when there is none", async () => {
    const { run, vendor } = alone();
    vendor.revoked.add("old");
    const tokens = ["old", "new"];
    expect(await run(charge, { amount: 1 }, { token: async () => tokens.shift() ?? "" })).toMatchObject({
      status: "succeeded",
    });
    for (const token of ["old", () => "old", "", "two words"]) {
      await expect(run(charge, { amount: 1 }, { token })).rejects.toMatchObject({
        code: "reconnect_required",
      });
    }
    expect(vendor.ledger).toHaveLength(1);
  });

  it.each([
    ["bad input", charge, { amount: 0 }, {}, { code: "input_invalid", path: "amount" }],
    [
      "unknown input",
      createTicket,
      { title: "x", email: "e@x.example" },
      {},
      { code: "input_invalid", path: "email" },
    ],
    [
      "a bad configuration",
      charge,
      { amount: 1 },
      { config: { max: 1 } },
      { code: "input_invalid", path: "config.max" },
    ],
    ["what its permit refuses", charge, { amount: 2 }, { config: { max_amount: 1 } }, { gate: "permit" }],
    ["a missing subject", createTicket, { title: "x" }, { subject: {} }, { path: "context.customer" }],
    ["what needs a human's approval", refund, { amount: 1 }, {}, { code: "gate_closed", gate: "approval" }],
  ] as const)("refuses %s before anybody is called", async (_, action, input, more, error) => {
    const { run, vendor } = alone();
    await expect(run(action, input, more as Partial<RunActionOptions>)).rejects.toMatchObject(error);
    expect(vendor.requests).toEqual([]);
  });

  it.each([
    ["lost", charge, { amount: 1 }, "succeeded", 1],
    ["cut", charge, { amount: 1 }, "succeeded", 1],
    ["lost", createTicket, { title: "x" }, "succeeded", 1],
    ["lost", sendFax, { text: "x" }, "outcome_unknown", 1],
    ["400", sendFax, { text: "x" }, "vendor_failed", 0],
  ] as const)(
    "F94 after %j does as the action's `again` says (%#)",
    async (fault, action, input, result, effects) => {
      const { run, vendor } = alone();
      vendor.faults = [fault];
      const came = await run(action, input).then(
        ({ status }) => status as string,
        ({ code }: { code: string }) => code,
      );
      expect([came, vendor.ledger.length]).toEqual([result, effects]);
    },
  );

  it("names the same effect for the same key, so that a vendor which knows keys acts once", async () => {
    const { run, vendor } = alone();
    const key = { idempotencyKey: "order 17 / ü" };
    await run(charge, { amount: 1 }, key);
    await run(charge, { amount: 1 }, key);
    await run(charge, { amount: 1 }, { idempotencyKey: "order 18" });
    expect(vendor.ledger).toHaveLength(2);
    for (const { body } of vendor.ledger) expect(body["key"]).toMatch(/^[A-Za-z0-9-]{1,64}$/);
  });

  it("F91 F92 asks the user first: for exactly these arguments, once, for 15 minutes", async () => {
    const { clock, run, vendor } = alone();
    const input = { property: "jobtitle", value: "CTO" };
    const ask = async () => {
      const outcome = await run(setProperty, input);
      if (outcome.status !== "needs_confirmation") throw new Error(outcome.status);
      return outcome;
    };
    const first = await ask();
    expect(first.preview.summary).toBe("Sets jobtitle of ada@example.com.");
    const { confirmation } = first;
    const stale = { code: "approval_stale" };
    const flipped = confirmation.slice(0, -1) + (confirmation.endsWith("0") ? "1" : "0");
    const longer = confirmation.replace(/\.(\d+)\./, (_, ms: string) => `.${Number(ms) + 1}.`);
    for (const [given, more] of [
      [{ ...input, value: "CEO" }, { confirmation }],
      [input, { confirmation, subject: { email: "eve@example.com" } }],
      [input, { confirmation: flipped }],
      [input, { confirmation: longer }],
      [input, { confirmation: "" }],
    ] as const) {
      await expect(run(setProperty, given, more)).rejects.toMatchObject(stale);
    }
    expect(vendor.requests).toEqual([]);
    expect(await run(setProperty, input, { confirmation })).toMatchObject({ status: "succeeded" });
    await expect(run(setProperty, input, { confirmation })).rejects.toMatchObject(stale);
    const late = await ask();
    await clock.advance(15 * 60_000);
    await expect(run(setProperty, input, late)).rejects.toMatchObject(stale);
    expect(vendor.ledger).toHaveLength(1);
  });

  it("F90 forgets used confirmations one by one, as each expires", async () => {
    const { clock, run, vendor } = alone();
    const input = { property: "jobtitle", value: "CTO" };
    const used: string[] = [];
    for (let times = 0; times < 2; times++) {
      const asked = await run(setProperty, input);
      if (asked.status !== "needs_confirmation") return expect.unreachable("it asks");
      used.push(asked.confirmation);
      await run(setProperty, input, { confirmation: asked.confirmation });
      await clock.advance(8 * 60_000);
    }
    for (const confirmation of used) {
      await expect(run(setProperty, input, { confirmation })).rejects.toMatchObject({
        code: "approval_stale",
      });
    }
    expect(vendor.ledger).toHaveLength(2);
  });

  it("cancelled before it sent anything is cancelled; under way, nobody can tell", async () => {
    const { clock, options, vendor } = alone();
    for (const [action, input, when, code] of [
      [sendFax, { text: "x" }, "GET", "cancelled"],
      [sendFax, { text: "x" }, "POST", "outcome_unknown"],
    ] as const) {
      const stop = new AbortController();
      vendor.before = async (_, method) => {
        if (method === when) stop.abort();
      };
      const running = runAction(action, { ...options, input, signal: stop.signal });
      await expect(clock.run(running)).rejects.toMatchObject({ code });
    }
    const signal = AbortSignal.abort();
    await expect(runAction(charge, { ...options, input: { amount: 1 }, signal })).rejects.toMatchObject({
      code: "cancelled",
    });
  });
});

describe("standaloneTools", () => {
  const vendorOf = () => ({ id: "acme-desk", http: deskHttp, actions: deskActions });

  it("are a vendor's actions but those that need an approval, with unique names", () => {
    const { options } = alone();
    const tools = standaloneTools(vendorOf(), options);
    expect(tools.map(({ asks, name }) => [name, asks])).toEqual([
      ["acme_desk_create_ticket", "nobody"],
      ["acme_desk_charge", "nobody"],
      ["acme_desk_set_property", "user"],
      ["acme_desk_send_fax", "nobody"],
    ]);
    expect(standaloneTools(vendorOf(), { ...options, only: ["charge"] }).map(({ action }) => action)).toEqual(
      ["charge"],
    );
    expect(() => standaloneTools(vendorOf(), { ...options, only: ["drop"] })).toThrow(
      expect.objectContaining({ code: "configuration_invalid" }),
    );
  });

  it("act once for each tool call's id", async () => {
    const { clock, options, vendor } = alone();
    const tools = standaloneTools(vendorOf(), { ...options, config: { charge: { max_amount: 5 } } });
    const tool = tools.find(({ action }) => action === "charge");
    if (!tool) return expect.unreachable("there is one");
    const call = (amount: number, idempotencyKey?: string) =>
      clock.run(tool.invoke({ amount }, { ...(idempotencyKey !== undefined && { idempotencyKey }) }));
    const first = await call(1, "call-1");
    expect(await call(1, "call-1")).toEqual({ ...first, repeated: true });
    await expect(call(2, "call-1")).rejects.toMatchObject({ code: "conflict" });
    await expect(call(6)).rejects.toMatchObject({ gate: "permit" });
    await call(1);
    await call(1);
    expect(vendor.ledger).toHaveLength(3);
  });

  it("take a confirmation for the same call", async () => {
    const { clock, options, vendor } = alone();
    const tool = standaloneTools(vendorOf(), options).find(({ asks }) => asks === "user");
    const input = { property: "jobtitle", value: "CTO" };
    if (!tool) return expect.unreachable("there is one");
    const asked = await tool.invoke(input, { idempotencyKey: "call-1" });
    if (asked.status !== "needs_confirmation") return expect.unreachable("it asks");
    const { confirmation } = asked;
    for (const repeated of [false, true]) {
      const call = tool.invoke(input, { idempotencyKey: "call-1", confirmation });
      expect(await clock.run(call)).toMatchObject({ status: "succeeded", repeated });
    }
    expect(vendor.ledger).toHaveLength(1);
  });
});
