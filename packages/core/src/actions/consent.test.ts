import { beforeAll, describe, expect, it } from "vitest";
import { desk, deskActions, deskWorld, orgId, setProperty, warm } from "../../test/acme-actions.ts";
import { tamper } from "../../test/harness.ts";
import {
  type ActionPreview,
  ConflictError,
  type HaloOptions,
  type InvokeRequest,
  StorageError,
  VendorError,
} from "../index.ts";
import { memoryStorage } from "../memory/index.ts";

beforeAll(warm);

const minuteMs = 60_000;
const input = { property: "jobtitle", value: "CTO" };
const key = { idempotencyKey: "k" };

/** A desk whose previews a test can count and break. */
async function asking(options: Partial<HaloOptions> = {}) {
  const previews: { signal: AbortSignal }[] = [];
  const made = { preview: (): ActionPreview => ({ summary: `Preview ${previews.length}.` }) };
  const counted: typeof setProperty = {
    ...setProperty,
    preview: ({ signal }) => {
      previews.push({ signal });
      return made.preview();
    },
  };
  const actions = deskActions.map((action) => (action.id === counted.id ? counted : action));
  const world = await deskWorld({ integrations: [desk({ actions })], ...options });
  const invoke = (more: Partial<InvokeRequest> = {}, given: unknown = input) =>
    world.invoke("set_property", given, more);
  const ask = async (more: Partial<InvokeRequest> = {}) => {
    const outcome = await invoke(more);
    if (outcome.status !== "needs_confirmation") throw new Error(outcome.status);
    return outcome;
  };
  const call = (id: string) => world.halo.actions.calls.get(orgId, id);
  return { ...world, ask, call, invoke, made, previews };
}

const stale = (current: string) => ({ code: "approval_stale", current });

describe("a user who is asked again by the same call", () => {
  it("sees what they saw before, and the vendor is not read for it", async () => {
    const { ask, previews } = await asking();
    const [first, second] = [await ask(key), await ask(key)];
    expect(second.preview).toEqual(first.preview);
    expect(second.confirmation).not.toBe(first.confirmation);
    expect(previews).toHaveLength(1);
  });

  it("is asked about one call, though it came twice at once", async () => {
    const { ask, halo, invoke } = await asking();
    const [one, other] = await Promise.all([ask(key), ask(key)]);
    expect(one.callId).toBe(other.callId);
    expect(await halo.actions.calls.list(orgId)).toHaveLength(1);
    const tries = [one, other].map(({ confirmation }) => invoke({ ...key, confirmation }));
    const done = (await Promise.allSettled(tries)).filter(({ status }) => status === "fulfilled");
    expect(done).not.toEqual([]);
  });

  it("is asked anew once the first question has expired", async () => {
    const { ask, clock, desk: vendor, invoke } = await asking();
    const { callId, confirmation } = await ask(key);
    await clock.advance(15 * minuteMs);
    await expect(invoke({ ...key, confirmation })).rejects.toMatchObject(stale("has expired"));
    // It expired, and stays so for whoever repeats it.
    await expect(invoke({ ...key, confirmation })).rejects.toMatchObject(stale("has expired"));
    const again = await ask(key);
    expect(again.callId).toBe(callId);
    expect(await invoke({ ...key, confirmation: again.confirmation })).toMatchObject({ status: "succeeded" });
    expect(vendor.ledger).toHaveLength(1);
  });

  it("is not asked where the key was used for other arguments", async () => {
    const { ask, invoke, previews } = await asking();
    await ask(key);
    const other = invoke(key, { ...input, value: "CEO" });
    await expect(other).rejects.toMatchObject({ code: "conflict", current: "used" });
    expect(previews).toHaveLength(1);
  });

  it("F92 is not asked to confirm for another account what was shown of the first", async () => {
    const { ask, connectionId, invoke, options } = await asking();
    await ask(key);
    await options.storage.connections.change(orgId, connectionId, { account: { id: "acct-2" } });
    await expect(invoke(key)).rejects.toMatchObject(stale("is not for these arguments"));
  });
});

describe("a confirmation", () => {
  it.each<[string, (given: string) => string]>([
    ["something before it", (given) => `0${given}`],
    ["something after it", (given) => `${given}0`],
    ["another token", (given) => given.replace(/.$/, (last) => (last === "0" ? "1" : "0"))],
    ["no token", (given) => given.slice(0, 36)],
  ])("with %s is not known, and is not used up by it", async (_, change) => {
    const { ask, invoke } = await asking();
    const { confirmation } = await ask();
    const wrong = invoke({ confirmation: change(confirmation) });
    await expect(wrong).rejects.toMatchObject(stale("is not known"));
    expect(await invoke({ confirmation })).toMatchObject({ status: "succeeded" });
  });

  it("that was used is told apart from one that expired, and is no other call's answer", async () => {
    const { ask, invoke } = await asking();
    const { confirmation } = await ask(key);
    await invoke({ ...key, confirmation });
    await expect(invoke({ confirmation })).rejects.toMatchObject(stale("was used"));
    const other = invoke({ idempotencyKey: "k2", confirmation });
    await expect(other).rejects.toMatchObject(stale("was used"));
    expect(await invoke({ ...key, confirmation })).toMatchObject({ repeated: true });
  });

  it.each<[string, Partial<InvokeRequest>]>([
    ["u1", { context: { conversationId: "c1", customer: { endUserId: "u1", email: "ada@example.com" } } }],
    ["c1", { context: { conversationId: "c1", customer: { email: "ada@example.com" } } }],
    ["unknown", {}],
  ])("is given by the user, in the audit as %s, and begins the first attempt", async (id, more) => {
    const { ask, call, clock, halo, invoke } = await asking();
    const { callId, confirmation } = await ask(more);
    await clock.advance(minuteMs);
    const at = new Date(clock.now());
    await invoke({ ...more, confirmation });
    const audit = await halo.actions.calls.audit(orgId, callId);
    expect(audit[1]).toMatchObject({ to: "executing", actor: { kind: "user", id }, at });
    expect(await call(callId)).toMatchObject({ attempts: 1, startedAt: at, expiresAt: undefined });
  });

  it("that came too late leaves a call that has ended, and nothing that could confirm it", async () => {
    const { ask, call, clock, invoke, options } = await asking();
    const { callId, confirmation } = await ask();
    await clock.advance(15 * minuteMs);
    await expect(invoke({ confirmation })).rejects.toMatchObject(stale("has expired"));
    expect(await call(callId)).toMatchObject({ state: "expired", endedAt: new Date(clock.now()) });
    const stored = await options.storage.actions.get(orgId, callId);
    expect(stored?.confirmationHash).toBeUndefined();
  });

  it.each<[string, Error, object]>([
    [
      "stays what it is while the store is away",
      new StorageError("away", { retryable: true }),
      { code: "storage_failed" },
    ],
    [
      "was used where the store says that the call has moved",
      new ConflictError("moved", { current: "executing" }),
      stale("was used"),
    ],
  ])("%s", async (_, error, told) => {
    const inner = memoryStorage();
    let failing = false;
    const storage = tamper(inner, "actions", {
      transition: async (...by) => {
        if (failing) throw error;
        return await inner.actions.transition(...by);
      },
    });
    const { ask, desk: vendor, invoke } = await asking({ storage });
    const { confirmation } = await ask();
    failing = true;
    await expect(invoke({ confirmation })).rejects.toMatchObject(told);
    failing = false;
    expect(vendor.ledger).toEqual([]);
    expect(await invoke({ confirmation })).toMatchObject({ status: "succeeded" });
  });

  it("holds where a gate moved and is open again in the moment in which it is given", async () => {
    const inner = memoryStorage();
    let moved = 0;
    const storage = tamper(inner, "actions", {
      transition: async (...by) => {
        if (by[2].to === "executing" && moved++ === 0) {
          throw new ConflictError("moved", { current: "agent_action" });
        }
        return await inner.actions.transition(...by);
      },
    });
    const { ask, invoke } = await asking({ storage });
    const { confirmation } = await ask();
    expect(await invoke({ confirmation })).toMatchObject({ status: "succeeded" });
    expect(moved).toBe(2);
  });
});

describe("what a user is shown", () => {
  it("is read under the caller's own signal, where there is one", async () => {
    const { ask, previews } = await asking();
    const { signal } = new AbortController();
    await ask({ signal });
    await ask();
    expect(previews[0]?.signal).toBe(signal);
    expect(previews[1]?.signal.aborted).toBe(false);
  });

  it("cannot be made where the vendor fails: then nothing is asked, and the call has failed", async () => {
    const { halo, invoke, made } = await asking();
    made.preview = () => {
      throw new VendorError("No.", {});
    };
    await expect(invoke()).rejects.toMatchObject({ code: "vendor_failed" });
    expect(await halo.actions.calls.list(orgId)).toMatchObject([
      { state: "failed", error: { code: "vendor_failed" } },
    ]);
  });
});
