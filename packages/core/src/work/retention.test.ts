import { beforeAll, describe, expect, it } from "vitest";
import { orgId, warm } from "../../test/acme-actions.ts";
import { approvalWorld, hourMs } from "../../test/approval-world.ts";
import { tamper } from "../../test/harness.ts";
import type { AuditHead, RetentionOptions, Storage } from "../index.ts";
import { memoryStorage } from "../memory/index.ts";

beforeAll(warm);

const dayMs = 24 * hourMs;

/** A refund that was given, and what is left of it so many days later. */
async function laterBy(
  days: number,
  retention?: RetentionOptions,
  more: (storage: Storage) => Storage = (s) => s,
) {
  const { fakeClock } = await import("../testing/fake-clock.ts");
  const clock = fakeClock();
  const inner = memoryStorage({ clock });
  const world = await approvalWorld({ clock, storage: more(inner), ...(retention && { retention }) });
  const view = await world.propose();
  await world.approve(view);
  await world.settle();
  const { head } = await world.halo.audit.verify({ orgId });
  await clock.advance(days * dayMs);
  await world.settle();
  const calls = await world.halo.actions.calls.list(orgId);
  return { ...world, calls: calls.length, clock, head, id: view.id, inner };
}

describe("retention of runs", () => {
  it.each<[RetentionOptions | undefined, number | undefined]>([
    [undefined, 90],
    [{ runs: 7 }, 7],
    [{ runs: Number.POSITIVE_INFINITY }, undefined],
  ])("with %j takes what ended %j days before", async (retention, days) => {
    const asked: number[] = [];
    const { clock } = await laterBy(1, retention, (inner) =>
      tamper(inner, "runs", {
        purge: async (before) => {
          asked.push(before.getTime());
          return 0;
        },
      }),
    );
    // Within the day that has passed.
    const daysAgo = asked.map((before) => (clock.now() - before) / dayMs - (days ?? 0));
    expect(asked.length > 0).toBe(days !== undefined);
    expect(daysAgo.filter((ago) => !(ago >= 0 && ago <= 1))).toEqual([]);
  });
});

describe("retention of what calls did", () => {
  it.each<[number, RetentionOptions | undefined, number]>([
    [729, undefined, 1],
    [731, undefined, 0],
    [731, { actions: 800 }, 1],
    [402, { actions: 400 }, 0],
    [5_000, { actions: Number.POSITIVE_INFINITY }, 1],
  ])("after %i days with %j leaves %i call", async (days, retention, left) => {
    const world = await laterBy(days, retention);
    expect(world.calls).toBe(left);
    const report = await world.halo.audit.verify({ orgId });
    expect(report).toMatchObject({ ok: true, pruned: left === 0 ? world.head : undefined });
    expect(report.lines).toBe(left === 0 ? 1 : world.head?.seq);
    const last = (await world.halo.audit.list(orgId)).at(-1);
    expect(last?.to).toBe(left === 0 ? "pruned" : "succeeded");
  });

  it("goes on for what is done afterwards, which is verified from there", async () => {
    const world = await laterBy(731);
    await world.halo.agents.upsert({ orgId, id: "helper" });
    const next = await world.propose({ amount: 7 });
    await world.approve(next);
    await world.settle();
    expect((await world.now(next.id)).state).toBe("succeeded");
    expect(await world.halo.audit.verify({ orgId })).toMatchObject({ ok: true, lines: 5 });
    if (!world.head) return expect.unreachable();
    expect(await world.halo.audit.verify({ orgId, anchor: world.head })).toMatchObject({ ok: true });
    await expect(world.now(world.id)).rejects.toMatchObject({ code: "not_found" });
  });

  it.each<[string, (base: AuditHead) => AuditHead | undefined, string]>([
    ["is not said", () => undefined, "missing"],
    ["is another hash", ({ seq }) => ({ seq, hash: "1".repeat(64) }), "changed"],
    [
      "lies further on, so that lines of now are left out",
      ({ hash, seq }) => ({ seq: seq + 1, hash }),
      "changed",
    ],
  ])("T49 is found where what it took %s", async (_, forge, reason) => {
    let on = false;
    const world = await laterBy(731, undefined, (inner) =>
      tamper(inner, "actions", {
        chainBase: async (org) => {
          const base = await inner.actions.chainBase(org);
          return on && base ? forge(base) : base;
        },
      }),
    );
    await world.propose({ amount: 7 });
    expect(await world.halo.audit.verify({ orgId })).toMatchObject({ ok: true });
    on = true;
    const report = await world.halo.audit.verify({ orgId });
    expect(report).toMatchObject({ ok: false, broken: { reason } });
  });

  it("T49 a beginning that was cut off without a line that says so is found", async () => {
    let cut = 0;
    const hash: { of?: string } = {};
    const world = await laterBy(1, undefined, (inner) =>
      tamper(inner, "actions", {
        chainBase: async () => (cut ? { seq: cut, hash: hash.of ?? "" } : undefined),
      }),
    );
    const lines = await world.halo.audit.list(orgId);
    cut = 2;
    hash.of = lines[1]?.hash ?? "";
    expect((await world.halo.audit.verify({ orgId })).broken).toMatchObject({
      reason: "missing",
      chainSeq: 2,
    });
  });

  it("T49 a beginning of which another line than its own tells is found", async () => {
    const { fakeClock } = await import("../testing/fake-clock.ts");
    const clock = fakeClock();
    const inner = memoryStorage({ clock });
    let forged: AuditHead | undefined;
    const storage = tamper(inner, "actions", {
      chainBase: async (org) => forged ?? (await inner.actions.chainBase(org)),
    });
    const world = await approvalWorld({ clock, storage, retention: { actions: 400 } });
    for (const amount of [1, 2]) {
      await world.reject(await world.propose({ amount }));
      await clock.advance(dayMs);
    }
    await clock.advance(399 * dayMs);
    await world.settle();
    await clock.advance(dayMs);
    await world.settle();
    const [first, second] = await world.halo.audit.list(orgId);
    expect([first?.to, second?.to]).toEqual(["pruned", "pruned"]);
    expect(await world.halo.audit.verify({ orgId })).toMatchObject({ ok: true, lines: 2 });
    forged = { seq: first?.chainSeq ?? 0, hash: first?.hash ?? "" };
    expect((await world.halo.audit.verify({ orgId })).broken).toMatchObject({ reason: "missing" });
  });

  it("T49 a head that was kept from before the beginning proves nothing any more, and says so", async () => {
    const world = await laterBy(731);
    const anchor = { seq: (world.head?.seq ?? 0) - 1, hash: "a".repeat(64) };
    expect((await world.halo.audit.verify({ orgId, anchor })).broken).toMatchObject({ reason: "cut_off" });
    const wrong = { seq: world.head?.seq ?? 0, hash: "a".repeat(64) };
    expect((await world.halo.audit.verify({ orgId, anchor: wrong })).broken).toMatchObject({
      reason: "cut_off",
    });
  });

  it.each([399, 0, -1, Number.NaN])("of %d days of calls is refused", async (actions) => {
    const { halo } = await approvalWorld({ retention: { actions } });
    const stop = new AbortController();
    const working = halo.work({ signal: stop.signal });
    stop.abort(new Error("over"));
    await expect(working).rejects.toMatchObject({
      code: "configuration_invalid",
      option: "retention.actions",
    });
  });
});
