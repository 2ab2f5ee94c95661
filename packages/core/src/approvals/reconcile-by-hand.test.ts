import { beforeAll, describe, expect, it } from "vitest";
import { agentId, desk, deskActions, orgId, refund, warm } from "../../test/acme-actions.ts";
import { type ApprovalWorld, alan, approvalWorld, grace, hourMs } from "../../test/approval-world.ts";
import { tamper } from "../../test/harness.ts";
import { type ActionEvent, createHalo, type Person, StorageError, VendorError } from "../index.ts";
import { memoryStorage } from "../memory/index.ts";

beforeAll(warm);

const minuteMs = 60_000;

/** A refund of which nobody could tell what became, and a vendor that says nothing of it. */
async function unknown({ fault = "lost" as "lost" | "cut", ...options } = {}) {
  const world = await approvalWorld(options);
  const view = await world.propose(undefined, { idempotencyKey: "k" });
  await world.approve(view);
  world.desk.faults = [fault, "503", "503", "503"];
  const silent = { on: true };
  world.desk.before = (path, method) => {
    if (silent.on && path === "/tickets" && method === "GET")
      throw new VendorError("away", { retryable: false });
  };
  await world.work(world.halo, 50_000);
  expect((await world.now(view.id)).state).toBe("outcome_unknown");
  const told: ActionEvent[] = [];
  world.halo.on("action.reconciled", (event) => void told.push(event));
  const say = (said: { happened: true; vendorId: string } | { happened: false }, actor: Person = grace) =>
    world.halo.actions.calls.reconcile({ orgId, callId: view.id, actor, ...said });
  const yes = (actor?: Person) => say({ happened: true, vendorId: "re_1" }, actor);
  const no = (actor?: Person) => say({ happened: false }, actor);
  return { ...world, id: view.id, no, say, silent, told, view, yes };
}

const effects = ({ desk: { ledger } }: Pick<ApprovalWorld, "desk">) => ledger.length;

describe("A10 a person says what became of a call that is outcome_unknown", () => {
  it("that it happened, under the vendor's id: agent, people and the audit know it then", async () => {
    const world = await unknown();
    expect(await world.yes()).toMatchObject({ state: "reconciled", output: { vendor_id: "re_1" } });
    expect(await world.now(world.id)).toMatchObject({ state: "reconciled", error: undefined });
    expect(world.told).toEqual([expect.objectContaining({ callId: world.id, by: "grace" })]);
    const [last] = (await world.halo.actions.calls.audit(orgId, world.id)).slice(-1);
    expect(last).toMatchObject({ from: "outcome_unknown", to: "reconciled" });
    expect(last?.actor).toEqual({ kind: "human", id: "grace" });
    expect(last?.note).toMatch(/^it happened, as re_1, proof \S+\.[0-9a-f]{64}$/);
    const context = { conversationId: "c1", customer: { email: "ada@example.com" } };
    const again = await world.invoke("refund", { amount: 1_250 }, { context, idempotencyKey: "k" });
    expect(again).toMatchObject({ status: "succeeded", repeated: true, output: { vendor_id: "re_1" } });
    const tools = await world.halo.actions.tools({ orgId, agentId, context });
    const check = tools.find(({ name }) => name === "check_approval");
    if (check?.kind !== "read") return expect.unreachable();
    expect(await check.read({ approval_id: world.id })).toContain('"vendor_id":"re_1"');
    expect(effects(world)).toBe(1);
    expect(await world.halo.audit.verify({ orgId })).toMatchObject({ ok: true });
  });

  it("that it did not: then the same may be proposed anew, and the old call stays what it is", async () => {
    const world = await unknown({ fault: "cut" });
    await world.clock.advance(5 * minuteMs);
    expect(await world.no()).toMatchObject({
      state: "reconciled",
      output: undefined,
      error: { code: "vendor_failed", message: expect.stringContaining("propose it anew") },
    });
    const [last] = (await world.halo.actions.calls.audit(orgId, world.id)).slice(-1);
    expect(last?.note).toMatch(/^it did not happen, proof /);
    await expect(world.propose(undefined, { idempotencyKey: "k" })).rejects.toMatchObject({
      code: "vendor_failed",
    });
    world.desk.before = () => {};
    const anew = await world.propose(undefined, { idempotencyKey: "k2" });
    await world.approve(anew, alan);
    await world.settle();
    expect((await world.now(anew.id)).state).toBe("succeeded");
    expect(world.desk.ledger).toMatchObject([{ body: { key: anew.id } }]);
    expect((await world.now(world.id)).state).toBe("reconciled");
    expect(await world.halo.audit.verify({ orgId })).toMatchObject({ ok: true });
  });

  it("a no is too early for five minutes after the last attempt; a yes is not", async () => {
    const world = await unknown();
    const { endedAt } = await world.halo.actions.calls.get(orgId, world.id);
    const over = (endedAt?.getTime() ?? 0) + 5 * minuteMs;
    await world.clock.advance(over - 1 - world.clock.now());
    await expect(world.no()).rejects.toMatchObject({ code: "conflict", current: "settling" });
    expect((await world.now(world.id)).state).toBe("outcome_unknown");
    expect((await world.yes()).state).toBe("reconciled");
    const other = await unknown();
    const ended = (await other.halo.actions.calls.get(orgId, other.id)).endedAt?.getTime() ?? 0;
    await other.clock.advance(ended + 5 * minuteMs - other.clock.now());
    expect(await other.no()).toMatchObject({
      error: { message: expect.stringMatching(/^A person looked for it at the vendor/) },
    });
    // The look has ended with its deadline.
    expect(other.clock.sleeping).toBe(0);
  });

  it("a no is no word while the store is away", async () => {
    const inner = memoryStorage();
    let away = false;
    const storage = tamper(inner, "connections", {
      get: async (...by) => {
        if (away) throw new StorageError("away", { retryable: true });
        return await inner.connections.get(...by);
      },
    });
    const world = await unknown({ storage } as object);
    await world.clock.advance(hourMs);
    away = true;
    await expect(world.no()).rejects.toMatchObject({ code: "storage_failed" });
    away = false;
    expect((await world.now(world.id)).state).toBe("outcome_unknown");
  });

  it("a no counts in a process that does not know the action, and cannot look", async () => {
    const world = await unknown();
    await world.clock.advance(hourMs);
    const said = { orgId, callId: world.id, actor: grace, happened: false } as const;
    for (const integrations of [[], [desk({ actions: deskActions.slice(0, 1) })]]) {
      const other = await createHalo({ ...world.options, integrations });
      const word = other.actions.calls.reconcile(said);
      if (integrations.length === 0) expect(await word).toMatchObject({ state: "reconciled" });
      else await expect(word).rejects.toMatchObject({ current: "reconciled" });
    }
    expect(world.desk.requests.at(-1)).not.toBe("POST /refunds");
  });

  it("a no of what the vendor shows when it is asked once more is refused, and it is written down that it happened", async () => {
    const world = await unknown({ fault: "lost" });
    await world.clock.advance(hourMs);
    world.silent.on = false;
    await expect(world.no()).rejects.toMatchObject({ code: "conflict", current: "reconciled" });
    const now = await world.now(world.id);
    expect(now).toMatchObject({ state: "reconciled", output: { id: "found" }, error: undefined });
    expect((await world.halo.actions.calls.audit(orgId, world.id)).at(-1)).toMatchObject({
      actor: { kind: "engine" },
      note: "it happened",
    });
    expect(effects(world)).toBe(1);
  });

  it("a vendor that does not answer is waited for twenty seconds, and then the word counts", async () => {
    const world = await unknown({ fault: "cut" });
    await world.clock.advance(hourMs);
    world.desk.before = async (path) => {
      if (path === "/tickets") await new Promise(() => {});
    };
    const saying = world.no();
    await world.clock.advance(20_000);
    expect((await saying).state).toBe("reconciled");
  });

  it.each<[string, Person, object]>([
    ["a service", { ...grace, kind: "service" }, { gate: "approver" }],
    ["somebody without the role", { ...grace, roles: ["member"] }, { gate: "approver" }],
    ["the customer", { ...grace, email: "ADA@example.com " }, { gate: "approver" }],
    ["the agent itself", { ...grace, id: agentId }, { gate: "approver" }],
  ])("T39 is not said by %s", async (_, actor, error) => {
    const world = await unknown();
    await world.clock.advance(hourMs);
    for (const said of [world.yes(actor), world.no(actor)])
      await expect(said).rejects.toMatchObject({ code: "gate_closed", ...error });
    expect((await world.now(world.id)).state).toBe("outcome_unknown");
  });

  it("T39 A6 is not said by whoever asked for it", async () => {
    const world = await approvalWorld();
    const view = await world.propose(undefined, {
      context: { customer: { email: "ada@example.com" }, requestedBy: "grace" },
    });
    await world.approve(view, alan);
    world.desk.faults = ["lost", "503", "503", "503"];
    world.desk.readFaults = [];
    world.desk.before = (path, method) => {
      if (path === "/tickets" && method === "GET") throw new VendorError("away", { retryable: false });
    };
    await world.work(world.halo, 50_000);
    const said = { orgId, callId: view.id, happened: true, vendorId: "re_1" } as const;
    const { reconcile } = world.halo.actions.calls;
    await expect(reconcile({ ...said, actor: grace })).rejects.toMatchObject({ gate: "approver" });
    expect((await reconcile({ ...said, actor: alan })).state).toBe("reconciled");
  });

  it("T39 the role is asked of the host at the click", async () => {
    const roles: { now: readonly string[] } = { now: ["approver"] };
    const asked: unknown[] = [];
    const rolesOf = (person: unknown) => {
      asked.push(person);
      return roles.now;
    };
    const world = await unknown({ approvals: { rolesOf } } as object);
    roles.now = ["member"];
    await expect(world.yes()).rejects.toMatchObject({ gate: "approver" });
    expect(asked.at(-1)).toEqual({ orgId, id: "grace" });
    roles.now = ["approver"];
    expect((await world.yes({ ...grace, roles: [] })).state).toBe("reconciled");
  });

  it("is said once: of two at the same time one counts, and a third hears what stands", async () => {
    const world = await unknown();
    const both = await Promise.allSettled([world.yes(grace), world.yes(alan)]);
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    await expect(world.yes()).rejects.toMatchObject({ code: "conflict", current: "reconciled" });
    await world.clock.advance(hourMs);
    await expect(world.no()).rejects.toMatchObject({ code: "conflict", current: "reconciled" });
    const lines = await world.halo.actions.calls.audit(orgId, world.id);
    expect(lines.filter(({ to }) => to === "reconciled")).toHaveLength(1);
    expect(world.told).toHaveLength(1);
  });

  it.each(["proposed", "approved", "rejected", "succeeded"] as const)(
    "is refused of one that is %s",
    async (state) => {
      const world = await approvalWorld();
      const view = await world.propose();
      if (state === "rejected") await world.reject(view);
      if (state === "approved" || state === "succeeded") await world.approve(view);
      if (state === "succeeded") await world.settle();
      for (const word of [{ happened: true, vendorId: "re_1" }, { happened: false }] as const) {
        const said = world.halo.actions.calls.reconcile({ orgId, callId: view.id, actor: grace, ...word });
        await expect(said).rejects.toMatchObject({ code: "conflict", current: state });
      }
      expect((await world.now(view.id)).state).toBe(state);
    },
  );

  it("is refused of a call that the org does not have", async () => {
    const world = await unknown();
    const said = { callId: world.id, actor: grace, happened: true, vendorId: "re_1" } as const;
    await expect(world.halo.actions.calls.reconcile({ ...said, orgId: "org-2" })).rejects.toMatchObject({
      code: "not_found",
    });
  });

  it.each<[string, object]>([
    ["a yes without an id", { happened: true }],
    ["an id of nothing", { happened: true, vendorId: "" }],
    ["an id with a space", { happened: true, vendorId: "re_1 of Ada" }],
    ["an id that is a text", { happened: true, vendorId: "x".repeat(201) }],
    ["a no with an id", { happened: false, vendorId: "re_1" }],
    ["a word that is neither", { happened: "yes", vendorId: "re_1" }],
    ["something else", { happened: false, force: true }],
    ["nobody's word", { happened: false, actor: undefined }],
  ])("refuses %s", async (_, said) => {
    const world = await unknown();
    const request = { orgId, callId: world.id, actor: grace, ...said } as never;
    await expect(world.halo.actions.calls.reconcile(request)).rejects.toMatchObject({
      code: "input_invalid",
    });
    expect((await world.now(world.id)).state).toBe("outcome_unknown");
  });

  it("is said of a call that no person had to approve, too", async () => {
    const world = await approvalWorld();
    world.desk.faults = ["lost"];
    await expect(world.invoke("send_fax", { text: "x" })).rejects.toMatchObject({ code: "outcome_unknown" });
    const [call] = await world.halo.actions.calls.list(orgId, { state: "outcome_unknown" });
    await world.clock.advance(hourMs);
    const said = { orgId, callId: call?.id ?? "", actor: grace, happened: false } as const;
    expect(await world.halo.actions.calls.reconcile(said)).toMatchObject({ state: "reconciled" });
  });

  it("is said while all actions are stopped: nothing is executed by it", async () => {
    const world = await unknown();
    await world.halo.killSwitch.stop({ orgId, actor: grace });
    expect((await world.yes()).state).toBe("reconciled");
    expect(effects(world)).toBe(1);
  });

  it("ends the worker's looking", async () => {
    const world = await unknown();
    await world.yes();
    const before = world.desk.requests.length;
    await world.clock.advance(72 * hourMs);
    await world.settle();
    expect(world.desk.requests).toHaveLength(before);
    const work = { holder: "h", limit: 9, ttlMs: 1_000, kinds: ["action"] } as const;
    expect(await world.options.storage.leases.claim(work)).toEqual([]);
  });

  it("said while a worker looks, it stands, and the worker goes on", async () => {
    const world = await unknown();
    world.silent.on = false;
    let said: Promise<unknown> | undefined;
    world.desk.before = async (path) => {
      if (path !== "/tickets") return;
      said ??= world.yes();
      await said;
    };
    await world.work(world.halo, 2 * minuteMs);
    expect(said).toBeDefined();
    expect(await world.now(world.id)).toMatchObject({ output: { vendor_id: "re_1" } });
    expect(world.told).toHaveLength(1);
  });

  it("limits count what a person says has happened, and not what has not", async () => {
    const limits = [{ per: "org" as const, currency: "eur", amountMinor: 2_000, hours: 240 }];
    for (const happened of [true, false]) {
      const world = await unknown({ fault: "cut", approvals: { limits } } as object);
      await world.clock.advance(hourMs);
      await (happened ? world.yes() : world.no());
      world.desk.before = () => {};
      const next = await world.propose({ amount: 1_000 });
      await world.approve(next);
      await world.settle();
      expect((await world.now(next.id)).state).toBe(happened ? "refused" : "succeeded");
    }
  });

  it.each([
    ["another person's", (note: string) => note, "mallory"],
    ["another id", (note: string) => note.replace("re_1", "re_2"), "grace"],
    ["no proof", (note: string) => note.replace(/, proof .*/, ""), "grace"],
    ["the contrary", (note: string) => note.replace("happened, as re_1", "did not happen"), "grace"],
    ["words before it", (note: string) => `not so: ${note}`, "grace"],
    ["words behind it", (note: string) => `${note}\nand more`, "grace"],
    ["a key that nobody has", (note: string) => note.replace(/proof [^.]+/, "proof other"), "grace"],
  ])(
    "T37 T49 a line that was written past Halo with %s is found, though it is chained",
    async (_, edit, by) => {
      const inner = memoryStorage();
      const storage = tamper(inner, "actions", {
        transition: (org, callId, change) =>
          inner.actions.transition(
            org,
            callId,
            change.actor.kind === "human"
              ? { ...change, actor: { kind: "human", id: by }, note: edit(change.note ?? "") }
              : change,
          ),
      });
      const world = await unknown({ storage } as object);
      expect(await world.halo.audit.verify({ orgId })).toMatchObject({ ok: true });
      await world.yes();
      expect(await world.halo.audit.verify({ orgId })).toMatchObject({
        ok: false,
        broken: { callId: world.id, reason: "unproven" },
      });
    },
  );
});

describe("A10 where an action cannot look", () => {
  it("a person's word ends what would stay unknown for ever", async () => {
    const { find: _, ...again } = refund.again as { find?: unknown; kind: "idempotent"; keyLifeMs: number };
    const blind = { ...refund, again };
    const integrations = [desk({ actions: [...deskActions.slice(0, -1), blind] })];
    const world = await unknown({ integrations } as object);
    await world.clock.advance(96 * hourMs);
    expect((await world.no()).state).toBe("reconciled");
  });
});
