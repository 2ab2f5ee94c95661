import { beforeAll, describe, expect, it } from "vitest";
import { orgId, warm } from "../../test/acme-actions.ts";
import { approvalWorld } from "../../test/approval-world.ts";
import { tamper } from "../../test/harness.ts";
import type { ActionCall, Approval, Storage } from "../index.ts";
import { memoryStorage } from "../memory/index.ts";
import { proposalHash } from "./proposal-hash.ts";

beforeAll(warm);

type Actions = Partial<Storage["actions"]>;

/** A world whose store shows other things than it holds, from the moment on that a test says so. */
async function showing(
  actions: (inner: Storage["actions"]) => Actions,
  approval?: (found: Approval) => Approval | undefined,
) {
  const inner = memoryStorage();
  const on = { now: false };
  const changed = actions(inner.actions);
  const shown = new Proxy(inner.actions, {
    get: (whole, name) => (on.now ? Reflect.get(changed, name) : undefined) ?? Reflect.get(whole, name),
  });
  const storage = tamper({ ...inner, actions: shown }, "approvals", {
    get: async (...by) => {
      const found = await inner.approvals.get(...by);
      return found && on.now && approval ? approval(found) : found;
    },
  });
  const world = await approvalWorld({ storage });
  const verify = () => world.halo.audit.verify({ orgId });
  return { ...world, inner, on, verify };
}

describe("T49 A12 what the audit says of calls", () => {
  it("holds for calls that were refused, that failed, and that never were proposals", async () => {
    const world = await showing(() => ({}));
    await expect(world.invoke("charge", { amount: 0 })).rejects.toThrow();
    await world.halo.connections.setMode(orgId, world.connectionId, "actions", false);
    await expect(world.invoke("charge", { amount: 1 })).rejects.toThrow();
    await world.halo.connections.setMode(orgId, world.connectionId, "actions", true);
    await world.invoke("charge", { amount: 1 });
    await world.invoke("set_property", { property: "jobtitle", value: "CTO" });
    expect(await world.verify()).toMatchObject({ ok: true, broken: undefined });
  });

  it("holds for what Halo itself found at the vendor: only a person's word needs its proof", async () => {
    const world = await showing(() => ({}));
    const view = await world.propose();
    await world.approve(view);
    const engine = { actor: { kind: "engine", id: "e" }, at: new Date(0) } as const;
    const { actions } = world.inner;
    await actions.transition(orgId, view.id, { ...engine, from: ["approved"], to: "outcome_unknown" });
    await actions.transition(orgId, view.id, { ...engine, from: ["outcome_unknown"], to: "reconciled" });
    expect(await world.verify()).toMatchObject({ ok: true, lines: 4 });
  });

  it("holds for lines that came while it was read: they are not looked at, their calls are", async () => {
    let head: Awaited<ReturnType<Storage["actions"]["chainHead"]>>;
    const world = await showing(() => ({ chainHead: async () => head }));
    const view = await world.propose();
    head = await world.inner.actions.chainHead(orgId);
    await world.reject(view);
    await world.propose({ amount: 7 });
    world.on.now = true;
    const seq = head?.seq ?? 0;
    expect(await world.verify()).toEqual({ ok: true, lines: seq, head, broken: undefined });
  });

  it.each([
    [2, true],
    [3, false],
  ])(
    "looks three times at a call that moves: after %i looks that do not fit it is %s",
    async (moving, ok) => {
      let left = moving;
      const world = await showing((inner) => ({
        list: async (...by) => (await inner.list(...by)).map((call) => ({ ...call, state: "approved" })),
        audit: async (...by) => {
          const lines = await inner.audit(...by);
          return left-- > 0 ? lines.slice(0, -1) : lines;
        },
      }));
      await world.reject(await world.propose());
      world.on.now = true;
      expect((await world.verify()).ok).toBe(ok);
    },
  );

  it("names the last line of a call that is not what the chain says of it, and none where there is none", async () => {
    const other = (inner: Storage["actions"], change: object): Actions => {
      const list: Storage["actions"]["list"] = async (...by) =>
        (await inner.list(...by)).map((call) => ({ ...call, ...change }));
      return { get: async (org) => (await list(org, { limit: 1 }))[0], list };
    };
    const changed = await showing((inner) => other(inner, { state: "succeeded" }));
    const view = await changed.propose();
    await changed.reject(view);
    changed.on.now = true;
    expect((await changed.verify()).broken).toEqual({
      chainSeq: 2,
      callId: view.id,
      reason: "call_changed",
    });
    const forged = await showing((inner) => other(inner, { id: "forged" }));
    await forged.propose();
    forged.on.now = true;
    expect((await forged.verify()).broken).toEqual({
      chainSeq: 0,
      callId: "forged",
      reason: "call_changed",
    });
  });

  it.each<[string, (found: Approval) => Approval | undefined]>([
    ["is gone", () => undefined],
    ["has another hash", (found) => ({ ...found, proposal: { ...found.proposal, hash: "0".repeat(64) } })],
    [
      "was written anew, with a hash that fits it",
      (found) => {
        const proposal = { ...found.proposal, needed: 7 };
        return { ...found, proposal: { ...proposal, hash: proposalHash(proposal, found.call) } };
      },
    ],
    ["needs other people", (found) => ({ ...found, proposal: { ...found.proposal, needed: 7 } })],
  ])("breaks at a call whose proposal %s", async (_, edit) => {
    const world = await showing(() => ({}), edit);
    const view = await world.propose();
    expect(await world.verify()).toMatchObject({ ok: true });
    world.on.now = true;
    expect((await world.verify()).broken).toMatchObject({ callId: view.id, reason: "call_changed" });
  });

  it("is held against every call, over more than one page of them", async () => {
    const asked: (string | undefined)[] = [];
    let oldest = "";
    const world = await showing((inner) => {
      const edited = <Call extends ActionCall | undefined>(call: Call): Call =>
        call?.id === oldest ? { ...call, state: "succeeded" } : call;
      return {
        get: async (...by) => edited(await inner.get(...by)),
        list: async (org, page) => {
          asked.push(page.before);
          return (await inner.list(org, page)).map(edited);
        },
      };
    });
    for (let n = 0; n < 501; n++) await expect(world.invoke("charge", { amount: 0 })).rejects.toThrow();
    const calls = await world.halo.actions.calls.list(orgId, { limit: 200 });
    expect(calls).toHaveLength(200);
    world.on.now = true;
    expect(await world.verify()).toMatchObject({ ok: true, lines: 501 });
    expect(asked).toHaveLength(2);
    const [first, second] = await world.inner.actions.chain(orgId, { after: 0, limit: 2 });
    expect(asked).toEqual([undefined, second?.callId]);
    oldest = first?.callId ?? "";
    expect((await world.verify()).broken).toEqual({
      chainSeq: 1,
      callId: oldest,
      reason: "call_changed",
    });
  });
});
