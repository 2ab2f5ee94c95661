import { describe, expect, it } from "vitest";
import { hour, minute, notifyBench, second, ticket } from "../../test/notify-bench.ts";
import { RateLimitError, ValidationError, VendorError } from "../errors.ts";

describe("halo.notify", () => {
  it("tells whoever subscribed to the type, and nobody else", async () => {
    const bench = await notifyBench();
    await bench.subscribe({ target: "tickets" });
    await bench.subscribe({ target: "escalations", type: "escalation" });
    expect(await bench.raise()).toBe(true);
    await bench.settle();
    expect(bench.host.sent).toMatchObject([
      { target: "tickets", repeated: false, message: { title: "New ticket: Printer on fire" } },
    ]);
    expect(await bench.statuses()).toEqual(["sent"]);
  });

  it("notifies once for a key, however often it is given", async () => {
    const bench = await notifyBench();
    await bench.subscribe();
    expect(await bench.raise({ key: "k" })).toBe(true);
    expect(await bench.raise({ key: "k" })).toBe(false);
    await bench.settle();
    expect(await bench.raise({ key: "k", event: ticket({ subject: "Another" }) })).toBe(false);
    await bench.settle();
    expect(bench.host.titles).toEqual(["New ticket: Printer on fire"]);
  });

  it.each([
    ["an unknown type", { type: "new_thing" }, "type"],
    ["a digest, which is made", { type: "digest", event: {} }, "type"],
    ["an event without what it needs", { event: { subject: "x" } }, "event.ticketId"],
    ["a field that the type does not have", { event: { ...ticket(), secret: 1 } }, "event"],
    ["a text that is too long", { event: ticket({ subject: "x".repeat(301) }) }, "event.subject"],
    ["a link that runs something", { event: ticket({ url: "javascript:alert(1)" }) }, "event.url"],
    ["an empty key", { key: "" }, "key"],
    ["a key that no store takes", { key: "a\0b" }, "key"],
    ["a connection that the org does not have", { connectionId: "nobodys" }, "id"],
  ])("refuses %s", async (_, wrong, path) => {
    const bench = await notifyBench();
    await expect(bench.raise(wrong as never)).rejects.toMatchObject({ path });
    expect(
      await bench.storage.notifications.digestFacts("org-1", { from: new Date(0), to: new Date(9e12) }),
    ).toMatchObject({ notifications: [] });
  });

  it("tells the host what was raised, sent and given up on, and survives listeners that throw", async () => {
    const bench = await notifyBench();
    const heard: string[] = [];
    for (const name of ["notification.raised", "notification.sent", "notification.failed"] as const)
      bench.engine.events.on(name, () => {
        heard.push(name);
        throw new Error("a host's mistake");
      });
    await bench.subscribe();
    await bench.raise();
    await bench.settle();
    bench.host.before = () => {
      throw new ValidationError("No.", { path: "target", reason: "gone" });
    };
    await bench.raise();
    await bench.settle();
    expect(heard).toEqual([
      "notification.raised",
      "notification.sent",
      "notification.raised",
      "notification.failed",
      // That a message was given up on is itself told, to whoever wants to hear of it.
      "notification.raised",
    ]);
  });
});

describe("sending", () => {
  it("F15 a message whose sender died between sending and settling is looked for, and arrives once", async () => {
    const bench = await notifyBench();
    await bench.subscribe({ sink: "findable" });
    await bench.raise();
    bench.findable.after = () => new Promise(() => {});
    await crash(bench);
    bench.findable.after = () => {};
    await bench.pass(minute);
    expect(bench.findable.sent).toHaveLength(1);
    expect(bench.findable.looks).toBe(1);
    expect(await bench.service.deliveries.list("org-1")).toMatchObject([{ status: "sent", ref: "m-1" }]);
  });

  it("F15 where the sink cannot be searched it is sent again, and says so", async () => {
    const bench = await notifyBench();
    await bench.subscribe();
    await bench.raise();
    bench.host.after = () => new Promise(() => {});
    await crash(bench);
    bench.host.after = () => {};
    await bench.pass(minute);
    expect(bench.host.sent.map(({ deliveryKey, repeated }) => [deliveryKey, repeated])).toEqual([
      [bench.host.sent[0]?.deliveryKey, false],
      [bench.host.sent[0]?.deliveryKey, true],
    ]);
    expect(await bench.statuses()).toEqual(["sent"]);
  });

  it("F15 a message whose sender died before sending is sent once", async () => {
    const bench = await notifyBench();
    await bench.subscribe({ sink: "findable" });
    await bench.raise();
    bench.findable.before = () => new Promise(() => {});
    await crash(bench);
    bench.findable.before = () => {};
    await bench.pass(minute);
    expect(bench.findable.sent).toHaveLength(1);
  });

  it("F78 while a sink is down the outbox keeps all, in order, and other sinks go on", async () => {
    const bench = await notifyBench();
    await bench.subscribe({ target: "down" });
    await bench.subscribe({ sink: "findable", target: "up" });
    bench.host.before = () => {
      throw new VendorError("Down.", { retryable: true, status: 503 });
    };
    for (let at = 0; at < 5; at++) await bench.raise({ event: ticket({ subject: `No. ${at}` }) });
    await bench.pass(10 * hour, 10 * minute);
    expect(bench.findable.titles).toEqual([0, 1, 2, 3, 4].map((at) => `New ticket: No. ${at}`));
    expect(bench.host.sent).toEqual([]);
    bench.host.before = () => {};
    await bench.pass(hour);
    expect([...bench.host.titles].sort()).toEqual([0, 1, 2, 3, 4].map((at) => `New ticket: No. ${at}`));
    expect(await bench.statuses()).toEqual(Array(10).fill("sent"));
  });

  it("keeps the order of a target while its first message is tried again", async () => {
    const bench = await notifyBench();
    await bench.subscribe();
    let failures = 2;
    bench.host.before = () => {
      if (failures-- > 0) throw new VendorError("Down.", { retryable: true });
    };
    await bench.raise({ event: ticket({ subject: "first" }) });
    await bench.raise({ event: ticket({ subject: "second" }) });
    await bench.pass(minute, second);
    expect(bench.host.titles).toEqual(["New ticket: first", "New ticket: second"]);
  });

  it("waits as long as a sink asks, and does not count that as a failure", async () => {
    const bench = await notifyBench();
    await bench.subscribe();
    const retryAt = bench.clock.now() + 2 * hour;
    bench.host.before = () => {
      if (bench.clock.now() < retryAt) throw new RateLimitError("Slow down.", { retryAt });
    };
    await bench.raise();
    await bench.settle();
    expect(await bench.service.deliveries.list("org-1")).toMatchObject([
      { status: "pending", attempts: 0, reason: "rate_limited", nextAttemptAt: new Date(retryAt) },
    ]);
    await bench.pass(3 * hour, 10 * minute);
    expect(bench.host.sent).toMatchObject([{ repeated: false }]);
    expect(bench.host.sent[0]?.time).toBeGreaterThanOrEqual(retryAt);
  });
});

/** Works until the sink hangs, and leaves the lease to run out, as a killed process does. */
async function crash(bench: Awaited<ReturnType<typeof notifyBench>>): Promise<void> {
  const { clock, engine, storage } = bench;
  const [lease] = await storage.leases.claim({
    holder: "killed",
    limit: 1,
    ttlMs: engine.leaseMs,
    kinds: ["notify"],
  });
  if (!lease) throw new Error("nothing to crash");
  const stuck = { lease, signal: new AbortController().signal, ending: () => false, abort: () => {} };
  const { notifySlice } = await import("./notify-slice.ts");
  const killed = { ...engine, clock: { ...clock, sleep: () => new Promise<void>(() => {}) } };
  void notifySlice(killed, stuck);
  await clock.advance(engine.leaseMs + second);
}
