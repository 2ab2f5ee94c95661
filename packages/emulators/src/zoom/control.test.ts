import { afterAll, beforeAll, expect, it } from "vitest";
import { manualClock, type ZoomEmulator, zoomEmulator } from "../index.ts";
import { type Served, serve } from "../serve/index.ts";

let emulator: ZoomEmulator;
let served: Served;

beforeAll(async () => {
  emulator = zoomEmulator({ clock: manualClock(), fetch: async () => new Response() });
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

it("tells a program what it needs to connect", async () => {
  expect(await at("app")).toMatchObject({
    clientId: emulator.clientId,
    secretToken: emulator.secretToken,
    accountId: emulator.account.id,
    users: expect.arrayContaining([expect.objectContaining({ id: emulator.account.ownerId })]),
  });
});

it("lets a program hold a meeting, change it, and see it", async () => {
  const { uuid } = await at("change/hold", { args: [{ topic: "Kick-off", transcript: "later" }] });
  expect(emulator.account.meeting(uuid).topic).toBe("Kick-off");
  await at("change/completeTranscript", { args: [uuid, "WEBVTT\n\nhi"] });
  await at("change/rename", { args: [uuid, "Kick-off, again"] });
  const seen = await at(`snapshot?uuid=${encodeURIComponent(uuid)}`);
  expect(seen).toMatchObject({ topic: "Kick-off, again", vtt: "WEBVTT\n\nhi" });
  const all = Object.values(await at("meetings")) as { uuid?: string; transcriptBytes: number }[];
  expect(all.find((one) => one.uuid === uuid)?.transcriptBytes).toBe(10);
  expect(await at("change/explode", {})).toMatchObject({ status: 400 });
});

it("lets a program subscribe, break and mutate", async () => {
  expect(await at("webhooks", { targetUrl: "https://halo.example.com" })).toMatchObject({
    id: expect.any(String),
  });
  expect(await at("webhooks/validate", { targetUrl: "https://halo.example.com" })).toMatchObject({
    ok: false,
  });
  await at("webhooks/behaviour", { copies: 2 });
  expect(emulator.webhooks.behaviour.copies).toBe(2);
  await at("behaviour", { downloadRedirect: "foreign" });
  expect(emulator.behaviour.downloadRedirect).toBe("foreign");
  expect((await at("mutate", { edits: 2 })).edited).toHaveLength(2);
  const { key } = await at("keys", {});
  const answer = await fetch(`${served.url}/v2/users/me`, { headers: { authorization: `Bearer ${key}` } });
  expect(answer.status).toBe(200);
  await at("uninstall", {});
  const gone = await fetch(`${served.url}/v2/users/me`, { headers: { authorization: `Bearer ${key}` } });
  expect(gone.status).toBe(401);
});

it("tells what is planted, odd, and least", async () => {
  expect(Object.values(await at("planted"))).toContainEqual(
    expect.objectContaining({ question: expect.any(String) }),
  );
  expect(await at("awkward")).toMatchObject({ private: expect.any(String) });
  expect(await at("theoretical")).toMatchObject({ requests: emulator.theoretical().requests });
  expect(await at("app?accountId=none")).toMatchObject({ status: 404 });
});
