import { describe, expect, it } from "vitest";
import { day, hour, minute, notifyBench, second } from "../../test/notify-bench.ts";
import { ValidationError, VendorError } from "../errors.ts";
import type { Connection } from "../index.ts";

const states = ["connected", "auth_error", "disconnected"] as const;
const modes = [undefined, true, false] as const;
/** Every combination: the sink's connection, its mode, the source's connection, its mode, the subscription. */
const combinations = states.flatMap((sink) =>
  modes.flatMap((sinkMode) =>
    states.flatMap((source) =>
      modes.flatMap((sourceMode) =>
        [true, false].map((on) => [sink, sinkMode, source, sourceMode, on] as const),
      ),
    ),
  ),
);

const engagement = {
  orgId: "org-1",
  type: "new_hubspot_engagement",
  key: "e-1",
  event: { kind: "email", engagementId: "1" },
} as const;

describe("the gates of notifications", () => {
  it("of an engagement: both connections' modes on, both connected, and the type subscribed", async () => {
    for (const [sink, sinkMode, source, sourceMode, on] of combinations) {
      const bench = await notifyBench();
      const modesOf = (mode: boolean | undefined) => (mode === undefined ? {} : { notifications: mode });
      await bench.connect("chat", { state: sink, modes: modesOf(sinkMode) });
      const connectionId = await bench.connect("acme", { state: source, modes: modesOf(sourceMode) });
      await bench.subscribe({ type: "new_hubspot_engagement", sink: "chat", target: "C1", enabled: on });
      await bench.notify({ ...engagement, connectionId });
      await bench.settle();
      // Whose access has lapsed gets it once it is back; it is no reason to keep silent about what came before.
      const open =
        sink === "connected" && sinkMode === true && source !== "disconnected" && sourceMode === true && on;
      const what = JSON.stringify([sink, sinkMode, source, sourceMode, on]);
      expect([what, bench.chat.sent.length]).toEqual([what, open ? 1 : 0]);
      const kept =
        sink === "auth_error" && sinkMode === true && source !== "disconnected" && sourceMode === true && on;
      const expected = open ? ["sent"] : kept ? ["pending reconnect_required"] : on ? ["suppressed"] : [];
      expect([
        what,
        (await bench.statuses()).map((one) => one.replace(/^suppressed .*/, "suppressed")),
      ]).toEqual([what, expected]);
    }
  });

  it("of other types: the sink's alone", async () => {
    for (const sourceMode of modes) {
      const bench = await notifyBench();
      await bench.connect("chat");
      const connectionId = await bench.connect("acme", {
        modes: sourceMode === undefined ? {} : { notifications: sourceMode },
      });
      await bench.subscribe({ sink: "chat", target: "C1" });
      await bench.raise({ connectionId });
      await bench.settle();
      expect(bench.chat.sent).toHaveLength(1);
    }
  });

  it("are asked at the moment of sending: a mode that is turned off counts for what waits", async () => {
    const bench = await notifyBench();
    const id = await bench.connect("chat");
    await bench.subscribe({ sink: "chat", target: "C1" });
    for (let at = 0; at < 20; at++) await bench.raise();
    await bench.slice();
    const before = bench.chat.sent.length;
    expect(before).toBeGreaterThan(0);
    await bench.storage.connections.change("org-1", id, { modes: { notifications: false } });
    await bench.pass(minute, second);
    expect(bench.chat.sent).toHaveLength(before);
    expect((await bench.statuses()).filter((one) => one === "suppressed mode_off")).toHaveLength(20 - before);
  });

  it("an engagement whose source turned its notifications off meanwhile is kept back", async () => {
    const bench = await notifyBench();
    await bench.connect("chat");
    const connectionId = await bench.connect("acme");
    await bench.subscribe({ type: "new_hubspot_engagement", sink: "chat", target: "C1" });
    await bench.notify({ ...engagement, connectionId });
    await bench.storage.connections.change("org-1", connectionId, { modes: { notifications: false } });
    await bench.settle();
    expect(await bench.statuses()).toEqual(["suppressed source_off"]);
    await expect(bench.notify({ ...engagement, key: "e-2" })).rejects.toMatchObject({ path: "connectionId" });
  });

  it("wait for a reconnect, and go to the newest connection that is connected", async () => {
    const bench = await notifyBench();
    const id = await bench.connect("chat", { state: "auth_error" });
    await bench.subscribe({ sink: "chat", target: "C1" });
    await bench.raise();
    await bench.pass(2 * hour, 10 * minute);
    expect(await bench.statuses()).toEqual(["pending reconnect_required"]);
    await bench.storage.connections.change("org-1", id, { state: "connected" } as Partial<Connection>);
    await bench.pass(10 * minute);
    expect(bench.chat.sent).toHaveLength(1);
  });
});

describe("an org with several connections to a sink", () => {
  it("is told through the one that is connected, the one named, or none", async () => {
    for (const [named, expected] of [
      [undefined, "sent"],
      ["connected", "sent"],
      ["lapsed", "pending reconnect_required"],
      ["gone", "suppressed disconnected"],
    ] as const) {
      const bench = await notifyBench();
      const connected = await bench.connect("chat");
      await bench.clock.advance(hour);
      const lapsed = await bench.connect("chat", { state: "auth_error" });
      const gone = await bench.connect("chat", { state: "disconnected" });
      const connectionId = named && { connected, lapsed, gone }[named];
      await bench.subscribe({ sink: "chat", target: "C1", connectionId });
      await bench.raise();
      await bench.settle();
      expect([named, await bench.statuses()]).toEqual([named, [expected]]);
    }
  });
});

describe("what cannot be delivered", () => {
  it("is given up on when the sink says no, with its reason, shown in the detail, and can be tried again", async () => {
    const bench = await notifyBench();
    const id = await bench.connect("chat");
    await bench.subscribe({ sink: "chat", target: "C1" });
    bench.chat.before = () => {
      throw new VendorError("No such channel.", { reason: "channel_not_found" });
    };
    await bench.raise();
    await bench.settle();
    expect(await bench.statuses()).toEqual(["dead channel_not_found"]);
    const { integrationDetail } = await import("../halo/detail.ts");
    const detail = await integrationDetail(bench.engine, "org-1", "chat", id);
    expect(detail.notifications).toMatchObject({ dead: 1 });
    expect(detail.banners).toMatchObject([{ code: "dead_notifications", level: "warning" }]);
    bench.chat.before = () => {};
    const [dead] = await bench.service.deliveries.list("org-1");
    expect(await bench.service.deliveries.retry("org-1", [dead?.id ?? ""])).toBe(1);
    await bench.pass(minute);
    expect(await bench.statuses()).toEqual(["sent"]);
  });

  it("is told once a day to whoever is told of outgoing errors, and never into itself without end", async () => {
    const bench = await notifyBench();
    await bench.subscribe({ target: "gone" });
    await bench.subscribe({ type: "sync_error", target: "gone" });
    await bench.subscribe({
      type: "sync_error",
      sink: "findable",
      filter: { field: "direction", operator: "is", value: "outgoing" },
    });
    bench.host.before = () => {
      throw new ValidationError("No.", { path: "target", reason: "gone" });
    };
    for (let at = 0; at < 5; at++) await bench.raise();
    await bench.pass(hour, 10 * minute);
    expect(bench.findable.sent).toMatchObject([
      {
        message: { title: "Not delivered: board, new ticket" },
        event: { data: { direction: "outgoing", code: "gone" } },
      },
    ]);
    expect((await bench.statuses()).sort()).toEqual([...Array(6).fill("dead gone"), "sent"]);
    await bench.pass(day, hour);
    await bench.raise();
    await bench.settle();
    expect(bench.findable.sent).toHaveLength(2);
  });

  it("is given up on after three days, and not before", async () => {
    const bench = await notifyBench();
    await bench.subscribe();
    bench.host.before = () => {
      throw new Error("a host's own mistake: secret");
    };
    await bench.raise();
    await bench.settle();
    await bench.pass(3 * day - hour, hour);
    expect(await bench.statuses()).toEqual(["sending sink_failed"]);
    await bench.pass(2 * hour, hour);
    expect(await bench.statuses()).toEqual(["dead sink_failed"]);
  });

  it("is left behind when its sink does not answer, and tried again as one that may have arrived", async () => {
    const bench = await notifyBench();
    await bench.subscribe();
    bench.host.before = () => new Promise(() => {});
    await bench.raise();
    await bench.settle();
    expect(await bench.statuses()).toEqual(["sending vendor_timeout"]);
    bench.host.before = () => {};
    await bench.pass(minute);
    expect(bench.host.sent).toMatchObject([{ repeated: true }]);
  });

  it("is left to a person where it can not be found out whether it arrived", async () => {
    const bench = await notifyBench();
    await bench.subscribe({ sink: "findable" });
    bench.findable.after = () => {
      throw new VendorError("Lost.", { code: "vendor_timeout" });
    };
    bench.findable.find = async () => {
      throw new VendorError("Not allowed to look.", { reason: "missing_scope" });
    };
    await bench.raise();
    await bench.settle();
    await bench.pass(minute);
    expect(await bench.statuses()).toEqual(["dead outcome_unknown"]);
    expect(bench.findable.sent).toHaveLength(1);
  });
});

describe("an action that failed at the vendor", () => {
  it("is told once to whoever is told of outgoing errors; what never reached it is not", async () => {
    const { tellEnd } = await import("../actions/record.ts");
    const bench = await notifyBench();
    await bench.subscribe({
      type: "sync_error",
      filter: { field: "direction", operator: "is", value: "outgoing" },
    });
    const call = { orgId: "org-1", id: "call-1", integration: "acme", action: "create_deal", attempts: 1 };
    const error = { code: "vendor_failed", message: "It failed." };
    for (const like of [
      { ...call, id: "call-0", attempts: 0, state: "failed", error },
      { ...call, id: "call-0", attempts: 1, state: "succeeded" },
      { ...call, id: "call-0", attempts: 1, state: "refused", error },
      { ...call, state: "failed", error },
      { ...call, state: "failed", error },
      { ...call, id: "call-2", state: "outcome_unknown", error: undefined },
    ])
      tellEnd(bench.engine, like as never);
    await bench.clock.advance(second);
    await bench.settle();
    expect(bench.host.sent.map(({ event }) => event.data)).toMatchObject([
      { direction: "outgoing", source: "Acme", what: "create_deal", code: "vendor_failed" },
      { direction: "outgoing", source: "Acme", what: "create_deal", code: "outcome_unknown" },
    ]);
  });
});
