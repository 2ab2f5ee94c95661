import assert from "node:assert/strict";
import { actor, agentWorld } from "../agent-world.ts";
import { newId } from "../ids.ts";
import type { StoragePromise } from "../storage-promise.ts";
import { at, claimed, isDue, long, minute, refuses } from "../storage-world.ts";

/** Short enough to wait for, long enough to be held meanwhile. */
const short = 80;

export const actionCallPromises: readonly StoragePromise[] = [
  {
    title: "a call comes back as it was begun, with the first line of its audit",
    async run(test) {
      const self = await agentWorld(test);
      const { orgId, storage } = self;
      const call = self.call({
        state: "awaiting_consent",
        idempotencyKey: newId(),
        version: 3,
        input: { nested: ["ü", null, 1.5, { "a b": true }], n: -0.25 },
        subject: { email: "ada@example.com", endUserId: "e" },
        conversationId: "conversation",
        preview: { summary: "Sets it.", changes: [{ field: "f", from: "a", to: "b" }] },
        confirmationHash: "h",
        expiresAt: at(30),
        attempts: 2,
        output: { id: "1", list: [1, 2] },
        error: { code: "vendor_failed", message: "It failed." },
        startedAt: at(2),
        endedAt: at(3),
      });
      const begun = await storage.actions.begin(call, { actor, note: "asked" });
      assert.deepEqual(begun, { fresh: true, call, lease: undefined });
      assert.deepEqual(await storage.actions.get(orgId, call.id), call);
      assert.deepEqual(await storage.actions.byKey(orgId, call.idempotencyKey ?? ""), call);
      const line = {
        orgId,
        callId: call.id,
        seq: 1,
        from: undefined,
        to: "awaiting_consent" as const,
        actor,
      };
      assert.deepEqual(await storage.actions.audit(orgId, call.id), [{ ...line, at: at(1), note: "asked" }]);
      const plain = self.call({ state: "succeeded", output: null, input: null });
      await storage.actions.begin(plain, { actor });
      assert.deepEqual(await storage.actions.get(orgId, plain.id), plain, "null is an output, none is none");
      assert.equal(await storage.actions.get(orgId, newId()), undefined);
      assert.equal(await storage.actions.byKey(orgId, newId()), undefined);
    },
  },
  {
    title:
      "a call whose key is known is handed back as it stands, without a lease, whatever the gates say by now",
    async run(test) {
      const self = await agentWorld(test);
      const { orgId, storage, agent, seen } = self;
      const call = self.call({ idempotencyKey: newId() });
      const { lease } = await storage.actions.begin(call, { ...self.executing, expect: seen });
      assert.ok(lease);
      const again = () =>
        storage.actions.begin(self.call({ idempotencyKey: call.idempotencyKey, argumentsHash: "other" }), {
          ...self.executing,
          expect: seen,
        });
      assert.deepEqual(await again(), { fresh: false, call, lease: undefined });
      const change = { from: ["executing"], to: "succeeded", actor, at: at(2), lease } as const;
      const ended = await storage.actions.transition(orgId, call.id, {
        ...change,
        known: call,
        set: { output: { id: 7, list: ["ü", null] }, endedAt: at(2) },
      });
      assert.deepEqual(
        ended.call,
        await storage.actions.get(orgId, call.id),
        "what is known need not be read",
      );
      await storage.agents.upsert({ ...agent, active: false });
      await assert.doesNotReject(again(), "the key comes before the gates");
      assert.deepEqual(await again(), { fresh: false, call: ended.call, lease: undefined });
      const same = await storage.actions.begin({ ...call, idempotencyKey: undefined }, self.executing);
      assert.deepEqual(same, { fresh: false, call: ended.call, lease: undefined }, "nor is the same id");
      assert.equal((await storage.actions.list(orgId, { limit: 9 })).length, 1);
      assert.equal((await storage.actions.audit(orgId, call.id)).length, 2);
      assert.equal(await isDue(storage, { kind: "action", orgId, subject: call.id }), false);
    },
  },
  {
    title: "F94 of fifty calls of one key at the same time one is recorded, and all get it",
    async run(test) {
      const self = await agentWorld(test);
      const { orgId, storage, seen } = self;
      const idempotencyKey = newId();
      const begun = await Promise.all(
        Array.from({ length: 50 }, () =>
          storage.actions.begin(self.call({ idempotencyKey }), { ...self.executing, expect: seen }),
        ),
      );
      assert.equal(begun.filter(({ fresh }) => fresh).length, 1);
      assert.equal(begun.filter(({ lease }) => lease !== undefined).length, 1);
      assert.equal(new Set(begun.map(({ call }) => call.id)).size, 1);
      assert.equal((await storage.actions.list(orgId, { limit: 99 })).length, 1);
      const other = await agentWorld(test);
      const theirs = await storage.actions.begin(other.call({ idempotencyKey }), other.executing);
      assert.equal(theirs.fresh, true, "a key is an org's own");
    },
  },
  {
    title: "F07 a call that is executing is its holder's until the lease runs out, and then whoever sweeps",
    async run(test) {
      const self = await agentWorld(test);
      const { orgId, storage } = self;
      const call = self.call();
      const { lease } = await storage.actions.begin(call, { actor, lease: { holder: "h", ttlMs: short } });
      const work = { kind: "action", orgId, subject: call.id } as const;
      const { fence, expiresAt, ...rest } = lease ?? {};
      assert.deepEqual(rest, { ...work, holder: "h", attempts: 1 });
      assert.ok((fence ?? 0) > 0 && (expiresAt?.getTime() ?? 0) > test.now() - minute);
      assert.equal(await isDue(storage, work), false);
      await test.wait(2 * short);
      const swept = await claimed(storage, work);
      assert.equal(swept.attempts, 2);
      assert.ok(swept.fence > (fence ?? 0), "the fence grows");
    },
  },
  {
    title: "F19 whoever lost the lease moves nothing, and nobody moves a call under another's",
    async run(test) {
      const self = await agentWorld(test);
      const { orgId, storage } = self;
      const [call, other] = [self.call(), self.call()];
      const { lease: lost } = await storage.actions.begin(call, {
        actor,
        lease: { holder: "h", ttlMs: short },
      });
      const { lease: others } = await storage.actions.begin(other, self.executing);
      await test.wait(2 * short);
      const now = await claimed(storage, { kind: "action", orgId, subject: call.id });
      assert.ok(lost && others);
      const change = { from: ["executing"], to: "succeeded", actor, at: at(2) } as const;
      for (const lease of [lost, others, { ...now, holder: "x" }, { ...now, kind: "inbox" as const }])
        await refuses(storage.actions.transition(orgId, call.id, { ...change, lease }), "lease_lost");
      assert.deepEqual(await storage.actions.get(orgId, call.id), call);
      assert.equal((await storage.actions.audit(orgId, call.id)).length, 1);
      assert.equal(await storage.leases.heartbeat(others, long), true);
      await storage.actions.transition(orgId, call.id, { ...change, lease: now });
      assert.equal((await storage.actions.get(orgId, call.id))?.state, "succeeded");
    },
  },
  {
    title: "a move out of executing lets the lease go for good, and one that stays in it keeps it",
    async run(test) {
      const self = await agentWorld(test);
      const { orgId, storage } = self;
      const call = self.call();
      const work = { kind: "action", orgId, subject: call.id } as const;
      const { lease } = await storage.actions.begin(call, self.executing);
      assert.ok(lease);
      const from = ["executing"] as const;
      const stays = { from, to: "executing", actor, at: at(2), lease, set: { attempts: 1 } } as const;
      const stayed = await storage.actions.transition(orgId, call.id, stays);
      assert.deepEqual([stayed.lease, stayed.call.attempts], [lease, 1]);
      assert.equal(await storage.leases.heartbeat(lease, long), true);
      await storage.leases.wake([work]);
      const ends = { from, to: "failed", actor, at: at(3), lease } as const;
      const ended = await storage.actions.transition(orgId, call.id, ends);
      assert.equal(ended.lease, undefined);
      assert.equal(await storage.leases.heartbeat(lease, long), false);
      await storage.leases.release(lease, new Date(test.now()));
      assert.equal(await isDue(storage, work), false);
    },
  },
  {
    title: "a call that waited comes with its lease when it moves to executing, and whoever had one loses it",
    async run(test) {
      const self = await agentWorld(test);
      const { orgId, storage, seen: expect } = self;
      const call = self.call({ state: "awaiting_consent" });
      const work = { kind: "action", orgId, subject: call.id } as const;
      await storage.actions.begin(call, { actor });
      await storage.leases.wake([work]);
      const before = await claimed(storage, work);
      const claim = { holder: "h", ttlMs: long };
      const change = {
        from: ["awaiting_consent"],
        to: "executing",
        actor,
        at: at(2),
        claim,
        expect,
      } as const;
      const { lease } = await storage.actions.transition(orgId, call.id, change);
      assert.ok(lease);
      assert.deepEqual(
        [lease.kind, lease.orgId, lease.subject, lease.holder],
        ["action", orgId, call.id, "h"],
      );
      assert.ok(lease.fence > before.fence, "the fence grows");
      assert.equal(await storage.leases.heartbeat(before, long), false);
      assert.equal(await storage.leases.heartbeat(lease, long), true);
    },
  },
  {
    title: "F90 of many moves from one state at the same time one happens, and the rest are told what stands",
    async run(test) {
      const self = await agentWorld(test);
      const { orgId, storage } = self;
      const call = self.call({ state: "awaiting_consent" });
      await storage.actions.begin(call, { actor });
      const moves = await Promise.allSettled(
        Array.from({ length: 20 }, (_, i) =>
          storage.actions.transition(orgId, call.id, {
            from: ["awaiting_consent", "proposed"],
            to: "executing",
            actor: { kind: "user", id: `user-${i}` },
            at: at(2),
            claim: { holder: `h-${i}`, ttlMs: long },
          }),
        ),
      );
      assert.equal(moves.filter(({ status }) => status === "fulfilled").length, 1);
      for (const move of moves)
        if (move.status === "rejected")
          assert.deepEqual([move.reason.code, move.reason.current], ["conflict", "executing"]);
      assert.equal((await storage.actions.audit(orgId, call.id)).length, 2);
      const unknown = { from: ["executing"], to: "failed", actor, at: at(2) } as const;
      await refuses(storage.actions.transition(orgId, newId(), unknown), "not_found");
    },
  },
  {
    title: "a move sets the fields that it names, undefined included, and leaves the others",
    async run(test) {
      const self = await agentWorld(test);
      const { orgId, storage } = self;
      const call = self.call({
        state: "awaiting_consent",
        confirmationHash: "h",
        expiresAt: at(9),
        attempts: 1,
        output: "before",
        error: { code: "vendor_failed", message: "It failed." },
        startedAt: at(2),
        endedAt: at(3),
      });
      await storage.actions.begin(call, { actor });
      const move = (set: object) =>
        storage.actions.transition(orgId, call.id, {
          from: ["awaiting_consent"],
          to: "awaiting_consent",
          actor,
          at: at(4),
          set,
        });
      assert.deepEqual((await move({})).call, call);
      const gone = { confirmationHash: undefined, expiresAt: undefined, error: undefined };
      assert.deepEqual((await move(gone)).call, { ...call, ...gone });
      const ended = { output: undefined, startedAt: undefined, endedAt: undefined };
      assert.deepEqual((await move(ended)).call, { ...call, ...gone, ...ended });
      const all = {
        attempts: 4,
        output: null,
        error: { code: "c", message: "m", gate: "g" },
        startedAt: at(5),
        endedAt: at(6),
        confirmationHash: "other",
        expiresAt: at(7),
      };
      assert.deepEqual((await move(all)).call, { ...call, ...all });
      assert.deepEqual(await storage.actions.get(orgId, call.id), { ...call, ...all });
    },
  },
  {
    title: "T49 the audit has one line for each step, numbered without a gap",
    async run(test) {
      const self = await agentWorld(test);
      const { orgId, storage } = self;
      const call = self.call({ state: "proposed" });
      await storage.actions.begin(call, { actor });
      const steps = [
        ["proposed", "approved", { kind: "human", id: "ada" }, "on the phone"],
        ["approved", "executing", { kind: "engine", id: "worker" }, undefined],
        ["executing", "executing", { kind: "engine", id: "worker" }, undefined],
        ["executing", "outcome_unknown", { kind: "engine", id: "worker" }, "timeout"],
        ["outcome_unknown", "reconciled", { kind: "user", id: "bob" }, undefined],
      ] as const;
      for (const [index, [from, to, by, note]] of steps.entries())
        await storage.actions.transition(orgId, call.id, {
          from: index % 2 === 0 ? [from] : ["refused", from],
          to,
          actor: by,
          at: at(index + 2),
          ...(note === undefined ? {} : { note }),
        });
      const refused = { from: ["executing"], to: "failed", actor, at: at(9) } as const;
      await refuses(storage.actions.transition(orgId, call.id, refused), "conflict");
      const lines = steps.map(([from, to, by, note], index) => {
        const line = { orgId, callId: call.id, seq: index + 2, from, to };
        return { ...line, actor: by, at: at(index + 2), note };
      });
      assert.deepEqual((await storage.actions.audit(orgId, call.id)).slice(1), lines);
    },
  },
  {
    title: "calls are listed newest first, as filtered, page by page",
    async run(test) {
      const self = await agentWorld(test);
      const { orgId, connectionId, storage } = self;
      const calls = [
        self.call({ state: "succeeded" }),
        self.call({ state: "failed", agentId: "other" }),
        self.call({ state: "succeeded", action: "create_note" }),
        self.call({ state: "refused", connectionId: undefined, generation: undefined }),
      ];
      for (const call of calls) await storage.actions.begin(call, { actor });
      const [a, b, c, d] = calls.map(({ id }) => id);
      const ids = async (filter: object, limit = 9) =>
        (await storage.actions.list(orgId, { ...filter, limit })).map(({ id }) => id);
      assert.deepEqual(await ids({}), [d, c, b, a]);
      assert.deepEqual(await ids({}, 2), [d, c]);
      assert.deepEqual(await ids({ before: c }, 2), [b, a]);
      assert.deepEqual(await ids({ agentId: "other" }), [b]);
      assert.deepEqual(await ids({ connectionId }), [c, b, a]);
      assert.deepEqual(await ids({ action: "create_note" }), [c]);
      assert.deepEqual(await ids({ state: "succeeded" }), [c, a]);
      assert.deepEqual(await ids({ state: "succeeded", before: c }), [a]);
    },
  },
  {
    title: "callers cannot change what is stored through what they gave or got",
    async run(test) {
      const self = await agentWorld(test);
      const { orgId, storage } = self;
      const input = { list: [1] };
      const call = self.call({ input, state: "proposed" });
      const begun = await storage.actions.begin(call, { actor });
      input.list.push(2);
      (begun.call.input as { list: number[] }).list.push(3);
      const read = await storage.actions.get(orgId, call.id);
      (read as unknown as { input: { list: number[] } }).input.list.push(4);
      assert.deepEqual((await storage.actions.get(orgId, call.id))?.input, { list: [1] });
      const gates = { agentId: self.agent.id, integration: "acme", action: "create_deal" };
      const seen = await storage.actions.gates(orgId, gates);
      Object.assign(seen.agentAction?.config ?? {}, { pipeline: "mine" });
      assert.deepEqual((await storage.actions.gates(orgId, gates)).agentAction, self.agentAction);
    },
  },
  {
    title: "T30 one org can neither read, begin nor move another's calls, nor ask its gates",
    async run(test) {
      const [mine, theirs] = [await agentWorld(test), await agentWorld(test)];
      const { actions } = test.storage;
      const call = theirs.call({ idempotencyKey: newId() });
      const { lease } = await actions.begin(call, theirs.executing);
      assert.ok(lease);
      const { orgId } = mine;
      assert.equal(await actions.get(orgId, call.id), undefined);
      assert.equal(await actions.byKey(orgId, call.idempotencyKey ?? ""), undefined);
      assert.deepEqual(await actions.list(orgId, { limit: 9 }), []);
      assert.deepEqual(await actions.audit(orgId, call.id), []);
      const change = { from: ["executing"], to: "failed", actor, at: at(2), lease } as const;
      await refuses(actions.transition(orgId, call.id, change), "not_found");
      const asked = { agentId: theirs.agent.id, integration: "acme", action: "create_deal" };
      const gates = await actions.gates(orgId, { ...asked, connectionId: theirs.connectionId });
      assert.deepEqual(gates, { stopped: false, agent: undefined, agentAction: undefined, connections: [] });
      const own = await actions.begin({ ...call, orgId }, mine.executing);
      assert.equal(own.fresh, true, "the same id and key are another org's own");
      const under = actions.transition(orgId, call.id, change);
      await refuses(under, "lease_lost");
      assert.deepEqual(await actions.get(theirs.orgId, call.id), call);
      assert.equal(await test.storage.leases.heartbeat(lease, long), true);
    },
  },
  {
    title: "T27 hostile names and arguments are kept as they are",
    async run(test) {
      const self = await agentWorld(test);
      const { orgId, storage } = self;
      for (const name of ["'; drop table action_calls; --", "__proto__", '","', "%", "$1", "\\x00", "🙂"]) {
        const call = self.call({
          idempotencyKey: name,
          action: name,
          agentId: name,
          conversationId: name,
          input: { [`a${name}`]: name },
          subject: { email: name },
        });
        await storage.actions.begin(call, { actor: { kind: "user", id: name }, note: name });
        assert.deepEqual(await storage.actions.byKey(orgId, name), call);
        assert.deepEqual(await storage.actions.list(orgId, { action: name, limit: 2 }), [call]);
        const [line] = await storage.actions.audit(orgId, call.id);
        assert.deepEqual([line?.actor.id, line?.note], [name, name]);
      }
    },
  },
];
