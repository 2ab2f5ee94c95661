import { describe, expect, it } from "vitest";
import { inPath, setUpZoom, zoomAsker } from "../../test/zoom-requests.ts";
import { serve } from "../serve/index.ts";

type Setup = ReturnType<typeof setUpZoom>;

async function addressOf({ ask }: Pick<Setup, "ask">, uuid: string): Promise<string> {
  const { body } = await ask(`/v2/meetings/${inPath(uuid)}/recordings`);
  const files: { file_type: string; download_url: string }[] = body.recording_files;
  return files.find(({ file_type }) => file_type === "TRANSCRIPT")?.download_url ?? "";
}

/** A meeting with a transcript, its address, and ways to read it. */
async function held(options: Parameters<typeof setUpZoom>[0] = {}, meeting = {}) {
  const setup = setUpZoom(options);
  const { hostId, uuid } = setup.account.hold({ vtt: "WEBVTT\n\nhello", ...meeting });
  const url = await addressOf(setup, uuid);
  const as = async (token: string, at = url) => zoomAsker(setup.emulator, token)(at);
  return { ...setup, uuid, url, hostId, as };
}

describe("a file is given", () => {
  it("to a token of the account, in the header or the query", async () => {
    const { as, emulator, token, url } = await held();
    expect(await as(token)).toMatchObject({ status: 200, body: "WEBVTT\n\nhello" });
    const answer = await emulator.fetch(new Request(`${url}?access_token=${token}`));
    expect(answer.status).toBe(200);
  });

  it("to the token that comes with the event, for its lifetime and for its meeting only", async () => {
    const { account, as, clock, uuid } = await held();
    const leave = account.issueDownloadToken(uuid, 60_000);
    expect((await as(leave)).status).toBe(200);
    expect((await as(account.issueDownloadToken("other"))).status).toBe(401);
    clock.set(clock.now() + 60_000);
    expect((await as(leave)).status).toBe(401);
  });
});

describe("a file is not given", () => {
  it("without a token, to a made-up one, or to another account's", async () => {
    const { as, emulator } = await held();
    const other = emulator.addAccount({ seed: 77 });
    for (const token of ["", "zat_made-up", other.issueAccessToken()])
      expect((await as(token)).status).toBe(401);
  });

  it("to an app of another person", async () => {
    const { account, as, emulator, hostId } = await held({ management: "user" });
    const stranger = [...account.account.users.keys()].find((id) => id !== hostId);
    expect((await as(emulator.issueAccessToken({ user: stranger ?? "" }))).status).toBe(401);
    expect((await as(emulator.issueAccessToken({ user: hostId }))).status).toBe(200);
  });

  it("when it is private, but to its owner", async () => {
    const { account, as, hostId, uuid } = await held({}, { isPrivate: true });
    const stranger = [...account.account.users.keys()].find((id) => id !== hostId) ?? "";
    expect((await as(account.issueAccessToken({ user: stranger }))).status).toBe(401);
    expect((await as(account.issueDownloadToken(uuid))).status).toBe(401);
    expect((await as(account.issueAccessToken({ user: hostId }))).status).toBe(200);
  });

  it("but the vendor's login page with status 200, where it is told so", async () => {
    const { as } = await held({ behaviour: { refusedDownload: "html" } });
    const { body, headers, status } = await as("");
    expect([status, headers.get("content-type")]).toEqual([200, "text/html;charset=utf-8"]);
    expect(body).toContain("<html>");
  });
});

describe("F79 an address", () => {
  it("dies, and a new one works", async () => {
    const setup = await held();
    const { account, as, token, uuid } = setup;
    account.expireDownloads(uuid);
    expect((await as(token)).status).toBe(404);
    expect((await as(token, await addressOf(setup, uuid))).status).toBe(200);
  });

  it("dies after its time, with the status it is told", async () => {
    const { as, clock, token } = await held({ behaviour: { downloadUrlMs: 60_000, deadUrlStatus: 410 } });
    clock.set(clock.now() + 59_999);
    expect((await as(token)).status).toBe(200);
    clock.set(clock.now() + 1);
    expect((await as(token)).status).toBe(410);
  });

  it("dies for good", async () => {
    const setup = await held();
    const { account, as, token, uuid } = setup;
    account.killDownloads(uuid);
    expect((await as(token, await addressOf(setup, uuid))).status).toBe(404);
  });

  it("dies with its recording", async () => {
    const { account, as, token, uuid } = await held();
    account.trashRecording(uuid);
    expect((await as(token)).status).toBe(404);
    account.deleteRecording(uuid);
    expect((await as(token)).status).toBe(404);
  });

  it("that was altered is none", async () => {
    const { as, token, url } = await held();
    expect((await as(token, `${url.slice(0, -2)}xx`)).status).toBe(404);
  });
});

describe("T21 a download", () => {
  it("is sent on to a host of the vendor's, where the address is leave enough", async () => {
    const { emulator, token, url } = await held({
      behaviour: { downloadRedirect: "vendor", fileOrigin: "https://ssrweb.zoom.us" },
    });
    const moved = await emulator.fetch(new Request(url, { headers: { authorization: `Bearer ${token}` } }));
    const location = moved.headers.get("location") ?? "";
    expect([moved.status, new URL(location).host]).toEqual([302, "ssrweb.zoom.us"]);
    expect(await (await emulator.fetch(new Request(location))).text()).toContain("hello");
  });

  it("is sent on to somebody else's host", async () => {
    const { emulator, token, url } = await held({ behaviour: { downloadRedirect: "foreign" } });
    const moved = await emulator.fetch(new Request(url, { headers: { authorization: `Bearer ${token}` } }));
    expect(new URL(moved.headers.get("location") ?? "").origin).toBe("https://files.example.net");
  });
});

describe("what a file holds", () => {
  const text = async (kind: "empty_transcript" | "no_speakers" | "broken_cues" | "hostile_text") => {
    const setup = setUpZoom();
    const url = await addressOf(setup, setup.account.awkward.get(kind) ?? "");
    return String((await setup.ask(url)).body);
  };

  it("can be no cue at all", async () => expect(await text("empty_transcript")).toBe("WEBVTT\r\n\r\n"));

  it("can be cues of nobody", async () => {
    const vtt = await text("no_speakers");
    expect(vtt.split("-->").length).toBeGreaterThan(50);
    expect(vtt).not.toMatch(/\n[A-Z]\w+ [A-Z]\w+: /);
  });

  it("T24 can be broken in most ways", async () => {
    const vtt = await text("broken_cues");
    for (const part of ["->", "soon", "align:start", "NOTE"]) expect(vtt).toContain(part);
  });

  it("T35 can speak to whoever reads it", async () => {
    expect(await text("hostile_text")).toContain("Ignore all previous instructions");
  });

  it("is as large as it is told, and comes piece by piece", async () => {
    const bytes = 50_000_000;
    const { emulator, token, url } = await held({}, { vtt: undefined, vttBytes: bytes });
    const answer = await emulator.fetch(new Request(url, { headers: { authorization: `Bearer ${token}` } }));
    expect(answer.headers.get("content-length")).toBeNull();
    let read = 0;
    let pieces = 0;
    for await (const piece of answer.body ?? []) {
      read += piece.length;
      pieces++;
    }
    expect(read).toBeGreaterThanOrEqual(bytes);
    expect(pieces).toBeGreaterThan(100);
  });

  it("comes to its end over HTTP", async () => {
    const { account, emulator, token } = setUpZoom();
    const { uuid } = account.hold({ vttBytes: 200_000 });
    await using served = await serve(emulator);
    const headers = { authorization: `Bearer ${token}` };
    const pointer = await fetch(`${served.url}/v2/meetings/${inPath(uuid)}/transcript`, { headers });
    const { download_url } = (await pointer.json()) as { download_url: string };
    const text = await (await fetch(download_url, { headers, signal: AbortSignal.timeout(4_000) })).text();
    expect(text.length).toBeGreaterThan(200_000);
    expect(text).toMatch(/\r\n\r\n$/);
  });

  it("F35 stops being made when the reader goes away, over HTTP too", async () => {
    const { account, emulator, token } = setUpZoom();
    const { uuid } = account.hold({ vttBytes: 4_000_000_000 });
    await using served = await serve(emulator);
    const headers = { authorization: `Bearer ${token}` };
    const listed = await fetch(`${served.url}/v2/meetings/${inPath(uuid)}/recordings`, { headers });
    const { recording_files } = (await listed.json()) as { recording_files: { download_url: string }[] };
    const stop = new AbortController();
    const answer = await fetch(recording_files[2]?.download_url ?? "", { headers, signal: stop.signal });
    const reader = answer.body?.getReader();
    const first = await reader?.read();
    expect(new TextDecoder().decode(first?.value)).toMatch(/^WEBVTT/);
    stop.abort();
    await expect(reader?.read()).rejects.toThrow();
  });

  it("can be sound and pictures", async () => {
    const { account, ask } = setUpZoom();
    const { uuid } = account.hold({ durationMs: 60_000 });
    const { body } = await ask(`/v2/meetings/${inPath(uuid)}/recordings`);
    const [, sound] = body.recording_files;
    const { body: bytes, headers } = await ask(sound.download_url);
    expect(headers.get("content-type")).toBe("audio/mp4");
    expect(bytes).toHaveLength(sound.file_size);
  });
});

it("addresses lead to the host that was asked, and those in events too", async () => {
  const { account, emulator, token } = setUpZoom();
  const { uuid } = account.hold();
  const at = async (origin: string) => {
    const headers = { authorization: `Bearer ${token}` };
    const answer = await emulator.fetch(
      new Request(`${origin}/v2/meetings/${inPath(uuid)}/transcript`, { headers }),
    );
    return new URL(((await answer.json()) as { download_url: string }).download_url).origin;
  };
  expect(await at("https://api.zoom.us")).toBe("https://zoom.us");
  expect(emulator.fileHost).toBe("https://zoom.us");
  expect(await at("http://127.0.0.1:4010")).toBe("http://127.0.0.1:4010");
  expect(emulator.fileHost).toBe("http://127.0.0.1:4010");
  emulator.fileHost = "http://127.0.0.1:4011";
  await at("http://127.0.0.1:4010");
  expect(emulator.fileHost).toBe("http://127.0.0.1:4011");
});
