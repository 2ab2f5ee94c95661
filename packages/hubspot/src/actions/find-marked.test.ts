import { describe, expect, it } from "vitest";
import { ADA, actionWorld } from "../../test/action-world.ts";
import { createDeal, createNote, logActivity } from "./index.ts";

const KEY = "0199a7c4-9d50-7a31-8c1e-5f5f6c2a9b10";
const HOUR_MS = 3_600_000;
type World = ReturnType<typeof actionWorld>;

// One row for each action that makes something: how it is attempted, and looked for.
const cases = [
  {
    name: "create_deal",
    type: "deals" as const,
    attempt: (world: World, key = KEY, more = {}) =>
      world.attempt(createDeal, key, { name: "Renewal" }, more),
    find: (world: World, at: Date, key = KEY, more = {}) => world.find(createDeal, key, { at, ...more }),
  },
  {
    name: "log_activity",
    type: "tasks" as const,
    attempt: (world: World, key = KEY, more = {}) => world.attempt(logActivity, key, { title: "Call" }, more),
    find: (world: World, at: Date, key = KEY, more = {}) => world.find(logActivity, key, { at, ...more }),
  },
  {
    name: "create_note",
    type: "notes" as const,
    attempt: (world: World, key = KEY, more = {}) => world.attempt(createNote, key, { body: "Hi" }, more),
    find: (world: World, at: Date, key = KEY, more = {}) => world.find(createNote, key, { at, ...more }),
  },
];

/** A moment at which a call was taken up, and enough time after it for what was lost to have arrived. */
async function takenUp(world: World): Promise<Date> {
  await world.clock.advance(HOUR_MS);
  const at = new Date(world.clock.now());
  await world.clock.advance(60_000);
  return at;
}

describe.each(cases)("$name after an attempt of unknown outcome", ({ type, attempt, find }) => {
  it.each([
    ["cut off before its answer", { type: "reset", afterBytes: 0 }],
    ["cut off in the middle of its answer", { type: "reset" }],
    ["answered 500 though it was done", { type: "status", status: 500, executed: true }],
    ["answered 504 though it was done", { type: "status", status: 504, executed: true }],
    ["answered by a proxy's page though it was done", { type: "html" }],
    ["answered with a body that ends early", { type: "truncate" }],
  ] as const)("F13 a call %s is found by its mark, and nothing is made twice", async (_, effect) => {
    const world = actionWorld();
    const at = await takenUp(world);
    world.emulator.faults.add({
      match: { kind: "create" },
      times: 1,
      // A page instead of the answer, but after the work: `html` alone replaces the work too.
      effect:
        effect.type === "html" ? { type: "status", status: 502, executed: true, body: "<html>" } : effect,
    });
    await expect(attempt(world)).rejects.toMatchObject({ code: "outcome_unknown" });
    const [made, ...others] = world.effects();
    expect(others).toEqual([]);
    expect(made).toMatchObject({ mark: KEY });
    await expect(find(world, at)).resolves.toMatchObject({
      state: "present",
      output: { [`${type.slice(0, -1)}_id`]: made!.id, contact_id: world.ada.id },
    });
    expect(world.emulator.ledger.count({ kind: "search" })).toBe(0);
  });

  it("F11 what never reached HubSpot is certainly absent, by the store alone", async () => {
    const world = actionWorld();
    const at = await takenUp(world);
    await expect(find(world, at)).resolves.toEqual({ state: "absent" });
  });

  it("F13 the mark of another call is not taken for its own, not even one whose key begins alike", async () => {
    const world = actionWorld();
    await attempt(world, `${KEY}-2`);
    await attempt(world, KEY.slice(0, -1));
    const at = await takenUp(world);
    await expect(find(world, at)).resolves.toEqual({ state: "absent" });
  });

  it("F13 a contact that was changed to this address since then proves nothing: unknown", async () => {
    const world = actionWorld();
    const at = await takenUp(world);
    world.portal.update("contacts", world.ada.id, { email: "old@example.com" });
    world.portal.create("contacts", { email: ADA });
    await world.clock.advance(HOUR_MS);
    await expect(find(world, at)).resolves.toEqual({ state: "unknown" });
  });

  it("F13 a contact that is no longer there proves nothing: unknown, unless the index knows the mark", async () => {
    const world = actionWorld();
    const at = await takenUp(world);
    const other = world.portal.create("contacts", { email: "other@example.com" });
    world.portal.archive("contacts", world.ada.id);
    await expect(find(world, at)).resolves.toEqual({ state: "unknown" });
    await attempt(world, KEY, { subject: { email: "other@example.com" } });
    await expect(find(world, at)).resolves.toMatchObject({
      state: "present",
      output: { contact_id: other.id },
    });
  });

  it("F13 a contact that was merged keeps what was made on it, and the mark is found there", async () => {
    const world = actionWorld();
    const at = await takenUp(world);
    await attempt(world);
    const winner = world.portal.create("contacts", { email: "winner@example.com" });
    world.portal.merge("contacts", winner.id, world.ada.id);
    await expect(find(world, at)).resolves.toMatchObject({
      state: "present",
      output: { contact_id: winner.id },
    });
  });

  it("F13 a second address has no history that proves anything: unknown", async () => {
    const world = actionWorld();
    const winner = world.portal.create("contacts", { email: "winner@example.com" });
    const at = await takenUp(world);
    world.portal.merge("contacts", winner.id, world.ada.id);
    await expect(find(world, at)).resolves.toEqual({ state: "unknown" });
  });

  it("F13 what HubSpot may still be at work on is looked for again, and not called absent", async () => {
    const world = actionWorld();
    await world.clock.advance(HOUR_MS);
    const at = new Date(world.clock.now());
    await expect(find(world, at)).rejects.toMatchObject({ code: "vendor_failed", retryable: true });
    await world.clock.advance(3_000);
    await expect(find(world, at)).resolves.toEqual({ state: "absent" });
  });

  it("F13 what was asked for a moment ago is waited for, however long ago the call began", async () => {
    const world = actionWorld();
    const at = await takenUp(world);
    const attemptedAt = new Date(world.clock.now());
    const early = find(world, at, KEY, { attemptedAt });
    await expect(early).rejects.toMatchObject({ code: "vendor_failed", retryable: true });
    await world.clock.advance(3_000);
    await expect(find(world, at, KEY, { attemptedAt })).resolves.toEqual({ state: "absent" });
  });

  it("F13 a record of the contact that cannot be read may be the one: unknown", async () => {
    const world = actionWorld();
    await attempt(world, "another-key");
    const at = await takenUp(world);
    world.emulator.faults.add({
      match: { kind: "batch_read" },
      effect: { type: "transform", apply: (body) => ({ ...(body as object), results: [] }) },
    });
    await expect(find(world, at)).resolves.toEqual({ state: "unknown" });
  });

  it("F13 associations that could not be read are not none: unknown", async () => {
    const world = actionWorld();
    const at = await takenUp(world);
    const errors = [{ status: "error", category: "SERVICE_UNAVAILABLE" }];
    world.emulator.faults.add({
      match: { kind: "associations" },
      effect: { type: "transform", apply: (body) => ({ ...(body as object), results: [], errors }) },
    });
    await expect(find(world, at)).resolves.toEqual({ state: "unknown" });
  });

  it("F13 a look that HubSpot refuses for want of a scope is no absence", async () => {
    const world = actionWorld({ scopes: ["oauth", "crm.objects.deals.read"] });
    const at = await takenUp(world);
    await expect(find(world, at)).rejects.toMatchObject({ code: "gate_closed" });
  });

  it("finds the mark among hundreds of the contact's records", async () => {
    const world = actionWorld();
    const to = { type: "contacts" as const, id: world.ada.id };
    for (let i = 0; i < 640; i++) {
      world.portal.create(type, {}, [{ to }]);
      if (i === 620) await attempt(world);
    }
    const at = await takenUp(world);
    await expect(find(world, at)).resolves.toMatchObject({ state: "present" });
    expect(world.emulator.ledger.count({ kind: "search" })).toBe(0);
  });

  it("gives up certainty for a contact with more records than it reads: unknown", async () => {
    const world = actionWorld();
    const to = { type: "contacts" as const, id: world.ada.id };
    for (let i = 0; i < 1_100; i++) world.portal.create(type, {}, [{ to }]);
    const at = await takenUp(world);
    await expect(find(world, at)).resolves.toEqual({ state: "unknown" });
  });
});

describe("a deal without a contact", () => {
  const subject = { email: "nobody@example.com" };

  it("F13 is unknown until the index, which lags, shows its mark", async () => {
    const world = actionWorld({ searchLagMs: 5 * 60_000 });
    const at = await takenUp(world);
    world.emulator.faults.add({ match: { kind: "create" }, effect: { type: "reset", afterBytes: 0 } });
    await expect(world.attempt(createDeal, KEY, { name: "x" }, { subject })).rejects.toMatchObject({
      code: "outcome_unknown",
    });
    await expect(world.find(createDeal, KEY, { at, subject })).resolves.toEqual({ state: "unknown" });
    await world.clock.advance(6 * 60_000);
    await expect(world.find(createDeal, KEY, { at, subject })).resolves.toEqual({
      state: "present",
      output: { deal_id: world.effects()[0]!.id, contact_id: null, contact: "not_found" },
    });
  });
});

describe("an attempt", () => {
  it.each([
    [{ type: "status", status: 429, retryAfter: 1 }, "rate_limited"],
    [{ type: "status", status: 403 }, "vendor_failed"],
    [{ type: "status", status: 404 }, "vendor_failed"],
  ] as const)("that HubSpot answers with %j is known not to have happened", async (effect, code) => {
    const world = actionWorld();
    world.emulator.faults.add({ match: { kind: "create" }, effect });
    await expect(world.attempt(createNote, KEY, { body: "Hi" })).rejects.toMatchObject({ code });
  });

  it.each([
    ["while it still read, is cancelled", "get", "cancelled", 0],
    ["while it wrote, may have happened", "create", "outcome_unknown", 1],
  ] as const)("that is stopped %s", async (_, kind, code, made) => {
    const world = actionWorld();
    const stop = new AbortController();
    const apply = (body: unknown) => {
      stop.abort();
      return body;
    };
    world.emulator.faults.add({ match: { kind }, effect: { type: "transform", apply } });
    const attempt = world.attempt(createNote, KEY, { body: "Hi" }, { signal: stop.signal });
    await expect(attempt).rejects.toMatchObject({ code });
    expect(world.effects()).toHaveLength(made);
  });
});

it("an attempt that is stopped between reading and writing is cancelled, and writes nothing", async () => {
  const world = actionWorld();
  const stop = new AbortController();
  const http = {
    ...world.http,
    get: async <T>(...asked: Parameters<typeof world.http.get<T>>) => {
      const answer = await world.http.get<T>(...asked);
      stop.abort();
      return answer;
    },
  };
  const attempt = world.attempt(createNote, KEY, { body: "Hi" }, { http, signal: stop.signal });
  await expect(attempt).rejects.toMatchObject({ code: "cancelled" });
  expect(world.emulator.ledger.count({ kind: "create" })).toBe(0);
});

describe("through the engine's own retries", () => {
  it("F13 a call cut off after HubSpot did it succeeds by its mark, once", async () => {
    const world = actionWorld();
    world.emulator.faults.add({
      match: { kind: "create" },
      times: 1,
      effect: { type: "reset", afterBytes: 0 },
    });
    const outcome = await world.run(createDeal, { name: "Renewal" });
    expect(outcome).toMatchObject({ status: "succeeded", output: { deal_id: world.effects()[0]!.id } });
    expect(world.effects()).toHaveLength(1);
  });

  it("F11 a call that was lost on its way is certainly absent, and made once", async () => {
    const world = actionWorld();
    world.emulator.faults.add({
      match: { kind: "create" },
      times: 1,
      effect: { type: "status", status: 503 },
    });
    await expect(world.run(createNote, { body: "Hi" })).resolves.toMatchObject({ status: "succeeded" });
    expect(world.effects()).toHaveLength(1);
  });

  it("F13 a deal without a contact that was cut off and is in no index yet stays unknown, and is made once", async () => {
    const world = actionWorld({ searchLagMs: HOUR_MS });
    world.emulator.faults.add({ match: { kind: "create" }, effect: { type: "reset", afterBytes: 0 } });
    const run = world.run(createDeal, { name: "Renewal" }, { subject: { email: "nobody@example.com" } });
    await expect(run).rejects.toMatchObject({ code: "outcome_unknown" });
    expect(world.effects()).toHaveLength(1);
  });

  it("F94 a call that HubSpot swallows ends in bounded time, and is made once at most", async () => {
    const world = actionWorld();
    world.emulator.faults.add({ match: { kind: "create" }, effect: { type: "blackHole" } });
    const outcome = await world.run(createNote, { body: "Hi" });
    expect(outcome).toMatchObject({ status: "succeeded" });
    expect(world.effects()).toHaveLength(1);
  });
});
