import type { Hono } from "hono";
import * as z from "zod";
import { json } from "../answer.ts";
import { chosenConnection, namedConnection } from "../chosen-connection.ts";
import { changer, part, reader, type Surface } from "../context.ts";
import { requireId } from "../ids.ts";
import { bodyOf, id, queryOf } from "../input.ts";

const Agent = z.strictObject({
  name: z.string().min(1).max(200).exactOptional(),
  kind: z.enum(["customer_facing", "internal", "sales", "help_center"]).exactOptional(),
  active: z.boolean().exactOptional(),
});

const AgentAction = z.strictObject({
  enabled: z.boolean(),
  config: z.record(z.string().max(100), z.json()).exactOptional(),
});

const Listing = z.record(z.string().max(100), id);
const OneConnection = z.strictObject({ connectionId: id.exactOptional() });
const Channel = z.strictObject({ agentId: id.nullable() });

/** The org's agents: what each may do, with which configuration, and which channels it hears. */
export function agentRoutes(app: Hono, surface: Surface): void {
  const { halo } = surface;

  app.get("/agents", async (context) => {
    const { orgId } = await reader(surface, context.req.raw);
    return json(200, { agents: await halo.agents.list(orgId) });
  });

  app.get("/agents/:id", async (context) => {
    const { orgId } = await reader(surface, context.req.raw);
    return json(200, { agent: await halo.agents.get(orgId, requireId(part(context, "id"), "agent")) });
  });

  app.put("/agents/:id", async (context) => {
    const { orgId } = await changer(surface, context.req.raw);
    const agentId = requireId(part(context, "id"), "agent");
    const agent = await bodyOf(surface, context.req.raw, Agent);
    return json(200, { agent: await halo.agents.upsert({ ...agent, orgId, id: agentId }) });
  });

  /** Every action and whether the agent may do it now; `?slack=…` names a connection where the org has several. */
  app.get("/agents/:id/actions", async (context) => {
    const request = context.req.raw;
    const { orgId } = await reader(surface, request);
    const { id: agentId } = await halo.agents.get(orgId, requireId(part(context, "id"), "agent"));
    const connections = queryOf(request, Listing);
    for (const [integration, connectionId] of Object.entries(connections)) {
      await namedConnection(halo, orgId, integration, connectionId);
    }
    const [actions, set] = await Promise.all([
      halo.actions.list({ orgId, agentId, connections }),
      halo.agents.actions(orgId, agentId),
    ]);
    const configOf = (integration: string, action: string) =>
      set.find((one) => one.integration === integration && one.action === action)?.config;
    return json(200, {
      actions: actions.map((one) => ({ ...one, config: configOf(one.integration, one.action) })),
    });
  });

  app.put("/agents/:id/actions/:integration/:action", async (context) => {
    const { orgId } = await changer(surface, context.req.raw);
    const { id: agentId } = await halo.agents.get(orgId, requireId(part(context, "id"), "agent"));
    const { config, enabled } = await bodyOf(surface, context.req.raw, AgentAction);
    const named = { integration: part(context, "integration"), action: part(context, "action") };
    const set = await halo.agents.setAction({
      orgId,
      agentId,
      ...named,
      enabled,
      ...(config !== undefined && { config }),
    });
    return json(200, { action: set });
  });

  app.get("/:integration/channels", async (context) => {
    const request = context.req.raw;
    const { orgId } = await reader(surface, request);
    const { connectionId } = queryOf(request, OneConnection);
    const connection = await chosenConnection(halo, orgId, part(context, "integration"), connectionId);
    return json(200, { channels: await halo.agents.channels(orgId, connection.id) });
  });

  /** Null: no agent hears the channel any more. */
  app.put("/:integration/channels/:channel", async (context) => {
    const request = context.req.raw;
    const { orgId } = await changer(surface, request);
    const query = queryOf(request, OneConnection);
    const integration = part(context, "integration");
    const { id: connectionId } = await chosenConnection(halo, orgId, integration, query.connectionId);
    const channel = requireId(part(context, "channel"), "channel");
    const { agentId } = await bodyOf(surface, request, Channel);
    if (agentId === null) await halo.agents.unmapChannel({ orgId, connectionId, channel });
    else await halo.agents.mapChannel({ orgId, connectionId, channel, agentId });
    return json(200, { channels: await halo.agents.channels(orgId, connectionId) });
  });
}
