import { hash } from "node:crypto";
import { seal, unseal } from "../connect/seal.ts";
import type { IntegrationDefinition } from "../define/integration.ts";
import type { Json } from "../define/json.ts";
import type { AnyWebhooks } from "../define/webhook.ts";
import type { Engine } from "../engine/engine.ts";
import { uuidv7 } from "../ids.ts";
import type { Connection } from "../ports/connection-store.ts";
import type { NewDelivery } from "../ports/delivery-store.ts";
import { keptPayload } from "./kept-payload.ts";

/**
 * Events that are genuine, but of no account that anybody connected: kept sealed for seven days, since the connection
 * may be made a minute later.
 */
export async function park(
  engine: Engine,
  integration: IntegrationDefinition,
  webhooks: AnyWebhooks,
  events: readonly unknown[],
): Promise<void> {
  if (events.length === 0) return;
  const { clock, ring, storage } = engine;
  await storage.deliveries.park(
    events.map((event) => {
      const id = uuidv7(clock.now());
      const text = JSON.stringify(webhooks.payload(event));
      return {
        id,
        integration: integration.id,
        accountHash: accountHash(integration.id, webhooks.account(event) ?? ""),
        eventKey: webhooks.key(event),
        sealed: new TextEncoder().encode(seal(ring, text, sealedFor(integration.id, id))),
        receivedAt: new Date(clock.now()),
      };
    }),
  );
}

/** Hands a connection the events that came before it. Returns how many there were. */
export async function adoptUnrouted(engine: Engine, connection: Connection): Promise<number> {
  const integration = engine.integrations.get(connection.integration);
  const webhooks = integration?.webhooks;
  if (!integration || !webhooks) return 0;
  const { storage, ring, clock } = engine;
  const parked = await storage.deliveries.unrouted(
    integration.id,
    accountHash(integration.id, connection.account.id),
  );
  const rows: NewDelivery[] = [];
  for (const one of parked) {
    const text = unseal(ring, new TextDecoder().decode(one.sealed), sealedFor(integration.id, one.id));
    const payload = JSON.parse(text) as Json;
    const event = webhooks.parse(payload);
    rows.push({
      id: uuidv7(clock.now()),
      orgId: connection.orgId,
      connectionId: connection.id,
      integration: integration.id,
      eventKey: one.eventKey,
      type: webhooks.type(event),
      occurredAt: webhooks.occurredAt(event),
      payload: keptPayload(
        ring,
        integration,
        { orgId: connection.orgId, connectionId: connection.id },
        payload,
      ),
      status: "pending",
      receivedAt: one.receivedAt,
    });
  }
  if (rows.length === 0) return 0;
  await storage.deliveries.accept(rows);
  await storage.deliveries.dropUnrouted(parked.map((one) => one.id));
  return rows.length;
}

function accountHash(integration: string, account: string): string {
  return hash("sha256", `${integration}\n${account}`, "hex");
}

/** Of no org and no connection yet: bound to the row by its id. */
function sealedFor(integration: string, id: string) {
  return { orgId: "", provider: integration, connectionId: id, field: "unrouted" };
}
