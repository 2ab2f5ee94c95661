import type { ConnectionSettings } from "@halo/core";
import type { Hono } from "hono";
import * as z from "zod";
import { json } from "../answer.ts";
import { chosenConnection, namedConnection, requireIntegration } from "../chosen-connection.ts";
import { changer, part, reader, type Surface } from "../context.ts";
import { bodyOf, id, invalid, queryOf } from "../input.ts";

const OneConnection = z.strictObject({ connectionId: id.exactOptional() });
const Empty = z.strictObject({});

const Modes = z
  .strictObject({
    ingest: z.boolean().exactOptional(),
    actions: z.boolean().exactOptional(),
    notifications: z.boolean().exactOptional(),
  })
  .refine((modes) => Object.keys(modes).length > 0, "name a mode");

const Settings = z
  .strictObject({
    streams: z.array(z.string().max(100)).max(100).nullable().exactOptional(),
    window: z
      .strictObject({ from: z.string().max(5), to: z.string().max(5), timeZone: z.string().max(64) })
      .nullable()
      .exactOptional(),
  })
  .catchall(z.json());

const Sync = z.strictObject({
  mode: z
    .enum(["backfill", "incremental", "full_resync", "catch_up", "email_catch_up", "backfill_transcripts"])
    .default("catch_up"),
  streams: z.array(z.string().max(100)).min(1).max(100).exactOptional(),
  days: z.int().min(1).max(3_650).exactOptional(),
});

/** The org's integrations and what a person does on the page of one. */
export function integrationRoutes(app: Hono, surface: Surface): void {
  const { halo } = surface;

  app.get("/", async (context) => {
    const { orgId } = await reader(surface, context.req.raw);
    const connections = await halo.connections.list(orgId);
    const integrations = halo.integrations.map(async ({ id: integration, name }) => {
      const own = connections.filter((connection) => connection.integration === integration);
      const state = own.length === 0 ? "not_connected" : (await halo.detail(orgId, integration)).state;
      return { integration, name, state, connections: own };
    });
    return json(200, { integrations: await Promise.all(integrations) });
  });

  app.get("/:integration", async (context) => {
    const request = context.req.raw;
    const { orgId } = await reader(surface, request);
    const integration = requireIntegration(halo, part(context, "integration"));
    const { connectionId } = queryOf(request, OneConnection);
    if (connectionId !== undefined) await namedConnection(halo, orgId, integration, connectionId);
    return json(200, await halo.detail(orgId, integration, connectionId));
  });

  /** A change of the connection that the path and query mean. */
  const changing = async (request: Request, integration: string) => {
    const { orgId } = await changer(surface, request);
    const { connectionId } = queryOf(request, OneConnection);
    return await chosenConnection(halo, orgId, integration, connectionId);
  };

  app.patch("/:integration/modes", async (context) => {
    const request = context.req.raw;
    let connection = await changing(request, part(context, "integration"));
    const modes = await bodyOf(surface, request, Modes);
    const has = halo.integrations.find((one) => one.id === connection.integration)?.modes;
    const wanted = (["ingest", "actions", "notifications"] as const).filter(
      (mode) => modes[mode] !== undefined,
    );
    // Before the first is changed: all or none.
    for (const mode of wanted) if (!has?.[mode]) throw invalid(mode, "the integration does not have it");
    for (const mode of wanted) {
      const on = modes[mode] === true;
      connection = await halo.connections.setMode(connection.orgId, connection.id, mode, on);
    }
    return json(200, { connection });
  });

  app.patch("/:integration/settings", async (context) => {
    const request = context.req.raw;
    const { id: connectionId, orgId } = await changing(request, part(context, "integration"));
    const settings = await bodyOf(surface, request, Settings);
    // Null clears a setting, as undefined does in code.
    const connection = await halo.connections.setSettings(
      orgId,
      connectionId,
      settings as ConnectionSettings,
    );
    return json(200, { connection });
  });

  app.post("/:integration/sync", async (context) => {
    const request = context.req.raw;
    const { id: connectionId, orgId } = await changing(request, part(context, "integration"));
    const sync = await bodyOf(surface, request, Sync);
    const runs = await halo.sync.start({ ...sync, orgId, connectionId });
    return json(202, { runs });
  });

  app.post("/:integration/sync/cancel", async (context) => {
    const request = context.req.raw;
    const { id: connectionId, orgId } = await changing(request, part(context, "integration"));
    await bodyOf(surface, request, Empty);
    return json(200, { cancelled: await halo.sync.cancel(orgId, connectionId) });
  });

  app.post("/:integration/disconnect", async (context) => {
    const request = context.req.raw;
    const { id: connectionId, orgId } = await changing(request, part(context, "integration"));
    await bodyOf(surface, request, Empty);
    return json(200, { connection: await halo.connections.disconnect(orgId, connectionId) });
  });

  app.post("/:integration/erase", async (context) => {
    const request = context.req.raw;
    const { id: connectionId, orgId } = await changing(request, part(context, "integration"));
    await bodyOf(surface, request, Empty);
    return json(202, { connection: await halo.connections.erase(orgId, connectionId) });
  });
}
