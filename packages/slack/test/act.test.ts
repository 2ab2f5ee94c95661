import { createHalo } from "@halo/core";
import { fakeClock, workFor } from "@halo/core/testing";
import { describe, expect, it } from "vitest";
import { postMessage, runSlackAction, slackActions } from "../src/actions/index.ts";
import { ALL_SCOPES, orgId, slackWorld } from "./slack-world.ts";

const agentId = "support";

async function acting(config: Record<string, unknown> = {}, granted = ALL_SCOPES) {
  const world = await slackWorld();
  const channel = world.channel("success");
  const other = world.channel("other");
  const connection = await world.connectWithToken(granted);
  await world.halo.agents.upsert({ orgId, id: agentId, name: "Support" });
  const enable = (given: Record<string, unknown>) =>
    world.halo.agents.setAction({ orgId, agentId, action: "post_message", enabled: true, config: given });
  await enable(config);
  const request = (input: unknown) => ({
    orgId,
    agentId,
    action: "post_message",
    input,
    context: { conversationId: "c1" },
  });
  return {
    ...world,
    connection,
    enable,
    id: channel.id,
    other: other.id,
    request,
    post: (input: unknown) => world.clock.run(world.halo.actions.invoke(request(input))),
    posted: (of = channel.id) =>
      world.workspace.conversation(of).messages.filter(({ user }) => user === world.workspace.botUserId),
    said: (of = channel.id) =>
      world.workspace
        .conversation(of)
        .messages.filter(({ subtype, user }) => user === world.workspace.botUserId && !subtype)
        .map(({ text }) => text),
  };
}

describe("post_message", () => {
  it("posts into the channel that an admin chose, or the one that is named, or a thread", async () => {
    const world = await acting();
    await world.enable({ default_channel: world.id });
    const outcome = await world.post({ text: "A lead: Northwind" });
    expect(outcome).toMatchObject({ status: "succeeded", output: { channel: world.id } });
    await world.post({ text: "Elsewhere", channel: world.other });
    const asked = world.workspace.post({ channel: world.id, user: world.person.id, text: "Who?" });
    await world.post({ text: "We", thread_ts: asked.ts });
    expect(world.said()).toEqual(["A lead: Northwind", "We"]);
    expect(world.said(world.other)).toEqual(["Elsewhere"]);
    expect(world.posted().at(-1)).toMatchObject({ threadTs: asked.ts });
  });

  it("T44 <!channel>, mentions, links and markup from a model are text and nothing else", async () => {
    const world = await acting();
    const text = `<!channel> <!here> <@${world.person.id}> <https://evil.example|pay here> & *x*`;
    await world.post({ text, channel: world.id });
    const [message] = world.posted().slice(-1);
    const safe = `&lt;!channel&gt; &lt;!here&gt; &lt;@${world.person.id}&gt; &lt;https://evil.example|pay here&gt; &amp; *x*`;
    expect(message?.text).toBe(safe);
    expect(message?.blocks).toMatchObject([{ type: "section", text: { text: safe, verbatim: true } }]);
    expect(world.workspace.transcript({ onlyApp: true }).join("\n")).not.toContain("pings everyone");
  });

  it("is refused outside of the allowed channels, which are named", async () => {
    const world = await acting();
    await world.enable({ allowed_channels: [world.id] });
    await expect(world.post({ text: "Hi", channel: world.other })).rejects.toMatchObject({
      message: expect.stringContaining(world.id),
    });
    await expect(world.post({ text: "Hi" })).rejects.toMatchObject({
      message: expect.stringContaining("Name a channel"),
    });
    expect(world.calls("chat.postMessage")).toBe(0);
    await world.enable({ allowed_channels: [world.other], default_channel: world.id });
    expect(await world.post({ text: "Hi" })).toMatchObject({ status: "succeeded" });
  });

  it.each([
    ["too long a text", { text: "x".repeat(4_001), channel: "C0123ABCD" }],
    ["a person for a channel", { text: "Hi", channel: "U0123ABCD" }],
    ["a direct message for a channel", { text: "Hi", channel: "D0123ABCD" }],
    ["a channel's name", { text: "Hi", channel: "#general" }],
    ["no text", { text: "  ", channel: "C0123ABCD" }],
    ["a number for a ts", { text: "Hi", channel: "C0123ABCD", thread_ts: "1700000000" }],
  ])("is refused with %s, and nothing is sent", async (_, input) => {
    const world = await acting();
    await expect(world.post(input)).rejects.toMatchObject({ code: "input_invalid" });
    expect(world.calls("chat.postMessage")).toBe(0);
  });

  it.each([
    ["channel_not_found", "channel"],
    ["is_archived", "channel"],
    ["cannot_reply_to_message", "thread_ts"],
    ["msg_blocks_too_long", "text"],
  ])("says which field it is that Slack refuses as %s", async (error, path) => {
    const world = await acting();
    const body = { ok: false, error };
    const effect = { type: "status", status: 200, body } as const;
    world.emulator.faults.add({ match: { kind: "chat.postMessage" }, effect });
    const run = world.post({ text: "Hi", channel: world.id });
    await expect(run).rejects.toMatchObject({ code: "input_invalid", path, reason: error });
  });

  it("a refusal of the channel that an admin chose is the admin's to correct", async () => {
    const world = await acting({ default_channel: "C0NONESUCH" });
    await expect(world.post({ text: "Hi" })).rejects.toMatchObject({ path: "config.default_channel" });
  });

  it("ends as refused by the scope that is missing, which the error names", async () => {
    const world = await acting();
    const body = { ok: false, error: "missing_scope", needed: "chat:write", provided: "channels:read" };
    const effect = { type: "status", status: 200, body } as const;
    world.emulator.faults.add({ match: { kind: "chat.postMessage" }, effect });
    const run = world.post({ text: "Hi", channel: world.id });
    await expect(run).rejects.toMatchObject({ code: "gate_closed", gate: "scope:chat:write" });
  });

  it("F42 a revoked token ends the connection, and the call says to reconnect", async () => {
    const world = await acting();
    world.workspace.uninstall();
    const run = world.post({ text: "Hi", channel: world.id });
    await expect(run).rejects.toMatchObject({ code: "reconnect_required" });
    const connection = await world.halo.connections.get(orgId, world.connection.id);
    expect(connection.state).toBe("auth_error");
  });

  it("F20 a refusal for being too fast is waited out, and the message stands there once", async () => {
    const world = await acting();
    const effect = { type: "status", status: 429, retryAfter: 1 } as const;
    world.emulator.faults.add({ match: { kind: "chat.postMessage" }, times: 1, effect });
    expect(await world.post({ text: "Hi", channel: world.id })).toMatchObject({ status: "succeeded" });
    expect(world.said()).toEqual(["Hi"]);
  });

  it.each([
    ["a 500 after Slack did it", { type: "status", status: 500, executed: true }],
    [
      "fatal_error after Slack did it",
      { type: "status", status: 200, body: { ok: false, error: "fatal_error" }, executed: true },
    ],
    ["an answer that is no JSON", { type: "truncate" }],
  ] as const)("F94 %s: it is found by its mark, and posted once", async (_, effect) => {
    const world = await acting();
    world.emulator.faults.add({ match: { kind: "chat.postMessage" }, times: 1, effect });
    const outcome = await world.post({ text: "Hi", channel: world.id });
    expect(outcome).toMatchObject({ status: "succeeded", output: { channel: world.id } });
    expect(world.said()).toEqual(["Hi"]);
  });

  it("F94 a 500 before Slack did it: it is certainly absent, and posted once, in its thread too", async () => {
    const world = await acting();
    const asked = world.workspace.post({ channel: world.id, user: world.person.id, text: "Who?" });
    const effect = { type: "status", status: 500 } as const;
    world.emulator.faults.add({ match: { kind: "chat.postMessage" }, times: 1, effect });
    await world.post({ text: "We", channel: world.id, thread_ts: asked.ts });
    expect(world.said()).toEqual(["We"]);
    expect(world.calls("conversations.replies")).toBe(1);
  });

  it("F13 where nobody may look it ends as unknown, and is not tried again", async () => {
    const granted = ALL_SCOPES.filter((scope) => !scope.startsWith("groups:"));
    const world = await acting({}, granted);
    const shut = world.channel("shut", { private: true });
    const effect = { type: "status", status: 500, executed: true } as const;
    world.emulator.faults.add({ match: { kind: "chat.postMessage" }, effect });
    const run = world.post({ text: "Hi", channel: shut.id });
    await expect(run).rejects.toMatchObject({ code: "outcome_unknown" });
    expect(world.said(shut.id)).toEqual(["Hi"]);
  });

  it("F13 a process that dies after Slack did it: another one finds it, and it stands there once", async () => {
    const world = await acting();
    const own = fakeClock(world.clock.now());
    const { promise, resolve } = Promise.withResolvers<void>();
    const dying = await createHalo({
      ...world.options,
      clock: own,
      fetch: async (input, init) => {
        const request = new Request(input, init);
        const answer = await world.emulator.fetch(request);
        if (!request.url.endsWith("chat.postMessage")) return answer;
        resolve();
        return new Promise<Response>(() => {});
      },
    });
    void dying.actions.invoke(world.request({ text: "Hi", channel: world.id })).catch(() => {});
    // Time passes for Slack alone: for the dying process none does any more.
    await world.clock.run(promise);
    await workFor(world.halo, world.clock, 120_000);
    expect(await world.halo.actions.calls.list(orgId)).toMatchObject([{ state: "succeeded" }]);
    expect(world.said()).toEqual(["Hi"]);
  });
});

describe("post_message alone", () => {
  it("runs with a token and no store, as a function and as a tool", async () => {
    const world = await slackWorld();
    const { id: channel } = world.channel("success");
    const { clock, options } = world;
    const accessToken = world.emulator.issueBotToken({ scopes: ALL_SCOPES });
    const alone = { accessToken, fetch: options.fetch!, clock };
    const outcome = await clock.run(
      runSlackAction(postMessage, { ...alone, input: { channel, text: "<!here>" } }),
    );
    expect(outcome).toMatchObject({ status: "succeeded", output: { channel } });
    const config = { post_message: { default_channel: channel } };
    const [tool] = slackActions({ ...alone, config });
    expect(tool).toMatchObject({ name: "slack_post_message", asks: "nobody" });
    expect(world.workspace.transcript({ onlyApp: true }).join("\n")).toContain("Halo: <!here>");
  });
});
