import { randomBytes } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { desk, deskActions, orgId, refund, warm } from "../../test/acme-actions.ts";
import { type ApprovalWorld, alan, approvalWorld, grace } from "../../test/approval-world.ts";
import { tamper } from "../../test/harness.ts";
import { argumentsHash, canonicalArguments } from "../actions/canonical.ts";
import { keyRing } from "../connect/key-ring.ts";
import { type Approval, ConflictError, defineAction, type HaloOptions, StorageError } from "../index.ts";
import { memoryStorage } from "../memory/index.ts";
import { proofOf } from "./proof.ts";
import { proposalHash } from "./proposal-hash.ts";

beforeAll(warm);

type Begin = ReturnType<typeof memoryStorage>["approvals"]["begin"];

/** A world whose store does something else than it should, from the moment on that a test says so. */
async function tampered(
  change: {
    begin?: (begin: Begin) => Begin;
    get?: (approval: Approval | undefined) => Approval | undefined;
  },
  options: Partial<HaloOptions> = {},
) {
  const inner = memoryStorage();
  const on = { now: false };
  const { approvals } = inner;
  const raised: string[] = [];
  let storage = tamper(inner, "approvals", {
    begin: (...by) => (on.now && change.begin ? change.begin(approvals.begin) : approvals.begin)(...by),
    get: async (...by) => {
      const found = await approvals.get(...by);
      return on.now && change.get ? change.get(found) : found;
    },
  });
  storage = tamper(storage, "notifications", {
    raise: async (org, notifications, at) => {
      raised.push(...notifications.map(({ type, key, event }) => `${type} ${key} ${JSON.stringify(event)}`));
      return await inner.notifications.raise(org, notifications, at);
    },
  });
  const logged: string[] = [];
  const log = (message: string, fields?: object) => void logged.push(`${message} ${JSON.stringify(fields)}`);
  const logger = { debug: log, info: log, warn: log, error: log };
  const world = await approvalWorld({ storage, logger, ...options });
  return { ...world, logged, on, raised };
}

const endOf = async (world: ApprovalWorld, id: string) => {
  await world.settle();
  const { error, state } = (await world.halo.actions.calls.get(orgId, id)) ?? {};
  return { state, code: error?.code, gate: error?.gate, effects: world.desk.ledger.length };
};

describe("F93 what was approved and cannot be done any more", () => {
  const ends: readonly (readonly [string, (world: ApprovalWorld) => unknown, object])[] = [
    [
      "refused where a gate has closed",
      ({ connectionId, halo }) => halo.connections.setMode(orgId, connectionId, "actions", false),
      { state: "refused", code: "gate_closed", gate: "mode" },
    ],
    [
      "refused where less is left at the vendor",
      ({ desk: vendor }) => Object.assign(vendor.order, { refundable: 1 }),
      { state: "refused", code: "input_invalid", gate: undefined },
    ],
    [
      "refused where the vendor's objects have changed",
      ({ desk: vendor }) => Object.assign(vendor.order, { status: "disputed" }),
      { state: "refused", code: "approval_stale", gate: "approval" },
    ],
    [
      "failed where the vendor does not let us look",
      ({ desk: vendor }) => vendor.readFaults.push("403"),
      { state: "failed", code: "vendor_failed", gate: undefined },
    ],
    [
      "failed where the vendor no longer takes our credentials",
      ({ desk: vendor }) => vendor.revoked.add("k1"),
      { state: "failed", code: "reconnect_required", gate: undefined },
    ],
  ];
  it.each(ends)("has %s", async (_, change, end) => {
    const world = await approvalWorld();
    const view = await world.propose();
    await world.approve(view);
    await change(world);
    expect(await endOf(world, view.id)).toMatchObject({ ...end, effects: 0 });
  });

  it("is told of with its end, and has one", async () => {
    const world = await approvalWorld();
    const view = await world.propose();
    await world.approve(view);
    await world.halo.connections.setMode(orgId, world.connectionId, "actions", false);
    await world.settle();
    const at = (await world.now(view.id)).endedAt;
    expect(at).toBeInstanceOf(Date);
    expect(world.told.at(-1)).toMatchObject({ name: "refused", callId: view.id });
    const [last] = (await world.halo.actions.calls.audit(orgId, view.id)).slice(-1);
    expect(last).toMatchObject({ from: "approved", to: "refused", actor: { kind: "engine" }, at });
  });
});

describe("T37 what stands in the store as approved", () => {
  const first = ({ decisions: [one] }: Approval) => {
    if (!one) throw new Error("There is no decision.");
    return one;
  };

  it("without a proposal is refused, logged and told to people", async () => {
    const world = await tampered({ get: () => undefined });
    const view = await world.propose();
    await world.approve(view);
    world.on.now = true;
    expect(await endOf(world, view.id)).toMatchObject({
      state: "refused",
      code: "approval_stale",
      gate: "approval",
      effects: 0,
    });
    expect(world.told.map(({ name }) => name)).not.toContain("approval.alarm");
    expect(world.logged.join()).toMatch(
      new RegExp(`somebody changed what is stored {"call":"${view.id}","reason":"no proposal"}`),
    );
    const told = world.raised.find((one) => one.startsWith(`sync_error action:${view.id} `));
    expect(told).toContain('"what":"refund"');
    expect(told).toContain('"code":"approval_stale"');
  });

  it("with other arguments is refused, and the alarm says what does not fit", async () => {
    const get = (found: Approval | undefined) =>
      found && { ...found, call: { ...found.call, input: { amount: 9 } } };
    const world = await tampered({ get });
    const view = await world.propose();
    await world.approve(view);
    world.on.now = true;
    expect(await endOf(world, view.id)).toMatchObject({ state: "refused", effects: 0 });
    const alarm = world.told.find(({ name }) => name === "approval.alarm");
    expect(alarm).toMatchObject({ approvalId: view.id, reason: "arguments" });
    expect(world.logged.join()).toContain(`{"call":"${view.id}","reason":"arguments"}`);
  });

  const two = { approvals: { twoAbove: { eur: 1 } } };
  it.each<[string, (found: Approval) => Approval]>([
    ["by one of two people", (found) => ({ ...found, decisions: [first(found)] })],
    ["twice by one person", (found) => ({ ...found, decisions: [first(found), first(found)] })],
    ["by nobody", (found) => ({ ...found, decisions: [] })],
  ])("%s is refused", async (_, edit) => {
    const world = await tampered({ get: (found) => found && edit(found) }, two);
    const view = await world.propose();
    await world.approve(view);
    await world.approve(view, alan);
    world.on.now = true;
    expect(await endOf(world, view.id)).toMatchObject({ state: "refused", effects: 0 });
    expect(world.told).toContainEqual(
      expect.objectContaining({ name: "approval.alarm", reason: "decision" }),
    );
  });

  it("F92 after it was written anew, with hashes that fit it, is refused: people decided something else", async () => {
    const get = (found: Approval | undefined) => {
      if (!found) return found;
      const { connectionId = "", input: _, ...rest } = found.call;
      const input = { amount: 9_999 };
      const account = found.proposal.account;
      const exact = argumentsHash({ ...rest, connectionId, account }, canonicalArguments(input));
      const call = { ...found.call, input, argumentsHash: exact };
      const proposal = { ...found.proposal, hash: proposalHash(found.proposal, call) };
      return { ...found, call, proposal };
    };
    const world = await tampered({ get });
    const view = await world.propose();
    await world.approve(view);
    world.on.now = true;
    expect(await endOf(world, view.id)).toMatchObject({ state: "refused", effects: 0 });
    expect(world.told).toContainEqual(
      expect.objectContaining({ name: "approval.alarm", reason: "decision" }),
    );
  });

  it("beside a person's no is refused, whatever else people said", async () => {
    const encryptionKey = randomBytes(32);
    const no = { kind: "reject", by: "alan", reason: undefined, at: new Date(0) } as const;
    const get = (found: Approval | undefined) => {
      if (!found) return found;
      const { id, orgId: org, proposal } = { ...found.call, proposal: found.proposal };
      const decision = { ...no, hash: proposal.hash };
      const proof = proofOf(keyRing(encryptionKey), { orgId: org, id, decision });
      return { ...found, decisions: [...found.decisions, { ...decision, proof }] };
    };
    const world = await tampered({ get }, { encryptionKey });
    const view = await world.propose();
    await world.approve(view);
    world.on.now = true;
    expect(await endOf(world, view.id)).toMatchObject({ state: "refused", gate: "approval", effects: 0 });
  });
});

describe("the moment at which an approved call is begun", () => {
  const conflict = (current: string, code?: "approval_stale") => {
    throw new ConflictError("moved", { current, ...(code && { code }) });
  };

  it("is asked for anew where a gate moved in between, and then done once", async () => {
    let moved = 0;
    const world = await tampered({
      begin: (begin) => (moved++ === 0 ? async () => conflict("agent_action") : begin),
    });
    const view = await world.propose();
    await world.approve(view);
    world.on.now = true;
    expect(await endOf(world, view.id)).toMatchObject({ state: "succeeded", effects: 1 });
    expect(moved).toBe(2);
  });

  it("is left to a later look where the gates move again and again", async () => {
    let tries = 0;
    const world = await tampered({
      begin: () => async () => {
        tries += 1;
        return conflict("connection");
      },
    });
    const view = await world.propose();
    await world.approve(view);
    world.on.now = true;
    await world.work(world.halo, 500);
    expect(tries).toBe(3);
    expect(world.logged.join()).toContain("Work failed and will be tried again");
    world.on.now = false;
    await world.clock.advance(5_000);
    expect(await endOf(world, view.id)).toMatchObject({ state: "succeeded", effects: 1 });
  });

  it.each<[string, () => never]>([
    ["its state is another by then", () => conflict("executing", "approval_stale")],
    [
      "the store is away",
      () => {
        throw new StorageError("away", { retryable: true });
      },
    ],
    ["the store says something else", () => conflict("other")],
  ])("changes nothing where %s", async (_, begin) => {
    const world = await tampered({ begin: () => async () => begin() });
    const view = await world.propose();
    await world.approve(view);
    world.on.now = true;
    expect(await endOf(world, view.id)).toEqual({
      state: "approved",
      code: undefined,
      gate: undefined,
      effects: 0,
    });
  });

  it("T41 names the limit that would be passed", async () => {
    const world = await tampered({ begin: () => async () => conflict("limit") });
    const view = await world.propose();
    await world.approve(view);
    world.on.now = true;
    expect(await endOf(world, view.id)).toMatchObject({ state: "refused", gate: "limit", effects: 0 });
  });

  it("A7 asks no limit of what moves no money", async () => {
    const fax = defineAction({ ...deskActions[3], approval: "human" } as never);
    const limits = [{ per: "org", currency: "usd", amountMinor: 1, hours: 1 }] as const;
    const world = await approvalWorld({
      integrations: [desk({ actions: [...deskActions.slice(0, 3), fax, refund] })],
      approvals: { limits },
    });
    const outcome = await world.invoke("send_fax", { text: "a" });
    if (outcome.status !== "pending_approval") return expect.unreachable();
    await world.approve(await world.now(outcome.approvalId));
    expect(await endOf(world, outcome.approvalId)).toMatchObject({ state: "succeeded", effects: 1 });
  });
});

describe("a store that is away while an approved call is looked at again", () => {
  it("ends nothing: it is done once the store is back", async () => {
    const inner = memoryStorage();
    let away = false;
    const storage = tamper(inner, "actions", {
      gates: async (...by) => {
        if (away) throw new StorageError("away", { retryable: false });
        return await inner.actions.gates(...by);
      },
    });
    const world = await approvalWorld({ storage });
    const view = await world.propose();
    await world.approve(view);
    away = true;
    expect(await endOf(world, view.id)).toMatchObject({ state: "approved", effects: 0 });
    away = false;
    await world.clock.advance(10_000);
    expect(await endOf(world, view.id)).toMatchObject({ state: "succeeded", effects: 1 });
  });
});

describe("a vendor that is away while an approved call is looked at again", () => {
  it("puts it off, and nothing is done twice", async () => {
    const world = await approvalWorld();
    const view = await world.propose();
    await world.approve(view);
    world.desk.readFaults = Array.from({ length: 40 }, () => "503" as const);
    await world.work(world.halo, 60_000);
    expect((await world.now(view.id)).state).toBe("approved");
    world.desk.readFaults = [];
    await world.work(world.halo, 60_000);
    expect(await endOf(world, view.id)).toMatchObject({ state: "succeeded", effects: 1 });
  });

  it("A7 asks those limits that name the money's currency", async () => {
    const limit = { per: "org", amountMinor: 10_000, hours: 1 } as const;
    const limits = ["usd", "eur"].map((currency) => ({ ...limit, currency }));
    const world = await approvalWorld({ approvals: { limits } });
    const view = await world.propose();
    await world.approve(view);
    expect(await endOf(world, view.id)).toMatchObject({ state: "succeeded", effects: 1 });
  });
});

describe("A8 an approver's roles", () => {
  it("are nobody's while the host fails to tell them", async () => {
    let fail = false;
    const rolesOf = async () => {
      if (fail) throw new TypeError("away");
      return ["approver"];
    };
    const world = await approvalWorld({ approvals: { rolesOf } });
    const view = await world.propose();
    await world.approve(view, grace);
    fail = true;
    expect(await endOf(world, view.id)).toMatchObject({ effects: 0 });
  });
});
