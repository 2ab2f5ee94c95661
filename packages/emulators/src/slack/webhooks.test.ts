import { describe, expect, it } from "vitest";
import { ALL_SLACK_SCOPES, setUpSlack } from "../../test/slack-requests.ts";
import type { SlackEmulatorOptions } from "../index.ts";
import { signSlack } from "./sign.ts";

const TARGET = "https://halo.example.com/api/integrations/slack/webhook";

// biome-ignore lint/suspicious/noExplicitAny: deliveries are read freely in tests
type Received = { payload: any; headers: Headers; body: string; url: string };

/** A receiver that answers with the given statuses in turn, then with 200; 0 is a refused connection. */
function receiver(...statuses: (number | Response | Promise<Response>)[]) {
  const received: Received[] = [];
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const body = String(init?.body);
    const headers = new Headers(init?.headers);
    const json =
      headers.get("content-type") === "application/json" ? body : new URLSearchParams(body).get("payload");
    received.push({ payload: JSON.parse(json ?? "{}"), headers, body, url: String(input) });
    const status = statuses.shift() ?? 200;
    if (status === 0) throw new TypeError("connection refused");
    return typeof status === "number" ? new Response(null, { status }) : status;
  };
  return { received, fetch };
}

/** Subscribed, and the app in #support. */
async function listening(
  options: SlackEmulatorOptions & { receive?: ReturnType<typeof receiver> } = {},
  scopes = ALL_SLACK_SCOPES,
) {
  const { receive = receiver(), ...rest } = options;
  const set = setUpSlack({ fetch: receive.fetch, ...rest }, scopes);
  const id = set.channel("support");
  await set.ask("conversations.join", { channel: id });
  set.emulator.webhooks.subscribe({ targetUrl: TARGET });
  const user = set.emulator.workspace.workspace.ownerId;
  const post = (text: string, more: object = {}) =>
    set.emulator.workspace.post({ channel: id, user, text, ...more });
  const events = () => receive.received.map(({ payload }) => payload.event);
  return { ...set, ...receive, id, user, post, events, settled: () => set.emulator.webhooks.settled() };
}

describe("events", () => {
  it("a message comes in an envelope that names workspace, app, event and time", async () => {
    const { emulator, id, post, received, settled, user } = await listening();
    const { ts } = post("hello");
    await settled();
    expect(received).toHaveLength(1);
    expect(received[0]?.payload).toMatchObject({
      type: "event_callback",
      team_id: emulator.workspace.id,
      api_app_id: emulator.appId,
      event_id: expect.stringMatching(/^Ev/),
      event_time: Math.floor(emulator.clock.now() / 1_000),
      authorizations: [
        { team_id: emulator.workspace.id, user_id: emulator.workspace.botUserId, is_bot: true },
      ],
      event: { type: "message", channel: id, user, text: "hello", ts, event_ts: ts, channel_type: "channel" },
    });
  });

  it("edits, unfurls, deletions, replies, mentions and what the app posts are told, one event a request", async () => {
    const { ask, emulator, events, id, post, settled } = await listening();
    const { ts } = post("see https://example.com/x");
    emulator.workspace.unfurl(id, ts);
    emulator.workspace.edit(id, ts, "seen");
    const reply = post(`<@${emulator.workspace.botUserId}> help`, { threadTs: ts });
    emulator.workspace.remove(id, reply.ts);
    await ask("chat.postMessage", { channel: id, text: "from the app" });
    await settled();
    expect(events().map((event) => event.subtype ?? event.type)).toEqual([
      "message",
      "message_changed",
      "message_changed",
      "message",
      "app_mention",
      "message_deleted",
      "message",
    ]);
    const [, unfurled, edited, told, , deleted, own] = events();
    expect(unfurled).toMatchObject({ hidden: true, channel: id, message: { ts, attachments: [{}] } });
    expect(unfurled.message).not.toHaveProperty("edited");
    expect(edited).toMatchObject({
      message: { ts, text: "seen", edited: {} },
      previous_message: { ts, text: "see https://example.com/x" },
    });
    expect(edited.ts).not.toBe(ts);
    expect(told).toMatchObject({ thread_ts: ts, parent_user_id: expect.any(String) });
    expect(deleted).toMatchObject({ deleted_ts: reply.ts, previous_message: { ts: reply.ts } });
    expect(own).toMatchObject({ bot_id: emulator.workspace.botId, app_id: emulator.appId });
  });

  it("a first reply is told again as message_replied, with its subtype or without, where that is wanted", async () => {
    for (const [messageReplied, subtype] of [
      ["with_subtype", "message_replied"],
      ["bare", undefined],
    ] as const) {
      const { emulator, events, post, settled } = await listening({ behaviour: { messageReplied } });
      const { ts } = post("parent");
      post("one", { threadTs: ts });
      post("two", { threadTs: ts });
      await settled();
      const again = events().filter((event) => event.message?.ts === ts);
      expect(again).toHaveLength(1);
      expect(again[0].subtype).toBe(subtype);
      emulator.close();
    }
  });

  it("channels, members, people and reactions are told", async () => {
    const { emulator, events, id, post, settled, user } = await listening();
    const api = emulator.workspace;
    const made = api.createChannel({ name: "new" });
    api.rename(made.id, "newer");
    api.archive(made.id);
    api.unarchive(made.id);
    api.deleteChannel(made.id);
    api.updateUser(user, { title: "Boss" });
    const guest = api.addUser({ name: "g", realName: "G" });
    api.join(id, guest.id, user);
    api.react(id, post("x").ts, user, "eyes");
    await settled();
    expect(events().map((event) => event.type)).toEqual([
      "channel_created",
      "channel_rename",
      "channel_archive",
      "channel_unarchive",
      "channel_deleted",
      "user_change",
      "team_join",
      "member_joined_channel",
      "message",
      "message",
      "reaction_added",
    ]);
  });

  it("nothing is told of channels where the app is not, and the app hears that it was invited", async () => {
    const { channel, emulator, events, settled, user } = await listening();
    const api = emulator.workspace;
    api.post({ channel: channel("general"), user, text: "elsewhere" });
    api.post({ channel: channel("leadership"), user, text: "secret" });
    const [foreign] = [...emulator.snapshot().conversations.values()].filter((one) => one.kind === "im");
    api.post({ channel: foreign?.id ?? "", user: foreign?.members[0] ?? "", text: "between us" });
    await settled();
    expect(events()).toEqual([]);
    api.join(channel("leadership"), api.botUserId, user);
    await settled();
    expect(events()[0]).toMatchObject({ type: "member_joined_channel", user: api.botUserId, inviter: user });
  });

  it("only what was granted and subscribed is told", async () => {
    const poor = await listening({}, ["channels:read", "channels:join"]);
    poor.post("no history scope");
    await poor.settled();
    expect(poor.events()).toEqual([]);
    const { emulator, received } = poor;
    emulator.webhooks.subscribe({ targetUrl: `${TARGET}2`, events: ["user_change"] });
    emulator.issueBotToken({ scopes: ["channels:history", "users:read"] });
    emulator.workspace.updateUser(emulator.workspace.workspace.ownerId, { title: "T" });
    await emulator.webhooks.settled();
    expect(received.map((one) => [one.url, one.payload.event.type])).toEqual([
      [TARGET, "user_change"],
      [`${TARGET}2`, "user_change"],
    ]);
    expect(() => emulator.webhooks.subscribe({ targetUrl: TARGET, events: ["message"] })).toThrow(RangeError);
  });

  it("F42 an uninstall is told by two events and then there is silence", async () => {
    const { emulator, events, post, settled } = await listening();
    emulator.workspace.uninstall();
    post("after");
    await settled();
    expect(events()).toEqual([
      { type: "tokens_revoked", tokens: { oauth: [], bot: [emulator.workspace.botUserId] } },
      { type: "app_uninstalled" },
    ]);
  });

  it("past the hour's deliveries the app is told once a minute that it misses some", async () => {
    const { clock, emulator, post, received, settled } = await listening({ limits: { eventsPerHour: 3 } });
    for (let i = 0; i < 6; i++) post(`${i}`);
    await settled();
    const types = () => received.map(({ payload }) => payload.type);
    expect(types()).toEqual([...Array(3).fill("event_callback"), "app_rate_limited"]);
    expect(received[3]?.payload).toMatchObject({
      team_id: emulator.workspace.id,
      minute_rate_limited: Math.floor(clock.now() / 60_000) * 60,
    });
    await clock.advance(60_000);
    post("more");
    await settled();
    expect(types().at(-1)).toBe("app_rate_limited");
  });
});

describe("signatures", () => {
  it("T01 stand over the bytes that are sent, and a forger's do not fit", async () => {
    const { clock, emulator, post, received, settled } = await listening();
    post("Zoë 東京 😀");
    await settled();
    const { body = "", headers = new Headers() } = received[0] ?? {};
    const timestamp = Math.floor(clock.now() / 1_000);
    for (const [name, value] of Object.entries(
      signSlack({ secret: emulator.signingSecret, body, timestamp }),
    )) {
      expect(headers.get(name)).toBe(value);
    }
    const forged = emulator.webhooks.sign(body, { secret: "other" });
    expect(forged.headers["x-slack-signature"]).not.toBe(headers.get("x-slack-signature"));
  });

  it("the handshake is signed, and passes with the challenge as text or as JSON and nothing else", async () => {
    const answers: ((challenge: string) => Response)[] = [
      (challenge) => new Response(challenge),
      (challenge) => Response.json({ challenge }),
      () => new Response("ok"),
      (challenge) => new Response(challenge, { status: 500 }),
    ];
    const seen: Headers[] = [];
    const fetch: typeof globalThis.fetch = async (_, init) => {
      seen.push(new Headers(init?.headers));
      const { challenge, type } = JSON.parse(String(init?.body));
      expect(type).toBe("url_verification");
      return answers.shift()?.(challenge) ?? new Response();
    };
    const { emulator } = setUpSlack({ fetch });
    const results = [];
    for (let i = 0; i < 4; i++) results.push(await emulator.webhooks.handshake(TARGET));
    expect(results).toEqual([true, true, false, false]);
    expect(seen.every((headers) => headers.get("x-slack-signature")?.startsWith("v0="))).toBe(true);
  });
});

describe("delivery", () => {
  it("F50 tries again at once, after a minute and after five, and says why", async () => {
    const { clock, emulator, post, received, settled } = await listening({
      receive: receiver(500, 0, 404, 503),
    });
    post("x");
    const start = clock.now();
    await clock.advance(400_000);
    await settled();
    const { attempts } = emulator.webhooks;
    expect(attempts.map(({ at, status }) => [at - start, status])).toEqual([
      [0, 500],
      [0, 0],
      [60_000, 404],
      [360_000, 503],
    ]);
    expect(
      received.map(({ headers }) => [headers.get("x-slack-retry-num"), headers.get("x-slack-retry-reason")]),
    ).toEqual([
      [null, null],
      ["1", "http_error"],
      ["2", "connection_failed"],
      ["3", "http_error"],
    ]);
    expect(new Set(received.map(({ payload }) => payload.event_id)).size).toBe(1);
    expect(new Set(received.map(({ headers }) => headers.get("x-slack-signature"))).size).toBe(3);
    expect(emulator.webhooks.lost).toHaveLength(1);
  });

  it("counts a receiver that takes longer than three seconds as failed", async () => {
    const { clock, emulator, post } = await listening({
      receive: receiver(new Promise<Response>(() => undefined)),
    });
    post("x");
    await clock.advance(2_999);
    expect(emulator.webhooks.attempts).toEqual([]);
    await clock.advance(1);
    expect(emulator.webhooks.attempts.map((one) => [one.status, one.reason])).toEqual([
      [0, "http_timeout"],
      [200, undefined],
    ]);
  });

  it("stops when the receiver asks for no retry, and follows two redirects and no third", async () => {
    const stop = await listening({
      receive: receiver(new Response(null, { status: 500, headers: { "x-slack-no-retry": "1" } })),
    });
    stop.post("x");
    await stop.settled();
    expect(stop.received).toHaveLength(1);
    const away = () => new Response(null, { status: 302, headers: { location: "/elsewhere" } });
    const two = await listening({ receive: receiver(away(), away()) });
    two.post("x");
    await two.settled();
    expect(two.received.map((one) => new URL(one.url).pathname).slice(1)).toEqual([
      "/elsewhere",
      "/elsewhere",
    ]);
    expect(two.emulator.webhooks.attempts).toMatchObject([{ status: 200 }]);
    const three = await listening({ receive: receiver(away(), away(), away()) });
    three.post("x");
    await three.settled();
    expect(three.emulator.webhooks.attempts[0]).toMatchObject({ reason: "too_many_redirects" });
  });

  it("F50 F51 F52 F57 sends copies, under new ids, in another order, late, or not at all, when told to", async () => {
    const { clock, emulator, post, received, settled } = await listening();
    Object.assign(emulator.webhooks.behaviour, {
      copies: 3,
      freshIds: true,
      shuffle: true,
      delayMs: 86_400_000,
      skewMs: 400_000,
    });
    for (let i = 0; i < 10; i++) post(`${i}`);
    await clock.advance(86_399_999);
    expect(received).toHaveLength(0);
    await clock.advance(1);
    await settled();
    expect(received).toHaveLength(30);
    expect(new Set(received.map(({ payload }) => payload.event_id)).size).toBe(30);
    const order = received.map(({ payload }) => payload.event.ts);
    expect(new Set(order).size).toBe(10);
    expect(order).not.toEqual([...order].sort());
    const skewed = Number(received[0]?.headers.get("x-slack-request-timestamp")) * 1_000 - clock.now();
    expect(skewed).toBe(400_000);
    Object.assign(emulator.webhooks.behaviour, { copies: 1, delayMs: 0, lossProbability: 1 });
    post("gone");
    await settled();
    expect(received).toHaveLength(30);
    expect(emulator.webhooks.lost).toHaveLength(1);
  });
});

describe("buttons", () => {
  it("T45 a click is a signed form that names who, where and what, sent once", async () => {
    const { ask, emulator, id, received, user } = await listening({ receive: receiver(500) });
    const button = (text: string, value: string) => ({
      type: "button",
      text: { type: "plain_text", text },
      action_id: text.toLowerCase(),
      value,
    });
    const blocks = [
      { type: "actions", block_id: "ask", elements: [button("Approve", "ap_1"), button("Refuse", "ap_1")] },
    ];
    const { body } = await ask("chat.postMessage", { channel: id, text: "May I?", blocks });
    await emulator.webhooks.settled();
    received.length = 0;
    const attempt = await emulator.clickButton({ channel: id, ts: body.ts, actionId: "refuse", user });
    expect(attempt.status).toBe(200);
    expect(received).toHaveLength(1);
    expect(received[0]?.headers.get("content-type")).toBe("application/x-www-form-urlencoded");
    expect(received[0]?.body).toMatch(/^payload=%7B/);
    expect(received[0]?.payload).toMatchObject({
      type: "block_actions",
      user: { id: user, team_id: emulator.workspace.id },
      team: { id: emulator.workspace.id },
      channel: { id },
      container: { message_ts: body.ts },
      message: { ts: body.ts, bot_id: emulator.workspace.botId },
      actions: [{ action_id: "refuse", block_id: "ask", value: "ap_1", action_ts: expect.any(String) }],
    });
    const timestamp = Number(received[0]?.headers.get("x-slack-request-timestamp"));
    const signed = signSlack({ secret: emulator.signingSecret, body: received[0]?.body ?? "", timestamp });
    expect(received[0]?.headers.get("x-slack-signature")).toBe(signed["x-slack-signature"]);
    expect(() => emulator.clickButton({ channel: id, ts: body.ts, actionId: "other", user })).toThrow(
      RangeError,
    );
  });
});
