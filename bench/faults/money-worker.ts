// The process that is killed: a host whose agents propose and whose people decide, with the places marked.
import { flushCompileCache } from "node:module";
import { createHalo, type Halo, isHaloError, type Logger } from "@halo/core";
import { stripe } from "@halo/stripe";
import { pgStorage } from "../../packages/storage-pg/src/pg-storage.ts";
import { plantInBilling, plantInDecisions, plantInNetwork } from "./money-planted.ts";
import type {
  DecisionHeard,
  MoneyAsk,
  MoneyDecision,
  MoneyStep,
  MoneyWish,
  MoneyWorkerSetup,
  ProposalHeard,
} from "./money-steps.ts";
import { amountMinor } from "./money-steps.ts";
import { strikingMoneyFetch, strikingMoneyStorage, tell } from "./money-storage.ts";
import { createStriker } from "./striker.ts";

const setup = JSON.parse(process.argv[2] ?? "") as MoneyWorkerSetup;
const { orgId, planted } = setup;
const agentId = "billing";
const write = (level: string): Logger["info"] => {
  return (message, fields) => console.error(JSON.stringify({ level, message, ...fields }));
};
const logger: Logger = { debug() {}, info: write("info"), warn: write("warn"), error: write("error") };

const stop = new AbortController();
process.once("SIGTERM", () => stop.abort(new Error("SIGTERM")));
// Whoever started us went: there is nobody left to work for.
process.on("disconnect", () => process.exit(1));

const striker = createStriker<MoneyStep>();
const storage = strikingMoneyStorage(
  plantInDecisions(pgStorage(setup.target, { migrate: "auto", poolSize: 6 }), planted),
  striker,
);
const halo = await createHalo({
  storage,
  integrations: [plantInBilling(stripe({ origins: { api: setup.api } }), planted)],
  encryptionKey: setup.encryptionKey,
  unsafeLoopback: true,
  logger,
  fetch: plantInNetwork(strikingMoneyFetch(striker, fetch), planted),
  worker: { leaseMs: setup.leaseMs, concurrency: 8 },
  approvals: { pendingPerAgent: 10_000, pendingPerOrg: 10_000 },
});

process.on("message", (message) => {
  const ask = message as MoneyAsk;
  if (ask.ask === "arm") return striker.arm(ask.order);
  answer(ask).then(
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
await halo.close();
process.exit(0);

async function answer(ask: Exclude<MoneyAsk, { ask: "arm" }>): Promise<unknown> {
  switch (ask.ask) {
    case "connect":
      return await connect(halo, ask.key);
    case "propose":
      return await propose(halo, ask.wish);
    case "decide":
      return await decide(halo, ask.decision);
    case "open":
      return await open(halo);
    case "audit":
      return await halo.audit.verify({ orgId });
  }
}

async function connect(halo: Halo, key: string): Promise<string> {
  const { id } = await halo.connections.connectWithKey({ orgId, integration: "stripe", key });
  await halo.connections.setMode(orgId, id, "ingest", false);
  await halo.agents.upsert({ orgId, id: agentId });
  for (const action of ["refund", "credit"]) {
    await halo.agents.setAction({ orgId, agentId, action, enabled: true });
  }
  return id;
}

async function propose(halo: Halo, { action, customer, key, payment }: MoneyWish): Promise<ProposalHeard> {
  const input = { amount: amountMinor, currency: "eur", why: `Asked for (${key})` };
  try {
    const outcome = await halo.actions.invoke({
      orgId,
      agentId,
      action,
      input: action === "refund" ? { ...input, payment } : input,
      context: { conversationId: key, customer: { ids: { stripe: customer } } },
      idempotencyKey: key,
    });
    if (outcome.status !== "pending_approval") return { status: outcome.status };
    const { hash } = await halo.approvals.get(orgId, outcome.approvalId);
    return { approvalId: outcome.approvalId, hash };
  } catch (error) {
    return { code: isHaloError(error) ? error.code : String(error) };
  }
}

async function decide(halo: Halo, { approvalId, by, hash, kind }: MoneyDecision): Promise<DecisionHeard> {
  const actor = { id: by, kind: "human", roles: ["approver"] } as const;
  try {
    const { state } = await halo.approvals[kind]({ orgId, approvalId, hash, actor });
    return { state };
  } catch (error) {
    if (!isHaloError(error)) return { code: String(error), current: undefined };
    return { code: error.code, current: (error as { readonly current?: string }).current };
  }
}

/** How much is not through. */
async function open(halo: Halo): Promise<number> {
  const lists = await Promise.all(
    (["proposed", "approved", "executing"] as const).map((state) =>
      halo.actions.calls.list(orgId, { state, limit: 200 }),
    ),
  );
  return lists.reduce((sum, list) => sum + list.length, 0);
}
