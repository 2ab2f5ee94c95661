import { knownPeople } from "@halo/core/testing";
import { describe, expect, it } from "vitest";
import { listening, orgId, vtt, type WorldOptions, type ZoomWorld } from "./zoom-world.ts";

const MINUTE = 60_000;
const zoe = { name: "Zoë Client", email: "zoe@client.test", company: "Client" };
const said = vtt(["Ada", "The walrus is fine."]);

/** A Halo that knows a meeting, and does what Zoom's terms ask for once the app is removed. */
async function obedient(options: WorldOptions = {}) {
  const beside = [knownPeople([{ id: "1", email: zoe.email, name: zoe.name }])];
  const { connection, world } = await listening({ beside, ...options });
  const heard: string[] = [];
  world.halo.on("connection.erased", ({ connectionId }) => void heard.push(connectionId));
  world.halo.on("connection.removed_at_vendor", async ({ connectionId, integration, orgId: org }) => {
    heard.push("removed");
    if (integration === "zoom") await world.halo.connections.erase(org, connectionId);
  });
  await world.connectCrm();
  const { uuid } = world.hold({ host: world.account.ownerId, guests: [zoe], vtt: said });
  await world.work();
  return { connection, world, uuid, heard };
}

const removal = (world: ZoomWorld, user: string) =>
  world.deliver({
    event: "app_deauthorized",
    payload: { account_id: world.account.id, user_id: user, deauthorization_time: "2026-09-02T10:00:00Z" },
  });

describe("when somebody removes the app at Zoom", () => {
  it("the host hears of it, and can have everything erased that came by the connection", async () => {
    const { connection, heard, uuid, world } = await obedient();
    const { connectionId = "" } = (await world.meeting(uuid)) ?? {};
    expect(await world.find("walrus")).toHaveLength(1);
    world.account.deauthorize();
    await world.work();
    await world.work(5 * MINUTE);
    expect(heard).toEqual(["removed", connection.id]);
    expect(await world.halo.connections.get(orgId, connection.id)).toMatchObject({
      state: "disconnected",
      hasCredentials: false,
      settings: expect.not.objectContaining({ erase: expect.anything() }),
    });
    expect(await world.meeting(uuid)).toBeUndefined();
    expect(await world.halo.meetings.transcript(orgId, { connectionId, key: uuid })).toBeUndefined();
    expect(await world.find("walrus")).toEqual([]);
    const receipts = await world.halo.knowledge.receipts(orgId);
    expect(receipts.flatMap(({ sourceKeys }) => sourceKeys)).toContain(`zoom:transcript:${uuid}`);
    const storage = world.options.storage;
    for (const table of ["zoom_meetings", "zoom_transcripts"]) {
      const row = await storage.pages.get(orgId, connection.id, table, uuid);
      expect(row?.raw).toBeNull();
      expect(Object.values(row?.columns ?? {}).every((value) => value === null)).toBe(true);
    }
    expect(await world.halo.deliveries.list(orgId, { connectionId: connection.id })).toEqual([]);
    // Whom others know, and what people typed, is not Zoom's.
    expect(await world.halo.customers.endUser(orgId, { email: zoe.email })).toMatchObject({ name: zoe.name });
  });

  it("F42 the word of an event alone ends and erases nothing", async () => {
    const { connection, heard, uuid, world } = await obedient();
    await removal(world, world.account.ownerId);
    await world.work();
    expect(heard).toEqual([]);
    expect((await world.halo.connections.get(orgId, connection.id)).state).toBe("connected");
    expect(await world.meeting(uuid)).toBeDefined();
  });

  it("somebody else who removed a user-managed app erases nothing of this person's, even where their token is dead", async () => {
    const { connection, heard, uuid, world } = await obedient({ emulator: { management: "user" } });
    world.emulator.faults.add({
      match: { kind: "user" },
      effect: { type: "status", status: 401, body: { code: 124 } },
    });
    world.emulator.faults.add({
      match: { kind: "token" },
      effect: { type: "status", status: 400, body: { error: "invalid_grant" } },
    });
    await removal(world, "somebody-else");
    await world.work();
    expect(heard).toEqual([]);
    expect(await world.meeting(uuid)).toBeDefined();
    await removal(world, connection.account.details?.["user_id"] ?? "");
    await world.work(6 * MINUTE);
    expect(heard).toEqual(["removed", connection.id]);
    expect(await world.meeting(uuid)).toBeUndefined();
  });

  it("what was erased is not brought back by what comes late, and comes anew with a new connection alone", async () => {
    const { connection, uuid, world } = await obedient();
    await world.clock.run(world.halo.connections.erase(orgId, connection.id));
    await expect(world.connect()).rejects.toMatchObject({ code: "conflict" });
    await world.work();
    expect(await world.meeting(uuid)).toBeUndefined();
    world.hold({ guests: [zoe], vtt: said });
    await world.work();
    expect(await world.halo.meetings.list(orgId)).toEqual([]);
    await world.clock.advance(MINUTE);
    expect((await world.connect()).id).toBe(connection.id);
    await world.work();
    expect(await world.meeting(uuid)).toBeDefined();
    expect(await world.find("walrus")).toHaveLength(2);
  });

  it("the mark of an erasure is no setting that anybody may give", async () => {
    const { connection, world } = await obedient();
    await expect(
      world.halo.connections.setSettings(orgId, connection.id, { erase: true }),
    ).rejects.toMatchObject({ code: "input_invalid" });
  });
});
