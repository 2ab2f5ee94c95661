import { describe, expect, it } from "vitest";
import { refundable, setUpStripe, stripeAsker } from "../../test/stripe-requests.ts";

const HOUR = 3_600_000;

const set = (options = {}) => {
  const made = setUpStripe(options);
  const charge = made.first("charge", refundable);
  const refund = (key: string, params: object = {}, path = "/v1/refunds") =>
    made.ask("POST", path, { charge: charge.id, amount: 100, ...params }, { "idempotency-key": key });
  const made_ = () => made.emulator.account.book.tables.refund.by("charge", charge.id)?.length ?? 0;
  return { ...made, charge, refund, refunds: made_ };
};

describe("F12 an idempotency key", () => {
  it("gives the first answer again, and does the work once", async () => {
    const { emulator, refund, refunds } = set();
    const one = await refund("k");
    const two = await refund("k");
    expect(two.body).toEqual(one.body);
    expect(one.headers.get("idempotent-replayed")).toBeNull();
    expect(two.headers.get("idempotent-replayed")).toBe("true");
    expect(two.headers.get("original-request")).toBe(one.headers.get("request-id"));
    expect(two.headers.get("request-id")).not.toBe(one.headers.get("request-id"));
    expect(refunds()).toBe(1);
    const effects = emulator.ledger.find((entry) => entry.effect !== undefined);
    expect(effects.map(({ effect }) => effect)).toEqual([
      { operation: "create", id: one.body.id, mark: "k" },
    ]);
  });

  it("with other parameters, or at another endpoint, is an error", async () => {
    const { ask, refund, refunds } = set();
    await refund("k");
    const other = await refund("k", { amount: 200 });
    expect([other.status, other.body.error.type]).toEqual([400, "idempotency_error"]);
    expect(other.body.error.message).toContain("same parameters");
    const elsewhere = await ask("POST", "/v1/customers", {}, { "idempotency-key": "k" });
    expect(elsewhere.body.error.message).toContain("('/v1/refunds')");
    expect(refunds()).toBe(1);
  });

  it("does not mind the order of parameters", async () => {
    const { ask, charge } = set();
    const headers = { "idempotency-key": "k" };
    const one = await ask("POST", "/v1/refunds", { charge: charge.id, amount: 5 }, headers);
    const two = await ask("POST", "/v1/refunds", { amount: 5, charge: charge.id }, headers);
    expect(two.body).toEqual(one.body);
  });

  it("whose first request still runs is in use, and the client is told to come again", async () => {
    const { clock, refund, refunds } = set({ latency: { medianMs: 1_000, sigma: 0 } });
    const one = refund("k");
    const two = refund("k");
    await clock.advance(5_000);
    const [first, second] = await Promise.all([one, two]);
    expect([first.status, second.status, second.body.error]).toEqual([
      200,
      409,
      expect.objectContaining({ type: "idempotency_error", code: "idempotency_key_in_use" }),
    ]);
    expect(second.headers.get("stripe-should-retry")).toBe("true");
    const three = refund("k");
    await clock.advance(5_000);
    expect((await three).body).toEqual(first.body);
    expect(refunds()).toBe(1);
  });

  it("F14 is forgotten after a day by the emulator's clock: the same request does the work again", async () => {
    const { clock, refund, refunds } = set();
    await refund("k");
    await clock.advance(24 * HOUR - 1);
    expect((await refund("k")).headers.get("idempotent-replayed")).toBe("true");
    await clock.advance(1);
    expect((await refund("k")).headers.get("idempotent-replayed")).toBeNull();
    expect(refunds()).toBe(2);
  });

  it("keeps a refusal that came of the work, and none that came before it", async () => {
    const { emulator, refund } = set();
    const bad = await refund("validation", { amount: 0 });
    expect(bad.status).toBe(400);
    expect((await refund("validation", { amount: 10 })).status).toBe(200);
    const disputed = emulator.account.createCustomer({ name: "x" });
    const intent = emulator.account.pay({ customer: disputed.id, amount: 900, currency: "usd" });
    const charge = String(intent.latest_charge);
    const taken = emulator.account.dispute(charge);
    const one = await refund("work", { charge });
    expect(one.body.error.code).toBe("charge_disputed");
    emulator.account.closeDispute(taken.id, "won");
    emulator.account.book.need("charge", charge).disputed = false;
    const two = await refund("work", { charge });
    expect([two.status, two.headers.get("idempotent-replayed")]).toEqual([400, "true"]);
    expect((await refund("fresh", { charge })).status).toBe(200);
  });

  it("F23 keeps even a failure of the vendor's own", async () => {
    for (const executed of [false, true]) {
      const { emulator, refund, refunds } = set();
      const match = { kind: "create", objectType: "refund" };
      emulator.faults.add({ match, times: 1, effect: { type: "status", status: 500, executed, kept: true } });
      const [one, two] = [await refund("k"), await refund("k")];
      expect([one.status, two.status, two.headers.get("idempotent-replayed")]).toEqual([500, 500, "true"]);
      expect(two.body.error.type).toBe("api_error");
      expect(refunds()).toBe(executed ? 1 : 0);
    }
  });

  it("F24 an answer that was lost comes again under the key", async () => {
    const { emulator, refund, refunds } = set();
    emulator.faults.add({ match: { kind: "create" }, times: 1, effect: { type: "reset", afterBytes: 0 } });
    await expect(refund("k")).rejects.toThrow(/reset/);
    expect(refunds()).toBe(1);
    const { headers, status } = await refund("k");
    expect([status, headers.get("idempotent-replayed"), refunds()]).toEqual([200, "true", 1]);
  });

  it("is of one account and mode, and no other's", async () => {
    const { ask, emulator } = set();
    const headers = { "idempotency-key": "k" };
    const live = stripeAsker(emulator, emulator.issueKey({ mode: "live" }));
    const [one, two] = [
      await ask("POST", "/v1/customers", { name: "a" }, headers),
      await live("POST", "/v1/customers", { name: "a" }, headers),
    ];
    expect([one.body.livemode, two.body.livemode]).toEqual([false, true]);
  });

  it("means nothing for reads and deletions, and may not be endless", async () => {
    const { ask } = set();
    const headers = { "idempotency-key": "k" };
    const { body } = await ask("POST", "/v1/customers", { name: "a" });
    expect((await ask("DELETE", `/v1/customers/${body.id}`, {}, headers)).body.deleted).toBe(true);
    expect((await ask("DELETE", `/v1/customers/${body.id}`, {}, headers)).status).toBe(404);
    const long = await ask("POST", "/v1/customers", {}, { "idempotency-key": "k".repeat(256) });
    expect([long.status, long.body.error.type]).toEqual([400, "idempotency_error"]);
  });
});
