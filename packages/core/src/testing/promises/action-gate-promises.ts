import assert from "node:assert/strict";
import { actor, agentWorld } from "../agent-world.ts";
import { newId } from "../ids.ts";
import type { StoragePromise } from "../storage-promise.ts";
import { at, isDue, long, newAgent, newConnection, refuses } from "../storage-world.ts";

export const actionGatePromises: readonly StoragePromise[] = [
  {
    title: "the gates show the agent, its action and the integration's connections, the newest first",
    async run(test) {
      const self = await agentWorld(test);
      const { orgId, storage, agent, agentAction, connection } = self;
      const newer = newConnection({
        orgId,
        createdAt: at(9),
        state: "disconnected",
        modes: { actions: false },
      });
      await storage.connections.create(newer);
      await storage.connections.create(newConnection({ orgId, integration: "other", createdAt: at(10) }));
      const asked = { agentId: agent.id, integration: "acme", action: "create_deal" };
      assert.deepEqual(await storage.actions.gates(orgId, asked), {
        stopped: false,
        agent,
        agentAction,
        connections: [newer, connection],
      });
      const one = await storage.actions.gates(orgId, { ...asked, connectionId: connection.id });
      assert.deepEqual(one.connections, [connection]);
      const none = { agentId: newId(), integration: "absent", action: "create_deal" };
      const nothing = { stopped: false, agent: undefined, agentAction: undefined, connections: [] };
      assert.deepEqual(await storage.actions.gates(orgId, none), nothing);
      const unset = await storage.actions.gates(orgId, { ...asked, action: "create_note" });
      assert.deepEqual([unset.agent, unset.agentAction], [agent, undefined]);
    },
  },
  {
    title: "F93 a call is not begun when what the gates saw has moved on",
    async run(test) {
      for (const [what, current, moves] of moved) {
        const self = await agentWorld(test);
        const { orgId, storage, seen } = self;
        await storage.actions.begin(self.call(), { ...self.executing, expect: seen });
        const expect = (await moves(self)) ?? seen;
        const call = self.call({ idempotencyKey: newId() });
        const begun = storage.actions.begin(call, { ...self.executing, expect });
        await refuses(begun, "conflict", `${what}: begun`);
        await begun.catch((error) => assert.equal(error.current, current, what));
        assert.equal(await storage.actions.get(orgId, call.id), undefined, what);
        assert.equal(await storage.actions.byKey(orgId, call.idempotencyKey ?? ""), undefined, what);
        assert.deepEqual(await storage.actions.audit(orgId, call.id), [], what);
      }
    },
  },
  {
    title: "F93 a call that waits is not executed when what the gates saw has moved on",
    async run(test) {
      for (const [what, current, moves] of moved) {
        const self = await agentWorld(test);
        const { orgId, storage, seen } = self;
        const call = self.call({ state: "awaiting_consent" });
        await storage.actions.begin(call, { actor, expect: seen });
        const expect = (await moves(self)) ?? seen;
        const claim = { holder: "h", ttlMs: long };
        const change = {
          from: ["awaiting_consent"],
          to: "executing",
          actor,
          at: at(2),
          claim,
          expect,
        } as const;
        const executed = storage.actions.transition(orgId, call.id, change);
        await refuses(executed, "conflict", `${what}: executed`);
        await executed.catch((error) => assert.equal(error.current, current, what));
        assert.deepEqual(await storage.actions.get(orgId, call.id), call, what);
        assert.equal((await storage.actions.audit(orgId, call.id)).length, 1, what);
        assert.equal(await isDue(storage, { kind: "action", orgId, subject: call.id }), false, what);
      }
    },
  },
  {
    title: "F93 once a switch-off has returned no call is begun any more",
    async run(test) {
      const { orgId, storage, agent, seen, ...self } = await agentWorld(test);
      for (let round = 0; round < 5; round++) {
        const set = { agentId: agent.id, integration: "acme", action: "create_deal", at: at(round) };
        const { revision } = await storage.agents.setAction(orgId, { ...set, enabled: true });
        const expect = { ...seen, agentActionRevision: revision };
        let off = false;
        const late: string[] = [];
        const begins = Array.from({ length: 8 }, async (_, i) => {
          for (let wait = 0; wait < i; wait++) await Promise.resolve();
          for (let more = 0; more < 4; more++) {
            const wasOff = off;
            const call = self.call();
            const begun = await storage.actions.begin(call, { ...self.executing, expect }).then(
              () => true,
              () => false,
            );
            if (begun && wasOff) late.push(call.id);
          }
        });
        const switched = storage.agents.setAction(orgId, { ...set, enabled: false }).then(() => {
          off = true;
        });
        await Promise.all([...begins, switched]);
        assert.deepEqual(late, []);
        await refuses(storage.actions.begin(self.call(), { ...self.executing, expect }), "conflict");
      }
    },
  },
  {
    title:
      "a connection's mode that is unset or on lets a call through, and one that expects nothing is not asked",
    async run(test) {
      const self = await agentWorld(test);
      const { orgId, connectionId, storage, seen } = self;
      for (const modes of [{}, { actions: true }, { ingest: false, notifications: false }]) {
        await storage.connections.change(orgId, connectionId, { modes });
        const begun = storage.actions.begin(self.call(), { ...self.executing, expect: seen });
        await assert.doesNotReject(begun, `modes ${JSON.stringify(modes)}`);
      }
      await storage.connections.change(orgId, connectionId, { modes: { actions: false } });
      const refused = self.call({
        state: "refused",
        connectionId: undefined,
        generation: undefined,
        error: { code: "gate_closed", message: "The mode is off.", gate: "mode" },
      });
      const { fresh, lease } = await storage.actions.begin(refused, { actor });
      assert.deepEqual([fresh, lease], [true, undefined]);
      assert.deepEqual(await storage.actions.get(orgId, refused.id), refused);
    },
  },
];

type Self = Awaited<ReturnType<typeof agentWorld>>;

/** Each way in which what the gates saw may not stand: what moves, what is named, and what is expected if not that. */
const moved: readonly (readonly [
  what: string,
  current: string,
  moves: (self: Self) => Promise<Self["seen"] | undefined>,
])[] = [
  [
    "the agent is not active",
    "agent",
    async ({ storage, agent }) => {
      await storage.agents.upsert({ ...agent, active: false });
      return undefined;
    },
  ],
  [
    "the action is not enabled, at the revision that is expected",
    "agent_action",
    async ({ storage, orgId, agent, seen }) => {
      const off = {
        agentId: agent.id,
        integration: "acme",
        action: "create_deal",
        enabled: false,
        at: at(1),
      };
      const { revision } = await storage.agents.setAction(orgId, off);
      return { ...seen, agentActionRevision: revision };
    },
  ],
  [
    "the action's configuration changed",
    "agent_action",
    async ({ storage, orgId, agent }) => {
      const set = { agentId: agent.id, integration: "acme", action: "create_deal", enabled: true, at: at(1) };
      await storage.agents.setAction(orgId, { ...set, config: { other: true } });
      return undefined;
    },
  ],
  [
    "the mode is off",
    "connection",
    async ({ storage, orgId, connectionId }) => {
      await storage.connections.change(orgId, connectionId, { modes: { ingest: true, actions: false } });
      return undefined;
    },
  ],
  [
    "the connection is disconnected",
    "connection",
    async ({ storage, orgId, connectionId }) => {
      await storage.connections.change(orgId, connectionId, { state: "disconnected" });
      return undefined;
    },
  ],
  [
    "the connection lost its access",
    "connection",
    async ({ storage, orgId, connectionId }) => {
      await storage.connections.change(orgId, connectionId, { state: "auth_error" });
      return undefined;
    },
  ],
  [
    "the connection was connected anew",
    "connection",
    async ({ storage, orgId, connectionId }) => {
      await storage.connections.change(orgId, connectionId, { generation: 2 });
      return undefined;
    },
  ],
  [
    "the connection is another integration's",
    "connection",
    async ({ storage, orgId, seen }) => {
      const other = newConnection({ orgId, integration: "other" });
      await storage.connections.create(other);
      return { ...seen, connectionId: other.id };
    },
  ],
  [
    "T30 the connection is another org's",
    "connection",
    async ({ storage, seen }) => {
      const other = newConnection();
      await storage.connections.create(other);
      await storage.agents.upsert(newAgent(other.orgId));
      return { ...seen, connectionId: other.id };
    },
  ],
];
