import { describe, expect, it } from "vitest";
import { setUpSlack, slackAsker } from "../../test/slack-requests.ts";

const set = async (name = "sales") => {
  const made = setUpSlack();
  const id = made.channel(name);
  await made.ask("conversations.join", { channel: id });
  const post = async (args: Readonly<Record<string, unknown>>) =>
    (await made.ask("chat.postMessage", { channel: id, ...args })).body;
  return { ...made, id, post, stored: (ts: string) => made.emulator.workspace.find(id, ts) };
};

const section = (text: string) => ({ type: "section", text: { type: "mrkdwn", text } });
const button = (more: object = {}) => ({
  type: "button",
  text: { type: "plain_text", text: "Go" },
  action_id: "go",
  ...more,
});

describe("chat.postMessage", () => {
  it("T29 keeps text as it was sent, escapes and mentions alike", async () => {
    const { post, stored } = await set();
    const text = "&lt;!channel&gt; <!here> a & b <https://example.com|link>";
    const { channel, ok, ts } = await post({ text });
    expect([ok, stored(ts)?.text]).toEqual([true, text]);
    expect(channel).toMatch(/^C/);
  });

  it("cuts a text above 40,000 characters and says so", async () => {
    const { post, stored } = await set();
    const whole = await post({ text: "x".repeat(40_000) });
    expect(whole).not.toHaveProperty("warning");
    const cut = await post({ text: "x".repeat(40_001) });
    expect(cut).toMatchObject({ ok: true, warning: "message_truncated" });
    expect(stored(cut.ts)?.text).toHaveLength(40_000);
  });

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ["no_text", {}],
    ["no_text", { text: "", blocks: [] }],
    ["markdown_text_conflict", { text: "a", markdown_text: "b" }],
    ["msg_too_long", { markdown_text: "b".repeat(12_001) }],
    ["invalid_blocks_format", { blocks: { blocks: [section("a")] } }],
    ["invalid_blocks_format", { blocks: "[" }],
    ["too_many_attachments", { attachments: Array(101).fill({ text: "a" }) }],
    ["invalid_metadata_schema", { text: "a", metadata: { event_type: "x" } }],
    [
      "metadata_too_large",
      { text: "a", metadata: { event_type: "x", event_payload: { a: "b".repeat(20_000) } } },
    ],
    ["channel_not_found", { text: "a", channel: "C0NOBODY" }],
    ["thread_not_found", { text: "a", thread_ts: "1.000001" }],
    ["missing_scope", { text: "a", username: "Somebody" }],
  ])("refuses with %s", async (error, args) => {
    const { post } = await set();
    expect(await post(args)).toMatchObject({ ok: false, error });
  });

  const many = (count: number, one: object) => Array.from({ length: count }, () => one);
  it.each<[string, string, unknown[], unknown[]]>([
    ["50 blocks", "/blocks", many(50, section("a")), many(51, section("a"))],
    [
      "3,000 characters in a section",
      "/blocks/0/text/text",
      [section("x".repeat(3_000))],
      [section("x".repeat(3_001))],
    ],
    ["one character in a section", "/blocks/0/text/text", [section("x")], [section("")]],
    [
      "10 fields",
      "/blocks/0/fields",
      [{ type: "section", fields: many(10, { type: "mrkdwn", text: "a" }) }],
      [{ type: "section", fields: many(11, { type: "mrkdwn", text: "a" }) }],
    ],
    [
      "2,000 characters in a field",
      "/blocks/0/fields/0/text",
      [{ type: "section", fields: [{ type: "mrkdwn", text: "x".repeat(2_000) }] }],
      [{ type: "section", fields: [{ type: "mrkdwn", text: "x".repeat(2_001) }] }],
    ],
    [
      "150 characters in a header",
      "/blocks/0/text/text",
      [{ type: "header", text: { type: "plain_text", text: "x".repeat(150) } }],
      [{ type: "header", text: { type: "plain_text", text: "x".repeat(151) } }],
    ],
    [
      "plain text in a header",
      "/blocks/0/text/type",
      [{ type: "header", text: { type: "plain_text", text: "x" } }],
      [{ type: "header", text: { type: "mrkdwn", text: "x" } }],
    ],
    [
      "10 elements in a context",
      "/blocks/0/elements",
      [{ type: "context", elements: many(10, { type: "mrkdwn", text: "a" }) }],
      [{ type: "context", elements: many(11, { type: "mrkdwn", text: "a" }) }],
    ],
    [
      "25 elements in actions",
      "/blocks/0/elements",
      [{ type: "actions", elements: many(25, button()) }],
      [{ type: "actions", elements: many(26, button()) }],
    ],
    [
      "75 characters on a button",
      "/blocks/0/elements/0/text/text",
      [{ type: "actions", elements: [button({ text: { type: "plain_text", text: "x".repeat(75) } })] }],
      [{ type: "actions", elements: [button({ text: { type: "plain_text", text: "x".repeat(76) } })] }],
    ],
    [
      "2,000 characters behind a button",
      "/blocks/0/elements/0/value",
      [{ type: "actions", elements: [button({ value: "x".repeat(2_000) })] }],
      [{ type: "actions", elements: [button({ value: "x".repeat(2_001) })] }],
    ],
    [
      "255 characters in an action_id",
      "/blocks/0/elements/0/action_id",
      [{ type: "actions", elements: [button({ action_id: "x".repeat(255) })] }],
      [{ type: "actions", elements: [button({ action_id: "x".repeat(256) })] }],
    ],
    [
      "3,000 characters in a URL",
      "/blocks/0/elements/0/url",
      [{ type: "actions", elements: [button({ url: "x".repeat(3_000) })] }],
      [{ type: "actions", elements: [button({ url: "x".repeat(3_001) })] }],
    ],
    [
      "a known style",
      "/blocks/0/elements/0/style",
      [{ type: "actions", elements: [button({ style: "danger" })] }],
      [{ type: "actions", elements: [button({ style: "red" })] }],
    ],
    [
      "unique block ids",
      "/blocks/1/block_id",
      [
        { ...section("a"), block_id: "a" },
        { ...section("a"), block_id: "b" },
      ],
      [
        { ...section("a"), block_id: "a" },
        { ...section("a"), block_id: "a" },
      ],
    ],
    [
      "an alternative text",
      "/blocks/0/alt_text",
      [{ type: "image", image_url: "https://a.b", alt_text: "a" }],
      [{ type: "image", image_url: "https://a.b" }],
    ],
    ["a known type", "/blocks/0/type", [{ type: "divider" }], [{ type: "input" }]],
  ])("takes %s and no more, naming %s", async (_, pointer, good, bad) => {
    const { post } = await set();
    expect(await post({ text: "t", blocks: good })).toMatchObject({ ok: true });
    const refused = await post({ text: "t", blocks: bad });
    expect(refused.error).toBe("invalid_blocks");
    expect(refused.response_metadata.messages[0]).toContain(`[json-pointer:${pointer}]`);
    expect(refused.errors).toHaveLength(refused.response_metadata.messages.length);
  });

  it("takes 12,000 characters of markdown blocks together", async () => {
    const { post } = await set();
    const blocks = (length: number) => [1, 2].map(() => ({ type: "markdown", text: "x".repeat(length) }));
    expect(await post({ blocks: blocks(6_000) })).toMatchObject({ ok: true });
    expect(await post({ blocks: blocks(6_001) })).toMatchObject({ error: "msg_blocks_too_long" });
  });

  it("needs the bot in the channel, or chat:write.public for a public one, and a channel that is open", async () => {
    const { ask, channel, emulator } = setUpSlack();
    const general = channel("general");
    expect((await ask("chat.postMessage", { channel: general, text: "a" })).body.error).toBe(
      "not_in_channel",
    );
    const scopes = ["chat:write", "chat:write.public"];
    const wide = slackAsker(emulator, emulator.issueBotToken({ scopes }));
    expect((await wide("chat.postMessage", { channel: general, text: "a" })).body.ok).toBe(true);
    expect((await wide("chat.postMessage", { channel: "#sales", text: "a" })).body.channel).toBe(
      channel("sales"),
    );
    expect((await wide("chat.postMessage", { channel: channel("old-project"), text: "a" })).body.error).toBe(
      "is_archived",
    );
    emulator.workspace.setPosting(general, "read_only");
    expect((await wide("chat.postMessage", { channel: general, text: "a" })).body.error).toBe(
      "restricted_action_read_only_channel",
    );
    emulator.workspace.setPosting(general, "thread_only");
    expect((await wide("chat.postMessage", { channel: general, text: "a" })).body.error).toBe(
      "restricted_action_thread_only_channel",
    );
  });

  it("a person's id opens their direct messages with the app", async () => {
    const { emulator, post } = await set();
    const { channel } = await post({ channel: emulator.workspace.workspace.ownerId, text: "psst" });
    expect(emulator.snapshot().conversations.get(channel)).toMatchObject({ kind: "im" });
  });

  it("answers a parent and never a reply", async () => {
    const { post, stored } = await set();
    const parent = await post({ text: "parent" });
    const reply = await post({ text: "reply", thread_ts: parent.ts });
    expect(stored(reply.ts)).toMatchObject({ threadTs: parent.ts });
    expect(await post({ text: "deeper", thread_ts: reply.ts })).toMatchObject({
      error: "cannot_reply_to_message",
    });
    const broad = await post({ text: "all", thread_ts: parent.ts, reply_broadcast: true });
    expect(stored(broad.ts)?.subtype).toBe("thread_broadcast");
  });

  it("metadata comes back when all of it is asked for", async () => {
    const { ask, id, post } = await set();
    const metadata = { event_type: "halo", event_payload: { key: "k" } };
    await post({ text: "a", metadata });
    const read = async (more: object) =>
      (await ask("conversations.history", { channel: id, limit: 1, ...more })).body.messages[0];
    expect(await read({ include_all_metadata: true })).toMatchObject({ metadata });
    expect(await read({})).not.toHaveProperty("metadata");
  });
});

describe("chat.update and chat.delete", () => {
  it("blocks stay unless they are given, and an empty list drops them", async () => {
    const { ask, id, post, stored } = await set();
    const { ts } = await post({ text: "a", blocks: [section("a")] });
    const update = async (args: object) => (await ask("chat.update", { channel: id, ts, ...args })).body;
    expect(await update({ text: "b" })).toMatchObject({ ok: true, ts, text: "b" });
    expect(stored(ts)).toMatchObject({
      text: "b",
      blocks: [{ type: "section" }],
      edited: { ts: expect.any(String) },
    });
    await update({ text: "b", blocks: [] });
    expect(stored(ts)?.blocks).toEqual([]);
    expect(await update({ text: "" })).toMatchObject({ error: "no_text" });
  });

  it("touch only own messages that are there", async () => {
    const { ask, emulator, id } = await set();
    const { ts } = emulator.workspace.post({
      channel: id,
      user: emulator.workspace.workspace.ownerId,
      text: "mine",
    });
    expect((await ask("chat.update", { channel: id, ts, text: "x" })).body.error).toBe("cant_update_message");
    expect((await ask("chat.delete", { channel: id, ts })).body.error).toBe("cant_delete_message");
    expect((await ask("chat.delete", { channel: id, ts: "1.000001" })).body.error).toBe("message_not_found");
    expect((await ask("chat.update", { channel: "C0", ts, text: "x" })).body.error).toBe("channel_not_found");
  });
});

describe("reactions and links", () => {
  it("a reaction is added once", async () => {
    const { ask, emulator, id, post } = await set();
    const { ts } = await post({ text: "a" });
    const react = async (name: string) =>
      (await ask("reactions.add", { channel: id, timestamp: ts, name })).body;
    expect(await react("eyes")).toEqual({ ok: true });
    expect(await react("eyes")).toMatchObject({ error: "already_reacted" });
    expect(await react("no such")).toMatchObject({ error: "invalid_name" });
    expect(emulator.workspace.find(id, ts)?.reactions.get("eyes")).toEqual([emulator.workspace.botUserId]);
  });

  it("a reply's link names its thread", async () => {
    const { ask, id, post } = await set();
    const parent = await post({ text: "a" });
    const reply = await post({ text: "b", thread_ts: parent.ts });
    const { body } = await ask("chat.getPermalink", { channel: id, message_ts: reply.ts });
    expect(body.permalink).toContain(`?thread_ts=${parent.ts}&cid=${id}`);
  });
});

describe("the transcript", () => {
  it("shows what stands in a channel as a person reads it, replies beneath their parent", async () => {
    const { emulator, id, post } = await set();
    const owner = emulator.workspace.workspace.ownerId;
    const since = emulator.clock.now();
    const elements = [button({ text: { type: "plain_text", text: "Approve" } })];
    const { ts } = await post({
      text: `<@${owner}> won &lt;b&gt; <!channel>`,
      blocks: [{ type: "actions", elements }],
    });
    emulator.workspace.post({ channel: id, user: owner, text: "Thanks", threadTs: ts });
    const name = emulator.workspace.workspace.users.get(owner)?.realName;
    expect(emulator.transcript({ since })).toEqual([
      "#sales",
      `  2026-11-21 00:00  Halo: @${name} won <b> @channel (pings everyone) [Approve]`,
      `    ↳ 2026-11-21 00:00  ${name}: Thanks`,
    ]);
    expect(emulator.transcript({ channel: "sales", onlyApp: true })).toHaveLength(2);
    expect(emulator.transcript({ channel: "nowhere" })).toEqual([]);
  });
});
