import { describe, expect, it } from "vitest";
import { fathomWorld, orgId, turns } from "./fathom-world.ts";

const zoe = { name: "Zoë Client", email: "zoe@client.test", company: "Client" };
const said = (words: string) => turns(["Ada", "Welcome."], ["Guest", words]);

describe("connecting Fathom", () => {
  it("asks for meetings with the key, in its own header, and makes a webhook of the connection's own", async () => {
    const world = await fathomWorld();
    const { account, id, settings } = await world.connect();
    expect(account.id).toMatch(/^key-[0-9a-f]{24}$/);
    const [hook] = [...world.emulator.webhooks.hooks.values()];
    expect(hook).toMatchObject({
      url: `https://app.example.com/api/integrations/fathom/webhook/${id}`,
      transcript: true,
      summary: true,
      actionItems: true,
    });
    expect(settings).toMatchObject({ webhookEndpoint: { id: hook?.id } });
    expect(JSON.stringify(await world.halo.connections.get(orgId, id))).not.toContain(hook?.secret);
    expect((await world.halo.detail(orgId, "fathom")).webhookInstructions).toBeUndefined();
  });

  it("refuses a key that Fathom does not know", async () => {
    const world = await fathomWorld();
    await expect(world.connect("not-a-key-of-anybody")).rejects.toMatchObject({ code: "reconnect_required" });
    expect(world.emulator.webhooks.hooks.size).toBe(0);
  });

  it.each(["", "short", "with a blank in it", "line\nbreak-in-key"])(
    "refuses %j without a call",
    async (key) => {
      const world = await fathomWorld();
      await expect(world.connect(key)).rejects.toMatchObject({ code: "input_invalid" });
      expect(world.emulator.ledger.count({})).toBe(0);
    },
  );

  it("keeps one webhook over a reconnect with the same key", async () => {
    const world = await fathomWorld();
    const key = world.emulator.issueKey();
    const { id } = await world.connect(key);
    await world.connect(key, { connectionId: id });
    expect(world.emulator.webhooks.hooks.size).toBe(1);
  });

  it("F47 another key is another person's eyes: it needs an explicit switch", async () => {
    const world = await fathomWorld();
    const { id } = await world.connect();
    const other = world.emulator.issueKey();
    await expect(world.connect(other, { connectionId: id })).rejects.toMatchObject({
      code: "account_mismatch",
    });
    const switched = await world.connect(other, { connectionId: id, switchAccount: true });
    expect(switched.state).toBe("connected");
    expect([...world.emulator.webhooks.hooks.values()].map(({ url }) => url)).toEqual([
      `https://app.example.com/api/integrations/fathom/webhook/${switched.id}`,
    ]);
  });

  it("goes on hourly where the webhook was refused, and says what to paste", async () => {
    const world = await fathomWorld();
    const effect = { type: "status", status: 403, body: {} } as const;
    world.emulator.faults.add({ match: { kind: "create_webhook" }, effect });
    const { notices } = await world.connect();
    expect(notices).toEqual(["Webhooks were not registered (this credential may not): set them up by hand."]);
    const { webhookInstructions } = await world.halo.detail(orgId, "fathom");
    expect(webhookInstructions).toContain("whsec_");
    const { recordingId } = world.account.record({ turns: said("walrus") });
    await world.hours(1);
    expect(await world.meeting(recordingId)).toBeDefined();
  });

  it("asks for less where the plan has no teams", async () => {
    const world = await fathomWorld();
    const effect = { type: "status", status: 400, body: {} } as const;
    world.emulator.faults.add({ match: { kind: "create_webhook" }, times: 1, effect });
    await world.connect();
    const [hook] = [...world.emulator.webhooks.hooks.values()];
    expect(hook?.triggeredFor).toEqual(["my_recordings", "shared_external_recordings"]);
  });

  it("ends its webhook at disconnect, keeps what was read, and reads no more", async () => {
    const world = await fathomWorld();
    const { recordingId } = world.account.record({ turns: said("walrus") });
    const { id } = await world.connect();
    await world.work();
    await world.clock.run(world.halo.connections.disconnect(orgId, id));
    expect(world.emulator.webhooks.hooks.size).toBe(0);
    const calls = world.emulator.ledger.count({});
    await world.hours(2);
    expect(world.emulator.ledger.count({})).toBe(calls);
    expect(await world.meeting(recordingId)).toBeDefined();
    expect(await world.find("walrus")).toHaveLength(1);
  });

  it("F42 F45 a key that was revoked puts the connection to auth_error, and is no empty page", async () => {
    const world = await fathomWorld();
    const key = world.emulator.issueKey();
    const { recordingId } = world.account.record({ turns: said("walrus") });
    const { id } = await world.connect(key);
    await world.work();
    world.account.revokeKey(key);
    await world.hours(1);
    expect((await world.halo.connections.get(orgId, id)).state).toBe("auth_error");
    expect(await world.meeting(recordingId)).toBeDefined();
  });
});

describe("Fathom's webhooks", () => {
  it("bring a meeting with all that was said, without a call", async () => {
    const world = await fathomWorld();
    await world.connect();
    await world.work();
    const calls = world.calls("meetings");
    const { recordingId } = world.account.record({ title: "Told", guests: [zoe], turns: said("walrus") });
    await world.work();
    expect(world.received).toEqual([200]);
    expect(await world.meeting(recordingId)).toMatchObject({
      title: "Told",
      transcript: { status: "available" },
    });
    expect(world.calls("meetings")).toBe(calls);
    expect(await world.find("walrus")).toHaveLength(1);
  });

  it("F50 F51 tell a meeting once, however often and late they come", async () => {
    const world = await fathomWorld();
    await world.connect();
    await world.work();
    world.emulator.webhooks.behaviour.copies = 10;
    const { recordingId } = world.account.record({ turns: said("walrus") });
    await world.work();
    world.emulator.webhooks.behaviour.copies = 3;
    world.emulator.webhooks.behaviour.freshIds = true;
    world.account.record({ turns: said("okapi") });
    await world.work();
    expect(new Set(world.received)).toEqual(new Set([200]));
    expect(await world.halo.meetings.list(orgId)).toHaveLength(2);
    expect(await world.meeting(recordingId)).toBeDefined();
    expect((await world.halo.detail(orgId, "fathom")).deliveries).toMatchObject({ pending: 0, dead: 0 });
  });

  it("T01 T08 of another connection's secret, or of nobody's path, are refused alike", async () => {
    const world = await fathomWorld();
    const { id } = await world.connect();
    const [hook] = [...world.emulator.webhooks.hooks.values()];
    const body = JSON.stringify({ recording_id: 1, title: "Forged" });
    const deliver = (routeKey: string, secret: string | undefined) => {
      const signed = world.emulator.webhooks.sign(body, { secret: secret ?? "" });
      return world.halo.deliveries.receive({
        integration: "fathom",
        routeKey,
        method: "POST",
        pathAndQuery: `/api/integrations/fathom/webhook/${routeKey}`,
        headers: signed.headers,
        body: new TextEncoder().encode(signed.body),
      });
    };
    const refusal = { code: "webhook_unverified" };
    const other = `whsec_${Buffer.from("another secret").toString("base64")}`;
    await expect(deliver(id, other)).rejects.toMatchObject(refusal);
    await expect(deliver("nobody", hook?.secret)).rejects.toMatchObject(refusal);
    await expect(deliver(id, hook?.secret)).resolves.toMatchObject({ accepted: 1 });
  });
});
