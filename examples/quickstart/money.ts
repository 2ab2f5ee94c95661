import { converse } from "./agent.ts";
import { orgId, type Tour, until } from "./tour.ts";

const agentId = "support";
const decidedIn = "customer-success";

/** Counted in Stripe's ledger and by the admin API, never by what the agent said. */
export interface MoneyFacts {
  /** Of the payment, as Stripe has them. */
  readonly refunds: number;
  readonly refundedMinor: number;
  readonly state: string;
  readonly decisions: number;
  /** What the second approval was answered with. */
  readonly secondApproval: string;
  readonly auditOk: boolean;
}

/** A customer wants money back: the agent proposes it, a person approves it in Slack, and it is given back once. */
export async function moneyMoves(tour: Tour): Promise<MoneyFacts> {
  const { halo, hold, screen, slack, stripe } = tour;
  await connect(tour);
  // An address of its own at each start: on a kept store, the customers of an earlier one are not this one.
  const email = `payer-${Date.now().toString(36)}@northwind.example`;
  const { customer, payment } = await stripe.payment(email, 5_000);
  await halo.agents.setAction({
    orgId,
    agentId,
    action: "refund",
    enabled: true,
    config: { max_percent: 50 },
  });
  const channel = slack.channelId(decidedIn);
  const { id: told } = await halo.notifications.subscribe({
    orgId,
    type: "approval",
    sink: "slack",
    target: channel,
  });

  const conversationId = `money-${Date.now().toString(36)}`;
  const tools = await halo.actions.tools({
    orgId,
    agentId,
    context: { conversationId, customer: { email, ids: { stripe: customer } } },
  });
  const call = {
    id: "call-1",
    tool: "stripe_refund",
    input: { payment, amount: 1_250, currency: "eur", why: "Two seats were never used." },
  };
  await converse(tour, tools, "Two of the seats were never used. Can I have that money back?", call);
  const [proposal] = await halo.approvals.list(orgId, { conversationId });
  if (!proposal) throw new Error("The agent proposed nothing.");
  screen.line(`it waits for a person: ${proposal.card.title}`);
  hold((await stripe.refunds(payment)).length === 0, "nothing was refunded before anybody approved it");

  const card = await until(async () => await slack.cardOf(channel, proposal.id));
  if (card) await slack.click(channel, card, "halo_approve");
  const done = await until(async () => {
    const now = await halo.approvals.get(orgId, proposal.id);
    return ["proposed", "approved", "executing"].includes(now.state) ? undefined : now;
  });
  for (const { by, kind } of done?.decisions ?? []) screen.line(`${by} said ${kind}, by a click in Slack`);
  await converse(tour, tools, "(a moment later) Did it work?", call);

  const secondApproval = await approveAgain(tour, proposal.id, proposal.hash);
  const refunds = await stripe.refunds(payment);
  const { ok: auditOk } = await halo.audit.verify({ orgId });
  await halo.notifications.unsubscribe(orgId, told);
  const facts: MoneyFacts = {
    refunds: refunds.length,
    refundedMinor: refunds.reduce((sum, { amount }) => sum + amount, 0),
    state: done?.state ?? proposal.state,
    decisions: done?.decisions.length ?? 0,
    secondApproval,
    auditOk,
  };
  hold(
    facts.state === "succeeded" && facts.decisions === 1,
    "one person decided, in Slack, and a worker carried it out",
  );
  hold(
    facts.refunds === 1 && facts.refundedMinor === 1_250 && refunds[0]?.mark === proposal.id,
    "Stripe's ledger: 12.50 EUR were given back exactly once, under the proposal's own key",
  );
  hold(
    facts.secondApproval === "409 approval_stale",
    `the admin API refuses the same approval a second time: ${facts.secondApproval}`,
  );
  hold(facts.auditOk, "the audit's chain holds: nobody changed, removed or added a line");
  return facts;
}

/** By a restricted key, at every start: the emulated account is as new as its process. */
async function connect({ halo, screen, stripe }: Tour): Promise<void> {
  const known = (await halo.connections.list(orgId, "stripe"))[0];
  const { account } = await halo.connections.connectWithKey({
    orgId,
    integration: "stripe",
    key: stripe.key,
    ...(known && { connectionId: known.id }),
  });
  screen.line(`connected to the Stripe account ${account.id}`);
}

/** As an admin's browser asks, who has the page of before still open. */
async function approveAgain({ halo, hostUrl }: Tour, id: string, hash: string): Promise<string> {
  const response = await fetch(`${hostUrl}${halo.base}/approvals/${id}/approve`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: hostUrl },
    body: JSON.stringify({ hash }),
  });
  const { error } = (await response.json()) as { readonly error?: { readonly code: string } };
  return `${response.status} ${error?.code ?? ""}`.trim();
}
