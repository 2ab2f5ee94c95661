import { describe, expect, it } from "vitest";
import { actionWorld } from "../../test/action-world.ts";
import { credit } from "./index.ts";

const input = (more: object = {}) => ({ amount: 1_000, currency: "eur", ...more });
const invalid = (path: string, reason?: string) => ({
  code: "input_invalid",
  path,
  ...(reason && { reason: expect.stringContaining(reason) }),
});

async function world() {
  const made = actionWorld();
  await made.arrive();
  const balance = () => made.book.tables.customer.get(made.ada.id)?.balance;
  return { ...made, balance };
}

describe("credit", () => {
  it("lowers the customer's next invoice by what was approved", async () => {
    const { ada, balance, effects, run } = await world();
    const outcome = await run(credit, input({ description: "For the outage" }));
    expect(outcome).toMatchObject({
      output: { customer: ada.id, amount: 1_000, currency: "eur", ending_balance: -1_000 },
    });
    expect(balance()).toBe(-1_000);
    expect(effects().filter(({ operation }) => operation === "create")).toHaveLength(1);
  });

  it("shows what the balance is and comes to", async () => {
    const { ada, merchant, review } = await world();
    merchant.adjustBalance(ada.id, { amount: -250, currency: "eur" });
    const seen = await review(credit as never, input({ why: "Outage", description: "Sorry" }));
    expect(seen).toEqual({
      preview: {
        summary: "Credits 10.00 EUR to the balance of ada@example.com.",
        changes: [
          { field: "credit", from: "2.50 EUR", to: "12.50 EUR" },
          { field: "customer", to: ada.id },
          { field: "description", to: "Sorry" },
          { field: "why", to: "Outage" },
        ],
      },
      money: { amountMinor: 1_000, currency: "eur", digits: 2 },
      customer: ada.id,
      state: { customer: ada.id },
      livemode: false,
    });
  });

  it.each([
    ["zero", { amount: 0 }, "amount"],
    ["negative", { amount: -1_000 }, "amount"],
    ["a float", { amount: 0.1 }, "amount"],
    ["2^53", { amount: 2 ** 53 }, "amount"],
    ["in a currency that takes no such amount", { amount: 5_121, currency: "kwd" }, "amount"],
  ])("T42 an amount that is %s is refused", async (_, change, path) => {
    const { run, writes } = await world();
    await expect(run(credit, input(change))).rejects.toMatchObject(invalid(path));
    expect(writes()).toEqual([]);
  });

  it("is refused in another currency than the customer is billed in", async () => {
    const { run, subscribe, writes } = await world();
    subscribe();
    await expect(run(credit, input({ currency: "usd" }))).rejects.toMatchObject(invalid("currency", "EUR"));
    expect(writes()).toEqual([]);
  });

  it("keeps within what an admin allows", async () => {
    const { run, writes } = await world();
    const config = { max_amount: { eur: 999 } };
    const closed = { code: "gate_closed", gate: "permit" };
    await expect(run(credit, input(), { config })).rejects.toMatchObject(closed);
    await expect(run(credit, input({ amount: 1, currency: "usd" }), { config })).rejects.toMatchObject(
      closed,
    );
    expect(writes()).toEqual([]);
  });

  it("is refused where the address is that of several, until the host names one", async () => {
    const { ada, balance, merchant, run, writes } = await world();
    merchant.createCustomer({ email: "ada@example.com" });
    await expect(run(credit, input())).rejects.toMatchObject(invalid("context.customer", "several"));
    expect(writes()).toEqual([]);
    await run(credit, input(), { subject: { ids: { stripe: ada.id } } });
    expect(balance()).toBe(-1_000);
  });

  it.each([
    ["a 500 after Stripe did it", { type: "status", status: 500, executed: true }],
    ["a connection that is cut", { type: "reset", afterBytes: 0 }],
    ["a 503 before Stripe did it", { type: "status", status: 503 }],
  ] as const)("F94 %s: it is credited once", async (_, effect) => {
    const { balance, emulator, run } = await world();
    emulator.faults.add({ match: { method: "POST" }, times: 1, effect });
    expect(await run(credit, input())).toMatchObject({ status: "succeeded" });
    expect(balance()).toBe(-1_000);
  });

  it("F94 an outage that outlasts every attempt is read back", async () => {
    const { balance, emulator, run } = await world();
    emulator.faults.add({
      match: { method: "POST" },
      effect: { type: "status", status: 500, executed: true },
    });
    expect(await run(credit, input())).toMatchObject({ status: "succeeded" });
    expect(balance()).toBe(-1_000);
  });

  it("F14 is absent for certain only of a customer whom the host named by id", async () => {
    const { ada, clock, find, run } = await world();
    await run(credit, input());
    const at = new Date(clock.now());
    await clock.advance(10_000);
    expect(await find(credit, input(), "another", { at })).toEqual({ state: "unknown" });
    const subject = { ids: { stripe: ada.id } };
    expect(await find(credit, input(), "another", { at, subject })).toEqual({ state: "absent" });
  });
});
