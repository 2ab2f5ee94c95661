// The process that is killed: a host whose agents act and whose people are told, with the places marked.
import { createServer } from "node:http";
import { flushCompileCache } from "node:module";
import { createHalo, type Halo, isHaloError, type Logger } from "@halo/core";
import { hubspot } from "@halo/hubspot";
import { createHandler } from "@halo/server";
import { toNodeListener } from "@halo/server/node";
import { slack } from "@halo/slack";
import { pgStorage } from "../../packages/storage-pg/src/pg-storage.ts";
import { plantInActions, plantInStorage } from "./actions-planted.ts";
import { sinkAt } from "./actions-sinks.ts";
import type { ActionAsk, ActionWorkerSetup, Heard, SlackSetup, Wish } from "./actions-steps.ts";
import { sinkNames } from "./actions-steps.ts";
import { createActionStriker, strikingFetch, strikingStorage, tell } from "./actions-storage.ts";

const setup = JSON.parse(process.argv[2] ?? "") as ActionWorkerSetup;
const { orgId, planted } = setup;
const agentId = "sales";
const write = (level: string): Logger["info"] => {
  return (message, fields) => console.error(JSON.stringify({ level, message, ...fields }));
};
const logger: Logger = { debug() {}, info: write("info"), warn: write("warn"), error: write("error") };

const stop = new AbortController();
process.once("SIGTERM", () => stop.abort(new Error("SIGTERM")));
// Whoever started us went: there is nobody left to work for.
process.on("disconnect", () => process.exit(1));

const striker = createActionStriker();
const storage = strikingStorage(
  plantInStorage(pgStorage(setup.target, { migrate: "auto", poolSize: 6 }), planted),
  striker,
);
const integrations = [
  plantInActions(
    hubspot({ webhookSecrets: [setup.clientSecret], origins: { api: setup.api, app: setup.api } }),
    planted,
  ),
  ...(setup.slack ? [slack({ distribution: "internal", origins: { api: setup.slack.url } })] : []),
];
const halo = await createHalo({
  storage,
  integrations,
  sinks: sinkNames.map((name) => sinkAt(setup.sinks, name)),
  encryptionKey: setup.encryptionKey,
  publicUrl: setup.publicUrl,
  unsafeLoopback: true,
  logger,
  fetch: strikingFetch(striker),
  worker: { leaseMs: setup.leaseMs, concurrency: 8 },
});

const server = createServer(toNodeListener(createHandler(halo, { authorize: () => null, logger })));
if (setup.listens) {
  const port = Number(new URL(setup.publicUrl).port);
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
}

process.on("message", (message) => {
  const ask = message as ActionAsk;
  if (ask.ask === "arm") return striker.arm(ask.order);
  answer(halo, ask).then(
    (value) => tell({ told: "answer", id: ask.id, value }),
    (error: unknown) => {
      logger.error(String(error));
      tell({ told: "answer", id: ask.id, value: { code: "unexpected" } });
    },
  );
});
const working = halo.work({ signal: stop.signal });
tell({ told: "ready" });
flushCompileCache();
await working;
server.closeAllConnections();
server.close();
await halo.close();
process.exit(0);

async function answer(halo: Halo, ask: Exclude<ActionAsk, { ask: "arm" }>): Promise<unknown> {
  switch (ask.ask) {
    case "connect":
      return await connect(halo, ask.key);
    case "wish":
      return await fulfil(halo, ask.wish);
    case "open":
      return await open(halo);
  }
}

async function connect(halo: Halo, key: string): Promise<string> {
  const { id } = await halo.connections.connectWithKey({ orgId, integration: "hubspot", key });
  await halo.connections.setMode(orgId, id, "notifications", true);
  await halo.agents.upsert({ orgId, id: agentId });
  if (setup.slack) await connectSlack(halo, setup.slack);
  for (const integration of integrations) {
    for (const { id: action } of integration.actions ?? []) {
      await halo.agents.setAction({ orgId, agentId, action, enabled: true });
    }
  }
  for (const sink of sinkNames) {
    for (const type of ["escalation", "new_hubspot_engagement"] as const) {
      await halo.notifications.subscribe({ orgId, type, sink, target: `${sink}-${type}` });
    }
  }
  return id;
}

async function connectSlack(halo: Halo, { teamChannels, token }: SlackSetup): Promise<void> {
  const { id } = await halo.connections.connectWithKey({ orgId, integration: "slack", key: token });
  await halo.connections.setMode(orgId, id, "notifications", true);
  const [first = "", ...others] = teamChannels;
  const of = { orgId, sink: "slack" };
  await halo.notifications.subscribe({ ...of, type: "new_hubspot_engagement", target: first });
  // One message a second goes into a channel.
  for (const [at, target] of others.entries()) {
    const filter = { field: "kind", operator: "is", value: `kind ${at}` } as const;
    await halo.notifications.subscribe({ ...of, type: "escalation", target, filter });
  }
}

async function fulfil(halo: Halo, wish: Wish): Promise<Heard> {
  try {
    if (wish.of === "act") return { status: await act(halo, wish) };
    const event = { conversationId: wish.key, reason: `Asks for a person (${wish.key})`, kind: wish.kind };
    await halo.notify({ orgId, type: "escalation", event, key: wish.key });
    return { status: "raised" };
  } catch (error) {
    return { code: isHaloError(error) ? error.code : String(error) };
  }
}

/** The agent acts, and its user says yes to whatever is asked. */
async function act(halo: Halo, { action, channel, email, key }: Wish & { of: "act" }): Promise<string> {
  const inputs = {
    create_deal: { name: `Renewal ${key}`, amount: 900 },
    create_note: { body: `Said ${key}` },
    log_activity: { title: `Call back ${key}`, type: "CALL" },
    post_message: { channel, text: `Look at ${key}` },
    update_contact: { property: "jobtitle", value: key },
  };
  const request = {
    orgId,
    agentId,
    action,
    input: inputs[action],
    context: { conversationId: key, customer: { email } },
    idempotencyKey: key,
  };
  const outcome = await halo.actions.invoke(request);
  if (outcome.status !== "needs_confirmation") return outcome.status;
  return (await halo.actions.invoke({ ...request, confirmation: outcome.confirmation })).status;
}

/** How much is not through. */
async function open(halo: Halo): Promise<number> {
  const [connection] = await halo.connections.list(orgId);
  const lists = await Promise.all([
    halo.actions.calls.list(orgId, { state: "executing" }),
    halo.notifications.deliveries.list(orgId, { status: "pending" }),
    halo.notifications.deliveries.list(orgId, { status: "sending" }),
    halo.runs.list(orgId, { active: true }),
  ]);
  const events = connection ? (await storage.deliveries.counts(orgId, connection.id)).pending : 0;
  return lists.reduce((sum, list) => sum + list.length, events);
}
