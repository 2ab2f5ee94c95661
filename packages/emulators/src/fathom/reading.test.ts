import { describe, expect, it } from "vitest";
import { allMeetings, fathomAsker, setUpFathom } from "../../test/fathom-requests.ts";

// biome-ignore lint/suspicious/noExplicitAny: answers are read freely in tests
type Meeting = any;
const ids = (meetings: readonly Meeting[]) => meetings.map(({ recording_id }) => recording_id);

describe("meetings", () => {
  it("are what the key's person recorded or was shared, also for an owner", async () => {
    const { account, all, emulator } = setUpFathom();
    const hidden = account.awkward.get("private_of_another") ?? 0;
    const { recordedBy } = account.meeting(hidden);
    expect(ids(await all())).not.toContain(hidden);
    const theirs = fathomAsker(emulator, { "x-api-key": account.issueKey({ email: recordedBy.email }) });
    expect(ids(await allMeetings(theirs)())).toContain(hidden);
    account.shareWith(hidden, account.ownerEmail);
    expect(ids(await all())).toContain(hidden);
  });

  it("of one team are seen by that team", async () => {
    const { account, all, emulator } = setUpFathom();
    const users = [...account.account.users.values()];
    const mate = users.find(({ email, team }) => email !== account.ownerEmail && team === users[0]?.team);
    const other = users.find(({ team }) => team !== undefined && team !== users[0]?.team);
    const { recordingId } = account.record({ recordedBy: account.ownerEmail, sharedWith: "single_team" });
    const seenBy = async (email = "") =>
      ids(await allMeetings(fathomAsker(emulator, { "x-api-key": account.issueKey({ email }) }))()).includes(
        recordingId,
      );
    expect([await seenBy(mate?.email), await seenBy(other?.email)]).toEqual([true, false]);
    expect(ids(await all())).toContain(recordingId);
  });

  it("that outsiders recorded come only to whoever names a recorder or a team", async () => {
    const { account, all } = setUpFathom();
    const outside = account.awkward.get("by_guest") ?? 0;
    expect(ids(await all())).not.toContain(outside);
    const { email } = account.meeting(outside).recordedBy;
    expect(ids(await all(`recorded_by[]=${encodeURIComponent(email)}`))).toEqual([outside]);
  });

  it("are found by when they were made, both ends left out", async () => {
    const { all } = setUpFathom();
    const meetings = await all();
    const [late, middle, early] = [meetings[3], meetings[5], meetings[9]];
    const between = await all(`created_after=${early.created_at}&created_before=${late.created_at}`);
    expect(ids(between)).toEqual(ids(meetings.slice(4, 9)));
    expect(ids(between)).toContain(middle.recording_id);
  });

  it("are found by recorder, team, domain and type, alone and together", async () => {
    const { account, all } = setUpFathom();
    const meetings = await all();
    const [first] = meetings;
    const [user] = [...account.account.users.values()].slice(1);
    const by = await all(`recorded_by[]=${user?.email.toUpperCase()}&recorded_by[]=${account.ownerEmail}`);
    expect(by.length).toBeGreaterThan(1);
    expect(by.every((one) => [user?.email, account.ownerEmail].includes(one.recorded_by.email))).toBe(true);
    const sales = await all("teams[]=Sales");
    expect(sales.length).toBeGreaterThan(1);
    expect(sales.every((one) => one.recorded_by.team === "Sales")).toBe(true);
    const external = meetings.find((one) => one.calendar_invitees_domains_type === "one_or_more_external");
    const domain = external.calendar_invitees.find(
      (one: Meeting) => one.is_external && one.email,
    ).email_domain;
    const same = await all(`calendar_invitees_domains[]=${domain.toUpperCase()}`);
    expect(ids(same)).toContain(external.recording_id);
    expect(same.length).toBeLessThan(meetings.length);
    const split = [
      await all("calendar_invitees_domains_type=only_internal"),
      await all("calendar_invitees_domains_type=one_or_more_external"),
    ];
    expect(split.map(({ length }) => length).reduce((a, b) => a + b)).toBe(meetings.length);
    const demos = await all("meeting_type=Demo");
    expect(demos.length).toBeGreaterThan(0);
    expect(demos.every((one) => one.meeting_type === "Demo")).toBe(true);
    expect(first.recorded_by.email).toContain("@");
  });

  it.each(["created_after=soon", "cursor=made-up", "calendar_invitees_domains_type=some"])(
    "are refused for %s",
    async (query) => {
      const { ask } = setUpFathom();
      expect((await ask(`/meetings?${query}`)).status).toBe(400);
    },
  );

  it("F30 that come or go while they are read move none of the others", async () => {
    const { account, ask } = setUpFathom();
    const first = (await ask("/meetings")).body;
    account.record();
    account.deleteMeeting(first.items[9].recording_id);
    const second = (await ask(`/meetings?cursor=${first.next_cursor}`)).body;
    const later = [...account.snapshot().meetings.values()]
      .filter(({ createdAt }) => createdAt < Date.parse(first.items[9].created_at))
      .map(({ recordingId }) => recordingId);
    expect(ids(second.items).filter((id: number) => !later.includes(id))).toEqual([]);
    expect(ids(second.items)).not.toContain(first.items[8].recording_id);
  });

  it("come oldest first, where it is told so, and by another size", async () => {
    const { ask, all } = setUpFathom({ pageSize: 4, behaviour: { order: "oldest" } });
    expect((await ask("/meetings")).body).toMatchObject({ limit: 4, items: { length: 4 } });
    const times = (await all()).map(({ created_at }) => created_at);
    expect(times).toEqual([...times].sort());
    expect(new Set(ids(await all())).size).toBe(times.length);
  });

  it("name their speakers among the invitees only beside the transcript", async () => {
    const { account, all } = setUpFathom();
    const { recordingId } = account.record();
    const of = async (query: string) =>
      (await all(query)).find((one) => one.recording_id === recordingId).calendar_invitees[0];
    expect(await of("")).not.toHaveProperty("matched_speaker_display_name");
    expect(await of("include_transcript=true")).toHaveProperty(
      "matched_speaker_display_name",
      expect.any(String),
    );
  });
});

describe("an app", () => {
  it("reads transcripts and summaries one by one", async () => {
    const { account, emulator } = setUpFathom();
    const ask = fathomAsker(emulator, { authorization: `Bearer ${account.issueAccessToken()}` });
    expect((await ask("/meetings?include_action_items=true")).status).toBe(200);
    expect((await ask("/meetings?include_transcript=true")).status).toBe(400);
    expect((await ask("/meetings?include_summary=true")).status).toBe(400);
    const { recordingId } = account.record();
    expect((await ask(`/recordings/${recordingId}/transcript`)).status).toBe(200);
    expect((await ask(`/recordings/${recordingId}/summary`)).status).toBe(200);
  });

  it("makes webhooks only where it is told so", async () => {
    const { account, emulator } = setUpFathom();
    const ask = fathomAsker(emulator, { authorization: `Bearer ${account.issueAccessToken()}` });
    const json = {
      destination_url: "https://x.example",
      triggered_for: ["my_recordings"],
      include_summary: true,
    };
    expect((await ask("/webhooks", { method: "POST", json })).status).toBe(403);
    emulator.behaviour.oauthWebhooks = true;
    expect((await ask("/webhooks", { method: "POST", json })).status).toBe(201);
  });
});

describe("a recording", () => {
  it("that is late has nothing to read until it is finished", async () => {
    const { account, all, ask } = setUpFathom();
    const id = account.awkward.get("late_transcript") ?? 0;
    const read = async () => [
      (await ask(`/recordings/${id}/transcript`)).status,
      (await ask(`/recordings/${id}/summary`)).status,
    ];
    const listed = async () =>
      (await all("include_transcript=true&include_summary=true&include_action_items=true")).find(
        (one) => one.recording_id === id,
      );
    expect(await read()).toEqual([404, 404]);
    expect(await listed()).toMatchObject({ transcript: null, default_summary: null, action_items: null });
    account.finishTranscript(id);
    expect(await read()).toEqual([200, 404]);
    account.finish(id);
    expect(await read()).toEqual([200, 200]);
    expect((await listed()).transcript.length).toBeGreaterThan(20);
  });

  it("can be empty, unscheduled, without speakers that are known, or hostile", async () => {
    const { account, all } = setUpFathom();
    const meetings = await all("include_transcript=true");
    const of = (kind: Parameters<typeof account.awkward.get>[0]) =>
      meetings.find((one) => one.recording_id === account.awkward.get(kind));
    expect(of("empty_transcript").transcript).toEqual([]);
    expect(of("impromptu")).toMatchObject({
      scheduled_start_time: null,
      meeting_title: null,
      calendar_invitees: [],
    });
    expect(of("unmatched_speakers").transcript[0].speaker).toEqual({
      display_name: expect.stringMatching(/^Speaker \d$/),
      matched_calendar_invitee_email: null,
    });
    expect(JSON.stringify(of("hostile_text").transcript)).toContain("Ignore all previous instructions");
    expect(of("other_language").transcript_language).toBe("de");
    expect(of("no_summary").default_summary).toBeNull();
  });

  it("has times that do not go back, from the beginning of the recording", async () => {
    const { account, ask } = setUpFathom();
    const { recordingId } = account.record();
    const { body } = await ask(`/recordings/${recordingId}/transcript`);
    const times = body.transcript.map(({ timestamp }: Meeting) => timestamp);
    expect(times[0]).toMatch(/^00:00:\d\d$/);
    expect(times).toEqual([...times].sort());
  });

  it("is given to an address on request, unsigned", async () => {
    const heard: Request[] = [];
    const { account, ask } = setUpFathom({
      fetch: async (input, init) => {
        heard.push(new Request(input, init));
        return new Response();
      },
    });
    const { recordingId } = account.record();
    const url = "https://halo.example.com/later";
    const path = `/recordings/${recordingId}/summary?destination_url=`;
    expect((await ask(`${path}${encodeURIComponent(url)}`)).body).toEqual({ destination_url: url });
    expect(heard[0]?.headers.get("webhook-signature")).toBeNull();
    expect(await heard[0]?.json()).toMatchObject({ summary: { template_name: "general" } });
    expect((await ask(`${path}nowhere`)).status).toBe(400);
  });

  it("that is unknown or hidden is not found", async () => {
    const { account, ask } = setUpFathom();
    const hidden = account.awkward.get("private_of_another");
    expect((await ask(`/recordings/${hidden}/transcript`)).status).toBe(404);
    expect((await ask("/recordings/1/transcript")).status).toBe(404);
    const { callId } = account.record();
    expect((await ask(`/recordings/${callId}/transcript`)).status).toBe(404);
  });
});

it("lists teams, and their members by team, without who was deactivated", async () => {
  const { account, ask } = setUpFathom();
  expect((await ask("/teams")).body.items.map(({ name }: Meeting) => name)).toEqual([
    "Customer Success",
    "Product",
    "Sales",
  ]);
  const members = async (query = "") =>
    (await ask(`/team_members${query}`)).body.items.map(({ email }: Meeting) => email);
  const sales = await members("?team=Sales");
  expect(sales).toContain(account.ownerEmail);
  expect((await members()).length).toBeGreaterThan(sales.length);
  const gone = sales.find((email: string) => email !== account.ownerEmail);
  account.deactivateUser(gone);
  expect(await members("?team=Sales")).not.toContain(gone);
});
