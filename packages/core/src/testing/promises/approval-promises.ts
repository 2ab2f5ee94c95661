import assert from "node:assert/strict";
import { auditHash, chainStart } from "../../approvals/audit-chain.ts";
import type { ActionState } from "../../ports/action-store.ts";
import type { MoneyLimit } from "../../ports/approval-store.ts";
import { type ApprovalWorld, approvalWorld } from "../approval-world.ts";
import { newId } from "../ids.ts";
import type { StoragePromise } from "../storage-promise.ts";
import { at, isDue, long, minute, refuses } from "../storage-world.ts";

const engine = { kind: "engine", id: "worker" } as const;

/** Refused as a stale approval, with what stands. */
async function stale(work: Promise<unknown>, current: string, what = "it"): Promise<void> {
  await refuses(work, "approval_stale", what);
  await work.catch((error) => assert.equal(error.current, current, what));
}

async function conflicts(work: Promise<unknown>, current: string, what = "it"): Promise<void> {
  await refuses(work, "conflict", what);
  await work.catch((error) => assert.equal(error.current, current, what));
}

const begin = (
  { orgId, seen, storage }: ApprovalWorld,
  { approval, lease }: Awaited<ReturnType<ApprovalWorld["approved"]>>,
  limits: readonly MoneyLimit[] = [],
) =>
  storage.approvals.begin(orgId, approval.proposal.id, {
    lease,
    actor: engine,
    at: at(2),
    expect: seen,
    limits,
  });

const stateOf = async ({ orgId, storage }: ApprovalWorld, id: string) =>
  (await storage.actions.get(orgId, id))?.state;

export const approvalPromises: readonly StoragePromise[] = [
  {
    title: "a proposal comes back as it was made, with its call and its decisions",
    async run(test) {
      const self = await approvalWorld(test);
      const { orgId, storage } = self;
      const { approval, call, fresh } = await self.propose(
        { requestedBy: "staff", needed: 2 },
        { conversationId: "c1", input: { amount: 1 }, subject: { email: "ada@example.com" } },
      );
      const { id } = call;
      assert.equal(fresh, true);
      assert.equal(call.state, "proposed");
      assert.deepEqual(approval.call, call);
      assert.deepEqual(await storage.approvals.get(orgId, id), approval);
      const { expiresAt, ...proposal } = approval.proposal;
      assert.deepEqual(proposal, self.proposal(call, { requestedBy: "staff", needed: 2 }));
      assert.deepEqual(call.expiresAt, expiresAt);
      assert.ok(
        Math.abs(expiresAt.getTime() - test.now() - long) < minute,
        "it expires by the store's clock",
      );
      const first = self.decision(approval, { reason: "lost" });
      const second = self.decision(approval, { by: "alan", at: at(3) });
      await storage.approvals.decide(orgId, id, first);
      const decided = await storage.approvals.decide(orgId, id, second);
      assert.deepEqual(decided.decisions, [first, second]);
      assert.deepEqual(await storage.approvals.get(orgId, id), decided);
      const plain = { money: undefined, customer: undefined, state: null, sources: undefined };
      const bare = (await self.propose(plain)).approval;
      assert.deepEqual(await storage.approvals.get(orgId, bare.proposal.id), bare);
      assert.deepEqual(bare.proposal, { ...bare.proposal, ...plain });
      const none = (
        await self.propose({
          ...plain,
          state: undefined,
          money: { amountMinor: 2 ** 53 - 1, currency: "eur" },
        })
      ).approval;
      const read = await storage.approvals.get(orgId, none.proposal.id);
      assert.deepEqual(read?.proposal, none.proposal);
      assert.equal(read?.proposal.state, undefined);
      assert.deepEqual(read?.proposal.money, { amountMinor: 2 ** 53 - 1, currency: "eur" });
      assert.equal(await storage.approvals.get(orgId, newId()), undefined);
    },
  },
  {
    title: "a proposal and each decision leave a line in the call's audit, and wake its work",
    async run(test) {
      const self = await approvalWorld(test);
      const { orgId, storage } = self;
      const { approval, call } = await self.propose({ needed: 2 }, {}, { note: "what it is" });
      const work = { kind: "action", orgId, subject: call.id } as const;
      assert.equal(await isDue(storage, work), true, "woken when proposed");
      await storage.approvals.decide(orgId, call.id, self.decision(approval));
      await storage.approvals.decide(orgId, call.id, self.decision(approval, { by: "alan" }));
      assert.equal(await isDue(storage, work), true, "woken when approved");
      const lines = await storage.actions.audit(orgId, call.id);
      assert.deepEqual(
        lines.map(({ actor, from, note, seq, to }) => [seq, from, to, actor.kind, actor.id, note]),
        [
          [1, undefined, "proposed", "agent", "bot", "what it is"],
          [2, "proposed", "proposed", "human", "grace", `approves 1 of 2, ${approval.proposal.hash}`],
          [3, "proposed", "approved", "human", "alan", `approves 2 of 2, ${approval.proposal.hash}`],
        ],
      );
      const rejected = (await self.propose()).approval;
      const { id } = rejected.proposal;
      const error = { code: "gate_closed", gate: "approval", message: "No." };
      const decided = await storage.approvals.decide(
        orgId,
        id,
        self.decision(rejected, { kind: "reject" }),
        error,
      );
      assert.equal(decided.call.state, "rejected");
      assert.deepEqual(decided.call.error, error);
      assert.ok(decided.call.endedAt);
      const [, line] = await storage.actions.audit(orgId, id);
      assert.deepEqual([line?.to, line?.note], ["rejected", `rejects ${rejected.proposal.hash}`]);
    },
  },
  {
    title: "A11 a proposal whose key, id or unfinished arguments are known is handed back as it stands",
    async run(test) {
      const self = await approvalWorld(test);
      const { orgId, storage } = self;
      const key = newId();
      const { approval } = await self.propose({}, { idempotencyKey: key, argumentsHash: "args-1" });
      const { id } = approval.proposal;
      const handedBack = async (call: object, what: string) => {
        const again = await self.propose({}, call);
        assert.deepEqual([again.fresh, again.call.id, again.approval.proposal.id], [false, id, id], what);
      };
      await handedBack({ idempotencyKey: key, argumentsHash: "args-2" }, "by its key");
      await handedBack({ id, argumentsHash: "args-3" }, "by its id");
      await handedBack({ argumentsHash: "args-1" }, "while it is proposed");
      await storage.approvals.decide(orgId, id, self.decision(approval));
      await handedBack({ argumentsHash: "args-1" }, "while it is approved");
      const at2 = at(2);
      await storage.actions.transition(orgId, id, {
        from: ["approved"],
        to: "failed",
        actor: engine,
        at: at2,
      });
      assert.equal((await self.propose({}, { argumentsHash: "args-1" })).fresh, true, "once it has ended");
    },
  },
  {
    title: "T40 of many proposals of one thing at the same time one is recorded",
    async run(test) {
      const self = await approvalWorld(test);
      const all = await Promise.all(
        Array.from({ length: 20 }, () => self.propose({}, { argumentsHash: "same" })),
      );
      assert.equal(all.filter(({ fresh }) => fresh).length, 1);
      assert.equal(new Set(all.map(({ call }) => call.id)).size, 1);
      const listed = await self.storage.approvals.list(self.orgId, { limit: 100 });
      assert.equal(listed.length, 1);
    },
  },
  {
    title: "T40 no more proposals wait than may, of an agent and of an org",
    async run(test) {
      const self = await approvalWorld(test);
      const { orgId, storage } = self;
      const { approval } = await self.propose();
      await self.propose();
      await conflicts(self.propose({}, {}, { most: 2 }), "full", "the agent's third");
      await conflicts(self.propose({}, {}, { mostOfOrg: 2 }), "full", "the org's third");
      await storage.approvals.decide(
        orgId,
        approval.proposal.id,
        self.decision(approval, { kind: "reject" }),
      );
      assert.equal(
        (await self.propose({}, {}, { most: 2, mostOfOrg: 2 })).fresh,
        true,
        "once one is decided",
      );
      const refused = await Promise.allSettled(
        Array.from({ length: 10 }, () => self.propose({}, {}, { most: 5 })),
      );
      assert.equal(refused.filter(({ status }) => status === "fulfilled").length, 3);
      const others = await approvalWorld(test);
      assert.equal((await others.propose({}, {}, { most: 1, mostOfOrg: 1 })).fresh, true, "another org's");
    },
  },
  {
    title: "A15 what was rejected is not proposed again within the cool-down, by the store's clock",
    async run(test) {
      const self = await approvalWorld(test);
      const { orgId, storage } = self;
      const call = { argumentsHash: "same" };
      const { approval } = await self.propose({}, call);
      await storage.approvals.decide(
        orgId,
        approval.proposal.id,
        self.decision(approval, { kind: "reject", at: at(0) }),
      );
      await stale(self.propose({}, call, { coolDownMs: long }), "rejected");
      assert.equal((await self.propose({}, { argumentsHash: "other" }, { coolDownMs: long })).fresh, true);
      await test.wait(30);
      const again = await self.propose({}, call, { coolDownMs: 20 }).then(
        ({ fresh }) => fresh,
        () => false,
      );
      assert.equal(again, true, "once it is over");
    },
  },
  {
    title: "F93 nothing is proposed when what the gates saw has moved on",
    async run(test) {
      const self = await approvalWorld(test);
      const { agent, connectionId, orgId, seen, storage } = self;
      const other = { ...seen, agentActionRevision: seen.agentActionRevision + 1 };
      await conflicts(self.propose({}, {}, { expect: other }), "agent_action");
      await storage.agents.upsert({ ...agent, active: false });
      await conflicts(self.propose(), "agent");
      await storage.agents.upsert({ ...agent, active: true });
      await storage.connections.change(orgId, connectionId, { modes: { actions: false } });
      await conflicts(self.propose(), "connection");
      assert.deepEqual(await storage.approvals.list(orgId, { limit: 10 }), []);
      assert.deepEqual(await storage.actions.list(orgId, { limit: 10 }), []);
    },
  },
  {
    title: "A4 F90 of many decisions at the same time one ends it",
    async run(test) {
      const self = await approvalWorld(test);
      const { orgId, storage } = self;
      for (const needed of [1, 2]) {
        const { approval } = await self.propose({ needed });
        const { id } = approval.proposal;
        const clicks = await Promise.allSettled(
          Array.from({ length: 12 }, (_, n) =>
            storage.approvals.decide(orgId, id, self.decision(approval, { by: `p${n}` })),
          ),
        );
        assert.equal(
          clicks.filter(({ status }) => status === "fulfilled").length,
          needed,
          `${needed} needed`,
        );
        assert.equal(await stateOf(self, id), "approved");
        const standing = await storage.approvals.get(orgId, id);
        assert.equal(standing?.decisions.length, needed);
        assert.equal((await storage.actions.audit(orgId, id)).length, 1 + needed);
      }
    },
  },
  {
    title: "A4 A6 a decision counts only for the hash that was shown, once a person, and while it waits",
    async run(test) {
      const self = await approvalWorld(test);
      const { orgId, storage } = self;
      const { approval } = await self.propose({ needed: 2 });
      const { id } = approval.proposal;
      const decide = (like: object) => storage.approvals.decide(orgId, id, self.decision(approval, like));
      await stale(decide({ hash: "another" }), "changed", "another hash");
      assert.equal((await decide({})).call.state, "proposed");
      await stale(decide({}), "decided", "the same person again");
      await stale(decide({ kind: "reject" }), "decided", "the same person's no");
      assert.equal((await decide({ by: "alan" })).call.state, "approved");
      await stale(decide({ by: "eve" }), "approved", "a third");
      await stale(decide({ by: "eve", kind: "reject" }), "approved", "a no after it");
      await refuses(storage.approvals.decide(orgId, newId(), self.decision(approval)), "not_found");
      assert.equal((await storage.approvals.get(orgId, id))?.decisions.length, 2);
    },
  },
  {
    title: "A5 F91 a proposal that has expired by the store's clock is not decided, and expires once",
    async run(test) {
      const self = await approvalWorld(test);
      const { orgId, storage } = self;
      const { approval } = await self.propose({}, {}, { ttlMs: 40 });
      const { id } = approval.proposal;
      const error = { code: "approval_stale", message: "Late." };
      const expire = () => storage.approvals.expire(orgId, id, { actor: engine, at: at(5), error });
      assert.equal(await expire(), undefined, "not before its time");
      await test.wait(60);
      // The host's own clock says nothing.
      await stale(storage.approvals.decide(orgId, id, self.decision(approval, { at: at(0) })), "expired");
      assert.deepEqual((await storage.approvals.get(orgId, id))?.decisions, []);
      const expired = await expire();
      assert.equal(expired?.call.state, "expired");
      assert.deepEqual(expired?.call.error, error);
      assert.deepEqual(expired?.call.endedAt, at(5));
      assert.equal(await expire(), undefined, "not twice");
      const lines = await storage.actions.audit(orgId, id);
      assert.deepEqual(
        lines.map(({ to }) => to),
        ["proposed", "expired"],
      );
      await stale(storage.approvals.decide(orgId, id, self.decision(approval)), "expired");
      const open = (await self.propose()).approval.proposal.id;
      assert.equal(
        await storage.approvals.expire(orgId, open, { actor: engine, at: at(5), error }),
        undefined,
      );
      await refuses(
        storage.approvals.expire(orgId, newId(), { actor: engine, at: at(5), error }),
        "not_found",
      );
    },
  },
  {
    title: "A4 F10 what was approved is begun once, under its lease",
    async run(test) {
      const self = await approvalWorld(test);
      const { orgId, storage } = self;
      const approved = await self.approved();
      const { id } = approved.approval.proposal;
      const begun = await Promise.allSettled(Array.from({ length: 8 }, () => begin(self, approved)));
      assert.equal(begun.filter(({ status }) => status === "fulfilled").length, 1);
      const call = await storage.actions.get(orgId, id);
      assert.deepEqual([call?.state, call?.attempts, call?.startedAt], ["executing", 1, at(2)]);
      await stale(begin(self, approved), "executing");
      const lines = await storage.actions.audit(orgId, id);
      assert.deepEqual(
        lines.map(({ to }) => to),
        ["proposed", "approved", "executing"],
      );
      const settled = await storage.actions.transition(orgId, id, {
        from: ["executing"],
        to: "succeeded",
        actor: engine,
        at: at(3),
        lease: approved.lease,
      });
      assert.equal(settled.call.state, "succeeded");
    },
  },
  {
    title: "F19 T37 nothing is begun that was not approved, nor under a lease that is another's",
    async run(test) {
      const self = await approvalWorld(test);
      const { orgId, storage } = self;
      const { approval } = await self.propose();
      const { id } = approval.proposal;
      const lease = await self.lease("action", id);
      await stale(begin(self, { approval, lease }), "proposed");
      await storage.approvals.decide(orgId, id, self.decision(approval, { kind: "reject" }));
      await stale(begin(self, { approval, lease }), "rejected");
      const one = await self.approved();
      const other = await self.approved();
      await refuses(begin(self, { ...one, lease: other.lease }), "lease_lost", "another call's lease");
      await storage.leases.release(one.lease, undefined);
      await refuses(begin(self, one), "lease_lost", "a lease that was let go");
      assert.equal(await stateOf(self, one.approval.proposal.id), "approved");
      const unknown = {
        ...one,
        approval: { ...one.approval, proposal: { ...one.approval.proposal, id: newId() } },
      };
      await refuses(begin(self, unknown), "not_found");
    },
  },
  {
    title: "F91 F93 nothing is begun that has expired, or whose gates moved on",
    async run(test) {
      const self = await approvalWorld(test);
      const { agent, connectionId, orgId, storage } = self;
      const approved = await self.approved();
      await storage.agents.upsert({ ...agent, active: false });
      await conflicts(begin(self, approved), "agent");
      await storage.agents.upsert({ ...agent, active: true });
      await storage.connections.change(orgId, connectionId, { generation: 9 });
      await conflicts(begin(self, approved), "connection");
      await storage.connections.change(orgId, connectionId, { generation: self.seen.generation });
      const { approval } = await self.propose({}, {}, { ttlMs: 60 });
      const { id } = approval.proposal;
      await storage.approvals.decide(orgId, id, self.decision(approval));
      const lease = await self.lease("action", id);
      await test.wait(80);
      await stale(begin(self, { approval, lease }), "expired");
      assert.equal(await stateOf(self, id), "approved");
      assert.equal((await begin(self, approved)).state, "executing");
    },
  },
  {
    title: "T41 A7 of many executions at the same time only as many begin as the limit holds",
    async run(test) {
      const self = await approvalWorld(test);
      const all = [];
      for (let n = 0; n < 8; n++) all.push(await self.approved());
      const limit: MoneyLimit = { per: "org", currency: "eur", amountMinor: 350, windowMs: long };
      const begun = await Promise.allSettled(all.map((one) => begin(self, one, [limit])));
      assert.equal(begun.filter(({ status }) => status === "fulfilled").length, 3);
      for (const one of begun) {
        if (one.status === "rejected") assert.equal(one.reason.current, "limit");
      }
    },
  },
  {
    title:
      "A7 a limit counts by org, agent or customer, one currency, its window, and what may have happened",
    async run(test) {
      const self = await approvalWorld(test);
      const { orgId, storage } = self;
      const limit = (more: Partial<MoneyLimit>): MoneyLimit[] => [
        { per: "org", currency: "eur", amountMinor: 150, windowMs: long, ...more },
      ];
      const first = await self.approved();
      const { id } = first.approval.proposal;
      await begin(self, first, limit({ amountMinor: 100 }));
      const holds = async (limits: readonly MoneyLimit[], like: object = {}, call: object = {}) => {
        const next = await self.approved(like, call);
        try {
          await begin(self, next, limits);
        } catch (error) {
          assert.equal((error as { current?: unknown }).current, "limit");
          return false;
        }
        // It counts no more.
        await storage.actions.transition(orgId, next.approval.proposal.id, {
          from: ["executing"],
          to: "failed",
          actor: engine,
          at: at(3),
          lease: next.lease,
        });
        return true;
      };
      assert.equal(await holds(limit({})), false, "of the org");
      assert.equal(await holds(limit({ amountMinor: 200 })), true, "up to the limit");
      assert.equal(await holds(limit({ currency: "usd" })), true, "of another currency");
      assert.equal(await holds(limit({}), { money: undefined }), true, "of no money");
      assert.equal(await holds([...limit({ amountMinor: 900 }), ...limit({})]), false, "every one of them");
      assert.equal(await holds(limit({ per: "customer" })), false, "of the customer");
      assert.equal(await holds(limit({ per: "customer" }), { customer: "eve" }), true, "of another customer");
      assert.equal(await holds(limit({ per: "customer" }), { customer: undefined }), true, "of nobody");
      assert.equal(await holds(limit({ per: "agent" })), false, "of the agent");
      const move = (to: ActionState, from: ActionState, set: object = {}) =>
        storage.actions.transition(orgId, id, { from: [from], to, actor: engine, at: at(3), set });
      for (const [to, from] of [
        ["succeeded", "executing"],
        ["outcome_unknown", "succeeded"],
        ["reconciled", "outcome_unknown"],
      ] as const) {
        await move(to, from);
        assert.equal(await holds(limit({})), false, `when it is ${to}`);
      }
      await move("reconciled", "reconciled", { error: { code: "vendor_failed", message: "No." } });
      assert.equal(await holds(limit({})), true, "when it did not happen");
      await move("succeeded", "reconciled", { error: undefined });
      await test.wait(30);
      assert.equal(await holds(limit({ windowMs: 20 })), true, "once its window is over");
    },
  },
  {
    title: "A13 once a stop has returned, nothing is begun, moved to an attempt or proposed",
    async run(test) {
      const self = await approvalWorld(test);
      const { orgId, seen, storage } = self;
      const gates = () =>
        storage.actions.gates(orgId, { agentId: self.agent.id, integration: "acme", action: "create_deal" });
      const running = await storage.actions.begin(self.call(), { ...self.executing, expect: seen });
      const approved = await self.approved();
      assert.equal((await gates()).stopped, false);
      const stop = await storage.approvals.stop(orgId, "grace");
      assert.deepEqual([stop.scope, stop.by, stop.resumedAt], ["org", "grace", undefined]);
      assert.equal((await gates()).stopped, true);
      assert.deepEqual(await storage.approvals.stops(orgId), [stop]);
      const begun = storage.actions.begin(self.call(), { ...self.executing, expect: seen });
      await conflicts(begun, "stopped", "a call");
      await conflicts(self.propose(), "stopped", "a proposal");
      await conflicts(begin(self, approved), "stopped", "what was approved");
      const attempt = storage.actions.transition(orgId, running.call.id, {
        from: ["executing"],
        to: "executing",
        actor: engine,
        at: at(2),
        expect: seen,
      });
      await conflicts(attempt, "stopped", "an attempt");
      assert.deepEqual(await storage.approvals.stop(orgId, "alan"), stop, "twice is once");
      const over = await storage.approvals.resume(orgId, "alan");
      assert.ok(over?.resumedAt);
      assert.equal(await storage.approvals.resume(orgId, "alan"), undefined);
      assert.equal((await gates()).stopped, false);
      await conflicts(begin(self, approved), "stopped", "what was approved before the stop");
      await test.wait(5);
      const again = await self.approved();
      assert.equal((await begin(self, again)).state, "executing", "what was approved after it");
    },
  },
  {
    title: "A13 a stop of the deployment stops every org, and one of an org no other",
    fresh: true,
    async run(test) {
      const self = await approvalWorld(test);
      const other = await approvalWorld(test);
      const { storage } = self;
      const may = async ({ call, executing, seen }: ApprovalWorld) => {
        const begun = storage.actions.begin(call(), { ...executing, expect: seen });
        return await begun.then(
          () => true,
          () => false,
        );
      };
      await storage.approvals.stop(self.orgId, "grace");
      assert.deepEqual([await may(self), await may(other)], [false, true]);
      await storage.approvals.stop(undefined, "root");
      await storage.approvals.resume(self.orgId, "grace");
      assert.deepEqual([await may(self), await may(other)], [false, false]);
      const scopes = (await storage.approvals.stops(other.orgId)).map(({ by, scope }) => [scope, by]);
      assert.deepEqual(scopes, [["deployment", "root"]]);
      await storage.approvals.resume(undefined, "root");
      assert.deepEqual([await may(self), await may(other)], [true, true]);
    },
  },
  {
    title: "approvals are listed by state, agent and conversation, the newest first, in pages",
    async run(test) {
      const self = await approvalWorld(test);
      const { agent, orgId, storage } = self;
      const ids: string[] = [];
      for (let n = 0; n < 4; n++) {
        const { call } = await self.propose({}, { conversationId: n < 2 ? "c1" : "c2" });
        ids.push(call.id);
      }
      const [first] = ids;
      const one = await storage.approvals.get(orgId, first ?? "");
      if (one) await storage.approvals.decide(orgId, one.proposal.id, self.decision(one, { kind: "reject" }));
      const listed = async (filter: object) => {
        const all = await storage.approvals.list(orgId, { limit: 10, ...filter });
        return all.map(({ proposal }) => ids.indexOf(proposal.id));
      };
      assert.deepEqual(await listed({}), [3, 2, 1, 0]);
      assert.deepEqual(await listed({ state: "proposed" }), [3, 2, 1]);
      assert.deepEqual(await listed({ state: "rejected" }), [0]);
      assert.deepEqual(await listed({ conversationId: "c1" }), [1, 0]);
      assert.deepEqual(await listed({ agentId: agent.id }), [3, 2, 1, 0]);
      assert.deepEqual(await listed({ agentId: "other" }), []);
      assert.deepEqual(await listed({ limit: 2 }), [3, 2]);
      assert.deepEqual(await listed({ before: ids[2] }), [1, 0]);
    },
  },
  {
    title: "T30 one org can neither read, decide, expire nor begin another's approvals",
    async run(test) {
      const self = await approvalWorld(test);
      const other = await approvalWorld(test);
      const { storage } = self;
      const { approval } = await self.propose({}, { argumentsHash: "same", idempotencyKey: "same" });
      const { id } = approval.proposal;
      assert.equal(await storage.approvals.get(other.orgId, id), undefined);
      assert.deepEqual(await storage.approvals.list(other.orgId, { limit: 10 }), []);
      await refuses(storage.approvals.decide(other.orgId, id, self.decision(approval)), "not_found");
      const error = { code: "approval_stale", message: "Late." };
      await refuses(
        storage.approvals.expire(other.orgId, id, { actor: engine, at: at(2), error }),
        "not_found",
      );
      const theirs = await other.propose({}, { argumentsHash: "same", idempotencyKey: "same" });
      assert.equal(theirs.fresh, true);
      assert.deepEqual(
        await storage.actions.chain(other.orgId, { after: 0, limit: 10 }).then((l) => l.length),
        1,
      );
      const approved = await self.approved();
      const begun = storage.approvals.begin(other.orgId, approved.approval.proposal.id, {
        lease: { ...approved.lease, orgId: other.orgId },
        actor: engine,
        at: at(2),
        expect: other.seen,
        limits: [],
      });
      await refuses(begun, "not_found");
      assert.equal(await stateOf(self, approved.approval.proposal.id), "approved");
    },
  },
  {
    title: "A12 every line of an org is chained to the one before, whoever writes at the same time",
    async run(test) {
      const self = await approvalWorld(test);
      const { orgId, seen, storage } = self;
      const approved = await self.approved();
      await Promise.all([
        ...Array.from({ length: 10 }, () =>
          storage.actions.begin(self.call(), { ...self.executing, expect: seen }),
        ),
        ...Array.from({ length: 5 }, () => self.propose({ needed: 2 })),
        begin(self, approved),
        storage.actions.begin(self.call({ state: "refused" }), { actor: engine, note: "Ünïcode €" }),
      ]);
      await storage.approvals.stop(orgId, "grace");
      await storage.approvals.resume(orgId, "grace");
      const lines = await storage.actions.chain(orgId, { after: 0, limit: 100 });
      assert.equal(lines.length, 21);
      let before = chainStart;
      for (const [index, line] of lines.entries()) {
        assert.equal(line.chainSeq, index + 1);
        assert.equal(line.hash, auditHash(before, line), `line ${index + 1}: ${line.to}`);
        before = line.hash;
      }
      assert.deepEqual(await storage.actions.chainHead(orgId), { seq: 21, hash: before });
      const some = await storage.actions.chain(orgId, { after: 5, limit: 3 });
      assert.deepEqual(
        some.map(({ chainSeq }) => chainSeq),
        [6, 7, 8],
      );
      const tos = lines.filter(({ callId }) => callId === "kill-switch").map(({ seq, to }) => [seq, to]);
      assert.deepEqual(tos, [
        [1, "stopped"],
        [2, "resumed"],
      ]);
      assert.equal(await storage.actions.chainHead(`org-${newId()}`), undefined);
    },
  },
  {
    title: "F14 a call that ended without a word may be due again later",
    async run(test) {
      const self = await approvalWorld(test);
      const { orgId, storage } = self;
      const approved = await self.approved();
      const { id } = approved.approval.proposal;
      await begin(self, approved);
      await storage.actions.transition(orgId, id, {
        from: ["executing"],
        to: "outcome_unknown",
        actor: engine,
        at: at(3),
        lease: approved.lease,
        again: new Date(test.now() + 60),
      });
      const work = { kind: "action", orgId, subject: id } as const;
      assert.equal(await isDue(storage, work), false, "not before its time");
      await test.wait(80);
      assert.equal(await isDue(storage, work), true);
    },
  },
];
