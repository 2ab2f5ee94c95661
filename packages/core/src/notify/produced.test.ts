import { describe, expect, it } from "vitest";
import { acme, people } from "../../test/acme.ts";
import { orgId, bench as syncBench } from "../../test/harness.ts";
import { Board, day, hour, minute, notifyBench, start } from "../../test/notify-bench.ts";
import { VendorError } from "../errors.ts";
import { createNotifications } from "../halo/notify-service.ts";
import { defineStream } from "../index.ts";
import { afterFailure } from "../sync/failure.ts";
import { noteUnanswered } from "./knowledge-gaps.ts";
import { notifySlice } from "./notify-slice.ts";

const schedule = { frequency: "daily", at: "09:00", timeZone: "Europe/Berlin" } as const;
const digests = async (bench: Awaited<ReturnType<typeof notifyBench>>) =>
  bench.host.sent.map(({ event }) => event.data as { from: string; to: string });

describe("a digest", () => {
  it("tells of its span, once a slot, to its own subscription", async () => {
    const bench = await notifyBench();
    const one = { type: "digest", schedule } as const;
    await bench.subscribe({ ...one, target: "a" });
    await bench.subscribe({ ...one, target: "b", schedule: { ...schedule, at: "18:00" } });
    await bench.clock.advance(1);
    for (let at = 0; at < 3; at++) await bench.raise();
    for (let at = 0; at < 2; at++)
      await noteUnanswered(bench.engine, { orgId: "org-1", query: "How do I reset a printer?" });
    // Friday noon to Saturday noon: 18:00 and 09:00 in Berlin.
    await bench.pass(day, 10 * minute);
    expect(bench.host.sent.map(({ target }) => target)).toEqual(["b", "a"]);
    expect(bench.host.sent[1]?.message).toMatchObject({
      title: "What happened in the last day",
      body: "3 × new ticket\nAsked 2 times without an answer: How do I reset a printer?",
    });
    expect((await digests(bench)).map(({ to }) => to)).toEqual([
      "2026-03-06T17:00:00.000Z",
      "2026-03-07T08:00:00.000Z",
    ]);
    await bench.pass(day, 10 * minute);
    const [, first, , second] = await digests(bench);
    expect(second?.from).toBe(first?.to);
    expect(bench.host.sent).toHaveLength(4);
    expect(bench.host.sent[3]?.message.body).toBe("Nothing that anybody was told of.");
  });

  it("F87 is made once after a downtime, and tells of all of it", async () => {
    const bench = await notifyBench();
    await bench.subscribe({ type: "digest", schedule });
    await bench.settle();
    await bench.pass(day, hour);
    expect(bench.host.sent).toHaveLength(1);
    await bench.clock.advance(3 * day + 5 * hour);
    await bench.settle();
    expect(await digests(bench)).toMatchObject([
      {},
      { from: "2026-03-07T08:00:00.000Z", to: "2026-03-10T08:00:00.000Z" },
    ]);
  });

  it("F88 is made once by two workers that find it due at the same time", async () => {
    const bench = await notifyBench();
    await bench.subscribe({ type: "digest", schedule });
    await bench.clock.advance(day);
    await Promise.all([bench.slice(), bench.slice(), bench.slice()]);
    await bench.settle();
    expect(bench.host.sent).toHaveLength(1);
  });

  it("F86 is neither made twice nor left out when the clock is set back by an hour", async () => {
    const bench = await notifyBench({ at: start + 20 * hour + minute });
    const made = await bench.subscribe({ type: "digest", schedule });
    await bench.storage.notifications.changeSubscription("org-1", made.id, { updatedAt: new Date(start) });
    await bench.pass(day, hour);
    const before = bench.host.sent.length;
    const behind = { ...bench.engine, clock: { ...bench.clock, now: () => bench.clock.now() - hour } };
    await bench.storage.leases.wake([{ kind: "notify", orgId: "org-1", subject: "org-1" }]);
    await bench.slice("org-1", (_, slice) => notifySlice(behind, slice));
    await bench.settle();
    expect(bench.host.sent).toHaveLength(before);
    expect(before).toBe(1);
  });

  it("F85 comes once on the days on which the clock changes", async () => {
    for (const [from, expected] of [
      ["2026-03-28T12:00:00Z", "2026-03-29T01:30:00.000Z"],
      ["2026-10-24T12:00:00Z", "2026-10-25T00:30:00.000Z"],
    ] as const) {
      const bench = await notifyBench({ at: Date.parse(from) });
      await bench.subscribe({ type: "digest", schedule: { ...schedule, at: "02:30" } });
      await bench.pass(24 * hour, 10 * minute);
      expect((await digests(bench)).map(({ to }) => to)).toEqual([expected]);
    }
  });
});

describe("a knowledge gap", () => {
  const ask = (bench: Awaited<ReturnType<typeof notifyBench>>, query: string, agentId?: string) =>
    noteUnanswered(bench.engine, { orgId: "org-1", query, agentId });

  it("is told when one question was asked often enough in whatever words, once a window", async () => {
    const bench = await notifyBench();
    await bench.subscribe({ type: "knowledge_gap" });
    await ask(bench, "How do I reset my printer password?");
    await ask(bench, "Where is the invoice archive?");
    await ask(bench, "printer password reset", "agent-1");
    await bench.settle();
    expect(bench.host.sent).toEqual([]);
    await ask(bench, "Resetting the password of printers", "agent-1");
    await bench.settle();
    expect(bench.host.sent).toMatchObject([
      {
        message: { title: "Asked 3 times without an answer: How do I reset my printer password?" },
        event: { data: { times: 3, windowDays: 7, agentId: "agent-1" } },
      },
    ]);
    for (let at = 0; at < 5; at++) await ask(bench, "reset printer password");
    await bench.pass(hour);
    expect(bench.host.sent).toHaveLength(1);
    await bench.pass(8 * day, hour * 6);
    for (let at = 0; at < 3; at++) await ask(bench, "reset printer password");
    await bench.settle();
    expect(bench.host.sent.at(-1)?.event.data).toMatchObject({ times: 3 });
    expect(bench.host.sent).toHaveLength(2);
  });

  it("counts what lies in its window only, and questions that share too little are others", async () => {
    const bench = await notifyBench();
    await bench.subscribe({ type: "knowledge_gap" });
    for (const query of ["reset printer password", "reset printer password"]) await ask(bench, query);
    await bench.pass(8 * day, day);
    await ask(bench, "reset printer password");
    for (const query of ["reset router", "printer paper", "password policy length", "printer colours"])
      await ask(bench, query);
    await bench.settle();
    expect(bench.host.sent).toEqual([]);
  });

  it("refuses a question without words", async () => {
    const bench = await notifyBench();
    for (const query of ["", "???", "the of and"])
      await expect(ask(bench, query)).rejects.toMatchObject({ code: "input_invalid" });
  });

  it("is noted by a search of an agent's that finds nothing, and not by one of a person's", async () => {
    const { createKnowledge } = await import("../halo/knowledge-service.ts");
    const bench = await notifyBench({ engine: { embedder: undefined } });
    const knowledge = createKnowledge(bench.engine, await import("../halo/learning-service.ts"));
    const request = { orgId: "org-1", query: "reset printer", scope: { kind: "general" } } as const;
    expect(await knowledge.search(request)).toEqual([]);
    expect(await knowledge.search({ ...request, query: "?!", agentId: "agent-1" })).toEqual([]);
    for (let at = 0; at < 3; at++) await knowledge.search({ ...request, agentId: "agent-1" });
    await bench.subscribe({ type: "knowledge_gap" });
    await bench.settle();
    expect(bench.host.sent).toMatchObject([{ event: { data: { times: 3, agentId: "agent-1" } } }]);
  });
});

/** The made-up vendor, whose new people are told of. */
const telling = acme({
  modes: { ingest: true, actions: true, notifications: true },
  streams: [
    defineStream({
      ...people,
      notification: (person) => {
        const { email, id, name } = person as { id: string; email: string | null; name: string };
        if (name === "Silent") return undefined;
        if (name === "Broken") throw new Error("a definition's mistake");
        const event = {
          kind: name === "Wrong" ? "" : "email",
          engagementId: id,
          contact: { email: email ?? undefined },
        };
        return { type: "new_hubspot_engagement", event };
      },
    }),
  ],
});

describe("a new record", () => {
  const raised = async (world: Awaited<ReturnType<typeof syncBench>>) => {
    const facts = await world.storage.notifications.digestFacts(orgId, {
      from: new Date(0),
      to: new Date(9e12),
    });
    return facts.notifications.find(({ type }) => type === "new_hubspot_engagement")?.count ?? 0;
  };

  it("is told of by an incremental pull, once, and never by a backfill or a full resync", async () => {
    const world = await syncBench({ people: 20, integration: telling });
    const { id } = await world.connection();
    await world.storage.connections.change(orgId, id, { modes: { notifications: true } });
    await world.start({ mode: "backfill" });
    await world.settle();
    expect(await raised(world)).toBe(0);
    world.vendor.put({ id: "00100" });
    world.vendor.put({ id: "00101", name: "Silent" });
    world.vendor.put({ id: "00102", name: "Broken" });
    world.vendor.put({ id: "00103", name: "Wrong" });
    world.vendor.put({ id: "00001", note: "changed, and not new" });
    await world.start({ mode: "incremental" });
    await world.settle();
    expect(await raised(world)).toBe(1);
    expect((await world.rows()).has("00102")).toBe(true);
    world.vendor.put({ id: "00100", note: "changed" });
    await world.start({ mode: "catch_up" });
    await world.settle();
    await world.start({ mode: "full_resync" });
    await world.settle();
    expect(await raised(world)).toBe(1);
  });

  it("is told of by nobody while the connection's notifications are off", async () => {
    const world = await syncBench({ people: 3, integration: telling });
    await world.start({ mode: "backfill" });
    await world.settle();
    world.vendor.put({ id: "00100" });
    await world.start({ mode: "incremental" });
    await world.settle();
    expect(await raised(world)).toBe(0);
    const { id } = await world.connection();
    await world.storage.connections.change(orgId, id, { modes: { notifications: true } });
    await world.start({ mode: "catch_up" });
    await world.settle();
    expect(await raised(world)).toBe(0);
  });
});

describe("a sync's failure", () => {
  it("is told at once, once until the stream succeeds again, and so is that it recovered", async () => {
    const board = new Board("board", Date.now);
    const notify = { sinks: new Map([["board", board]]), gapThreshold: 3, gapWindowMs: day };
    const world = await syncBench({ people: 3, engine: { notify } });
    await createNotifications(world.engine).subscribe({
      orgId,
      type: "sync_error",
      sink: "board",
      target: "room",
      filter: { field: "direction", operator: "is", value: "incoming" },
    });
    const run = async (fails: boolean) => {
      world.vendor.before = () => {
        if (fails) throw new VendorError("The vendor refused it.", { status: 403, reason: "forbidden" });
      };
      await world.start({ mode: "incremental" });
      await world.settle();
      // What was raised last may still be on its way.
      for (let tries = 0; tries < 50 && (await waiting()); tries++) await world.settle();
    };
    const waiting = async () => {
      const { pending, sending } = await world.storage.notifications.counts(orgId, "board");
      const facts = await world.storage.notifications.digestFacts(orgId, all);
      return pending + sending > 0 || (facts.notifications[0]?.count ?? 0) > board.sent.length;
    };
    for (const fails of [false, true, true, false, false, true]) await run(fails);
    expect(board.titles).toEqual([
      "Sync failed: Acme, people",
      "Recovered: Acme, people",
      "Sync failed: Acme, people",
    ]);
    expect(board.sent[0]?.message).toMatchObject({ body: "The vendor refused it." });
    const facts = await world.storage.notifications.digestFacts(orgId, all);
    expect(facts.failedSyncs).toMatchObject([{ stream: "people", failures: 3, code: "vendor_failed" }]);
  });

  it("that only waits for the vendor is told after five in a row", async () => {
    const world = await syncBench({ people: 3 });
    const [run] = await world.start({ mode: "incremental" });
    const connection = await world.connection();
    const [lease] = await world.storage.leases.claim({
      holder: "h",
      limit: 1,
      ttlMs: 60_000,
      kinds: ["run"],
    });
    if (!lease || !run) throw new Error("no run");
    const slice = { lease, signal: new AbortController().signal, ending: () => false, abort: () => {} };
    const down = new VendorError("Down.", { retryable: true });
    const told = () =>
      world.storage.notifications.wasRaised(orgId, "sync_error", `failed:${connection.id}:people:never`);
    for (let failures = 1; failures <= 5; failures++) {
      expect(await told()).toBe(false);
      await afterFailure(world.engine, slice, run, connection, down);
    }
    expect(await told()).toBe(true);
  });
});

const all = { from: new Date(0), to: new Date(9e12) };
