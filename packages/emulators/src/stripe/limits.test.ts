import { describe, expect, it } from "vitest";
import { setUpStripe, stripeAsker } from "../../test/stripe-requests.ts";
import { lockTimeout } from "./limits.ts";

describe("F20 limits", () => {
  it("an endpoint takes 25 a second; the next is refused without a word on when to come again", async () => {
    const { ask, clock } = setUpStripe({ limits: {}, mode: "live" });
    for (let n = 0; n < 25; n++) expect((await ask("GET", "/v1/customers", { limit: 1 })).status).toBe(200);
    const { body, headers, status } = await ask("GET", "/v1/customers", { limit: 1 });
    expect([status, body.error.code, headers.get("stripe-rate-limited-reason")]).toEqual([
      429,
      "rate_limit",
      "endpoint-rate",
    ]);
    expect([headers.get("retry-after"), headers.get("stripe-should-retry")]).toEqual([null, null]);
    expect((await ask("GET", "/v1/charges", { limit: 1 })).status).toBe(200);
    await clock.advance(1_000);
    expect((await ask("GET", "/v1/customers", { limit: 1 })).status).toBe(200);
  });

  it.each([
    ["live", 100],
    ["test", 25],
  ] as const)("an account in %s mode takes %i a second over all endpoints", async (mode, most) => {
    const { ask } = setUpStripe({ limits: { endpointPerSecond: 1_000 }, mode });
    const paths = ["customers", "charges", "invoices", "prices"];
    for (let n = 0; n < most; n++)
      expect((await ask("GET", `/v1/${paths[n % paths.length]}`, { limit: 1 })).status).toBe(200);
    const { headers, status } = await ask("GET", "/v1/customers");
    expect([status, headers.get("stripe-rate-limited-reason")]).toEqual([429, "global-rate"]);
  });

  it("one account, or one mode, does not use up another's", async () => {
    const { ask, emulator } = setUpStripe({ limits: { testPerSecond: 1 } });
    const other = stripeAsker(emulator, emulator.addAccount({ seed: 6 }).issueKey());
    const live = stripeAsker(emulator, emulator.issueKey({ mode: "live" }));
    await ask("GET", "/v1/customers");
    expect((await ask("GET", "/v1/customers")).status).toBe(429);
    expect((await other("GET", "/v1/customers")).status).toBe(200);
    expect((await live("GET", "/v1/customers")).status).toBe(200);
  });

  it("searches share 20 a second", async () => {
    const { ask } = setUpStripe({ limits: {}, mode: "live" });
    const query = "created>0";
    for (let n = 0; n < 20; n++) {
      const path = n % 2 ? "customers" : "invoices";
      expect((await ask("GET", `/v1/${path}/search`, { query, limit: 1 })).status).toBe(200);
    }
    expect((await ask("GET", "/v1/charges/search", { query })).status).toBe(429);
    expect((await ask("GET", "/v1/charges", {})).status).toBe(200);
  });

  it("so many run at once", async () => {
    const { ask, clock } = setUpStripe({ limits: { concurrent: 2 }, latency: { medianMs: 100, sigma: 0 } });
    const three = [1, 2, 3].map(() => ask("GET", "/v1/customers", { limit: 1 }));
    await clock.advance(1_000);
    const answers = await Promise.all(three);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(answers[2]?.headers.get("stripe-rate-limited-reason")).toBe("global-concurrency");
    const later = ask("GET", "/v1/customers", { limit: 1 });
    await clock.advance(1_000);
    expect((await later).status).toBe(200);
  });

  it("a request that is refused for its rate leaves its key free and does nothing", async () => {
    const { ask, clock, emulator } = setUpStripe({ limits: { testPerSecond: 1 } });
    const before = emulator.account.book.tables.customer.size;
    await ask("GET", "/v1/account");
    const headers = { "idempotency-key": "k" };
    expect((await ask("POST", "/v1/customers", { name: "x" }, headers)).status).toBe(429);
    expect(emulator.account.book.tables.customer.size).toBe(before);
    await clock.advance(1_000);
    const { headers: answered, status } = await ask("POST", "/v1/customers", { name: "x" }, headers);
    expect([status, answered.get("idempotent-replayed")]).toEqual([200, null]);
  });

  it("an object that somebody else holds is a 429 of another sort", async () => {
    const { ask, emulator } = setUpStripe();
    const { body, headers, status } = lockTimeout();
    emulator.faults.add({ times: 1, effect: { type: "status", status, body, headers } });
    const answer = await ask("GET", "/v1/account");
    expect([answer.status, answer.body.error.code]).toEqual([429, "lock_timeout"]);
    expect(answer.headers.get("stripe-rate-limited-reason")).toBeNull();
    expect(answer.headers.get("stripe-should-retry")).toBe("true");
  });
});
