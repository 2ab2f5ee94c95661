import { describe, expect, it } from "vitest";
import { inPath, setUpZoom, zoomAsker } from "../../test/zoom-requests.ts";
import type { ZoomEmulatorOptions } from "../index.ts";
import { encryptToken, signZoom } from "./sign.ts";

const HOOK = "https://halo.example.com/zoom/webhook";

// biome-ignore lint/suspicious/noExplicitAny: bodies are read freely in tests
type Heard = { readonly url: string; readonly headers: Headers; readonly text: string; readonly body: any };

/** An emulator whose deliveries are heard, and answered with the statuses given, the last one for ever. */
function setUp(options: ZoomEmulatorOptions = {}, statuses: readonly number[] = [200]) {
  const heard: Heard[] = [];
  const answers = [...statuses];
  const setup = setUpZoom({
    ...options,
    fetch: async (input, init) => {
      const request = new Request(input, init);
      const text = await request.text();
      heard.push({ url: request.url, headers: request.headers, text, body: JSON.parse(text) });
      const status = answers.length > 1 ? (answers.shift() ?? 200) : (answers[0] ?? 200);
      if (status === 0) throw new TypeError("fetch failed");
      return new Response(null, { status });
    },
  });
  const { webhooks } = setup.emulator;
  const events = () => heard.map(({ body }) => body.event);
  return { ...setup, heard, webhooks, events, settle: webhooks.settled };
}

describe("deliveries", () => {
  it("tell of a meeting from its beginning to its transcript, in order", async () => {
    const { account, events, settle, webhooks } = setUp();
    webhooks.subscribe({ targetUrl: HOOK });
    const { participants } = account.hold();
    await settle();
    const people = (event: string) => participants.map(() => event);
    expect(events()).toEqual([
      "meeting.started",
      ...people("meeting.participant_joined"),
      ...people("meeting.participant_left"),
      "meeting.ended",
      "recording.completed",
      "recording.transcript_completed",
      "meeting.summary_completed",
    ]);
  });

  it("are signed over their raw body with the time at which they leave", async () => {
    const { account, clock, emulator, heard, settle, webhooks } = setUp();
    webhooks.subscribe({ targetUrl: HOOK, events: ["meeting.ended"] });
    account.hold({ topic: "Zoë & Søren — Rückblick" });
    await settle();
    const [one] = heard;
    const timestamp = clock.now() / 1_000;
    expect(one?.headers.get("x-zm-request-timestamp")).toBe(String(timestamp));
    const signed = signZoom({ secret: emulator.secretToken, body: one?.text ?? "", timestamp });
    expect(one?.headers.get("x-zm-signature")).toBe(signed["x-zm-signature"]);
    expect(one?.headers.get("x-zm-request-id")).toMatch(/^\w{8}_\w{4}_\w{4}_\w{4}_\w{12}$/);
  });

  it("T01 of a forger are signed with another secret", async () => {
    const { account, emulator, heard, settle, webhooks } = setUp();
    webhooks.subscribe({ targetUrl: HOOK, events: ["meeting.ended"], secret: "other" });
    account.hold();
    await settle();
    const timestamp = Number(heard[0]?.headers.get("x-zm-request-timestamp"));
    const genuine = signZoom({ secret: emulator.secretToken, body: heard[0]?.text ?? "", timestamp });
    expect(heard[0]?.headers.get("x-zm-signature")).not.toBe(genuine["x-zm-signature"]);
  });

  it("of a transcript bring an address and a token that opens it for a day, and nothing else", async () => {
    const { account, clock, emulator, heard, settle, webhooks } = setUp();
    webhooks.subscribe({ targetUrl: HOOK, events: ["recording.transcript_completed"] });
    const { uuid } = account.hold({ vtt: "WEBVTT\n\nhi" });
    account.hold();
    await settle();
    const { download_token, payload } = heard[0]?.body ?? {};
    expect(payload).toMatchObject({ account_id: account.id, object: { uuid, recording_count: 1 } });
    const [file] = payload.object.recording_files;
    expect(new URL(file.download_url).pathname).toMatch(/^\/rec\/webhook_download\//);
    const read = zoomAsker(emulator, download_token);
    expect(await read(file.download_url)).toMatchObject({ status: 200, body: "WEBVTT\n\nhi" });
    expect((await read(heard[1]?.body.payload.object.recording_files[0].download_url)).status).toBe(401);
    expect((await read("/v2/users/me")).status).toBe(401);
    clock.set(clock.now() + 86_400_000);
    expect((await read(file.download_url)).status).toBe(401);
  });

  it("of a recording come before its transcript is there, that of the transcript later", async () => {
    const { account, events, heard, settle, webhooks } = setUp();
    webhooks.subscribe({
      targetUrl: HOOK,
      events: ["recording.completed", "recording.transcript_completed"],
    });
    const { uuid } = account.hold({ transcript: "later" });
    await settle();
    expect(events()).toEqual(["recording.completed"]);
    const kinds = heard[0]?.body.payload.object.recording_files.map(
      (file: { file_type: string }) => file.file_type,
    );
    expect(kinds).toEqual(["MP4", "M4A"]);
    account.completeTranscript(uuid, "WEBVTT\n\nlate");
    await settle();
    expect(events()).toEqual(["recording.completed", "recording.transcript_completed"]);
  });

  it("F33 tell what is trashed, recovered and deleted, the last without a token", async () => {
    const { account, events, heard, settle, webhooks } = setUp();
    const { uuid } = account.hold();
    webhooks.subscribe({ targetUrl: HOOK });
    account.trashRecording(uuid);
    account.recoverRecording(uuid);
    account.deleteRecording(uuid);
    await settle();
    expect(events()).toEqual(["recording.trashed", "recording.recovered", "recording.deleted"]);
    expect(heard.map(({ body }) => "download_token" in body)).toEqual([true, true, false]);
    expect(heard[2]?.body.payload.object.recording_files).toHaveLength(3);
  });

  it("tell of people who come, stop and go", async () => {
    const { account, events, settle, webhooks } = setUp();
    webhooks.subscribe({ targetUrl: HOOK });
    const { id } = account.addUser({ email: "new@example.com", firstName: "Nele", lastName: "New" });
    account.deactivateUser(id);
    account.deleteUser("new@example.com");
    await settle();
    expect(events()).toEqual(["user.created", "user.deactivated", "user.deleted"]);
  });

  it("end with the app's removal, which has no time of its own at the top", async () => {
    const { account, emulator, heard, settle, webhooks } = setUp();
    webhooks.subscribe({ targetUrl: HOOK });
    account.deauthorize();
    account.hold();
    await settle();
    expect(heard).toHaveLength(1);
    expect(heard[0]?.body).toEqual({
      event: "app_deauthorized",
      payload: expect.objectContaining({ account_id: account.id, client_id: emulator.clientId }),
    });
  });

  it("go to nobody who was not granted the scope, is not there, or did not ask", async () => {
    const { emulator, heard, settle, webhooks } = setUp();
    const other = emulator.addAccount({ seed: 9 });
    webhooks.subscribe({ targetUrl: HOOK, accountId: other.id });
    webhooks.subscribe({ targetUrl: HOOK, events: ["user.created"] });
    other.hold();
    await settle();
    expect(heard).toEqual([]);
    other.issueAccessToken({ scopes: ["meeting:read:meeting:admin"] });
    other.hold();
    await settle();
    expect(heard.map(({ body }) => body.event)).toEqual(["meeting.started", "meeting.ended"]);
  });

  it("of an app of one person tell of that person's meetings alone", async () => {
    const { account, heard, settle, webhooks } = setUp({ management: "user" });
    webhooks.subscribe({ targetUrl: HOOK, events: ["meeting.ended"] });
    const [owner, stranger] = [...account.account.users.values()];
    account.hold({ host: stranger?.email ?? "" });
    account.hold({ host: owner?.email ?? "", topic: "Mine" });
    await settle();
    expect(heard.map(({ body }) => body.payload.object.topic)).toEqual(["Mine"]);
  });

  it("T08 name another account inside than outside, where it is told so", async () => {
    const { account, heard, settle, webhooks } = setUp({ behaviour: { otherObjectAccount: true } });
    webhooks.subscribe({ targetUrl: HOOK, events: ["recording.completed"] });
    account.hold();
    await settle();
    const { account_id, object } = heard[0]?.body.payload ?? {};
    expect(account_id).toBe(account.id);
    expect(object.account_id).not.toBe(account.id);
  });
});

describe("repeats", () => {
  it.each([503, 500, 0])(
    "of status %i come after 5, 20 and 60 minutes, under the same id",
    async (status) => {
      const { account, clock, heard, settle, webhooks } = setUp({}, [status]);
      webhooks.subscribe({ targetUrl: HOOK, events: ["meeting.ended"] });
      account.hold();
      await clock.advance(0);
      for (const minutes of [5, 20, 60]) {
        const before = heard.length;
        await clock.advance(minutes * 60_000 - 1);
        expect(heard).toHaveLength(before);
        await clock.advance(1);
        expect(heard).toHaveLength(before + 1);
      }
      await settle();
      expect(webhooks.lost).toHaveLength(1);
      expect(new Set(heard.map(({ headers }) => headers.get("x-zm-request-id"))).size).toBe(1);
      expect(new Set(heard.map(({ text }) => text)).size).toBe(1);
      expect(new Set(heard.map(({ headers }) => headers.get("x-zm-request-timestamp"))).size).toBe(4);
    },
  );

  it.each([301, 400, 401, 404])("of status %i never come", async (status) => {
    const { account, clock, heard, settle, webhooks } = setUp({}, [status]);
    webhooks.subscribe({ targetUrl: HOOK, events: ["meeting.ended"] });
    account.hold();
    await clock.advance(86_400_000);
    await settle();
    expect([heard.length, webhooks.lost.length]).toEqual([1, 1]);
  });

  it("F56 keep the first time, where they are told so", async () => {
    const { account, clock, heard, webhooks } = setUp({}, [500, 200]);
    webhooks.behaviour.keepTimestamp = true;
    webhooks.subscribe({ targetUrl: HOOK, events: ["meeting.ended"] });
    account.hold();
    await clock.advance(300_000);
    const times = heard.map(({ headers }) => headers.get("x-zm-request-timestamp"));
    expect([times.length, new Set(times).size]).toEqual([2, 1]);
  });

  it("come for a receiver that takes more than three seconds", async () => {
    const setup = setUpZoom({ fetch: () => new Promise(() => undefined) });
    const { webhooks } = setup.emulator;
    webhooks.subscribe({ targetUrl: HOOK, events: ["meeting.ended"] });
    setup.account.hold();
    await setup.clock.advance(2_999);
    expect(webhooks.attempts).toHaveLength(0);
    await setup.clock.advance(1);
    expect(webhooks.attempts).toMatchObject([{ status: 0, failure: "timeout" }]);
    setup.emulator.close();
  });
});

describe("what can go wrong on the way", () => {
  const hold = async (behaviour: object, meetings = 6) => {
    const setup = setUp();
    Object.assign(setup.webhooks.behaviour, behaviour);
    setup.webhooks.subscribe({ targetUrl: HOOK, events: ["meeting.ended"] });
    for (let i = 0; i < meetings; i++) setup.account.hold({ topic: `${i}` });
    await setup.clock.advance(0);
    return { ...setup, topics: () => setup.heard.map(({ body }) => body.payload.object.topic) };
  };

  it("F50 copies", async () => expect((await hold({ copies: 3 }, 2)).topics()).toHaveLength(6));

  it("F51 another order", async () => {
    const { topics } = await hold({ shuffle: true });
    expect(topics()).not.toEqual([...topics()].sort());
    expect([...topics()].sort()).toEqual(["0", "1", "2", "3", "4", "5"]);
  });

  it("F52 days of delay", async () => {
    const { clock, topics } = await hold({ delayMs: 3 * 86_400_000 }, 1);
    expect(topics()).toEqual([]);
    await clock.advance(3 * 86_400_000);
    expect(topics()).toEqual(["0"]);
  });

  it("F54 loss", async () => {
    const { topics, webhooks } = await hold({ lossProbability: 1 });
    expect([topics(), webhooks.lost.length]).toEqual([[], 6]);
  });

  it("F57 a clock that is wrong", async () => {
    const { clock, heard } = await hold({ skewMs: 360_000 }, 1);
    expect(Number(heard[0]?.headers.get("x-zm-request-timestamp")) * 1_000).toBe(clock.now() + 360_000);
  });

  it("a pause, after which all comes", async () => {
    const { settle, topics, webhooks } = await hold({ paused: true }, 2);
    expect(topics()).toEqual([]);
    webhooks.behaviour.paused = false;
    webhooks.flush();
    await settle();
    expect(topics()).toEqual(["0", "1"]);
  });
});

describe("the challenge", () => {
  const answering = (answer: (plainToken: string, secret: string) => Response | Promise<Response>) => {
    const setup = setUpZoom({
      fetch: async (_, init) => {
        const { event, payload } = JSON.parse(String(init?.body));
        expect(event).toBe("endpoint.url_validation");
        return answer(payload.plainToken, setup.emulator.secretToken);
      },
    });
    return setup.emulator.webhooks;
  };
  const right = (plainToken: string, secret: string) =>
    Response.json({ plainToken, encryptedToken: encryptToken(secret, plainToken) });

  it("is answered rightly", async () => expect(await answering(right).validate(HOOK)).toBe(true));

  it("T07 can hold any text, signed", async () => {
    let asked = "";
    const webhooks = answering((plainToken, secret) => {
      asked = plainToken;
      return right(plainToken, secret);
    });
    expect(await webhooks.validate(HOOK, { plainToken: "v0:1:{}" })).toBe(true);
    expect(asked).toBe("v0:1:{}");
  });

  it.each([
    ["with another secret's answer", (plain: string) => right(plain, "other")],
    [
      "with another text",
      (plain: string, secret: string) =>
        Response.json({ plainToken: "other", encryptedToken: encryptToken(secret, plain) }),
    ],
    ["with nothing", () => new Response()],
    ["with text that is no JSON", () => new Response("ok")],
    [
      "with another status",
      (plain: string, secret: string) =>
        Response.json({ plainToken: plain, encryptedToken: encryptToken(secret, plain) }, { status: 201 }),
    ],
  ])("is answered wrongly %s", async (_, answer) => {
    expect(await answering(answer).validate(HOOK)).toBe(false);
  });

  it("is forgiven its failures when it is answered rightly", async () => {
    let well = false;
    const setup = setUpZoom({
      fetch: async (_, init) => {
        const { plainToken } = JSON.parse(String(init?.body)).payload;
        return well ? right(plainToken, setup.emulator.secretToken) : new Response();
      },
    });
    const { webhooks } = setup.emulator;
    const { id } = webhooks.subscribe({ targetUrl: HOOK });
    const failures = async () => {
      await webhooks.revalidate();
      return webhooks.subscriptions.get(id)?.failures;
    };
    expect([await failures(), await failures()]).toEqual([1, 2]);
    well = true;
    expect(await failures()).toBe(0);
  });

  it("fails for the sixth time in a row, and no event comes any more", async () => {
    const { account, emulator, heard, settle, webhooks } = setUp();
    const { id } = webhooks.subscribe({ targetUrl: HOOK, events: ["meeting.ended"] });
    for (let i = 0; i < 5; i++) await webhooks.revalidate();
    account.hold();
    await settle();
    expect(heard.filter(({ body }) => body.event === "meeting.ended")).toHaveLength(1);
    await webhooks.revalidate();
    expect(emulator.webhooks.subscriptions.get(id)?.failures).toBe(6);
    account.hold();
    await settle();
    expect(heard.filter(({ body }) => body.event === "meeting.ended")).toHaveLength(1);
  });
});

describe("subscriptions by the API", () => {
  const appToken = async ({ emulator }: ReturnType<typeof setUp>) => {
    const basic = Buffer.from(`${emulator.clientId}:${emulator.clientSecret}`).toString("base64");
    const answer = await emulator.fetch(
      new Request("https://zoom.us/oauth/token?grant_type=client_credentials", {
        method: "POST",
        headers: { authorization: `Basic ${basic}` },
      }),
    );
    return ((await answer.json()) as { access_token: string }).access_token;
  };
  const PATH = "/v2/marketplace/app/event_subscription";
  const wish = { events: ["meeting.ended"], event_webhook_url: HOOK, subscription_scope: "account" };

  it("are made, listed and deleted by the app itself", async () => {
    const setup = setUp();
    const { account, events, settle } = setup;
    const ask = zoomAsker(setup.emulator, await appToken(setup));
    const made = await ask(PATH, { method: "POST", json: { ...wish, account_id: account.id } });
    expect(made.status).toBe(201);
    account.hold();
    await settle();
    expect(events().filter((event) => event === "meeting.ended")).toHaveLength(1);
    const list = `${PATH}?account_id=${account.id}&user_id=${account.ownerId}`;
    expect((await ask(list)).body.event_subscriptions).toMatchObject([
      { event_subscription_id: made.body.event_subscription_id, created_source: "openapi" },
    ]);
    const path = `${PATH}/${made.body.event_subscription_id}`;
    expect((await ask(path, { method: "DELETE" })).status).toBe(204);
    expect((await ask(path, { method: "DELETE" })).status).toBe(404);
    account.hold();
    await settle();
    expect(events().filter((event) => event === "meeting.ended")).toHaveLength(1);
  });

  it("of people hear of those people, who may come and go", async () => {
    const setup = setUp();
    const { account, heard, settle } = setup;
    const ask = zoomAsker(setup.emulator, await appToken(setup));
    const [first, second] = [...account.account.users.values()];
    const json = { ...wish, subscription_scope: "user", user_ids: [first?.id], account_id: account.id };
    const { body } = await ask(PATH, { method: "POST", json });
    const path = `${PATH}/${body.event_subscription_id}`;
    const held = async (topic: string) => {
      account.hold({ host: second?.email ?? "", topic });
      await settle();
      return heard.filter(
        (one) => one.body.payload.object?.topic === topic && one.body.event === "meeting.ended",
      ).length;
    };
    expect(await held("before")).toBe(0);
    const more = { account_id: account.id, user_ids: [second?.id] };
    expect((await ask(path, { method: "PATCH", json: more })).status).toBe(204);
    expect(await held("with")).toBe(1);
    const leave = `event_subscription_id=${body.event_subscription_id}&account_id=${account.id}`;
    expect((await ask(`${PATH}?${leave}&user_ids=${second?.id}`, { method: "DELETE" })).status).toBe(204);
    expect(await held("after")).toBe(0);
    expect((await ask(`${PATH}?${leave}`, { method: "DELETE" })).status).toBe(204);
    expect((await ask(path, { method: "DELETE" })).status).toBe(404);
  });

  it.each([
    ["no events", { ...wish, events: [] }],
    ["an event that is none", { ...wish, events: ["coffee.ready"] }],
    ["no address", { ...wish, event_webhook_url: "halo" }],
    ["no scope", { ...wish, subscription_scope: "world" }],
  ])("are refused for %s", async (_, json) => {
    const setup = setUp();
    const ask = zoomAsker(setup.emulator, await appToken(setup));
    expect((await ask(PATH, { method: "POST", json })).status).toBe(400);
  });

  it("are refused for an event whose scope the app lacks, and to people's tokens", async () => {
    const setup = setUp({ scopes: ["user:read:user:admin"] });
    const ask = zoomAsker(setup.emulator, await appToken(setup));
    expect(await ask(PATH, { method: "POST", json: wish })).toMatchObject({
      status: 400,
      body: { message: "The event is not allowed for the app." },
    });
    expect(await setup.ask(PATH, { method: "POST", json: wish })).toMatchObject({ body: { code: 4711 } });
  });

  it("call their address with a challenge when they are made", async () => {
    const setup = setUp();
    const ask = zoomAsker(setup.emulator, await appToken(setup));
    await ask(PATH, { method: "POST", json: wish });
    await setup.settle();
    expect(setup.events()).toEqual(["endpoint.url_validation"]);
  });

  it("leave those that were made by hand alone", async () => {
    const setup = setUp();
    const { id } = setup.webhooks.subscribe({ targetUrl: HOOK });
    const ask = zoomAsker(setup.emulator, await appToken(setup));
    expect((await ask(`${PATH}/${id}`, { method: "DELETE" })).status).toBe(404);
  });
});

it("sends an event again, or one made up", async () => {
  const { heard, webhooks } = setUp();
  const { id } = webhooks.subscribe({ targetUrl: HOOK });
  const done = await webhooks.send(id, { event: "made.up" });
  expect([done.status, heard[0]?.body]).toEqual([200, { event: "made.up" }]);
  await expect(webhooks.send("nobody", {})).rejects.toThrow("No subscription nobody");
});

it("subscribes nobody to an event that there is not, nor a 21st time", () => {
  const { webhooks } = setUp();
  expect(() => webhooks.subscribe({ targetUrl: HOOK, events: ["coffee.ready"] })).toThrow(
    "There is no event coffee.ready",
  );
  for (let i = 0; i < 20; i++) webhooks.subscribe({ targetUrl: HOOK });
  expect(() => webhooks.subscribe({ targetUrl: HOOK })).toThrow("20");
});

it("signs any body as it would leave now", () => {
  const { clock, emulator, webhooks } = setUp();
  const { body, headers } = webhooks.sign('{"event":"x"}');
  const timestamp = clock.now() / 1_000;
  expect(headers).toMatchObject(signZoom({ secret: emulator.secretToken, body, timestamp }));
});

it("tells of a path as it must be asked for", async () => {
  const { account, ask, heard, settle, webhooks } = setUp();
  webhooks.subscribe({ targetUrl: HOOK, events: ["recording.completed"] });
  account.hold({ uuid: "/odd//uuid==" });
  await settle();
  const { uuid } = heard[0]?.body.payload.object ?? {};
  expect((await ask(`/v2/meetings/${inPath(uuid)}/recordings`)).status).toBe(200);
});
