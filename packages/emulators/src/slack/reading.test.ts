import { describe, expect, it } from "vitest";
import { setUpSlack, slackAsker } from "../../test/slack-requests.ts";

type Ask = ReturnType<typeof setUpSlack>["ask"];

/** Every page of a list. */
async function all(ask: Ask, method: string, field: string, args: Readonly<Record<string, unknown>>) {
  const pages: { ts: string; id: string; text: string }[][] = [];
  for (let cursor = ""; ; ) {
    const { body } = await ask(method, { ...args, ...(cursor && { cursor }) });
    expect(body.ok).toBe(true);
    pages.push(body[field]);
    cursor = body.response_metadata.next_cursor;
    if (!cursor) return pages;
  }
}

const joined = async (name = "support") => {
  const set = setUpSlack();
  const id = set.channel(name);
  await set.ask("conversations.join", { channel: id });
  return { ...set, id };
};

describe("what a bot may know", () => {
  it("public channels all, private ones and direct messages only where it is", async () => {
    const { ask, channel, emulator } = setUpSlack();
    const { body } = await ask("conversations.list", {
      types: "public_channel,private_channel,im,mpim",
      limit: 999,
    });
    const names = body.channels.map((one: { name?: string; id: string }) => one.name ?? one.id[0]);
    expect(names).toEqual(expect.arrayContaining(["general", "support", "old-project", "D"]));
    expect(names).not.toContain("leadership");
    expect(names.filter((name: string) => name === "D")).toHaveLength(2);
    for (const method of [
      "conversations.info",
      "conversations.history",
      "conversations.members",
      "conversations.join",
    ]) {
      expect((await ask(method, { channel: channel("leadership") })).body.error).toBe("channel_not_found");
    }
    const [foreign] = [...emulator.snapshot().conversations.values()].filter((one) => one.kind === "im");
    expect((await ask("conversations.history", { channel: foreign?.id })).body.error).toBe(
      "channel_not_found",
    );
    expect((await ask("chat.postMessage", { channel: channel("leadership"), text: "x" })).body.error).toBe(
      "channel_not_found",
    );
  });

  it("a private channel after an invitation, and nothing of it after the bot was removed", async () => {
    const { ask, channel, emulator } = setUpSlack();
    const id = channel("leadership");
    emulator.workspace.join(id, emulator.workspace.botUserId, emulator.workspace.workspace.ownerId);
    expect((await ask("conversations.info", { channel: id })).body.channel).toMatchObject({
      is_private: true,
      is_member: true,
    });
    expect((await ask("conversations.join", { channel: id })).body.error).toBe(
      "method_not_supported_for_channel_type",
    );
    expect((await ask("conversations.history", { channel: id })).body.ok).toBe(true);
    emulator.workspace.leave(id, emulator.workspace.botUserId);
    expect((await ask("conversations.history", { channel: id })).body.error).toBe("channel_not_found");
  });

  it("no messages of a public channel before it joined, and none of a kind without its scope", async () => {
    const { ask, channel, emulator } = setUpSlack();
    const id = channel("support");
    expect((await ask("conversations.history", { channel: id })).body.error).toBe("not_in_channel");
    const first = await ask("conversations.join", { channel: id });
    expect(first.body.channel).toMatchObject({ id, is_member: true });
    expect(first.body).not.toHaveProperty("warning");
    const second = await ask("conversations.join", { channel: id });
    expect(second.body).toMatchObject({ ok: true, warning: "already_in_channel" });
    const poor = slackAsker(emulator, emulator.issueBotToken({ scopes: ["groups:history"] }));
    expect((await poor("conversations.history", { channel: id })).body).toMatchObject({
      error: "missing_scope",
      needed: "channels:history",
    });
    expect((await ask("conversations.join", { channel: channel("old-project") })).body.error).toBe(
      "is_archived",
    );
  });

  it("addresses only with users:read.email", async () => {
    const { ask, emulator } = setUpSlack({}, ["users:read"]);
    const { ownerId: user, users } = emulator.workspace.workspace;
    expect((await ask("users.info", { user })).body.user.profile).not.toHaveProperty("email");
    expect((await ask("users.lookupByEmail", { email: "a@b.c" })).body).toMatchObject({
      needed: "users:read.email",
    });
    const rich = slackAsker(emulator, emulator.issueBotToken({ scopes: ["users:read", "users:read.email"] }));
    const email = users.get(user)?.email ?? "";
    expect((await rich("users.info", { user })).body.user.profile.email).toBe(email);
    expect((await rich("users.lookupByEmail", { email: email.toUpperCase() })).body.user.id).toBe(user);
    const gone = [...users.values()].find((one) => one.deleted)?.email;
    expect((await rich("users.lookupByEmail", { email: gone })).body.error).toBe("users_not_found");
  });
});

describe("history", () => {
  it("is newest first, without replies, and pages without gap or repeat", async () => {
    const { ask, emulator, id } = await joined();
    const pages = await all(ask, "conversations.history", "messages", { channel: id, limit: 7 });
    expect(pages.slice(0, -1).every((page) => page.length === 7)).toBe(true);
    const seen = pages.flat().map(({ ts }) => ts);
    expect(seen).toEqual([...seen].sort().reverse());
    const top = [...(emulator.snapshot().conversations.get(id)?.messages.values() ?? [])].filter(
      (one) => one.threadTs === undefined || one.threadTs === one.ts,
    );
    expect(new Set(seen)).toEqual(new Set(top.map(({ ts }) => ts)));
    expect(seen).toHaveLength(top.length);
  });

  it("a message that comes while it is paged moves no page", async () => {
    const { ask, emulator, id } = await joined();
    const { body: first } = await ask("conversations.history", { channel: id, limit: 5 });
    emulator.workspace.post({ channel: id, user: emulator.workspace.workspace.ownerId, text: "new" });
    const cursor = first.response_metadata.next_cursor;
    const { body: second } = await ask("conversations.history", { channel: id, limit: 5, cursor });
    const seen = [...first.messages, ...second.messages].map((one: { ts: string }) => one.ts);
    expect(new Set(seen).size).toBe(10);
  });

  it("oldest and latest leave themselves out unless inclusive, and are compared as texts of any length", async () => {
    const { ask, id } = await joined();
    const { body } = await ask("conversations.history", { channel: id, limit: 5 });
    const [newest, , middle, , oldest] = body.messages.map((one: { ts: string }) => one.ts);
    const between = async (args: object) =>
      (await ask("conversations.history", { channel: id, ...args })).body.messages.map(
        (one: { ts: string }) => one.ts,
      );
    expect(await between({ oldest, latest: newest })).toHaveLength(3);
    expect(await between({ oldest, latest: newest, inclusive: true })).toHaveLength(5);
    expect(await between({ oldest: middle, limit: 1 })).toEqual([newest]);
    const { body: bad } = await ask("conversations.history", { channel: id, oldest: "yesterday" });
    expect(bad.error).toBe("invalid_ts_oldest");
    expect(await between({ oldest: "0", limit: 2 })).toHaveLength(2);
  });

  it("the incremental trap: a late reply, an edit and a deletion do not show behind the last seen message", async () => {
    const { ask, clock, emulator, id } = await joined();
    const api = emulator.workspace;
    const user = api.workspace.ownerId;
    const parent = api.post({ channel: id, user, text: "parent" });
    await clock.advance(60_000);
    const { body: seen } = await ask("conversations.history", { channel: id, limit: 1 });
    const oldest = seen.messages[0].ts;
    const reply = api.post({ channel: id, user, text: "late reply", threadTs: parent.ts });
    api.edit(id, parent.ts, "edited");
    expect((await ask("conversations.history", { channel: id, oldest })).body.messages).toEqual([]);
    const { body } = await ask("conversations.history", { channel: id, limit: 1 });
    expect(body.messages[0]).toMatchObject({
      ts: parent.ts,
      thread_ts: parent.ts,
      text: "edited",
      edited: { user },
      reply_count: 1,
      latest_reply: reply.ts,
    });
    expect(body.messages.map((one: { text: string }) => one.text)).not.toContain("late reply");
  });

  it("replies come by any message of the thread, the parent first, oldest first; a broadcast is in both", async () => {
    const { ask, emulator, id } = await joined();
    const api = emulator.workspace;
    const user = api.workspace.ownerId;
    const parent = api.post({ channel: id, user, text: "parent" });
    const replies = ["one", "two", "three"].map((text) =>
      api.post({ channel: id, user, text, threadTs: parent.ts, broadcast: text === "two" }),
    );
    for (const ts of [parent.ts, replies[2]?.ts]) {
      const pages = await all(ask, "conversations.replies", "messages", { channel: id, ts, limit: 2 });
      expect(pages.flat().map((one) => one.text)).toEqual(["parent", "one", "two", "three"]);
    }
    const { body } = await ask("conversations.history", { channel: id, limit: 2 });
    expect(body.messages[0]).toMatchObject({
      text: "two",
      subtype: "thread_broadcast",
      root: { text: "parent" },
    });
    expect((await ask("conversations.replies", { channel: id, ts: "1.000001" })).body.error).toBe(
      "thread_not_found",
    );
  });

  it("a deleted parent stays as a tombstone while it has replies", async () => {
    const { ask, emulator, id } = await joined();
    const api = emulator.workspace;
    const user = api.workspace.ownerId;
    const parent = api.post({ channel: id, user, text: "a secret" });
    const reply = api.post({ channel: id, user, text: "reply", threadTs: parent.ts });
    api.remove(id, parent.ts);
    const { body } = await ask("conversations.history", { channel: id, limit: 1 });
    expect(body.messages[0]).toMatchObject({ ts: parent.ts, subtype: "tombstone", user: "USLACKBOT" });
    expect(JSON.stringify(body)).not.toContain("a secret");
    api.remove(id, reply.ts);
    api.remove(id, parent.ts);
    expect(api.find(id, parent.ts)).toBeUndefined();
  });

  it("an unlisted app gets fifteen messages, however many it asks for", async () => {
    const { ask, channel } = setUpSlack({ distribution: "unlisted" });
    const id = channel("support");
    await ask("conversations.join", { channel: id });
    for (const limit of [undefined, 999]) {
      const { body } = await ask("conversations.history", { channel: id, ...(limit && { limit }) });
      expect(body.messages).toHaveLength(15);
      expect(body.has_more).toBe(true);
    }
  });
});

describe("lists", () => {
  it.each([
    ["conversations.list", "channels", { limit: 2, types: "public_channel" }],
    ["users.list", "members", { limit: 3 }],
    ["conversations.history", "messages", { limit: 6 }],
  ] as const)("%s: with short pages some are empty, and nothing is lost", async (method, field, args) => {
    const { ask, emulator, id } = await joined();
    const whole = (await all(ask, method, field, { ...args, channel: id })).flat();
    emulator.behaviour.pages = "short";
    const pages = await all(ask, method, field, { ...args, channel: id });
    expect(pages.slice(0, -1).some((page) => page.length < args.limit)).toBe(true);
    expect(pages.slice(0, -1).some((page) => page.length === 0)).toBe(true);
    expect(pages.flat()).toEqual(whole);
  });

  it("refuses a cursor of another list and a limit that is no number", async () => {
    const { ask } = setUpSlack();
    const { body } = await ask("users.list", { limit: 2 });
    const cursor = body.response_metadata.next_cursor;
    expect((await ask("conversations.list", { cursor })).body.error).toBe("invalid_cursor");
    expect((await ask("conversations.list", { limit: "many" })).body.error).toBe("invalid_limit");
    expect((await ask("conversations.list", { types: "secret" })).body.error).toBe("invalid_types");
  });

  it("users.list gives everybody without a limit, or refuses, as large workspaces do", async () => {
    const { ask, emulator } = setUpSlack();
    expect((await ask("users.list")).body.members).toHaveLength(emulator.snapshot().users.size);
    emulator.behaviour.limitRequired = true;
    expect((await ask("users.list")).body.error).toBe("limit_required");
    expect((await ask("users.list", { limit: 200 })).body.ok).toBe(true);
  });

  it("users.conversations is where the bot is", async () => {
    const { ask, id } = await joined();
    const { body } = await ask("users.conversations", { types: "public_channel,private_channel" });
    expect(body.channels.map((one: { id: string }) => one.id)).toEqual([id]);
  });
});
