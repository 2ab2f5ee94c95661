import assert from "node:assert/strict";
import { auditHash, prunedNote } from "../../approvals/audit-chain.ts";
import type { ActionCall } from "../../ports/action-store.ts";
import { type ApprovalWorld, approvalWorld } from "../approval-world.ts";
import { newId } from "../ids.ts";
import type { StoragePromise, StorageTest } from "../storage-promise.ts";

const dayMs = 24 * 60 * 60_000;
const actor = { kind: "engine", id: "worker" } as const;

const daysAgo = (test: StorageTest, days: number) => new Date(test.now() - days * dayMs);

/** A call of so many days ago that was refused: one line. */
async function refused(test: StorageTest, self: ApprovalWorld, days: number, like: Partial<ActionCall> = {}) {
  const when = daysAgo(test, days);
  const call = self.call({ state: "refused", createdAt: when, endedAt: when, ...like });
  await self.storage.actions.begin(call, { actor });
  return call;
}

/** One that was begun then, and is under way. */
async function begun(test: StorageTest, self: ApprovalWorld, days: number) {
  const call = self.call({ createdAt: daysAgo(test, days) });
  await self.storage.actions.begin(call, self.executing);
  return call;
}

const ended = (self: ApprovalWorld, { id, orgId }: ActionCall, at: Date) =>
  self.storage.actions.transition(orgId, id, {
    from: ["executing"],
    to: "succeeded",
    actor,
    at,
    set: { endedAt: at, output: "x" },
  });

export const retentionPromises: readonly StoragePromise[] = [
  {
    title: "A12 retention takes the beginning of a chain with its calls, and the chain goes on from its hash",
    async run(test) {
      const self = await approvalWorld(test);
      const { orgId, storage } = self;
      const { actions } = storage;
      const first = await refused(test, self, 600);
      const key = `key-${newId()}`;
      const keyed = self.call({ idempotencyKey: key, createdAt: daysAgo(test, 590) });
      await actions.begin(keyed, self.executing);
      await ended(self, keyed, daysAgo(test, 589));
      const young = await refused(test, self, 450);
      assert.equal(await actions.chainBase(orgId), undefined);
      const [, , third] = await actions.chain(orgId, { after: 0, limit: 9 });
      assert.ok((await actions.prune(daysAgo(test, 500))) >= 3);
      const base = { seq: 3, hash: third?.hash ?? "" };
      assert.deepEqual(await actions.chainBase(orgId), base);
      for (const { id } of [first, keyed]) {
        assert.equal(await actions.get(orgId, id), undefined);
        assert.deepEqual(await actions.audit(orgId, id), []);
      }
      assert.equal(await actions.byKey(orgId, key), undefined);
      assert.deepEqual(
        (await actions.list(orgId, { limit: 9 })).map(({ id }) => id),
        [young.id],
      );
      const lines = await actions.chain(orgId, { after: 0, limit: 9 });
      assert.deepEqual(
        lines.map(({ chainSeq, note, to }) => [chainSeq, to, to === "pruned" ? note : undefined]),
        [
          [4, "refused", undefined],
          [5, "pruned", prunedNote(base)],
        ],
      );
      let before = base.hash;
      for (const line of lines) {
        assert.equal(line.hash, auditHash(before, line));
        before = line.hash;
      }
      assert.deepEqual(await actions.chainHead(orgId), { seq: 5, hash: before });
      await actions.prune(daysAgo(test, 500));
      assert.equal((await actions.chainHead(orgId))?.seq, 5, "what is gone is not told of again");
      assert.equal((await actions.begin({ ...keyed, id: newId() }, self.executing)).fresh, true);
    },
  },
  {
    title: "A12 retention stops at a call that is under way, or ended later, and at what it is not asked for",
    async run(test) {
      const self = await approvalWorld(test);
      const { orgId, storage } = self;
      const { actions } = storage;
      const seq = async () => (await actions.chainBase(orgId))?.seq;
      await refused(test, self, 700);
      const long = await begun(test, self, 690);
      const proposed = await self.propose({}, { createdAt: daysAgo(test, 680) });
      await refused(test, self, 670);
      await actions.prune(daysAgo(test, 500));
      assert.equal(await seq(), 1);
      await ended(self, long, daysAgo(test, 499));
      await actions.prune(daysAgo(test, 500));
      assert.equal(await seq(), 1, "it ended later");
      await actions.prune(daysAgo(test, 498));
      assert.equal(await seq(), 2, "a proposal waits");
      assert.ok(await storage.approvals.get(orgId, proposed.call.id));
      assert.ok(await actions.get(orgId, long.id), "its last line stays, and so does it");
    },
  },
  {
    title: "A12 retention never takes what is younger than 400 days, whatever it is asked for",
    async run(test) {
      const self = await approvalWorld(test);
      const { orgId, storage } = self;
      await refused(test, self, 401);
      const young = await refused(test, self, 399);
      await storage.actions.prune(new Date(test.now() + dayMs));
      assert.equal((await storage.actions.chainBase(orgId))?.seq, 1);
      assert.ok(await storage.actions.get(orgId, young.id));
    },
  },
  {
    title: "A12 retention takes proposals and decisions with their calls, and of each org its own",
    async run(test) {
      const [self, other] = [await approvalWorld(test), await approvalWorld(test)];
      const { orgId, storage } = self;
      const kept = await refused(test, other, 450);
      const old = daysAgo(test, 650);
      const { approval } = await self.propose({ createdAt: old, needed: 2 }, { createdAt: old });
      const { id } = approval.proposal;
      await storage.approvals.decide(orgId, id, self.decision(approval, { at: old }));
      await storage.actions.transition(orgId, id, {
        from: ["proposed"],
        to: "refused",
        actor,
        at: old,
        set: { endedAt: old },
      });
      await storage.actions.prune(daysAgo(test, 500));
      assert.equal(await storage.approvals.get(orgId, id), undefined);
      assert.deepEqual(await storage.approvals.list(orgId, { limit: 9 }), []);
      assert.equal((await storage.actions.chainBase(orgId))?.seq, 3);
      assert.equal(await storage.actions.chainBase(other.orgId), undefined);
      assert.ok(await storage.actions.get(other.orgId, kept.id));
      await storage.actions.prune(daysAgo(test, 440));
      assert.equal((await storage.actions.chainBase(other.orgId))?.seq, 1);
    },
  },
];
