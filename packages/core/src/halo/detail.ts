import { registeredId } from "../connect/endpoints.ts";
import type { IntegrationDefinition } from "../define/integration.ts";
import { mirrorTable } from "../define/integration.ts";
import { type Engine, integrationOf } from "../engine/engine.ts";
import { modeIsOn } from "../gate/modes.ts";
import type { Connection, Mode } from "../ports/connection-store.ts";
import type { Run } from "../ports/run-store.ts";
import { sharedTables } from "../sync/shared-rows.ts";
import { connectionView } from "./connection-view.ts";
import { found } from "./not-found.ts";
import { progressOf } from "./progress.ts";
import type { IntegrationDetail } from "./surface.ts";

type Banner = IntegrationDetail["banners"][number];

/** What the detail page of an integration shows, from what is stored now. */
export async function integrationDetail(
  engine: Engine,
  orgId: string,
  integrationId: string,
  connectionId: string | undefined,
): Promise<IntegrationDetail> {
  const integration = integrationOf(engine, integrationId);
  const { storage } = engine;
  const connection = connectionId
    ? found(await storage.connections.get(orgId, connectionId), "connection")
    : newest(await storage.connections.list(orgId, integrationId));
  const webhookUrl =
    integration.webhooks && engine.publicUrl
      ? `${engine.publicUrl}${engine.base}/${integration.id}/webhook/${encodeURIComponent(orgId)}`
      : undefined;
  const base = {
    integration: integration.id,
    name: integration.name,
    webhookUrl,
    // Nothing is to be pasted where Halo told the vendor itself.
    webhookInstructions:
      webhookUrl && !(connection && registeredId(connection))
        ? integration.webhooks?.instructions(webhookUrl)
        : undefined,
  };
  if (!connection) {
    return {
      ...base,
      connection: undefined,
      state: "not_connected",
      modes: modesOf(integration, { modes: {} }),
      account: undefined,
      stats: [],
      banners: [],
      lastSyncAt: undefined,
      nextSyncAt: undefined,
      progress: [],
      deliveries: undefined,
      knowledge: undefined,
      learning: undefined,
      notifications: undefined,
      errors: 0,
    };
  }
  const mirrors = integration.streams.map((stream) => ({
    stream: stream.id,
    table: mirrorTable(integration, stream.id),
  }));
  const [stats, meetings, runs, deliveries, knowledge, learning, notifications] = await Promise.all([
    storage.pages.stats(orgId, connection.id, mirrors),
    meetingStats(engine, orgId, integration, connection.id),
    storage.runs.list(orgId, { connectionId: connection.id, limit: 50 }),
    storage.deliveries.counts(orgId, connection.id),
    storage.knowledge.counts(orgId),
    storage.learning.counts(orgId),
    integration.sink ? storage.notifications.counts(orgId, integration.id, connection.id) : undefined,
  ]);
  const latest = latestOfEachStream(runs);
  const dead = { deliveries: deliveries.dead, notifications: notifications?.dead ?? 0 };
  const banners = bannersOf(integration, connection, latest, dead);
  return {
    ...base,
    connection: connectionView(connection),
    state: stateOf(connection, latest),
    modes: modesOf(integration, connection),
    account: connection.account,
    stats: stats.flatMap(({ stream, records, linked }) => {
      const definition = integration.streams.find((one) => one.id === stream);
      if (definition && sharedTables(definition).length > 0) return definition.meeting ? meetings : [];
      const name = definition?.name ?? stream;
      const rows = [{ name, value: records }];
      // Only streams that are about customers without being them have links worth a number.
      if (definition?.links && definition.document)
        rows.push({ name: `Linked ${name.toLowerCase()}`, value: linked });
      return rows;
    }),
    banners,
    lastSyncAt: connection.lastSyncedAt,
    nextSyncAt: connection.nextSyncAt,
    progress: latest
      .filter(({ status }) => status === "running")
      .map((run) => progressOf(run, engine.clock.now())),
    deliveries,
    knowledge,
    learning,
    notifications,
    errors: banners.filter((banner) => banner.level === "error").length,
  };
}

const WEEK_MS = 7 * 86_400_000;

/** Of an integration that brings meetings: what their shared tables hold, whichever streams fill them. */
async function meetingStats(
  engine: Engine,
  orgId: string,
  { streams }: IntegrationDefinition,
  connectionId: string,
): Promise<IntegrationDetail["stats"]> {
  if (!streams.some((stream) => sharedTables(stream).length > 0)) return [];
  const since = new Date(engine.clock.now() - WEEK_MS);
  const counted = await engine.storage.meetings.stats(orgId, connectionId, since);
  return [
    { name: "Meetings", value: counted.meetings },
    { name: "Linked meetings", value: counted.linked },
    { name: "Transcripts", value: counted.transcripts },
    { name: "Transcripts of the last 7 days", value: counted.recent },
  ];
}

function newest(connections: readonly Connection[]): Connection | undefined {
  return [...connections].sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime())[0];
}

function latestOfEachStream(runs: readonly Run[]): readonly Run[] {
  const latest = new Map<string, Run>();
  for (const run of runs) if (!latest.has(run.stream)) latest.set(run.stream, run);
  return [...latest.values()];
}

function stateOf(connection: Connection, latest: readonly Run[]): IntegrationDetail["state"] {
  if (connection.state !== "connected") return connection.state;
  if (latest.some((run) => run.error && run.status !== "succeeded" && run.status !== "cancelled"))
    return "sync_error";
  return latest.some((run) => run.status === "pending" || run.status === "running") ? "syncing" : "connected";
}

function modesOf(
  integration: IntegrationDefinition,
  connection: Pick<Connection, "modes">,
): IntegrationDetail["modes"] {
  const mode = (name: Mode) =>
    integration.modes[name] ? modeIsOn(integration, connection, name) : "unavailable";
  return { ingest: mode("ingest"), actions: mode("actions"), notifications: mode("notifications") };
}

function bannersOf(
  integration: IntegrationDefinition,
  connection: Connection,
  latest: readonly Run[],
  dead: { readonly deliveries: number; readonly notifications: number },
): readonly Banner[] {
  const banners: Banner[] = [];
  // Credentials that cannot be opened leave the connection connected: the key may come back.
  if (connection.state === "auth_error" || connection.authError) {
    banners.push({
      level: "error",
      code: connection.authError?.code ?? "auth_error",
      message:
        connection.authError?.message ??
        `${integration.name} no longer accepts the connection: reconnect it.`,
    });
  }
  for (const run of latest) {
    if (!run.error || run.status === "succeeded" || run.status === "cancelled") continue;
    const next = run.error.retryAt ? ` Next try: ${run.error.retryAt}.` : "";
    banners.push({
      level: run.status === "needs_confirmation" ? "warning" : "error",
      code: run.error.code,
      message: `${run.stream}: ${run.error.message}${next}`,
    });
  }
  if (dead.deliveries > 0) {
    banners.push({
      level: "warning",
      code: "dead_letters",
      message: `${dead.deliveries} webhook events were given up on: replay them when their cause is mended.`,
    });
  }
  if (dead.notifications > 0) {
    banners.push({
      level: "warning",
      code: "dead_notifications",
      message: `${dead.notifications} notifications were not delivered: retry them when their cause is mended.`,
    });
  }
  for (const notice of connection.notices) banners.push({ level: "info", code: "notice", message: notice });
  return banners;
}
