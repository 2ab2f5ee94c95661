import { describe, expect, it } from "vitest";
import { orgId, slackWorld } from "./slack-world.ts";

const SECOND = 1_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** A channel that is mapped, connected and read. */
async function listening(
  given: Parameters<typeof slackWorld>[0] = {},
  kind: "customer_facing" | "internal" = "customer_facing",
) {
  const world = await slackWorld(given);
  const { id: channel } = world.channel("support");
  const connection = await world.connect();
  await world.map(channel, connection.id, kind);
  await world.work(MINUTE);
  const say = (text: string, more: { threadTs?: string; user?: string } = {}) =>
    world.workspace.post({ channel, user: world.person.id, text, ...more });
  /** What the hourly pass does, now. */
  const settle = async () => {
    await world.halo.sync.start({ orgId, connectionId: connection.id, mode: "catch_up" });
    await world.work(MINUTE);
  };
  return { ...world, channel, connection, newChannel: world.channel, say, settle };
}

const stats = async ({ halo }: Pick<Awaited<ReturnType<typeof slackWorld>>, "halo">) =>
  (await halo.detail(orgId, "slack")).stats;

describe("what is said in a mapped channel", () => {
  it("is brought with its past, and then as it is said, edited and deleted", async () => {
    const world = await slackWorld();
    const { person, workspace } = world;
    const { id: channel } = world.channel("support");
    const old = workspace.post({ channel, user: person.id, text: "The *Northwind* contract ends in May" });
    workspace.post({ channel, user: person.id, text: "Renewal is likely", threadTs: old.ts });
    const connection = await world.connect();
    expect(connection).toMatchObject({ account: { id: workspace.id, name: "Acme" }, state: "connected" });
    await world.map(channel, connection.id);
    await world.work(MINUTE);
    const whole = "Grace Hopper: The *Northwind* contract ends in May\n\nGrace Hopper: Renewal is likely";
    expect(await world.find("Northwind contract")).toEqual([whole]);

    const said = workspace.post({ channel, user: person.id, text: "Fabrikam wants 40 seats" });
    await world.work(10 * SECOND);
    expect(await world.find("Fabrikam seats")).toEqual(["Grace Hopper: Fabrikam wants 40 seats"]);
    workspace.edit(channel, said.ts, "Fabrikam wants 60 seats");
    await world.work(10 * SECOND);
    expect(await world.find("Fabrikam seats")).toEqual(["Grace Hopper: Fabrikam wants 60 seats"]);
    workspace.remove(channel, said.ts);
    await world.work(10 * SECOND);
    expect(await world.find("Fabrikam seats")).toEqual([]);
    const runs = await world.halo.runs.list(orgId, {});
    expect(runs.map(({ status }) => status)).not.toContain("failed");
    expect(world.received).not.toContain(401);
  });

  it("is brought with its past when its channel is mapped long after connecting, without our own words", async () => {
    const world = await listening();
    const { id: later } = world.newChannel("later");
    const { botUserId } = world.workspace;
    const post = (user: string, text: string, threadTs?: string) =>
      world.workspace.post({ channel: later, user, text, ...(threadTs && { threadTs }) });
    post(world.person.id, "Northwind, alone");
    post(botUserId, "Northwind, by us");
    const ours = post(botUserId, "Northwind, asked by us");
    post(world.person.id, "Northwind, answered by a person", ours.ts);
    const theirs = post(world.person.id, "Northwind, asked by a person");
    post(botUserId, "Northwind, answered by us", theirs.ts);
    await world.work(MINUTE);
    await world.clock.advance(30 * MINUTE);
    await world.settle();
    expect(await world.find("Northwind")).toEqual([]);
    await world.clock.advance(MINUTE);
    await world.map(later, world.connection.id);
    await world.work(MINUTE);
    expect((await world.find("Northwind")).sort()).toEqual([
      "Grace Hopper: Northwind, alone",
      "Grace Hopper: Northwind, answered by a person",
      "Grace Hopper: Northwind, asked by a person",
    ]);
  });

  it("grows into a thread by its answers, and shrinks when they go", async () => {
    const world = await listening();
    const asked = world.say("Does Contoso have single sign-on?");
    const answer = world.say("It does since June", { threadTs: asked.ts });
    await world.work(10 * SECOND);
    expect(await world.find("Contoso sign-on")).toEqual([
      "Grace Hopper: Does Contoso have single sign-on?\n\nGrace Hopper: It does since June",
    ]);
    world.workspace.remove(world.channel, answer.ts);
    await world.work(10 * SECOND);
    expect(await world.find("Contoso sign-on")).toEqual(["Grace Hopper: Does Contoso have single sign-on?"]);
  });

  it("stays with its answers when the message that began it is deleted", async () => {
    const world = await listening();
    const asked = world.say("Tailspin pays late, and do not tell them");
    world.say("Tailspin paid yesterday", { threadTs: asked.ts });
    await world.work(10 * SECOND);
    world.workspace.remove(world.channel, asked.ts);
    await world.work(10 * SECOND);
    expect(await world.find("Tailspin")).toEqual(["Grace Hopper: Tailspin paid yesterday"]);
  });

  it("gives rows and no knowledge where an internal agent runs", async () => {
    const world = await listening({}, "internal");
    world.say("Fabrikam wants 40 seats");
    await world.work(10 * SECOND);
    expect(await world.find("Fabrikam")).toEqual([]);
    expect(await stats(world)).toContainEqual({ name: "Threads", value: 1 });
  });

  it("leaves the knowledge when its agent turns inwards, and comes back with it", async () => {
    const world = await listening();
    world.say("Fabrikam wants 40 seats");
    const asked = world.say("Old, and answered: Fabrikam again");
    world.say("Yes", { threadTs: asked.ts });
    await world.work(10 * SECOND);
    expect(await world.find("Fabrikam")).toHaveLength(2);
    // Past the look-back window too.
    await world.clock.advance(10 * 24 * HOUR);
    await world.halo.agents.upsert({ orgId, id: "agent-customer_facing", kind: "internal" });
    await world.settle();
    expect(await world.find("Fabrikam")).toEqual([]);
    await world.halo.agents.upsert({ orgId, id: "agent-customer_facing", kind: "customer_facing" });
    await world.settle();
    expect(await world.find("Fabrikam")).toHaveLength(2);
  });

  it("brings neither row nor document where nobody mapped the channel", async () => {
    const world = await listening();
    const other = world.newChannel("random");
    const asked = world.calls("conversations.history") + world.calls("conversations.replies");
    const said = world.workspace.post({ channel: other.id, user: world.person.id, text: "Fabrikam?" });
    world.workspace.post({ channel: other.id, user: world.person.id, text: "Never", threadTs: said.ts });
    world.workspace.remove(other.id, said.ts);
    await world.work(10 * SECOND);
    expect(await world.find("Fabrikam")).toEqual([]);
    expect(await stats(world)).toContainEqual({ name: "Threads", value: 0 });
    expect(world.calls("conversations.history") + world.calls("conversations.replies")).toBe(asked);
  });

  it("never touches a direct message, and keeps nothing of one", async () => {
    const world = await listening({ emulator: { size: { people: 6, publicChannels: 2, messages: 20 } } });
    const { botUserId } = world.workspace;
    world.workspace.workspace.install = {
      installedBy: world.person.id,
      scopes: ["im:history", "mpim:history", "channels:history", "im:read", "mpim:read"],
    };
    const direct = world.workspace.openDirect([world.person.id, botUserId]);
    const group = world.workspace.openDirect([world.person.id, botUserId, world.workspace.workspace.ownerId]);
    for (const { id } of [direct, group]) {
      world.workspace.post({ channel: id, user: world.person.id, text: "Between us: Fabrikam" });
      await world.map(id, world.connection.id);
    }
    await world.work(MINUTE);
    await world.settle();
    expect(world.emulator.webhooks.attempts.filter(({ body }) => body.includes("Between us"))).toHaveLength(
      2,
    );
    expect(await world.find("Fabrikam")).toEqual([]);
    expect(world.emulator.ledger.count({ objectType: "im" })).toBe(0);
    const read = (method: string) => world.emulator.ledger.count({ objectType: "mpim", kind: method });
    expect([read("conversations.history"), read("conversations.replies")]).toEqual([0, 0]);
    expect(JSON.stringify(await world.halo.deliveries.list(orgId, { limit: 100 }))).not.toContain(direct.id);
    expect(JSON.stringify(await world.halo.deliveries.list(orgId, { limit: 100 }))).not.toContain(group.id);
  });

  it("keeps no word of it in what waits to be worked on", async () => {
    const world = await listening();
    const asked = world.say("Fabrikam is secret");
    world.workspace.edit(world.channel, asked.ts, "Fabrikam is very secret");
    world.workspace.remove(world.channel, asked.ts);
    await world.work(10 * SECOND);
    const kept = await world.halo.deliveries.list(orgId, { limit: 100 });
    expect(kept.map(({ type }) => type).sort()).toEqual(["message", "message_changed", "message_deleted"]);
    expect(JSON.stringify(kept)).not.toMatch(/secret/);
  });

  it("T29 <!channel> and mentions in it are words, and nothing that pings", async () => {
    const world = await listening();
    world.say(
      `<!channel> ask <@${world.person.id}> &lt;now&gt; at <https://example.com/a?b=1&amp;c=2|the page>`,
    );
    await world.work(10 * SECOND);
    expect(await world.find("ask page")).toEqual([
      "Grace Hopper: @channel ask @Grace Hopper <now> at the page (https://example.com/a?b=1&c=2)",
    ]);
  });

  it("leaves out what we said ourselves, joins and topics, and keeps other apps' messages", async () => {
    const world = await listening();
    world.say("Fabrikam said by us", { user: world.workspace.botUserId });
    world.workspace.rename(world.channel, "fabrikam-support");
    const bot = world.workspace.addUser({ name: "monitor", realName: "Monitor", isBot: true });
    world.say("Fabrikam is down", { user: bot.id });
    await world.work(10 * SECOND);
    expect(await world.find("Fabrikam")).toEqual(["Monitor: Fabrikam is down"]);
  });

  it("is linked to the guest who wrote, and never to the org's own people", async () => {
    const world = await listening();
    const guest = world.workspace.addUser({
      name: "carl",
      realName: "Carl Customer",
      email: "carl@northwind.example",
      guest: "single",
    });
    world.say("Our invoice is wrong", { user: guest.id });
    world.say("Our printer is broken");
    await world.work(10 * SECOND);
    const general = (query: string) =>
      world.halo.knowledge.search({ orgId, query, scope: { kind: "general" } });
    // Somebody's, even before that customer is known.
    expect(await general("invoice")).toEqual([]);
    expect(await general("printer")).toHaveLength(1);
    expect(await stats(world)).toContainEqual({ name: "Linked threads", value: 0 });
  });

  it("is for staff only in a private channel", async () => {
    const world = await slackWorld();
    const { id: channel } = world.channel("leadership", { private: true });
    world.workspace.post({ channel, user: world.person.id, text: "Fabrikam is for sale" });
    const connection = await world.connect();
    await world.map(channel, connection.id);
    await world.work(MINUTE);
    expect(await world.find("Fabrikam")).toHaveLength(1);
    const scope = { kind: "general" as const };
    expect(await world.halo.knowledge.search({ orgId, query: "Fabrikam", scope })).toEqual([]);
  });

  it("is read in a public channel that the app has to join first, and not where nobody invited it", async () => {
    const world = await slackWorld();
    const { person, workspace } = world;
    const open = workspace.createChannel({ name: "open", members: [person.id] });
    const shut = workspace.createChannel({ name: "shut", private: true, members: [person.id] });
    for (const { id } of [open, shut]) workspace.post({ channel: id, user: person.id, text: "Fabrikam" });
    const connection = await world.connect();
    await world.map(shut.id, connection.id);
    await world.map(open.id, connection.id);
    await world.work(2 * MINUTE);
    expect(await world.find("Fabrikam")).toEqual(["Grace Hopper: Fabrikam"]);
    expect(open.members.has(workspace.botUserId)).toBe(true);
    const runs = await world.halo.runs.list(orgId, {});
    expect(runs.map(({ status }) => status)).not.toContain("failed");
  });
});

describe("what events do not tell", () => {
  it("F54 is healed by the hourly pass: messages, answers, edits and deletions", async () => {
    const world = await listening();
    const [edited, answered, gone] = [
      world.say("Alpha one"),
      world.say("Beta two"),
      world.say("Gamma three"),
    ];
    await world.work(10 * SECOND);
    world.emulator.webhooks.behaviour.lossProbability = 1;
    await world.clock.advance(5 * MINUTE);
    world.workspace.edit(world.channel, edited.ts, "Alpha changed");
    world.say("Beta answered", { threadTs: answered.ts });
    world.workspace.remove(world.channel, gone.ts);
    world.say("Delta four");
    await world.clock.advance(HOUR);
    world.begin();
    await world.work(MINUTE);
    const found = await Promise.all(["Alpha", "Beta", "Gamma", "Delta"].map((word) => world.find(word)));
    expect(found).toEqual([
      ["Grace Hopper: Alpha changed"],
      ["Grace Hopper: Beta two\n\nGrace Hopper: Beta answered"],
      [],
      ["Grace Hopper: Delta four"],
    ]);
  });

  it("F50 a message that is told five times under new ids is one delivery", async () => {
    const world = await listening();
    Object.assign(world.emulator.webhooks.behaviour, { copies: 5, freshIds: true });
    world.say("Fabrikam");
    await world.work(10 * SECOND);
    expect(world.received.length).toBeGreaterThanOrEqual(5);
    expect(await world.halo.deliveries.list(orgId, {})).toHaveLength(1);
  });

  it("a preview that Slack adds by itself costs no call", async () => {
    const world = await listening();
    const { ts } = world.say("See https://example.com");
    await world.work(10 * SECOND);
    const calls = world.emulator.ledger.count({});
    world.workspace.unfurl(world.channel, ts);
    await world.work(10 * SECOND);
    expect(world.emulator.ledger.count({})).toBe(calls);
  });

  it("a full resync takes nothing away that is older than the past it reads", async () => {
    const world = await listening();
    world.say("Fabrikam, long ago");
    await world.work(10 * SECOND);
    for (let i = 0; i < 505; i++) world.say(`Line ${i}`);
    await world.work(MINUTE);
    await world.clock.advance(10 * MINUTE);
    await world.halo.sync.start({ orgId, connectionId: world.connection.id, mode: "full_resync" });
    await world.work(MINUTE);
    expect(await world.find("Fabrikam long ago")).toHaveLength(1);
    const [run] = await world.halo.runs.list(orgId, {});
    expect(run).toMatchObject({ mode: "full_resync", status: "succeeded", counters: { read: 500 } });
  });
});

describe("an app that is neither internal nor in the Marketplace", () => {
  it("reads history once a minute, is never refused, and hears what is said meanwhile", async () => {
    const world = await slackWorld({ emulator: { distribution: "unlisted", limits: {} } });
    const { person, workspace } = world;
    const { id: channel } = world.channel("support");
    const root = workspace.post({ channel, user: person.id, text: "The oldest, about Northwind" });
    workspace.post({ channel, user: person.id, text: "An answer", threadTs: root.ts });
    for (let i = 0; i < 70; i++) workspace.post({ channel, user: person.id, text: `Line ${i}` });
    await world.clock.advance(HOUR);
    const connection = await world.connect();
    await world.map(channel, connection.id);
    await world.work(2 * MINUTE);
    const [run] = await world.halo.runs.list(orgId, {});
    expect(run).toMatchObject({ status: "running", expectedRecords: 500, error: undefined });
    expect(run?.counters.read).toBeGreaterThan(0);
    const { banners, progress } = await world.halo.detail(orgId, "slack");
    expect(banners).toEqual([]);
    // Two minutes for some thirty messages of five hundred at most: half an hour is left, give or take a minute's page.
    expect(progress).toMatchObject([{ stream: run?.stream, read: run?.counters.read, expected: 500 }]);
    expect(progress[0]?.leftMs).toBeGreaterThan(20 * MINUTE);
    expect(progress[0]?.leftMs).toBeLessThan(70 * MINUTE);
    workspace.post({ channel, user: person.id, text: "Urgent: Fabrikam" });
    await world.work(2 * MINUTE);
    expect(await world.find("Fabrikam")).toHaveLength(1);
    await world.work(10 * MINUTE);
    expect(await world.find("Northwind")).toHaveLength(1);
    expect(world.emulator.ledger.requests.filter(({ status }) => status === 429)).toEqual([]);
  });

  it("reads what many events point at in one call for neighbours", async () => {
    const world = await listening({ emulator: { distribution: "unlisted", limits: {} } });
    await world.work(10 * MINUTE);
    const calls = world.calls("conversations.history");
    world.emulator.webhooks.behaviour.paused = true;
    for (let i = 0; i < 12; i++) world.say(`Line ${i} of Fabrikam`);
    world.emulator.webhooks.behaviour.paused = false;
    // All of them are there before a worker begins: it would take those that came first, if this machine is busy.
    world.emulator.webhooks.flush();
    await world.clock.run(world.emulator.webhooks.settled());
    await world.work(3 * MINUTE);
    expect(await stats(world)).toContainEqual({ name: "Threads", value: 12 });
    expect(world.calls("conversations.history") - calls).toBeLessThanOrEqual(2);
  });
});
