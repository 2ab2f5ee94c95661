import { beforeAll, describe, expect, it } from "vitest";
import { orgId, warm } from "../../test/acme-actions.ts";
import { type ApprovalWorld, approvalWorld, grace } from "../../test/approval-world.ts";
import { tamper } from "../../test/harness.ts";
import type { AuditLine, Storage } from "../index.ts";
import { memoryStorage } from "../memory/index.ts";

beforeAll(warm);

/** A world in which things happened, whose store then shows other lines than it wrote. */
async function edited(
  edit: (lines: AuditLine[]) => AuditLine[],
  more: (storage: Storage) => Storage = (s) => s,
) {
  const inner = memoryStorage();
  let on = false;
  const tampered = tamper(inner, "actions", {
    chain: async (org, { after, limit }) => {
      const all = await inner.actions.chain(org, { after: 0, limit: 10_000 });
      const shown = on ? edit([...all]) : all;
      return shown.filter(({ chainSeq }) => chainSeq > after).slice(0, limit);
    },
  });
  const outer = more(tampered);
  const world = await approvalWorld({ storage: outer });
  const one = await world.propose({ amount: 1 });
  await world.approve(one);
  await world.settle();
  await world.reject(await world.propose({ amount: 2 }));
  await world.halo.killSwitch.stop({ orgId, actor: grace });
  const honest = await world.halo.audit.verify({ orgId });
  on = true;
  return { honest, inner, world, report: await world.halo.audit.verify({ orgId }) };
}

const put = (at: number, change: Partial<AuditLine>) => (lines: AuditLine[]) =>
  lines.map((line) => (line.chainSeq === at ? { ...line, ...change } : line));

describe("T49 A12 the audit's chain", () => {
  it("stands where nobody touched it", async () => {
    const { honest, report } = await edited((lines) => lines);
    expect(honest).toMatchObject({ ok: true, lines: 7, head: { seq: 7 }, broken: undefined });
    expect(report).toEqual(honest);
  });

  it("of an org without a line is empty", async () => {
    const { world } = await edited((lines) => lines);
    expect(await world.halo.audit.verify({ orgId: "org-2" })).toMatchObject({
      ok: true,
      lines: 0,
      head: undefined,
    });
    expect(await world.halo.audit.head("org-2")).toBeUndefined();
  });

  it.each<[string, Partial<AuditLine>]>([
    ["state", { to: "rejected" }],
    ["earlier state", { from: "rejected" }],
    ["person", { actor: { kind: "human", id: "mallory" } }],
    ["kind of person", { actor: { kind: "agent", id: "grace" } }],
    ["time", { at: new Date(1) }],
    ["note", { note: "approves 2 of 2" }],
    ["missing note", { note: undefined }],
    ["call", { callId: "other" }],
    ["number", { seq: 9 }],
    ["org", { orgId: "org-2" }],
    ["hash", { hash: "0".repeat(64) }],
  ])("tells where a line's %s was changed", async (_, change) => {
    const { report } = await edited(put(2, change));
    expect(report).toMatchObject({ ok: false, lines: 1, broken: { chainSeq: 2, reason: "changed" } });
  });

  it("tells where a line is missing, at the beginning, amid and at the end", async () => {
    const without = (at: number) => (lines: AuditLine[]) => lines.filter(({ chainSeq }) => chainSeq !== at);
    expect((await edited(without(1))).report.broken).toMatchObject({ chainSeq: 1, reason: "missing" });
    expect((await edited(without(4))).report.broken).toMatchObject({ chainSeq: 4, reason: "missing" });
    expect((await edited(without(7))).report.broken).toMatchObject({ chainSeq: 7, reason: "cut_off" });
    expect((await edited(() => [])).report.broken).toMatchObject({ chainSeq: 1, reason: "cut_off" });
  });

  it("tells where two lines changed places", async () => {
    const { report } = await edited((lines) => {
      const [a, b] = [lines[1], lines[2]];
      if (!a || !b) return lines;
      return [lines[0] as AuditLine, { ...b, chainSeq: 2 }, { ...a, chainSeq: 3 }, ...lines.slice(3)];
    });
    expect(report.broken).toMatchObject({ chainSeq: 2, reason: "changed" });
  });

  it("finds with an earlier head what was made anew from the beginning, and what was cut off with its head", async () => {
    const { honest, world } = await edited((lines) => lines);
    const anchor = honest.head;
    if (!anchor) return expect.unreachable();
    expect(await world.halo.audit.verify({ orgId, anchor })).toMatchObject({ ok: true });
    const forged = { ...anchor, hash: "1".repeat(64) };
    expect((await world.halo.audit.verify({ orgId, anchor: forged })).broken).toMatchObject({
      reason: "changed",
    });
    const beyond = { seq: anchor.seq + 1, hash: anchor.hash };
    expect((await world.halo.audit.verify({ orgId, anchor: beyond })).broken).toMatchObject({
      reason: "cut_off",
    });
  });

  it("tells of a head that is not its last line's", async () => {
    const { report } = await edited(
      (lines) => lines,
      (storage) =>
        tamper(storage, "actions", {
          chainHead: async (...by) => {
            const head = await storage.actions.chainHead(...by);
            return head && { ...head, hash: "2".repeat(64) };
          },
        }),
    );
    expect(report.broken).toMatchObject({ chainSeq: 7, reason: "changed" });
  });

  const calls: readonly (readonly [string, (world: ApprovalWorld) => Promise<unknown>])[] = [
    ["whose state was changed", async ({ options }) => patch(options.storage, { state: "succeeded" })],
    ["whose arguments were changed", async ({ options }) => patch(options.storage, { input: { amount: 9 } })],
    ["that nobody made", async ({ options }) => patch(options.storage, { id: "forged" })],
  ];
  let patched: object = {};
  const patch = async (_: Storage, change: object) => {
    patched = change;
  };
  it.each(calls)("tells of a call %s", async (_, change) => {
    const inner = memoryStorage();
    patched = {};
    const shown = <T extends { readonly input: unknown } | undefined>(call: T): T =>
      call && JSON.stringify(call.input) === '{"amount":2}' ? { ...call, ...patched } : call;
    let storage: Storage = tamper(inner, "actions", {
      get: async (...by) => shown(await inner.actions.get(...by)),
      list: async (...by) => (await inner.actions.list(...by)).map(shown),
    });
    storage = tamper(storage, "approvals", {
      get: async (...by) => {
        const approval = await inner.approvals.get(...by);
        return approval && { ...approval, call: shown(approval.call) };
      },
    });
    const world = await approvalWorld({ storage });
    await world.reject(await world.propose({ amount: 2 }));
    expect(await world.halo.audit.verify({ orgId })).toMatchObject({ ok: true });
    await change(world);
    expect((await world.halo.audit.verify({ orgId })).broken).toMatchObject({ reason: "call_changed" });
  });

  it("tells of a call that is gone", async () => {
    const inner = memoryStorage();
    let gone = false;
    const storage = tamper(inner, "actions", {
      get: async (...by) => (gone ? undefined : await inner.actions.get(...by)),
      list: async (...by) => (gone ? [] : await inner.actions.list(...by)),
    });
    const world = await approvalWorld({ storage });
    const view = await world.propose();
    gone = true;
    expect((await world.halo.audit.verify({ orgId })).broken).toEqual({
      chainSeq: 1,
      callId: view.id,
      reason: "call_changed",
    });
  });

  it("is read while calls go on, and takes none of them for tampering", async () => {
    const world = await approvalWorld();
    await world.invoke("charge", { amount: 1 });
    const [, ...reports] = await Promise.all([
      Promise.all(Array.from({ length: 40 }, (_, n) => world.invoke("charge", { amount: n + 1 }))),
      ...Array.from({ length: 10 }, () => world.halo.audit.verify({ orgId })),
    ]);
    for (const report of reports) expect(report).toMatchObject({ ok: true, broken: undefined });
    expect(await world.halo.audit.verify({ orgId })).toMatchObject({ ok: true, lines: 82 });
    const list = await world.halo.audit.list(orgId, { after: 80 });
    expect(list.map(({ chainSeq }) => chainSeq)).toEqual([81, 82]);
  });

  it("is read over more lines than one page", async () => {
    const world = await approvalWorld();
    for (let n = 0; n < 600; n++)
      await world.halo.killSwitch[n % 2 ? "resume" : "stop"]({ orgId, actor: grace });
    expect(await world.halo.audit.verify({ orgId })).toMatchObject({ ok: true, lines: 600 });
  });
});
