import { resolve } from "node:path";
import { genuineDeliveries, receiverContract, signedDelivery } from "@halo/core/testing";
import { slackEmulator } from "@halo/emulators/slack";
import { describe, expect, it } from "vitest";
import { slackSigning } from "../../test/signing-scheme.ts";
import type { SlackEvent } from "./event.ts";
import { receiveSlackWebhook } from "./receive.ts";

const callback = {
  type: "event_callback",
  team_id: "T1",
  api_app_id: "A1",
  event_id: "Ev1",
  event_time: 1_795_219_198,
  event: { type: "message", channel: "C1", user: "U1", text: "hello", ts: "1795219198.000100" },
};
const click = {
  type: "block_actions",
  user: { id: "U1", team_id: "T1" },
  team: { id: "T1" },
  channel: { id: "C1" },
  actions: [{ type: "button", action_id: "approve", block_id: "b", value: "ap_1 + 2 & 3" }],
};

const form = (value: unknown) => `payload=${encodeURIComponent(JSON.stringify(value))}`;
const event = (more: object) => ({ ...callback, event: { ...callback.event, ...more } });
const action = (more: object) => ({
  ...click,
  actions: [click.actions[0], { ...click.actions[0], ...more }],
});

receiverContract("Slack", {
  scheme: slackSigning,
  receive: receiveSlackWebhook,
  body: callback,
  wrong: [
    ["type", { ...callback, type: 5 }],
    ["type", {}],
    ["team_id", { ...callback, team_id: null }],
    ["api_app_id", { ...callback, api_app_id: "" }],
    ["event_id", { ...callback, event_id: { a: "zoe@" } }],
    ["event_time", { ...callback, event_time: "1795219198" }],
    ["event_time", { ...callback, event_time: 1.5 }],
    ["event_time", { ...callback, event_time: -1 }],
    ["enterprise_id", { ...callback, enterprise_id: 5 }],
    ["authorizations", { ...callback, authorizations: {} }],
    ["authorizations[0]", { ...callback, authorizations: [null] }],
    ["authorizations[1].team_id", { ...callback, authorizations: [{ team_id: null }, { team_id: 5 }] }],
    ["event", { ...callback, event: "message" }],
    ["event", { ...callback, event: [] }],
    ["event.type", event({ type: "" })],
    ["event.channel", event({ channel: { id: "C1" } })],
    ["event.ts", event({ ts: 1_795_219_198.0001 })],
    ["event.subtype", event({ subtype: 5 })],
    ["event.event_ts", event({ event_ts: 5 })],
    ["event.thread_ts", event({ thread_ts: 5 })],
    ["event.channel_type", event({ channel_type: true })],
    ["event.bot_id", event({ bot_id: {} })],
    ["event.deleted_ts", event({ deleted_ts: 5 })],
    ["event.text", event({ text: ["zoe"] })],
    ["event.message", event({ message: "a" })],
    ["event.previous_message", event({ previous_message: [] })],
    ["challenge", { type: "url_verification" }],
    ["team_id", { type: "app_rate_limited", api_app_id: "A1", minute_rate_limited: 1 }],
    ["minute_rate_limited", { type: "app_rate_limited", team_id: "T1", api_app_id: "A1" }],
    ["user.id", { ...click, user: {} }],
    ["user.id", { ...click, user: null }],
    ["user.team_id", { ...click, user: { id: "U1", team_id: 5 } }],
    ["team.id", { ...click, team: {} }],
    ["channel.id", { ...click, channel: "C1" }],
    ["api_app_id", { ...click, api_app_id: 5 }],
    ["trigger_id", { ...click, trigger_id: 5 }],
    ["response_url", { ...click, response_url: {} }],
    ["container", { ...click, container: "c" }],
    ["message", { ...click, message: [] }],
    ["actions", { ...click, actions: [] }],
    ["actions", { ...click, actions: {} }],
    ["actions[0]", { ...click, actions: ["approve"] }],
    ["actions[1].action_id", action({ action_id: "" })],
    ["actions[1].value", action({ value: 5 })],
    ["actions[1].block_id", action({ block_id: 5 })],
    ["actions[1].action_ts", action({ action_ts: 5 })],
  ],
  foreign: [
    ["a slash command", "command=%2Fhalo&text=hi"],
    ["a form with a second field", `${form(click)}&payload=%7B%7D`],
    ["a form with a field inside its JSON", 'payload={"type":"block_suggestion","a":"b&payload=c"}'],
    ["a form with a field before it", `p=1&${form(click)}`],
    ["a form whose escapes are broken", "payload=%7B%"],
    ["a form with bad UTF-8", "payload=%7B%22type%22%3A%22%FF%22%7D"],
    ["a form with raw bad UTF-8", Buffer.concat([Buffer.from('payload={"type":'), Buffer.from([0xff])])],
    ["a form without JSON", "payload=approve"],
    ["an empty form", "payload="],
  ],
});

function receive(body: string | Uint8Array, signed = body) {
  return receiveSlackWebhook(signedDelivery(slackSigning, { body, signed }));
}

describe("receiveSlackWebhook", () => {
  it("gives a handshake and a notice of limits as Slack sent them", () => {
    const shake = { type: "url_verification", challenge: "abc", token: "t" };
    expect(receive(JSON.stringify(shake))).toEqual([shake]);
    const limited = {
      type: "app_rate_limited",
      team_id: "T1",
      api_app_id: "A1",
      minute_rate_limited: 1_795_219_140,
    };
    expect(receive(JSON.stringify(limited))).toEqual([limited]);
  });

  it("reads every genuine fixture", () => {
    const events = genuineDeliveries(resolve(import.meta.dirname, "../..")).flatMap(receiveSlackWebhook);
    expect(new Set(events.map(({ type }) => type))).toEqual(
      new Set(["event_callback", "block_actions", "url_verification"]),
    );
  });

  it.each<[string, (text: string) => string | Uint8Array]>([
    ["a string", (text) => text],
    ["bytes", (text) => Buffer.from(text)],
    ["a form that writes blanks as plus signs", (text) => text.replaceAll("%20", "+")],
  ])("reads a click from a form, given as %s", (_, as) => {
    expect(receive(as(form(click)))).toEqual([click]);
  });

  it.each(["view_submission", "something_new", "toString", "__proto__"])(
    "gives nothing for the kind %s",
    (type) => {
      expect(receive(`{"type":${JSON.stringify(type)}}`)).toEqual([]);
    },
  );

  it("T01 T45 reads nothing of a click that is not genuine", () => {
    const forged = form(click);
    expect(() => receive(forged, `${forged} `)).toThrow(
      expect.objectContaining({ code: "webhook_unverified" }),
    );
  });

  it("takes events whose channel and user are objects, as those about channels and people have them", () => {
    const renamed = { ...callback, event: { type: "channel_rename", channel: { id: "C1", name: "new" } } };
    const changed = { ...callback, event: { type: "user_change", user: { id: "U1" } } };
    expect([...receive(JSON.stringify(renamed)), ...receive(JSON.stringify(changed))]).toEqual([
      renamed,
      changed,
    ]);
  });

  it("understands everything that the emulator sends, signed", async () => {
    const received: SlackEvent[] = [];
    let signingSecret = "";
    const fetch = async (input: RequestInfo | URL, init?: RequestInit) => {
      const request = new Request(input, init);
      const body = new Uint8Array(await request.arrayBuffer());
      const [event] = receiveSlackWebhook({ headers: request.headers, body, secret: signingSecret });
      if (event) received.push(event);
      return new Response(event?.type === "url_verification" ? event.challenge : null);
    };
    const emulator = slackEmulator({ limits: "none", fetch });
    signingSecret = emulator.signingSecret;
    const scopes = "channels:read channels:history chat:write users:read reactions:read".split(" ");
    const token = emulator.issueBotToken({ scopes });
    const targetUrl = "https://app.example.com/api/integrations/slack/webhook";
    expect(await emulator.webhooks.handshake(targetUrl)).toBe(true);
    emulator.webhooks.subscribe({ targetUrl });
    const { workspace } = emulator;
    const { id: channel } = workspace.conversation("support");
    const user = workspace.workspace.ownerId;
    workspace.join(channel, workspace.botUserId);
    const { ts } = workspace.post({ channel, user, text: "Zoë 東京 😀" });
    workspace.edit(channel, ts, "edited");
    workspace.react(channel, ts, user, "eyes");
    workspace.updateUser(user, { title: "Boss" });
    workspace.rename(channel, "help");
    workspace.remove(channel, ts);
    const elements = [
      { type: "button", text: { type: "plain_text", text: "Go" }, action_id: "go", value: "v" },
    ];
    const posted = await emulator.fetch(
      new Request("https://slack.com/api/chat.postMessage", {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify({ channel, text: "?", blocks: [{ type: "actions", elements }] }),
      }),
    );
    await emulator.webhooks.settled();
    await emulator.clickButton({ channel, ts: ((await posted.json()) as { ts: string }).ts, user });
    workspace.uninstall();
    await emulator.webhooks.settled();
    emulator.close();
    expect(emulator.webhooks.attempts.map(({ status }) => status)).toEqual(
      Array(received.length - 1).fill(200),
    );
    const kinds = received.map((one) =>
      one.type === "event_callback" ? (one.event.subtype ?? one.event.type) : one.type,
    );
    expect(kinds).toEqual([
      "url_verification",
      "member_joined_channel",
      "channel_join",
      "message",
      "message_changed",
      "reaction_added",
      "user_change",
      "channel_rename",
      "channel_name",
      "message_deleted",
      "message",
      "block_actions",
      "tokens_revoked",
      "app_uninstalled",
    ]);
  });
});
