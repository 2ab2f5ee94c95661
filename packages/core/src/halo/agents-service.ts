import * as z from "zod";
import { canonicalArguments } from "../actions/canonical.ts";
import { checkConfig } from "../actions/check.ts";
import { namedAction } from "../actions/named-action.ts";
import type { Engine } from "../engine/engine.ts";
import type { AgentAction } from "../ports/agent-store.ts";
import { maySync, startSync } from "../sync/start.ts";
import type { Agents } from "./actions-surface.ts";
import { anId, checkedRequest } from "./checked-request.ts";
import { found } from "./not-found.ts";

const Upsert = z.strictObject({
  orgId: anId,
  id: anId,
  name: anId.optional(),
  kind: z.enum(["customer_facing", "internal", "sales", "help_center"]).optional(),
  active: z.boolean().optional(),
});

const SetAction = z.strictObject({
  orgId: anId,
  agentId: anId,
  action: anId,
  integration: anId.optional(),
  enabled: z.boolean(),
  config: z.unknown().optional(),
});

const Channel = z.strictObject({ orgId: anId, connectionId: anId, channel: anId });
const Mapping = Channel.extend({ agentId: anId });

export function createAgents(engine: Engine): Agents {
  const { clock, storage } = engine;
  const { agents } = storage;
  return {
    async upsert(request) {
      const { active, id, kind, name, orgId } = checkedRequest(Upsert, request);
      const before = await agents.get(orgId, id);
      const now = new Date(clock.now());
      return await agents.upsert({
        orgId,
        id,
        name: name ?? before?.name ?? id,
        kind: kind ?? before?.kind ?? "customer_facing",
        active: active ?? before?.active ?? true,
        createdAt: before?.createdAt ?? now,
        updatedAt: now,
      });
    },

    get: async (orgId, agentId) => found(await agents.get(orgId, agentId), "agent"),
    list: (orgId) => agents.list(orgId),

    async setAction(request) {
      const { agentId, config, enabled, orgId, ...named } = checkedRequest(SetAction, request);
      const { action, integration } = namedAction(engine.integrations, named);
      const kept = async () => {
        const all = await agents.actions(orgId, agentId);
        return all.find((one) => one.integration === integration.id && one.action === action.id)?.config;
      };
      const parsed = checkConfig(action, config === undefined ? ((await kept()) ?? {}) : config);
      return await agents.setAction(orgId, {
        agentId,
        integration: integration.id,
        action: action.id,
        enabled,
        config: canonicalArguments(parsed).json as AgentAction["config"],
        at: new Date(clock.now()),
      });
    },

    async actions(orgId, agentId) {
      found(await agents.get(orgId, agentId), "agent");
      return await agents.actions(orgId, agentId);
    },

    async mapChannel(request) {
      const { orgId, ...mapping } = checkedRequest(Mapping, request);
      const connection = found(await storage.connections.get(orgId, mapping.connectionId), "connection");
      found(await agents.get(orgId, mapping.agentId), "agent");
      await agents.mapChannel(orgId, { ...mapping, at: new Date(clock.now()) });
      // Otherwise the next sync reads it.
      if (!maySync(engine, connection)) return;
      await startSync(engine, connection, { trigger: "manual", mode: "catch_up" });
    },

    async unmapChannel(request) {
      const { channel, connectionId, orgId } = checkedRequest(Channel, request);
      return await agents.unmapChannel(orgId, connectionId, channel);
    },

    async channels(orgId, connectionId) {
      found(await storage.connections.get(orgId, connectionId), "connection");
      return await agents.channels(orgId, connectionId);
    },
  };
}
