import { describe, expect, it } from "vitest";
import { METHODS } from "../src/slack/methods/table.ts";
import { setUpSlack } from "./slack-requests.ts";
import {
  fieldErrors,
  type SlackMethods,
  sampleErrors,
  slackMethods,
  slackOpenApi,
  slackSample,
} from "./slack-specs.ts";

const spec = slackMethods();
const OTHERS = ["oauth.v2.access", "auth.revoke", "apps.uninstall"];
const SERVED = [...Object.keys(METHODS), ...OTHERS];

/** Fields that the derived file cut off or does not have, with where they come from. */
const KNOWN_ELSEWHERE = [
  ".client_msg_id: not",
  // vendors/slack.md §1, from the method's page.
  "auth.revoke.revoked: not",
  // vendors/slack.md §2 names them for every message.
  ".reactions: not",
  ".metadata: not",
  ".root: not",
];

describe.skipIf(spec === undefined)(spec ? "against the vendor's specs" : "skipped: no vendor specs", () => {
  const { methods } = spec as SlackMethods;

  const fits = (method: string, body: unknown) => {
    const errors = fieldErrors(methods[method]?.response ?? {}, body, method);
    expect(errors.filter((error) => !KNOWN_ELSEWHERE.some((known) => error.includes(known)))).toEqual([]);
  };

  it("every method that is served exists there", () => {
    expect(SERVED.filter((name) => methods[name] === undefined)).toEqual([]);
  });

  it("lists the methods of the specs that are not served", () => {
    expect(Object.keys(methods).filter((name) => !SERVED.includes(name))).toEqual([
      "oauth.v2.exchange",
      "files.getUploadURLExternal",
      "files.completeUploadExternal",
      "files.info",
      "files.list",
    ]);
  });

  it("asks for the scopes that the vendor's older document names, where both have one", () => {
    const renamed: Readonly<Record<string, string>> = {
      // Newer names: vendors/slack.md §1 and §5.
      "chat.postEphemeral": "chat:write",
      "chat.postMessage": "chat:write",
      "chat.update": "chat:write",
      "chat.delete": "chat:write",
      "conversations.join": "channels:join",
      "conversations.open": "im:write,mpim:write",
    };
    const paths = slackOpenApi()?.paths ?? {};
    for (const [name, { scopes }] of Object.entries(METHODS)) {
      const [operation] = Object.values(paths[`/${name}`] ?? {});
      const documented = (operation?.security?.[0]?.slackAuth ?? []).filter((scope) => scope !== "none");
      const expected = renamed[name]?.split(",") ?? documented;
      expect([name, [...scopes].sort()]).toEqual([name, [...expected].sort()]);
    }
  });

  it("answers of every reading method fit their types", async () => {
    const { ask, channel, emulator } = setUpSlack();
    const general = channel("support");
    await ask("conversations.join", { channel: general });
    const { botId, botUserId, workspace } = emulator.workspace;
    const parent = workspace.conversations.get(general)?.messages.find((one) => one.threadTs === one.ts)?.ts;
    const calls: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
      "auth.test": {},
      "team.info": {},
      "bots.info": { bot: botId },
      "conversations.list": { types: "public_channel,private_channel,im,mpim" },
      "conversations.info": { channel: general, include_num_members: true, include_locale: true },
      "conversations.members": { channel: general },
      "conversations.history": { channel: general, limit: 999, include_all_metadata: true },
      "conversations.replies": { channel: general, ts: parent },
      "users.conversations": { types: "public_channel,im" },
      "users.list": { limit: 200 },
      "users.info": { user: botUserId },
      "users.lookupByEmail": { email: workspace.users.get(workspace.ownerId)?.email },
      "chat.getPermalink": { channel: general, message_ts: parent },
    };
    for (const [method, args] of Object.entries(calls)) {
      const { body } = await ask(method, args);
      expect([method, body.ok, body.error]).toEqual([method, true, undefined]);
      fits(method, body);
    }
  });

  it("answers of every writing method fit their types", async () => {
    const { ask, channel, emulator } = setUpSlack();
    const general = channel("sales");
    const owner = emulator.workspace.workspace.ownerId;
    fits("conversations.join", (await ask("conversations.join", { channel: general })).body);
    fits("conversations.join", (await ask("conversations.join", { channel: general })).body);
    fits("conversations.open", (await ask("conversations.open", { users: owner, return_im: true })).body);
    const blocks = [{ type: "section", text: { type: "mrkdwn", text: "*Hi*" } }];
    const posted = await ask("chat.postMessage", { channel: general, text: "Hi", blocks });
    fits("chat.postMessage", posted.body);
    const { ts } = posted.body;
    fits("chat.update", (await ask("chat.update", { channel: general, ts, text: "Ho" })).body);
    fits(
      "reactions.add",
      (await ask("reactions.add", { channel: general, timestamp: ts, name: "eyes" })).body,
    );
    fits("chat.delete", (await ask("chat.delete", { channel: general, ts })).body);
    fits("chat.postMessage", (await ask("chat.postMessage", { channel: "C0" })).body);
    fits("conversations.list", (await ask("conversations.list", { types: "x" })).body);
    fits("auth.revoke", (await ask("auth.revoke", { test: true })).body);
  });

  it("answers fit the recorded samples", async () => {
    const { ask, channel } = setUpSlack();
    const general = channel("general");
    for (const [method, args] of [
      ["auth.test", {}],
      ["team.info", {}],
      ["conversations.list", {}],
      ["conversations.info", { channel: general }],
      ["conversations.join", { channel: general }],
      ["conversations.members", { channel: general }],
      ["users.list", { limit: 200 }],
    ] as const) {
      const { body } = await ask(method, args);
      expect(sampleErrors(slackSample(`api/${method}`), body, method)).toEqual([]);
    }
  });

  it("events fit the recorded samples of their kinds", async () => {
    const { ask, channel, clock, emulator } = setUpSlack({ fetch: async () => new Response() });
    const { workspace: api } = emulator;
    emulator.webhooks.subscribe({ targetUrl: "https://halo.example.com/hook" });
    const support = channel("support");
    const owner = api.workspace.ownerId;
    await ask("conversations.join", { channel: support });
    const { ts } = api.post({ channel: support, user: owner, text: `Hello <@${api.botUserId}>` });
    const reply = api.post({ channel: support, user: owner, text: "Yes", threadTs: ts });
    api.post({ channel: support, user: owner, text: "All", threadTs: ts, broadcast: true });
    api.edit(support, ts, "Hello again");
    api.remove(support, reply.ts);
    api.react(support, ts, owner, "eyes");
    const made = api.createChannel({ name: "new" });
    api.rename(made.id, "newer");
    api.archive(made.id);
    api.unarchive(made.id);
    api.deleteChannel(made.id);
    api.updateUser(owner, { title: "Boss" });
    api.addUser({ name: "neu", realName: "Neu Ling" });
    api.leave(support, [...api.conversation(support).members][2] ?? "");
    await ask("chat.postMessage", { channel: support, text: "From the app" });
    api.uninstall();
    await clock.advance(0);
    await emulator.webhooks.settled();
    const names: Readonly<Record<string, string>> = {
      message_changed: "MessageChanged",
      message_deleted: "MessageDeleted",
      channel_join: "MessageChannelJoin",
      channel_leave: "MessageChannelLeave",
      channel_name: "MessageChannelName",
      thread_broadcast: "MessageThreadBroadcast",
    };
    const seen = new Set<string>();
    const wrong: string[] = [];
    for (const { payload } of emulator.webhooks.attempts) {
      const event = payload.event as Readonly<Record<string, unknown>>;
      const camel = String(event.type).replace(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase());
      const kind = event.type === "message" ? (names[String(event.subtype)] ?? "Message") : camel;
      const sample = slackSample(`events/${kind}Payload`);
      if (sample === undefined) expect.unreachable(`no sample ${kind}`);
      seen.add(kind);
      const errors = sampleErrors(sample, payload, kind);
      wrong.push(...errors.filter((error) => !TOLERATED.some((one) => error.includes(one))));
    }
    expect(wrong).toEqual([]);
    expect([...seen].sort()).toMatchSnapshot();
  });
});

/** The older samples lack what newer ones have in their envelopes; vendors/slack.md §2 has the rest for any message. */
const TOLERATED = [
  ".context_team_id: not",
  ".context_enterprise_id: not",
  ".reply_users: not",
  ".event.app_id: not",
  ".bot_profile.user_id: not",
];
