import { describe, expect, it } from "vitest";
import { fathomAsker, setUpFathom } from "../../test/fathom-requests.ts";
import type { FathomTrigger } from "../index.ts";
import { signFathom } from "./sign.ts";

// biome-ignore lint/suspicious/noExplicitAny: bodies are read freely in tests
type Heard = { readonly headers: Headers; readonly text: string; readonly body: any };

function setUp(statuses: readonly number[] = [200], triggers: readonly FathomTrigger[] = ["my_recordings"]) {
  const heard: Heard[] = [];
  const answers = [...statuses];
  const setup = setUpFathom({
    fetch: async (input, init) => {
      const request = new Request(input, init);
      const text = await request.text();
      heard.push({ headers: request.headers, text, body: JSON.parse(text) });
      const status = answers.length > 1 ? (answers.shift() ?? 200) : (answers[0] ?? 200);
      return new Response(null, { status });
    },
  });
  const { account, emulator } = setup;
  const subscribe = (triggeredFor: readonly FathomTrigger[] = triggers, email = account.ownerEmail) =>
    emulator.webhooks.create({
      account: 1,
      email,
      url: "https://halo.example.com/fathom/c1",
      triggeredFor,
      transcript: true,
      summary: true,
      actionItems: true,
      crmMatches: false,
    });
  const mine = (more = {}) => account.record({ recordedBy: account.ownerEmail, ...more });
  return { ...setup, heard, subscribe, mine, webhooks: emulator.webhooks, settle: emulator.webhooks.settled };
}

describe("deliveries", () => {
  it("are signed over their raw body, id and time", async () => {
    const { clock, heard, mine, settle, subscribe } = setUp();
    const { secret } = subscribe();
    mine({ title: "Zoë & Søren – Rückblick" });
    await settle();
    const [one] = heard;
    const messageId = one?.headers.get("webhook-id") ?? "";
    expect(messageId).toMatch(/^msg_\w{27}$/);
    const timestamp = clock.now() / 1_000;
    expect(Object.fromEntries(one?.headers ?? [])).toMatchObject(
      signFathom({ secret, body: one?.text ?? "", messageId, timestamp }),
    );
    expect(one?.body).toMatchObject({
      title: "Zoë & Søren – Rückblick",
      transcript: expect.any(Array),
      default_summary: { template_name: "general" },
    });
    expect(one?.body).not.toHaveProperty("crm_matches");
  });

  it("wait for the summary, come once, and tell of no later change", async () => {
    const { account, heard, mine, settle, subscribe } = setUp();
    subscribe();
    const { recordingId } = mine({ transcript: "later", summary: "later" });
    mine({ summary: "never" });
    account.finishTranscript(recordingId);
    await settle();
    expect(heard).toEqual([]);
    account.finish(recordingId);
    account.finish(recordingId);
    account.rename(recordingId, "Other");
    account.editSummary(recordingId, "Other");
    account.share(recordingId, "no_teams");
    await settle();
    expect(heard.map(({ body }) => body.recording_id)).toEqual([recordingId]);
  });

  const recorders = (setup: ReturnType<typeof setUp>) => {
    const users = [...setup.account.account.users.values()];
    const mate = users.find(
      ({ email, team }) => email !== setup.account.ownerEmail && team === users[0]?.team,
    );
    return { mate: mate?.email ?? "" };
  };

  it.each([
    ["my_recordings", ["mine, shared", "mine, kept"]],
    ["my_shared_with_team_recordings", ["mine, shared"]],
    ["shared_team_recordings", ["theirs, shared"]],
    ["shared_external_recordings", []],
  ] as const)("for %s tell of these alone", async (trigger, titles) => {
    const setup = setUp();
    const { account, heard, mine, settle, subscribe } = setup;
    subscribe([trigger]);
    mine({ title: "mine, shared", sharedWith: "single_team" });
    mine({ title: "mine, kept", sharedWith: "no_teams" });
    account.record({ title: "theirs, shared", recordedBy: recorders(setup).mate });
    account.record({ title: "theirs, kept", recordedBy: recorders(setup).mate, sharedWith: "no_teams" });
    await settle();
    expect(heard.map(({ body }) => body.title)).toEqual(titles);
  });

  it("tell of what outsiders recorded and shared", async () => {
    const { account, heard, settle, subscribe, webhooks } = setUp();
    subscribe(["shared_external_recordings"]);
    const outside = account.meeting(account.awkward.get("by_guest") ?? 0);
    webhooks.onReady(account.account, outside);
    await settle();
    expect(heard.map(({ body }) => body.recording_id)).toEqual([outside.recordingId]);
  });

  it("go to nobody who was deactivated, nor to another organisation", async () => {
    const { account, emulator, heard, mine, settle, subscribe } = setUp();
    subscribe();
    emulator.addAccount({ seed: 8 }).record();
    await settle();
    expect(heard).toEqual([]);
    account.deactivateUser(account.ownerEmail);
    mine();
    await settle();
    expect(heard).toEqual([]);
  });

  it("F50 come twice, under ids of their own, to whoever made two webhooks", async () => {
    const { heard, mine, settle, subscribe } = setUp();
    subscribe();
    subscribe();
    mine();
    await settle();
    expect(heard.map(({ body }) => body.recording_id)).toHaveLength(2);
    expect(new Set(heard.map(({ body }) => body.recording_id)).size).toBe(1);
    expect(new Set(heard.map(({ headers }) => headers.get("webhook-id"))).size).toBe(2);
  });

  it("F50 come in copies, under the same id or fresh ones", async () => {
    const { heard, mine, settle, subscribe, webhooks } = setUp();
    subscribe();
    webhooks.behaviour.copies = 2;
    mine();
    await settle();
    webhooks.behaviour.freshIds = true;
    mine();
    await settle();
    const sent = heard.map(({ headers }) => headers.get("webhook-id"));
    expect([sent.length, sent[0] === sent[1], sent[2] === sent[3]]).toEqual([4, true, false]);
  });

  it("F57 are signed by a clock that is wrong", async () => {
    const { clock, heard, mine, settle, subscribe, webhooks } = setUp();
    subscribe();
    webhooks.behaviour.skewMs = -360_000;
    mine();
    await settle();
    expect(Number(heard[0]?.headers.get("webhook-timestamp")) * 1_000).toBe(clock.now() - 360_000);
  });

  it.each([500, 404, 301])(
    "of status %i are repeated under the same id, with fresh times",
    async (status) => {
      const { clock, heard, mine, settle, subscribe, webhooks } = setUp([status, status, 204]);
      subscribe();
      mine();
      await clock.advance(5_000);
      expect(heard).toHaveLength(2);
      await clock.advance(300_000);
      await settle();
      expect(heard).toHaveLength(3);
      expect(webhooks.lost).toEqual([]);
      expect(new Set(heard.map(({ headers }) => headers.get("webhook-id"))).size).toBe(1);
      expect(new Set(heard.map(({ headers }) => headers.get("webhook-timestamp"))).size).toBe(3);
    },
  );

  it("end after eight attempts", async () => {
    const { clock, heard, mine, settle, subscribe, webhooks } = setUp([500]);
    subscribe();
    mine();
    await clock.advance(48 * 3_600_000);
    await settle();
    expect([heard.length, webhooks.lost.length]).toEqual([8, 1]);
  });

  it("end with their webhook", async () => {
    const { clock, heard, mine, settle, subscribe, webhooks } = setUp([500]);
    const { id } = subscribe();
    mine();
    await clock.advance(0);
    webhooks.remove(id);
    await clock.advance(48 * 3_600_000);
    await settle();
    expect(heard).toHaveLength(1);
  });
});

describe("a webhook", () => {
  const wish = {
    destination_url: "https://x.example",
    triggered_for: ["my_recordings"],
    include_summary: true,
  };

  it.each([
    ["no address", { ...wish, destination_url: "x" }],
    ["no trigger", { ...wish, triggered_for: [] }],
    ["a trigger that is none", { ...wish, triggered_for: ["everything"] }],
    ["no part", { ...wish, include_summary: false }],
  ])("is refused for %s", async (_, json) => {
    const { ask } = setUp();
    expect((await ask("/webhooks", { method: "POST", json })).status).toBe(400);
  });

  it("is refused for a body that is no JSON", async () => {
    const { ask } = setUp();
    expect((await ask("/webhooks", { method: "POST", body: "{" })).status).toBe(400);
  });

  it("is deleted by its own person alone, once", async () => {
    const { account, ask, emulator } = setUp();
    const { body } = await ask("/webhooks", { method: "POST", json: wish });
    const email = [...account.account.users.keys()][1] ?? "";
    const other = fathomAsker(emulator, { "x-api-key": account.issueKey({ email }) });
    const path = `/webhooks/${body.id}`;
    expect((await other(path, { method: "DELETE" })).status).toBe(404);
    expect((await ask(path, { method: "DELETE" })).status).toBe(204);
    expect((await ask(path, { method: "DELETE" })).status).toBe(404);
  });

  it("cannot be listed or read", async () => {
    const { ask } = setUp();
    expect([(await ask("/webhooks")).status, (await ask("/webhooks/x")).status]).toEqual([404, 404]);
  });
});

it("sends a body again, or one made up, and signs any", async () => {
  const { heard, subscribe, webhooks } = setUp();
  const { id, secret } = subscribe();
  expect((await webhooks.send(id, { made: "up" })).status).toBe(200);
  expect(heard[0]?.body).toEqual({ made: "up" });
  await expect(webhooks.send("nobody", {})).rejects.toThrow("No webhook nobody");
  const { body, headers } = webhooks.sign("{}", { secret, messageId: "msg_1" });
  expect(headers).toMatchObject(
    signFathom({ secret, body, messageId: "msg_1", timestamp: Number(headers["webhook-timestamp"]) }),
  );
});
