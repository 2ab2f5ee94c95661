import { converse } from "./agent.ts";
import { pressConnect } from "./browser.ts";
import { orgId, type Tour, until } from "./tour.ts";

const agentId = "support";
const heardIn = "support";
const toldIn = "customer-success";

/** Counted in the workspace and by SQL. */
export interface SlackFacts {
  readonly threadsStored: number;
  readonly messageToSearchableMs: number;
  /** Messages of the app that stand in the team's channel. */
  readonly notifications: number;
  readonly posts: number;
  readonly sentByType: Readonly<Record<string, number>>;
  readonly refusedBy: string | null;
  readonly directMessagesRead: number;
}

/** The team's Slack: an agent hears a channel, the team hears of what happens, and the agent says something itself. */
export async function slackHears(tour: Tour): Promise<SlackFacts> {
  const { halo, hold, screen, slack } = tour;
  const began = Date.now();
  const connectionId = await connect(tour);
  const [heard, told] = [slack.channelId(heardIn), slack.channelId(toldIn)];

  // A sync that has begun knows nothing of a channel that is mapped meanwhile: it would be the next one's.
  await halo.sync.settled(orgId, connectionId);
  await halo.agents.mapChannel({ orgId, agentId, connectionId, channel: heard });
  await halo.sync.settled(orgId, connectionId);
  const threadsStored = await everyThread(tour, heard);
  const messageToSearchableMs = await somebodySpeaks(tour, heard);

  await slack.invite(told);
  await forgetSubscriptions(tour);
  for (const { id, integration } of await halo.connections.list(orgId)) {
    const { modes } = await halo.detail(orgId, integration);
    if (modes.notifications !== "unavailable")
      await halo.connections.setMode(orgId, id, "notifications", true);
  }
  for (const type of ["new_hubspot_engagement", "knowledge_gap"] as const)
    await halo.notifications.subscribe({ orgId, type, sink: "slack", target: told });
  await customerWrites(tour);
  await nobodyKnows(tour);
  const refusedBy = await agentPosts(tour, told);

  const sent = await until(async () => {
    const counts = await sentByType(tour, began);
    return Object.keys(counts).length >= 2 ? counts : undefined;
  });
  const own = (await slack.messages(told)).filter(({ user }) => user === slack.botUserId);
  const count = (event: string) =>
    own.filter(({ blocks, metadata }) => metadata?.event_type === event && blocks.length > 0).length;
  const facts: SlackFacts = {
    threadsStored,
    messageToSearchableMs,
    notifications: count("halo_notification"),
    posts: count("halo_action"),
    sentByType: sent ?? {},
    refusedBy,
    directMessagesRead: await slack.directMessagesRead(),
  };
  // On a kept store, the next start's records would be told to a workspace that is not connected yet.
  await forgetSubscriptions(tour);
  hold(
    facts.notifications === 2 &&
      facts.sentByType["new_hubspot_engagement"] === 1 &&
      facts.sentByType["knowledge_gap"] === 1,
    "the e-mail and the gap stand in the team's channel, once each, as Block Kit",
  );
  hold(
    facts.posts === 1 && facts.refusedBy === "permit",
    `the agent's message stands there once; in another channel the gate ${facts.refusedBy} refused it`,
  );
  hold(facts.directMessagesRead === 0, "Slack's ledger: no direct message was asked for");
  for (const channel of [heard, told])
    for (const line of await slack.transcript(channel, began)) screen.line(line);
  return facts;
}

/** By OAuth, at every start: the emulated workspace is as new as its process. */
async function connect({ halo, hold, hostUrl, screen, slack }: Tour): Promise<string> {
  const known = (await halo.connections.list(orgId, "slack"))[0];
  const again = known ? `&connectionId=${known.id}` : "";
  await pressConnect(`${hostUrl}${halo.base}/slack/connect?returnTo=/${again}`);
  const connection = (await halo.connections.list(orgId, "slack"))[0];
  if (!connection) throw new Error("Slack is not connected.");
  screen.line(`connected to ${connection.account.name}`);
  const webhookUrl = (await halo.detail(orgId, "slack")).webhookUrl ?? "";
  hold(await slack.subscribe(webhookUrl), "Slack took the address for events: its challenge came back");
  return connection.id;
}

/** Holds the mapped channel's history against the workspace: a row for each message that is no reply. */
async function everyThread({ client, hold, slack }: Tour, channel: string): Promise<number> {
  const { rows } = await client.query<{ thread_ts: string }>(
    "select thread_ts from halo.slack_threads where org_id = $1 and channel_id = $2 and deleted_at is null",
    [orgId, channel],
  );
  const stored = new Set(rows.map(({ thread_ts }) => thread_ts));
  const roots = (await slack.messages(channel)).filter(
    ({ subtype, threadTs, ts }) =>
      (threadTs ?? ts) === ts && !["channel_join", "channel_leave"].includes(subtype ?? ""),
  );
  hold(
    roots.length > 0 && roots.every(({ ts }) => stored.has(ts)),
    `#${heardIn} is mapped to the agent: its ${roots.length} threads are stored`,
  );
  return stored.size;
}

async function somebodySpeaks(
  { halo, hold, options, screen, slack }: Tour,
  channel: string,
): Promise<number> {
  const word = `velodrome${Date.now().toString(36)}`;
  const sent = Date.now();
  await slack.say(channel, `Northwind wants the ${word} report in Portuguese by Friday.`);
  const query = `${word} report Portuguese`;
  const hit = await until(async () => {
    const hits = await halo.knowledge.search({
      orgId,
      query,
      scope: { kind: "staff" },
      prefix: "slack:",
      limit: 1,
    });
    return hits.find(({ text }) => text.includes(word));
  });
  const took = Date.now() - sent;
  if (hit) screen.line(`“${hit.text.replaceAll(/\s+/g, " ")}” (${hit.citation.sourceKey})`);
  hold(
    hit !== undefined && took <= options.withinMs,
    `what somebody said in #${heardIn} is searchable after ${took} ms`,
  );
  return took;
}

/** A customer writes to the org: HubSpot's webhook brings it, and the team is told. */
async function customerWrites({ client, vendor }: Tour): Promise<void> {
  const [from] = (await vendor.planted()).map(({ customer }) => customer.email);
  const { rows } = await client.query<{ external_id: string }>(
    "select external_id from halo.hubspot_engagements where org_id = $1 and kind = 'email'",
    [orgId],
  );
  const known = new Set(rows.map(({ external_id }) => external_id));
  const email = {
    hs_timestamp: new Date().toISOString(),
    hs_email_direction: "INCOMING_EMAIL",
    hs_email_status: "SENT",
    hs_email_subject: "Renewal",
    hs_email_text: "We sign on Monday. <!channel> please send the contract & the price list.",
    hs_email_from_email: from,
    hs_email_headers: JSON.stringify({ from: { email: from }, to: [{ email: "sales@acme.example.com" }] }),
  };
  // The emulator counts its ids anew at each start. On a kept store, an e-mail of an earlier start is no news.
  let id: string;
  do ({ id } = await vendor.change("create", "emails", email, []));
  while (known.has(`email:${id}`));
}

/** Three people ask the same in their own words, and nothing that was found answered them. */
async function nobodyKnows({ halo }: Tour): Promise<void> {
  // A word of its own: on a kept store, an earlier start's question was told already.
  const word = `trebuchet${Date.now().toString(36)}`;
  for (const query of [
    `Is there an adapter for ${word}?`,
    `adapter ${word}`,
    `Where is the ${word} adapter?`,
  ])
    await halo.knowledge.unanswered({ orgId, agentId, query });
}

/** Into the channel that an admin chose, and into one that the admin did not. Returns the gate that refused the latter. */
async function agentPosts(tour: Tour, channel: string): Promise<string | null> {
  const { client, halo, slack } = tour;
  const config = { default_channel: channel, allowed_channels: [channel] };
  await halo.agents.setAction({ orgId, agentId, action: "post_message", enabled: true, config });
  const conversationId = `slack-${Date.now().toString(36)}`;
  const tools = await halo.actions.tools({ orgId, agentId, context: { conversationId } });
  const post = { id: "call-1", tool: "slack_post_message" };
  await converse(tour, tools, "Please have somebody call me.", {
    ...post,
    input: { text: "A customer asks for a call today." },
  });
  await converse(tour, tools, "And tell everybody.", {
    ...post,
    id: "call-2",
    input: { text: "Hello, everybody", channel: slack.channelId("general") },
  });
  const { rows } = await client.query<{ gate: string }>(
    "select error ->> 'gate' as gate from halo.action_calls where org_id = $1 and conversation_id = $2 and state = 'refused'",
    [orgId, conversationId],
  );
  return rows.length === 1 ? (rows[0]?.gate ?? null) : null;
}

async function sentByType({ client }: Tour, since: number): Promise<Record<string, number>> {
  const { rows } = await client.query<{ type: string; sent: string }>(
    `select type, count(*) as sent from halo.notification_deliveries
     where org_id = $1 and sink = 'slack' and status = 'sent' and created_at >= $2 group by 1`,
    [orgId, new Date(since)],
  );
  return Object.fromEntries(rows.map(({ sent, type }) => [type, Number(sent)]));
}

async function forgetSubscriptions({ halo }: Tour): Promise<void> {
  for (const { id } of await halo.notifications.list(orgId)) await halo.notifications.unsubscribe(orgId, id);
}
