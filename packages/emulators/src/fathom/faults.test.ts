import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { setUpFathom } from "../../test/fathom-requests.ts";
import { type FathomEmulator, type FaultEffect, fathomEmulator, manualClock } from "../index.ts";
import { type Served, serve } from "../serve/index.ts";

function struck(effect: FaultEffect, kind = "meetings") {
  const setup = setUpFathom();
  setup.emulator.faults.add({ match: { kind }, times: 1, effect });
  return setup;
}

describe("faults", () => {
  it.each([
    ["F20", { type: "status", status: 429, retryAfter: 3 }, 429],
    ["F23", { type: "status", status: 503 }, 503],
    ["F40", { type: "expiredToken" }, 401],
  ] as const)("%s strike once with a status", async (_, effect, status) => {
    const { ask } = struck(effect);
    expect([(await ask("/meetings")).status, (await ask("/meetings")).status]).toEqual([status, 200]);
  });

  it.each([
    ["no-id", (one: Record<string, unknown>) => expect(one.recording_id).toBeUndefined()],
    ["id-number", (one: Record<string, unknown>) => expect(one.recording_id).toMatch(/^\d+$/)],
    ["properties-null", (one: Record<string, unknown>) => expect(one.calendar_invitees).toBeNull()],
    ["wrong-types", (one: Record<string, unknown>) => expect(one.title).toEqual(["not", "text"])],
    ["bad-date", (one: Record<string, unknown>) => expect(one.created_at).toBe("soon")],
    ["not-an-object", (one: unknown) => expect(typeof one).toBe("string")],
  ] as const)("F27 malform one record: %s", async (how, check) => {
    const { ask } = struck({ type: "malformedRecord", how });
    const { body } = await ask("/meetings");
    check(body.items[0]);
    expect(Number.isInteger(body.items[1].recording_id)).toBe(true);
  });

  it("F26 cut an answer, and F28 repeat a cursor, and F29 forget one", async () => {
    const { ask, emulator } = struck({ type: "truncate" });
    await expect(ask("/meetings")).rejects.toThrow(SyntaxError);
    const cursor = (await ask("/meetings")).body.next_cursor;
    const next = () => ask(`/meetings?cursor=${cursor}`);
    emulator.faults.add({ times: 1, effect: { type: "repeatCursor" } });
    expect((await next()).body.next_cursor).toBe(cursor);
    emulator.faults.add({ times: 1, effect: { type: "expireCursor" } });
    expect([(await next()).status, (await next()).status]).toEqual([400, 200]);
  });

  it("F30 change meetings behind the reader", async () => {
    const { ask, emulator } = struck({ type: "drift", edits: 3, creations: 2, deletions: 1 });
    const before = emulator.snapshot().meetings.size;
    await ask("/meetings");
    expect(emulator.snapshot().meetings.size).toBe(before + 1);
  });

  it("F35 pad a page, T22 hide a bomb, F42 end a grant", async () => {
    expect(
      (await struck({ type: "hugePage", bytes: 1_000 }).ask("/meetings")).body.items[0].title,
    ).toHaveLength(1_000);
    const bomb = struck({ type: "gzipBomb", bytes: 1_000_000 });
    const headers = { "x-api-key": bomb.key };
    const answer = await bomb.emulator.fetch(
      new Request("https://api.fathom.ai/external/v1/meetings", { headers }),
    );
    expect(answer.headers.get("content-encoding")).toBe("gzip");
    const { emulator } = struck({ type: "invalidGrant" }, "token");
    const url = "https://fathom.video/external/v1/oauth2/token";
    expect((await emulator.fetch(new Request(url, { method: "POST", body: "" }))).status).toBe(400);
  });

  it("are told apart by what a request is about and whose key it carries", async () => {
    const { account, ask, emulator } = setUpFathom();
    const { recordingId } = account.record();
    await ask(`/recordings/${recordingId}/transcript`);
    await ask("/nothing");
    expect(emulator.ledger.find()).toMatchObject([
      {
        kind: "transcript",
        subject: String(recordingId),
        account: 1,
        token: expect.stringMatching(/^\w{12}$/),
      },
      { kind: "unknown", status: 404 },
    ]);
  });
});

it("changes the same meetings for the same seed", () => {
  const make = () => setUpFathom().account.mutate({ seed: 4, edits: 3, creations: 2, deletions: 2 });
  const report = make();
  expect(report).toEqual(make());
  expect([report.edited.length, report.created.length, report.deleted.length]).toEqual([3, 2, 2]);
});

describe("the control API", () => {
  let emulator: FathomEmulator;
  let served: Served;

  beforeAll(async () => {
    emulator = fathomEmulator({ clock: manualClock(), fetch: async () => new Response() });
    served = await serve(emulator, { control: true });
  });
  afterAll(async () => {
    emulator.close();
    await served.close();
  });

  // biome-ignore lint/suspicious/noExplicitAny: answers are read freely in tests
  async function at(room: string, body?: unknown): Promise<any> {
    const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
    const answer = await fetch(`${served.url}/_emulator/${room}`, init);
    return { status: answer.status, ...((await answer.json()) as object) };
  }

  it("lets a program record, finish and see a call", async () => {
    expect(await at("app")).toMatchObject({
      clientId: emulator.clientId,
      ownerEmail: emulator.account.ownerEmail,
    });
    const { secret } = await at("webhooks", { url: "https://halo.example.com" });
    expect(secret).toMatch(/^whsec_/);
    const { recordingId } = await at("change/record", { args: [{ title: "Kick-off", summary: "later" }] });
    await at("change/finish", { args: [recordingId] });
    expect(await at(`snapshot/${recordingId}`)).toMatchObject({
      title: "Kick-off",
      summary: expect.any(String),
    });
    await emulator.webhooks.settled();
    expect(Object.values((await at("webhooks")).attempts)).toHaveLength(1);
    const listed = Object.values(await at("meetings")) as { recordingId?: number }[];
    expect(listed.some((one) => one.recordingId === recordingId)).toBe(true);
  });

  it("gives keys and takes apps away", async () => {
    const { key } = await at("keys", {});
    const teams = () => fetch(`${served.url}/external/v1/teams`, { headers: { "x-api-key": key } });
    expect((await teams()).status).toBe(200);
    const access = emulator.account.issueAccessToken();
    await at("uninstall", {});
    const headers = { authorization: `Bearer ${access}` };
    expect((await fetch(`${served.url}/external/v1/teams`, { headers })).status).toBe(401);
    expect((await at("mutate", { edits: 1 })).edited).toHaveLength(1);
    expect(await at("theoretical")).toMatchObject({ requests: emulator.theoretical().requests });
    expect(await at("awkward")).toMatchObject({ impromptu: expect.any(Number) });
    expect(Object.values(await at("planted")).length).toBeGreaterThan(5);
  });
});
