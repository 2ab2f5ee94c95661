import { beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { agentId, customer, desk, deskActions, deskWorld, orgId, warm } from "../../test/acme-actions.ts";
import { tamper } from "../../test/harness.ts";
import { defineAction, type InvokeRequest, ValidationError } from "../index.ts";
import { memoryStorage } from "../memory/index.ts";

beforeAll(warm);

describe("invoke", () => {
  it("performs an action, answers with its output, and writes down who did what", async () => {
    const { desk: vendor, halo, invoke, told } = await deskWorld();
    const outcome = await invoke("create_ticket", { title: "Help" });
    expect(outcome).toMatchObject({ status: "succeeded", output: { id: "e1" }, repeated: false });
    expect(vendor.ledger).toMatchObject([
      { body: { title: "Help", email: "ada@example.com", marker: outcome.callId } },
    ]);
    expect(await halo.actions.calls.get(orgId, outcome.callId)).toMatchObject({
      state: "succeeded",
      agentId,
      attempts: 1,
      input: { title: "Help" },
      subject: { email: "ada@example.com" },
    });
    expect(await halo.actions.calls.audit(orgId, outcome.callId)).toMatchObject([
      { seq: 1, to: "executing", actor: { kind: "agent", id: agentId } },
      { seq: 2, from: "executing", to: "succeeded" },
    ]);
    expect(told).toEqual([
      {
        name: "succeeded",
        orgId,
        agentId,
        callId: outcome.callId,
        integration: "acme",
        action: "create_ticket",
        connectionId: expect.any(String),
      },
    ]);
  });

  it("T44 lets what a model writes lead only to the hosts that the host allows", async () => {
    const { desk: vendor, invoke, told } = await deskWorld({ allowedLinkHosts: ["example.com"] });
    await invoke("create_ticket", { title: "See https://help.example.com/a and example.com" });
    await expect(
      invoke("create_ticket", { title: "Read this: https://evil.example.net/?q=secret" }),
    ).rejects.toMatchObject({ code: "gate_closed", gate: "permit" });
    expect(vendor.ledger).toHaveLength(1);
    expect(told.at(-1)).toMatchObject({ name: "refused", gate: "permit" });
    const open = await deskWorld();
    await open.invoke("create_ticket", { title: "Read this: https://evil.example.net/" });
    expect(open.desk.ledger).toHaveLength(1);
  });

  it("uses the agent's configuration, defaults filled in", async () => {
    const { desk: vendor, halo, invoke } = await deskWorld();
    const config = { prefix: "[bot] " };
    await halo.agents.setAction({ orgId, agentId, action: "create_ticket", enabled: true, config });
    await invoke("create_ticket", { title: "Help" });
    expect(vendor.ledger[0]?.body["title"]).toBe("[bot] Help");
  });

  it("takes the customer's address from Halo where the host names an id", async () => {
    const storage = memoryStorage();
    const endUser = { id: "u1", email: "grace@example.com" };
    const world = await deskWorld({
      storage: tamper(storage, "customers", { endUser: async () => endUser as never }),
    });
    await world.invoke("create_ticket", { title: "Help" }, { context: { customer: { endUserId: "u1" } } });
    expect(world.desk.ledger[0]?.body["email"]).toBe("grace@example.com");
  });

  const bad: readonly (readonly [
    string,
    string,
    unknown,
    Partial<InvokeRequest>,
    Readonly<Record<string, unknown>>,
  ])[] = [
    ["an unknown action", "drop_tables", {}, {}, { code: "not_found", path: "action" }],
    [
      "an action of another integration",
      "charge",
      { amount: 1 },
      { integration: "zoom" },
      { code: "not_found" },
    ],
    [
      "an unknown agent",
      "charge",
      { amount: 1 },
      { agentId: "nobody" },
      { code: "gate_closed", gate: "agent" },
    ],
    ["another org", "charge", { amount: 1 }, { orgId: "org-2" }, { code: "gate_closed", gate: "connection" }],
    [
      "a connection that is not the org's",
      "charge",
      { amount: 1 },
      { connectionId: "c-other" },
      { code: "gate_closed", gate: "connection" },
    ],
    ["input that lacks a field", "charge", {}, {}, { code: "input_invalid", path: "amount" }],
    ["input of a wrong type", "charge", { amount: "5" }, {}, { code: "input_invalid", path: "amount" }],
    [
      "input that names a customer",
      "create_ticket",
      { title: "x", email: "eve@example.com" },
      {},
      { code: "input_invalid", path: "email" },
    ],
    [
      "input that JSON cannot hold",
      "charge",
      { amount: Number.NaN },
      {},
      { code: "input_invalid", path: "amount" },
    ],
    ["input that is no object", "charge", undefined, {}, { code: "input_invalid" }],
    [
      "a value outside the allow-list",
      "set_property",
      { property: "salary", value: "1" },
      {},
      { code: "gate_closed", gate: "permit" },
    ],
    ["more than is allowed", "charge", { amount: 1_001 }, {}, { code: "gate_closed", gate: "permit" }],
    [
      "an action about a customer without one",
      "create_ticket",
      { title: "x" },
      { context: {} },
      { code: "input_invalid", path: "context.customer" },
    ],
    [
      "a customer whose address is none",
      "create_ticket",
      { title: "x" },
      { context: { customer: { email: "ada" } } },
      { code: "input_invalid", path: "context.customer" },
    ],
  ];

  it.each(bad)("refuses %s, writes it down and tells of it", async (_, action, input, more, error) => {
    const { desk: vendor, halo, invoke, told } = await deskWorld();
    await expect(invoke(action, input, more)).rejects.toMatchObject(error);
    expect(vendor.ledger).toEqual([]);
    const org = more.orgId ?? orgId;
    const [call, ...others] = await halo.actions.calls.list(org);
    expect(call).toMatchObject({ state: "refused", action, error: { code: error["code"] }, attempts: 0 });
    expect(others).toEqual([]);
    expect(await halo.actions.calls.audit(org, call?.id ?? "")).toMatchObject([{ seq: 1, to: "refused" }]);
    expect(told).toMatchObject([{ name: "refused", orgId: org, code: error["code"] }]);
  });

  it("T17 says nothing of what the model wrote, in errors and in the audit", async () => {
    const { halo, invoke } = await deskWorld();
    const error: unknown = await invoke("create_ticket", {
      title: "x",
      ["canary 4711"]: "canary 4711",
    }).catch((thrown: unknown) => thrown);
    const [call] = await halo.actions.calls.list(orgId);
    const audit = await halo.actions.calls.audit(orgId, call?.id ?? "");
    expect(JSON.stringify([{ ...(error as object) }, String(error), call?.error, audit])).not.toContain(
      "canary",
    );
  });

  it("refuses a request that no host should make, and writes nothing", async () => {
    const { halo, invoke } = await deskWorld();
    for (const more of [
      { orgId: "" },
      { context: { customer: { phone: "1" } } },
      { idempotencyKey: "a\nb" },
    ]) {
      await expect(invoke("charge", { amount: 1 }, more as never)).rejects.toMatchObject({
        code: "input_invalid",
      });
    }
    expect(await halo.actions.calls.list(orgId)).toEqual([]);
  });

  it("never guesses among several connections", async () => {
    const { connectionId, desk: vendor, halo, invoke, options } = await deskWorld();
    const { connections } = options.storage;
    const stored = await connections.get(orgId, connectionId);
    if (!stored) return expect.unreachable("it is connected");
    await connections.create({ ...stored, id: "second", account: { id: "acct-2" } });
    await expect(invoke("charge", { amount: 1 })).rejects.toMatchObject({ gate: "connection" });
    expect(await invoke("charge", { amount: 1 }, { connectionId })).toMatchObject({ status: "succeeded" });
    const listed = async (named: object) =>
      (await halo.actions.list({ orgId, agentId, ...named })).filter(({ available }) => available).length;
    expect(await listed({})).toBe(0);
    expect(await listed({ connections: { acme: connectionId } })).toBe(deskActions.length);
    await connections.change(orgId, "second", { state: "disconnected" });
    expect(await invoke("charge", { amount: 1 })).toMatchObject({ status: "succeeded" });
    expect(vendor.ledger).toHaveLength(2);
  });

  it("never guesses among several integrations that have an action of the same name", async () => {
    const both = deskWorld({ integrations: [desk(), { ...desk(), id: "acme2" }] });
    await expect(both).rejects.toMatchObject({ code: "input_invalid", path: "integration" });
  });

  it("a listener that throws breaks nothing", async () => {
    const { halo, invoke } = await deskWorld();
    halo.on("action.succeeded", () => {
      throw new Error("a host's own fault");
    });
    expect(await invoke("charge", { amount: 1 })).toMatchObject({ status: "succeeded" });
  });

  it("tells what an action finds missing apart from a gate", async () => {
    const lost = defineAction({
      id: "charge",
      name: "Lost",
      description: "Lost.",
      input: z.strictObject({}),
      config: z.strictObject({}),
      run: async () => {
        throw new ValidationError("Nobody has this address.", {
          code: "not_found",
          path: "context.customer",
          reason: "unmatched",
        });
      },
    });
    const others = deskActions.filter(({ id }) => id !== "charge");
    const { halo, invoke } = await deskWorld({ integrations: [desk({ actions: [lost, ...others] })] });
    await expect(invoke("charge", {})).rejects.toMatchObject({ code: "not_found", path: "context.customer" });
    const [call] = await halo.actions.calls.list(orgId);
    expect(call).toMatchObject({ state: "failed", error: { code: "not_found" } });
    expect(call?.error).not.toHaveProperty("gate");
    await expect(invoke("drop", {})).rejects.toMatchObject({ code: "not_found" });
    expect((await halo.actions.calls.list(orgId))[0]).toMatchObject({ error: { gate: "integration" } });
  });

  it("permits nothing when the permit throws, or answers anything but true", async () => {
    for (const permit of [
      () => {
        throw new Error("secret");
      },
      () => undefined as never,
      () => false as never,
    ]) {
      const odd = defineAction({
        id: "charge",
        name: "Odd",
        description: "Odd.",
        input: z.strictObject({}),
        config: z.strictObject({}),
        permit,
        run: async () => "done",
      });
      const others = deskActions.filter(({ id }) => id !== "charge");
      const { invoke } = await deskWorld({ integrations: [desk({ actions: [odd, ...others] })] });
      await expect(invoke("charge", {})).rejects.toMatchObject({ gate: "permit" });
    }
  });

  it("closes the gate of an action whose configuration fits its schema no longer", async () => {
    const { halo, invoke, options } = await deskWorld();
    const config = { max_amount: "many" };
    const stored = { agentId, integration: "acme", action: "charge", enabled: true, config, at: new Date() };
    await options.storage.agents.setAction(orgId, stored);
    await expect(invoke("charge", { amount: 1 })).rejects.toMatchObject({ gate: "agent_action" });
    const listed = await halo.actions.list({ orgId, agentId });
    expect(listed.find(({ action }) => action === "charge")).toMatchObject({
      available: false,
      closed: { gate: "agent_action" },
    });
  });
});

describe("an idempotency key", () => {
  it("makes one call of many: the outcome comes again, and nothing happens", async () => {
    const { desk: vendor, halo, invoke } = await deskWorld();
    const key = { idempotencyKey: "k" };
    const first = await invoke("send_fax", { text: "a" }, key);
    const second = await invoke("send_fax", { text: "a" }, key);
    expect(second).toEqual({ ...first, repeated: true });
    expect(vendor.ledger).toHaveLength(1);
    expect(await halo.actions.calls.list(orgId)).toHaveLength(1);
  });

  it("with other arguments, of another agent or for another customer is a conflict", async () => {
    const { desk: vendor, halo, invoke } = await deskWorld();
    await halo.agents.upsert({ orgId, id: "other" });
    await halo.agents.setAction({ orgId, agentId: "other", action: "create_ticket", enabled: true });
    const key = { idempotencyKey: "k" };
    await invoke("create_ticket", { title: "a" }, key);
    for (const [input, more] of [
      [{ title: "b" }, {}],
      [{ title: "a" }, { agentId: "other" }],
      [{ title: "a" }, { context: { customer: { email: "eve@example.com" } } }],
    ] as const) {
      await expect(invoke("create_ticket", input, { ...key, ...more })).rejects.toMatchObject({
        code: "conflict",
      });
    }
    await expect(invoke("charge", { amount: 1 }, key)).rejects.toMatchObject({ code: "conflict" });
    expect(vendor.ledger).toHaveLength(1);
  });

  it("does not depend on the order of the arguments' keys", async () => {
    const { desk: vendor, invoke } = await deskWorld();
    await invoke("create_ticket", { title: "a", urgent: true }, { idempotencyKey: "k" });
    expect(
      await invoke("create_ticket", { urgent: true, title: "a" }, { idempotencyKey: "k" }),
    ).toMatchObject({
      repeated: true,
    });
    expect(vendor.ledger).toHaveLength(1);
  });

  it("answers with a failure and with an unknown outcome again", async () => {
    const { clock, desk: vendor, invoke } = await deskWorld();
    vendor.faults = ["400", "lost"];
    for (let times = 0; times < 2; times++) {
      const failing = invoke("charge", { amount: 1 }, { idempotencyKey: "k1" });
      await expect(clock.run(failing)).rejects.toMatchObject({ code: "vendor_failed" });
    }
    for (let times = 0; times < 2; times++) {
      const unknown = invoke("send_fax", { text: "a" }, { idempotencyKey: "k2" });
      await expect(clock.run(unknown)).rejects.toMatchObject({ code: "outcome_unknown" });
    }
    expect(vendor.ledger).toHaveLength(1);
  });

  it("is not used up by a refusal", async () => {
    const { connectionId, halo, invoke } = await deskWorld();
    const key = { idempotencyKey: "k" };
    await halo.connections.setMode(orgId, connectionId, "actions", false);
    await expect(invoke("charge", { amount: 1 }, key)).rejects.toMatchObject({ gate: "mode" });
    await halo.connections.setMode(orgId, connectionId, "actions", true);
    expect(await invoke("charge", { amount: 1 }, key)).toMatchObject({
      status: "succeeded",
      repeated: false,
    });
  });

  it("tells what came of the call also behind a gate that closed since", async () => {
    const { connectionId, halo, invoke } = await deskWorld();
    const key = { idempotencyKey: "k" };
    await invoke("charge", { amount: 1 }, key);
    await halo.connections.setMode(orgId, connectionId, "actions", false);
    expect(await invoke("charge", { amount: 1 }, key)).toMatchObject({ status: "succeeded", repeated: true });
    await expect(invoke("charge", { amount: 2 }, key)).rejects.toMatchObject({ gate: "mode" });
  });

  it("that two callers use at once is one call, and both hear its outcome", async () => {
    const world = await deskWorld();
    const { clock, desk: vendor, halo } = world;
    const another = await world.another();
    let go = () => {};
    vendor.before = () => new Promise((resolve) => (go = () => resolve()));
    const request = {
      orgId,
      agentId,
      action: "charge",
      input: { amount: 1 },
      context: { customer },
      idempotencyKey: "k",
    };
    const calls = [
      halo.actions.invoke(request),
      another.actions.invoke(request),
      halo.actions.invoke(request),
    ];
    await clock.advance(2_000);
    go();
    const outcomes = await clock.run(Promise.all(calls));
    expect(outcomes.map((one) => one.status === "succeeded" && one.repeated).sort()).toEqual([
      false,
      true,
      true,
    ]);
    expect(vendor.ledger).toHaveLength(1);
  });
});

describe("consent", () => {
  const input = { property: "jobtitle", value: "CTO" };
  const asked = async (world: Awaited<ReturnType<typeof deskWorld>>, more: Partial<InvokeRequest> = {}) => {
    const outcome = await world.invoke("set_property", input, more);
    if (outcome.status !== "needs_confirmation") throw new Error(outcome.status);
    return outcome;
  };

  it("is asked for with what will change, and only its confirmation executes", async () => {
    const world = await deskWorld();
    const { desk: vendor, halo, invoke } = world;
    const { callId, confirmation, preview } = await asked(world);
    expect(preview).toEqual({
      summary: "Sets jobtitle of ada@example.com.",
      changes: [{ field: "jobtitle", to: "CTO" }],
    });
    expect(vendor.ledger).toEqual([]);
    expect(await invoke("set_property", input, { confirmation })).toMatchObject({
      status: "succeeded",
      callId,
    });
    expect(vendor.ledger).toHaveLength(1);
    expect(await halo.actions.calls.audit(orgId, callId)).toMatchObject([
      { to: "awaiting_consent", actor: { kind: "agent" } },
      { from: "awaiting_consent", to: "executing", actor: { kind: "user" } },
      { to: "succeeded" },
    ]);
  });

  it("stores no confirmation that could be used", async () => {
    const world = await deskWorld();
    const { callId, confirmation } = await asked(world);
    const call = await world.halo.actions.calls.get(orgId, callId);
    expect(JSON.stringify(call)).not.toContain(confirmation.split(".")[1]);
  });

  it.each([
    ["other arguments", { property: "jobtitle", value: "CEO" }, {}],
    ["another customer", input, { context: { customer: { email: "eve@example.com" } } }],
    ["another agent", input, { agentId: "other" }],
  ])("F92 holds for no %s", async (_, given, more) => {
    const world = await deskWorld();
    await world.halo.agents.upsert({ orgId, id: "other" });
    await world.halo.agents.setAction({ orgId, agentId: "other", action: "set_property", enabled: true });
    const { confirmation } = await asked(world);
    const refused = world.invoke("set_property", given, { ...more, confirmation });
    await expect(refused).rejects.toMatchObject({ code: "approval_stale" });
    expect(world.desk.ledger).toEqual([]);
    // It was not used up by whoever got it wrong.
    expect(await world.invoke("set_property", input, { confirmation })).toMatchObject({
      status: "succeeded",
    });
  });

  it("F92 holds for no other account behind the connection", async () => {
    const world = await deskWorld();
    const { confirmation } = await asked(world);
    const account = { id: "acct-2" };
    await world.options.storage.connections.change(orgId, world.connectionId, { account });
    await expect(world.invoke("set_property", input, { confirmation })).rejects.toMatchObject({
      code: "approval_stale",
    });
    expect(world.desk.ledger).toEqual([]);
  });

  it("F91 holds for 15 minutes", async () => {
    const world = await deskWorld();
    const [early, late] = [await asked(world), await asked(world)];
    await world.clock.advance(15 * 60_000 - 1);
    expect(await world.invoke("set_property", input, { confirmation: early.confirmation })).toMatchObject({
      status: "succeeded",
    });
    await world.clock.advance(1);
    const { confirmation } = late;
    await expect(world.invoke("set_property", input, { confirmation })).rejects.toMatchObject({
      code: "approval_stale",
    });
    expect(await world.halo.actions.calls.get(orgId, late.callId)).toMatchObject({ state: "expired" });
    expect(world.desk.ledger).toHaveLength(1);
  });

  it("is used once, also by two at the same time", async () => {
    const world = await deskWorld();
    const { confirmation } = await asked(world);
    const tries = await Promise.allSettled(
      Array.from({ length: 5 }, () => world.invoke("set_property", input, { confirmation })),
    );
    expect(tries.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const one of tries) {
      if (one.status === "rejected") expect(one.reason).toMatchObject({ code: "approval_stale" });
    }
    await expect(world.invoke("set_property", input, { confirmation })).rejects.toMatchObject({
      code: "approval_stale",
    });
    expect(world.desk.ledger).toHaveLength(1);
  });

  it.each(["", "x", `${"0".repeat(36)}.${"0".repeat(64)}`])("refuses %j", async (confirmation) => {
    const { invoke, desk: vendor } = await deskWorld();
    await expect(invoke("set_property", input, { confirmation })).rejects.toMatchObject({
      code: "approval_stale",
    });
    expect(vendor.ledger).toEqual([]);
  });

  it("asked again with the same key gets a new confirmation, and the old one is void", async () => {
    const world = await deskWorld();
    const key = { idempotencyKey: "k" };
    const [first, second] = [await asked(world, key), await asked(world, key)];
    expect(second.callId).toBe(first.callId);
    const { confirmation } = first;
    await expect(world.invoke("set_property", input, { confirmation })).rejects.toMatchObject({
      code: "approval_stale",
    });
    const confirmed = { ...key, confirmation: second.confirmation };
    expect(await world.invoke("set_property", input, confirmed)).toMatchObject({ repeated: false });
    // The answer was lost on its way: the same call hears it again, with and without its confirmation.
    expect(await world.invoke("set_property", input, confirmed)).toMatchObject({ repeated: true });
    expect(await world.invoke("set_property", input, key)).toMatchObject({ repeated: true });
    expect(world.desk.ledger).toHaveLength(1);
  });

  it("that was wrong uses up no key", async () => {
    const world = await deskWorld();
    const key = { idempotencyKey: "k" };
    const wrong = world.invoke("set_property", input, { ...key, confirmation: "x" });
    await expect(wrong).rejects.toMatchObject({ code: "approval_stale" });
    expect((await asked(world, key)).status).toBe("needs_confirmation");
  });

  it("asks the gates again when it is given", async () => {
    const world = await deskWorld();
    const { confirmation } = await asked(world);
    await world.halo.agents.setAction({
      orgId,
      agentId,
      action: "set_property",
      enabled: true,
      config: { allowed_properties: ["city"] },
    });
    await expect(world.invoke("set_property", input, { confirmation })).rejects.toMatchObject({
      gate: "permit",
    });
    expect(world.desk.ledger).toEqual([]);
  });
});
