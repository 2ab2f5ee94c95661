import { getResponse } from "msw";
import { expect, it } from "vitest";
import { inPath, setUpZoom } from "../../test/zoom-requests.ts";
import { fathomEmulator, hubspotEmulator, zoomEmulator } from "../index.ts";

it("names the account to whoever asks who they are", async () => {
  const { account, ask } = setUpZoom();
  const { body } = await ask("/v2/users/me");
  expect(body).toMatchObject({ id: account.ownerId, account_id: account.id, status: "active" });
});

it("gives the same account for the same seed, to the byte, and another for another", () => {
  const make = (seed: number) => {
    const { meetings, users } = zoomEmulator({ seed }).snapshot();
    return JSON.stringify([[...users], [...meetings]]);
  };
  expect(make(3)).toBe(make(3));
  expect(make(3)).not.toBe(make(4));
});

it("seeds meetings with contacts of the HubSpot emulator of the same seed", () => {
  const { clock, emulator } = setUpZoom();
  const { records } = hubspotEmulator({ seed: 5, clock }).snapshot();
  const contacts = new Set(
    [...records.contacts.values()].map(({ properties }) => properties.email?.toLowerCase()),
  );
  const guests = [...emulator.snapshot().meetings.values()]
    .flatMap(({ participants }) => participants)
    .filter(({ email, internal }) => !internal && email !== "");
  expect(guests.length).toBeGreaterThan(20);
  expect(guests.filter(({ email }) => !contacts.has(email.toLowerCase())).map(({ email }) => email)).toEqual(
    [],
  );
});

it("holds meetings with the people it is given", () => {
  const people = [{ name: "Ada Muster", email: "ada@customer.example", company: "Customer" }];
  const { emulator } = setUpZoom({ people, size: { meetings: 10 } });
  const guests = [...emulator.snapshot().meetings.values()]
    .flatMap(({ participants }) => participants)
    .filter(({ internal }) => !internal);
  expect(new Set(guests.map(({ name }) => name))).toEqual(new Set(["Ada Muster"]));
});

it("lists a person's recordings and hands out the transcript behind its address", async () => {
  const { account, ask, emulator } = setUpZoom();
  const [fact] = emulator.planted;
  if (!fact) throw new Error("no fact was planted");
  const { body } = await ask(`/v2/meetings/${inPath(fact.meetingUuid)}/recordings`);
  const host = account.account.users.get(body.host_id);
  const day = body.start_time.slice(0, 10);
  const list = await ask(`/v2/users/${host?.id}/recordings?from=${day}&to=${day}`);
  const listed = list.body.meetings.find(({ uuid }: { uuid: string }) => uuid === fact.meetingUuid);
  const file = listed.recording_files.find(
    ({ file_type }: { file_type: string }) => file_type === "TRANSCRIPT",
  );
  const { body: vtt, headers } = await ask(file.download_url);
  expect(headers.get("content-type")).toContain("text/vtt");
  expect(vtt).toMatch(/^WEBVTT\r\n/);
  expect(vtt).toContain(`${fact.speaker}: ${fact.phrase}`);
  expect(new TextEncoder().encode(vtt).length).toBe(file.file_size);
});

it("says each planted fact in one meeting only, once", () => {
  const { emulator } = setUpZoom();
  const texts = [...emulator.snapshot().meetings.values()].map(({ vtt }) => vtt ?? "");
  expect(emulator.planted).toHaveLength(6);
  for (const { customer, phrase } of emulator.planted) {
    expect(texts.join("\n").split(phrase)).toHaveLength(2);
    expect(customer.name).not.toBe("");
  }
});

it.each([
  "https://zoom.us/oauth/token",
  "https://api.zoom.us/v2/users/me",
  "https://us02web.zoom.us/rec/download/x",
  "https://ssrweb.zoom.us/file/x",
])("answers for %s under msw", async (url) => {
  const { emulator } = setUpZoom();
  const answer = await getResponse([...emulator.handlers], new Request(url));
  expect([answer?.status === undefined, emulator.ledger.count()]).toEqual([false, 1]);
});

it.each(["https://api.fathom.ai/external/v1/teams", "https://fathom.video/external/v1/oauth2/authorize"])(
  "answers for %s under msw too",
  async (url) => {
    const emulator = fathomEmulator();
    await getResponse([...emulator.handlers], new Request(url));
    expect(emulator.ledger.count()).toBe(1);
  },
);
