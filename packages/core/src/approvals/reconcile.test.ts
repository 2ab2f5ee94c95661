import { beforeAll, describe, expect, it } from "vitest";
import { agentId, desk, deskActions, orgId, refund, warm } from "../../test/acme-actions.ts";
import { approvalWorld, hourMs } from "../../test/approval-world.ts";
import { tamper } from "../../test/harness.ts";
import type { Engine } from "../engine/engine.ts";
import {
  type ActionCall,
  type AnyAction,
  ConflictError,
  type HaloOptions,
  type Json,
  StorageError,
  VendorError,
} from "../index.ts";
import { memoryStorage } from "../memory/index.ts";
import { connectionOf } from "../testing/connection-of.ts";
import { fakeClock } from "../testing/fake-clock.ts";
import { lookFor } from "./reconcile.ts";

beforeAll(warm);

const minuteMs = 60_000;
type Found = { state: "present"; output: Json } | { state: "absent" } | { state: "unknown" };

/** A refund of which nobody could tell what became, and a vendor that answers a look as a test says. */
async function unknown(options: Partial<HaloOptions> = {}, before = async () => {}) {
  const looks: { at: number; context: object }[] = [];
  const vendor: { answer: () => Found } = {
    answer: () => {
      throw new VendorError("away", { retryable: false });
    },
  };
  let now = () => 0;
  const again = {
    ...refund.again,
    find: async (context: object) => {
      looks.push({ at: now(), context });
      return vendor.answer();
    },
  } as NonNullable<typeof refund.again>;
  const looking = { ...refund, again } as typeof refund;
  const logged: [message: string, fields?: object][] = [];
  const log = (message: string, fields: { readonly kind?: unknown } = {}) => {
    // A desk syncs nothing: what its schedule says is not looked at here.
    if (fields.kind !== "schedule") logged.push([message, fields]);
  };
  const world = await approvalWorld({
    integrations: [desk({ actions: [...deskActions.slice(0, -1), looking] })],
    logger: { debug: () => {}, info: () => {}, warn: log, error: log },
    ...options,
  });
  now = world.clock.now;
  const config = { most: 5_000 };
  await world.halo.agents.setAction({ orgId, agentId, action: "refund", enabled: true, config });
  const view = await world.propose();
  await world.clock.advance(3 * hourMs);
  await world.approve(view);
  world.desk.faults = ["lost", "503", "503", "503"];
  await world.work(world.halo, 50_000);
  const call = await world.halo.actions.calls.get(orgId, view.id);
  expect(call).toMatchObject({ state: "outcome_unknown" });
  await before();
  looks.length = 0;
  logged.length = 0;
  return { ...world, call, endedMs: call.endedAt?.getTime() ?? 0, logged, looks, vendor };
}

describe("A10 a worker that looks for what became of a call", () => {
  it("does so a minute after it ended, with what was executed, and as the agent is configured", async () => {
    const world = await unknown();
    world.vendor.answer = () => ({ state: "present", output: { id: "re_1" } });
    await world.work(world.halo, 2 * minuteMs);
    expect(world.looks).toHaveLength(1);
    const [{ at, context } = { at: 0, context: {} }] = world.looks;
    expect(at - world.endedMs).toBeGreaterThanOrEqual(minuteMs);
    expect(at - world.endedMs).toBeLessThan(minuteMs + 5_000);
    expect(context).toMatchObject({
      input: { amount: 1_250 },
      config: { most: 5_000 },
      subject: { email: "ada@example.com" },
      effectKey: world.call.id,
      at: world.call.startedAt,
      attemptedAt: world.call.endedAt,
    });
  });

  it("writes down what it found, in its own name", async () => {
    const world = await unknown();
    world.vendor.answer = () => ({ state: "present", output: { id: "re_1" } });
    await world.work(world.halo, 2 * minuteMs);
    expect(await world.now(world.call.id)).toMatchObject({
      state: "reconciled",
      output: { id: "re_1" },
      error: undefined,
    });
    const [last] = (await world.halo.actions.calls.audit(orgId, world.call.id)).slice(-1);
    const actor = { kind: "engine", id: expect.stringMatching(/^[0-9a-f-]{36}$/) };
    expect(last).toMatchObject({ to: "reconciled", actor, note: "it happened" });
    const event = world.told.at(-1);
    expect(event).toMatchObject({ name: "reconciled", callId: world.call.id });
    expect(event?.["by"]).toBeUndefined();
  });

  it("writes down that it did not happen, and what to do then", async () => {
    const world = await unknown();
    world.vendor.answer = () => ({ state: "absent" });
    await world.work(world.halo, 2 * minuteMs);
    expect(await world.now(world.call.id)).toMatchObject({
      state: "reconciled",
      output: undefined,
      error: {
        code: "vendor_failed",
        message: "It was looked for at the vendor, and it did not happen: propose it anew.",
      },
    });
  });

  it("looks again later where the vendor could not tell, and says in the log why", async () => {
    const world = await unknown();
    await world.work(world.halo, 2 * minuteMs);
    const message = "What became of an action could not be looked up";
    expect(world.logged).toEqual([[message, { call: world.call.id, code: "vendor_failed" }]]);
    await world.work(world.halo, 5 * minuteMs);
    expect(world.looks.map(({ at }) => Math.floor((at - world.endedMs) / minuteMs))).toEqual([1, 6]);
    expect((await world.now(world.call.id)).state).toBe("outcome_unknown");
  });

  it("lets be what somebody else has written down meanwhile", async () => {
    const inner = memoryStorage();
    let error: Error | undefined;
    const storage = tamper(inner, "actions", {
      transition: async (...by) => {
        if (error && by[2].to === "reconciled") throw error;
        return await inner.actions.transition(...by);
      },
    });
    const world = await unknown({ storage });
    world.vendor.answer = () => ({ state: "absent" });
    error = new ConflictError("moved", { current: "reconciled" });
    await world.work(world.halo, 2 * minuteMs);
    expect(world.looks).toHaveLength(1);
    expect(world.logged).toEqual([]);
  });

  it("tries again where the store was away", async () => {
    const inner = memoryStorage();
    let away = false;
    const storage = tamper(inner, "actions", {
      transition: async (...by) => {
        if (away && by[2].to === "reconciled") throw new StorageError("away", { retryable: true });
        return await inner.actions.transition(...by);
      },
    });
    const world = await unknown({ storage });
    world.vendor.answer = () => ({ state: "absent" });
    away = true;
    await world.work(world.halo, minuteMs + 2_500);
    expect(world.logged[0]?.[0]).toBe("Work failed and will be tried again");
    away = false;
    await world.work(world.halo, minuteMs);
    expect((await world.now(world.call.id)).state).toBe("reconciled");
  });

  it("does not begin where the action cannot look", async () => {
    const { find: _, ...again } = refund.again as { find?: unknown; kind: "idempotent"; keyLifeMs: number };
    const blind = { ...refund, again };
    const integrations = [desk({ actions: [...deskActions.slice(0, -1), blind] })];
    const world = await unknown({ integrations });
    await world.work(world.halo, 2 * minuteMs);
    await world.clock.advance(hourMs);
    const work = { holder: "h", limit: 9, ttlMs: 1_000, kinds: ["action"] } as const;
    expect(await world.options.storage.leases.claim(work)).toEqual([]);
  });
});

describe("a look at the vendor", () => {
  const ended = new Date(5_000);
  const connection = connectionOf("o", { id: "c-1", generation: 3 });
  const call = {
    orgId: "o",
    id: "a1",
    agentId: "helper",
    integration: "acme",
    connectionId: "c-1",
    generation: 3,
    action: "refund",
    version: 1,
    input: { amount: 5 },
    createdAt: new Date(1_000),
    startedAt: undefined,
    endedAt: undefined,
  } as unknown as ActionCall;

  function looking(change: { get?: () => unknown; config?: unknown; find?: unknown } = {}) {
    const contexts: { config: unknown; at: Date; attemptedAt: Date }[] = [];
    const find = async (context: never) => {
      contexts.push(context);
      return { state: "absent" };
    };
    const action = { ...refund, again: { ...refund.again, find } } as unknown as AnyAction;
    const warned: unknown[] = [];
    const engine = {
      clock: fakeClock(9_000),
      logger: { warn: (_: string, fields: unknown) => void warned.push(fields) },
      integrations: new Map(),
      storage: {
        connections: { get: async () => ("get" in change ? change.get?.() : connection) },
        actions: {
          gates: async () => ({ agentAction: "config" in change ? { config: change.config } : undefined }),
        },
      },
      sessions: { open: () => ({ http: {}, references: async () => ({ refs: undefined }) }) },
    } as unknown as Engine;
    const look = (like: Partial<ActionCall> = {}, signal = new AbortController().signal) =>
      lookFor(engine, signal, {
        action: "find" in change ? ({ ...action, again: change.find } as AnyAction) : action,
        call: { ...call, ...like },
      });
    return { contexts, look, warned };
  }

  it("names the first attempt and the last, or the call itself and now where there was none", async () => {
    const { contexts, look } = looking();
    expect(await look({ startedAt: new Date(2_000), endedAt: ended })).toEqual({ state: "absent" });
    await look();
    expect(contexts).toMatchObject([
      { at: new Date(2_000), attemptedAt: ended },
      { at: call.createdAt, attemptedAt: new Date(9_000) },
    ]);
  });

  it.each<[string, object, unknown]>([
    ["the agent's", { config: { most: 7 } }, { most: 7 }],
    ["the default where that fits no longer", { config: { most: "x" } }, { most: 1_000_000 }],
    ["the default where the agent has the action no more", {}, { most: 1_000_000 }],
  ])("takes for a configuration %s", async (_, change, config) => {
    const { contexts, look } = looking(change);
    await look();
    expect(contexts).toMatchObject([{ config }]);
  });

  it.each<[string, Parameters<typeof looking>[0], Partial<ActionCall>]>([
    ["the action never looks", { find: undefined }, {}],
    ["the action looks for nothing", { find: { kind: "harmless" } }, {}],
    ["the call had no connection", {}, { connectionId: undefined }],
    ["the connection is gone", { get: () => undefined }, {}],
    ["the connection was made anew", {}, { generation: 2 }],
    ["the connection lost access", { get: () => ({ ...connection, state: "auth_error" }) }, {}],
  ])("tells nothing where %s, and that is no failure", async (_, change, like) => {
    const { contexts, look, warned } = looking(change);
    expect(await look(like)).toEqual({ state: "unknown" });
    expect(contexts).toEqual([]);
    expect(warned).toEqual([]);
  });

  it("that fails tells nothing, and is logged", async () => {
    const { look, warned } = looking();
    expect(await look({ input: { amount: "five" } })).toEqual({ state: "unknown" });
    expect(warned).toEqual([{ call: "a1", code: "input_invalid" }]);
  });

  it("is the store's failure where the store fails", async () => {
    const get = () => {
      throw new StorageError("away", { retryable: true });
    };
    await expect(looking({ get }).look()).rejects.toMatchObject({ code: "storage_failed" });
  });

  it("that nobody waits for any more ends with their reason", async () => {
    const get = () => {
      throw new VendorError("away", {});
    };
    const gone = AbortSignal.abort(new Error("gone"));
    await expect(looking({ get }).look({}, gone)).rejects.toThrow("gone");
  });
});
