import { describe, expect, it } from "vitest";
import { createLimiter, type Limiter } from "./limiter.ts";
import { type VirtualClock, virtualClock } from "./virtual-clock.ts";

const WINDOW_MS = 10_000;
const MEDIAN_MS = 250;
const SIGMA = 0.3;
const SEED = 20261121;

/** mulberry32 */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A vendor with a rolling window that counts at arrival, anywhere between sending and answer. */
function vendor(clock: VirtualClock, max: number, random: () => number) {
  const taken: number[] = [];
  const server = {
    refused: 0,
    served: 0,
    headers: true,
    async call() {
      const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
      const latency = MEDIAN_MS * Math.exp(SIGMA * normal);
      const way = latency * random();
      await clock.sleep(way);
      const now = clock.now();
      while (taken[0] !== undefined && taken[0] <= now - WINDOW_MS) taken.shift();
      const ok = taken.length < max;
      if (ok) taken.push(now);
      if (ok) server.served++;
      else server.refused++;
      const remaining = max - taken.length;
      await clock.sleep(latency - way);
      return { ok, limit: max, remaining };
    },
  };
  return server;
}

type Vendor = ReturnType<typeof vendor>;

async function get(limiter: Limiter, server: Vendor, budgets = ["burst"]): Promise<void> {
  for (;;) {
    const ok = await limiter.run({ budgets }, async (ticket) => {
      const answer = await server.call();
      if (server.headers) ticket.observe({ name: "burst", limit: answer.limit, remaining: answer.remaining });
      if (answer.ok) ticket.accepted();
      else ticket.limited({});
      return answer.ok;
    });
    if (ok) return;
  }
}

/** Shards of up to 100 pages, each read one page after the other, `beside` of them at once. */
async function readAll(limiter: Limiter, server: Vendor, requests: number, beside = 33): Promise<void> {
  const shards = Array.from({ length: Math.ceil(requests / 100) }, (_, i) =>
    Math.min(100, requests - i * 100),
  );
  const worker = async () => {
    for (let pages = shards.shift(); pages !== undefined; pages = shards.shift()) {
      for (let page = 0; page < pages; page++) await get(limiter, server);
    }
  };
  await Promise.all(Array.from({ length: beside }, worker));
}

const burst = (limit: number) => ({ budgets: [{ name: "burst", limit, windowMs: WINDOW_MS }] });

describe(`limiter (seed ${SEED})`, () => {
  it.each([100, 110, 190, 250])(
    "P16 reads 3,300 pages at %i per 10 s within 1.05 of the bound, without a 429",
    async (max) => {
      const clock = virtualClock();
      const random = seeded(SEED + max);
      const server = vendor(clock, max, random);
      // The definition knows the smallest plan; the headers tell the true one.
      const limiter = createLimiter({ definition: burst(100), clock, random });
      const began = clock.now();
      await clock.run(readAll(limiter, server, 3_300));
      const bound = (Math.ceil(3_300 / max) - 1) * WINDOW_MS;
      expect({ refused: server.refused, served: server.served }).toEqual({ refused: 0, served: 3_300 });
      expect((clock.now() - began) / bound).toBeLessThanOrEqual(1.05);
    },
  );

  it("never has more calls under way than the definition allows", async () => {
    const clock = virtualClock();
    let underway = 0;
    let most = 0;
    const limiter = createLimiter({ definition: { ...burst(100), concurrency: 4 }, clock });
    const call = () =>
      limiter.run({}, async () => {
        most = Math.max(most, ++underway);
        await clock.sleep(100);
        underway--;
      });
    await clock.run(Promise.all(Array.from({ length: 40 }, call)));
    expect(most).toBe(4);
  });

  it("lets the call of greater priority go first when calls have to wait", async () => {
    const clock = virtualClock();
    const order: number[] = [];
    const limiter = createLimiter({ definition: burst(1), clock });
    const call = (priority: number) =>
      limiter.run({ priority }, async () => {
        order.push(priority);
      });
    await clock.run(Promise.all([call(0), call(1), call(3), call(2)]));
    expect(order).toEqual([0, 3, 2, 1]);
  });

  it("does not make a call wait for a budget that it does not draw on", async () => {
    const clock = virtualClock();
    const limiter = createLimiter({
      definition: {
        budgets: [
          { name: "burst", limit: 1, windowMs: WINDOW_MS },
          { name: "search", limit: 5, windowMs: 1_000 },
        ],
      },
      clock,
    });
    const began = clock.now();
    const at: number[] = [];
    const call = (budget: string) =>
      limiter.run({ budgets: [budget] }, async () => {
        at.push(clock.now() - began);
      });
    await clock.run(Promise.all([call("burst"), call("burst"), call("search"), call("search")]));
    expect(at).toEqual([0, 0, 0, WINDOW_MS + 10]);
  });

  it("leaves room for another worker of the same account, going by what the vendor says is left", async () => {
    const clock = virtualClock();
    const random = seeded(SEED);
    const server = vendor(clock, 110, random);
    const workers = [0, 1].map(() => createLimiter({ definition: burst(110), clock, random }));
    const began = clock.now();
    await clock.run(Promise.all(workers.map((limiter) => readAll(limiter, server, 550))));
    expect(server.served).toBe(1_100);
    // HubSpot asks that errors stay under 5 % of the calls.
    expect(server.refused).toBeLessThanOrEqual(55);
    expect(clock.now() - began).toBeLessThanOrEqual(2 * 9 * WINDOW_MS);
  });

  it("F20 makes the whole bucket wait until the time that the vendor named, then tries with one call", async () => {
    const clock = virtualClock();
    const limiter = createLimiter({ definition: burst(100), clock });
    const began = clock.now();
    const sent: number[] = [];
    let refusing = true;
    const call = async (): Promise<void> => {
      const again = await limiter.run({}, async (ticket) => {
        sent.push(clock.now() - began);
        await clock.sleep(50);
        if (refusing) {
          refusing = false;
          ticket.limited({ retryAfterMs: 5_000 });
          return true;
        }
        ticket.accepted();
        return false;
      });
      if (again) await call();
    };
    await clock.run(
      (async () => {
        await Promise.all([call(), clock.sleep(60).then(() => Promise.all([call(), call(), call()]))]);
      })(),
    );
    expect(sent).toEqual([0, 5_050, 5_100, 5_100, 5_100]);
  });

  it("F21 waits longer after each refusal without a time, at random, up to a cap", async () => {
    const clock = virtualClock();
    // The upper end of the jitter.
    const limiter = createLimiter({ definition: burst(100), clock, random: () => 1, patienceMs: 100_000 });
    const sent: number[] = [];
    const refused = () =>
      limiter.run({}, async (ticket) => {
        sent.push(clock.now());
        ticket.limited({});
      });
    await clock.run(
      (async () => {
        for (let i = 0; i < 6; i++) await refused();
      })(),
    );
    expect(sent.slice(1).map((at, i) => at - (sent[i] ?? 0))).toEqual([1_000, 2_000, 4_000, 8_000, 16_000]);
  });

  it("F22 gives up for everybody who waits once the vendor refuses without end", async () => {
    const clock = virtualClock();
    let calls = 0;
    const limiter = createLimiter({ definition: burst(100), clock, random: () => 0.5 });
    const stubborn = async (): Promise<void> => {
      for (;;) {
        await limiter.run({}, async (ticket) => {
          calls++;
          await clock.sleep(50);
          ticket.limited({});
        });
      }
    };
    const outcomes = await clock.run(Promise.allSettled(Array.from({ length: 20 }, stubborn)));
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ status: "rejected", reason: { code: "rate_limited" } });
    }
    // Ten went out before the first refusal; after it, one at a time.
    expect(calls).toBeLessThanOrEqual(10 + 6);
  });

  it("lets a waiting call be stopped", async () => {
    const clock = virtualClock();
    const limiter = createLimiter({ definition: burst(1), clock });
    const stop = new AbortController();
    await clock.run(limiter.run({}, async () => {}));
    const waiting = limiter.run({ signal: stop.signal }, async () => {});
    stop.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
  });
});
