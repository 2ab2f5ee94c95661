import { expect, it } from "vitest";
import { setUpFathom } from "../../test/fathom-requests.ts";
import { fathomEmulator, hubspotEmulator } from "../index.ts";

it("pages by ten to the end, newest first, each meeting once", async () => {
  const { ask, all, emulator } = setUpFathom();
  const first = await ask("/meetings");
  expect(first.body).toMatchObject({ limit: 10, items: expect.objectContaining({ length: 10 }) });
  const meetings = await all();
  const ids = meetings.map(({ recording_id }) => recording_id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.length).toBeGreaterThan(20);
  expect(meetings.map(({ created_at }) => created_at)).toEqual(
    meetings
      .map(({ created_at }) => created_at)
      .sort()
      .reverse(),
  );
  expect(emulator.ledger.count({ kind: "meetings" })).toBe(1 + emulator.theoretical().requests);
});

it("gives the same organisation for the same seed, to the byte, and another for another", () => {
  const make = (seed: number) => JSON.stringify([...fathomEmulator({ seed }).snapshot().meetings]);
  expect(make(3)).toBe(make(3));
  expect(make(3)).not.toBe(make(4));
});

it("seeds meetings with contacts of the HubSpot emulator of the same seed", async () => {
  const { all, clock } = setUpFathom();
  const { records } = hubspotEmulator({ seed: 5, clock }).snapshot();
  const contacts = new Set(
    [...records.contacts.values()].map(({ properties }) => properties.email?.toLowerCase()),
  );
  const guests = (await all())
    .flatMap(({ calendar_invitees }) => calendar_invitees)
    .filter((one) => one.is_external);
  const known = guests.filter(({ email }) => email !== null);
  expect(known.length).toBeGreaterThan(20);
  expect(known.filter(({ email }) => !contacts.has(email.toLowerCase()))).toEqual([]);
});

it("gives transcripts, summaries and action items only to those who ask for them", async () => {
  const { all, ask, emulator } = setUpFathom();
  const [fact] = emulator.planted;
  if (!fact) throw new Error("no fact was planted");
  const of = (meetings: { recording_id: number }[]) =>
    meetings.find(({ recording_id }) => recording_id === fact.recordingId);
  expect(of(await all())).toMatchObject({ transcript: null, default_summary: null, action_items: null });
  const full = of(await all("include_transcript=true&include_summary=true&include_action_items=true"));
  expect(full).toMatchObject({
    transcript: expect.arrayContaining([expect.objectContaining({ text: fact.phrase })]),
    default_summary: {
      template_name: "general",
      markdown_formatted: expect.stringContaining("## Next Steps"),
    },
    action_items: expect.arrayContaining([expect.objectContaining({ completed: expect.any(Boolean) })]),
  });
  const { body } = await ask(`/recordings/${fact.recordingId}/transcript`);
  expect(body.transcript).toEqual((full as unknown as { transcript: unknown }).transcript);
});

it("says each planted fact in one meeting only, once", () => {
  const { emulator } = setUpFathom();
  const texts = [...emulator.snapshot().meetings.values()].map(({ transcript }) =>
    JSON.stringify(transcript ?? []),
  );
  expect(emulator.planted).toHaveLength(6);
  for (const { phrase } of emulator.planted) expect(texts.join("\n").split(phrase)).toHaveLength(2);
});

it("makes a webhook that hears of a new meeting, signed, and no more once it is deleted", async () => {
  const heard: Request[] = [];
  const { ask, emulator } = setUpFathom({
    fetch: async (input, init) => {
      heard.push(new Request(input, init));
      return new Response();
    },
  });
  const json = {
    destination_url: "https://halo.example.com/fathom/1",
    triggered_for: ["my_recordings", "shared_team_recordings"],
    include_transcript: true,
  };
  const { body, status } = await ask("/webhooks", { method: "POST", json });
  expect([status, body.secret]).toEqual([201, expect.stringMatching(/^whsec_/)]);
  const meeting = emulator.record({ title: "Fresh" });
  await emulator.webhooks.settled();
  expect(heard).toHaveLength(1);
  expect(await heard[0]?.json()).toMatchObject({ title: "Fresh", recording_id: meeting.recordingId });
  expect((await ask(`/webhooks/${body.id}`, { method: "DELETE" })).status).toBe(204);
  emulator.record();
  await emulator.webhooks.settled();
  expect(heard).toHaveLength(1);
});
