import assert from "node:assert/strict";
import type { Agent } from "../../ports/agent-store.ts";
import { newId } from "../ids.ts";
import type { StoragePromise } from "../storage-promise.ts";
import { at, newAgent, refuses, world } from "../storage-world.ts";

/** An action of the agent, named as far as the test does not say. */
const setting = (agent: Agent, like: { readonly action?: string; readonly integration?: string } = {}) => ({
  agentId: agent.id,
  integration: "acme",
  action: "create_deal",
  enabled: true,
  at: at(1),
  ...like,
});

export const agentPromises: readonly StoragePromise[] = [
  {
    title: "an agent comes back as it was set last, and keeps when it was created",
    async run(test) {
      const { orgId, storage } = await world(test);
      const agent = newAgent(orgId, { name: "Ünïcödé 🙂", kind: "sales", active: false });
      assert.deepEqual(await storage.agents.upsert(agent), agent);
      assert.deepEqual(await storage.agents.get(orgId, agent.id), agent);
      const changed = { ...newAgent(orgId), id: agent.id, createdAt: at(5), updatedAt: at(6) };
      const expected = { ...changed, createdAt: agent.createdAt };
      assert.deepEqual(await storage.agents.upsert(changed), expected);
      const other = newAgent(orgId, { id: `0${agent.id}` });
      await storage.agents.upsert(other);
      assert.deepEqual(
        await storage.agents.list(orgId),
        [other, expected].sort((a, b) => (a.id < b.id ? -1 : 1)),
      );
      assert.equal(await storage.agents.get(orgId, newId()), undefined);
    },
  },
  {
    title: "the revision of an agent's action grows with every change, and only then",
    async run(test) {
      const { orgId, storage } = await world(test);
      const agent = await storage.agents.upsert(newAgent(orgId));
      const set = (like: object) => storage.agents.setAction(orgId, { ...setting(agent), ...like });
      const config = { pipeline: "default", owners: ["a", "b"], limit: 3, deep: { x: null, y: 1 } };
      const first = await set({ config });
      assert.deepEqual(first, {
        orgId,
        agentId: agent.id,
        integration: "acme",
        action: "create_deal",
        enabled: true,
        config,
        revision: 1,
        updatedAt: at(1),
      });
      const { pipeline, ...rest } = config;
      const same = { config: { ...rest, deep: { y: 1, x: null }, pipeline }, at: at(2) };
      assert.deepEqual(await set(same), first, "what is set already is no change");
      const off = await set({ enabled: false, at: at(3) });
      assert.deepEqual(off, { ...first, enabled: false, revision: 2, updatedAt: at(3) }, "config stays");
      const moved = await set({ enabled: false, config: { ...config, limit: 4 }, at: at(4) });
      assert.deepEqual([moved.revision, moved.config.limit], [3, 4]);
      assert.deepEqual(await storage.agents.actions(orgId, agent.id), [moved]);
    },
  },
  {
    title: "an agent's actions come by integration and action, and a new one's configuration is empty",
    async run(test) {
      const { orgId, storage } = await world(test);
      const agent = await storage.agents.upsert(newAgent(orgId));
      const other = await storage.agents.upsert(newAgent(orgId));
      for (const [integration, action] of [
        ["zeta", "a"],
        ["acme", "b"],
        ["acme", "a"],
      ] as const) {
        const set = await storage.agents.setAction(orgId, setting(agent, { integration, action }));
        assert.deepEqual([set.config, set.revision], [{}, 1]);
      }
      await storage.agents.setAction(orgId, setting(other));
      const names = (await storage.agents.actions(orgId, agent.id)).map((one) => [
        one.integration,
        one.action,
      ]);
      assert.deepEqual(names, [
        ["acme", "a"],
        ["acme", "b"],
        ["zeta", "a"],
      ]);
    },
  },
  {
    title: "an agent that is not there can be given neither an action nor a channel",
    async run(test) {
      const { orgId, connectionId, storage } = await world(test);
      const nobody = newAgent(orgId);
      await refuses(storage.agents.setAction(orgId, setting(nobody)), "not_found");
      const mapping = { connectionId, channel: "C1", agentId: nobody.id, at: at(1) };
      await refuses(storage.agents.mapChannel(orgId, mapping), "not_found");
      assert.deepEqual(await storage.agents.actions(orgId, nobody.id), []);
      await storage.agents.upsert(nobody);
      assert.deepEqual(await storage.agents.channels(orgId, connectionId), []);
    },
  },
  {
    title: "one channel belongs to one agent: mapping it again moves it, and to the same one changes nothing",
    async run(test) {
      const { orgId, connectionId, storage } = await world(test);
      const agent = await storage.agents.upsert(newAgent(orgId, { kind: "customer_facing" }));
      const other = await storage.agents.upsert(newAgent(orgId, { kind: "internal" }));
      const map = (channel: string, agentId: string, minutes: number, of = connectionId) =>
        storage.agents.mapChannel(orgId, { connectionId: of, channel, agentId, at: at(minutes) });
      await map("C2", agent.id, 1);
      await map("C1", agent.id, 2);
      await map("C1", agent.id, 3);
      await map("C1", agent.id, 4, newId());
      const of = { agentId: agent.id, agentKind: "customer_facing" as const };
      const second = { ...of, channel: "C2", mappedAt: at(1) };
      assert.deepEqual(await storage.agents.channels(orgId, connectionId), [
        { ...of, channel: "C1", mappedAt: at(2) },
        second,
      ]);
      await map("C1", other.id, 5);
      assert.deepEqual(await storage.agents.channels(orgId, connectionId), [
        { channel: "C1", agentId: other.id, agentKind: "internal", mappedAt: at(5) },
        second,
      ]);
      assert.equal(await storage.agents.unmapChannel(orgId, connectionId, "C1"), true);
      assert.equal(await storage.agents.unmapChannel(orgId, connectionId, "C1"), false);
      assert.deepEqual(await storage.agents.channels(orgId, connectionId), [second]);
    },
  },
  {
    title: "channels of an agent that is not active are left out until it is again",
    async run(test) {
      const { orgId, connectionId, storage } = await world(test);
      const agent = await storage.agents.upsert(newAgent(orgId));
      await storage.agents.mapChannel(orgId, { connectionId, channel: "C1", agentId: agent.id, at: at(1) });
      await storage.agents.upsert({ ...agent, active: false });
      assert.deepEqual(await storage.agents.channels(orgId, connectionId), []);
      await storage.agents.upsert({ ...agent, kind: "help_center" });
      const [channel] = await storage.agents.channels(orgId, connectionId);
      assert.deepEqual([channel?.agentKind, channel?.mappedAt], ["help_center", at(1)]);
    },
  },
  {
    title: "callers cannot change what is stored through what they gave or got",
    async run(test) {
      const { orgId, storage } = await world(test);
      const agent = newAgent(orgId);
      await storage.agents.upsert(agent);
      const config = { owners: ["a"] };
      const given = await storage.agents.setAction(orgId, { ...setting(agent), config });
      config.owners.push("b");
      (given.config.owners as string[]).push("c");
      const [read] = await storage.agents.actions(orgId, agent.id);
      (read as unknown as { config: { owners: string[] } }).config.owners.push("d");
      const [stored] = await storage.agents.actions(orgId, agent.id);
      assert.deepEqual(stored?.config, { owners: ["a"] });
    },
  },
  {
    title: "T30 one org can neither read nor change another's agents, actions and channels",
    async run(test) {
      const [mine, theirs] = [await world(test), await world(test)];
      const { agents } = test.storage;
      const agent = await agents.upsert(newAgent(theirs.orgId, { name: "theirs" }));
      const action = await agents.setAction(theirs.orgId, setting(agent));
      const { connectionId } = theirs;
      const mapping = { connectionId, channel: "C1", agentId: agent.id, at: at(1) };
      await agents.mapChannel(theirs.orgId, mapping);
      assert.equal(await agents.get(mine.orgId, agent.id), undefined);
      assert.deepEqual(await agents.list(mine.orgId), []);
      assert.deepEqual(await agents.actions(mine.orgId, agent.id), []);
      assert.deepEqual(await agents.channels(mine.orgId, connectionId), []);
      await refuses(agents.setAction(mine.orgId, { ...setting(agent), enabled: false }), "not_found");
      await refuses(agents.mapChannel(mine.orgId, mapping), "not_found");
      assert.equal(await agents.unmapChannel(mine.orgId, connectionId, "C1"), false);
      // Agents' ids are the host's, so two orgs may have the same.
      await agents.upsert(newAgent(mine.orgId, { id: agent.id, name: "mine" }));
      await agents.setAction(mine.orgId, { ...setting(agent), enabled: false });
      assert.deepEqual(await agents.get(theirs.orgId, agent.id), agent);
      assert.deepEqual(await agents.actions(theirs.orgId, agent.id), [action]);
      assert.equal((await agents.channels(theirs.orgId, connectionId)).length, 1);
    },
  },
  {
    title: "T27 hostile names of agents, actions and channels are names like any other",
    async run(test) {
      const { orgId, connectionId, storage } = await world(test);
      for (const name of [
        "'; drop table agents; --",
        "__proto__",
        '","',
        "%",
        "$1",
        "\\x00",
        "constructor",
      ]) {
        const agent = newAgent(orgId, { id: name, name });
        assert.deepEqual(await storage.agents.upsert(agent), agent);
        const config = { note: name };
        const set = { ...setting(agent, { action: name, integration: name }), config };
        assert.deepEqual((await storage.agents.setAction(orgId, set)).config, config);
        await storage.agents.mapChannel(orgId, { connectionId, channel: name, agentId: name, at: at(1) });
        assert.deepEqual(
          (await storage.agents.actions(orgId, name)).map(({ action }) => action),
          [name],
        );
      }
      const channels = await storage.agents.channels(orgId, connectionId);
      assert.equal(channels.length, 7);
      assert.ok(channels.every(({ channel, agentId }) => channel === agentId));
    },
  },
];
