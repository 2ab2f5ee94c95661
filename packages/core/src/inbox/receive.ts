import { hash } from "node:crypto";
import { unseal } from "../connect/seal.ts";
import type { IntegrationDefinition } from "../define/integration.ts";
import type { AnyWebhooks, WebhookReply } from "../define/webhook.ts";
import type { Engine } from "../engine/engine.ts";
import { VerificationError } from "../errors.ts";
import { mayIngest } from "../gate/modes.ts";
import type { Deliveries, ReceivedWebhook } from "../halo/surface.ts";
import { uuidv7 } from "../ids.ts";
import type { Connection, Route } from "../ports/connection-store.ts";
import type { NewDelivery } from "../ports/delivery-store.ts";
import { storableText } from "../storable-json.ts";
import { groupCommit } from "./group-commit.ts";
import { keptPayload } from "./kept-payload.ts";
import { park } from "./unrouted.ts";

type Receive = Deliveries["receive"];

/** How long a route and its connection's state are believed without asking the store. */
const routeCacheMs = 2_000;
const maxCachedRoutes = 10_000;
/** The year 1. Stores take no year much before it. */
const earliestMs = Date.parse("0001-01-01T00:00:00Z");
/** Characters; no org id is longer. */
const longestKeptKey = 200;

/** Verify, split, resolve, store; see `Deliveries.receive`. */
export function createReceiver(engine: Engine): Receive {
  const { storage, clock } = engine;
  const accept = groupCommit((rows: readonly NewDelivery[]) => storage.deliveries.accept(rows), {
    maxRows: 256,
    maxInFlight: 2,
    maxWaiting: 20_000,
  });
  const routes = createRouteCache(engine);

  return async (webhook) => {
    const integration = engine.integrations.get(webhook.integration);
    const webhooks = integration?.webhooks;
    if (!integration || !webhooks) throw new VerificationError("no such integration");
    const { routeKey } = webhook;
    const keyed = async () =>
      routeKey === undefined ? undefined : await routes.byKey(integration, routeKey);
    const { events, candidates } = await verified(engine, integration, webhooks, webhook, keyed);

    const rows: NewDelivery[] = [];
    const strangers: unknown[] = [];
    const now = new Date(clock.now());
    let reply: WebhookReply | undefined;
    for (const event of events) {
      const answer = webhooks.reply?.(event);
      if (answer) {
        reply = answer;
        continue;
      }
      const account = webhooks.account(event);
      const ofAccount = await targetsOf(account, candidates);
      // A test's event for a live connection is a stranger's, whatever its path and its secret (T09).
      const { belongs } = webhooks;
      const targets = belongs
        ? ofAccount.filter(({ connection }) => belongs(event, connection.account))
        : ofAccount;
      if (targets.length === 0) {
        strangers.push(event);
        continue;
      }
      for (const { route, connection } of targets) {
        const on = mayIngest(integration, connection);
        rows.push({
          id: uuidv7(clock.now()),
          orgId: route.orgId,
          connectionId: route.connectionId,
          integration: integration.id,
          eventKey: storableText(webhooks.key(event)),
          type: storableText(webhooks.type(event)),
          occurredAt: validDate(webhooks.occurredAt(event)),
          payload: on ? keptPayload(engine.ring, integration, route, webhooks.payload(event)) : null,
          status: on ? "pending" : "skipped",
          receivedAt: now,
        });
      }
    }
    const [fresh] = await Promise.all([accept(rows), park(engine, integration, webhooks, strangers)]);
    const accepted = fresh.filter(Boolean).length;
    const skipped = rows.filter((row, index) => row.status === "skipped" && fresh[index]).length;
    return {
      accepted: accepted - skipped,
      skipped,
      duplicates: rows.length - accepted,
      unrouted: strangers.length,
      ...(reply && { reply }),
    };

    async function targetsOf(
      account: string | undefined,
      given: readonly Target[] | undefined,
    ): Promise<readonly Target[]> {
      if (!given)
        return account === undefined
          ? []
          : await routes.byAccount(integration as IntegrationDefinition, account);
      // The path names an org; the event must be of an account that this org connected (T08).
      return account === undefined
        ? given
        : given.filter(({ connection }) => connection.account.id === account);
    }
  };
}

/** What one vendor writes for a time must not keep out the deliveries that are stored with it. */
function validDate(date: Date | undefined): Date | undefined {
  return date && date.getTime() >= earliestMs ? date : undefined;
}

interface Target {
  readonly route: Route;
  readonly connection: Connection;
}

/** The events, and the connections that may have them: all of the path's, or undefined where the account decides. */
async function verified(
  engine: Engine,
  integration: IntegrationDefinition,
  webhooks: AnyWebhooks,
  webhook: ReceivedWebhook,
  keyed: () => Promise<readonly Target[] | undefined>,
): Promise<{ readonly events: readonly unknown[]; readonly candidates: readonly Target[] | undefined }> {
  const delivery = {
    method: webhook.method,
    url: `${engine.publicUrl ?? ""}${webhook.pathAndQuery}`,
    headers: webhook.headers,
    body: webhook.body,
    now: engine.clock.now(),
  };
  if (webhooks.secrets) {
    // Before anything is looked up: who cannot sign costs no query, and learns nothing by how long one takes (T46, T47).
    try {
      const events = webhooks.receive({ ...delivery, secret: webhooks.secrets });
      return { events, candidates: await keyed() };
    } catch (error) {
      // Beside the app's own, a vendor may have endpoints of single connections: their path names them.
      if (!(error instanceof VerificationError) || !webhooks.register || webhook.routeKey === undefined)
        throw error;
    }
  }
  // Each connection has its own secret: the path has to name it, and only whose secret fits is meant.
  const fitting: Target[] = [];
  let events: readonly unknown[] = [];
  for (const target of (await keyed()) ?? []) {
    const sealed = target.connection.webhookSecret;
    if (!sealed) continue;
    const secret = unseal(engine.ring, sealed, {
      orgId: target.route.orgId,
      provider: integration.id,
      connectionId: target.route.connectionId,
      field: "webhook_secret",
    });
    try {
      events = webhooks.receive({ ...delivery, secret: [secret] });
      fitting.push(target);
    } catch (error) {
      if (!(error instanceof VerificationError)) throw error;
    }
  }
  if (fitting.length === 0) throw new VerificationError("no connection's secret fits");
  return { events, candidates: fitting };
}

/** Routes and connection states, each believed for a moment: a burst of events asks the store once. */
function createRouteCache(engine: Engine) {
  const { storage, clock } = engine;
  const cache = new Map<string, { readonly until: number; readonly targets: Promise<readonly Target[]> }>();

  const cached = (key: string, find: () => Promise<readonly Route[]>): Promise<readonly Target[]> => {
    const now = clock.now();
    const known = cache.get(key);
    if (known && known.until > now) return known.targets;
    const targets = load(find);
    if (cache.size >= maxCachedRoutes) cache.clear();
    cache.set(key, { until: now + routeCacheMs, targets });
    targets.catch(() => cache.delete(key));
    return targets;
  };

  const load = async (find: () => Promise<readonly Route[]>): Promise<readonly Target[]> => {
    const targets: Target[] = [];
    for (const route of await find()) {
      const connection = await storage.connections.get(route.orgId, route.connectionId);
      if (connection) targets.push({ route, connection });
    }
    return targets;
  };

  return {
    byAccount: (integration: IntegrationDefinition, account: string) =>
      cached(`account ${integration.id} ${account}`, () =>
        storage.connections.route(integration.id, account),
      ),
    byKey: (integration: IntegrationDefinition, routeKey: string) =>
      // Anybody may put any key into the path: of a long one only a hash is kept.
      cached(
        routeKey.length <= longestKeptKey
          ? `key ${integration.id} ${routeKey}`
          : `hashed ${integration.id} ${hash("sha256", routeKey, "base64")}`,
        () => storage.connections.routeByKey(integration.id, routeKey),
      ),
  };
}
