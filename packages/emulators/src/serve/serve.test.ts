import { connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { setUp } from "../../test/requests.ts";
import { systemClock } from "../clock.ts";
import type { FaultEffect } from "../faults.ts";
import type { HubSpotEmulatorOptions } from "../hubspot/index.ts";
import { type Served, type ServeOptions, serve } from "./serve.ts";

const LIST = "/crm/objects/2026-09/contacts?limit=5";
const open: Served[] = [];

afterEach(async () => {
  for (const served of open.splice(0)) await served.close();
});

async function serving(options: HubSpotEmulatorOptions = {}, serveOptions: ServeOptions = {}) {
  const { emulator, token } = setUp({ clock: systemClock(), ...options });
  const served = await serve(emulator, serveOptions);
  open.push(served);
  const headers = { authorization: `Bearer ${token}` };
  const get = (path: string, init: RequestInit = {}) => fetch(served.url + path, { headers, ...init });
  return { emulator, served, token, get };
}

const harmed = async (effect: FaultEffect) => {
  const set = await serving();
  set.emulator.faults.add({ effect });
  return set;
};

describe("over HTTP", () => {
  it("answers as in-process", async () => {
    const { emulator, get, token } = await serving();
    const inProcess = await emulator.fetch(
      new Request(`http://localhost${LIST}`, { headers: { authorization: `Bearer ${token}` } }),
    );
    const served = (await (await get(LIST)).json()) as { results: unknown };
    expect(served.results).toEqual(((await inProcess.json()) as { results: unknown }).results);
  });

  it("a page of 100 with bodies and associations costs little of the processor", async () => {
    const { emulator, token } = await serving({
      size: { engagements: 4_000, contacts: 1_000, deals: 200, companies: 100 },
    });
    const page = () =>
      emulator.fetch(
        new Request(
          "http://localhost/crm/objects/2026-09/emails?limit=100&associations=contacts,companies,deals&properties=hs_email_html,hs_email_text,hs_email_subject",
          { headers: { authorization: `Bearer ${token}` } },
        ),
      );
    for (let i = 0; i < 20; i++) await page();
    const before = process.cpuUsage();
    for (let i = 0; i < 50; i++) await page();
    const used = process.cpuUsage(before);
    // 3 ms here; the bound only catches a page that became ten times dearer.
    expect((used.user + used.system) / 1_000 / 50).toBeLessThan(30);
  });
});

describe("on the socket", () => {
  it.each([undefined, 0, 10])("F24 a connection is reset after %s bytes of the body", async (afterBytes) => {
    const { get, emulator } = await harmed({
      type: "reset",
      ...(afterBytes !== undefined && { afterBytes }),
    });
    await expect(get(LIST).then((answer) => answer.text())).rejects.toThrow();
    expect(emulator.ledger.requests[0]).toMatchObject({ executed: true, status: 0, faults: ["reset"] });
  });

  it("F24 a body is shorter than its content-length, or longer", async () => {
    const short = await harmed({ type: "lieAboutLength", by: 50 });
    await expect(short.get(LIST).then((answer) => answer.text())).rejects.toThrow();
    const long = await harmed({ type: "lieAboutLength", by: -50 });
    const text = await long.get(LIST).then(
      (answer) => answer.text(),
      () => "",
    );
    expect(() => JSON.parse(text) as unknown).toThrow();
  });

  it("F25 a body trickles in", async () => {
    const { get } = await harmed({ type: "trickle", bytes: 400, everyMs: 5 });
    const answer = await get(LIST);
    let chunks = 0;
    for await (const _ of answer.body ?? []) chunks++;
    expect(chunks).toBeGreaterThan(3);
  });

  it("F24 a black hole answers nothing until the client gives up", async () => {
    const { get, emulator } = await harmed({ type: "blackHole", executed: false });
    await expect(get(LIST, { signal: AbortSignal.timeout(50) })).rejects.toThrow(/timeout|aborted/);
    expect(emulator.ledger.requests[0]).toMatchObject({ executed: false, status: 0 });
  });
});

describe("control", () => {
  it("is closed unless it was asked for", async () => {
    const { get } = await serving();
    expect((await get("/_emulator/app")).status).toBe(404);
  });

  it("shows the ledger, the snapshot and the plan, and takes changes and faults", async () => {
    const { emulator, get } = await serving({}, { control: true });
    const post = async (path: string, body: unknown) =>
      (await get(`/_emulator/${path}`, { method: "POST", body: JSON.stringify(body) })).json();
    expect(await (await get("/_emulator/app")).json()).toMatchObject({ clientId: emulator.clientId });
    const lines = (await (await get("/_emulator/snapshot/contacts")).text()).trim().split("\n");
    expect(lines.map((line) => (JSON.parse(line) as { id: string }).id)).toEqual([
      ...emulator.snapshot(["contacts"]).records.contacts.keys(),
    ]);
    expect(await (await get("/_emulator/theoretical")).json()).toEqual(emulator.theoretical());
    const { id } = (await post("change/create", { args: ["contacts", { firstname: "Remote" }] })) as {
      id: string;
    };
    expect(emulator.portal.find("contacts", id)?.fields.firstname).toBe("Remote");
    await post("faults", { match: { kind: "list" }, times: 1, effect: { type: "status", status: 500 } });
    expect((await get(LIST)).status).toBe(500);
    expect(await (await get("/_emulator/ledger?summary&kind=list")).json()).toEqual({
      count: 1,
      byKind: { list: 1 },
    });
    expect((await get("/_emulator/nothing")).status).toBe(404);
  });
});

it("closes at once, also with a client that keeps its connection", async () => {
  const { served } = await serving();
  const socket = connect(served.port, "127.0.0.1");
  await new Promise((resolve) => socket.once("connect", resolve));
  const closed = new Promise((resolve) => socket.once("close", resolve));
  await served.close();
  await closed;
});
