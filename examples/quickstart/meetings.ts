import { formatCitation } from "@halo/core";
import { converse } from "./agent.ts";
import { pressConnect } from "./browser.ts";
import { orgId, type Tour, until } from "./tour.ts";

const agentId = "support";

/** Counted by SQL and by searches, never by what the agent said. */
export interface MeetingFacts {
  readonly meetings: number;
  readonly linked: boolean;
  readonly eventToSearchableMs: number;
  /** When in the call it was said, as the citation has it. */
  readonly saidAt: string | null;
  /** Hits of the same question in the session of another customer, and in that of nobody in particular. */
  readonly foundByOthers: number;
}

/** A call with a customer: its transcript arrives by webhook, and the agent answers that customer from it. */
export async function meetingIsHeard(tour: Tour): Promise<MeetingFacts> {
  const { client, halo, hold, hostUrl, options, screen, zoom } = tour;
  const known = (await halo.connections.list(orgId, "zoom"))[0];
  const again = known ? `&connectionId=${known.id}` : "";
  await pressConnect(`${hostUrl}${halo.base}/zoom/connect?returnTo=/${again}`);
  const connection = (await halo.connections.list(orgId, "zoom"))[0];
  if (!connection) throw new Error("Zoom is not connected.");
  await halo.sync.settled(orgId, connection.id);
  hold(
    (await halo.detail(orgId, "zoom")).webhookInstructions === undefined,
    "Zoom took the address for events: its challenge came back",
  );

  const [customer, other] = await twoCustomers(tour);
  const word = `quadrant${Date.now().toString(36)}`;
  const uuid = await zoom.hold("Onboarding call", customer);
  const began = Date.now();
  await zoom.completeTranscript(uuid, transcriptAbout(word, customer.name));
  const query = `${word} export limit`;
  const find = (scope: Parameters<typeof halo.knowledge.search>[0]["scope"]) =>
    halo.knowledge.search({ orgId, query, scope, prefix: "zoom:", limit: 3 });
  const endUserId = (await halo.customers.endUser(orgId, { email: customer.email }))?.id ?? "";
  const hit = await until(async () =>
    (await find({ kind: "customer", endUserId })).find(({ text }) => text.includes(word)),
  );
  const eventToSearchableMs = Date.now() - began;
  hold(
    hit !== undefined && eventToSearchableMs <= options.withinMs,
    `what was said in the call is searchable ${eventToSearchableMs} ms after Zoom's event`,
  );
  const { statuses } = await zoom.webhooks();
  hold(statuses.length > 0 && statuses.every((status) => status === 200), "each event was taken with a 200");

  await halo.agents.upsert({ orgId, id: agentId, name: "Support" });
  const conversationId = `call-${Date.now().toString(36)}`;
  // The host says whose session it is: no argument of the model's widens what is found.
  const scope = { kind: "customer", endUserId } as const;
  const tools = await halo.actions.tools({ orgId, agentId, scope, context: { conversationId, customer } });
  const asks = { id: "call-9", tool: "search_knowledge", input: { query, limit: 1 } };
  await converse(tour, tools, "What did you promise us about the export limit?", asks);
  if (hit) screen.line(`  cited: ${formatCitation({ ...hit, ...hit.citation })}`);

  const otherId = (await halo.customers.endUser(orgId, { email: other.email }))?.id ?? "";
  const holding = (hits: readonly { readonly text: string }[]) =>
    hits.filter(({ text }) => text.includes(word)).length;
  const foundByOthers =
    holding(await find({ kind: "customer", endUserId: otherId })) + holding(await find({ kind: "general" }));
  hold(foundByOthers === 0, "nobody else's session finds it");

  const { rows } = await client.query<{ meetings: string; linked: boolean }>(
    `select (select count(*) from halo.meetings where org_id = $1 and provider = 'zoom') as meetings,
            exists (select from halo.record_links
              where org_id = $1 and stream = 'meetings' and external_id = $2 and customer_id = $3) as linked`,
    [orgId, uuid, endUserId],
  );
  const facts = {
    meetings: Number(rows[0]?.meetings ?? 0),
    linked: rows[0]?.linked === true,
    eventToSearchableMs,
    saidAt: hit?.span ? new Date(hit.span.endMs).toISOString().slice(11, 19) : null,
    foundByOthers,
  };
  hold(facts.linked, `by SQL: ${facts.meetings} meetings, this one linked to ${customer.email}`);
  hold(facts.saidAt === "00:12:40", `the citation says when it was said: ${facts.saidAt}`);
  return facts;
}

/** Two people whom the CRM knows, of different companies. */
async function twoCustomers({ client }: Tour) {
  const { rows } = await client.query<{ email: string; name: string }>(
    `select distinct on (company_id) email, coalesce(name, email) as name from halo.end_users
     where org_id = $1 and email is not null and company_id is not null order by company_id, email limit 2`,
    [orgId],
  );
  const [customer, other] = rows;
  if (!customer || !other) throw new Error("The portal has no two customers.");
  return [customer, other] as const;
}

/** As Zoom writes it. */
const transcriptAbout = (word: string, guest: string) => `WEBVTT

1
00:00:03.000 --> 00:00:09.000
Sam Support: Thanks for joining. Let us go through the onboarding.

2
00:12:31.000 --> 00:12:38.000
${guest}: We hit the export limit every Friday, in the ${word} dashboard.

3
00:12:40.000 --> 00:12:49.000
Sam Support: I will raise the ${word} export limit to fifty thousand rows by March.
`;
