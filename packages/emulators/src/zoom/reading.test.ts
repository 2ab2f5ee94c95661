import { describe, expect, it } from "vitest";
import { inPath, setUpZoom } from "../../test/zoom-requests.ts";

const DAY = 86_400_000;
const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);

/** Every recording of everybody, a month at a time. */
async function allRecordings({ account, ask }: ReturnType<typeof setUpZoom>, pageSize = 300) {
  const found: string[] = [];
  const to = Date.UTC(2026, 8, 1);
  for (const user of account.account.users.values()) {
    for (let month = 0; month < 4; month++) {
      const [from, until] = [to - (month + 1) * 30 * DAY + DAY, to - month * 30 * DAY];
      for (let token = ""; ; ) {
        const query = `from=${day(from)}&to=${day(until)}&page_size=${pageSize}&next_page_token=${token}`;
        const { body } = await ask(`/v2/users/${user.id}/recordings?${query}`);
        found.push(...body.meetings.map(({ uuid }: { uuid: string }) => uuid));
        token = body.next_page_token;
        if (token === "") break;
      }
    }
  }
  return found;
}

describe("recordings", () => {
  it("are all found by walking everybody's months, in pages of any size", async () => {
    const setup = setUpZoom({ size: { meetings: 60 } });
    const live = [...setup.emulator.snapshot().meetings.values()].filter(
      ({ recording }) => recording === "live",
    );
    const wanted = live.map(({ uuid }) => uuid).sort();
    expect((await allRecordings(setup)).sort()).toEqual(wanted);
    expect((await allRecordings(setup, 2)).sort()).toEqual(wanted);
  });

  it("of more than a month are those of its last month", async () => {
    const { ask } = setUpZoom();
    const { body } = await ask("/v2/users/me/recordings?from=2026-01-01&to=2026-08-31");
    expect(body).toMatchObject({ from: "2026-07-31", to: "2026-08-31" });
  });

  it("of more than a month are refused, where it is told so", async () => {
    const { ask } = setUpZoom({ behaviour: { monthWindow: "refuse" } });
    expect((await ask("/v2/users/me/recordings?from=2026-01-01&to=2026-08-31")).status).toBe(400);
    expect((await ask("/v2/users/me/recordings?from=2026-07-31&to=2026-08-31")).status).toBe(200);
  });

  it("end a month before the 31st of March on the last day of February", async () => {
    const { ask } = setUpZoom();
    const { body } = await ask("/v2/users/me/recordings?from=2026-01-01&to=2026-03-31");
    expect(body.from).toBe("2026-02-28");
  });

  it("without dates are those of today", async () => {
    const { account, ask } = setUpZoom();
    const owner = account.account.users.get(account.ownerId)?.email ?? "";
    const { uuid } = account.hold({ host: owner });
    const { body } = await ask("/v2/users/me/recordings");
    expect(body).toMatchObject({ from: "2026-11-21", to: "2026-11-21", total_records: 0 });
    const held = await ask("/v2/users/me/recordings?from=2026-11-20&to=2026-11-21");
    expect(held.body.meetings.map((one: { uuid: string }) => one.uuid)).toEqual([uuid]);
  });

  it.each(["from=soon", "from=2026-08-02&to=2026-08-01", "page_size=0", "page_size=x"])(
    "are refused for %s",
    async (query) => {
      const { ask } = setUpZoom();
      expect(await ask(`/v2/users/me/recordings?${query}`)).toMatchObject({
        status: 400,
        body: { code: 300 },
      });
    },
  );

  it("in the trash are in its own list", async () => {
    const { account, ask } = setUpZoom();
    const uuid = account.awkward.get("trashed") ?? "";
    const { hostId, startMs } = account.meeting(uuid);
    const list = async (trash: boolean) =>
      (
        await ask(`/v2/users/${hostId}/recordings?from=${day(startMs)}&to=${day(startMs)}&trash=${trash}`)
      ).body.meetings.filter((one: { uuid: string }) => one.uuid === uuid);
    expect(await list(false)).toEqual([]);
    expect(await list(true)).toHaveLength(1);
    expect((await ask(`/v2/meetings/${inPath(uuid)}/recordings`)).body).toMatchObject({ code: 3301 });
    account.recoverRecording(uuid);
    expect(await list(false)).toHaveLength(1);
  });

  it("come with numbers as text, where it is told so", async () => {
    const { account, ask, emulator } = setUpZoom();
    const { id, uuid } = account.hold();
    const read = async () => (await ask(`/v2/meetings/${inPath(uuid)}/recordings`)).body.id;
    expect(await read()).toBe(id);
    emulator.behaviour.meetingIds = "text";
    expect(await read()).toBe(String(id));
  });

  it("of one meeting bring a token for its files to whoever asks for it", async () => {
    const { account, ask } = setUpZoom();
    const { uuid } = account.hold();
    const path = `/v2/meetings/${inPath(uuid)}/recordings`;
    expect((await ask(path)).body.download_access_token).toBeUndefined();
    const { body } = await ask(`${path}?include_fields=download_access_token&ttl=60`);
    expect(body.download_access_token).toMatch(/^zdl_/);
    expect((await ask(`${path}?ttl=604801`)).status).toBe(400);
  });
});

describe("a meeting's UUID in a path", () => {
  it("that begins with a slash must be encoded twice", async () => {
    const { account, ask } = setUpZoom();
    const uuid = account.awkward.get("uuid_with_slashes") ?? "";
    expect(uuid).toMatch(/^\/.*\/\//);
    const read = async (segment: string) => (await ask(`/v2/meetings/${segment}/recordings`)).status;
    expect(await read(inPath(uuid))).toBe(200);
    expect(await read(encodeURIComponent(uuid))).toBe(404);
    expect(await read(uuid)).toBe(404);
  });

  it("with one slash may be encoded once or twice", async () => {
    const { account, ask } = setUpZoom();
    const uuid = account.awkward.get("uuid_with_one_slash") ?? "";
    expect(uuid.split("/")).toHaveLength(2);
    const read = async (segment: string) => (await ask(`/v2/past_meetings/${segment}`)).status;
    expect(await read(encodeURIComponent(uuid))).toBe(200);
    expect(await read(inPath(uuid))).toBe(200);
    expect(await read(uuid)).toBe(404);
  });

  it("is one instance, its number the newest", async () => {
    const { account, ask } = setUpZoom();
    const weekly = [...account.account.meetings.values()].filter(({ type }) => type === 8);
    expect(weekly.length).toBeGreaterThan(2);
    const id = weekly[0]?.id;
    const { body } = await ask(`/v2/past_meetings/${id}/instances`);
    expect(body.meetings.map(({ uuid }: { uuid: string }) => uuid)).toEqual(weekly.map(({ uuid }) => uuid));
    expect((await ask(`/v2/past_meetings/${id}`)).body.uuid).toBe(weekly.at(-1)?.uuid);
    expect((await ask(`/v2/past_meetings/${inPath(weekly[0]?.uuid ?? "")}`)).body.uuid).toBe(weekly[0]?.uuid);
  });

  it("that nobody knows is not found", async () => {
    const { ask } = setUpZoom();
    expect(await ask("/v2/past_meetings/nobody")).toMatchObject({ status: 404, body: { code: 3001 } });
    expect((await ask("/v2/past_meetings/%E0%A4%A/participants")).status).toBe(404);
  });
});

describe("participants", () => {
  it("come once for each time they joined, guests mostly without an id, some without an address", async () => {
    const { ask, emulator } = setUpZoom();
    const joins = [];
    for (const { uuid } of emulator.snapshot().meetings.values()) {
      const { body } = await ask(`/v2/past_meetings/${inPath(uuid)}/participants?page_size=300`);
      joins.push(...body.participants.map((one: object) => ({ ...one, uuid })));
    }
    const guests = joins.filter(({ internal_user }) => !internal_user);
    expect(guests.every(({ id }) => id === "")).toBe(true);
    expect(guests.some(({ user_email }) => user_email === "")).toBe(true);
    expect(guests.some(({ user_email }) => user_email !== "")).toBe(true);
    const people = new Set(joins.map(({ name, uuid }) => `${uuid}:${name}`));
    expect(joins.length).toBeGreaterThan(people.size);
  });

  it("can be nobody", async () => {
    const { account, ask } = setUpZoom();
    const uuid = account.awkward.get("no_participants") ?? "";
    const { body } = await ask(`/v2/past_meetings/${inPath(uuid)}/participants`);
    expect(body).toMatchObject({ participants: [], total_records: 0, next_page_token: "" });
  });

  it("stand in the report with other fields", async () => {
    const { account, ask } = setUpZoom();
    const { uuid } = account.hold();
    const { body } = await ask(
      `/v2/report/meetings/${inPath(uuid)}/participants?include_fields=registrant_id`,
    );
    expect(body.participants[0]).toMatchObject({
      participant_user_id: expect.any(String),
      registrant_id: "",
    });
    expect(body.participants[0].internal_user).toBeUndefined();
  });
});

it("lists active people, and those who left to whoever asks for them", async () => {
  const { account, ask } = setUpZoom();
  const list = async (status: string) =>
    (await ask(`/v2/users?status=${status}`)).body.users.map(({ id }: { id: string }) => id);
  const [active, inactive] = [await list("active"), await list("inactive")];
  expect(inactive).toHaveLength(1);
  expect([...active, ...inactive].sort()).toEqual([...account.account.users.keys()].sort());
  expect((await ask("/v2/users?status=gone")).status).toBe(400);
  expect((await ask("/v2/users/nobody@example.com")).body).toMatchObject({ code: 1001 });
});

it("lists a person's past meetings, also those that nobody recorded", async () => {
  const { account, ask } = setUpZoom();
  const uuid = account.awkward.get("not_recorded") ?? "";
  const { hostId } = account.meeting(uuid);
  const { body } = await ask(`/v2/users/${hostId}/meetings?type=previous_meetings&page_size=300`);
  expect(body.meetings.map((one: { uuid: string }) => one.uuid)).toContain(uuid);
  expect((await ask(`/v2/meetings/${inPath(uuid)}/recordings`)).body).toMatchObject({ code: 3301 });
  expect((await ask(`/v2/users/${hostId}/meetings?type=upcoming`)).body.meetings).toEqual([]);
});

it("F29 forgets a page's token after 15 minutes, and takes no other list's", async () => {
  const { ask, clock } = setUpZoom();
  const first = await ask("/v2/users?page_size=2");
  const token = first.body.next_page_token;
  const next = (query: string) => ask(`/v2/users?page_size=2&next_page_token=${token}${query}`);
  clock.set(clock.now() + 899_999);
  expect((await next("")).status).toBe(200);
  expect((await next("&status=inactive")).status).toBe(400);
  clock.set(clock.now() + 1);
  expect(await next("")).toMatchObject({ status: 400, body: { code: 300 } });
});

describe("a transcript", () => {
  const pointer = async (kind: Parameters<ReturnType<typeof setUpZoom>["account"]["awkward"]["get"]>[0]) => {
    const { account, ask } = setUpZoom();
    return (await ask(`/v2/meetings/${inPath(account.awkward.get(kind) ?? "")}/transcript`)).body;
  };

  it.each([
    ["late_transcript", "NOT_READY"],
    ["trashed", "DELETED_OR_TRASHED"],
    ["captions_only", "NO_TRANSCRIPT_DATA"],
    ["not_recorded", "NO_TRANSCRIPT_DATA"],
    ["private", "UNSUPPORTED"],
  ] as const)("of %s is not there: %s", async (kind, reason) => {
    expect(await pointer(kind)).toMatchObject({ can_download: false, download_restriction_reason: reason });
  });

  it("that is ready has an address", async () => {
    const { account, ask } = setUpZoom();
    const { uuid } = account.hold();
    const { body } = await ask(`/v2/meetings/${inPath(uuid)}/transcript`);
    expect(body.can_download).toBe(true);
    expect((await ask(body.download_url)).body).toMatch(/^WEBVTT/);
  });

  it("that is not ready is not listed, or as being made with nothing in its fields", async () => {
    const { account, ask, emulator } = setUpZoom();
    const uuid = account.awkward.get("late_transcript") ?? "";
    const files = async () => (await ask(`/v2/meetings/${inPath(uuid)}/recordings`)).body.recording_files;
    expect(await files()).toHaveLength(2);
    emulator.behaviour.lateTranscripts = "processing";
    expect((await files())[2]).toMatchObject({
      status: "processing",
      file_type: "",
      file_size: 0,
      recording_end: "",
    });
    account.completeTranscript(uuid);
    expect((await files())[2]).toMatchObject({ status: "completed", file_type: "TRANSCRIPT" });
  });

  it("has cues that do not go back in time", async () => {
    const { emulator } = setUpZoom();
    for (const { uuid, vtt } of emulator.snapshot().meetings.values()) {
      if (vtt === undefined || uuid === emulator.account.awkward.get("broken_cues")) continue;
      const times = [...vtt.matchAll(/(\d+):(\d+):(\d+\.\d+)/g)].map(
        ([, h, m, s]) => Number(h) * 3_600 + Number(m) * 60 + Number(s),
      );
      expect(times).toEqual([...times].sort((a, b) => a - b));
    }
  });
});

it("sums a meeting up", async () => {
  const { account, ask } = setUpZoom();
  const { topic, uuid } = account.hold();
  const { body } = await ask(`/v2/meetings/${inPath(uuid)}/meeting_summary`);
  expect(body).toMatchObject({ meeting_uuid: uuid, meeting_topic: topic });
  expect(body.next_steps.length).toBeGreaterThan(0);
  expect(body.summary_content).toContain("## Next steps");
});
