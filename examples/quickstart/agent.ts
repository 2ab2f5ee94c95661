import { aiSdkTools } from "@halo/agents/ai-sdk";
import type { ActionCall, HaloTool } from "@halo/core";
import { generateText, stepCountIs } from "ai";
import { type ScriptedCall, scriptedModel } from "./scripted-model.ts";
import { orgId, type Tour, until } from "./tour.ts";

const agentId = "support";
const deal = { name: "Renewal, 20 seats", amount: 9_600, close_date: "2027-01-15" };
const change = { property: "jobtitle", value: "Head of Aviation" };

/** Counted in HubSpot's ledger and by SQL, never by what the agent said. */
export interface ActionFacts {
  readonly dealsCreated: number;
  readonly contactsUpdated: number;
  readonly otherWrites: number;
  /** Calls of this conversation by the state they ended in. */
  readonly calls: Readonly<Record<string, number>>;
  readonly refusedBy: string | null;
  readonly auditLines: number;
}

/** A customer talks to an agent of the product: it sells, is refused something, and asks before it changes something. */
export async function agentActs(tour: Tour): Promise<ActionFacts> {
  const { halo, hold, hostUrl, screen, vendor } = tour;
  const email = await someCustomer(tour);
  await vendor.subscribe(`${hostUrl}${halo.base}/hubspot/webhook/${orgId}`, ["contact.propertyChange"]);
  await halo.agents.upsert({ orgId, id: agentId, name: "Support" });
  for (const action of ["create_deal", "create_note", "update_contact"])
    await halo.agents.setAction({ orgId, agentId, action, enabled: true });

  const began = new Date();
  const before = (await vendor.requests()).count;
  // A conversation of its own: on a kept store, the calls of an earlier start are not these.
  const conversationId = `conversation-${Date.now().toString(36)}`;
  const tools = await halo.actions.tools({
    orgId,
    agentId,
    context: { conversationId, customer: { email } },
  });
  screen.line(`the agent's tools: ${tools.map(({ name }) => name).join(", ")}`);

  const sells = { id: "call-1", tool: "hubspot_create_deal", input: deal };
  await converse(tour, tools, "We take 20 seats for another year.", sells);
  await converse(tour, tools, "(the host dies before it heard, and asks again)", sells);
  await halo.agents.setAction({ orgId, agentId, action: "create_note", enabled: false });
  screen.line("an admin turns create_note off while they talk");
  const note = { id: "call-2", tool: "hubspot_create_note", input: { body: "Prefers calls on Fridays." } };
  await converse(tour, tools, "Please remember that Fridays suit us best.", note);
  const changes = { id: "call-3", tool: "hubspot_update_contact", input: change };
  await converse(tour, tools, "And I am the head of aviation now.", changes);

  const calls = await halo.actions.calls.list(orgId, { agentId, limit: 20 });
  const own = calls.filter((call) => call.conversationId === conversationId).reverse();
  await showAudit(tour, own);
  const facts = await factsOf(tour, conversationId, before);
  const made = outputOf(own, "create_deal");
  const set = outputOf(own, "update_contact");
  const effects = await vendor.effects(before);
  hold(
    facts.dealsCreated === 1 &&
      effects.some(({ id, mark }) => id === made.output["deal_id"] && mark === made.id),
    `HubSpot's ledger: deal ${made.output["deal_id"]} was made exactly once, and bears the mark of its call`,
  );
  hold(
    facts.contactsUpdated === 1 && effects.some(({ id }) => id === set.output["contact_id"]),
    `HubSpot's ledger: contact ${set.output["contact_id"]} was changed exactly once, after the user said yes`,
  );
  hold(facts.otherWrites === 0, "HubSpot's ledger: nothing else was written");
  hold(
    facts.refusedBy === "agent_action" && facts.calls["refused"] === 1 && facts.calls["succeeded"] === 2,
    `the calls by SQL: 2 succeeded, 1 refused, by the gate ${facts.refusedBy}`,
  );
  hold(
    await inMirror(tour, email, began, made.output, set.output),
    "both came back by webhook: the rows say the same",
  );
  return facts;
}

/** The first person of the emulator's questions who is one contact still: some were deleted or merged meanwhile. */
async function someCustomer({ client, vendor }: Tour): Promise<string> {
  const emails = (await vendor.planted()).map(({ customer }) => customer.email);
  const { rows } = await client.query<{ email: string }>(
    `select email from halo.hubspot_contacts where org_id = $1 and email = any($2) and deleted_at is null
     group by email having count(*) = 1`,
    [orgId, emails],
  );
  const email = emails.find((one) => rows.some((row) => row.email === one));
  if (email === undefined) throw new Error("The portal has no customer to talk to.");
  return email;
}

/** One turn of the conversation, through the AI SDK and Halo's tools, as a product has it. */
export async function converse(
  { screen }: Tour,
  tools: readonly HaloTool[],
  says: string,
  call: ScriptedCall,
) {
  screen.line(`customer: ${says}`);
  screen.line(`  agent calls ${call.tool} ${JSON.stringify(call.input)}`);
  const { text } = await generateText({
    model: scriptedModel(call),
    prompt: says,
    stopWhen: stepCountIs(3),
    ...aiSdkTools(tools, {
      // A product shows a dialog. Its answer never passes through the model.
      confirm: ({ preview }) => {
        for (const { field, from, to } of preview.changes ?? [])
          screen.line(`  the user is asked: ${field}, from “${from ?? ""}” to “${to}”?   yes`);
        return true;
      },
    }),
  });
  screen.line(`  agent hears: ${text}`);
}

async function showAudit({ halo, screen }: Tour, calls: readonly ActionCall[]): Promise<void> {
  for (const { action, id } of calls)
    for (const { actor, at, from, note, to } of await halo.actions.calls.audit(orgId, id))
      screen.line(
        `audit: ${at.toISOString().slice(11, 19)} ${action.padEnd(14)} ${from ?? "–"} → ${to} by ${actor.kind} ${actor.id}${note ? ` (${note})` : ""}`,
      );
}

async function factsOf(
  { client, vendor }: Tour,
  conversationId: string,
  before: number,
): Promise<ActionFacts> {
  const effects = await vendor.effects(before);
  const count = (operation: string, type: string) =>
    effects.filter((one) => one.operation === operation && one.objectType === type).length;
  const dealsCreated = count("create", "deals");
  const contactsUpdated = count("update", "contacts");
  const { rows } = await client.query<{ state: string; gate: string | null; calls: string; lines: string }>(
    `select state, error ->> 'gate' as gate, count(*) as calls,
            sum((select count(*) from halo.action_audit a where a.org_id = c.org_id and a.call_id = c.id)) as lines
     from halo.action_calls c where org_id = $1 and conversation_id = $2 group by 1, 2`,
    [orgId, conversationId],
  );
  return {
    dealsCreated,
    contactsUpdated,
    otherWrites: effects.length - dealsCreated - contactsUpdated,
    calls: Object.fromEntries(rows.map(({ calls, state }) => [state, Number(calls)])),
    refusedBy: rows.find(({ state }) => state === "refused")?.gate ?? null,
    auditLines: rows.reduce((sum, { lines }) => sum + Number(lines), 0),
  };
}

function outputOf(calls: readonly ActionCall[], action: string) {
  const call = calls.find((one) => one.action === action && one.state === "succeeded");
  return { id: call?.id ?? "", output: (call?.output ?? {}) as Record<string, unknown> };
}

/** Whether the rows of both records say so, once HubSpot has told of them: an earlier start's rows are older. */
async function inMirror(
  { client }: Tour,
  email: string,
  began: Date,
  made: Record<string, unknown>,
  set: Record<string, unknown>,
): Promise<boolean> {
  // A vendor tells its clock in whole seconds, rounded down.
  const since = new Date(Math.floor(began.getTime() / 1_000) * 1_000);
  const found = await until(async () => {
    const { rows } = await client.query(
      `select 1 from halo.hubspot_deals d join halo.hubspot_contacts c on c.org_id = d.org_id
       where d.org_id = $1 and d.external_id = $2 and d.name = $3 and d.amount = $4
         and c.external_id = $5 and c.job_title = $6 and d.contact_ids ? c.external_id
         and d.observed_at >= $7 and c.observed_at >= $7 and c.email = $8`,
      [orgId, made["deal_id"], deal.name, deal.amount, set["contact_id"], change.value, since, email],
    );
    return rows[0];
  });
  return found !== undefined;
}
