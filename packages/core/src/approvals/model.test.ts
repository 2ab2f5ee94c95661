import { expect, it } from "vitest";
import * as z from "zod";
import {
  counts,
  type Entry,
  gatesOpen,
  proposing,
  rules,
  type World,
  whyNot,
} from "../../test/approval-reference.ts";
import { invoke } from "../actions/invoke.ts";
import { takeUpCall } from "../actions/take-up.ts";
import { loadDomains } from "../customers/domain.ts";
import type { Engine } from "../engine/engine.ts";
import { createSessions } from "../engine/sessions.ts";
import { createEvents } from "../events.ts";
import { createRecentGates } from "../gate/recent-gates.ts";
import {
  defineAction,
  defineIntegration,
  isHaloError,
  type Storage,
  silentLogger,
  ValidationError,
  VendorError,
  type VendorHttp,
} from "../index.ts";
import { storageOver } from "../memory/memory-storage.ts";
import { createState, orgOf } from "../memory/state.ts";
import { connectionOf } from "../testing/connection-of.ts";
import { verifyAudit } from "./audit-verify.ts";
import { decide } from "./decide.ts";
import { approvalPolicy } from "./policy.ts";

// A hundred thousand steps by default; the whole of it: HALO_APPROVAL_SEQUENCES=100000 vitest run model.test.ts
const sequences = Number(process.env["HALO_APPROVAL_SEQUENCES"] ?? 4_000);
const firstSeed = Number(process.env["HALO_APPROVAL_SEED"] ?? Date.now() % 1_000_000_000);
const stepsEach = 25;

const orgId = "org";
const connectionId = "c-1";
const agents = ["a1", "a2"] as const;
const people = ["grace", "alan", "mary", "rob"] as const;
const minuteMs = 60_000;

type Behaviour = "ok" | "lost" | "cut" | "refuses" | "dies before" | "dies after";

/** A sequence of small numbers that a seed gives. */
function randomOf(seed: number) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    chance: (share: number) => next() < share,
    below: (most: number) => Math.floor(next() * most),
    of: <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T,
  };
}

/** Time that goes from sleeper to sleeper while something is waited for, and otherwise as it is told; faster than `fakeClock`. */
function quickClock(start: number) {
  let now = start;
  const sleepers = new Map<() => void, number>();
  const others = () => new Promise<void>((resolve) => setImmediate(resolve));
  const wakeFirst = (until: number): boolean => {
    let first: [() => void, number] | undefined;
    for (const one of sleepers) if (one[1] <= until && (!first || one[1] < first[1])) first = one;
    if (!first) return false;
    now = Math.max(now, first[1]);
    first[0]();
    return true;
  };
  return {
    now: () => now,
    sleep: (ms: number, signal?: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        const wake = () => {
          sleepers.delete(wake);
          resolve();
        };
        sleepers.set(wake, now + ms);
        signal?.addEventListener(
          "abort",
          () => {
            if (sleepers.delete(wake)) reject(signal.reason);
          },
          { once: true },
        );
      }),
    async advance(ms: number) {
      const end = now + ms;
      while (wakeFirst(end)) await others();
      now = end;
    },
    async run<T>(work: Promise<T>): Promise<T> {
      let settled = false;
      const done = () => {
        settled = true;
      };
      work.then(done, done);
      await others();
      while (!settled) {
        wakeFirst(Number.POSITIVE_INFINITY);
        await others();
      }
      return await work;
    },
  };
}

const tally = { effects: 0, decisions: 0, proposals: 0, refusals: 0, steps: 0 };
const domains = await loadDomains();

async function play(seed: number): Promise<void> {
  const random = randomOf(seed);
  const clock = quickClock(1_800_000_000_000);
  const state = createState(clock);
  const storage: Storage = storageOver(state, clock);
  const log: string[] = [];
  const world: World = {
    agentActive: true,
    actionOn: true,
    modeOn: true,
    connected: true,
    account: "acct-1",
    generation: 1,
    orgStopped: false,
    allStopped: false,
    stoppedAt: -1,
    order: "paid",
    refundable: 700,
    roles: new Map(people.map((one) => [one, true])),
  };
  const entries: Entry[] = [];
  const byId = (id: string) => entries.find((one) => one.id === id);
  const ledger = new Map<string, number>();
  let behaviour: Behaviour = "ok";
  let died = () => {};

  const fail = (why: string): never => {
    throw new Error(`seed ${seed}: ${why}\n${log.join("\n")}`);
  };

  const refund = defineAction({
    id: "refund",
    name: "Refund",
    description: "Gives money back.",
    approval: "human",
    input: z.strictObject({ amount: z.int() }),
    config: z.strictObject({}),
    review: ({ input }) => {
      if (input.amount > world.refundable) {
        throw new ValidationError("Too much.", { path: "amount", reason: "above refundable" });
      }
      return {
        preview: { summary: `Gives ${input.amount} back.` },
        money: { amountMinor: input.amount, currency: "eur" },
        state: world.order,
      };
    },
    run: async ({ effectKey, input }) => {
      const entry = byId(effectKey) ?? fail(`${effectKey} was executed, and never proposed`);
      const now = clock.now();
      if (entry.stage !== "begun") {
        const why = whyNot(world, entries, entry, now);
        if (why !== undefined) fail(`${entry.id} was begun: ${why}`);
        if (input.amount !== entry.amount) fail(`${entry.id} was begun with ${input.amount}`);
        Object.assign(entry, { stage: "begun", begunAt: now, spends: true });
      } else if (!gatesOpen(world, entry)) fail(`${entry.id} was attempted behind a closed gate`);
      const acts = behaviour;
      // The vendor knows its keys.
      behaviour = behaviour === "lost" && random.chance(0.4) ? "lost" : "ok";
      if (acts === "refuses") throw new VendorError("No.", { status: 400, withoutEffect: true });
      if (acts === "dies before") await gone();
      if (acts === "cut") throw new VendorError("Cut off.", { code: "outcome_unknown" });
      if (!ledger.has(effectKey)) tally.effects += 1;
      ledger.set(effectKey, (ledger.get(effectKey) ?? 0) + (ledger.has(effectKey) ? 0 : 1));
      if (acts === "dies after") await gone();
      if (acts === "lost") throw new VendorError("Cut off.", { code: "outcome_unknown" });
      return { done: true };
    },
    again: {
      kind: "idempotent",
      keyLifeMs: 24 * 60 * minuteMs,
      find: async ({ effectKey }) =>
        ledger.has(effectKey) ? { state: "present", output: { done: true } } : { state: "absent" },
    },
  });
  const gone = () => {
    died();
    return new Promise<never>(() => {});
  };
  const bank = defineIntegration({
    id: "bank",
    name: "Bank",
    auth: { scopes: [], identify: async () => ({ account: { id: "x" } }) },
    http: { baseUrl: "https://api.bank.example", budgets: [], classify: () => ({ kind: "ok" }) },
    modes: { ingest: false, actions: true, notifications: false },
    streams: [],
    actions: [refund],
  });
  const integrations = new Map([["bank", bank]]);
  const engine = {
    storage,
    clock,
    logger: silentLogger,
    events: createEvents(silentLogger),
    ring: { current: "k", key: (id: string) => (id === "k" ? new Uint8Array(32).fill(7) : undefined) },
    integrations,
    embedder: undefined,
    domains,
    sessions: createSessions(integrations, clock, () => ({}) as VendorHttp),
    publicUrl: undefined,
    base: "/",
    notify: { sinks: new Map(), gapThreshold: 3, gapWindowMs: 1 },
    approvals: approvalPolicy({
      rolesOf: ({ id }: { id: string }) => (world.roles.get(id) ? ["approver"] : []),
      twoAbove: { eur: rules.twoAbove },
      limits: [{ per: "org", currency: "eur", amountMinor: rules.most, hours: rules.windowMs / 3_600_000 }],
      coolDownHours: rules.coolDownMs / 3_600_000,
      pendingPerAgent: rules.perAgent,
    }),
    sliceMs: 30_000,
    leaseMs: 15_000,
  } as unknown as Engine;
  const recent = createRecentGates(storage.actions, clock);

  const connection = connectionOf(
    orgId,
    { id: connectionId, integration: "bank", account: { id: world.account } },
    new Date(clock.now()),
  );
  await storage.connections.create(connection);
  const setAgents = async () => {
    for (const id of agents) {
      const at = new Date(clock.now());
      await storage.agents.upsert({
        orgId,
        id,
        name: id,
        kind: "customer_facing",
        active: world.agentActive,
        createdAt: at,
        updatedAt: at,
      });
      await storage.agents.setAction(orgId, {
        agentId: id,
        integration: "bank",
        action: "refund",
        enabled: world.actionOn,
        config: {},
        at,
      });
    }
  };
  await setAgents();
  const connect = (change: Parameters<Storage["connections"]["change"]>[2]) =>
    storage.connections.change(orgId, connectionId, change);

  const steps: readonly (readonly [weight: number, step: () => Promise<void>])[] = [
    [20, propose],
    [38, say],
    [24, work],
    [5, wait],
    [2, toggle],
    [2, stop],
    [2, reconnect],
    [2, touch],
    [2, turn],
  ];
  const all = steps.reduce((sum, [weight]) => sum + weight, 0);

  async function propose() {
    const asked = {
      agent: random.of(agents),
      conversation: random.of(["c1", "c2"]),
      customer: random.of(["ada@example.com", "bob@example.com"]),
      amount: random.of([100, 250, 400, 600, 800]),
    };
    const requestedBy = random.of(people);
    const expected = proposing(world, entries, asked, clock.now());
    log.push(`${clock.now()} propose ${JSON.stringify(asked)} for ${requestedBy}`);
    const outcome = await invoke(engine, "h", recent, {
      orgId,
      agentId: asked.agent,
      action: "refund",
      input: { amount: asked.amount },
      context: { conversationId: asked.conversation, customer: { email: asked.customer }, requestedBy },
    }).catch((error: unknown) => {
      if (!isHaloError(error)) throw error;
      return undefined;
    });
    if (outcome === undefined) {
      tally.refusals += 1;
      if (expected !== "none") fail(`a proposal was refused that is ${JSON.stringify(expected)}`);
      return;
    }
    if (outcome.status !== "pending_approval") return fail(`a proposal came to ${outcome.status}`);
    if (expected === "none") return fail("a proposal was made that should not be");
    if (expected !== "new") {
      if (expected.id !== outcome.callId) fail("a proposal is another one");
      return;
    }
    tally.proposals += 1;
    entries.push({
      ...asked,
      id: outcome.callId,
      account: world.account,
      generation: world.generation,
      order: world.order,
      requestedBy,
      expiresAt: clock.now() + rules.waitMs,
      needed: asked.amount > rules.twoAbove ? 2 : 1,
      yes: new Map(),
      touched: false,
      stage: "waiting",
      refusedAt: 0,
      begunAt: 0,
      spends: false,
    });
  }

  async function say() {
    const entry = random.chance(0.8)
      ? random.of(entries.filter(({ stage }) => stage === "waiting"))
      : random.of(entries);
    if (!entry) return;
    const by = random.of(people);
    const kind = random.chance(0.88) ? "approve" : "reject";
    const sameHash = random.chance(0.95);
    const now = clock.now();
    const expected = counts(world, entry, by, kind, sameHash, now);
    log.push(`${now} ${by} ${kind}s ${entry.id}${sameHash ? "" : " (another hash)"}`);
    const standing = await storage.approvals.get(orgId, entry.id);
    const hash = sameHash ? (standing?.proposal.hash ?? "") : "0".repeat(64);
    const actor = { id: by, kind: "human", roles: ["approver"] } as const;
    const decided = await decide(engine, kind, {
      orgId,
      approvalId: entry.id,
      hash,
      actor,
      reason: undefined,
    }).catch((error: unknown) => {
      if (!isHaloError(error)) throw error;
      return undefined;
    });
    if ((decided !== undefined) !== expected) fail(`a word ${decided ? "counted" : "did not count"}`);
    if (!decided) {
      // Whoever finds it late ends it.
      if (entry.stage === "waiting" && now >= entry.expiresAt) {
        const { state: stands } = (await storage.actions.get(orgId, entry.id)) ?? {};
        if (stands === "expired") entry.stage = "over";
      }
      return;
    }
    tally.decisions += 1;
    if (kind === "reject") Object.assign(entry, { stage: "refused", refusedAt: now });
    else {
      entry.yes.set(by, now);
      if (entry.yes.size >= entry.needed) entry.stage = "agreed";
    }
  }

  /** A worker takes up what is due; it may die amid it. */
  async function work() {
    behaviour = random.of(["ok", "ok", "ok", "ok", "lost", "cut", "refuses", "dies before", "dies after"]);
    const [lease] = await storage.leases.claim({ holder: "w", limit: 1, ttlMs: 15_000, kinds: ["action"] });
    if (!lease) return;
    const entry = byId(lease.subject);
    const before = entry && { ...entry };
    const may = entry?.stage === "agreed" && whyNot(world, entries, entry, clock.now()) === undefined;
    log.push(`${clock.now()} a worker takes ${lease.subject}, and the vendor ${behaviour}`);
    const own = behaviour.startsWith("dies") ? { ...engine, clock: quickClock(clock.now()) } : engine;
    const slice = {
      lease,
      signal: new AbortController().signal,
      ending: () => false,
      abort: () => {},
    };
    const dead = new Promise<"died">((resolve) => {
      died = () => resolve("died");
    });
    const working = takeUpCall(own, slice).then(async (again) => {
      await storage.leases.release(lease, again);
      return "done" as const;
    });
    const came = await clock.run(Promise.race([working, dead]));
    if (!entry || !before) return;
    const call = await storage.actions.get(orgId, entry.id);
    const happened = ledger.get(entry.id) ?? 0;
    if (happened > 1) fail(`${entry.id} happened ${happened} times`);
    if (may && before.stage === "agreed" && entry.stage !== "begun")
      fail(`${entry.id} might be begun, and was not`);
    if (came === "died") return;
    switch (call?.state) {
      case "succeeded":
        if (happened !== 1) fail(`${entry.id} succeeded, and did not happen`);
        entry.stage = "over";
        break;
      case "failed":
      case "refused":
      case "expired":
        if (happened !== 0) fail(`${entry.id} is ${call.state}, and happened`);
        Object.assign(entry, { stage: "over", spends: false });
        break;
      case "reconciled":
        if ((call.error === undefined) !== (happened === 1))
          fail(`${entry.id} was reconciled with something else`);
        Object.assign(entry, { stage: "over", spends: happened === 1 });
        break;
      case "outcome_unknown":
        entry.stage = "over";
        break;
      default:
    }
  }

  async function wait() {
    const ms = random.of([
      1,
      1,
      minuteMs,
      minuteMs,
      20 * minuteMs,
      90 * minuteMs,
      4 * 60 * minuteMs,
      26 * 60 * minuteMs,
    ]);
    log.push(`${clock.now()} wait ${ms}`);
    await clock.advance(ms);
  }

  async function toggle() {
    const what = random.of(["agentActive", "actionOn", "modeOn"] as const);
    world[what] = !world[what] || random.chance(0.3);
    log.push(`${clock.now()} ${what} ${world[what]}`);
    if (what === "modeOn") await connect({ modes: { actions: world.modeOn } });
    else await setAgents();
  }

  async function stop() {
    const which = random.of(["orgStopped", "allStopped"] as const);
    const scope = which === "orgStopped" ? orgId : undefined;
    if (random.chance(0.4) && !world[which]) {
      world[which] = true;
      world.stoppedAt = clock.now();
      await storage.approvals.stop(scope, "root");
    } else {
      world[which] = false;
      await storage.approvals.resume(scope, "root");
    }
    log.push(`${clock.now()} ${which} ${world[which]}`);
  }

  async function reconnect() {
    if (world.connected && random.chance(0.5)) {
      world.connected = false;
      await connect({ state: "disconnected" });
    } else {
      world.connected = true;
      world.generation += 1;
      world.account = random.of(["acct-1", "acct-2"]);
      await connect({ state: "connected", generation: world.generation, account: { id: world.account } });
    }
    log.push(`${clock.now()} ${world.connected ? `connected to ${world.account}` : "disconnected"}`);
  }

  /** Somebody with the database writes into what is stored. */
  async function touch() {
    const entry = random.of(entries.filter(({ stage }) => stage === "waiting" || stage === "agreed"));
    if (!entry) return;
    const org = orgOf(state, orgId);
    const call = org.calls.get(entry.id);
    const stored = org.proposals.get(entry.id);
    if (!call || !stored || entry.touched) return;
    entry.touched = true;
    const how = random.of(["input", "money", "needed", "decision"]);
    log.push(`${clock.now()} somebody writes into the ${how} of ${entry.id}`);
    const proposal = stored.proposal as { money?: object | undefined; needed: number };
    if (how === "input") org.calls.set(entry.id, { ...call, input: { amount: 1 } });
    else if (how === "money") proposal.money = { amountMinor: 1, currency: "eur" };
    else if (how === "needed") proposal.needed = proposal.needed === 1 ? 2 : 1;
    else {
      const at = new Date(clock.now());
      const { hash } = stored.proposal;
      stored.decisions.push({ kind: "approve", by: "mallory", hash, reason: undefined, at, proof: "k.00" });
      stored.decidedAt.push(at);
      org.calls.set(entry.id, { ...call, state: "approved" });
      await storage.leases.wake([{ kind: "action", orgId, subject: entry.id }]);
      entry.stage = "agreed";
    }
  }

  /** Something else changes: a role, the order at the vendor. */
  async function turn() {
    if (random.chance(0.5)) {
      const who = random.of(people);
      world.roles.set(who, !world.roles.get(who));
      log.push(`${clock.now()} ${who} has the role: ${world.roles.get(who)}`);
    } else {
      world.order = random.of(["paid", "paid", "disputed"]);
      world.refundable = random.of([700, 700, 300]);
      log.push(`${clock.now()} the order is ${world.order}, ${world.refundable} left`);
    }
  }

  for (let step = 0; step < stepsEach; step++) {
    let pick = random.below(all);
    const [, next] = steps.find(([weight]) => {
      pick -= weight;
      return pick < 0;
    }) ?? [0, wait];
    await next();
    tally.steps += 1;
  }
  const touched = entries.some((entry) => entry.touched);
  const report = touched ? undefined : await verifyAudit(engine, orgId, undefined, undefined);
  if (report && !report.ok) fail(`the audit is broken: ${JSON.stringify(report.broken)}`);
}

it(`T37 A1 A4 of ${sequences} random sequences none executes what the reference forbids (seed ${firstSeed})`, {
  timeout: 3_600_000,
}, async () => {
  for (let n = 0; n < sequences; n++) await play(firstSeed + n);
  console.info(`seed ${firstSeed}: ${JSON.stringify(tally)}`);
  // The sequences reach what they are about.
  expect(tally.effects).toBeGreaterThan(sequences / 10);
  expect(tally.proposals).toBeGreaterThan(sequences);
  expect(tally.decisions).toBeGreaterThan(sequences);
  expect(tally.refusals).toBeGreaterThan(sequences / 2);
});
