import { getResponse } from "msw";
import { describe, expect, it } from "vitest";
import { setUpSlack, slackAsker } from "../../test/slack-requests.ts";
import { manualClock, slackEmulator } from "../index.ts";

describe("the emulator in a program", () => {
  it("answers as msw handlers for the vendor's hosts", async () => {
    const { emulator, token } = setUpSlack();
    const request = new Request("https://slack.com/api/auth.test", {
      headers: { authorization: `Bearer ${token}` },
    });
    const answer = await getResponse([...emulator.handlers], request);
    expect(await answer?.json()).toMatchObject({ ok: true, team_id: emulator.workspace.id });
    expect(await getResponse([...emulator.handlers], new Request("https://example.com/"))).toBeUndefined();
  });

  it("a call that fails has status 200 and ok:false, whatever failed", async () => {
    const { ask, emulator } = setUpSlack();
    for (const [method, error] of [
      ["no.such.method", "unknown_method"],
      ["conversations.info", "invalid_arguments"],
    ]) {
      const { body, status } = await ask(method ?? "");
      expect([status, body.ok, body.error]).toEqual([200, false, error]);
    }
    const stranger = await slackAsker(emulator, "xoxb-nobody-000000000000000000000000")("auth.test");
    expect(stranger.body.error).toBe("invalid_auth");
    expect((await emulator.fetch(new Request("https://slack.com/other"))).status).toBe(404);
  });

  it("takes GET, forms and JSON, but no token in the query and no JSON where a method reads", async () => {
    const { channel, emulator, token } = setUpSlack();
    const authorization = `Bearer ${token}`;
    const call = async (path: string, init: RequestInit = {}) =>
      (await (await emulator.fetch(new Request(`https://slack.com/api/${path}`, init))).json()) as Record<
        string,
        unknown
      >;
    const id = channel("general");
    expect(await call(`conversations.info?channel=${id}`, { headers: { authorization } })).toMatchObject({
      ok: true,
    });
    expect(await call(`auth.test?token=${token}`)).toMatchObject({ error: "not_authed" });
    const body = new URLSearchParams({ token });
    expect(await call("auth.test", { method: "POST", body })).toMatchObject({ ok: true });
    const json = { method: "POST", headers: { authorization, "content-type": "application/json" } };
    expect(
      await call("conversations.join", { ...json, body: JSON.stringify({ channel: id }) }),
    ).toMatchObject({ ok: true });
    expect(
      await call("conversations.info", { ...json, body: JSON.stringify({ channel: id }) }),
    ).toMatchObject({
      error: "invalid_arguments",
    });
    expect(await call("chat.postMessage", { ...json, body: "{" })).toMatchObject({ error: "invalid_json" });
    expect(await call("chat.postMessage", { ...json, body: "[]" })).toMatchObject({
      error: "json_not_object",
    });
    const text = { method: "POST", headers: { authorization, "content-type": "text/plain" }, body: "x" };
    expect(await call("auth.test", text)).toMatchObject({ error: "invalid_post_type" });
  });

  it("names the scope that is missing and the ones that are there, and sends both as headers", async () => {
    const { ask, channel } = setUpSlack({}, ["channels:read"]);
    const { body, headers } = await ask("conversations.history", { channel: channel("general") });
    expect(body).toMatchObject({
      ok: false,
      error: "missing_scope",
      needed: "channels:history,groups:history,mpim:history,im:history",
      provided: "channels:read",
    });
    expect(headers.get("x-oauth-scopes")).toBe("channels:read");
    expect(headers.get("x-accepted-oauth-scopes")).toContain("channels:history");
    const kinds = await ask("conversations.list", { types: "public_channel,private_channel" });
    expect(kinds.body).toMatchObject({ error: "missing_scope", needed: "groups:read" });
  });

  it("the ledger tells methods, channels and their kinds apart and holds no secret", async () => {
    const { ask, channel, emulator, token } = setUpSlack();
    await ask("conversations.info", { channel: channel("general") });
    const direct = await ask("conversations.open", { users: emulator.workspace.workspace.ownerId });
    await ask("conversations.history", { channel: direct.body.channel.id });
    expect(
      emulator.ledger.requests.map(({ kind, objectType, account }) => [kind, objectType, account]),
    ).toEqual([
      ["conversations.info", "public_channel", 1],
      ["conversations.open", "", 1],
      ["conversations.history", "im", 1],
    ]);
    expect(emulator.ledger.count({ subject: channel("general") })).toBe(1);
    expect(JSON.stringify(emulator.ledger.requests)).not.toContain(token);
  });

  it("two workspaces know nothing of each other", async () => {
    const { ask, emulator } = setUpSlack();
    const other = emulator.addWorkspace({ seed: 6 });
    const foreign = other.conversation("general").id;
    expect((await ask("conversations.info", { channel: foreign })).body.error).toBe("channel_not_found");
    expect(() => emulator.addWorkspace({ seed: 6, name: "Again" })).toThrow(RangeError);
  });

  it("is the same for the same seed, to the byte, and different for another", () => {
    const whole = (seed: number) => {
      const emulator = slackEmulator({ seed, clock: manualClock() });
      const { conversations, users } = emulator.snapshot();
      return JSON.stringify([
        [...users],
        [...conversations].map(([id, one]) => [id, one.name, one.members, [...one.messages]]),
        emulator.planted,
      ]);
    };
    expect(whole(4)).toBe(whole(4));
    expect(whole(4)).not.toBe(whole(5));
  });

  it("a seeded workspace has guests, bots, people who left, threads, edits, and facts that stand once", () => {
    const { emulator } = setUpSlack();
    const { conversations, users } = emulator.snapshot();
    const people = [...users.values()];
    const guests = people.filter((one) => one.guest !== "no").map((one) => one.guest);
    expect(guests.sort()).toEqual(["multi", "single"]);
    expect(people.filter((one) => one.isBot).map((one) => one.name)).toEqual(["pagerbird", "halo"]);
    expect(people.some((one) => one.deleted)).toBe(true);
    expect(people.some((one) => !one.isBot && one.email === undefined)).toBe(true);
    const messages = [...conversations.values()].flatMap((one) => [...one.messages.values()]);
    expect(
      messages.filter((one) => one.threadTs !== undefined && one.threadTs !== one.ts).length,
    ).toBeGreaterThan(100);
    expect(messages.filter((one) => one.editedTs !== undefined).length).toBeGreaterThan(5);
    for (const { channel, phrase, ts } of emulator.planted) {
      const found = messages.filter((one) => one.text.includes(phrase));
      expect(found.map((one) => one.ts)).toEqual([ts]);
      expect(conversations.get(channel)?.messages.get(ts)?.text).toContain(phrase);
    }
    for (const one of conversations.values())
      expect([...one.messages.keys()]).toEqual([...one.messages.keys()].sort());
  });

  it("a channel has at least as many messages as the vendor lets read at once, when asked for", () => {
    const emulator = slackEmulator({
      clock: manualClock(),
      size: { publicChannels: 1, privateChannels: 0, messages: 1_200 },
    });
    expect(
      emulator.snapshot().conversations.get(emulator.workspace.conversation("general").id)?.messages.size,
    ).toBeGreaterThan(1_100);
  });
});

describe("faults", () => {
  it.each([
    ["no-id", {}],
    ["wrong-types", { text: ["not", "text"] }],
    ["bad-date", { ts: "soon" }],
  ] as const)("F27 a message of a page is malformed: %s", async (how, expected) => {
    const { ask, channel, emulator } = setUpSlack();
    await ask("conversations.join", { channel: channel("general") });
    emulator.faults.add({
      match: { kind: "conversations.history" },
      times: 1,
      effect: { type: "malformedRecord", how },
    });
    const { body } = await ask("conversations.history", { channel: channel("general"), limit: 5 });
    expect(body.messages[0]).toMatchObject(expected);
    if (how === "no-id") expect(body.messages[0]).not.toHaveProperty("ts");
    expect(body.messages[1].ts).toMatch(/^\d+\.\d{6}$/);
  });

  it("F28 F29 a cursor repeats, expires, and records come twice", async () => {
    const { ask, channel, emulator } = setUpSlack();
    const args = { channel: channel("general"), limit: 5 };
    await ask("conversations.join", args);
    const { body: first } = await ask("conversations.history", args);
    const cursor = first.response_metadata.next_cursor;
    emulator.faults.add({ times: 1, effect: { type: "repeatCursor" } });
    expect((await ask("conversations.history", { ...args, cursor })).body.response_metadata.next_cursor).toBe(
      cursor,
    );
    emulator.faults.add({ times: 1, effect: { type: "expireCursor" } });
    expect((await ask("conversations.history", { ...args, cursor })).body.error).toBe("invalid_cursor");
    emulator.faults.add({ times: 1, effect: { type: "duplicateRecords", count: 2 } });
    expect((await ask("conversations.history", args)).body.messages).toHaveLength(7);
  });

  it("F43 F23 work may be done although the answer says otherwise, or never comes", async () => {
    const { ask, channel, emulator } = setUpSlack();
    const id = channel("general");
    await ask("conversations.join", { channel: id });
    const texts = () =>
      [...(emulator.snapshot().conversations.get(id)?.messages.values() ?? [])].map((one) => one.text);
    const match = { kind: "chat.postMessage" };
    emulator.faults.add({
      match,
      times: 1,
      effect: { type: "status", status: 200, body: { ok: false, error: "fatal_error" }, executed: true },
    });
    expect((await ask("chat.postMessage", { channel: id, text: "done" })).body.error).toBe("fatal_error");
    emulator.faults.add({ match, times: 1, effect: { type: "status", status: 503 } });
    expect((await ask("chat.postMessage", { channel: id, text: "never" })).status).toBe(503);
    emulator.faults.add({ match, times: 1, effect: { type: "reset", afterBytes: 0 } });
    await expect(ask("chat.postMessage", { channel: id, text: "cut" })).rejects.toThrow(TypeError);
    expect(texts()).toContain("done");
    expect(texts()).toContain("cut");
    expect(texts()).not.toContain("never");
  });

  it("F30 messages change behind the reader", async () => {
    const { ask, channel, emulator } = setUpSlack();
    const id = channel("general");
    await ask("conversations.join", { channel: id });
    const before = JSON.stringify([...(emulator.snapshot().conversations.get(id)?.messages ?? [])]);
    emulator.faults.add({ times: 1, effect: { type: "drift", edits: 50, creations: 20, deletions: 20 } });
    await ask("conversations.history", { channel: id });
    expect(JSON.stringify([...(emulator.snapshot().conversations.get(id)?.messages ?? [])])).not.toBe(before);
  });
});

describe("from another process", () => {
  const control = async (
    emulator: ReturnType<typeof setUpSlack>["emulator"],
    method: string,
    path: string,
    body?: unknown,
  ) =>
    emulator.control(
      new Request(`http://x/_emulator/${path}`, {
        method,
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    );

  it("steers and reads all that a test in the process can", async () => {
    const { ask, channel, emulator } = setUpSlack({ fetch: async () => new Response() });
    expect(await (await control(emulator, "GET", "app"))?.json()).toMatchObject({
      teamId: emulator.workspace.id,
    });
    const id = channel("general");
    const owner = emulator.workspace.workspace.ownerId;
    const made = await control(emulator, "POST", "change/post", {
      args: [{ channel: id, user: owner, text: "from afar" }],
    });
    expect(await made?.json()).toMatchObject({ ts: expect.stringMatching(/^\d+\.\d{6}$/) });
    expect(await (await control(emulator, "GET", "transcript?channel=general"))?.text()).toContain(
      "from afar",
    );
    await control(emulator, "POST", "faults", { times: 1, effect: { type: "expiredToken" } });
    expect((await ask("auth.test")).body.error).toBe("token_expired");
    expect(await (await control(emulator, "GET", "ledger?summary"))?.json()).toMatchObject({
      byKind: { "auth.test": 1 },
    });
    await control(emulator, "POST", "webhooks", { targetUrl: "https://halo.example.com/hook" });
    await control(emulator, "POST", "uninstall", {});
    expect((await ask("auth.test")).body.error).toBe("account_inactive");
    expect((await control(emulator, "POST", "change/nothing", {}))?.status).toBe(400);
    expect((await control(emulator, "GET", "app?team=T0"))?.status).toBe(404);
    expect(await control(emulator, "GET", "nothing")).toBeUndefined();
  });
});
