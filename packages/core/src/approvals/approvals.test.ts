import { beforeAll, describe, expect, it } from "vitest";
import { agentId, desk, deskActions, orgId, refund, warm } from "../../test/acme-actions.ts";
import { type ApprovalWorld, alan, approvalWorld, grace, hourMs } from "../../test/approval-world.ts";
import { tamper } from "../../test/harness.ts";
import { defineAction, type Person, VendorError } from "../index.ts";
import { memoryStorage } from "../memory/index.ts";

beforeAll(warm);

const ended = async (world: ApprovalWorld, id: string) => {
  await world.settle();
  const { error, state } = await world.now(id);
  return { state, code: error?.code, gate: error?.gate, effects: world.desk.ledger.length };
};
const done = { state: "succeeded", code: undefined, gate: undefined, effects: 1 };

describe("an action that needs a person", () => {
  it("A1 is only proposed by the agent's call, and executed by a worker once a person said yes", async () => {
    const world = await approvalWorld();
    const view = await world.propose();
    expect(view).toMatchObject({ state: "proposed", input: { amount: 1_250 }, needed: 1, decisions: [] });
    expect(await ended(world, view.id)).toMatchObject({ state: "proposed", effects: 0 });
    expect((await world.approve(view)).state).toBe("approved");
    expect(world.desk.ledger).toEqual([]);
    expect(await ended(world, view.id)).toEqual(done);
    expect(world.told.map(({ name }) => name)).toEqual([
      "approval.requested",
      "approval.approved",
      "succeeded",
    ]);
  });

  it("A9 bears the proposal's id at the vendor, at every attempt", async () => {
    const world = await approvalWorld();
    const view = await world.propose();
    await world.approve(view);
    world.desk.faults = ["lost", "503"];
    await world.work(world.halo, 20_000);
    expect(world.desk.ledger).toMatchObject([{ body: { amount: 1_250, key: view.id } }]);
    expect(world.desk.requests.filter((one) => one === "POST /refunds")).toHaveLength(3);
    expect((await world.now(view.id)).state).toBe("succeeded");
  });

  it("is listed as one that asks a person, and available", async () => {
    const { halo } = await approvalWorld();
    const listed = await halo.actions.list({ orgId, agentId });
    expect(listed.find(({ action }) => action === "refund")).toMatchObject({
      asks: "human",
      available: true,
    });
  });

  it("A1 is not executed by the call that is repeated after the yes", async () => {
    const world = await approvalWorld();
    const view = await world.propose(undefined, { idempotencyKey: "k" });
    await world.approve(view);
    const again = await world.invoke(
      "refund",
      { amount: 1_250 },
      {
        context: { conversationId: "c1", customer: { email: "ada@example.com" } },
        idempotencyKey: "k",
      },
    );
    expect(again).toMatchObject({ status: "pending_approval", approvalId: view.id });
    expect(world.desk.ledger).toEqual([]);
    await world.settle();
    const then = await world.invoke(
      "refund",
      { amount: 1_250 },
      {
        context: { conversationId: "c1", customer: { email: "ada@example.com" } },
        idempotencyKey: "k",
      },
    );
    expect(then).toMatchObject({ status: "succeeded", repeated: true, callId: view.id });
    expect(world.desk.ledger).toHaveLength(1);
  });

  it.each([
    ["rejected", { code: "gate_closed", gate: "approval" }],
    ["expired", { code: "approval_stale" }],
  ] as const)("tells the call that is repeated that it was %s", async (how, error) => {
    const world = await approvalWorld();
    const view = await world.propose(undefined, { idempotencyKey: "k" });
    if (how === "rejected") await world.reject(view);
    else {
      await world.clock.advance(4 * hourMs);
      await world.settle();
    }
    expect((await world.now(view.id)).state).toBe(how);
    await expect(world.propose(undefined, { idempotencyKey: "k" })).rejects.toMatchObject(error);
  });

  it("is refused with the vendor's word where there is nothing to decide", async () => {
    const world = await approvalWorld();
    await expect(world.propose({ amount: 10_001 })).rejects.toMatchObject({
      code: "input_invalid",
      path: "amount",
    });
    world.desk.readFaults = ["400"];
    await expect(world.propose()).rejects.toMatchObject({ code: "vendor_failed" });
    expect(await world.halo.approvals.list(orgId)).toEqual([]);
    const states = (await world.halo.actions.calls.list(orgId)).map(({ state }) => state);
    expect(states).toEqual(["failed", "refused"]);
  });

  it.each([0, -1, 0.5, 2 ** 53, Number.MAX_VALUE])(
    "T42 is refused where it would move %d",
    async (amount) => {
      const world = await approvalWorld();
      world.desk.order = { ...world.desk.order, refundable: Number.MAX_VALUE };
      await world.halo.agents.setAction({
        orgId,
        agentId,
        action: "refund",
        enabled: true,
        config: { most: Number.MAX_SAFE_INTEGER },
      });
      const config = { most: Number.MAX_SAFE_INTEGER };
      await world.halo.agents.setAction({ orgId, agentId, action: "refund", enabled: true, config });
      await expect(world.propose({ amount })).rejects.toMatchObject({
        code: expect.stringMatching(/input_invalid|gate_closed/),
      });
      expect(await world.halo.approvals.list(orgId)).toEqual([]);
    },
  );

  it.each(["EUR", "euro", ""])("T42 is refused where its currency is %j", async (currency) => {
    const world = await approvalWorld();
    world.desk.order = { ...world.desk.order, currency };
    await expect(world.propose()).rejects.toMatchObject({ code: "input_invalid", path: "money.currency" });
  });

  it("may bring neither money nor state: then its preview is what is decided on", async () => {
    const fax = defineAction({ ...deskActions[3], approval: "human" } as never);
    const world = await approvalWorld({
      integrations: [desk({ actions: [...deskActions.slice(0, 3), fax, refund] })],
    });
    const outcome = await world.invoke("send_fax", { text: "a" });
    if (outcome.status !== "pending_approval") return expect.unreachable();
    const view = await world.now(outcome.approvalId);
    expect(view.money).toBeUndefined();
    await world.approve(view);
    expect(await ended(world, view.id)).toEqual(done);
  });
});

describe("what a decision is bound to", () => {
  it("A3 keeps the hash, the human, the time and the reason", async () => {
    const world = await approvalWorld();
    const view = await world.propose();
    await world.approve(view, grace, { reason: "The parcel was lost." });
    const at = new Date(world.clock.now());
    expect((await world.now(view.id)).decisions).toEqual([
      { kind: "approve", by: "grace", reason: "The parcel was lost.", at },
    ]);
    const stored = await world.options.storage.approvals.get(orgId, view.id);
    expect(stored?.decisions).toMatchObject([{ hash: view.hash }]);
    expect(await world.halo.actions.calls.audit(orgId, view.id)).toMatchObject([
      { to: "proposed", actor: { kind: "agent", id: agentId }, note: view.hash },
      { to: "approved", actor: { kind: "human", id: "grace" }, note: `approves 1 of 1, ${view.hash}` },
    ]);
  });

  it("F92 A2 names exactly what the person saw: another card's hash decides nothing", async () => {
    const world = await approvalWorld();
    const one = await world.propose({ amount: 100 });
    const other = await world.propose({ amount: 200 });
    await expect(world.approve({ ...one, hash: other.hash })).rejects.toMatchObject({
      code: "approval_stale",
      current: "changed",
    });
    expect(await ended(world, one.id)).toMatchObject({ state: "proposed", effects: 0 });
  });

  const differ: readonly (readonly [string, (world: ApprovalWorld) => Promise<string>])[] = [
    ["arguments", async (world) => (await world.propose({ amount: 1_251 })).hash],
    [
      "conversation",
      async (world) =>
        (await world.propose({ amount: 1_250, reason: "b" }, { context: { conversationId: "c2" } })).hash,
    ],
  ];
  it.each(differ)("A2 is another one for other %s", async (_, another) => {
    const world = await approvalWorld();
    const { hash } = await world.propose();
    expect(await another(world)).not.toBe(hash);
  });

  it("A11 edited arguments are a new proposal, and the old one stays what it was", async () => {
    const world = await approvalWorld();
    const old = await world.propose({ amount: 100 });
    const edited = await world.propose({ amount: 90 });
    expect(edited.id).not.toBe(old.id);
    await world.approve(edited);
    await world.settle();
    expect(world.desk.ledger).toMatchObject([{ body: { amount: 90, key: edited.id } }]);
    expect((await world.now(old.id)).state).toBe("proposed");
  });

  it.each([
    ["input", { call: { input: { amount: 9_999 } } }],
    ["hash of the arguments", { call: { argumentsHash: "0".repeat(64) } }],
    ["account", { proposal: { account: "acct-2" } }],
    ["amount", { proposal: { money: { amountMinor: 1, currency: "eur" } } }],
    ["number of people", { proposal: { needed: 1, requestedBy: "nobody" } }],
    ["card", { proposal: { preview: { summary: "Nothing of importance." } } }],
  ] as const)("F92 T37 an edited %s is not executed, and raises an alarm", async (_, edit) => {
    const inner = memoryStorage();
    let edited = false;
    const storage = tamper(inner, "approvals", {
      get: async (...by) => {
        const found = await inner.approvals.get(...by);
        if (!found || !edited) return found;
        const { call = {}, proposal = {} } = edit as { call?: object; proposal?: object };
        return { ...found, call: { ...found.call, ...call }, proposal: { ...found.proposal, ...proposal } };
      },
    });
    const world = await approvalWorld({ storage, approvals: { twoAbove: { eur: 100 } } });
    const view = await world.propose();
    await world.approve(view);
    await world.approve(view, alan);
    edited = true;
    await world.settle();
    edited = false;
    expect(await ended(world, view.id)).toMatchObject({
      state: "refused",
      code: "approval_stale",
      effects: 0,
    });
    expect(world.told).toContainEqual(
      expect.objectContaining({ name: "approval.alarm", approvalId: view.id }),
    );
  });

  it("F92 an edited proposal cannot be approved", async () => {
    const inner = memoryStorage();
    let edited = false;
    const storage = tamper(inner, "approvals", {
      get: async (...by) => {
        const found = await inner.approvals.get(...by);
        return found && edited ? { ...found, call: { ...found.call, input: { amount: 1 } } } : found;
      },
    });
    const world = await approvalWorld({ storage });
    const view = await world.propose();
    edited = true;
    await expect(world.approve(view)).rejects.toMatchObject({ code: "approval_stale", current: "changed" });
    expect(world.told.at(-1)).toMatchObject({ name: "approval.alarm" });
  });

  it.each([
    ["by another person", { by: "mallory" }],
    ["for another hash", { hash: "1".repeat(64) }],
    ["without a proof", { proof: "" }],
    ["with a proof of another key", { proof: `k9.${"a".repeat(64)}` }],
    ["with a proof that is none", { proof: `default.${"a".repeat(64)}` }],
    ["at another time", { at: new Date(1) }],
    ["for another reason", { reason: "because" }],
  ])("T37 a decision that was written %s counts for nothing", async (_, forged) => {
    const inner = memoryStorage();
    const storage = tamper(inner, "approvals", {
      decide: (org, id, decision, error) => inner.approvals.decide(org, id, decision, error),
      get: async (...by) => {
        const found = await inner.approvals.get(...by);
        return found && { ...found, decisions: found.decisions.map((one) => ({ ...one, ...forged })) };
      },
    });
    const world = await approvalWorld({ storage });
    const view = await world.propose();
    await world.approve(view);
    expect(await ended(world, view.id)).toMatchObject({ state: "refused", effects: 0 });
    expect(world.told).toContainEqual(
      expect.objectContaining({ name: "approval.alarm", reason: "decision" }),
    );
  });

  it("T37 a call that was set to approved without anybody's word is not executed", async () => {
    const world = await approvalWorld();
    const view = await world.propose();
    const { actions, leases } = world.options.storage;
    const actor = { kind: "human", id: "mallory" } as const;
    await actions.transition(orgId, view.id, {
      from: ["proposed"],
      to: "approved",
      actor,
      at: new Date(world.clock.now()),
    });
    await leases.wake([{ kind: "action", orgId, subject: view.id }]);
    expect(await ended(world, view.id)).toMatchObject({ state: "refused", effects: 0 });
  });
});

describe("a decision", () => {
  it("A4 F90 of many at once is one", async () => {
    const world = await approvalWorld();
    const view = await world.propose();
    const people = Array.from({ length: 20 }, (_, n): Person => ({ ...grace, id: `p${n}` }));
    const clicks = await Promise.allSettled(
      people.map((one, n) => (n % 3 === 0 ? world.reject(view, one) : world.approve(view, one))),
    );
    expect(clicks.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const click of clicks) {
      if (click.status === "rejected") expect(click.reason).toMatchObject({ code: "approval_stale" });
    }
    expect((await world.now(view.id)).decisions).toHaveLength(1);
  });

  it.each(["approve", "reject"] as const)(
    "A4 F10 is made once: a second %s sees the first",
    async (second) => {
      const world = await approvalWorld();
      const view = await world.propose();
      await world.approve(view);
      await expect(world[second](view, alan)).rejects.toMatchObject({
        code: "approval_stale",
        current: "approved",
      });
      await world.settle();
      await expect(world[second](view, alan)).rejects.toMatchObject({
        code: "approval_stale",
        current: "succeeded",
      });
      expect(world.desk.ledger).toHaveLength(1);
    },
  );

  it.each([
    ["money", 4, { amount: 1_250 }, "refund"],
    ["what moves none", 24, { text: "a" }, "send_fax"],
  ] as const)(
    "A5 F91 of %s can be made for %i hours by the store's clock",
    async (_, hours, input, action) => {
      const fax = defineAction({ ...deskActions[3], approval: "human" } as never);
      for (const [late, current] of [
        [-1, undefined],
        [0, "expired"],
      ] as const) {
        const world = await approvalWorld({
          integrations: [desk({ actions: [...deskActions.slice(0, 3), fax, refund] })],
        });
        const outcome = await world.invoke(action, input);
        if (outcome.status !== "pending_approval") return expect.unreachable();
        const view = await world.now(outcome.approvalId);
        await world.clock.advance(hours * hourMs + late);
        if (current === undefined) expect((await world.approve(view)).state).toBe("approved");
        else {
          await expect(world.approve(view)).rejects.toMatchObject({ code: "approval_stale", current });
          expect((await world.now(view.id)).state).toBe("expired");
          expect(world.told.at(-1)).toMatchObject({ name: "approval.expired" });
        }
      }
    },
  );

  it("F91 of what was approved in time does not hold beyond it either", async () => {
    const world = await approvalWorld();
    const view = await world.propose();
    await world.approve(view);
    await world.clock.advance(4 * hourMs);
    expect(await ended(world, view.id)).toMatchObject({ state: "expired", effects: 0 });
    expect(world.told.at(-1)).toMatchObject({ name: "approval.expired" });
  });

  it("F91 that nobody made in time is told by the worker", async () => {
    const world = await approvalWorld();
    const view = await world.propose();
    await world.settle();
    await world.clock.advance(4 * hourMs - 6_000);
    await world.settle();
    expect((await world.now(view.id)).state).toBe("proposed");
    await world.settle();
    expect(await world.now(view.id)).toMatchObject({ state: "expired", error: { code: "approval_stale" } });
    expect(world.told.at(-1)).toMatchObject({ name: "approval.expired" });
  });

  it("is given for what the org has, and for nothing else", async () => {
    const world = await approvalWorld();
    const { hash, id } = await world.propose();
    const about = { approvalId: id, hash, actor: grace };
    await expect(world.halo.approvals.approve({ ...about, orgId: "org-2" })).rejects.toMatchObject({
      code: "not_found",
    });
    await expect(world.halo.approvals.approve({ ...about, orgId, approvalId: "x" })).rejects.toMatchObject({
      code: "not_found",
    });
    await expect(world.halo.approvals.get("org-2", id)).rejects.toMatchObject({ code: "not_found" });
    for (const wrong of [
      { hash: "" },
      { reason: "x".repeat(501) },
      { reason: "\0" },
      { more: 1 },
    ] as object[]) {
      const request = { ...about, orgId, ...wrong };
      await expect(world.halo.approvals.approve(request)).rejects.toMatchObject({ code: "input_invalid" });
    }
  });
});

describe("who may decide", () => {
  const people: readonly (readonly [string, Person])[] = [
    ["a service", { ...grace, kind: "service" }],
    ["somebody without the role", { ...grace, roles: ["viewer"] }],
    ["somebody without any role", { ...grace, roles: [] }],
    ["whoever asked through the agent", { ...grace, id: "staff-1" }],
    ["whoever asked, by their address", { ...grace, email: "STAFF-1@example.com" }],
    ["the customer, by their address", { ...grace, email: "Ada@Example.com" }],
    ["the customer, by their id", { ...grace, id: "u1" }],
    ["the customer, by their id at a vendor", { ...grace, id: "cus_1" }],
    ["whoever is called like the agent", { ...grace, id: agentId }],
  ];
  it.each(people)("T39 A6 is not %s", async (who, person) => {
    const world = await approvalWorld();
    const view = await world.propose(undefined, {
      context: {
        conversationId: "c1",
        customer: { email: "ada@example.com", endUserId: "u1", ids: { acme: "cus_1" } },
        requestedBy: who.includes("address") ? "staff-1@example.com" : "staff-1",
      },
    });
    await expect(world.approve(view, person)).rejects.toMatchObject({
      code: "gate_closed",
      gate: "approver",
    });
    expect((await world.now(view.id)).decisions).toEqual([]);
    expect((await world.approve(view)).state).toBe("approved");
  });

  it("T39 A6 whoever asked an internal agent has to be named", async () => {
    const world = await approvalWorld();
    await world.halo.agents.upsert({ orgId, id: agentId, kind: "internal" });
    await expect(world.propose()).rejects.toMatchObject({
      code: "input_invalid",
      path: "context.requestedBy",
    });
    const view = await world.propose(undefined, { context: { requestedBy: "staff-1" } });
    await expect(world.approve(view, { ...grace, id: "staff-1" })).rejects.toMatchObject({
      gate: "approver",
    });
  });

  it("T39 a rejection needs the role and a person too", async () => {
    const world = await approvalWorld();
    const view = await world.propose();
    await expect(world.reject(view, { ...grace, kind: "service" })).rejects.toMatchObject({
      gate: "approver",
    });
    await expect(world.reject(view, { ...grace, roles: [] })).rejects.toMatchObject({ gate: "approver" });
    expect((await world.reject(view)).state).toBe("rejected");
  });

  it("T39 A8 is asked of the host at the click, and again before the execution", async () => {
    const roles = new Map([["grace", ["approver"]]]);
    const asked: string[] = [];
    const rolesOf = async ({ id, orgId: org }: { id: string; orgId: string }) => {
      asked.push(`${org} ${id}`);
      return roles.get(id) ?? [];
    };
    const world = await approvalWorld({ approvals: { rolesOf } });
    const first = await world.propose({ amount: 1 });
    await expect(world.approve(first, alan)).rejects.toMatchObject({ gate: "approver" });
    await world.approve(first, { ...grace, roles: [] });
    roles.set("grace", []);
    expect(await ended(world, first.id)).toMatchObject({ state: "refused", gate: "approval", effects: 0 });
    expect(asked).toEqual(["org-1 alan", "org-1 grace", "org-1 grace"]);
  });

  it("are whom the host says: other roles than the default", async () => {
    const world = await approvalWorld({ approvals: { roles: ["treasurer"] } });
    const view = await world.propose();
    await expect(world.approve(view, alan)).rejects.toMatchObject({ gate: "approver" });
    expect((await world.approve(view, { ...grace, roles: ["treasurer"] })).state).toBe("approved");
  });

  describe("A6 above the second limit", () => {
    const policy = { approvals: { twoAbove: { eur: 1_000 } } };

    it("are two, of whom the first alone lets nothing through", async () => {
      const world = await approvalWorld(policy);
      const view = await world.propose({ amount: 1_001 });
      expect(view.needed).toBe(2);
      expect((await world.approve(view)).state).toBe("proposed");
      expect(world.told.at(-1)).toMatchObject({ name: "approval.seconded", by: "grace" });
      expect(await ended(world, view.id)).toMatchObject({ state: "proposed", effects: 0 });
      await expect(world.approve(view)).rejects.toMatchObject({ code: "approval_stale", current: "decided" });
      expect((await world.approve(view, alan)).state).toBe("approved");
      expect(await ended(world, view.id)).toEqual(done);
    });

    it("are one at the limit, and two for a currency that has none", async () => {
      const world = await approvalWorld(policy);
      expect((await world.propose({ amount: 1_000 })).needed).toBe(1);
      world.desk.order = { ...world.desk.order, currency: "usd" };
      expect((await world.propose({ amount: 1 })).needed).toBe(2);
    });

    it("a rejection ends it after the first yes", async () => {
      const world = await approvalWorld(policy);
      const view = await world.propose({ amount: 2_000 });
      await world.approve(view);
      expect((await world.reject(view, alan)).state).toBe("rejected");
      expect(await ended(world, view.id)).toMatchObject({ state: "rejected", effects: 0 });
    });
  });
});

describe("F93 A8 at the moment of execution", () => {
  const changes: readonly (readonly [string, (world: ApprovalWorld) => Promise<unknown>, object])[] = [
    [
      "the mode is off",
      ({ connectionId, halo }) => halo.connections.setMode(orgId, connectionId, "actions", false),
      { gate: "mode" },
    ],
    [
      "the agent is not active",
      ({ halo }) => halo.agents.upsert({ orgId, id: agentId, active: false }),
      { gate: "agent" },
    ],
    [
      "the action is off",
      ({ halo }) => halo.agents.setAction({ orgId, agentId, action: "refund", enabled: false }),
      { gate: "agent_action" },
    ],
    [
      "the configuration permits less",
      ({ halo }) =>
        halo.agents.setAction({ orgId, agentId, action: "refund", enabled: true, config: { most: 1 } }),
      { gate: "permit" },
    ],
    [
      "the connection is gone",
      ({ connectionId, halo }) => halo.connections.disconnect(orgId, connectionId),
      { gate: "connection" },
    ],
    [
      "the connection was made anew",
      ({ connectionId, halo }) =>
        halo.connections.connectWithKey({ orgId, integration: "acme", key: "k2", connectionId }),
      { gate: "connection" },
    ],
    [
      "the account behind it is another",
      ({ connectionId, options }) =>
        options.storage.connections.change(orgId, connectionId, { account: { id: "acct-2" } }),
      { gate: "connection" },
    ],
    [
      "the account turned from test to live",
      ({ connectionId, options }) =>
        options.storage.connections.change(orgId, connectionId, {
          account: { id: "acct-1", details: { livemode: "true" } },
        }),
      { gate: "connection" },
    ],
    [
      "the object has another state",
      async ({ desk: vendor }) => {
        vendor.order = { ...vendor.order, status: "disputed" };
      },
      { code: "approval_stale" },
    ],
    [
      "less is left",
      async ({ desk: vendor }) => {
        vendor.order = { ...vendor.order, refundable: 1_000 };
      },
      { code: "input_invalid" },
    ],
    [
      "its currency is another",
      async ({ desk: vendor }) => {
        vendor.order = { ...vendor.order, currency: "usd" };
      },
      { code: "approval_stale" },
    ],
    [
      "the vendor refuses to say",
      async ({ desk: vendor }) => {
        vendor.readFaults = ["403"];
      },
      { code: "vendor_failed" },
    ],
  ];
  it.each(changes)("nothing happens when %s", async (_, change, error) => {
    const world = await approvalWorld();
    const view = await world.propose();
    await world.approve(view);
    await change(world);
    expect(await ended(world, view.id)).toMatchObject({
      state: expect.stringMatching(/refused|failed/),
      effects: 0,
      ...error,
    });
  });

  it("T09 objects of the other mode than the account's are neither proposed nor executed", async () => {
    const world = await approvalWorld();
    const { storage } = world.options;
    const change = (livemode: string) =>
      storage.connections.change(orgId, world.connectionId, {
        account: { id: "acct-1", details: { livemode } },
      });
    await change("false");
    world.desk.order = { ...world.desk.order, livemode: true };
    await expect(world.propose()).rejects.toMatchObject({ gate: "connection" });
    world.desk.order = { ...world.desk.order, livemode: false };
    const view = await world.propose();
    await world.approve(view);
    world.desk.order = { ...world.desk.order, livemode: true };
    expect(await ended(world, view.id)).toMatchObject({ state: "refused", gate: "connection", effects: 0 });
  });

  it("the vendor being away for a moment puts it off, and executes it once", async () => {
    const world = await approvalWorld();
    const view = await world.propose();
    await world.approve(view);
    world.desk.readFaults = Array.from({ length: 4 }, () => "503" as const);
    await world.work(world.halo, 120_000);
    expect(await ended(world, view.id)).toEqual(done);
  });

  it("an action whose version changed is not executed", async () => {
    const storage = memoryStorage();
    const world = await approvalWorld({ storage });
    const view = await world.propose();
    await world.approve(view);
    const changed = desk({ actions: [...deskActions.slice(0, -1), { ...refund, version: 2 }] });
    const { createHalo } = await import("../index.ts");
    await world.work(await createHalo({ ...world.options, integrations: [changed] }), 2_500);
    expect(await world.now(view.id)).toMatchObject({ state: "refused", error: { gate: "integration" } });
    expect(world.desk.ledger).toEqual([]);
  });
});

describe("A10 what became of it", () => {
  it("F11 is executed once when the process dies right after it was begun", async () => {
    const world = await approvalWorld();
    const view = await world.propose();
    await world.approve(view);
    world.desk.before = (path) => {
      if (path === "/refunds") world.desk.before = () => {};
      if (path === "/refunds") throw Object.assign(new Error("frozen"), { frozen: true });
    };
    const frozen = await world.frozen();
    const stop = new AbortController();
    void frozen.work({ signal: stop.signal }).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 50));
    await world.work(world.halo, 60_000);
    stop.abort(new Error("over"));
    expect(await ended(world, view.id)).toEqual(done);
    expect(world.desk.ledger).toMatchObject([{ body: { key: view.id } }]);
  });

  it("F94 may be unknown, is looked for, and then is known to have happened", async () => {
    const world = await approvalWorld();
    const view = await world.propose();
    await world.approve(view);
    world.desk.faults = ["lost", "503", "503", "503"];
    world.desk.after = () => {};
    let away = true;
    world.desk.before = (path, method) => {
      if (away && path === "/tickets" && method === "GET")
        throw new VendorError("away", { retryable: false });
    };
    await world.work(world.halo, 50_000);
    expect((await world.now(view.id)).state).toBe("outcome_unknown");
    away = false;
    await world.work(world.halo, 2 * 60_000);
    expect(await world.now(view.id)).toMatchObject({
      state: "reconciled",
      output: { id: "found" },
      error: undefined,
    });
    expect(world.told.at(-1)).toMatchObject({ name: "reconciled", callId: view.id });
    expect(world.desk.ledger).toHaveLength(1);
  });

  it("F14 may be known not to have happened, and is not tried again by itself", async () => {
    const world = await approvalWorld();
    const view = await world.propose();
    await world.approve(view);
    world.desk.faults = ["cut", "503", "503", "503"];
    let away = true;
    world.desk.before = (path, method) => {
      if (away && path === "/tickets" && method === "GET")
        throw new VendorError("away", { retryable: false });
    };
    await world.work(world.halo, 50_000);
    expect((await world.now(view.id)).state).toBe("outcome_unknown");
    for (let looks = 0; looks < 4; looks++) {
      await world.clock.advance(6 * hourMs);
      await world.settle();
    }
    expect((await world.now(view.id)).state).toBe("outcome_unknown");
    away = false;
    await world.clock.advance(24 * hourMs);
    await world.settle();
    expect(await world.now(view.id)).toMatchObject({ state: "reconciled", error: { code: "vendor_failed" } });
    expect(world.desk.ledger).toEqual([]);
  });

  it("stays unknown where nobody can look, and is not looked for without end", async () => {
    const { find: _, ...again } = refund.again as { find?: unknown; kind: "idempotent"; keyLifeMs: number };
    const blind = { ...refund, again };
    const world = await approvalWorld({
      integrations: [desk({ actions: [...deskActions.slice(0, -1), blind] })],
    });
    const view = await world.propose();
    await world.approve(view);
    world.desk.faults = ["lost", "503", "503", "503"];
    await world.work(world.halo, 50_000);
    expect((await world.now(view.id)).state).toBe("outcome_unknown");
    await world.clock.advance(96 * hourMs);
    const work = { holder: "h", limit: 9, ttlMs: 1_000, kinds: ["action"] } as const;
    expect(await world.options.storage.leases.claim(work)).toEqual([]);
  });
});

describe("limits", () => {
  const limit = (per: "org" | "agent" | "customer", amountMinor = 1_000, hours = 24) => ({
    approvals: { limits: [{ per, currency: "eur", amountMinor, hours }] },
  });

  it("T41 A7 many small amounts reach the limit together, however they come", async () => {
    const world = await approvalWorld(limit("org"));
    const views = [];
    for (let n = 1; n <= 8; n++) views.push(await world.propose({ amount: 200 + n }));
    for (const view of views) await world.approve(view);
    await world.work(world.halo, 10_000);
    const states = await Promise.all(views.map(async ({ id }) => (await world.now(id)).state));
    expect(states.filter((state) => state === "succeeded")).toHaveLength(4);
    const refused = await Promise.all(views.map(async ({ id }) => (await world.now(id)).error?.gate));
    expect(refused.filter((gate) => gate === "limit")).toHaveLength(4);
    const sum = world.desk.ledger.reduce((all, { body }) => all + Number(body["amount"]), 0);
    expect(sum).toBeLessThanOrEqual(1_000);
  });

  it("A7 hold up to the last cent, and anew once the time is over", async () => {
    const world = await approvalWorld(limit("org", 1_000, 1));
    const go = async (amount: number) => {
      const view = await world.propose({ amount });
      await world.approve(view);
      await world.settle();
      return (await world.now(view.id)).state;
    };
    expect(await go(600)).toBe("succeeded");
    expect(await go(401)).toBe("refused");
    expect(await go(400)).toBe("succeeded");
    expect(await go(1)).toBe("refused");
    await world.clock.advance(hourMs);
    expect(await go(999)).toBe("succeeded");
  });

  it("A7 count by customer where they are per customer, and by agent where per agent", async () => {
    for (const per of ["customer", "agent"] as const) {
      const world = await approvalWorld(limit(per));
      const { halo } = world;
      await halo.agents.upsert({ orgId, id: "other" });
      await halo.agents.setAction({ orgId, agentId: "other", action: "refund", enabled: true });
      const go = async (amount: number, email: string, agent: string) => {
        const view = await world.propose({ amount }, { agentId: agent, context: { customer: { email } } });
        await world.approve(view);
        await world.settle();
        return (await world.now(view.id)).state;
      };
      expect(await go(900, "a@example.com", agentId)).toBe("succeeded");
      expect(await go(901, "a@example.com", agentId)).toBe("refused");
      expect(await go(902, "b@example.com", agentId)).toBe(per === "customer" ? "succeeded" : "refused");
      expect(await go(903, "a@example.com", "other")).toBe(per === "agent" ? "succeeded" : "refused");
    }
  });

  it("A7 what failed counts nothing", async () => {
    const world = await approvalWorld(limit("org"));
    const failing = await world.propose({ amount: 1_000 });
    await world.approve(failing);
    world.desk.faults = ["400"];
    expect(await ended(world, failing.id)).toMatchObject({ state: "failed" });
    const view = await world.propose({ amount: 999 });
    await world.approve(view);
    expect(await ended(world, view.id)).toEqual(done);
  });

  it("T42 refuse money of a currency that none of them names", async () => {
    const world = await approvalWorld(limit("org"));
    world.desk.order = { ...world.desk.order, currency: "usd" };
    const view = await world.propose({ amount: 1 });
    await world.approve(view);
    expect(await ended(world, view.id)).toMatchObject({ state: "refused", gate: "limit", effects: 0 });
  });
});

describe("what people are asked", () => {
  it("T40 is one thing, however often the agent asks for it", async () => {
    const world = await approvalWorld();
    const ids = new Set<string>();
    for (let n = 0; n < 30; n++) ids.add((await world.propose()).id);
    expect(ids.size).toBe(1);
    expect(world.told.filter(({ name }) => name === "approval.requested")).toHaveLength(1);
  });

  it("T40 is refused to another conversation while it waits", async () => {
    const world = await approvalWorld();
    await world.propose();
    const other = world.propose(undefined, {
      context: { conversationId: "c2", customer: { email: "ada@example.com" } },
    });
    await expect(other).rejects.toMatchObject({ code: "conflict", current: "proposed" });
  });

  it("T40 is bounded, for an agent and for an org", async () => {
    for (const [policy, most] of [
      [{ pendingPerAgent: 3 }, 3],
      [{ pendingPerOrg: 2 }, 2],
    ] as const) {
      const world = await approvalWorld({ approvals: policy });
      for (let n = 1; n <= most; n++) await world.propose({ amount: n });
      await expect(world.propose({ amount: 99 })).rejects.toMatchObject({
        code: "conflict",
        current: "full",
      });
      const [first] = await world.halo.approvals.list(orgId);
      if (!first) return expect.unreachable();
      await world.reject(first);
      expect((await world.propose({ amount: 99 })).state).toBe("proposed");
    }
  });

  it("A15 is not asked again for a while after a no", async () => {
    const world = await approvalWorld({ approvals: { coolDownHours: 2 } });
    await world.reject(await world.propose());
    await world.clock.advance(2 * hourMs - 1);
    await expect(world.propose()).rejects.toMatchObject({ code: "approval_stale", current: "rejected" });
    expect((await world.propose({ amount: 1 })).state).toBe("proposed");
    await world.clock.advance(1);
    expect((await world.propose()).state).toBe("proposed");
  });

  it("A15 the cool-down may be none", async () => {
    const world = await approvalWorld({ approvals: { coolDownHours: 0 } });
    await world.reject(await world.propose());
    expect((await world.propose()).state).toBe("proposed");
  });
});

describe("A13 the kill switch", () => {
  const stopped = { code: "gate_closed", gate: "stopped" };

  it.each([orgId, "deployment"])(
    "of %s stops what is asked for, what waits and what was approved",
    async (scope) => {
      const world = await approvalWorld();
      const { halo } = world;
      const waiting = await world.propose({ amount: 1 });
      const approved = await world.propose({ amount: 2 });
      await world.approve(approved);
      await halo.killSwitch.stop({ orgId: scope, actor: grace });
      expect(await halo.killSwitch.stops(orgId)).toMatchObject([{ by: "grace" }]);
      await expect(world.invoke("charge", { amount: 5 })).rejects.toMatchObject(stopped);
      await expect(world.propose({ amount: 3 })).rejects.toMatchObject(stopped);
      await expect(world.approve(waiting)).rejects.toMatchObject(stopped);
      expect(
        (await halo.actions.list({ orgId, agentId })).every(({ closed }) => closed?.gate === "stopped"),
      ).toBe(true);
      expect(await ended(world, approved.id)).toMatchObject({
        state: "refused",
        gate: "stopped",
        effects: 0,
      });
      await halo.killSwitch.resume({ orgId: scope, actor: grace });
      expect(await halo.killSwitch.stops(orgId)).toEqual([]);
      await world.approve(waiting);
      expect(await ended(world, waiting.id)).toEqual(done);
      expect(await world.invoke("charge", { amount: 5 })).toMatchObject({ status: "succeeded" });
    },
  );

  it("leaves without effect what was approved before it, also once it is over", async () => {
    const world = await approvalWorld();
    const view = await world.propose();
    await world.approve(view);
    await world.halo.killSwitch.stop({ orgId, actor: grace });
    await world.clock.advance(1);
    await world.halo.killSwitch.resume({ orgId, actor: grace });
    expect(await ended(world, view.id)).toMatchObject({ state: "refused", gate: "stopped", effects: 0 });
  });

  it("takes effect on attempts that are still to come", async () => {
    const world = await approvalWorld();
    const view = await world.propose();
    await world.approve(view);
    world.desk.faults = [{ retryAfter: 5 }];
    const stop = new AbortController();
    const working = world.halo.work({ signal: stop.signal });
    await world.clock.advance(2_000);
    await world.halo.killSwitch.stop({ orgId, actor: grace });
    await world.clock.advance(30_000);
    stop.abort(new Error("over"));
    await world.clock.run(working);
    expect(world.desk.requests.filter((one) => one === "POST /refunds")).toHaveLength(1);
    await world.work(world.halo, 2 * 60_000);
    expect(await ended(world, view.id)).toMatchObject({
      state: "reconciled",
      code: "vendor_failed",
      effects: 0,
    });
  });

  it("of one org leaves the others alone", async () => {
    const world = await approvalWorld();
    await world.halo.killSwitch.stop({ orgId: "org-2", actor: grace });
    expect(await world.halo.killSwitch.stops(orgId)).toEqual([]);
    expect(await world.invoke("charge", { amount: 5 })).toMatchObject({ status: "succeeded" });
  });

  it("is turned by people with the role, twice is once", async () => {
    const { halo } = await approvalWorld();
    const turn = (actor: Person) => halo.killSwitch.stop({ orgId, actor });
    await expect(turn({ ...grace, kind: "service" })).rejects.toMatchObject({ gate: "approver" });
    await expect(turn({ ...grace, roles: [] })).rejects.toMatchObject({ gate: "approver" });
    const first = await turn(grace);
    expect(await turn(alan)).toEqual(first);
    expect(await halo.killSwitch.resume({ orgId, actor: alan })).toMatchObject({ scope: "org" });
    expect(await halo.killSwitch.resume({ orgId, actor: alan })).toBeUndefined();
  });
});
