import { describe, expect, it } from "vitest";
import { hour, minute, notifyBench, second, ticket } from "../../test/notify-bench.ts";
import { ValidationError } from "../errors.ts";

describe("a subscription", () => {
  it.each([
    ["a sink that nobody gave", { sink: "nowhere" }, "sink"],
    ["an integration that is no sink", { sink: "acme" }, "sink"],
    ["an empty target", { target: "" }, "target"],
    [
      "a filter over fields that the type lacks",
      { filter: { field: "nothing", operator: "is", value: 1 } },
      "filter.field",
    ],
    ["a cool-down without end", { coolDownMs: 31 * 24 * hour }, "coolDownMs"],
    [
      "a schedule for what is no digest",
      { schedule: { frequency: "daily", at: "09:00", timeZone: "UTC" } },
      "schedule",
    ],
    ["a digest without a schedule", { type: "digest" }, "schedule"],
    [
      "a time that is none",
      { type: "digest", schedule: { frequency: "daily", at: "24:00", timeZone: "UTC" } },
      "schedule.at",
    ],
    [
      "a time zone that is none",
      { type: "digest", schedule: { frequency: "daily", at: "09:00", timeZone: "Mars/Base" } },
      "schedule.timeZone",
    ],
    [
      "a weekday of a daily one",
      { type: "digest", schedule: { frequency: "daily", at: "09:00", timeZone: "UTC", weekday: 1 } },
      "schedule.weekday",
    ],
    ["a connection for a sink of the host's", { connectionId: "c-1" }, "connectionId"],
    ["a connection that the org does not have", { sink: "chat", connectionId: "nobodys" }, "id"],
    ["a field that nobody knows", { colour: "red" }, "colour"],
  ])("is refused with %s", async (_, wrong, path) => {
    const bench = await notifyBench();
    await expect(bench.subscribe(wrong as never)).rejects.toMatchObject({ path });
    expect(await bench.service.list("org-1")).toEqual([]);
  });

  it("is refused with a connection of another integration, and with a target that the sink refuses", async () => {
    const bench = await notifyBench();
    const connectionId = await bench.connect("acme");
    await expect(bench.subscribe({ sink: "chat", connectionId })).rejects.toMatchObject({
      path: "connectionId",
    });
    Object.assign(bench.host, {
      checkTarget: () => {
        throw new ValidationError("No.", { path: "target", reason: "no room" });
      },
    });
    await expect(bench.subscribe()).rejects.toMatchObject({ path: "target" });
  });

  it("lets through what its filter wants, and the rest reaches others", async () => {
    const bench = await notifyBench();
    await bench.subscribe({
      target: "urgent",
      filter: { field: "priority", operator: "at_least", value: "high" },
    });
    await bench.subscribe({ target: "all" });
    await bench.raise({ event: ticket({ subject: "a", priority: "low" }) });
    await bench.raise({ event: ticket({ subject: "b", priority: "urgent" }) });
    await bench.settle();
    const at = (target: string) =>
      bench.host.sent.filter((one) => one.target === target).map(({ message }) => message.title);
    expect(at("urgent")).toEqual(["New ticket: b"]);
    expect(at("all")).toEqual(["New ticket: a", "New ticket: b"]);
  });

  it("holds back what comes within its cool-down, of the same subject, and counts it in the next", async () => {
    const bench = await notifyBench();
    await bench.subscribe({ coolDownMs: hour });
    const raise = (subject: string, company: string) => bench.raise({ event: ticket({ subject, company }) });
    await raise("1", "Acme");
    await bench.settle();
    for (const subject of ["2", "3", "4", "5"]) await raise(subject, "Acme");
    await raise("other", "Umbrella");
    await bench.pass(30 * minute);
    expect(bench.host.titles).toEqual(["New ticket: 1", "New ticket: other"]);
    await bench.pass(31 * minute);
    expect(bench.host.sent).toHaveLength(2);
    await raise("6", "Acme");
    await bench.settle();
    expect(bench.host.sent.at(-1)?.message).toMatchObject({ title: "New ticket: 6", footer: "and 4 more" });
    expect((await bench.statuses()).filter((status) => status === "suppressed cool_down")).toHaveLength(4);
    await bench.pass(2 * hour, 10 * minute);
    await raise("7", "Acme");
    await bench.settle();
    expect(bench.host.sent.at(-1)?.message.footer).toBeUndefined();
  });

  it("holds back within one batch as well", async () => {
    const bench = await notifyBench();
    await bench.subscribe({ coolDownMs: hour });
    for (const subject of ["1", "2", "3"]) await bench.raise({ event: ticket({ subject, company: "Acme" }) });
    await bench.settle();
    expect(bench.host.titles).toEqual(["New ticket: 1"]);
  });

  it("that ended or was turned off is told nothing more, also of what waited for it", async () => {
    const bench = await notifyBench();
    bench.host.targetIntervalMs = minute;
    const one = await bench.subscribe({ target: "a" });
    const two = await bench.subscribe({ target: "b" });
    await bench.raise();
    await bench.raise();
    await bench.slice();
    await bench.service.unsubscribe("org-1", one.id);
    await bench.service.update("org-1", two.id, { enabled: false });
    await bench.raise();
    await bench.pass(10 * minute);
    expect(bench.host.sent).toHaveLength(2);
    expect((await bench.statuses()).sort()).toEqual([
      "sent",
      "sent",
      "suppressed unsubscribed",
      "suppressed unsubscribed",
    ]);
    await bench.service.update("org-1", two.id, { enabled: true });
    await bench.raise();
    await bench.pass(2 * minute);
    expect(bench.host.sent).toHaveLength(3);
  });
});

describe("sending to many", () => {
  it("keeps a second between two messages to one target, over slices and workers, and none between targets", async () => {
    const bench = await notifyBench();
    await bench.connect("chat");
    for (const target of ["C1", "C2"]) await bench.subscribe({ sink: "chat", target });
    for (let at = 0; at < 12; at++) await bench.raise();
    await bench.pass(30 * second, second / 4);
    for (const target of ["C1", "C2"]) {
      const times = bench.chat.sent.filter((one) => one.target === target).map(({ time }) => time);
      expect(times).toHaveLength(12);
      for (const [at, time] of times.slice(1).entries())
        expect(time - (times[at] ?? 0)).toBeGreaterThanOrEqual(second);
    }
    const first = (target: string) => bench.chat.sent.find((one) => one.target === target)?.time ?? 0;
    expect(Math.abs(first("C1") - first("C2"))).toBeLessThan(second);
  });

  it("keeps it between the sendings, however long the store takes to note that an attempt was begun", async () => {
    let calls = 0;
    const bench = await notifyBench({
      storage: (inner) => ({
        ...inner,
        notifications: {
          ...inner.notifications,
          begin: async (lease, id, at) => {
            await inner.notifications.begin(lease, id, at);
            if (calls++ % 2 === 0) await bench.clock.sleep(900);
          },
        },
      }),
    });
    await bench.connect("chat");
    await bench.subscribe({ sink: "chat", target: "C1" });
    // Each wakes a worker, who knows of the last attempt from the store alone.
    for (let at = 0; at < 20; at++) {
      await bench.raise();
      await bench.pass(second / 5, second / 5);
    }
    await bench.pass(minute, second / 4);
    const times = bench.chat.sent.map(({ time }) => time);
    expect(times).toHaveLength(20);
    for (const [at, time] of times.slice(1).entries())
      expect(time - (times[at] ?? 0)).toBeGreaterThanOrEqual(second);
  });

  it("T46 an org with a flood lets go after some seconds, so that others have their turn", async () => {
    const bench = await notifyBench();
    await bench.connect("chat");
    await bench.subscribe({ sink: "chat", target: "C1" });
    for (let at = 0; at < 50; at++) await bench.raise();
    const began = bench.clock.now();
    expect(await bench.slice()).toBe(true);
    expect(bench.clock.now() - began).toBeLessThanOrEqual(6 * second);
    expect(bench.chat.sent.length).toBeGreaterThan(3);
    expect(bench.chat.sent.length).toBeLessThan(10);
    await bench.pass(2 * minute, second);
    expect(bench.chat.sent).toHaveLength(50);
  });

  it("routes more than a batch at once", async () => {
    const bench = await notifyBench();
    await bench.subscribe();
    for (let at = 0; at < 250; at++)
      await bench.raise({ key: String(at).padStart(4, "0"), event: ticket({ subject: String(at) }) });
    await bench.settle();
    expect(bench.host.titles).toEqual(Array.from({ length: 250 }, (_, at) => `New ticket: ${at}`));
  });
});
