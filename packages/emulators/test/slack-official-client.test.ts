import { ErrorCode, WebClient } from "@slack/web-api";
import { afterAll, beforeAll, expect, it } from "vitest";
import { manualClock, slackEmulator } from "../src/index.ts";
import { type Served, serve } from "../src/serve/index.ts";
import { ALL_SLACK_SCOPES } from "./slack-requests.ts";

// The vendor's own client, unchanged but for its URL.

const clock = manualClock();
const emulator = slackEmulator({ seed: 11, clock, limits: "none", tokenRotation: true });
let served: Served;
let client: WebClient;
let refreshToken: string;

const options = () => ({
  slackApiUrl: `${served.url}/api/`,
  retryConfig: { retries: 0 },
  rejectRateLimitedCalls: true,
});

/** What a page holds under a name; the client's pages are untyped. */
const list = <T>(page: object, name: string) => (page as Record<string, unknown>)[name] as T[];

beforeAll(async () => {
  served = await serve(emulator);
  const query = new URLSearchParams({
    client_id: emulator.clientId,
    scope: ALL_SLACK_SCOPES.join(","),
    redirect_uri: "http://localhost/cb",
    state: "s1",
  });
  const page = await fetch(`${served.url}/oauth/v2/authorize?${query}`, { redirect: "manual" });
  const back = new URL(page.headers.get("location") ?? "");
  expect(back.searchParams.get("state")).toBe("s1");
  const tokens = await new WebClient(undefined, options()).oauth.v2.access({
    client_id: emulator.clientId,
    client_secret: emulator.clientSecret,
    code: back.searchParams.get("code") ?? "",
    redirect_uri: "http://localhost/cb",
  });
  expect(tokens).toMatchObject({ ok: true, token_type: "bot", expires_in: 43_200, team: { name: "Acme" } });
  refreshToken = tokens.refresh_token ?? "";
  client = new WebClient(tokens.access_token, options());
});

afterAll(async () => {
  await served?.close();
  emulator.close();
});

it("identifies itself, and hears which scopes it has", async () => {
  const who = await client.auth.test();
  expect(who).toMatchObject({ ok: true, team_id: emulator.workspace.id, bot_id: emulator.workspace.botId });
  expect(who.response_metadata?.scopes).toEqual(ALL_SLACK_SCOPES);
  expect((await client.team.info()).team?.domain).toBe(emulator.workspace.workspace.domain);
});

it("pages through channels, people and members as the snapshot holds them", async () => {
  const truth = emulator.snapshot();
  const channels: (string | undefined)[] = [];
  for await (const page of client.paginate("conversations.list", { limit: 3, types: "public_channel" })) {
    channels.push(...list<{ id: string }>(page, "channels").map(({ id }) => id));
  }
  const open = [...truth.conversations.values()].filter((one) => one.kind === "public_channel");
  expect(channels).toEqual(open.map(({ id }) => id).sort());
  const people: (string | undefined)[] = [];
  for await (const page of client.paginate("users.list", { limit: 5 })) {
    people.push(...list<{ id: string }>(page, "members").map(({ id }) => id));
  }
  expect(people).toEqual([...truth.users.keys()].sort());
  const [id = ""] = channels;
  const { members } = await client.conversations.members({ channel: id ?? "", limit: 200 });
  expect(members).toEqual([...(truth.conversations.get(id)?.members ?? [])].sort());
});

it("joins a channel and reads every message of it, threads included", async () => {
  const channel = emulator.workspace.conversation("support").id;
  await expect(client.conversations.history({ channel })).rejects.toMatchObject({
    code: ErrorCode.PlatformError,
    data: { ok: false, error: "not_in_channel" },
  });
  await client.conversations.join({ channel });
  const truth = emulator.snapshot().conversations.get(channel);
  const seen: string[] = [];
  for await (const page of client.paginate("conversations.history", { channel, limit: 7 })) {
    for (const one of list<{ ts: string; reply_count?: number }>(page, "messages")) {
      seen.push(one.ts);
      if (!one.reply_count) continue;
      const { messages = [] } = await client.conversations.replies({ channel, ts: one.ts });
      expect(messages[0]?.ts).toBe(one.ts);
      seen.push(...messages.slice(1).map(({ ts }) => ts ?? ""));
    }
  }
  expect(seen.sort()).toEqual([...(truth?.messages.keys() ?? [])]);
});

it("posts with blocks and metadata, answers in the thread, updates, links and deletes", async () => {
  const channel = emulator.workspace.conversation("sales").id;
  await client.conversations.join({ channel });
  const metadata = { event_type: "halo_post", event_payload: { key: "k1" } };
  const blocks = [{ type: "section", text: { type: "mrkdwn", text: "*Deal* won" } }];
  const posted = await client.chat.postMessage({ channel, text: "Deal won", blocks, metadata });
  const ts = posted.ts ?? "";
  const reply = await client.chat.postMessage({ channel, text: "Well done", thread_ts: ts });
  expect(reply.message).toMatchObject({ thread_ts: ts, bot_id: emulator.workspace.botId });
  const { messages } = await client.conversations.history({ channel, include_all_metadata: true, limit: 1 });
  expect(messages?.[0]).toMatchObject({ ts, metadata, reply_count: 1 });
  await client.chat.update({ channel, ts, text: "Deal won twice" });
  expect(emulator.workspace.find(channel, ts)).toMatchObject({
    text: "Deal won twice",
    blocks: [{ type: "section" }],
  });
  await client.chat.update({ channel, ts, text: "Deal", blocks: [] });
  expect(emulator.workspace.find(channel, ts)?.blocks).toEqual([]);
  const { permalink } = await client.chat.getPermalink({ channel, message_ts: ts });
  expect(permalink).toMatch(new RegExp(`/archives/${channel}/p${ts.replace(".", "")}$`));
  await client.chat.delete({ channel, ts: reply.ts ?? "" });
  expect(emulator.workspace.find(channel, reply.ts ?? "")).toBeUndefined();
});

it("finds people by address, and opens direct messages", async () => {
  const [, second] = [...emulator.snapshot().users.values()];
  const found = await client.users.lookupByEmail({ email: second?.email ?? "" });
  expect(found.user?.profile?.email).toBe(second?.email);
  const opened = await client.conversations.open({ users: found.user?.id ?? "" });
  expect(opened.channel?.id).toMatch(/^D/);
});

it("is told when to come again", async () => {
  emulator.faults.add({
    match: { kind: "auth.test" },
    times: 1,
    effect: { type: "status", status: 429, retryAfter: 7 },
  });
  await expect(client.auth.test()).rejects.toMatchObject({ code: ErrorCode.RateLimitedError, retryAfter: 7 });
});

it("refreshes once with one token, and ends with the install", async () => {
  const { clientId: client_id, clientSecret: client_secret } = emulator;
  const plain = new WebClient(undefined, options());
  const refresh = {
    client_id,
    client_secret,
    grant_type: "refresh_token",
    refresh_token: refreshToken,
  } as const;
  const fresh = await plain.oauth.v2.access(refresh);
  await expect(plain.oauth.v2.access(refresh)).rejects.toMatchObject({
    data: { error: "invalid_refresh_token" },
  });
  const renewed = new WebClient(fresh.access_token, options());
  expect((await renewed.auth.test()).ok).toBe(true);
  await renewed.apps.uninstall({ client_id, client_secret });
  await expect(renewed.auth.test()).rejects.toMatchObject({ data: { error: "account_inactive" } });
});
