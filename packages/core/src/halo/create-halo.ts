import { approvalPolicy } from "../approvals/policy.ts";
import { createConnections } from "../connect/connections.ts";
import { keyRing } from "../connect/key-ring.ts";
import { createTokens } from "../connect/tokens.ts";
import { loadDomains } from "../customers/domain.ts";
import { checkedCounts } from "../define/checked-counts.ts";
import { type IntegrationDefinition, mirrorTable } from "../define/integration.ts";
import type { Engine } from "../engine/engine.ts";
import { createSessions } from "../engine/sessions.ts";
import { ConfigurationError } from "../errors.ts";
import { createEvents } from "../events.ts";
import { linkPolicy } from "../gate/link-policy.ts";
import { redactingLogger } from "../http/redact.ts";
import { createVendorHttp } from "../http/vendor-http.ts";
import { createReceiver } from "../inbox/receive.ts";
import { adoptUnrouted } from "../inbox/unrouted.ts";
import { checkedEmbedder, hashingEmbedder } from "../knowledge/embedders/index.ts";
import { checkedModel } from "../knowledge/models/checked-model.ts";
import { sinksOf } from "../notify/sinks.ts";
import { systemClock } from "../ports/clock.ts";
import type { Embedder } from "../ports/embedder.ts";
import { silentLogger } from "../ports/logger.ts";
import type { StorageLevel } from "../ports/storage.ts";
import { maySync, startSync } from "../sync/start.ts";
import { createCustomers } from "./customers-service.ts";
import { integrationDetail } from "./detail.ts";
import { createKnowledge } from "./knowledge-service.ts";
import { createMeetings } from "./meetings-service.ts";
import { found } from "./not-found.ts";
import { createNotifications, notify } from "./notify-service.ts";
import type { Halo, HaloOptions } from "./surface.ts";
import { createRuns, createSync } from "./sync-service.ts";

const needed: readonly StorageLevel[] = ["sync", "knowledge"];
const maxSliceMs = 30_000;

/**
 * Halo, composed: opens the store, checks that everything fits, and answers with what a host works with. Nothing runs
 * by itself: call `work` in one process or in many. Throws `configuration_invalid`, `migration_needed`,
 * `store_unsuitable` and `store_locked`.
 *
 * @example
 * const halo = await createHalo({ storage: pgStorage("./halo"), integrations: [hubspot({ … })], encryptionKey });
 * const stop = new AbortController();
 * const working = halo.work({ signal: stop.signal });
 */
export async function createHalo(options: HaloOptions): Promise<Halo> {
  const clock = options.clock ?? systemClock;
  const logger = options.logger ? redactingLogger(options.logger) : silentLogger;
  const ring = keyRing(options.encryptionKey);
  const integrations = integrationsOf(options.integrations);
  const publicUrl = originOf(options.publicUrl, options.unsafeLoopback ?? false);
  const base = baseOf(options.base);
  const embedder = embedderOf(options.embedder);
  const notifying = notifyingOf(options, integrations);
  const approvals = approvalPolicy(options.approvals, options.integrations);
  const domains = await loadDomains();
  const { storage } = options;
  const acts = options.integrations.some(({ actions }) => actions !== undefined && actions.length > 0);
  for (const level of acts ? [...needed, "actions" as const] : needed) {
    if (storage.levels.has(level)) continue;
    throw new ConfigurationError(`This storage does not keep "${level}": give createHalo one that does.`, {
      option: "storage",
    });
  }
  const status = await storage.open({
    mirrors: options.integrations.flatMap((integration) =>
      integration.streams.map((stream) => ({
        table: mirrorTable(integration, stream.id),
        integration: integration.id,
        stream: stream.id,
        columns: stream.columns,
        ...(stream.counts && { counts: checkedCounts(stream) }),
      })),
    ),
    space: embedder ? { id: embedder.space, dimensions: embedder.dimensions } : undefined,
    logger,
    clock,
    strictRole: options.strictRole ?? false,
  });
  for (const notice of status.notices) logger.warn(notice);

  const events = createEvents(logger);
  const tokens = createTokens({
    storage,
    ring,
    integrations,
    clock,
    logger,
    events,
    fetch: options.fetch,
    unsafeLoopback: options.unsafeLoopback ?? false,
  });
  const openHttp = (connection: Parameters<typeof tokens.of>[0], integration: IntegrationDefinition) =>
    createVendorHttp({
      definition: integration.http,
      authorization: tokens.of(connection),
      clock,
      logger,
      fetch: options.fetch,
      unsafeLoopback: options.unsafeLoopback ?? false,
      connectionId: connection.id,
      integration: integration.id,
      blockedUntil: connection.blockedUntil?.getTime(),
      onWaiting: (untilMs, reason) =>
        events.emit("vendor.waiting", { connectionId: connection.id, untilMs, reason }),
      block: async (until) => {
        await storage.connections.change(connection.orgId, connection.id, { blockedUntil: new Date(until) });
      },
    });
  const sessions = createSessions(integrations, clock, openHttp);
  const { worker = {} } = options;
  const engine: Engine = {
    storage,
    clock,
    logger,
    events,
    ring,
    integrations,
    embedder,
    model: options.languageModel && checkedModel(options.languageModel, clock, options.learning?.timeoutMs),
    learning: learningOf(options.learning),
    domains,
    links: options.allowedLinkHosts && linkPolicy(options.allowedLinkHosts, domains),
    sessions,
    publicUrl,
    base,
    notify: notifying,
    approvals,
    sliceMs: Math.min(worker.sliceMs ?? maxSliceMs, maxSliceMs),
    leaseMs: worker.leaseMs ?? 15_000,
  };
  const connections = createConnections({
    engine,
    tokens,
    fetch: options.fetch,
    unsafeLoopback: options.unsafeLoopback ?? false,
    returnTo: options.returnTo ?? ["/"],
    connected: async (connection) => {
      const schedule = { kind: "schedule", orgId: connection.orgId, subject: connection.id } as const;
      await storage.leases.wake([schedule]);
      // What was deleted while nobody looked is found by a sweep only.
      const mode = connection.lastSyncedAt ? "full_resync" : "backfill";
      if (maySync(engine, connection)) await startSync(engine, connection, { trigger: "connect", mode });
      await adoptUnrouted(engine, connection);
    },
    streamsAdded: async (connection, streams) => {
      await startSync(engine, connection, { trigger: "manual", mode: "backfill", streams });
    },
  });
  const receive = createReceiver(engine);
  const knowledge = createKnowledge(engine, await import("./learning-service.ts"));
  const customers = createCustomers(engine);
  // Not at load: whoever only defines, verifies or calls a vendor does without (P13). Nor later: a chunk that is gone
  // is found at start, and work begins when it is told to.
  const [
    {
      createActions,
      createAgents,
      createApprovals,
      createAudit,
      createClicks,
      createKillSwitch,
      followProposals,
    },
    { enforceRetention, work },
    { createHealth, createRenewals, createSegments },
  ] = await Promise.all([
    import("../actions/engine-actions.ts"),
    import("../work/index.ts"),
    import("../standing/index.ts"),
  ]);
  const { actions, settled: actionsSettled } = createActions(engine, { knowledge, customers });
  const decided = createApprovals(engine);
  const clicks = createClicks(engine, decided);
  const told = followProposals(engine);
  const running = new Set<{ readonly stop: AbortController; readonly done: Promise<void> }>();
  let closing: Promise<void> | undefined;

  const halo: Halo = {
    integrations: options.integrations,
    status,
    base,
    publicUrl,
    connections,
    sync: createSync(engine),
    runs: createRuns(engine),
    knowledge,
    customers,
    segments: createSegments(engine),
    health: createHealth(engine),
    renewals: createRenewals(engine),
    meetings: createMeetings(engine),
    agents: createAgents(engine),
    actions,
    approvals: decided,
    clicks: { receive: clicks.receive },
    audit: createAudit(engine),
    killSwitch: createKillSwitch(engine),
    deliveries: {
      receive,
      list: (orgId, filter) => storage.deliveries.list(orgId, filter ?? {}),
      get: async (orgId, id) => found(await storage.deliveries.get(orgId, id), "delivery"),
      replay: (orgId, ids) => storage.deliveries.replay(orgId, ids),
    },
    notifications: createNotifications(engine),
    notify: (request) => notify(engine, request),
    detail: (orgId, integration, connectionId) => integrationDetail(engine, orgId, integration, connectionId),
    on: (name, listener) => events.on(name, listener),
    async work({ signal } = {}) {
      const stop = new AbortController();
      const both = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
      const done = Promise.all([
        work(engine, worker.concurrency ?? 6, both),
        enforceRetention(engine, options.retention ?? {}, both),
      ]).then(() => undefined);
      const entry = { stop, done };
      running.add(entry);
      try {
        await done;
      } finally {
        running.delete(entry);
      }
    },
    close() {
      closing ??= (async () => {
        for (const { stop } of running) stop.abort(new Error("closing"));
        await Promise.allSettled([...running].map(({ done }) => done));
        await Promise.all([actionsSettled(), clicks.settled()]);
        await told.settled();
        await storage.close();
      })();
      return closing;
    },
    [Symbol.asyncDispose]: () => halo.close(),
  };
  return halo;
}

function integrationsOf(list: readonly IntegrationDefinition[]): ReadonlyMap<string, IntegrationDefinition> {
  const integrations = new Map<string, IntegrationDefinition>();
  for (const integration of list) {
    if (integrations.has(integration.id)) {
      throw new ConfigurationError(`The integration "${integration.id}" was given twice: give it once.`, {
        option: "integrations",
      });
    }
    integrations.set(integration.id, integration);
  }
  return integrations;
}

function notifyingOf(
  { knowledgeGaps = {}, sinks = [] }: HaloOptions,
  integrations: ReadonlyMap<string, IntegrationDefinition>,
): Engine["notify"] {
  const { threshold = 3, windowDays = 7 } = knowledgeGaps;
  if (!Number.isInteger(threshold) || threshold < 1 || !(windowDays > 0 && windowDays <= 90)) {
    throw new ConfigurationError(
      "Give `knowledgeGaps` a threshold of 1 or more, and a window of 90 days at most.",
      { option: "knowledgeGaps" },
    );
  }
  const gapWindowMs = windowDays * 24 * 60 * 60_000;
  return { sinks: sinksOf(sinks, integrations), gapThreshold: threshold, gapWindowMs };
}

function learningOf(options: HaloOptions["learning"] = {}): Engine["learning"] {
  const { concurrency = 4, maxCallsPerDay = 2_000, maxCharactersPerDay = 20_000_000 } = options;
  const sound = (number: number, least: number) => Number.isSafeInteger(number) && number >= least;
  if (
    !sound(concurrency, 1) ||
    concurrency > 64 ||
    !sound(maxCallsPerDay, 0) ||
    !sound(maxCharactersPerDay, 0)
  )
    throw new ConfigurationError(
      "Give `learning` whole numbers: a budget of 0 or more, and 1 to 64 calls at once.",
      { option: "learning" },
    );
  return { concurrency, budget: { calls: maxCallsPerDay, characters: maxCharactersPerDay } };
}

function originOf(publicUrl: string | undefined, loopback: boolean): string | undefined {
  if (publicUrl === undefined) return undefined;
  const url = URL.canParse(publicUrl) ? new URL(publicUrl) : undefined;
  const local = url && ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  if (!url || !(url.protocol === "https:" || (url.protocol === "http:" && local && loopback))) {
    throw new ConfigurationError(
      'Give `publicUrl` as an https address, "https://app.example.com"; plain http only to loopback, with unsafeLoopback.',
      { option: "publicUrl" },
    );
  }
  return url.origin;
}

function baseOf(base = "/api/integrations"): string {
  if (!/^\/[\w\-./]*[^/]$/.test(base)) {
    throw new ConfigurationError('Give `base` as a path without a slash at its end, "/api/integrations".', {
      option: "base",
    });
  }
  return base;
}

function embedderOf(embedder: Embedder | null | undefined): Embedder | undefined {
  if (embedder === null) return undefined;
  return checkedEmbedder(embedder ?? hashingEmbedder());
}
