import { defineAction, defineIntegration, type Halo, VendorError } from "@halo/core";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { type Caller, createHandler, type HandlerOptions } from "../src/index.ts";
import { as, authorize, base, publicUrl, world } from "./support/world.ts";

const orgId = "acme";
const refunds: unknown[] = [];

const refund = defineAction({
  id: "refund",
  name: "Refund",
  description: "Gives money back.",
  approval: "human",
  input: z.strictObject({ amount: z.int() }),
  config: z.strictObject({}),
  review: ({ input }) => ({
    preview: { summary: `Gives ${input.amount} back.` },
    money: { amountMinor: input.amount, currency: "eur", digits: 2 },
  }),
  run: async ({ input, effectKey }) => {
    refunds.push({ ...input, effectKey });
    return { done: true };
  },
  again: { kind: "idempotent", keyLifeMs: 86_400_000 },
});

/** Of which nobody hears again. */
const wire = defineAction({
  id: "wire",
  name: "Wire",
  description: "Sends money.",
  input: z.strictObject({}),
  config: z.strictObject({}),
  run: async () => {
    throw new VendorError("Nobody can tell.", { code: "outcome_unknown" });
  },
});

const bank = defineIntegration({
  id: "bank",
  name: "Bank",
  auth: { key: { label: "Key" }, scopes: [], identify: async () => ({ account: { id: "acct-1" } }) },
  http: { baseUrl: "https://api.bank.example", budgets: [], classify: () => ({ kind: "ok" }) },
  modes: { ingest: false, actions: true, notifications: false },
  streams: [],
  actions: [refund, wire],
});

const person = (id: string, more: Partial<Caller> = {}): Caller => ({
  orgId,
  actor: { id, kind: "human" },
  roles: ["approver"],
  ...more,
});
const grace = person("grace");
const alan = person("alan");
const admin = person("root", { roles: ["admin"] });
const member = person("max", { roles: ["member"] });
const service: Caller = { ...grace, actor: { id: "bot", kind: "service" } };
const stranger = person("oda", { orgId: "other", roles: ["admin", "approver"] });

async function opened(options: Partial<HandlerOptions> = {}, approvals: object = {}) {
  const { halo } = await world({ integrations: [bank], approvals });
  for (const org of [orgId, "other"]) {
    await halo.connections.connectWithKey({ orgId: org, integration: "bank", key: "k" });
    await halo.agents.upsert({ orgId: org, id: "support" });
    await halo.agents.setAction({ orgId: org, agentId: "support", action: "refund", enabled: true });
  }
  const handler = createHandler(halo, { authorize, ...options });
  const call = async (
    method: string,
    path: string,
    caller: Caller | undefined,
    body?: unknown,
    more: Record<string, string> = {},
  ) => {
    const headers = {
      ...(caller && as(caller)),
      ...(method !== "GET" && { "content-type": "application/json" }),
      ...more,
    };
    const init = { method, headers, ...(method !== "GET" && { body: JSON.stringify(body ?? {}) }) };
    const answer = await handler(new Request(base + path, init));
    return [answer.status, await answer.json()] as [number, Record<string, never>];
  };
  const propose = async (amount = 1_250, requestedBy?: string) => {
    const outcome = await halo.actions.invoke({
      orgId,
      agentId: "support",
      action: "refund",
      input: { amount },
      context: {
        conversationId: "c1",
        customer: { email: "ada@example.com" },
        ...(requestedBy && { requestedBy }),
      },
    });
    if (outcome.status !== "pending_approval") throw new Error(outcome.status);
    return await halo.approvals.get(orgId, outcome.approvalId);
  };
  return { halo, call, propose };
}

async function worked(halo: Halo, id: string) {
  const stop = new AbortController();
  const working = halo.work({ signal: stop.signal });
  const ended = new Promise<void>((resolve) => {
    halo.on("action.succeeded", ({ callId }) => callId === id && resolve());
    halo.on("action.refused", ({ callId }) => callId === id && resolve());
  });
  await ended;
  stop.abort(new Error("over"));
  await working;
}

const ids = (all: unknown) => (all as { approvals: { id: string }[] }).approvals.map(({ id }) => id);

describe("approvals over HTTP", () => {
  it("A1 are listed, shown, given once and then executed", async () => {
    const { call, halo, propose } = await opened();
    const { hash, id } = await propose();
    const [, listed] = await call("GET", "/approvals?state=proposed", grace);
    expect(ids(listed)).toEqual([id]);
    expect(ids((await call("GET", "/approvals?state=succeeded", grace))[1])).toEqual([]);
    const [, shown] = await call("GET", `/approvals/${id}`, grace);
    expect(shown).toMatchObject({ approval: { id, hash, card: { title: "Refund: Gives 1250 back." } } });
    const approve = () => call("POST", `/approvals/${id}/approve`, grace, { hash, reason: "ok" });
    expect(await approve()).toMatchObject([
      200,
      { approval: { state: "approved", decisions: [{ by: "grace", reason: "ok" }] } },
    ]);
    await worked(halo, id);
    expect(refunds).toContainEqual({ amount: 1_250, effectKey: id });
    expect(await approve()).toMatchObject([409, { error: { code: "approval_stale", current: "succeeded" } }]);
    expect(refunds.filter((one) => JSON.stringify(one).includes(id))).toHaveLength(1);
  });

  it("are refused, with a word", async () => {
    const { call, propose } = await opened();
    const { hash, id } = await propose();
    expect(await call("POST", `/approvals/${id}/reject`, grace, { hash, reason: "no" })).toMatchObject([
      200,
      { approval: { state: "rejected", decisions: [{ kind: "reject", reason: "no" }] } },
    ]);
  });

  it("T39 are decided by people with the role who did not ask, and by nobody else", async () => {
    const { call, propose } = await opened();
    const { hash, id } = await propose(1, "alan");
    for (const caller of [
      service,
      member,
      alan,
      person("x", { actor: { id: "x", kind: "human", email: "ADA@example.com" } }),
    ]) {
      expect(await call("POST", `/approvals/${id}/approve`, caller, { hash })).toMatchObject([
        403,
        { error: { code: "gate_closed", gate: "approver" } },
      ]);
    }
    expect((await call("POST", `/approvals/${id}/approve`, grace, { hash }))[0]).toBe(200);
  });

  it("F92 take only the hash of what is shown, and nothing else in the body", async () => {
    const { call, propose } = await opened();
    const { hash, id } = await propose();
    const path = `/approvals/${id}/approve`;
    expect(await call("POST", path, grace, { hash: "0".repeat(64) })).toMatchObject([
      409,
      { error: { code: "approval_stale", current: "changed" } },
    ]);
    for (const body of [
      {},
      { hash: "x" },
      { hash, actor: { id: "alan" } },
      { hash, orgId: "other" },
      { hash, reason: "x".repeat(501) },
    ]) {
      expect(await call("POST", path, grace, body)).toMatchObject([
        400,
        { error: { code: "input_invalid" } },
      ]);
    }
  });

  it("show what a customer said only to whoever may decide", async () => {
    const { call, propose } = await opened();
    const { id } = await propose();
    for (const path of [`/approvals/${id}`, "/approvals"]) {
      for (const caller of [member, service]) {
        const text = JSON.stringify((await call("GET", path, caller))[1]);
        expect(text).toContain(id);
        expect(text).not.toMatch(/ada@example|"card"|"input"|"hash"|"preview"/);
      }
      expect(JSON.stringify((await call("GET", path, grace))[1])).toMatch(/ada@example/);
    }
  });

  it("T30 of another org are as unknown as those that never were", async () => {
    const { call, propose } = await opened();
    const { hash, id } = await propose();
    for (const [method, path, body] of [
      ["GET", ""],
      ["POST", "/approve", { hash }],
      ["POST", "/reject", { hash }],
    ] as const) {
      const theirs = await call(method, `/approvals/${id}${path}`, stranger, body);
      expect(theirs).toEqual(await call(method, `/approvals/never${path}`, stranger, body));
      expect(theirs[0]).toBe(404);
    }
    expect(ids((await call("GET", "/approvals", stranger))[1])).toEqual([]);
    expect((await call("GET", "/approvals?agentId=never", stranger))[0]).toBe(404);
    const seen = await call("GET", "/audit", stranger);
    expect(JSON.stringify(seen)).not.toContain(id);
    await call("POST", "/kill-switch/stop", stranger);
    expect((await call("POST", `/approvals/${id}/approve`, grace, { hash }))[0]).toBe(200);
  });

  it("T52 T48 are closed to strangers, and to what another site made a browser send", async () => {
    const { call, propose } = await opened();
    const { hash, id } = await propose();
    const unsafe = [
      `/approvals/${id}/approve`,
      `/approvals/${id}/reject`,
      "/kill-switch/stop",
      "/kill-switch/resume",
    ];
    for (const path of unsafe) {
      const body = path.startsWith("/approvals") ? { hash } : {};
      expect(await call("POST", path, undefined, body)).toMatchObject([
        401,
        { error: { code: "unauthenticated" } },
      ]);
      for (const foreign of [{ origin: "https://evil.example" }, { "sec-fetch-site": "cross-site" }]) {
        const answer = await call("POST", path, grace, body, foreign as Record<string, string>);
        expect(answer).toMatchObject([403, { error: { code: "cross_site" } }]);
      }
      expect((await call("POST", path, grace, body, { "content-type": "text/plain" }))[0]).toBe(415);
    }
    for (const path of ["/approvals", `/approvals/${id}`, "/audit", "/audit/verify", "/kill-switch"]) {
      expect((await call("GET", path, undefined))[0]).toBe(401);
    }
    const own = { origin: publicUrl, "sec-fetch-site": "same-origin" };
    expect((await call("POST", `/approvals/${id}/approve`, grace, { hash }, own))[0]).toBe(200);
  });

  it("T48 T53 ask for a fresh proof of who it is, where the host wants one", async () => {
    const { call, propose } = await opened({ reauthenticateMs: 60_000 });
    const { hash, id } = await propose();
    const path = `/approvals/${id}/approve`;
    for (const authenticatedAt of [undefined, Date.now() - 61_000]) {
      const caller = { ...grace, ...(authenticatedAt !== undefined && { authenticatedAt }) };
      expect(await call("POST", path, caller, { hash })).toMatchObject([
        401,
        { error: { code: "reauthenticate" } },
      ]);
    }
    const old = await call("POST", `/approvals/${(await propose(2)).id}/reject`, grace, { hash });
    expect(old[0]).toBe(409);
    const fresh = { ...grace, authenticatedAt: Date.now() - 1_000 };
    expect((await call("POST", path, fresh, { hash }))[0]).toBe(200);
    const { halo } = await world({ integrations: [bank] });
    expect(() => createHandler(halo, { authorize, reauthenticateMs: 0 })).toThrow(/reauthenticateMs/);
  });
});

describe("a call that is outcome_unknown, over HTTP", () => {
  async function unknown(options?: Partial<HandlerOptions>) {
    const one = await opened(options);
    const { halo } = one;
    await halo.agents.setAction({ orgId, agentId: "support", action: "wire", enabled: true });
    const context = { customer: { email: "ada@example.com" } };
    const wired = halo.actions.invoke({ orgId, agentId: "support", action: "wire", input: {}, context });
    await expect(wired).rejects.toMatchObject({ code: "outcome_unknown" });
    const [call] = await halo.actions.calls.list(orgId, { state: "outcome_unknown" });
    return { ...one, id: call?.id ?? "", path: `/calls/${call?.id}/reconcile` };
  }
  const yes = { happened: true, vendorId: "tr_1" };

  it("A10 is reconciled by the word of a person with the role, once", async () => {
    const { call, halo, id, path } = await unknown();
    expect(await call("POST", path, grace, { happened: false })).toMatchObject([
      409,
      { error: { code: "conflict", current: "settling" } },
    ]);
    expect(await call("POST", path, grace, yes)).toMatchObject([200, { call: { id, state: "reconciled" } }]);
    expect(await call("POST", path, alan, yes)).toMatchObject([
      409,
      { error: { code: "conflict", current: "reconciled" } },
    ]);
    expect((await halo.actions.calls.get(orgId, id)).output).toEqual({ vendor_id: "tr_1" });
    const [, { audit }] = await call("GET", `/calls/${id}/audit`, member);
    expect(audit).toMatchObject([{}, {}, { to: "reconciled", actor: { kind: "human", id: "grace" } }]);
  });

  it("T39 T48 T52 is not reconciled by anybody else, nor from elsewhere, nor by an old session", async () => {
    const { call, halo, id, path } = await unknown({ reauthenticateMs: 60_000 });
    const now = { authenticatedAt: Date.now() };
    for (const caller of [
      service,
      member,
      person("x", { actor: { id: "x", kind: "human", email: "Ada@example.com" } }),
    ]) {
      expect(await call("POST", path, { ...caller, ...now }, yes)).toMatchObject([
        403,
        { error: { code: "gate_closed", gate: "approver" } },
      ]);
    }
    expect((await call("POST", path, undefined, yes))[0]).toBe(401);
    expect(await call("POST", path, grace, yes)).toMatchObject([401, { error: { code: "reauthenticate" } }]);
    const foreign = { origin: "https://evil.example" };
    expect((await call("POST", path, { ...grace, ...now }, yes, foreign))[0]).toBe(403);
    const theirs = await call("POST", path, { ...stranger, ...now }, yes);
    expect(theirs).toEqual(await call("POST", "/calls/never/reconcile", { ...stranger, ...now }, yes));
    expect(theirs[0]).toBe(404);
    for (const body of [
      {},
      { happened: true },
      { ...yes, actor: { id: "alan" } },
      { ...yes, vendorId: "a b" },
    ]) {
      expect(await call("POST", path, { ...grace, ...now }, body)).toMatchObject([
        400,
        { error: { code: "input_invalid" } },
      ]);
    }
    expect((await halo.actions.calls.get(orgId, id)).state).toBe("outcome_unknown");
  });
});

describe("the audit over HTTP", () => {
  it("T49 is read and verified by admins, with an anchor of before", async () => {
    const { call, propose } = await opened();
    const { hash, id } = await propose();
    await call("POST", `/approvals/${id}/approve`, grace, { hash });
    expect((await call("GET", "/audit", member))[0]).toBe(403);
    expect((await call("GET", "/audit/verify", member))[0]).toBe(403);
    const [, page] = await call("GET", "/audit?after=1", admin);
    expect(page).toMatchObject({
      audit: [{ chainSeq: 2, to: "approved", actor: { id: "grace" } }],
      head: { seq: 2 },
    });
    const [, { report }] = await call("GET", "/audit/verify", admin);
    expect(report).toMatchObject({ ok: true, lines: 2 });
    const { head } = report as unknown as { head: { hash: string; seq: number } };
    const anchored = await call("GET", `/audit/verify?seq=${head.seq}&hash=${head.hash}`, admin);
    expect(anchored).toMatchObject([200, { report: { ok: true } }]);
    const cut = await call("GET", `/audit/verify?seq=9&hash=${head.hash}`, admin);
    expect(cut).toMatchObject([200, { report: { ok: false, broken: { reason: "cut_off", chainSeq: 3 } } }]);
    expect((await call("GET", "/audit/verify?seq=9", admin))[0]).toBe(400);
  });
});

describe("the kill switch over HTTP", () => {
  it("A13 stops the caller's org, by people with the role", async () => {
    const { call, halo, propose } = await opened();
    const view = await propose();
    for (const caller of [service, member]) {
      expect(await call("POST", "/kill-switch/stop", caller)).toMatchObject([
        403,
        { error: { gate: "approver" } },
      ]);
    }
    expect((await call("POST", "/kill-switch/stop", grace, { orgId: "other" }))[0]).toBe(400);
    expect(await call("POST", "/kill-switch/stop", grace)).toMatchObject([
      200,
      { stop: { scope: "org", by: "grace" } },
    ]);
    expect(await call("GET", "/kill-switch", member)).toMatchObject([200, { stops: [{ by: "grace" }] }]);
    expect(await halo.killSwitch.stops("other")).toEqual([]);
    const { hash, id } = view;
    expect(await call("POST", `/approvals/${id}/approve`, grace, { hash })).toMatchObject([
      403,
      { error: { code: "gate_closed", gate: "stopped" } },
    ]);
    expect(await call("POST", "/kill-switch/resume", alan)).toMatchObject([200, { stops: [] }]);
    expect((await call("POST", `/approvals/${id}/approve`, grace, { hash }))[0]).toBe(200);
  });
});
